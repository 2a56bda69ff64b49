"""Errors: ours are problems and not exceptions, theirs are Flask's, others are as Flask's settings say."""

from typing import Any

import flask
import pytest
from flask import Flask, signals
from pydantic import field_validator
from werkzeug.exceptions import HTTPException

from restwell import Api, Field, Resource, public
from tests.api import Served, is_problem, serving

BROKEN = {"name": "x", "number": 0}


class Broken(Resource):
    """Its validator has a mistake."""

    name: str = Field(identity=True)
    number: int = 1

    @field_validator("number")
    @classmethod
    def _divide(cls, value: int) -> int:
        return 10 // value


def broken(api: Api) -> None:
    api.resource("/broken", read=public(), write=public())(Broken)


def fail() -> None:
    _ = 1 // 0


def application(hooked: bool = True) -> Flask:
    app = Flask("tests")
    if hooked:
        app.before_request(lambda: None)
    return app


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("handled", [404, 405, 500, Exception, HTTPException])
def test_error_handlers_of_the_application_see_no_problem_of_ours(handled: Any, hooked: bool) -> None:
    app = application(hooked)
    app.register_error_handler(handled, lambda _: ("theirs", 418))
    app.add_url_rule("/own", "own", lambda: flask.abort(404))
    with serving(broken, app=app) as served:
        assert is_problem(served.send("GET", "/broken/nobody"), 404)
        assert is_problem(served.send("DELETE", "/broken"), 405)
        assert is_problem(served.send("POST", "/broken", content=BROKEN), 500)
        if handled in {404, Exception, HTTPException}:
            for target in ("/own", "/nowhere"):
                assert (served.send("GET", target).status, served.send("GET", target).body) == (418, b"theirs")


@pytest.mark.parametrize("setting", [{"TESTING": True}, {"DEBUG": True}, {"PROPAGATE_EXCEPTIONS": True}])
def test_an_error_that_nobody_foresaw_is_raised_where_flask_raises_its_own(setting: dict[str, bool]) -> None:
    with serving(broken, config=setting) as served, pytest.raises(ZeroDivisionError):
        served.send("POST", "/broken", content=BROKEN)


@pytest.mark.parametrize(
    "setting", [{}, {"PROPAGATE_EXCEPTIONS": False, "TESTING": True}, {"PROPAGATE_EXCEPTIONS": False, "DEBUG": True}]
)
@pytest.mark.parametrize("hooked", [False, True])
def test_it_is_a_problem_and_in_the_log_everywhere_else(
    setting: dict[str, bool], hooked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(broken, app=application(hooked), config=setting) as served:
        assert is_problem(served.send("POST", "/broken", content=BROKEN), 500)
        assert "ZeroDivisionError" in caplog.text


def test_who_listens_for_errors_is_told_of_it() -> None:
    heard: list[Exception] = []

    def hear(_: Flask, exception: Exception) -> None:
        heard.append(exception)

    with serving(broken) as served, signals.got_request_exception.connected_to(hear, served.app):
        assert is_problem(served.send("POST", "/broken", content=BROKEN), 500)
        assert is_problem(served.send("GET", "/broken/nobody"), 404)
    assert [type(error) for error in heard] == [ZeroDivisionError]


def test_an_error_in_a_hook_is_flasks() -> None:
    app = Flask("tests")
    app.before_request(fail)
    app.register_error_handler(ZeroDivisionError, lambda _: ("theirs", 500))
    with serving(app=app) as served:
        assert (served.send("GET", "/frameworks").status, served.send("GET", "/frameworks").body) == (500, b"theirs")


def test_an_error_in_a_hook_that_nobody_handles_is_raised_in_tests() -> None:
    app = Flask("tests")
    app.before_request(fail)
    with serving(app=app, config={"TESTING": True}) as served, pytest.raises(ZeroDivisionError):
        served.app.test_client().get("/frameworks")


def test_a_hook_may_refuse_in_its_own_words() -> None:
    app = Flask("tests")
    app.before_request(lambda: flask.abort(403))
    with serving(app=app) as served:
        assert isinstance(served, Served)
        answer = served.send("GET", "/frameworks")
        assert (answer.status, answer["content-type"]) == (403, "text/html; charset=utf-8")
