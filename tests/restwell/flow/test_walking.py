"""Every ending of the decisions is met by a request, and what is foreseen of a request is what is asked of it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell.flow.decisions import Refuse
from restwell.flow.exchange import Exchange
from restwell.flow.walking import FAILED, FORESEEN, Foreseen, rehearse, walk
from restwell.http import problems
from restwell.http.messages import Request
from tests.api import JSON_PATCH, MERGE_PATCH, Client, Served, frameworks, serving
from tests.restwell.flow.test_decisions import NAMES, PLACES


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


CONTENT = b'{"name": "New", "created": 1999}'
RENAMED = b'{"name": "Django", "created": 1999}'
NO_MATCH = b'[{"op": "test", "path": "/created", "value": 1}]'
JSON_CONTENT = {"content-type": "application/json"}

Asked = tuple[str, str, dict[str, str], bytes]
REQUESTS: list[tuple[Asked, int]] = [
    (("GET", "/frameworks", {}, b""), 200),
    (("GET", "/frameworks/Flask", {}, b""), 200),
    (("HEAD", "/", {}, b""), 200),
    (("GET", "/openapi.json", {}, b""), 200),
    (("GET", "/health/live", {}, b""), 200),
    (("GET", "/health/ready", {}, b""), 200),
    (("OPTIONS", "/frameworks", {}, b""), 204),
    (("POST", "/frameworks", JSON_CONTENT, CONTENT), 201),
    (("POST", "/frameworks", JSON_CONTENT | {"prefer": "return=minimal"}, CONTENT), 201),
    (("PUT", "/frameworks/New", JSON_CONTENT, CONTENT), 201),
    (("PUT", "/frameworks/Flask", JSON_CONTENT, b'{"created": 2010}'), 200),
    (("PUT", "/frameworks/Flask", JSON_CONTENT | {"prefer": "return=minimal"}, b'{"created": 2010}'), 204),
    (("PATCH", "/frameworks/Flask", {"content-type": MERGE_PATCH}, b'{"created": 2011}'), 200),
    (("PATCH", "/frameworks/Flask", {"content-type": MERGE_PATCH}, b"{}"), 200),
    (("DELETE", "/frameworks/Flask", {}, b""), 204),
    (("GET", "/frameworks/Flask", {"if-none-match": "*"}, b""), 304),
    (("GET", "/frameworks/Flask", {"if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"}, b""), 200),
    (("GET", "/frameworks?nobody=1", {}, b""), 400),
    (("POST", "/frameworks", JSON_CONTENT, b"{"), 400),
    (("GET", "/frameworks", {"authorization": "Bearer x"}, b""), 401),
    (("GET", "/frameworks/Nobody", {}, b""), 404),
    (("GET", "/nowhere", {}, b""), 404),
    (("DELETE", "/frameworks", {}, b""), 405),
    (("GET", "/frameworks", {"accept": "image/png"}, b""), 406),
    (("POST", "/frameworks", JSON_CONTENT, b'{"name": "Flask", "created": 2010}'), 409),
    (("POST", "/frameworks", JSON_CONTENT | {"transfer-encoding": "chunked"}, CONTENT), 411),
    (("PUT", "/frameworks/Flask", JSON_CONTENT | {"if-match": '"x"'}, CONTENT), 412),
    (("PUT", "/frameworks/Flask", JSON_CONTENT | {"if-none-match": "*"}, b'{"created": 2010}'), 412),
    (("POST", "/frameworks", JSON_CONTENT, b" " * (1024 * 1024 + 1)), 413),
    (("GET", "/" + "x" * 5000, {}, b""), 414),
    (("POST", "/frameworks", {"content-type": "text/plain"}, b"x"), 415),
    (("GET", "/", {"host": "example.org"}, b""), 421),
    (("POST", "/frameworks", JSON_CONTENT, b"{}"), 422),
    (("PUT", "/frameworks/Flask", JSON_CONTENT, RENAMED), 422),
    (("PATCH", "/frameworks/Flask", {"content-type": JSON_PATCH}, NO_MATCH), 409),
    (("GET", "/", {"x-long": "x" * 9000}, b""), 431),
    (("BREW", "/", {}, b""), 501),
]  # fmt: skip
CASES = [f"{place} {asked[0]} {asked[1][:30]} {status}" for place, (asked, status) in enumerate(REQUESTS)]


def request_of(served: Served, asked: Asked, key: str | None) -> Request:
    method, target, headers, content = asked
    path, _, query = target.partition("?")
    fields = {"content-length": str(len(content)), **headers} if method in {"POST", "PUT", "PATCH"} else dict(headers)
    if key is not None:
        fields.setdefault("authorization", f"Bearer {key}")
    origin = f"http://{fields.get('host', 'localhost')}"
    return Request(method, path, query, fields, BytesIO(content), origin)


def exchange(served: Served, request: Request) -> Exchange:
    service = served.api.binding(served.app).service
    return Exchange(request, service.setting.addresses.find(request.path), service.setting)


def state(served: Served) -> list[Any]:
    rows: list[Any] = served.api.binding(served.app).store.driver.read("SELECT * FROM frameworks ORDER BY _id")
    return rows


@pytest.mark.parametrize("asked, status", REQUESTS, ids=CASES)
def test_a_rehearsal_changes_nothing_and_ends_as_the_walk_does(served: Served, asked: Asked, status: int) -> None:
    key = served.key()
    before = state(served)
    steps, told = rehearse(rehearsed := exchange(served, request_of(served, asked, key)))
    assert state(served) == before
    ending = walk(walked := exchange(served, request_of(served, asked, key)))
    assert [step.name for step in steps] == sorted((step.name for step in steps), key=PLACES.__getitem__)
    if told is None:
        assert steps[-1].name == "carry out"
        assert status in {200, 201, 204, 409, 412}
    else:
        assert (told, type(rehearsed.problem)) == (ending, type(walked.problem))
        assert state(served) == before
    if isinstance(ending, Refuse):
        assert walked.problem is not None
        assert walked.problem.status == status


@pytest.mark.parametrize("asked, status", REQUESTS, ids=CASES)
def test_a_problem_is_one_of_those_that_its_ending_names(served: Served, asked: Asked, status: int) -> None:
    ending = walk(x := exchange(served, request_of(served, asked, served.key())))
    if isinstance(ending, Refuse):
        assert isinstance(x.problem, ending.problems)


def test_the_requests_here_meet_nearly_every_row(served: Served) -> None:
    """What is left is met only by two who write at once, by who lacks a scope, or where If-Match is required."""
    met: set[str] = set()
    for key in (served.key(), None, served.key("frameworks:create")):
        for asked, _ in REQUESTS:
            steps, _ = rehearse(exchange(served, request_of(served, asked, key)))
            met.update(step.name for step in steps)
    behind_the_change = set(NAMES[PLACES["carry out"] + 1 :])
    assert set(NAMES) - met - behind_the_change == set()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]),
    st.sampled_from(
        ["/", "/frameworks", "/frameworks/Flask", "/frameworks/No", "/docs", "/problems/not-found", "/a"]
    ),
    st.dictionaries(
        st.sampled_from(
            ["accept", "content-type", "if-match", "if-none-match", "if-modified-since", "prefer", "host"]
        ),
        st.sampled_from(["*", "*/*", '"a"', "application/json", "x", "", "Sun, 06 Nov 1994 08:49:37 GMT"]),
    ),
    st.sampled_from([b"", b"{}", b"null", CONTENT, b"\xff"]),
    st.booleans(),
)
def test_every_walk_ends_and_a_problem_is_foreseen(
    served: Served, method: str, path: str, headers: dict[str, str], content: bytes, known: bool
) -> None:
    asked = (method, path, headers, content)
    x = exchange(served, request_of(served, asked, served.key() if known else None))
    ending = walk(x)
    if isinstance(ending, Refuse):
        assert ending is not FAILED
        assert isinstance(x.problem, ending.problems)
    else:
        assert x.problem is None


@pytest.mark.parametrize("asked, status", REQUESTS, ids=CASES)
def test_what_is_foreseen_is_what_is_asked(served: Served, asked: Asked, status: int) -> None:
    x = exchange(served, request_of(served, asked, served.key()))
    target = cast("Exchange", Foreseen(x.method, x.kind, x.resource))
    foreseen = {question: answer for question, foresee in FORESEEN.items() if (answer := foresee(target)) is not None}
    assert foreseen
    assert {question: bool(question(x)) for question in foreseen} == foreseen


def test_methods_that_are_not_known_walk_through_every_row(served: Served) -> None:
    for number in range(3):
        x = exchange(served, request_of(served, (f"X{number}", "/frameworks", {}, b""), None))
        walk(x)
        assert isinstance(x.problem, problems.NotImplementedMethod)


def test_required_conditions_are_asked_for() -> None:
    with serving(frameworks(require_if_match=True)) as strict:
        x = exchange(strict, request_of(strict, ("DELETE", "/frameworks/Flask", {}, b""), strict.key()))
        walk(x)
        assert isinstance(x.problem, problems.PreconditionRequired)
        assert isinstance(strict, Client)
