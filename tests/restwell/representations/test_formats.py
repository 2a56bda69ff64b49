"""A format is a class with the members of `Format`, wherever it is: one registration, and all of the API knows it."""

from collections.abc import Iterator
from typing import Any

import pytest

from restwell import Api, DeclarationError
from restwell.http.messages import Headers
from restwell.representations import FORMATS
from restwell.surface.documents import Document, Entry, Item, Page
from restwell.surface.schema import Parts, Schema, reference
from restwell.surface.site import links_of
from tests.api import JSON, Served, is_problem, serving
from tests.arguments import shows

LINES = "text/x-lines"
PAIRS = "application/x-pairs+json"


class Lines:
    """Names, one a line: a format from outside the package that is not JSON."""

    media_type = LINES
    content_type = f"{LINES}; charset=utf-8"
    suffix = ""
    headers: Headers = (("Content-Language", "en"),)
    links_inside = False
    shows_total = False
    documents = (Item, Page)

    def write(self, document: Document) -> bytes:
        rows: list[Any] = [document.members()] if isinstance(document, Item) else []
        rows = document.members() if isinstance(document, Page) else rows
        return "".join(f"{row['name']}\n" for row in rows).encode()

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        return {}

    def definitions(self) -> dict[str, Schema]:
        return {}


class Pairs:
    """Items beside their links, with a schema: a format from outside the package that is JSON."""

    media_type = PAIRS
    content_type = PAIRS
    suffix = ".pairs"
    headers: Headers = ()
    links_inside = True
    shows_total = True
    documents = (Item, Page, Entry)

    def write(self, document: Document) -> bytes:
        relations = ", ".join(f'"{each.relation}"' for each in links_of(document))
        return f"[[{relations}], []]".encode()

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        items = parts.members if parts is not None and document is Item else {}
        return {"type": "array", "prefixItems": [reference("pair-relations"), items]}

    def definitions(self) -> dict[str, Schema]:
        return {"pair-relations": {"type": "array", "items": {"type": "string"}}}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(formats=[Lines(), Pairs()]) as found:
        yield found


@shows("Api", "formats")
def test_it_is_negotiated_where_it_has_something_to_show(served: Served) -> None:
    page = served.send("GET", "/frameworks?sort=name", accept=LINES)
    assert (page.status, page.body) == (200, b"Bottle\nDjango\nFlask\nTornado\n")
    assert (page["content-type"], page["content-language"]) == (Lines.content_type, "en")
    item = served.send("GET", "/frameworks/Flask", accept=LINES)
    assert item.body == b"Flask\n"
    assert is_problem(served.send("GET", "/", accept=LINES), 406)
    assert served.send("GET", "/", accept=PAIRS)["content-type"] == PAIRS


def test_it_is_the_least_preferred(served: Served) -> None:
    for accept, other in ((None, "application/ld+json"), ("*/*", "application/ld+json"), ("text/*", "text/html")):
        assert served.send("GET", "/frameworks", accept=accept)["content-type"].partition(";")[0] == other


def test_its_entity_tags_are_its_own_and_its_links_in_the_header(served: Served) -> None:
    page, other = (served.send("GET", "/frameworks", accept=media) for media in (LINES, JSON))
    assert page["etag"] != other["etag"]
    assert served.send("GET", "/frameworks", {"If-None-Match": page["etag"]}, accept=LINES).status == 304
    assert page.links("first")
    assert page["link-template"] == other["link-template"]
    assert "accept" in page["vary"].lower()


def test_links_that_it_has_inside_are_not_in_the_header(served: Served) -> None:
    answer = served.send("GET", "/frameworks?limit=1", accept=PAIRS)
    inside = answer.json()[0]
    assert {"first", "next", "describedby", "profile", "service-desc", "service-doc"} <= set(inside)
    assert [each.relations[0] for each in answer.links()] == inside[2:3]
    assert not answer.all("link-template")


def test_it_answers_a_write(served: Served) -> None:
    created = served.send(
        "POST", "/frameworks", content={"name": "New", "created": 2000}, key=served.key(), accept=LINES
    )
    assert (created.status, created.body) == (201, b"New\n")
    assert served.send("DELETE", "/frameworks/New", key=served.key()).status == 204


