"""A format is a class with the members of `Format`, and a line in FORMATS: what follows from that."""

from collections.abc import Iterator
from typing import Any

import pytest

from restwell import representations as formats
from restwell.http.messages import Headers
from restwell.surface.documents import Document, Entry, Item, Page
from tests.api import JSON, Served, is_problem, serving

LINES = "text/x-lines"


class Lines:
    """Names, one a line: a format from outside the package."""

    media_type = LINES
    content_type = f"{LINES}; charset=utf-8"
    headers: Headers = (("Content-Language", "en"),)
    links_inside = False
    shows_total = False
    views = (Item, Page)

    def write(self, view: Document) -> bytes:
        rows: list[Any] = [view.members()] if isinstance(view, Item) else []
        rows = view.members() if isinstance(view, Page) else rows
        return "".join(f"{row['name']}\n" for row in rows).encode()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, Lines()))
    with serving() as found:
        yield found


def test_it_is_negotiated_where_it_has_something_to_show(served: Served) -> None:
    page = served.send("GET", "/frameworks?sort=name", accept=LINES)
    assert (page.status, page.body) == (200, b"Bottle\nDjango\nFlask\nTornado\n")
    assert (page["content-type"], page["content-language"]) == (Lines.content_type, "en")
    item = served.send("GET", "/frameworks/Flask", accept=LINES)
    assert item.body == b"Flask\n"
    assert is_problem(served.send("GET", "/", accept=LINES), 406)


def test_its_entity_tags_are_its_own_and_its_links_in_the_header(served: Served) -> None:
    page, other = (served.send("GET", "/frameworks", accept=media) for media in (LINES, JSON))
    assert page["etag"] != other["etag"]
    assert served.send("GET", "/frameworks", {"If-None-Match": page["etag"]}, accept=LINES).status == 304
    assert page.links("first")
    assert page["link-template"] == other["link-template"]
    assert "accept" in page["vary"].lower()


def test_it_answers_a_write(served: Served) -> None:
    created = served.send(
        "POST", "/frameworks", content={"name": "New", "created": 2000}, key=served.key(), accept=LINES
    )
    assert (created.status, created.body) == (201, b"New\n")


def test_others_name_it(served: Served) -> None:
    refusal = served.send("GET", "/frameworks", accept="image/png")
    assert is_problem(refusal, 406)
    assert LINES in [dict(link.parameters).get("type") for link in refusal.links("alternate")]
    assert LINES in refusal.json()["detail"]
    assert f'type="{LINES}"' in served.send("GET", "/frameworks", accept="text/html").body.decode()


def test_an_entry_point_is_a_view_as_well() -> None:
    assert all(Entry in each.views for each in formats.FORMATS)
