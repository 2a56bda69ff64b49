"""What is known during one request, and which entity tag it gives."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from restwell.data.outcomes import Outcome
from restwell.flow.phases import Admitted, Arrived, Asked, Done, Met
from restwell.flow.steps import find_address
from restwell.http.entity_tags import tag_is_current
from restwell.http.messages import Request
from tests.api import Served, frameworks, samples, serving
from tests.restwell.flow.test_decisions import known


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(frameworks(), samples()) as found:
        yield found


def walked(
    served: Served, target: str, headers: dict[str, str] | None = None, origin: str = "http://localhost"
) -> Met:
    path, _, query = target.partition("?")
    service = served.api.binding(served.app).service
    admitted = service.admit(Request("GET", path, query, headers or {}, BytesIO(b""), origin))
    assert isinstance(admitted, Admitted)
    met = service.act(admitted).x
    assert isinstance(met, Met)
    return met


def test_a_request_begins_knowing_nobody_and_nothing(served: Served) -> None:
    setting = served.api.binding(served.app).service.setting
    x = find_address(Arrived(Request("GET", "/frameworks/Flask"), setting))
    assert (x.grant.subject, x.content.text, x.seconds) == (None, b"", {})
    assert (x.address.path, x.resource.path) == ("/frameworks/Flask", "/frameworks")


def test_what_is_known_of_a_target_is_its_method_and_its_address(served: Served) -> None:
    address = served.api.binding(served.app).service.setting.addresses.find("/frameworks/Flask")
    x = Asked.about("PUT", address)
    assert (x.method, x.kind, x.address, x.resource) == ("PUT", "item", address, address.resource)
    with pytest.raises(AttributeError, match="headers"):
        _ = x.headers


def test_a_phase_has_all_of_those_before_it(served: Served) -> None:
    met = walked(served, "/frameworks/Flask")
    later = Done(met, Outcome("deleted"), b"")
    assert known(later) == known(met) | {"outcome": later.outcome, "state": b"", "was_there": True}
    assert met.exists


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
    own = {"name": "Django", "created": 2005, "parent": "Python"}
    assert walked(served, "/frameworks/Django").members() == own | {"relatedName": None, "relatedDocs": None}


def test_an_empty_page_exists_and_has_no_time(served: Served) -> None:
    x = Met(walked(served, "/samples"), Outcome("page", total=0), b"")
    assert (x.exists, x.modified) == (True, None)


def test_what_is_missing_has_no_current_tag(served: Served) -> None:
    x = walked(served, "/frameworks/Nobody")
    assert (x.exists, x.modified) == (False, None)
    assert not x.current_tags().include('"x"')
