"""CORS: what pages of other origins are told, whatever the answer is, and by whichever door (the Fetch standard).

`tests/conformance/test_cors_in_chromium.py` has a page that does it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from flask import Flask

from restwell import Api, ApiKeys, Authenticator, CurrentUser, DeclarationError, Field, Resource, public, scope
from restwell.edge.cors import EXPOSED
from tests.api import JSON, MERGE_PATCH, Answer, Served, frameworks, is_problem, serve, serving
from tests.arguments import shows
from tests.examples import Framework
from tests.restwell.web.flask.test_fast_path import inner_calls

from .test_doors import put_back

APP, OTHER = "https://app.example.org", "https://other.example.org"
EVIL = [
    "https://evil.example", "null", f"{APP}.evil.example", f"{APP}:443", "https://APP.example.org", f"{APP}, {APP}",
    "http://app.example.org", "https://example.org", f"{APP}/", " ", "*",
]  # fmt: skip
LISTED = {"cors": [APP, OTHER]}
SAFE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
"""The fields of an answer that browsers always show to pages (Fetch, "CORS-safelisted response-header name")."""
FOR_BROWSERS = {"content-security-policy", "referrer-policy", "x-content-type-options", "vary"}
"""Those that no page has a use for."""
THING = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
BROWSER = {"Accept": "text/html"}
PAGE = {"Origin": APP}
PREFLIGHT = "Access-Control-Request-Method, Access-Control-Request-Headers"


class Thing(Resource):
    """A thing that is named by a UUID, and fails when it is removed."""

    id: uuid.UUID = Field(identity=True)


def things(api: Api) -> None:
    options: dict[str, Any] = {"require_if_match": True, "max_body": 100, "initial": [{"id": str(THING)}]}
    api.resource("/things", read=public(), write=public(), **options)(Thing)

    @api.before(Thing, "delete")
    def fail(_: object) -> None:
        raise RuntimeError("unforeseen")


class Case(NamedTuple):
    """A request, and the status of its answer; `key` has these scopes."""

    status: int
    method: str
    target: str
    headers: Mapping[str, str] = MappingProxyType({})
    content: Any = None
    key: str = ""


FLASK, WRITER = "/frameworks/Flask", "frameworks:write"
NEW = {"name": "New", "created": 2020}
CASES = [
    Case(200, "GET", "/"), Case(200, "GET", "/frameworks"),
    Case(200, "HEAD", "/frameworks?limit=1", {"Accept": JSON}),
    Case(200, "GET", FLASK), Case(200, "HEAD", FLASK), Case(200, "GET", FLASK, BROWSER),
    Case(200, "GET", FLASK, key=WRITER), Case(200, "GET", "/openapi.json"), Case(200, "GET", "/docs.jsonld"),
    Case(200, "GET", "/contexts/Framework"), Case(200, "GET", "/problems/not-found"),
    Case(200, "GET", "/health/live"),
    Case(200, "GET", "/health/ready"), Case(200, "GET", "/.well-known/api-catalog"),
    Case(200, "PATCH", FLASK, {"Content-Type": MERGE_PATCH, "If-Match": "*"}, {"created": 2011}, WRITER),
    Case(200, "GET", "/frameworks?x=1", {"Prefer": "handling=lenient"}),
    Case(201, "POST", "/frameworks", {}, NEW, WRITER), Case(201, "PUT", "/frameworks/New", {}, NEW, WRITER),
    Case(201, "POST", "/frameworks", {"Prefer": "return=minimal"}, NEW, WRITER),
    Case(204, "DELETE", FLASK, key=WRITER), Case(204, "OPTIONS", FLASK), Case(204, "OPTIONS", "/frameworks"),
    Case(303, "GET", "/frameworks?_form=search&_filter=name&_value=&sort=", BROWSER),
    Case(304, "GET", FLASK, {"If-None-Match": "*"}), Case(304, "HEAD", "/frameworks", {"If-None-Match": "*"}),
    Case(308, "GET", f"/things/{str(THING).upper()}"), Case(308, "OPTIONS", f"/things/{str(THING).upper()}"),
    Case(400, "GET", "/frameworks?x=1"), Case(400, "POST", "/frameworks", {"Content-Type": JSON}, b"{", WRITER),
    Case(400, "GET", FLASK, {"Host": "a,b"}), Case(401, "POST", "/frameworks", {}, NEW),
    Case(401, "GET", FLASK, {"Authorization": "Bearer x"}), Case(403, "DELETE", FLASK, key="frameworks:create"),
    Case(404, "GET", "/frameworks/Nobody"), Case(404, "GET", "/nowhere"), Case(404, "HEAD", "/nowhere"),
    Case(404, "OPTIONS", "/nowhere"), Case(404, "GET", "/frameworks/Nobody", BROWSER),
    Case(405, "DELETE", "/frameworks"), Case(405, "TRACE", FLASK), Case(406, "GET", FLASK, {"Accept": "image/png"}),
    Case(409, "POST", "/frameworks", {}, {"name": "Flask", "created": 2010}, WRITER),
    Case(411, "POST", "/frameworks", {"Content-Type": JSON, "Content-Length": "x"}, b"{}", WRITER),
    Case(412, "DELETE", FLASK, {"If-Match": '"old"'}, None, WRITER), Case(428, "PUT", f"/things/{THING}", {}, {}),
    Case(413, "POST", "/things", {"Content-Type": JSON}, b" " * 101), Case(414, "GET", f"/{'x' * 5000}"),
    Case(415, "POST", "/frameworks", {"Content-Type": "text/plain"}, b"x", WRITER),
    Case(415, "POST", "/frameworks", {"Content-Type": JSON, "Content-Encoding": "gzip"}, b"x", WRITER),
    Case(421, "GET", FLASK, {"Host": "elsewhere.example"}), Case(422, "POST", "/frameworks", {}, {}, WRITER),
    Case(431, "GET", FLASK, {"X": "x" * 9000}), Case(500, "DELETE", f"/things/{THING}", {"If-Match": "*"}),
    Case(501, "BREW", FLASK),
]  # fmt: skip


@pytest.fixture(scope="module", params=["straight", "Flask"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def through(served: Served, door: str) -> Served:
    """The same, with a hook that closes the fast path where that is not the door."""
    if door == "Flask":
        served.app.before_request(lambda: None)
    return served


def shared(door: str, **options: Any) -> Iterator[Served]:
    with serving(frameworks(), things, **options) as served:
        yield through(served, door)


@pytest.fixture(scope="module")
def served(door: str) -> Iterator[Served]:
    """Two origins are allowed."""
    yield from shared(door, **LISTED)


@pytest.fixture(scope="module")
def closed(door: str) -> Iterator[Served]:
    """Nothing is said of CORS."""
    yield from shared(door)


@pytest.fixture(scope="module")
def everybody(door: str) -> Iterator[Served]:
    """Every origin is allowed."""
    yield from shared(door, cors=["*"])


def ask(served: Served, case: Case, **more: str) -> Answer:
    fields = {name: value for name, value in case.headers.items() if name != "Host"} | more
    environ = {"HTTP_HOST": case.headers["Host"]} if "Host" in case.headers else {}
    key = served.key(case.key) if case.key else None
    put_back(served)
    answer = served.send(case.method, case.target, fields, case.content, key=key, environ=environ)
    assert answer.status == case.status, answer.body
    return answer


def of_cors(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("access-control-")}


def names(answer: Answer) -> set[str]:
    return {name for name, _ in answer.headers if not name.startswith("access-control-")}


def short(case: Case) -> str:
    return f"{case.status} {case.method} {case.target[:30]} {str(dict(case.headers))[:40]} {case.key}"


every_case = pytest.mark.parametrize("case", CASES, ids=short)


@every_case
def test_an_allowed_origin_may_read_whatever_is_answered(served: Served, case: Case) -> None:
    answer = ask(served, case, Origin=APP)
    assert of_cors(answer) == {"access-control-allow-origin": APP, "access-control-expose-headers": EXPOSED}
    exposed = {name.lower() for name in EXPOSED.split(", ")}
    assert names(answer) - SAFE - FOR_BROWSERS <= exposed
    assert answer.words("vary").count("Origin") == 1


@every_case
def test_another_origin_is_told_nothing_but_that_answers_differ(served: Served, case: Case) -> None:
    for headers in ({}, *({"Origin": origin} for origin in EVIL)):
        answer = ask(served, case, **headers)
        assert of_cors(answer) == {}
        assert answer.words("vary").count("Origin") == 1


@every_case
def test_without_cors_nothing_is_said_of_it(closed: Served, served: Served, case: Case) -> None:
    answer = ask(closed, case, Origin=APP)
    assert of_cors(answer) == {}
    assert "Origin" not in answer.words("vary")
    asked = ask(served, case, Origin=APP)
    added = {"vary"} if case.target.startswith("/health") or case.status == 204 else set()
    assert names(asked) - added == names(answer) - added
    extra = ["Origin", *PREFLIGHT.split(", ")] if case.method == "OPTIONS" else ["Origin"]
    assert asked.words("vary") == [*answer.words("vary"), *extra]


@every_case
def test_where_every_origin_is_allowed_copies_are_good_for_all(everybody: Served, case: Case) -> None:
    for answer in (ask(everybody, case), ask(everybody, case, Origin=APP), ask(everybody, case, Origin="null")):
        assert of_cors(answer) == {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
        assert "Origin" not in answer.words("vary")


def test_the_fields_that_the_contract_names_can_be_read() -> None:
    assert {"ETag", "Link", "Location", "Accept-Patch", "RateLimit", "Preference-Applied"} <= {*EXPOSED.split(", ")}


def test_what_is_not_available_is_told_to_pages_too(door: str) -> None:
    with serving(**LISTED) as served:
        through(served, door).api.binding(served.app).service.setting.available = False
        answer = served.send("GET", FLASK, PAGE)
        assert is_problem(answer, 503)
        assert answer["access-control-allow-origin"] == APP


def test_while_a_store_cannot_be_opened_pages_are_told(door: str, tmp_path: Path) -> None:
    with serving(database=f"sqlite:///{tmp_path}/later/x.db", **LISTED) as served:
        through(served, door)
        answer = served.send("GET", FLASK, PAGE)
        assert (answer.status, answer["access-control-allow-origin"]) == (503, APP)
        assert may(preflight(served, FLASK), "PATCH")
        (tmp_path / "later").mkdir()


@pytest.mark.parametrize("origin", EVIL)
def test_origins_are_compared_whole(served: Served, origin: str) -> None:
    assert of_cors(served.send("GET", FLASK, {"Origin": origin})) == {}
    answer = preflight(served, FLASK, "DELETE", "if-match", origin)
    assert (answer.status, of_cors(answer)) == (204, {})
    assert of_cors(preflight(served, "/nowhere", origin=origin)) == {}


def test_each_allowed_origin_is_told_its_own(served: Served) -> None:
    for origin in (APP, OTHER):
        assert served.send("GET", FLASK, {"Origin": origin})["access-control-allow-origin"] == origin


# Preflights.


def preflight(served: Served, target: str, method: str = "PATCH", fields: str = "", origin: str = APP) -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return served.send("OPTIONS", target, asked | ({"Access-Control-Request-Headers": fields} if fields else {}))


def may(answer: Answer, method: str, *fields: str) -> bool:
    """Whether a browser lets a page send this (Fetch, "CORS-preflight fetch")."""
    if not 200 <= answer.status < 300 or answer.get("access-control-allow-origin") not in {APP, "*"}:
        return False
    if method not in {"GET", "HEAD", "POST", *answer.words("access-control-allow-methods")}:
        return False
    allowed = {name.lower() for name in answer.words("access-control-allow-headers")}
    return {name.lower() for name in fields} <= allowed


WANTED = ("authorization", "content-type", "if-match", "if-none-match", "prefer", "x-request-id", "accept")


@pytest.mark.parametrize(
    "target, methods",
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/frameworks", "GET, HEAD, POST, OPTIONS"),
        (FLASK, "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"),
        ("/frameworks/Nobody", "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        (f"/things/{str(THING).upper()}", "GET, HEAD, PATCH, PUT, DELETE, OPTIONS"),
    ],
)
def test_a_preflight_is_told_what_the_address_supports(served: Served, target: str, methods: str) -> None:
    answer = preflight(served, target, "PUT", ", ".join(WANTED))
    assert (answer.status, answer.body) == (204, b"")
    assert answer["access-control-allow-methods"] == answer["allow"] == methods
    assert of_cors(answer) == {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, "
        "If-None-Match, If-Unmodified-Since, Prefer, X-Request-Id",
        "access-control-max-age": "7200",
    }
    assert answer["vary"] == f"Origin, {PREFLIGHT}"
    for method in ("PUT", "PATCH", "DELETE"):
        assert may(answer, method, *WANTED) == (method in methods)
    assert not may(answer, "PUT", "cookie")
    assert not may(answer, "PUT", "x-nothing")


def test_a_preflight_of_another_origin_is_told_no_more_than_anybody(served: Served) -> None:
    plain = served.send("OPTIONS", FLASK)
    for origin in EVIL:
        assert preflight(served, FLASK, origin=origin).lasting() == plain.lasting()


@pytest.mark.parametrize("target", ["/nowhere", "/frameworks/a/b", "/frameworks/", f"/{'x' * 5000}"])
def test_a_preflight_at_no_address_ends_there(served: Served, target: str) -> None:
    answer = preflight(served, target)
    assert answer.status in {404, 414}
    assert not may(answer, "GET")
    assert "access-control-allow-methods" not in of_cors(answer)


def test_a_preflight_needs_no_credential_where_reading_does(door: str) -> None:
    with serving(frameworks(read=scope("frameworks")), **LISTED) as served:
        through(served, door)
        assert may(preflight(served, FLASK, "GET", "authorization"), "GET", "authorization")
        refused = served.send("GET", FLASK, PAGE)
        assert (refused.status, refused["access-control-allow-origin"]) == (401, APP)
        assert "WWW-Authenticate" in refused["access-control-expose-headers"]
        sent = served.send("GET", FLASK, {**PAGE, "Authorization": f"Bearer {served.key('frameworks:read')}"})
        assert (sent.status, sent["access-control-allow-origin"]) == (200, APP)


def test_a_page_is_led_on_from_another_spelling(served: Served) -> None:
    spelled = f"/things/{str(THING).upper()}"
    assert may(preflight(served, spelled, "DELETE", "if-match"), "DELETE", "if-match")
    led = served.send("DELETE", spelled, {**PAGE, "If-Match": "*"})
    assert (led.status, led["location"]) == (308, f"http://localhost/things/{THING}")
    assert led["access-control-allow-origin"] == APP


def test_options_without_a_method_that_is_asked_for_are_no_preflight(served: Served) -> None:
    answer = served.send("OPTIONS", FLASK, PAGE)
    assert of_cors(answer) == {"access-control-allow-origin": APP, "access-control-expose-headers": EXPOSED}
    without = served.send("OPTIONS", FLASK, {"Access-Control-Request-Method": "PUT"})
    assert of_cors(without) == {}


def test_any_page_may_ask_where_every_origin_is_allowed(everybody: Served) -> None:
    answer = preflight(everybody, FLASK, "PUT", "authorization", "null")
    assert may(answer, "PUT", "authorization")
    assert answer["vary"] == PREFLIGHT


# Credentials.


def test_pages_may_send_what_authenticators_read_and_never_a_cookie(door: str) -> None:
    by_token = Authenticator(lambda _: None, reads=["X-Token", "X-Tenant"])
    app = Flask("tests")
    app.secret_key = "of a test"
    authenticate = [ApiKeys(), CurrentUser(lambda: None), by_token]
    with serving(app=app, authenticate=authenticate, **LISTED) as served:
        through(served, door)
        answer = preflight(served, FLASK, "PUT", "x-token")
        assert may(answer, "PUT", "authorization", "x-token", "x-tenant")
        assert "cookie" not in answer["access-control-allow-headers"].lower()


def test_an_origin_that_answers_vary_on_already_is_named_once(door: str) -> None:
    by_origin = Authenticator(lambda _: None, reads=["Origin"])
    with serving(authenticate=[ApiKeys(), by_origin], **LISTED) as served:
        through(served, door)
        assert served.send("GET", FLASK, PAGE)["vary"] == "Accept, Authorization, Origin"


# Where it is said.


@shows("Api", "cors")
def test_the_fast_path_stays_open() -> None:
    with serving(frameworks(), things, **LISTED) as served:
        reached = inner_calls(served)
        for case in CASES:
            served.send(case.method, case.target, PAGE)
            preflight(served, case.target)
        assert reached == []


def test_both_doors_answer_a_page_alike() -> None:
    with serving(**LISTED) as served:
        for target in ("/", FLASK, "/nowhere", "/frameworks?x=1"):
            answers = []
            for hooks in ([], [lambda: None]):
                served.app.before_request_funcs[None] = [*hooks]
                answers.append([served.send("GET", target, PAGE).lasting(), preflight(served, target).lasting()])
            assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "value", [APP, f"{OTHER} {APP}", f"{OTHER},{APP}", [OTHER, APP], (APP,), {APP}], ids=range(6)
)
def test_the_setting_is_taken_instead_of_what_the_code_says(value: Any) -> None:
    with serving(cors=["https://dev.example"], config={"RESTWELL_CORS": value}) as served:
        assert served.send("GET", FLASK, PAGE)["access-control-allow-origin"] == APP
        assert of_cors(served.send("GET", FLASK, {"Origin": "https://dev.example"})) == {}


@pytest.mark.parametrize("value", ["", []])
def test_the_setting_can_close_what_the_code_opens(value: Any) -> None:
    with serving(cors=["*"], config={"RESTWELL_CORS": value}) as served:
        answer = served.send("GET", FLASK, PAGE)
        assert (of_cors(answer), answer["vary"]) == ({}, "Accept, Authorization")


def test_the_environment_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_CORS", f"{OTHER} {APP}")
    with serving() as served:
        assert served.send("GET", FLASK, PAGE)["access-control-allow-origin"] == APP
    with serving(config={"RESTWELL_CORS": OTHER}) as served:
        assert of_cors(served.send("GET", FLASK, PAGE)) == {}


@pytest.mark.parametrize(
    "given, told",
    [
        (APP, "cors is 'https://app.example.org': give a list of origins"),
        ([f"{APP}/"], f"In cors, '{APP}/' is not an origin as browsers send it: write {APP}."),
        ([f"{APP}/shop"], f"In cors, '{APP}/shop' is not an origin as browsers send it: write {APP}."),
        (["app.example.org"], "In cors, 'app.example.org' is not an origin: write a scheme, a host and a port"),
        (["null"], "In cors, 'null' is what every file and every sandboxed page sends"),
        (["https://*.example.org"], "has a wildcard, and origins are compared whole"),
        (["*", APP], r"'\*' stands for every origin: leave the others out"),
        (True, "cors is True: give a list of origins"),
    ],
)
def test_a_wrong_origin_is_refused_at_the_start(given: Any, told: str) -> None:
    with pytest.raises(DeclarationError, match=told):
        Api(cors=given)
    assert Api(cors=[APP]).cors == (APP,)
    assert Api(cors=[]).cors == Api().cors == ()


@pytest.mark.parametrize(
    "value, told",
    [("app.example.org", "In RESTWELL_CORS, 'app.example.org' is not an"), (True, "RESTWELL_CORS is True: give")],
)
def test_a_wrong_setting_is_refused(value: Any, told: str) -> None:
    served = serve(config={"RESTWELL_CORS": value, "PROPAGATE_EXCEPTIONS": True})
    with pytest.raises(DeclarationError, match=told):
        served.send("GET", FLASK)


def test_two_apis_of_an_application_share_with_their_own(door: str) -> None:
    app = Flask("tests")
    with serving(frameworks(), app=app, url_prefix="/open", cors=["*"]) as served:
        Api(app, url_prefix="/closed").resource("/frameworks", read=public())(Framework)
        app.add_url_rule("/own", "own", lambda: "own")
        through(served, door)
        assert served.send("GET", "/open/frameworks", PAGE)["access-control-allow-origin"] == "*"
        for target in ("/closed/frameworks", "/own"):
            answer = served.send("GET", target, PAGE)
            assert (answer.status, of_cors(answer)) == (200, {})
