from __future__ import annotations

from typing import Any

import pytest

from restwell_audit import Report, audit
from restwell_audit.operations import GIVE_CREDENTIAL, WHAT
from tests.restwell_audit.apis import (
    HAL,
    HAL_FORMS,
    JSON,
    Api,
    Request,
    Response,
    hal,
    openapi,
    page,
    problem,
    said,
    served,
    table,
    wsgi,
)
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import without_members
from tests.restwell_audit.test_methods import READ_ONLY

OPERATIONS = {
    "OperationsInBand",
    "OperationsByFormat",
    "NothingToDescribe",
    "AllowIsOfTheServer",
    "OperationsOutOfBand",
    "OperationsNowhere",
}
ACCEPTED = Response(202)
ONE = {"_links": {"item": {"href": "/one"}}}
SIREN = {
    "links": [{"rel": ["self"], "href": "/"}, {"rel": ["item"], "href": "/one"}],
    "actions": [{"name": "add", "method": "POST", "href": "/", "fields": [{"name": "name", "type": "text"}]}],
}
COLLECTION_JSON = {"collection": {
    "version": "1.0", "href": "/", "items": [{"href": "/one", "data": [{"name": "name", "value": "one"}]}],
    "template": {"data": [{"name": "name", "value": ""}]},
}}  # fmt: skip
JSON_API = {"data": [{"type": "things", "id": "one", "attributes": {"a": 1}, "links": {"self": "/one"}}]}
HYDRA = {
    "@context": {"@vocab": "http://www.w3.org/ns/hydra/core#"}, "@id": "/", "@type": "Collection",
    "member": [{"@id": "/one"}], "operation": [{"@type": "Operation", "method": "POST", "title": "Add"}],
}  # fmt: skip


def writable(entry: Response) -> Api:
    """An API that takes POST at an entry point, and has one thing."""
    return table({"GET /": entry, "POST /": ACCEPTED, "GET /one": hal(collection="/")})


def plain_writable() -> Api:
    one = {"name": "one", "size": 1}
    return table({"GET /things": said([one]), "POST /things": ACCEPTED, "GET /things/one": said(one)})


def searchable(entry: Response) -> Api:
    """An API of which a description says how it is searched."""
    query = {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}
    return table({"GET /": entry, "GET /one": hal(up="/"), "GET /openapi.json": openapi({"GET /": query})})


def locked_api() -> Api:
    """An API that wants a credential for what changes something, and describes no operation."""
    schemes = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    locked: dict[str, dict[str, Any]] = {"POST /": {"security": [{"key": []}]}, "GET /": {}}
    return table({
        "GET /": hal(item="/one"), "POST /": ACCEPTED, "GET /one": hal(up="/"),
        "GET /openapi.json": openapi(locked, components=schemes),
    })  # fmt: skip


def secured(key: str = "") -> Report:
    """What is said of it, asked with a credential or without."""
    return audit(wsgi(locked_api()), headers={"Authorization": key} if key else {})


def files(*others: Response, post: str = ", POST") -> Api:
    """A page that links files, on a server that says of every resource that it takes POST."""
    text = Response(200, (("Content-Type", "text/plain"),), b"one")
    behind = {f"/{number}": each for number, each in enumerate((text, *others))}
    entry = page(*(f'<a href="{path}">one</a> ' for path in behind))

    def respond(request: Request) -> Response:
        found = {"/": entry, **behind}.get(request.path)
        if found is None:
            return problem(404)
        if request.method == "OPTIONS":
            return Response(200, (("Allow", f"OPTIONS, GET, HEAD{post}"),))
        return found if request.method in {"GET", "HEAD"} else problem(405, Allow="GET, HEAD")

    return respond


