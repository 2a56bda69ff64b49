"""What is known during one request, and which entity tag it gives."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from restwell.data.outcomes import Outcome
from restwell.flow.exchange import Exchange
from restwell.flow.walking import walk
from restwell.http.entity_tags import tag_is_current
from restwell.http.messages import Request
from tests.api import Served, frameworks, samples, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(frameworks(), samples()) as found:
        yield found


def exchange(
    served: Served, target: str, headers: dict[str, str] | None = None, origin: str = "http://localhost"
) -> Exchange:
    path, _, query = target.partition("?")
    service = served.api.binding(served.app).service
    request = Request("GET", path, query, headers or {}, BytesIO(b"once"), origin)
    return Exchange(request, service.setting.addresses.find(path), service.setting)


def walked(served: Served, target: str, headers: dict[str, str] | None = None, **options: str) -> Exchange:
    walk(x := exchange(served, target, headers, **options))
    assert x.problem is None
    return x


def test_a_request_begins_knowing_nothing(served: Served) -> None:
    x = exchange(served, "/frameworks/Flask")
    assert (x.exists, x.modified, x.values, x.problem) == (False, None, None, None)
    assert x.grant.caller is None
    assert not x.current_tags().include('"x"')


def test_its_tag_is_current_and_so_is_that_of_every_variant(served: Served) -> None:
    json = walked(served, "/frameworks/Flask", {"accept": "application/json"})
    linked = walked(served, "/frameworks/Flask")
    assert json.entity_tag() != linked.entity_tag()
    assert json.current_tags().include(linked.entity_tag())
    assert linked.current_tags().include(json.entity_tag())
    assert not json.current_tags().include(walked(served, "/frameworks/Django").entity_tag())


VARIANTS = [
    ("/frameworks", {}, {}),
    ("/frameworks", {"accept": "application/json"}, {}),
    ("/frameworks?limit=3", {}, {}),
    ("/frameworks?sort=name", {}, {}),
    ("/frameworks?fields=name", {}, {}),
    ("/frameworks", {"prefer": "count=none"}, {}),
    ("/frameworks", {}, {"origin": "http://127.0.0.1"}),
]


def test_whatever_shapes_a_page_shapes_its_tag(served: Served) -> None:
    tags = [walked(served, target, headers, **more).entity_tag() for target, headers, more in VARIANTS]
    assert len(set(tags)) == len(tags)


def test_who_asks_shapes_the_tag_where_it_shapes_the_answer(served: Served) -> None:
    one, other, reader = served.key(), served.key(), served.key("samples:create")
    tags = {
        key: walked(served, "/frameworks/Flask", {"authorization": f"Bearer {key}"} if key else {}).entity_tag()
        for key in (one, other, reader, "")
    }
    assert tags[one] == tags[other]
    assert tags[one] != tags[""]


def test_the_same_request_has_the_same_tag_every_time(served: Served) -> None:
    for target in ("/frameworks", "/frameworks/Flask", "/", "/openapi.json"):
        assert walked(served, target).entity_tag() == walked(served, target).entity_tag()


def test_a_tag_needs_the_secret_of_the_store(served: Served) -> None:
    x = walked(served, "/frameworks/Flask")
    assert tag_is_current(x.setting.store.secret, x.entity_tag(), x.state)
    assert not tag_is_current(b"other", x.entity_tag(), x.state)


def test_members_are_those_of_json_with_the_nulls(served: Served) -> None:
    x = walked(served, "/frameworks/Django")
    own = {"name": "Django", "created": 2005, "parent": "Python"}
    assert x.members() == own | {"relatedName": None, "relatedDocs": None}
    assert x.members() is x.members()


def test_a_request_can_begin_afresh_with_the_content_it_brought(served: Served) -> None:
    x = walked(served, "/frameworks/Flask")
    x.content = x.request.body.read(4)
    again = x.for_retry()
    assert again.request.body.read(10) == b"once"
    assert (again.exists, again.content) == (False, b"")
    assert again.seconds is x.seconds


def test_an_empty_page_exists(served: Served) -> None:
    x = exchange(served, "/samples")
    assert not x.exists
    x.remember(Outcome("page", total=0))
    assert x.exists
