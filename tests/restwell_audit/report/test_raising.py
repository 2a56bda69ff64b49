from __future__ import annotations

from restwell_audit.caching import NothingToKeep
from restwell_audit.methods import NothingToGet
from restwell_audit.report.raising import MAX_CHANGES, changes
from restwell_audit.resources import NoResources
from restwell_audit.tunnels import Tunnel
from restwell_audit.uniformity import NothingIsIdentified
from tests.restwell_audit.kinds import (
    ALL_KEPT,
    BROKEN,
    GET,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    NO_PROXY,
    POST,
    URL,
    ErrorsAsSuccess,
    LinksNowhere,
    NoAllow,
    NoValidator,
    mixed,
    report,
    restful,
    untold,
)

ERRORS = [ErrorsAsSuccess(f"{URL}{number}", POST, status=200) for number in range(2)]
NO_ALLOW = NoAllow(URL, POST)
NO_TAG = NoValidator(URL, GET)


def test_what_a_level_needs_comes_first_and_says_what_it_gives() -> None:
    found = changes(report(LEVEL_1, LEVEL_2, NO_TAG, LEVEL_3, *ERRORS, NO_ALLOW, BROKEN["stateless"](URL, GET)))
    assert [(each.finding, each.effect) for each in found] == [
        (ERRORS[0], "Needed for level 2."),
        (NO_ALLOW, "Then: level 3 of 3, Likely RESTful, but not stateless."),
        (found[2].finding, "Then: level 3 of 3, Likely RESTful."),
    ]
    assert (found[0].what, found[0].how) == (ERRORS[0].line, ERRORS[0].remedy)


def test_a_warning_raises_a_score() -> None:
    [change] = changes(report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, NO_TAG))
    assert change.effect == "Raises the score of level 2 from 67 % to 100 %."


def test_a_higher_level_comes_after_what_breaks_a_constraint() -> None:
    found = changes(report(LEVEL_1, LinksNowhere(URL, GET), NO_ALLOW, BROKEN["cacheable"](URL, GET)))
    assert [each.effect for each in found] == [
        "Then: level 2 of 3, Approaching REST, not cacheable.",
        "Then: level 2 of 3, Approaching REST with Caching.",
        "Then: level 3 of 3, Likely RESTful.",
    ]


def test_a_level_that_cannot_be_told_is_to_be_tested_first() -> None:
    first = changes(untold())[0]
    assert (first.what, first.effect) == (
        "Not tested: whether there are more.", "Decides whether level 1 is reached.",
    )  # fmt: skip


def test_what_follows_from_another_change_is_not_repeated() -> None:
    """That nothing can be read of an RPC server follows from the tunnel; what is found afterwards is not known."""
    tunnel, nothing = Tunnel(URL, POST, protocol="JSON-RPC"), NoResources(URL, POST)
    kept = [NothingToKeep(URL, POST), NothingIsIdentified(URL, POST), NothingToGet(URL, POST)]
    found = changes(report(tunnel, nothing, *kept, LinksNowhere(URL, GET)))
    assert [(each.finding.id() if each.finding else "", each.effect) for each in found] == [
        ("tunnel", "Then: level 1 of 3, Approaching REST."),
        ("links-nowhere", "Needed for level 3."),
    ]


def test_there_are_three_at_most_and_none_where_nothing_is_wrong() -> None:
    assert len(changes(mixed())) == MAX_CHANGES
    assert changes(restful()) == ()
    assert changes(report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, untested=[NO_PROXY])) == ()