CASES: Cases = {
    "OperationsInBand": Pair(GOOD, good(without_members("_templates"))),
    "OperationsByFormat": Pair(
        judging(lambda: writable(said(JSON_API, "application/vnd.api+json"))),
        judging(lambda: writable(hal(item="/one"))),
    ),
    "AllowIsOfTheServer": Pair(judging(files), judging(lambda: files(post=""))),
    "NothingToDescribe": Pair(judging(lambda: READ_ONLY), GOOD),
    "OperationsOutOfBand": Pair(good(without_members("_templates")), GOOD),
    "OperationsNowhere": Pair(judging(plain_writable, "/things"), good(without_members("_templates"))),
    "QueriesHaveTemplates": Pair(GOOD, good(without_members("search"))),
    "QueriesOutOfBand": Pair(
        judging(lambda: searchable(hal(item="/one"))), judging(lambda: searchable(hal(item="/one", next="/?q=a")))
    ),
}


# -- operations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document, media_type, kind", [
    (SIREN, "application/vnd.siren+json", "OperationsInBand"),
    (HYDRA, "application/ld+json", "OperationsInBand"),
    (COLLECTION_JSON, "application/vnd.collection+json", "OperationsInBand"),
    (JSON_API, "application/vnd.api+json", "OperationsByFormat"),
    (ONE | {"_templates": {"default": {"method": "POST"}}}, HAL_FORMS, "OperationsInBand"),
    (ONE, HAL, "OperationsOutOfBand"),
])  # fmt: skip
def test_every_format_says_what_can_be_done_in_its_own_way(document: Any, media_type: str, kind: str) -> None:
    assert names(judge(writable(said(document, media_type)))) & OPERATIONS == {kind}


@pytest.mark.parametrize("document, media_type, name", [
    (JSON_API, "application/vnd.api+json", "JSON:API"),
    ({"schemas": [], "meta": {"location": "/one"}}, "application/scim+json", "SCIM"),
    ({"resourceType": "List", "entry": [{"item": {"reference": "one"}}]}, "application/fhir+json", "FHIR"),
    ({"title": "T", "api_roots": ["/one"]}, "application/taxii+json;version=2.1", "TAXII 2.1"),
    ({"@odata.id": "/one"}, "application/json;odata.metadata=full", "OData"),
    ({"@context": "https://www.w3.org/ns/activitystreams", "inbox": "/one", "outbox": "http://localhost/one"},
     "application/activity+json", "ActivityPub"),
])  # fmt: skip
def test_the_specification_of_a_format_says_what_can_be_done(document: Any, media_type: str, name: str) -> None:
    report = judge(writable(said(document, media_type)))
    line = f"The format {name} defines how resources are created, changed and removed."
    assert found(report, "OperationsByFormat").line == line
    assert "OperationsByFormat" not in names(judge(writable(said(document, "application/json"))))


@pytest.mark.parametrize("empty, media_type", [
    ({"data": []}, "application/vnd.api+json"),
    ({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}, "application/scim+json"),
])  # fmt: skip
def test_of_an_empty_collection_too(empty: Any, media_type: str) -> None:
    assert "OperationsByFormat" in names(judge(writable(said(empty, media_type, Link="</one>; rel=related"))))


def test_a_form_is_an_operation() -> None:
    form = '<a href="/one">one</a><form method="post" action="/"><input name="name"></form>'
    assert found(judge(writable(page(form))), "OperationsInBand").line == "Representations describe operations: POST."


def test_a_form_that_searches_changes_nothing() -> None:
    form = '<a href="/one">one</a><form action="/"><input name="q"></form>'
    assert "OperationsOutOfBand" in names(judge(writable(page(form))))


def test_what_a_resource_can_do_and_does_not_say_is_named() -> None:
    finding = found(CASES["OperationsOutOfBand"].found(), "OperationsOutOfBand")
    assert finding.details == {"methods": "POST"}
    assert finding.subject == "http://localhost/things"


@pytest.mark.parametrize("name", ["OperationsOutOfBand", "OperationsNowhere"])
def test_operations_that_only_documentation_tells_cost_level_3(name: str) -> None:
    report = CASES[name].found()
    assert report.level == 2
    assert "uniform-interface" in [each.constraint for each in report.constraints if each.state == "broken"]


