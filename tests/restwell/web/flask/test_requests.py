"""Through Flask's routing the request is Flask's: what its hooks have read is there, and its limits hold."""

import io
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask import Flask, request

from tests.api import JSON, MERGE_PATCH, Answer, Served, frameworks, is_problem, serving

NEW = {"name": "New", "created": 1999}
KEEPING: dict[str, Callable[[], object]] = {
    "get_data": lambda: request.get_data(cache=True),
    "get_data as text": lambda: request.get_data(as_text=True),
    "get_json": lambda: request.get_json(silent=True),
    "json": lambda: request.is_json and request.json,
    "data": lambda: request.data,
    "form": lambda: request.form.get("x"),
    "files": lambda: list(request.files),
    "values": lambda: request.values.get("x"),
    "the stream, only looked at": lambda: request.stream,
    "read twice": lambda: (request.get_data(), request.get_json(silent=True)),
    "nothing": lambda: None,
}
SPENDING: dict[str, Callable[[], object]] = {
    "the stream": lambda: request.stream.read(-1),
    "a part of the stream": lambda: request.stream.read(3),
    "get_data without the cache": lambda: request.get_data(cache=False),
    "get_json without the cache": lambda: request.get_json(cache=False),
}


def look(reads: Callable[[], object]) -> None:
    """Read the content, as a hook that gives no answer of its own."""
    reads()


def write_everything(served: Served) -> list[int]:
    """The statuses of a POST, a PUT, a PATCH and a POST that is not valid."""
    key = served.key()
    answers = [
        served.send("POST", "/frameworks", content=NEW, key=key),
        served.send("PUT", "/frameworks/New", content={"created": 2000}, key=key),
        served.send("PATCH", "/frameworks/New", {"Content-Type": MERGE_PATCH}, {"created": 2001}, key=key),
        served.send("POST", "/frameworks", content={"name": "Next", "created": 1}, key=key),
        served.send("POST", "/frameworks", content=NEW),
    ]
    assert served.send("GET", "/frameworks/New", accept=JSON).json()["created"] == 2001
    return [answer.status for answer in answers]


@pytest.mark.parametrize("reads", KEEPING)
@pytest.mark.parametrize("when", ["before", "before of a blueprint's", "after", "at the end", "both"])
def test_a_hook_may_look_at_the_content(reads: str, when: str) -> None:
    app = Flask("tests")

    def before() -> None:
        look(KEEPING[reads])

    def after(response: flask.Response) -> flask.Response:
        look(KEEPING[reads])
        return response

    if when in {"before", "both"}:
        app.before_request(before)
    if when == "before of a blueprint's":
        blueprint = flask.Blueprint("own", __name__)
        blueprint.before_app_request(before)
        app.register_blueprint(blueprint)
    if when in {"after", "both"}:
        app.after_request(after)
    if when == "at the end":
        app.teardown_request(lambda _: before())
    with serving(app=app) as served:
        assert write_everything(served) == [201, 200, 200, 422, 401]


def test_a_hook_behind_us_sees_the_content_too() -> None:
    seen = []
    app = Flask("tests")

    @app.after_request
    def remember(response: flask.Response) -> flask.Response:
        seen.append(request.get_json(silent=True))
        return response

    with serving(app=app) as served:
        assert served.send("POST", "/frameworks", content=NEW, key=served.key()).status == 201
    assert seen == [NEW]