def test_a_refusal_and_a_page_name_it(served: Served) -> None:
    refusal = served.send("GET", "/frameworks", accept="image/png")
    assert is_problem(refusal, 406)
    assert {LINES, PAIRS} < {dict(link.parameters).get("type") for link in refusal.links("alternate")}
    assert LINES in refusal.json()["detail"]
    page = served.send("GET", "/frameworks", accept="text/html").body.decode()
    assert f'type="{LINES}"' in page
    assert f"<code>{LINES}</code>" in page
    assert LINES not in served.send("GET", "/", accept="text/html").body.decode()


@pytest.mark.parametrize("accept", [each.media_type for each in FORMATS if each.media_type != "text/html"])
def test_no_other_representation_speaks_of_it(served: Served, accept: str) -> None:
    for target in ("/", "/frameworks", "/frameworks/Flask"):
        answer = served.send("GET", target, accept=accept)
        assert LINES not in answer.body.decode()
        assert LINES not in answer["link"]


def test_openapi_promises_it_where_it_is_shown(served: Served) -> None:
    api = served.send("GET", "/openapi.json").json()
    page = api["paths"]["/frameworks"]["get"]["responses"]["200"]["content"]
    item = api["paths"]["/frameworks/{name}"]["get"]["responses"]["200"]["content"]
    created = api["paths"]["/frameworks"]["post"]["responses"]["201"]["content"]
    entry = api["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert page[LINES] == item[LINES] == created[LINES] == {}
    assert LINES not in entry
    assert item[PAIRS]["schema"] == reference("Framework.pairs")
    assert page[PAIRS]["schema"] == reference("Framework.collection.pairs")
    assert created[PAIRS]["schema"] == reference("Framework.whole.pairs")
    assert entry[PAIRS]["schema"] == reference("entry-point.pairs")
    schemas = api["components"]["schemas"]
    assert schemas["Framework.pairs"]["prefixItems"] == [reference("pair-relations"), reference("Framework")]
    assert schemas["pair-relations"]["type"] == "array"


def test_openapi_has_its_header_fields_where_it_is_shown(served: Served) -> None:
    api = served.send("GET", "/openapi.json").json()
    own = {"$ref": "#/components/headers/Content-Language"}
    for path, method, status in (
        ("/frameworks", "get", "200"),
        ("/frameworks/{name}", "get", "200"),
        ("/frameworks/{name}", "patch", "200"),
        ("/frameworks", "post", "201"),
    ):
        answer = api["paths"][path][method]["responses"][status]
        assert answer["headers"]["Content-Language"] == own, (path, method)
    component = api["components"]["headers"]["Content-Language"]
    assert (component["description"], "required" in component) == (f"With answers in {LINES}.", False)
    for path in ("/", "/docs"):
        assert "Content-Language" not in api["paths"][path]["get"]["responses"]["200"]["headers"]
    assert "Content-Language" not in api["paths"]["/frameworks"]["get"]["responses"]["304"]["headers"]
    assert "Content-Language" not in api["components"]["responses"]["NotFound"]["headers"]


def test_a_header_field_that_others_have_too_is_there_once() -> None:
    class Plain(Lines):
        """Lines that are not to be indexed, and tell nothing of where they were read."""

        headers: Headers = (("REFERRER-POLICY", "no-referrer"), ("X-Robots-Tag", "noindex"))

    with serving(formats=[Plain()]) as other:
        assert other.send("GET", "/frameworks", accept=LINES)["x-robots-tag"] == "noindex"
        api = other.send("GET", "/openapi.json").json()
        fields = [name.lower() for name in api["paths"]["/frameworks"]["get"]["responses"]["200"]["headers"]]
        assert sorted(set(fields)) == sorted(fields)
        assert {"referrer-policy", "x-robots-tag"} < set(fields)


def test_another_api_does_not_know_it() -> None:
    with serving() as other:
        assert is_problem(other.send("GET", "/frameworks", accept=LINES), 406)
        assert LINES not in other.send("GET", "/openapi.json").body.decode()


class Wrong(Lines):
    """A format without a media type."""

    media_type = "lines"


def test_a_format_that_cannot_be_told_from_others_is_refused() -> None:
    with pytest.raises(DeclarationError, match="'lines': write it as"):
        Api(formats=[Wrong()])
    with pytest.raises(DeclarationError, match=f"two formats of the media type {LINES}"):
        Api(formats=[Lines(), Lines()])


def test_an_entry_point_is_a_view_as_well() -> None:
    assert all(Entry in each.documents for each in FORMATS)
