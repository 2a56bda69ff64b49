from __future__ import annotations

import json
import re
from typing import Any

import pytest

from restwell_audit import Report, audit
from restwell_audit.checks import ALLOW_WRITING
from restwell_audit.writing import GIVE_CREDENTIAL
from tests.restwell_audit.apis import (
    JSON,
    Api,
    Change,
    Request,
    Response,
    changed,
    openapi,
    problem,
    said,
    table,
    wsgi,
)
from tests.restwell_audit.cases import GOOD, GOOD_WRITTEN, Cases, Judge, Pair, found, good, judge, names
from tests.restwell_audit.changes import ignoring, instead, responses, statuses, without
from tests.restwell_audit.good import THREE, Good

POSTED = frozenset(["POST"])
ONE_THING = "/things/.+"


def written(*changes: Change) -> Judge:
    """To judge the good API after some changes, and to create, change and remove."""
    return good(*changes, write=True)


def to(method: str, **fields: str) -> Change:
    """These fields in the answers to a method."""
    return responses(lambda request, response: response.having(**fields) if request.method == method else response)


def away(method: str, *names: str) -> Change:
    """Not these fields in the answers to a method."""
    return responses(lambda request, response: response.without(*names) if request.method == method else response)


def growing(api: Api) -> Api:
    """PUT adds to what is there, rather than to replace it."""

    def respond(request: Request) -> Response:
        if request.method == "PUT":
            things = inner(api).things
            name = request.path.removeprefix("/things/")
            if name in things:
                things[name]["size"] += 1
                return Response(204)
        return api(request)

    return respond


def inner(api: Api) -> Good:
    """The good API itself."""
    assert isinstance(api, Good)
    return api


def forgetting(api: Api) -> Api:
    """What is created is nowhere afterwards, though it is said to be."""

    def respond(request: Request) -> Response:
        response = api(request)
        if request.method == "POST" and response.status == 201:
            inner(api).things.popitem()
        return response

    return respond


def taking_anything(api: Api) -> Api:
    """Whatever is posted is taken; what cannot be read makes a thing without a size."""

    def respond(request: Request) -> Response:
        response = api(request)
        if request.method == "POST" and response.status in {400, 415, 422}:
            things = inner(api).things
            things[f"made-{len(things)}"] = {"name": f"made-{len(things)}", "size": 0}
            return Response(201, (("Location", f"/things/made-{len(things) - 1}"),))
        return response

    return respond


def failing_on_broken(api: Api) -> Api:
    """Content that cannot be read makes it fail; what it has not heard of is refused."""
    return responses(
        lambda request, response: problem(500) if request.method == "POST" and response.status == 400 else response
    )(api)


CASES: Cases = {
    "CreatedWithLocation": Pair(GOOD_WRITTEN, written(away("POST", "Location"))),
    "CreatedWithoutLocation": Pair(written(away("POST", "Location")), GOOD_WRITTEN),
    "CreatedAsSomethingElse": Pair(written(statuses({201: 200})), GOOD_WRITTEN),
    "CreatedNowhere": Pair(written(forgetting), GOOD_WRITTEN),
    "CreatingBreaks": Pair(written(instead("POST /things", problem(500))), written(statuses({201: 200}))),
    "PutIsIdempotent": Pair(GOOD_WRITTEN, written(growing)),
    "PutIsNotIdempotent": Pair(written(growing), GOOD_WRITTEN),
    "ReplacingBreaks": Pair(written(instead(f"PUT {ONE_THING}", problem(500))), GOOD_WRITTEN),
    "LostUpdatesAreRefused": Pair(GOOD_WRITTEN, written(ignoring("If-Match"))),
    "ConditionIsIgnored": Pair(written(ignoring("If-Match")), written(without("ETag"), ignoring("If-Match"))),
    "NoConditions": Pair(written(without("ETag"), ignoring("If-Match")), GOOD_WRITTEN),
    "BadContentIsRefused": Pair(GOOD_WRITTEN, written(taking_anything)),
    "BadContentBreaks": Pair(written(failing_on_broken), GOOD_WRITTEN),
    "BadContentIsTaken": Pair(written(taking_anything), GOOD_WRITTEN),
    "StrangeTypeIsRefused": Pair(GOOD_WRITTEN, written(statuses({415: 400}))),
    "StrangeTypeIsSomethingElse": Pair(written(statuses({415: 400})), GOOD_WRITTEN),
}


