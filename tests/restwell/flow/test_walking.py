"""Every ending of the decisions is met by a request, and what is foreseen of a request is what is asked of it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell.flow.decisions import Finish, RefuseWith
from restwell.flow.phases import Admitted, Arrived, Asked
from restwell.flow.steps import choose_format, find_address, identify, look_up, read_parameters
from restwell.flow.walking import FAILED, FORESEEN, Ended, TraceStep, act, admit, recording
from restwell.http import problems
from restwell.http.messages import Request
from restwell.surface.addresses import Address
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

Sent = tuple[str, str, dict[str, str], bytes]
REQUESTS: list[tuple[Sent, int]] = [
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
    (("GET", "/frameworks?_form=search&sort=", {"accept": "text/html"}, b""), 303),
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
CASES = [f"{place} {sent[0]} {sent[1][:30]} {status}" for place, (sent, status) in enumerate(REQUESTS)]


def request_of(served: Served, sent: Sent, key: str | None) -> Request:
    method, target, headers, content = sent
    path, _, query = target.partition("?")
    fields = {"content-length": str(len(content)), **headers} if method in {"POST", "PUT", "PATCH"} else dict(headers)
    if key is not None:
        fields.setdefault("authorization", f"Bearer {key}")
    origin = f"http://{fields.get('host', 'localhost')}"
    return Request(method, path, query, fields, BytesIO(content), origin)


def arrived(served: Served, request: Request) -> Arrived:
    return Arrived(request, served.api.binding(served.app).service.setting)


def walked(served: Served, request: Request) -> Ended:
    """How a request ends."""
    admitted = admit(arrived(served, request))
    return admitted if isinstance(admitted, Ended) else act(admitted)


def rehearsed(served: Served, request: Request) -> tuple[list[TraceStep], Ended]:
    """The rows that a request meets up to the change, and how it ends."""
    steps: list[TraceStep] = []
    way = recording(steps)
    admitted = admit(arrived(served, request), way)
    return steps, admitted if isinstance(admitted, Ended) else act(admitted, way)


def state(served: Served) -> list[Any]:
    rows: list[Any] = served.api.binding(served.app).store.driver.read("SELECT * FROM frameworks ORDER BY _id")
    return rows


@pytest.mark.parametrize("sent, status", REQUESTS, ids=CASES)
def test_a_rehearsal_changes_nothing_and_ends_as_the_walk_does(served: Served, sent: Sent, status: int) -> None:
    key = served.key()
    before = state(served)
    steps, told = rehearsed(served, request_of(served, sent, key))
    assert state(served) == before
    ended = walked(served, request_of(served, sent, key))
    assert [step.name for step in steps] == sorted((step.name for step in steps), key=PLACES.__getitem__)
    if told.ending is None:
        assert PLACES["carry out"] > PLACES[steps[-1].name]
        assert status in {200, 201, 204, 409, 412}
    else:
        assert (told.ending, type(told.error)) == (ended.ending, type(ended.error))
        assert state(served) == before
    if isinstance(ended.ending, RefuseWith):
        assert isinstance(ended.error, problems.Problem)
        assert ended.error.status == status


@pytest.mark.parametrize("sent, status", REQUESTS, ids=CASES)
def test_a_problem_is_one_of_those_that_its_ending_names(served: Served, sent: Sent, status: int) -> None:
    ended = walked(served, request_of(served, sent, served.key()))
    if isinstance(ended.ending, RefuseWith):
        assert isinstance(ended.error, ended.ending.problems)


def test_the_requests_here_meet_nearly_every_row(served: Served) -> None:
    """What is left is met by two who write at once, by who lacks a scope, or where the resource declares more."""
    met: set[str] = set()
    for key in (served.key(), None, served.key("frameworks:create")):
        for sent, _ in REQUESTS:
            steps, _ = rehearsed(served, request_of(served, sent, key))
            met.update(step.name for step in steps)
    assert set(NAMES[1 : PLACES["carry out"]]) - met == {
        "count it", "look up what was here before", "is that still there?",
        "is it somebody anonymous who may not?",
    }  # fmt: skip


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
    sent = (method, path, headers, content)
    ended = walked(served, request_of(served, sent, served.key() if known else None))
    if isinstance(ended.ending, RefuseWith):
        assert ended.ending is not FAILED
        assert isinstance(ended.error, ended.ending.problems)
    else:
        assert ended.error is None


@pytest.mark.parametrize("sent, status", REQUESTS, ids=CASES)
def test_what_is_foreseen_is_what_is_asked(served: Served, sent: Sent, status: int) -> None:
    x = reached(served, request_of(served, sent, served.key()))
    target = Asked.about(x.method, Address(x.kind, "", x.address.resource))
    target.setting = x.setting
    foreseen = {question: answer for question, foresee in FORESEEN.items() if (answer := foresee(target)) is not None}
    assert foreseen
    assert {question: bool(question(x)) for question in foreseen} == foreseen


def reached(served: Served, request: Request) -> Asked:
    """A request at the phase at which the store has been asked, or as far as it comes."""
    x = find_address(arrived(served, request))
    steps: tuple[Callable[[Any], Asked], ...] = (identify, read_parameters, choose_format, look_up)
    with suppress(problems.Problem):
        for step in steps if x.base is not None else ():
            x = step(x)
    return x


def test_methods_that_are_not_known_walk_through_every_row(served: Served) -> None:
    for number in range(3):
        ended = walked(served, request_of(served, (f"X{number}", "/frameworks", {}, b""), None))
        assert isinstance(ended.error, problems.NotImplementedMethod)


def test_required_conditions_are_asked_for() -> None:
    with serving(frameworks(require_if_match=True)) as strict:
        ended = walked(strict, request_of(strict, ("DELETE", "/frameworks/Flask", {}, b""), strict.key()))
        assert isinstance(ended.error, problems.PreconditionRequired)
        assert isinstance(strict, Client)


def test_an_error_that_nobody_foresaw_ends_a_request_where_it_came(served: Served) -> None:
    served.api.binding(served.app).service.setting.describe = lambda *_: 1 / 0  # type: ignore[assignment]
    ended = walked(served, request_of(served, ("GET", "/openapi.json", {}, b""), None))
    assert ended.ending is FAILED
    assert isinstance(ended.error, ZeroDivisionError)
    assert isinstance(ended.x, Asked)


def test_what_is_admitted_can_be_acted_on_again_with_the_content_that_it_brought(served: Served) -> None:
    admitted = admit(
        arrived(served, request_of(served, ("PUT", "/frameworks/New", JSON_CONTENT, CONTENT), served.key()))
    )
    assert isinstance(admitted, Admitted)
    assert [act(admitted).ending, act(admitted).ending] == [Finish("created"), Finish("representation")]
