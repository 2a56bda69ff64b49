"""The two doors: straight from WSGI and through Flask's routing, which no client can tell apart."""

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import flask
import pytest
from flask import Flask, signals
from flask.wrappers import Request, Response

from tests.api import BASE, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serve, serving
from tests.restwell.web.flask.test_fast_path import inner_calls

from .test_headers import REQUESTS
from .test_limits import MALFORMED
from .test_methods import METHODS, PATHS, SPELLINGS

FLASK = {"created": 2010, "relatedName": "Flask-RESTPlus", "relatedDocs": "https://flask-restplus.readthedocs.io/"}
Case = tuple[str, str, dict[str, str], Any, bool]
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
MOVING = {"etag", "last-modified"}
"""Fields that differ between two answers to the same write."""


def cases() -> Iterator[Case]:  # noqa: C901 -- a table
    yield from REQUESTS
    for path in [*PATHS, *SPELLINGS, "", "/frameworks/Nobody", "/frameworks/a%20b", "/frameworks/a~b"]:
        for method in [*METHODS, "BREW"]:
            yield method, path, {}, None, False
            yield method, path, {}, None, True
    for accept in ("*/*", JSON, "image/png", "text/html", "garbage", "application/*;q=0.5, */*;q=0.1"):
        for path in PATHS:
            yield "GET", path, {"Accept": accept}, None, False
    for text in (
        "limit=2",
        "limit=x",
        "sort=-created",
        "created[gte]=2009",
        "name=%FF",
        "x=1",
        "fields=name",
        "%",
        "a=1&a=2",
        "name=a%2Bb+c",
    ):
        yield "GET", f"/frameworks?{text}", {}, None, True
        yield "GET", f"/frameworks/Flask?{text}", {}, None, False
    for name in ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"):
        for value in ("*", '"x"', "", "garbage", "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"):
            for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
                yield method, "/frameworks/Flask", {name: value}, None, True
    for content in MALFORMED[::4]:
        yield "POST", "/frameworks", {"Content-Type": JSON}, content, True
    for headers in (
        {"Content-Encoding": "gzip"}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "99"},
        {"Content-Length": "x"}, {"Content-Length": "9999999"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/x-www-form-urlencoded"}, {"Prefer": "return=minimal"},
        {"Expect": "100-continue"}, {"X-HTTP-Method-Override": "DELETE"}, {"Cookie": "session=x"},
        {"Range": "bytes=0-10"}, {"Accept-Encoding": "gzip"},
    ):  # fmt: skip
        yield "POST", "/frameworks", {"Content-Type": JSON, **headers}, b'{"name": "New", "created": 2020}', True
        yield "GET", "/frameworks/Flask", headers, None, False
    yield (
        "PATCH",
        "/frameworks/Flask",
        {"Content-Type": JSON_PATCH},
        [{"op": "replace", "path": "/created", "value": 2011}],
        True,
    )
    yield "PUT", "/frameworks/New", {"Content-Type": JSON_LD, "If-None-Match": "*"}, {"created": 2020}, True
    for host in ("elsewhere.example", "localhost:8000", "a b", "[::1]:80", ""):
        yield "GET", "/frameworks/Flask", {"Host": host}, None, False


def comparable(answer: Answer, method: str) -> Any:
    status, headers, body = answer.lasting()
    return status, sorted(f for f in headers if method not in WRITES or f[0] not in MOVING), body