# -- nothing but our own -------------------------------------------------------------------------------------


def test_without_permission_nothing_is_changed_and_that_is_said() -> None:
    methods: set[str] = set()
    api = Good()

    def respond(request: Request) -> Response:
        methods.add(request.method)
        return api(request)

    report = judge(respond)
    assert methods <= {"GET", "HEAD", "OPTIONS", "PROPFIND"}
    assert [(each.bearing, each.how) for each in report.untested if "created" in each.what] == [(2, ALLOW_WRITING)]


def test_after_writing_everything_is_as_it_was() -> None:
    api = Good()
    judge(api, write=True)
    assert list(api.things.values()) == list(THREE)


def test_only_what_was_created_is_changed() -> None:
    touched: set[str] = set()
    api = Good()

    def respond(request: Request) -> Response:
        if request.method in {"PUT", "PATCH", "DELETE"}:
            touched.add(request.path)
        return api(request)

    judge(respond, write=True)
    assert touched
    assert all(path.startswith("/things/restwell-audit-") for path in touched)


def keeping_what_it_can(api: Api) -> Api:
    """Content that cannot be read makes a thing of the name in it, if it has one."""

    def respond(request: Request) -> Response:
        response = api(request)
        name = re.search(rb"restwell-audit-[0-9a-f-]+", request.content)
        if request.method == "POST" and response.status in {400, 415} and name:
            inner(api).things[name[0].decode()] = {"name": name[0].decode(), "size": 0}
            return Response(201, (("Location", f"/things/{name[0].decode()}"),))
        return response

    return respond


def test_what_bad_content_made_is_removed_too() -> None:
    api = Good()
    report = judge(changed(api, keeping_what_it_can), write=True)
    assert {"BadContentIsTaken"} <= names(report)
    assert "CouldNotRemove" not in names(report)
    assert set(api.things) == {"one", "two", "three"}


def test_what_bad_content_made_without_the_mark_is_left_behind_and_named() -> None:
    api = Good()
    report = judge(changed(api, taking_anything), write=True)
    left = {each.subject for each in report.findings if type(each).__name__ == "CouldNotRemove"}
    assert left == {f"http://localhost/things/{name}" for name in set(api.things) - {"one", "two", "three"}} != set()


def test_a_failure_on_the_way_does_not_keep_it_from_cleaning_up() -> None:
    api = Good()
    report = judge(changed(api, instead(f"PUT {ONE_THING}", problem(500))), write=True)
    assert "RemovedIsGone" in names(report)
    assert set(api.things) == {"one", "two", "three"}


# -- creating ------------------------------------------------------------------------------------------------


def test_a_relative_location_is_where_it_is() -> None:
    finding = found(GOOD_WRITTEN(), "CreatedWithLocation")
    created, read = finding.evidence
    assert created.header("location") == str(finding.details["location"])
    assert read.url == f"http://localhost{created.header('location')}"


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_create_is_told_that_it_takes_a_credential(status: int) -> None:
    report = written(instead("POST /things", problem(status)))()
    [left] = [each for each in report.untested if "created" in each.what]
    assert (left.bearing, left.how) == (2, GIVE_CREDENTIAL)


def test_an_api_in_which_nothing_can_be_created_is_not_tested() -> None:
    report = judge(table({"GET /": said([{"name": "one"}])}), write=True)
    [left] = [each for each in report.untested if "created" in each.what]
    assert left.why == "No collection was found at which a resource could be created."


def test_a_success_with_an_error_inside_created_nothing() -> None:
    report = written(instead("POST /things", said({"success": False, "error": "No."})))()
    assert not names(report) & {"CreatedWithLocation", "CreatedAsSomethingElse", "CreatedNowhere"}


