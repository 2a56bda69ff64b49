"""What a request asks for, before anybody knows whether it is allowed."""

import pytest

from restwell.data.query import Query
from restwell.flow.intent import Intent, read_intent
from restwell.http.messages import Request
from restwell.http.prefer import Preferences
from restwell.http.problems import BadCursor, BadParameter
from restwell.model.conditions import TRUE, Comparison
from tests.examples import ADDRESSES


def intent(method: str, target: str, **headers: str) -> Intent:
    path, _, query = target.partition("?")
    address = ADDRESSES.find(path)
    return read_intent(Request(method, path, query, headers), address, b"secret", address.resource, TRUE, "")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_a_collection_has_a_query(method: str) -> None:
    found = intent(method, "/frameworks?created=2010&limit=5&fields=created,name")
    assert found.query == Query(
        5,
        (),
        Comparison("created", "eq", (2010,)),
        None,
        ("name", "created"),
        (("created", "2010"), ("limit", "5"), ("fields", "created,name")),
    )
    assert found.fields == ("name", "created")


def test_reading_an_item_has_fields() -> None:
    assert intent("GET", "/frameworks/Flask?fields=parent").fields == ("parent",)
    assert intent("GET", "/frameworks/Flask").fields is None


@pytest.mark.parametrize(
    "method, target",
    [
        ("POST", "/frameworks?limit=1"),
        ("PUT", "/frameworks/Flask?fields=name"),
        ("DELETE", "/frameworks/Flask?x=1"),
        ("GET", "/?limit=1"),
        ("GET", "/docs?x=1"),
        ("OPTIONS", "/frameworks?limit=1"),
        ("GET", "/frameworks/Flask?limit=1"),
        ("GET", "/frameworks?nobody=1"),
    ],
)
def test_a_parameter_where_none_is_taken_is_refused(method: str, target: str) -> None:
    with pytest.raises(BadParameter):
        intent(method, target)
    assert intent(method, target, prefer="handling=lenient") == Intent(Preferences(handling="lenient"))


def test_a_cursor_that_is_none_is_refused_however_lenient() -> None:
    for headers in ({}, {"prefer": "handling=lenient"}):
        with pytest.raises(BadCursor):
            intent("GET", "/frameworks?after=x", **headers)


@pytest.mark.parametrize("target", ["/health/live?probe=1", "/health/ready?x"])
def test_whoever_asks_for_health_may_say_what_they_like(target: str) -> None:
    assert intent("GET", target).query == Query()


def test_preferences_are_read() -> None:
    assert intent("GET", "/").preferences == Preferences()
    assert intent("GET", "/", prefer="return=minimal").preferences == Preferences(returns="minimal")


@pytest.mark.parametrize("prefer, counting", [("", "bounded"), ("count=exact", "exact"), ("count=none", "none")])
def test_rows_are_counted_as_preferred(prefer: str, counting: str) -> None:
    assert intent("GET", "/frameworks", prefer=prefer).counting == counting
