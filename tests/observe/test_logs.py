"""One line of JSON for each request, wherever the user wants it."""

import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import datetime

import pytest

from restwell.observe import logs
from restwell.observe.events import Answered

EVENT = Answered(
    "id-1", "GET", "/frameworks", "/frameworks", ("created", "limit"), 200, "k", 0.00123, {"render": 0.1}
)


@pytest.fixture
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Give what takes pytest's own handlers away, which it adds only when the fixtures are through."""

    def take_away() -> None:
        monkeypatch.setattr(logs.REQUESTS, "propagate", False)
        monkeypatch.setattr(logs.REQUESTS, "handlers", [])
        logs.REQUESTS.setLevel(logging.NOTSET)
        logs.set_up()

    return take_away


class Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def test_a_line_has_the_names_of_parameters_and_no_values(
    unconfigured: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    unconfigured()
    logs.write_line(EVENT)
    told = json.loads(capsys.readouterr().err)
    datetime.fromisoformat(told.pop("time"))
    assert told == {
        "request_id": "id-1",
        "method": "GET",
        "path": "/frameworks",
        "status": 200,
        "duration_ms": 1.23,
        "key": "k",
        "parameters": ["created", "limit"],
    }


def test_without_parameters_there_is_no_word_of_them(
    unconfigured: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    unconfigured()
    logs.write_line(EVENT._replace(parameters=()))
    assert "parameters" not in json.loads(capsys.readouterr().err)


def test_each_line_is_one_write(unconfigured: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    unconfigured()
    written: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", sys.__stderr__)
        patch.setattr(os, "write", lambda _, piece: written.append(piece))
        logs.write_line(EVENT)
        logs.write_line(EVENT._replace(path="/" + "a" * 100_000))
    assert [piece.count(b"\n") for piece in written] == [1, 1]
    assert all(piece.endswith(b"}\n") and len(piece) < 4096 for piece in written)


def test_a_stream_that_is_full_is_no_reason_to_fail(
    unconfigured: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfigured()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", sys.__stderr__)
        patch.setattr(os, "write", full)
        logs.write_line(EVENT)


@pytest.mark.parametrize("name", ["", "restwell", "restwell.requests"])
def test_a_handler_of_the_user_takes_over(
    unconfigured: Callable[[], None], name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfigured()
    listening = Listening()
    monkeypatch.setattr(logs.REQUESTS, "propagate", True)
    monkeypatch.setattr(logging.getLogger(name), "handlers", [*logging.getLogger(name).handlers, listening])
    logs.write_line(EVENT)
    assert [json.loads(line)["path"] for line in listening.heard] == ["/frameworks"]
    assert capsys.readouterr().err == ""


def test_a_filter_of_the_user_is_asked(
    unconfigured: Callable[[], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfigured()
    monkeypatch.setattr(logs.REQUESTS, "filters", [lambda record: "id-1" not in record.getMessage()])
    logs.write_line(EVENT)
    logs.write_line(EVENT._replace(request_id="id-2"))
    assert [json.loads(line)["request_id"] for line in capsys.readouterr().err.splitlines()] == ["id-2"]


def test_a_formatter_of_the_user_is_used(
    unconfigured: Callable[[], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfigured()
    monkeypatch.setattr(logs.OWN, "formatter", logging.Formatter("%(levelname)s %(message)s"))
    logs.write_line(EVENT)
    assert capsys.readouterr().err.startswith('INFO {"time"')


def test_a_level_of_the_user_is_kept(unconfigured: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    unconfigured()
    logs.REQUESTS.setLevel(logging.WARNING)
    logs.set_up()
    logs.write_line(EVENT)
    assert capsys.readouterr().err == ""
