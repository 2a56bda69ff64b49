"""One JSON line for each request, where the application wants it, without what is nobody's business."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Blueprint, Flask

from restwell import Api, Field, Resource, public
from restwell.http.limits import MAX_METHOD, MAX_PATH_SHOWN
from restwell.observe import logs
from restwell.observe.events import Answered
from restwell.surface.addresses import Address
from tests.api import Served, serving

EVENT = Answered(
    "id-1", "GET", "/frameworks", Address("entry", "/"), ("created",), 200, "abc", 0.001234, {"store": 0.001}
)


@pytest.fixture(autouse=True)
def requests_logger() -> Iterator[logging.Logger]:
    """The logger as nobody has touched it, and as it was before afterwards."""
    logger = logs.REQUESTS
    before = (logger.level, logger.handlers[:], logger.propagate, logger.filters[:])
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before[0])
    logger.handlers[:], logger.propagate, logger.filters[:] = before[1], before[2], before[3]


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(each.getMessage()) for each in caplog.records if each.name == "restwell.requests"]


def test_a_line_says_what_was_asked_and_how_it_ended(caplog: pytest.LogCaptureFixture) -> None:
    logs.write_line(EVENT)
    [line] = lines(caplog)
    when = datetime.fromisoformat(line.pop("time"))
    assert abs((datetime.now(UTC) - when).total_seconds()) < 5
    assert line == {
        "request_id": "id-1",
        "method": "GET",
        "path": "/frameworks",
        "status": 200,
        "duration_ms": 1.234,
        "key": "abc",
        "parameters": ["created"],
    }


def test_a_request_is_one_line_with_neither_values_nor_credentials(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    key = served.key()
    served.send("GET", "/frameworks?name=hidden&created[gte]=2005", {"X-Request-Id": "one"}, key=key)
    [line] = lines(caplog)
    assert (line["request_id"], line["status"], line["key"]) == ("one", 200, key.split("_")[1])
    assert line["parameters"] == ["name", "created[gte]"]
    assert "hidden" not in caplog.text
    assert key not in caplog.text


@pytest.mark.parametrize("is_hooked", [False, True], ids=["straight", "through Flask"])
@pytest.mark.parametrize("mount", ["", "/mount", "/m\xfcnt"])
def test_a_line_has_the_path_that_the_client_sent_wherever_the_api_is_mounted(
    mount: str, is_hooked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = two_apis(is_hooked=is_hooked)
    below = mount.encode().decode("latin-1")
    sent = ["/one/notes", "/two/notes", "/one/nothing", "/one", "/one/", "/on/blueprint/notes", "/one/%C3%A4?name=x"]
    for path in sent:
        client = app.test_client()
        client.open(path, environ_overrides={"SCRIPT_NAME": below})
    decoded = [unquote(path.partition("?")[0]) for path in sent]
    assert [line["path"] for line in lines(caplog)] == [f"{mount}{path}" for path in decoded]


def test_a_key_in_a_path_is_masked_wherever_the_api_is_mounted(caplog: pytest.LogCaptureFixture) -> None:
    key = f"rw_{'0' * 10}_{'b' * 43}"
    two_apis(is_hooked=False).test_client().get(f"/one/{key}")
    [line] = lines(caplog)
    assert line["path"] == f"/one/rw_{'0' * 10}_***"


def two_apis(*, is_hooked: bool) -> Flask:
    """An application with two APIs, and one on a blueprint; `is_hooked` closes the fast path."""
    app = Flask("two")
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    blueprint = Blueprint("on", "on", url_prefix="/on")
    for api in (Api(app, url_prefix="/one"), Api(app, url_prefix="/two"), Api(blueprint, url_prefix="/blueprint")):
        api.resource("/notes", read=public())(type("Note", (Note,), {}))
    app.register_blueprint(blueprint)
    if is_hooked:
        app.before_request(lambda: None)
    return app


class Note(Resource):
    name: str = Field(identity=True)


@pytest.mark.parametrize("path", ["/a\nb", '/"a"', "/\x1b[31m", "/\u2028", "/" + "x" * 5000, "/\ud800"])
def test_whatever_is_asked_for_a_line_is_one_line(caplog: pytest.LogCaptureFixture, path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        path = path.encode("utf-8", "replace").decode()  # as the doors hand it over
    logs.write_line(EVENT._replace(path=path))
    [record] = [each for each in caplog.records if each.name == "restwell.requests"]
    assert "\n" not in record.getMessage()
    assert "\x1b" not in record.getMessage()
    assert json.loads(record.getMessage())["path"] == path[:MAX_PATH_SHOWN]


def test_a_logger_that_is_silenced_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    logs.REQUESTS.setLevel(logging.WARNING)
    logs.set_up()
    logs.write_line(EVENT)
    assert lines(caplog) == []
    assert logs.REQUESTS.level == logging.WARNING


def test_a_handler_of_the_applications_gets_the_lines_and_ours_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logs.REQUESTS.addHandler(handler)
    logs.write_line(EVENT)
    logs.REQUESTS.removeHandler(handler)
    assert json.loads(stream.getvalue())["request_id"] == "id-1"
    assert capsys.readouterr().err == ""


def test_where_logging_is_configured_no_handler_is_added() -> None:
    logs.REQUESTS.handlers.clear()
    logs.set_up()  # pytest's own handlers stand at the root
    assert logs.REQUESTS.handlers == []


ALONE = """
import logging, sys
{before}
from restwell.observe import logs
from restwell.surface.addresses import Address
from restwell.observe.events import Answered
logs.set_up()
{after}
event = Answered("id-1", "GET", "/frameworks", Address("entry", "/"), (), 200, None, 0.001, {{}})
logs.write_line(event)
logs.write_line(event)
"""


def alone(before: str = "", after: str = "") -> str:
    """What a process writes to standard error, in which nobody else sets up logging."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(before=before, after=after)],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout == ""
    return done.stderr


