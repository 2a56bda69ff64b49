"""Removing: gone is gone, and what is left behind is said."""

from __future__ import annotations

from tests.restwell_audit.apis import Api, Request, Response, problem
from tests.restwell_audit.cases import GOOD_WRITTEN, Cases, Pair, found, good, judge
from tests.restwell_audit.changes import instead, statuses
from tests.restwell_audit.good import Good

ONE_THING = "/things/.+"


def removing_more(api: Api) -> Api:
    """DELETE of one removes another as well."""

    def respond(request: Request) -> Response:
        if request.method == "DELETE":
            assert isinstance(api, Good)
            api.things.pop("two", None)
        return api(request)

    return respond


CASES: Cases = {
    "RemovedIsGone": Pair(GOOD_WRITTEN, good(instead(f"DELETE {ONE_THING}", Response(204)), write=True)),
    "RemovedMore": Pair(good(removing_more, write=True), GOOD_WRITTEN),
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
