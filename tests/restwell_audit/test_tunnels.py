"""What proves that everything is sent through one URI, and what does not."""

from __future__ import annotations

import pytest

from tests.restwell_audit.apis import Api, Request, Response, openapi, page, problem, said, table
from tests.restwell_audit.cases import Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import instead

ONE = {"name": "one", "size": 1}


def door(answer: Response, path: str = "/") -> Api:
    """One URI, that POST is sent to."""
    return table({f"POST {path}": said({"result": []}), f"GET {path}": answer})


def post_only() -> Api:
    return table({"POST /": said({"result": []})})


def described(*lines: str) -> Api:
    """One URI that can be read, and a description."""
    return table({"GET /all": said([ONE]), "GET /openapi.json": openapi({line: {} for line in lines})})


def listing(*, routes: bool) -> Api:
    """A list that things are added to; with `routes`, OPTIONS is answered below it, too."""
    one_list = table({"GET /things": said({"things": [ONE]}), "POST /things": said(ONE, status=201)})

    def respond(request: Request) -> Response:
        if routes and request.method == "OPTIONS" and request.path.startswith("/things/"):
            return Response(204, (("Allow", "GET, OPTIONS"),))
        return one_list(request)

    return respond


CASES: Cases = {
    "Tunnel": Pair(judging(post_only), judging(lambda: table({"POST /": said({}), "GET /": said({"a": 1})}))),
    "OneDescribedUri": Pair(
        judging(lambda: described("GET /all", "POST /all"), "/all"),
        judging(lambda: described("GET /all", "GET /all/{name}"), "/all"),
    ),
    "OneList": Pair(
        judging(lambda: listing(routes=False), "/things"), judging(lambda: listing(routes=True), "/things")
    ),
}  # fmt: skip


# -- tunnels -------------------------------------------------------------------------------------------------

SOAP = Response(500, (("Content-Type", "application/soap+xml"),), b"<Envelope/>")
OLD_SOAP = Response(
    200, (("Content-Type", "text/xml"),), b'<e xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Fault/></e>'
)
NO_METHOD = said({"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None})
NO_QUERY = said({"errors": [{"message": "Must provide query string."}]}, status=400)
NO_GRAPHQL = Response(400, (("Content-Type", "text/plain"),), b"No GraphQL query found in the request")
SESSION = Response(409, (("X-Transmission-Session-Id", "abc"),), b"<h1>409: Conflict</h1>")
FAULT = Response(
    200, (("Content-Type", "text/xml"),), b"<?xml version='1.0'?><methodResponse><fault/></methodResponse>"
)
ONLY_POST = Response(405, (("Content-Type", "text/plain"),), b"JSONRPC server handles only POST requests")
NO_QUERY_EITHER = said({"errors": [{"message": "GET query missing."}]}, status=400)


@pytest.mark.parametrize("answer, path, protocol", [
    (NO_METHOD, "/", "JSON-RPC"),
    (SOAP, "/service", "SOAP"),
    (OLD_SOAP, "/service", "SOAP"),
    (NO_QUERY, "/api", "GraphQL"),
    (NO_QUERY_EITHER, "/graphql", "GraphQL"),
    (NO_GRAPHQL, "/graphql", "GraphQL"),
    (SESSION, "/transmission/rpc", "Transmission RPC"),
    (FAULT, "/RPC2", "XML-RPC"),
    (ONLY_POST, "/", "JSON-RPC"),
    (page("<title>GraphiQL</title>"), "/", "GraphQL"),
])  # fmt: skip
def test_a_tunnel_is_known_by_what_it_answers(answer: Response, path: str, protocol: str) -> None:
    report = judge(door(answer, path), path)
    assert found(report, "Tunnel").details == {"protocol": protocol}
    assert report.level == 0


def test_an_address_that_takes_nothing_but_post_is_a_tunnel_for_something() -> None:
    assert found(judge(post_only()), "Tunnel").details == {"protocol": "procedure calls by POST"}


NO_TUNNELS = {
    "nothing to GET": door(problem(405, Allow="PUT, OPTIONS")),
    "an error": door(said({"errors": [{"message": "Not here."}]}, status=400)),
    "a name": door(said({"name": "SOAP", "about": "The book about it."})),
    "no POST": table({"PUT /": said({}), "DELETE /": said({})}),
    "POST elsewhere": table({"GET /": said({}), "POST /elsewhere": said({})}),
    "a query of another kind": door(said({"error": "Search query missing"}, status=400)),
    "a page that leads on": table(
        {
            "GET /": page('<a href="/things">things</a> <a href="https://x.example/">GraphiQL</a>'),
            "GET /things": said([]),
        }
    ),
    "a path that is named": door(said({"error": "Cannot GET /graphql"}, status=400)),
}


@pytest.mark.parametrize("what", NO_TUNNELS)
def test_what_is_no_tunnel_is_called_none(what: str) -> None:
    assert "Tunnel" not in names(judge(NO_TUNNELS[what]))


def test_an_api_with_a_tunnel_at_its_entry_is_at_level_0_whatever_is_beside_it() -> None:
    report = good(instead("GET /", problem(405, Allow="POST")))()
    assert (report.level, report.verdict) == (0, "Non-RESTful")


def test_a_server_that_knows_no_safe_method_is_a_tunnel() -> None:
    """As `xmlrpc.server` of Python's, which answers 501 to all but POST."""
    report = judge(lambda request: Response(200 if request.method == "POST" else 501))
    assert found(report, "Tunnel").details == {"protocol": "procedure calls by POST"}
    assert (report.level, report.verdict) == (0, "Non-RESTful")


def test_a_uri_that_refuses_to_be_read_without_saying_what_it_takes_is_not_told() -> None:
    report = judge(lambda _: Response(405))
    assert (report.level, report.verdict) == (None, "Not to be told from here")


def test_a_list_is_one_uri_only_where_all_of_its_evidence_is_shown() -> None:
    finding = found(CASES["OneList"].found(), "OneList")
    assert [(each.method, each.url, each.status) for each in finding.evidence] == [
        ("OPTIONS", "http://localhost/things", 204), ("GET", "http://localhost/things/one", 404),
        ("OPTIONS", "http://localhost/things/one", 404),
    ]  # fmt: skip
    assert CASES["OneList"].not_found().level is None


def test_a_list_that_takes_nothing_may_have_its_members_anywhere() -> None:
    report = judge(table({"GET /things": said({"things": [ONE]})}), "/things")
    assert (report.level, report.at_least, report.at_most) == (None, 0, 2)