def test_where_nothing_is_configured_lines_go_to_standard_error() -> None:
    assert [json.loads(line)["request_id"] for line in alone().splitlines()] == ["id-1", "id-1"]


@pytest.mark.parametrize("where", ["before", "after"])
def test_once_something_is_configured_each_line_comes_once(where: str) -> None:
    configured = "logging.basicConfig(level=logging.INFO, format='own %(message)s')"
    told = alone(**{where: configured}).splitlines()
    assert [line.partition("{")[0] for line in told] == ["own ", "own "]


def test_a_closed_stream_is_no_reason_to_fail() -> None:
    assert "Traceback" not in alone(after="sys.stderr.close()")


LONG: list[dict[str, Any]] = [
    {"path": "/" + "\x01" * 5000},
    {"path": "/" + "😀" * 5000},
    {"method": "M" * 60_000},
    {"parameters": tuple("\x01" * 45 + str(number) for number in range(64))},
    {"parameters": ("\U0001f600" * 50,) * 20, "path": "/" + "é" * 1000},
    {
        "parameters": tuple(f"{number}" * 20 for number in range(20)),
        "request_id": "r" * 128,
        "path": "/" + "x" * 5000,
    },
]


@pytest.mark.parametrize("long", LONG, ids=range(len(LONG)))
def test_a_line_that_would_be_too_long_is_cut_and_says_so(
    caplog: pytest.LogCaptureFixture, long: dict[str, Any]
) -> None:
    logs.write_line(EVENT._replace(**long))
    [record] = [each for each in caplog.records if each.name == "restwell.requests"]
    assert len(f"{record.getMessage()}\n".encode()) <= logs.MAX_LINE
    line = json.loads(record.getMessage())
    assert line["cut"] is True
    assert (line["status"], line["request_id"][:2]) == (200, long.get("request_id", EVENT.request_id)[:2])
    assert line["method"] == long.get("method", "GET")[:MAX_METHOD]


WRITING = """
import sys
from restwell.surface.addresses import Address
from restwell.observe import logs
from restwell.observe.events import Answered
logs.set_up()
sys.stdin.readline()
for number in range(2000):
    path, names = "/" + sys.argv[1] * 5000, (sys.argv[1] * 50,) * 20
    logs.write_line(Answered(sys.argv[1] * 128, "GET", path, Address("entry", "/"), names, 200, None, 0.1, {}))
"""


@pytest.mark.slow
def test_lines_of_several_workers_in_one_pipe_stay_whole() -> None:
    reading, writing = os.pipe()
    workers = [
        subprocess.Popen([sys.executable, "-c", WRITING, name], stdin=subprocess.PIPE, stderr=writing)
        for name in ("a", "\x01", "é")
    ]
    os.close(writing)
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"\n")
        worker.stdin.close()
    with os.fdopen(reading, "rb") as pipe:
        lines = [json.loads(line) for line in pipe if len(line) <= logs.MAX_LINE]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert sorted(len(line["request_id"]) for line in lines) == [128] * 6000
    assert all(len(set(line["request_id"])) == 1 for line in lines)