def test_who_may_only_read_need_not_be_told_how_to_change() -> None:
    report = secured()
    assert not names(report) & OPERATIONS
    [left] = [each for each in report.untested if each.bearing == 3]
    assert (left.what, left.how) == (WHAT, GIVE_CREDENTIAL)


def test_with_a_credential_what_can_be_done_has_to_be_said() -> None:
    assert names(secured("Bearer abc")) & OPERATIONS == {"OperationsOutOfBand"}


def test_an_api_for_reading_alone_can_be_at_level_3() -> None:
    report = judge(READ_ONLY)
    assert "NothingToDescribe" in names(report)
    assert report.level == 3


def test_where_nothing_was_read_nothing_is_said_of_operations() -> None:
    def refusing(request: Request) -> Response:
        return Response(200 if request.method == "POST" else 405, (("Allow", "POST"),))

    report = judge(refusing)
    assert report.level == 0
    assert not names(report) & OPERATIONS


# -- queries -------------------------------------------------------------------------------------------------


def test_a_form_is_a_template_for_queries() -> None:
    form = '<a href="/one">one</a><form action="/"><input name="q"></form>'
    assert "QueriesHaveTemplates" in names(judge(searchable(page(form))))


def test_a_uri_template_is_one_too() -> None:
    links = {"_links": {"item": {"href": "/one"}, "search": {"href": "/{?q}", "templated": True}}}
    assert "QueriesHaveTemplates" in names(judge(searchable(said(links, HAL))))


def test_parameters_that_nobody_is_told_are_out_of_band() -> None:
    finding = found(CASES["QueriesOutOfBand"].found(), "QueriesOutOfBand")
    assert finding.subject == "http://localhost/"


def test_without_queries_there_is_nothing_to_template() -> None:
    assert not names(judge(READ_ONLY)) & {"QueriesHaveTemplates", "QueriesOutOfBand"}


def test_a_template_that_makes_an_address_of_an_item_is_one_too() -> None:
    links = {"_links": {"item": {"href": "/{name}", "templated": True}, "up": {"href": "/one"}}}
    assert "QueriesHaveTemplates" in names(judge(searchable(said(links, HAL))))


def test_a_credential_counts_over_a_socket_too() -> None:
    """The first request there is for robots.txt, which is asked for without one."""
    with served(locked_api()) as url:
        report = audit(url, headers={"Authorization": "Bearer x"}, per_second=10_000)
    assert "OperationsOutOfBand" in names(report)
    assert GIVE_CREDENTIAL not in {each.how for each in report.untested}


def test_content_that_is_refused_shows_nothing() -> None:
    api = table({"GET /": problem(405, Allow="POST"), "POST /": ACCEPTED})
    assert not names(judge(api)) & (OPERATIONS - {"NothingToDescribe"})


def test_plain_json_shows_no_operations_whatever_its_members_are_called() -> None:
    entry = said({"actions": [{"method": "POST", "href": "/"}], "item_url": "/one"}, JSON)
    api = table({"GET /": entry, "POST /": ACCEPTED, "GET /one": said({"name": "one"})})
    assert names(judge(api)) & OPERATIONS == {"OperationsNowhere"}


@pytest.mark.parametrize("others", [(), (page("two"), page("three"), page("four"))], ids=["a file", "and pages"])
def test_that_files_take_posts_is_said_of_the_server_and_not_of_them(others: tuple[Response, ...]) -> None:
    report = judge(files(*others))
    assert names(report) & OPERATIONS == {"AllowIsOfTheServer"}
    assert report.level == 3


@pytest.mark.parametrize("api", [
    files(post=", PUT, POST"),
    table({"GET /": page("<a href=/a>one</a>"), "POST /": ACCEPTED, "GET /a": page("one")}),
], ids=["more than POST", "no files"])  # fmt: skip
def test_what_only_some_resources_take_has_to_be_described(api: Api) -> None:
    assert names(judge(api)) & OPERATIONS == {"OperationsOutOfBand"}
