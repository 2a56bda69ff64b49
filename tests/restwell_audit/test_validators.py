from __future__ import annotations

import pytest

from tests.restwell_audit.apis import Request, Response
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, names
from tests.restwell_audit.changes import having, responses, without

MONDAY = "Mon, 23 Nov 2026 03:00:00 GMT"


def at_things(request: Request, response: Response) -> Response:
    """One thing has no validator, and says nothing of caching."""
    return response.without("ETag", "Cache-Control") if request.path == "/things/one" else response


CASES: Cases = {
    "HasValidators": Pair(GOOD, good(without("ETag"))),
    "LacksValidators": Pair(good(without("ETag")), good(without("ETag"), having(Last_Modified=MONDAY))),
    "SaysHowLong": Pair(GOOD, good(without("Cache-Control"))),
    "SaysNothingOfCaching": Pair(good(without("Cache-Control")), good(without("Cache-Control"), having(Expires="0"))),
}


@pytest.mark.parametrize("fields", [{"ETag": '"1"'}, {"ETag": 'W/"1"'}, {"Last_Modified": MONDAY}])
def test_a_tag_or_a_date_is_a_validator(fields: dict[str, str]) -> None:
    assert "HasValidators" in names(good(without("ETag"), having(**fields))())


def test_a_few_without_a_validator_are_counted_and_one_is_shown() -> None:
    finding = found(good(responses(at_things))(), "LacksValidators")
    assert finding.details == {"number": 1, "of": 5}
    assert finding.subject == finding.evidence[0].url == "http://localhost/things/one"


@pytest.mark.parametrize("caching", ["no-store", "no-cache", "max-age=0", "private, max-age=60"])
def test_to_forbid_keeping_is_to_say_how_long(caching: str) -> None:
    assert found(good(having(Cache_Control=caching))(), "SaysHowLong").details == {"caching": caching}


def test_expires_says_it_too() -> None:
    report = good(without("Cache-Control"), having(Expires=MONDAY))()
    assert found(report, "SaysHowLong").details == {"caching": "Expires"}


def test_a_few_that_say_nothing_are_counted() -> None:
    assert found(good(responses(at_things))(), "SaysNothingOfCaching").details == {"number": 1, "of": 5}


def test_what_methods_can_do_without_keeps_nobody_from_level_2() -> None:
    report = good(without("ETag", "Cache-Control"))()
    assert {"LacksValidators", "SaysNothingOfCaching"} <= names(report)
    assert report.rungs[2].reached
