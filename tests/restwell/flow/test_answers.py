"""Endings become responses; `conformance` holds what they say against the contract."""

from collections.abc import Iterator

import pytest

from restwell.representations import FORMATS
from restwell.surface.addresses import Address
from tests.api import JSON, JSON_LD, Answer, Served, is_problem, serving

NEW = {"name": "New", "created": 1999}


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


def fields(answer: Answer, *names: str) -> list[str | None]:
    return [answer.get(name) for name in names]


def test_what_was_created_is_shown_with_its_place_and_its_tag(served: Served) -> None:
    answer = served.send("POST", "/frameworks", content=NEW, key=served.key(), accept=JSON)
    url = "http://localhost/frameworks/New"
    assert (answer.status, answer.json()) == (201, NEW | {"parent": "Python"})
    assert fields(answer, "location", "content-location", "content-type") == [url, url, JSON]
    assert answer["content-length"] == str(len(answer.body))
    assert answer["etag"]


def test_a_brief_answer_to_creating_has_no_content_and_no_type(served: Served) -> None:
    answer = served.send("POST", "/frameworks", {"Prefer": "return=minimal"}, NEW, key=served.key())
    assert (answer.status, answer.body) == (201, b"")
    assert fields(answer, "location", "content-location", "content-type", "content-length") == [
        "http://localhost/frameworks/New",
        None,
        None,
        "0",
    ]
    assert answer["preference-applied"] == "return=minimal"


def test_a_deletion_is_answered_without_content(served: Served) -> None:
    answer = served.send("DELETE", "/frameworks/Flask", key=served.key())
    assert (answer.status, answer.body) == (204, b"")
    assert fields(answer, "content-type", "content-length", "etag", "last-modified") == [None] * 4


def test_not_modified_leaves_out_what_the_copy_has(served: Served) -> None:
    whole = served.send("GET", "/frameworks/Flask")
    answer = served.send("GET", "/frameworks/Flask", {"If-None-Match": whole["etag"]})
    assert (answer.status, answer.body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified"):
        assert answer[name] == whole[name]
    assert fields(answer, "content-type", "content-length", "link") == [None] * 3


def test_head_is_get_without_its_content(served: Served) -> None:
    for target in ("/frameworks", "/frameworks/Flask", "/", "/frameworks/Nobody"):
        whole, head = served.send("GET", target), served.send("HEAD", target)
        assert head.body == b""
        assert head["content-length"] == str(len(whole.body))


def test_what_is_offered_depends_on_what_is_addressed(served: Served) -> None:
    setting = served.api.binding(served.app).service.setting
    find, offers = setting.addresses.find, setting.offers
    assert offers(find("/frameworks"), None)[:2] == (JSON_LD, JSON)
    assert offers(find("/openapi.json"), None)[0].partition(";")[0] == "application/vnd.oai.openapi+json"
    assert set(offers(Address("entry", "/"), None)) <= {each.media_type for each in FORMATS}


def test_a_last_modified_in_the_future_is_left_out(served: Served) -> None:
    served.change("UPDATE frameworks SET _modified = ?, _version = _version + 1", 4_000_000_000)
    assert served.send("GET", "/frameworks/Flask").get("last-modified") is None


def test_a_description_that_is_not_there_is_404(served: Served) -> None:
    for target in ("/contexts/Nobody", "/schemas/Nobody", "/problems/nobody"):
        assert is_problem(served.send("GET", target), 404)


def test_health_says_that_it_passes(served: Served) -> None:
    for target in ("/health/live", "/health/ready"):
        answer = served.send("GET", target)
        assert (answer.status, answer.json(), answer["cache-control"]) == (200, {"status": "pass"}, "no-store")