class Watch:
    """A hook of the application's that counts the requests that it sees."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, *_: Any, **__: Any) -> None:
        self.seen += 1


def put_back(api: Served) -> None:
    api.change("DELETE FROM frameworks WHERE name NOT IN ('Django', 'Bottle', 'Tornado')")
    values = (
        "1, 'Flask', 2010, 'Python', 'Flask-RESTPlus', 'https://flask-restplus.readthedocs.io/', 4711, 1000000000"
    )
    names = '_id, name, created, parent, "relatedName", "relatedDocs", _version, _modified'
    api.change(f"INSERT INTO frameworks ({names}) VALUES ({values})")


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.slow
def test_both_doors_give_the_same_answer(prefix: str) -> None:
    wrong = []
    with serving(url_prefix=prefix) as api:
        key = api.key()
        watch = Watch()
        reached = inner_calls(api)
        for number, (method, target, headers, content, known) in enumerate(cases()):
            environ = {"HTTP_HOST": headers["Host"]} if "Host" in headers else {}
            fields = {name: value for name, value in headers.items() if name != "Host"}
            found = []
            for hooks in ([], [watch]):
                put_back(api)
                api.app.before_request_funcs[None] = list(hooks)
                before = watch.seen
                reached.clear()
                answer = api.send(
                    method, prefix + target, fields, content, key=key if known else None, environ=environ
                )
                through_flask = bool(hooks) or (prefix + target).startswith("/static/")  # where it has files
                assert watch.seen - before == len(hooks), (number, method, target, headers)
                assert len(reached) == through_flask, (number, method, target, headers)
                found.append(comparable(answer, method))
            if found[0] != found[1]:
                wrong.append(f"{method} {target} {headers} {known}:\n   straight {found[0]}\n   Flask's  {found[1]}")
    assert not wrong, "\n".join([f"{len(wrong)}:", *wrong[:10]])


# The straight door closes when something of the application's would have seen the request.


def watched(prepare: Callable[[Flask, Watch], Any]) -> int:
    """How many of two requests the watch has seen, when it was set before and after `Api(app)`."""
    seen = []
    for early in (True, False):
        app, watch = Flask("tests"), Watch()
        if early:
            prepare(app, watch)
        api = serve(app=app)
        try:
            if not early:
                assert api.send("GET", "/frameworks/Flask").status == 200
                prepare(app, watch)
            answer = api.send("GET", "/frameworks/Flask")
            assert answer.status == 200
            seen.append(watch.seen)
        finally:
            api.close()
    return min(seen)


def before(app: Flask, watch: Watch) -> None:
    app.before_request(watch)


def after(app: Flask, watch: Watch) -> None:
    @app.after_request
    def look(response: Response) -> Response:
        watch()
        response.headers["X-Seen"] = "yes"
        return response


def teardown(app: Flask, watch: Watch) -> None:
    app.teardown_request(watch)


def teardown_context(app: Flask, watch: Watch) -> None:
    app.teardown_appcontext(watch)


def preprocessor(app: Flask, watch: Watch) -> None:
    app.url_value_preprocessor(watch)


def request_class(app: Flask, watch: Watch) -> None:
    class Own(Request):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            watch()
            super().__init__(*arguments, **options)

    app.request_class = Own


def blueprint(app: Flask, watch: Watch) -> None:
    own = flask.Blueprint("own", __name__)
    own.before_app_request(watch)
    if app._got_first_request:
        app.before_request(watch)
    else:
        app.register_blueprint(own)


@pytest.mark.parametrize(
    "prepare", [before, after, teardown, teardown_context, preprocessor, request_class, blueprint]
)
def test_hooks_see_every_request(prepare: Callable[[Flask, Watch], Any]) -> None:
    assert watched(prepare) >= 1


def test_a_response_class_of_its_own_is_used() -> None:
    class Own(Response):
        pass

    seen = []

    def look(response: Response) -> Response:
        seen.append(type(response))
        return response

    with serving() as api:
        api.app.response_class = Own
        api.app.after_request(look)
        assert api.send("GET", "/frameworks/Flask").status == 200
        assert seen == [Own]


@pytest.mark.parametrize(
    "name",
    [
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_pushed",
        "appcontext_popped",
        "appcontext_tearing_down",
    ],
)
def test_signals_reach_their_receivers(name: str) -> None:
    signal = getattr(signals, name)
    with serving() as api:
        watch = Watch()
        with signal.connected_to(watch, api.app):
            assert api.send("GET", "/frameworks/Flask").status == 200
        assert watch.seen >= 1
        seen = watch.seen
        assert api.send("GET", "/frameworks/Flask").status == 200
        assert watch.seen == seen


@pytest.mark.parametrize("early", [True, False])
def test_a_wrapped_application_is_entered_from_outside(early: bool) -> None:
    app, watch = Flask("tests"), Watch()
    app.config["RESTWELL_DATABASE"] = "sqlite://"

    def wrap() -> None:
        inner = app.wsgi_app

        def outer(environ: Any, start_response: Any) -> Iterable[bytes]:
            watch()
            return inner(environ, start_response)

        app.wsgi_app = outer  # type: ignore[method-assign]

    if early:
        wrap()
    api = serve(app=app)
    if not early:
        wrap()
    try:
        assert api.send("GET", "/frameworks/Flask").status == 200
        assert watch.seen == 1
    finally:
        api.close()


def test_a_subclass_of_flask_sees_its_requests() -> None:
    watch = Watch()

    class Own(Flask):
        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            watch()
            return super().wsgi_app(environ, start_response)

    with serving(app=Own("tests")) as api:
        assert api.send("GET", "/frameworks/Flask").status == 200
        assert watch.seen == 1


@pytest.mark.parametrize(
    "method",
    [
        "full_dispatch_request",
        "preprocess_request",
        "process_response",
        "dispatch_request",
        "make_response",
        "do_teardown_request",
    ],
)
def test_an_overridden_step_of_flask_is_taken(method: str) -> None:
    """A subclass that overrides a step of Flask's would have seen the request too."""
    watch = Watch()

    def step(self: Flask, *arguments: Any, **options: Any) -> Any:
        watch()
        return getattr(Flask, method)(self, *arguments, **options)

    own = type("Own", (Flask,), {method: step})
    with serving(app=own("tests")) as api:
        assert api.send("GET", "/frameworks/Flask").status == 200
        assert watch.seen >= 1


