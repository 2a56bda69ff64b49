"""Whether something could be removed is known before it is created: from Allow, operations and descriptions."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.checks import Case
from restwell_audit.exploring import Explorer
from restwell_audit.probe import Probe
from restwell_audit.removability import doubt_of_removal
from tests.restwell_audit.apis import Api, Request, Response, openapi, problem, said, wsgi

UNKNOWN = "neither the members of the collection nor a description say that DELETE is supported"


def listing(*members: dict[str, Any], allow: str = "", described: bool = False) -> Api:
    """A list at the root, whose members are at their names; OPTIONS says `allow` of what is below it."""
    answers = {"/": said(list(members)), **({"/openapi.json": DESCRIBED} if described else {})}

    def respond(request: Request) -> Response:
        if request.method == "OPTIONS":
            fields = (("Allow", allow if request.path != "/" else "GET, POST"),)
            return Response(204, fields if allow or request.path == "/" else ())
        if request.method != "GET":
            return problem(501)
        known = {f"/{each['name']}": said(each) for each in members}
        return (answers | known).get(request.path) or problem(404)

    return respond


DESCRIBED: Response = openapi({"GET /": {}, "GET /{name}": {}, "DELETE /{name}": {}})
ONE: dict[str, Any] = {"name": "one"}


@pytest.mark.parametrize("api, why", [
    (listing(ONE, allow="GET, DELETE"), ""),
    (listing(ONE, allow="GET, PUT"), UNKNOWN),
    (listing(ONE), UNKNOWN),
    (listing(allow="GET, DELETE"), ""),
    (listing(), UNKNOWN),
    (listing(ONE, described=True), ""),
    (listing(ONE | {"url": "/?name=one"}, allow="GET, DELETE"), "have URLs at which the audit removes nothing"),
], ids=["Allow", "Allow without it", "nothing said", "an empty list", "an empty list, nothing said", "a description",
        "at a query"])  # fmt: skip
def test_it_is_known_where_it_is_said(api: Api, why: str) -> None:
    with Probe(wsgi(api), writing=True) as probe:
        survey = Explorer(probe, [probe.url]).explore()
        doubt = doubt_of_removal(Case(survey, probe, writing=True), survey.found[probe.url])
    assert (why in doubt) if why else doubt == ""
    assert {each.method for each in probe.exchanges} <= {"GET", "OPTIONS", "PROPFIND"}
