"""The fast path: both ways keep to PEP 3333 and say the same, and only what belongs to the API goes by it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from flask import Flask, Response

from restwell.web.flask.fast_path import FastPath
from tests.api import JSON, Client, Served, frameworks, serving

NEW = {"name": "New", "created": 1999}


def through_flask(app: Flask) -> None:
    app.before_request(lambda: None)


def straight(app: Flask) -> None:
    assert not app.testing


DOORS: dict[str, Callable[[Flask], None]] = {"straight": straight, "flask": through_flask}


@pytest.fixture(params=DOORS)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    app = Flask("tests")
    DOORS[request.param](app)
    with serving(app=app) as found:
        yield found


def validated(served: Served) -> Client:
    """The application behind the standard library's own inspector, which fails for what PEP 3333 forbids."""
    return Client(validator(served.app.wsgi_app))


REQUESTS = [
    ("GET", "/", 200),
    ("GET", "/frameworks", 200),
    ("GET", "/frameworks?limit=1", 200),
    ("HEAD", "/frameworks/Flask", 200),
    ("OPTIONS", "/frameworks", 204),
    ("GET", "/frameworks/Nobody", 404),
    ("GET", "/nowhere/%C3%A4", 404),
    ("DELETE", "/frameworks", 405),
    ("BREW", "/frameworks", 501),
    ("GET", "/openapi.json", 200),
    ("GET", "/health/live", 200),
]


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")  # the inspector's list of methods is an old one
@pytest.mark.parametrize("method, target, status", REQUESTS)
def test_both_doors_keep_to_pep_3333(served: Served, method: str, target: str, status: int) -> None:
    assert validated(served).send(method, target).status == status


def test_both_doors_keep_to_it_in_writing(served: Served) -> None:
    client, key = validated(served), served.key()
    created = client.send("POST", "/frameworks", content=NEW, key=key)
    assert created.status == 201
    assert (
        client.send("PUT", "/frameworks/New", {"If-Match": created["etag"]}, {"created": 2000}, key=key).status == 200
    )
    assert client.send("POST", "/frameworks", content=b"{", headers={"Content-Type": JSON}, key=key).status == 400
    assert client.send("DELETE", "/frameworks/New", key=key).status == 204
    tag = client.send("GET", "/frameworks/Flask")["etag"]
    assert client.send("GET", "/frameworks/Flask", {"If-None-Match": tag}).status == 304


def test_a_brief_answer_keeps_to_it_too(served: Served) -> None:
    answer = served.send("POST", "/frameworks", {"Prefer": "return=minimal"}, NEW, key=served.key())
    assert (answer.status, answer["content-length"], answer.body) == (201, "0", b"")


@pytest.mark.parametrize("method, target, status", REQUESTS)
def test_both_doors_say_the_same(method: str, target: str, status: int) -> None:
    with serving() as served:
        seen = inner_calls(served)
        straight_answer = served.send(method, target)
        assert seen == []
        served.app.before_request_funcs[None] = [lambda: None]
        assert served.send(method, target).lasting() == straight_answer.lasting()
        assert len(seen) == 1


def inner_calls(served: Served) -> list[str]:
    """The paths that reach the application behind the straight door."""
    seen: list[str] = []
    front = served.app.wsgi_app
    assert isinstance(front, FastPath)
    inner = front.inner

    def watched(environ: Any, start_response: Any) -> Iterable[bytes]:
        seen.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    front.inner = watched
    return seen


def test_what_belongs_to_the_api_goes_straight() -> None:
    with serving() as served:
        seen = inner_calls(served)
        assert [served.send("GET", target).status for target in ("/frameworks", "/", "/nowhere")] == [200, 200, 404]
        assert seen == []


def wrap_before(app: Flask) -> None:
    inner = app.wsgi_app

    def wrapper(environ: Any, start_response: Any) -> Iterable[bytes]:
        return inner(environ, start_response)

    app.wsgi_app = wrapper  # type: ignore[method-assign]


class OwnResponse(Response):
    pass


SEES: dict[str, Callable[[Flask], Any]] = {
    "a function before requests": lambda app: app.before_request(lambda: None),
    "a function after requests": lambda app: app.after_request(lambda response: response),
    "a function at the end": lambda app: app.teardown_request(lambda _: None),
    "a function at the end of the context": lambda app: app.teardown_appcontext(lambda _: None),
    "a preprocessor of URLs": lambda app: app.url_value_preprocessor(lambda endpoint, values: None),
    "its own response class": lambda app: setattr(app, "response_class", OwnResponse),
    "the test's mode": lambda app: app.config.update(TESTING=True),
    "a wrapper from before": wrap_before,
    "a route below ours": lambda app: app.add_url_rule("/frameworks/Flask/own", "own", lambda: "own"),
    "a route for everything": lambda app: app.add_url_rule("/<path:rest>", "rest", lambda rest: rest),
}


@pytest.mark.parametrize("sees", SEES)
def test_whatever_of_the_applications_would_see_a_request_sees_it(sees: str) -> None:
    app = Flask("tests")
    SEES[sees](app)
    with serving(app=app) as served:
        seen = inner_calls(served)
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert seen == ["/frameworks/Flask"]


def test_a_hook_may_change_an_answer() -> None:
    app = Flask("tests")

    @app.after_request
    def stamp(response: Response) -> Response:
        response.headers["X-Stamp"] = "yes"
        return response

    with serving(app=app) as served:
        assert served.send("GET", "/frameworks")["x-stamp"] == "yes"
        assert served.send("GET", "/nowhere")["x-stamp"] == "yes"


def test_several_apis_stand_before_one_application() -> None:
    app = Flask("tests")
    with serving(frameworks(path="/first"), app=app, url_prefix="/one") as one:
        assert one.send("GET", "/one/first").status == 200