def test_the_test_client_keeps_its_context() -> None:
    with serving() as api, api.app.test_client() as client:
        assert client.get("/frameworks/Flask").status_code == 200
        assert flask.request.path == "/frameworks/Flask"


def test_an_answer_can_be_changed_by_the_application() -> None:
    with serving() as api:
        after(api.app, Watch())
        for target in ("/frameworks/Flask", "/frameworks/Nobody", "/frameworks", "/"):
            answer = api.send("GET", target)
            assert answer["x-seen"] == "yes"
            assert answer["content-length"] == str(len(answer.body))


def test_a_hook_can_refuse() -> None:
    with serving() as api:
        api.app.before_request(lambda: ("closed", 503))
        assert (api.send("GET", "/frameworks").status, api.send("GET", "/frameworks").body) == (503, b"closed")


def test_error_handlers_of_the_application_leave_ours_alone() -> None:
    for hooked in (False, True):
        app = Flask("tests")
        app.register_error_handler(404, lambda _: ("theirs", 404))
        app.register_error_handler(Exception, lambda _: ("theirs", 500))
        if hooked:
            app.before_request(lambda: None)
        with serving(app=app) as api:
            assert api.send("GET", "/frameworks/Nobody")["content-type"] == "application/problem+json"
            assert api.send("DELETE", "/frameworks")["content-type"] == "application/problem+json"


def test_a_limit_of_flasks_own_does_not_get_in_the_way() -> None:
    for hooked in (False, True):
        with serving(config={"MAX_CONTENT_LENGTH": 10}) as api:
            if hooked:
                api.app.before_request(lambda: None)
            answer = api.send("POST", "/frameworks", content={"name": "New", "created": 2020}, key=api.key())
            assert answer.status in {201, 413}


# Both doors keep to PEP 3333.


@pytest.mark.parametrize("hooked", [False, True])
def test_both_doors_are_valid_wsgi(hooked: bool) -> None:
    with serving() as api, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # validate warns of methods that it does not know
        if hooked:
            api.app.before_request(lambda: None)
        strict = Served(api.app, api.api)
        checked = validator(api.app.wsgi_app)
        strict.application = lambda environ, start_response: checked(
            environ, lambda status, headers, info=None: start_response(status, headers)
        )
        key = api.key()
        for method, target, headers, content, known in REQUESTS:
            if headers.get("Prefer") and method == "PUT":
                continue  # 201 without content has no Content-Type, which the validator does not know of
            extra = {"HTTP_HOST": "localhost"}
            answer = strict.send(method, target, headers, content, key=key if known else None, environ=extra)
            assert answer.status


def test_many_threads_at_once(stored: Served) -> None:
    """Each thread gets its own answers, and every write is counted."""
    key = stored.key()
    failures: list[str] = []

    def work(number: int) -> None:
        name = f"n{number}"
        for year in range(2000, 2020):
            put = stored.send("PUT", f"/frameworks/{name}", content={"created": year}, key=key)
            got = stored.send("GET", f"/frameworks/{name}", accept=JSON)
            if put.status not in {200, 201} or got.json() != {"name": name, "created": year, "parent": "Python"}:
                failures.append(f"{name} {year}: {put.status} {got.body!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_increments_by_many_are_all_counted(stored: Served) -> None:
    key = stored.key()
    stored.send("PUT", "/frameworks/Counter", content={"created": 2000}, key=key)

    def increment() -> None:
        for _ in range(10):
            while True:
                got = stored.send("GET", "/frameworks/Counter", accept=JSON)
                headers = {"If-Match": got["etag"], "Content-Type": MERGE_PATCH}
                content = {"created": got.json()["created"] + 1}
                if stored.send("PATCH", "/frameworks/Counter", headers, content, key=key).status == 200:
                    break

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored.send("GET", "/frameworks/Counter", accept=JSON).json()["created"] == 2040
    assert stored.send("GET", f"{BASE}/frameworks/Counter").status == 200