@pytest.mark.parametrize("spends", SPENDING)
def test_content_that_a_hook_has_used_up_is_an_error_that_says_what_to_do(
    spends: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("tests")
    app.before_request(lambda: look(SPENDING[spends]) if request.method == "POST" else None)
    with serving(app=app) as served:
        answer = served.send("POST", "/frameworks", content=NEW, key=served.key())
        assert is_problem(answer, 500)
        assert "request.get_data()" in answer.json()["detail"]
        assert served.send("GET", "/frameworks/New").status == 404
        assert served.send("GET", "/frameworks/Flask").status == 200
    assert "request.get_data()" in caplog.text


@pytest.mark.parametrize("spends", SPENDING)
def test_a_refusal_that_needs_no_content_does_not_miss_it(spends: str) -> None:
    app = Flask("tests")
    app.before_request(lambda: look(SPENDING[spends]))
    with serving(app=app) as served:
        key = served.key()
        assert is_problem(served.send("POST", "/frameworks", content=NEW), 401)
        other = {"Content-Type": "text/plain"}
        if "json" not in spends:
            assert is_problem(served.send("POST", "/frameworks", other, b"x" * 10, key=key), 415)
        assert is_problem(served.send("DELETE", "/frameworks", content=NEW, key=key), 405)


def test_a_form_that_a_hook_has_read_is_refused_as_any_other() -> None:
    app = Flask("tests")
    app.before_request(lambda: look(lambda: request.form))
    with serving(app=app) as served:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert is_problem(served.send("POST", "/frameworks", headers, b"name=New", key=served.key()), 415)


def test_a_hook_may_put_other_content_in_its_place() -> None:
    app = Flask("tests")

    @app.before_request
    def decompress() -> None:
        content = b'{"name": "Other", "created": 2000}'
        request.environ["wsgi.input"] = io.BytesIO(content)
        request.environ["CONTENT_LENGTH"] = str(len(content))

    with serving(app=app) as served:
        answer = served.send("POST", "/frameworks", content=NEW, key=served.key())
        assert (answer.status, answer["location"]) == (201, "http://localhost/frameworks/Other")


DOORS = [False, True]


def post(config: dict[str, Any], hooked: bool, hook: Callable[[], None] = lambda: None) -> Answer:
    app = Flask("tests")
    if hooked:
        app.before_request(hook)
    with serving(app=app, config=config) as served:
        return served.send("POST", "/frameworks", content=NEW, key=served.key())


@pytest.mark.parametrize("hooked", DOORS)
def test_flasks_limit_of_content_holds_and_is_named(hooked: bool) -> None:
    answer = post({"MAX_CONTENT_LENGTH": 10}, hooked)
    assert is_problem(answer, 413)
    assert answer.json()["detail"] == "Send at most 10 bytes: the application's MAX_CONTENT_LENGTH allows no more."
    assert post({"MAX_CONTENT_LENGTH": 1000}, hooked).status == 201
    assert post({"MAX_CONTENT_LENGTH": 1024**3}, hooked).status == 201


def test_the_smaller_limit_holds() -> None:
    for hooked in DOORS:
        app = Flask("tests")
        if hooked:
            app.before_request(lambda: None)
        with serving(frameworks(max_body=20), app=app, config={"MAX_CONTENT_LENGTH": 30}) as served:
            answer = served.send("POST", "/frameworks", content=NEW, key=served.key())
            assert is_problem(answer, 413)
            assert answer.json()["detail"] == "Send at most 20 bytes."


def test_a_limit_of_one_request_holds_in_place_of_the_settings() -> None:
    def allow() -> None:
        request.max_content_length = 1000

    def forbid() -> None:
        request.max_content_length = 10

    assert post({"MAX_CONTENT_LENGTH": 10}, hooked=True, hook=allow).status == 201
    assert post({}, hooked=True, hook=forbid).status == 413


@pytest.mark.parametrize("hooked", DOORS)
def test_limits_of_forms_have_no_part_in_ours(hooked: bool) -> None:
    assert post({"MAX_FORM_MEMORY_SIZE": 1, "MAX_FORM_PARTS": 1}, hooked).status == 201


@pytest.mark.parametrize("hooked", DOORS)
def test_content_that_breaks_off_is_told_by_what_came(hooked: bool) -> None:
    app = Flask("tests")
    if hooked:
        app.before_request(lambda: None)
    with serving(app=app) as served:
        headers = {"Content-Length": "99", "Content-Type": JSON}
        answer = served.send("POST", "/frameworks", headers, b"{}", key=served.key())
        assert is_problem(answer, 400)
        assert "99 bytes" in answer.json()["detail"]
        assert "2 came" in answer.json()["detail"]
