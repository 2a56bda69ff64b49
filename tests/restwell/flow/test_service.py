"""respond: whatever happens there is one answer, told once to every listener."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from restwell.flow import walking
from restwell.flow.service import Service, parameter_names
from restwell.http.messages import Request, Response
from restwell.observe.events import Answered
from tests.api import JSON, Served, frameworks, is_problem, serving
from tests.servers import wait_until


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


def service_of(served: Served) -> Service:
    return served.api.binding(served.app).service


def respond(served: Served, target: str, method: str = "GET", **headers: str) -> Response:
    ours = service_of(served)
    path, _, query = target.partition("?")
    request = Request(method, path, query, {name.replace("_", "-"): value for name, value in headers.items()})
    return ours.respond(request, ours.setting.addresses.find(path))


def heard(served: Served) -> list[Answered]:
    """A listener's notes."""
    events: list[Answered] = []
    ours = service_of(served)
    ours.listeners = (*ours.listeners, events.append)
    return events


UNFORESEEN = "CREATE VIEW frameworks AS SELECT *, none_such() AS more FROM elsewhere"
"""A statement that goes wrong as a mistake of our own would."""


def test_what_was_not_foreseen_is_logged_and_told_as_little(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    respond(served, "/frameworks")
    served.change("ALTER TABLE frameworks RENAME TO elsewhere")
    served.change(UNFORESEEN)
    with caplog.at_level(logging.ERROR, "restwell"):
        refusal = served.send("GET", "/frameworks/Flask", {"X-Request-Id": "this-one"})
    assert is_problem(refusal, 500)
    assert refusal["x-request-id"] == "this-one"
    assert refusal["cache-control"] == "no-store"
    assert not re.search(rb"(?i)sqlite|table|select|traceback|error\.py|operational", refusal.body)
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "this-one" in record.getMessage()
    assert record.exc_info is not None
    assert "none_such" in str(record.exc_info[1])


def test_after_what_was_not_foreseen_the_next_request_is_answered(served: Served) -> None:
    served.change("ALTER TABLE frameworks RENAME TO elsewhere")
    served.change(UNFORESEEN)
    assert respond(served, "/frameworks").status == 500
    served.change("DROP VIEW frameworks")
    served.change("ALTER TABLE elsewhere RENAME TO frameworks")
    assert respond(served, "/frameworks").status == 200


def test_a_listener_that_fails_changes_no_answer(served: Served) -> None:
    """`restwell.observe`: listeners never change an answer."""

    def fails(event: Answered) -> None:
        raise RuntimeError(event.path)

    ours = service_of(served)
    ours.listeners = (fails, *ours.listeners)
    events = heard(served)
    assert respond(served, "/frameworks").status == 200
    assert [event.path for event in events] == ["/frameworks"]


def test_while_draining_the_process_lives_and_is_not_ready(served: Served) -> None:
    service_of(served).setting.available = False
    assert respond(served, "/health/live").status == 200
    for target in ("/health/ready", "/frameworks", "/nowhere"):
        refusal = respond(served, target)
        assert (refusal.status, refusal.header("retry-after")) == (503, "1")
    service_of(served).setting.available = True
    assert respond(served, "/health/ready").status == 200


@pytest.mark.parametrize("testing", [False, True], ids=["straight", "through Flask"])
def test_until_the_store_can_be_opened_what_needs_it_is_refused_and_all_else_answered(
    tmp_path: Path, testing: bool
) -> None:
    folder = tmp_path / "later"
    with serving(database=f"sqlite:///{folder}/a.db") as served:
        served.app.testing = testing
        assert served.send("GET", "/health/live").status == 200
        for target in ("/", "/docs", "/openapi.json"):
            assert served.send("GET", target, accept="*/*").status == 200
        for target in ("/health/ready", "/frameworks", "/frameworks/Flask"):
            refusal = served.send("GET", target, {"X-Request-Id": "this-one"}, accept=JSON)
            assert is_problem(refusal, 503)
            assert (refusal["retry-after"], refusal["x-request-id"]) == ("5", "this-one")
            assert refusal.links("start")
            page = served.send("GET", target, accept="text/html")
            assert (page.status, page["content-type"]) == (503, "text/html; charset=utf-8")
        folder.mkdir()
        assert wait_until(lambda: served.send("GET", "/frameworks").status == 200, 2)


@pytest.mark.parametrize("identifier", ["a", "x" * 128, "0af7651916cd43dd-8448eb211c80319c", "a.b_c:d@e/f+g=-"])
def test_a_sane_request_id_is_taken_over(served: Served, identifier: str) -> None:
    assert respond(served, "/", x_request_id=identifier).header("x-request-id") == identifier


@pytest.mark.parametrize("identifier", ["", "x" * 129, "a b", "a\n", "<script>", "ä", '"a"', "a,b"])
def test_another_is_replaced_by_one_of_our_own(served: Served, identifier: str) -> None:
    made = [respond(served, "/", x_request_id=identifier).header("x-request-id") for _ in range(2)]
    assert len({*made, identifier}) == 3
    assert all(name is not None and re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", name) for name in made)


@pytest.mark.parametrize(
    "target, status", [("/frameworks", 200), ("/nowhere", 404), ("/frameworks?x=1", 400), ("/", 200)]
)
def test_every_response_ends_with_its_times_its_id_and_its_date(served: Served, target: str, status: int) -> None:
    response = respond(served, target)
    assert response.status == status
    assert [name for name, _ in response.headers[-3:]] == ["Server-Timing", "X-Request-Id", "Date"]
    timing = response.header("server-timing") or ""
    assert re.fullmatch(r"(?:[a-z]+;dur=\d+\.\d{3}, )*total;dur=\d+\.\d{3}", timing)


def test_every_stage_is_timed(served: Served) -> None:
    response = respond(served, "/frameworks", authorization=f"Bearer {served.key()}")
    names = [part.partition(";")[0] for part in (response.header("server-timing") or "").split(", ")]
    assert names == ["access", "store", "render", "total"]


def test_an_answer_is_told_once_without_what_is_nobodys_business(served: Served) -> None:
    events = heard(served)
    key = served.key()
    respond(
        served, "/frameworks?created=2010&name[contains]=secret", authorization=f"Bearer {key}", x_request_id="one"
    )
    respond(served, "/frameworks/Flask?x=secret", "HEAD")
    respond(served, "/nowhere")
    assert [(event.method, event.path, event.address.route, event.status) for event in events] == [
        ("GET", "/frameworks", "/frameworks", 200),
        ("HEAD", "/frameworks/Flask", "/frameworks/{name}", 400),
        ("GET", "/nowhere", "", 404),
    ]
    assert events[0].parameters == ("created", "name[contains]")
    assert (events[0].request_id, events[0].caller) == ("one", key.split("_")[1])
    assert "secret" not in str(events)
    assert key not in str(events)


def test_parameters_are_told_by_name_once() -> None:
    assert parameter_names("a=1&b=2&a=3&c") == ("a", "b", "c")
    assert parameter_names("x" * 200 + "=1") == ("x" * 50,)


def test_a_trace_is_where_the_request_would_go(served: Served) -> None:
    ours = service_of(served)
    steps, ending, _ = ours.trace(Request("GET", "/frameworks/Flask", "", {"accept": "image/png"}))
    assert (steps[-1].name, steps[-1].answer, ending) == (
        "choose a representation",
        False,
        "406 not-acceptable",
    )
    authorization = {"authorization": f"Bearer {served.key()}"}
    steps, ending, _ = ours.trace(Request("DELETE", "/frameworks/Flask", "", authorization))
    assert (steps[-1].name, ending) == ("carry out", "the change is made")
    assert respond(served, "/frameworks/Flask").status == 200


def test_a_change_that_others_keep_winning_is_given_up_in_the_end(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger lets the database ignore the change, as if the row always had another version."""
    monkeypatch.setattr(walking, "PATIENCE", 0.05)
    served.change("CREATE TRIGGER never BEFORE UPDATE ON frameworks BEGIN SELECT RAISE(IGNORE); END")
    events = heard(served)
    answer = served.send("PUT", "/frameworks/Flask", content={"created": 1999}, key=served.key())
    assert is_problem(answer, 503)
    assert answer["retry-after"] == "1"
    served.change("DROP TRIGGER never")
    assert served.send("PUT", "/frameworks/Flask", content={"created": 1999}, key=served.key()).status == 200
    assert [event.status for event in events] == [503, 200]


def test_head_has_no_content(served: Served) -> None:
    assert respond(served, "/frameworks", "HEAD").body == b""
    assert respond(served, "/nowhere", "HEAD").body == b""


def test_two_services_of_a_process_make_ids_of_their_own() -> None:
    with serving() as one, serving(frameworks(path="/others")) as other:
        assert respond(one, "/").header("x-request-id") != respond(other, "/").header("x-request-id")
