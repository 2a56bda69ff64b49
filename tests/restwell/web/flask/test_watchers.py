"""What of an application's would have seen a request closes the fast path; the answer is the same through Flask."""

from collections.abc import Callable, Iterable
from typing import Any

import flask
import pytest
from flask import Flask, Response, signals
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from restwell import DeclarationError
from tests.api import Client, Served, is_problem, serve, serving
from tests.restwell.web.flask.test_fast_path import inner_calls


def goes_fast(served: Served, **options: Any) -> bool:
    """Whether a request for an item goes the fast path."""
    seen = inner_calls(served)
    assert served.send("GET", "/frameworks/Flask", **options).status == 200
    return not seen


class OwnSessions(SecureCookieSessionInterface):
    pass


CLOSES: dict[str, Callable[[Flask], Any]] = {
    "debug": lambda app: setattr(app, "debug", True),
    "testing": lambda app: setattr(app, "testing", True),
    "errors that are raised": lambda app: app.config.update(PROPAGATE_EXCEPTIONS=True),
    "sessions of its own": lambda app: setattr(app, "session_interface", OwnSessions()),
    "a step that was replaced": lambda app: setattr(app, "make_response", lambda rv: Flask.make_response(app, rv)),
    "hosts that are matched": lambda app: setattr(app, "subdomain_matching", True),
    "an error handler": lambda app: app.teardown_request(lambda _: None),
}


@pytest.mark.parametrize("closes", CLOSES)
def test_the_fast_path_closes(closes: str) -> None:
    app = Flask("tests")
    CLOSES[closes](app)
    with serving(app=app) as served:
        assert not goes_fast(served)


OPEN: dict[str, Callable[[Flask], Any]] = {
    "error handlers": lambda app: app.register_error_handler(Exception, lambda _: "theirs"),
    "template filters": lambda app: app.add_template_filter(str, "text"),
    "a context processor": lambda app: app.context_processor(dict),
    "url defaults": lambda app: app.url_defaults(lambda endpoint, values: None),
    "a secret key": lambda app: setattr(app, "secret_key", "x"),
    "commands": lambda app: app.cli.command("x")(lambda: None),
}


@pytest.mark.parametrize("leaves_open", OPEN)
def test_what_sees_no_request_leaves_the_fast_path_open(leaves_open: str) -> None:
    app = Flask("tests")
    OPEN[leaves_open](app)
    with serving(app=app) as served:
        assert goes_fast(served)


def test_a_session_that_is_renewed_with_every_request_is_renewed() -> None:
    app = Flask("tests")
    app.secret_key = "a secret"

    @app.get("/login")
    def login() -> str:
        flask.session.permanent = True
        flask.session["user"] = "me"
        return "in"

    with serving(app=app) as served:
        cookie = served.send("GET", "/login")["set-cookie"].partition(";")[0]
        assert served.send("GET", "/frameworks/Flask").get("set-cookie") is None
        assert served.send("GET", "/frameworks/Flask", {"Cookie": cookie}).get("set-cookie") is not None
        assert goes_fast(served, headers={"Cookie": "other=x"})


def test_a_signal_that_is_listened_to_later_closes_the_fast_path_and_opens_it_again() -> None:
    with serving() as served:
        assert goes_fast(served)

        def look(*_: object, **__: object) -> None: ...

        with signals.request_finished.connected_to(look, served.app):
            assert not goes_fast(served)
        assert goes_fast(served)


# Middleware.


def middleware(inner: Any, calls: list[str]) -> Any:
    def outer(environ: Any, start_response: Any) -> Iterable[bytes]:
        calls.append(environ["PATH_INFO"])
        return list(inner(environ, start_response))

    return outer


@pytest.mark.parametrize("hooked", [False, True])
def test_an_application_may_be_mounted(hooked: bool) -> None:
    app = Flask("tests")
    if hooked:
        app.before_request(lambda: None)
    with serving(app=app):
        outer = DispatcherMiddleware(Flask("outer"), {"/mount/here": app.wsgi_app})
        caller = Client(outer)
        answer = caller.send("GET", "/mount/here/frameworks/Flask")
        assert answer.json()["@id"] == "http://localhost/mount/here/frameworks/Flask"
        assert caller.send("GET", "/mount/here").json()["@type"] == "Entrypoint"
        assert caller.send("GET", "/frameworks/Flask").status == 404
        assert all(link.target.startswith("http://localhost/mount/here/") for link in answer.links())


