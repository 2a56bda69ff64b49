"""Removing: gone is gone, and what is left behind is said."""

from __future__ import annotations

from tests.restwell_audit.apis import Response, problem
from tests.restwell_audit.cases import GOOD_WRITTEN, Cases, Pair, found, good, judge
from tests.restwell_audit.changes import instead, statuses
from tests.restwell_audit.good import Good

ONE_THING = "/things/.+"
CASES: Cases = {
    "RemovedIsGone": Pair(GOOD_WRITTEN, good(instead(f"DELETE {ONE_THING}", Response(204)), write=True)),
    "RemovingTwiceBreaks": Pair(good(statuses({404: 500}, of=frozenset(["DELETE"])), write=True), GOOD_WRITTEN),
    "RemovedIsStillThere": Pair(good(instead(f"DELETE {ONE_THING}", Response(204)), write=True), GOOD_WRITTEN),
    "CouldNotRemove": Pair(good(instead(f"DELETE {ONE_THING}", problem(403)), write=True), GOOD_WRITTEN),
}


def test_what_could_not_be_removed_is_named() -> None:
    api = Good()
    report = judge(instead(f"DELETE {ONE_THING}", problem(403))(api), write=True)
    finding = found(report, "CouldNotRemove")
    [left] = set(api.things) - {"one", "two", "three"}
    assert finding.details == {"name": left, "why": "DELETE is refused with 403"}
    assert finding.subject == f"http://localhost/things/{left}"