def test_what_the_content_is_like_is_learnt_from_a_description() -> None:
    """A list that is empty shows no member to imitate."""
    things: dict[str, Any] = {}
    schema = {
        "type": "object", "required": ["title", "size"],
        "properties": {"title": {"type": "string"}, "size": {"type": "integer", "minimum": 3}},
    }  # fmt: skip

    def create(request: Request) -> Response:
        thing = json.loads(request.content)
        if set(thing) != {"title", "size"} or thing["size"] < 3:
            return problem(422)
        things[thing["title"]] = thing
        return said(thing, status=201, Location=f"/things/{thing['title']}")

    def thing_at(request: Request) -> Response:
        name = request.path.removeprefix("/things/")
        if name not in things:
            return problem(404)
        return Response(204) if request.method == "DELETE" and things.pop(name) else said(things.get(name))

    described = openapi({
        "GET /things": {}, "POST /things": {"requestBody": {"content": {JSON: {"schema": schema}}}},
        "GET /things/{title}": {}, "DELETE /things/{title}": {},
    })  # fmt: skip
    listed = table({
        "GET /": said({}), "GET /openapi.json": described, "POST /things": create,
        "GET /things": lambda _: said(list(things.values())),
    })  # fmt: skip

    def respond(request: Request) -> Response:
        return thing_at(request) if request.path.startswith("/things/") else listed(request)

    assert {"CreatedWithLocation", "RemovedIsGone"} <= names(judge(respond, write=True))
    assert not things


def test_a_credential_goes_with_every_change() -> None:
    api = Good()

    def respond(request: Request) -> Response:
        locked = request.method in {"POST", "PUT", "DELETE"} and request.field("authorization") != "Bearer abc"
        return problem(401, WWW_Authenticate="Bearer") if locked else api(request)

    report: Report = audit(wsgi(respond), write=True, headers={"Authorization": "Bearer abc"})
    assert "CreatedWithLocation" in names(report)
    assert set(api.things) == {"one", "two", "three"}


# -- changing ------------------------------------------------------------------------------------------------


def test_an_api_that_insists_on_if_match_is_given_it() -> None:
    def insisting(api: Api) -> Api:
        def respond(request: Request) -> Response:
            required = request.method in {"PUT", "DELETE"} and api(Request("GET", request.path)).status == 200
            return problem(428) if required and not request.field("if-match") else api(request)

        return respond

    kinds = names(written(insisting)())
    assert {"PutIsIdempotent", "LostUpdatesAreRefused", "RemovedIsGone"} <= kinds
    assert "CouldNotRemove" not in kinds


def test_without_put_nothing_is_said_of_it() -> None:
    report = written(instead(f"PUT {ONE_THING}", problem(405, Allow="GET, DELETE")))()
    assert not names(report) & {"PutIsIdempotent", "PutIsNotIdempotent", "ReplacingBreaks", "ConditionIsIgnored"}


@pytest.mark.parametrize("name", [
    "PutIsNotIdempotent", "ConditionIsIgnored", "BadContentIsTaken", "BadContentBreaks",
])  # fmt: skip
def test_methods_that_do_not_what_they_should_keep_an_api_from_level_2(name: str) -> None:
    assert CASES[name].found().level == 1
    assert GOOD_WRITTEN().level == 3


def test_writing_adds_to_what_is_said_and_takes_nothing_away() -> None:
    assert names(GOOD()) <= names(GOOD_WRITTEN())


def test_where_nothing_can_be_read_nothing_is_put() -> None:
    methods: set[str] = set()

    def respond(request: Request) -> Response:
        methods.add(request.method)
        if request.path == "/things":
            return said([{"name": "one"}]) if request.method == "GET" else Response(201)
        return said({"name": "one"}) if request.path == "/things/one" else problem(404)

    report = audit(wsgi(respond), "/things", write="keep")
    assert "CreatedNowhere" in names(report)
    assert "POST" in methods
    assert not methods & {"PUT", "PATCH"}