@pytest.mark.parametrize("hooked", [False, True])
def test_a_proxy_that_is_trusted_says_how_we_are_called(hooked: bool) -> None:
    app = Flask("tests")
    if hooked:
        app.before_request(lambda: None)
    with serving(app=app, config={"RESTWELL_ALLOWED_HOSTS": "api.example.org"}) as served:
        proxied = Client(ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1))
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.org", "X-Forwarded-Prefix": "/v1"}
        answer = proxied.send("GET", "/frameworks/Flask", headers)
        assert answer.json()["@id"] == "https://api.example.org/v1/frameworks/Flask"
        assert served.send("GET", "/frameworks/Flask", headers).json()["@id"] == "http://localhost/frameworks/Flask"


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("early", [False, True])
def test_middleware_sees_every_request(hooked: bool, early: bool) -> None:
    app, calls = Flask("tests"), list[str]()
    if hooked:
        app.before_request(lambda: None)
    if early:
        app.wsgi_app = middleware(app.wsgi_app, calls)  # type: ignore[method-assign]
    with serving(app=app) as served:
        if not early:
            app.wsgi_app = middleware(app.wsgi_app, calls)  # type: ignore[method-assign]
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert is_problem(served.send("GET", "/frameworks/Nobody"), 404)
        assert calls == ["/frameworks/Flask", "/frameworks/Nobody"]


def test_a_hook_that_changes_fields_changes_those_of_every_answer() -> None:
    app = Flask("tests")

    @app.after_request
    def change(response: Response) -> Response:
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.pop("Link", None)
        response.set_cookie("seen", "yes")
        return response

    with serving(app=app) as served:
        for target, status in {"/frameworks/Flask": 200, "/frameworks/Nobody": 404, "/nowhere": 404}.items():
            answer = served.send("GET", target)
            assert (answer.status, answer["x-frame-options"], answer.get("link")) == (status, "DENY", None)
            assert answer["set-cookie"].startswith("seen=yes")
        changed = served.send("POST", "/frameworks", content={"name": "N", "created": 2000}, key=served.key())
        assert (changed.status, changed["x-frame-options"]) == (201, "DENY")


def test_a_teardown_function_runs_when_the_answer_is_made() -> None:
    app, ended = Flask("tests"), list[BaseException | None]()
    app.teardown_request(ended.append)
    app.teardown_appcontext(ended.append)
    with serving(app=app) as served:
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert served.send("GET", "/frameworks/Nobody").status == 404
    assert ended == [None] * 4


# What Flask's TRUSTED_HOSTS and SERVER_NAME say.


@pytest.mark.parametrize("hooked", [False, True])
def test_trusted_hosts_are_read_as_flask_reads_them(hooked: bool) -> None:
    app = Flask("tests")
    seen: list[str] = []
    if hooked:
        app.before_request(lambda: seen.append(flask.request.path))
    app.add_url_rule("/own", "own", lambda: "own")
    trusted = [".example.org", "exact.example", "bücher.example"]
    with serving(app=app, config={"TRUSTED_HOSTS": trusted}) as served:

        def status(host: str, target: str) -> int:
            return served.send("GET", target, environ={"HTTP_HOST": host}).status

        for host in (
            "example.org", "api.example.org", "a.b.example.org:8443", "exact.example", "xn--bcher-kva.example"
        ):  # fmt: skip
            assert status(host, "/frameworks/Flask") == status(host, "/own") == 200, host
        for host in ("notexample.org", "example.com", "sub.exact.example", "localhost", "127.0.0.1:8000"):
            assert (status(host, "/frameworks/Flask"), status(host, "/own")) == (421, 400), host
        answer = served.send("GET", "/frameworks/Flask", environ={"HTTP_HOST": "api.example.org:8443"})
        assert answer.json()["@id"] == "http://api.example.org:8443/frameworks/Flask"
        assert is_problem(served.send("GET", "/frameworks", environ={"HTTP_HOST": "evil.example"}), 421)


def test_hosts_that_would_not_be_answered_beside_trusted_ones_are_refused() -> None:
    config = {"TRUSTED_HOSTS": ["api.example.org"], "RESTWELL_ALLOWED_HOSTS": "www.example.org"}
    served = serve(config=config)
    with pytest.raises(DeclarationError, match="every host in TRUSTED_HOSTS"):
        served.send("GET", "/")


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("name", ["example.org", "example.org:8443"])
def test_the_host_of_server_name_is_an_allowed_one(hooked: bool, name: str) -> None:
    app = Flask("tests")
    if hooked:
        app.before_request(lambda: None)
    with serving(app=app, config={"SERVER_NAME": name}) as served:
        for host, status in {"example.org": 200, "example.org:8443": 200, "api.example.org": 421}.items():
            answer = served.send("GET", "/frameworks/Flask", environ={"HTTP_HOST": host})
            assert answer.status == status
        assert served.send("GET", "/frameworks/Flask").status == 200


@pytest.mark.parametrize("trusted", [None, []])
def test_without_trusted_hosts_only_our_own_setting_counts(trusted: list[str] | None) -> None:
    with serving(config={"TRUSTED_HOSTS": trusted, "RESTWELL_ALLOWED_HOSTS": "a.example"}) as served:
        for host, status in {"a.example": 200, "localhost": 200, "b.example": 421}.items():
            assert served.send("GET", "/frameworks", environ={"HTTP_HOST": host}).status == status
