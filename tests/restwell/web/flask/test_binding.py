"""One API in one application: when resources may be declared, and what an application's life may be."""

import threading
from collections.abc import Callable
from pathlib import Path

import click
import flask
import pytest
from flask import Flask

from restwell import Api, DeclarationError, Field, Resource, public
from tests.api import Served, frameworks, samples, serve, serving


class Late(Resource):
    """Comes after the first request."""

    name: str = Field(identity=True)


def declare_late(api: Api) -> None:
    api.resource("/late", read=public())(Late)


TOO_LATE = r"Late at /late is declared too late: the application '\w+' has answered a request already, or opened"


def through_flask(served: Served) -> None:
    served.app.before_request(lambda: None)
    served.send("GET", "/frameworks")


def to_the_application(served: Served) -> None:
    served.app.add_url_rule("/own", "own", lambda: "own")
    served.send("GET", "/own")


BEGINNINGS: dict[str, Callable[[Served], object]] = {
    "a request on the fast path": lambda served: served.send("GET", "/frameworks"),
    "a request through Flask": through_flask,
    "a request for the application": to_the_application,
    "a request for nothing": lambda served: served.send("GET", "/nowhere"),
    "a refusal": lambda served: served.send("DELETE", "/frameworks"),
    "the test client": lambda served: served.app.test_client().get("/frameworks"),
    "a key": lambda served: served.key(),
    "the store": lambda served: served.api.binding(served.app).store,
    "the service": lambda served: served.api.binding(served.app).service,
    "a migration": lambda served: served.api.binding(served.app).declarations,
}


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_a_resource_that_comes_too_late_is_told(begins: str) -> None:
    with serving() as served:
        BEGINNINGS[begins](served)
        with pytest.raises(DeclarationError, match=TOO_LATE):
            declare_late(served.api)
        assert [declaration.name for declaration in served.api.declarations] == ["Framework"]
        assert served.send("GET", "/late").status == 404
        assert served.send("GET", "/frameworks").status == 200


def test_a_resource_that_a_view_declares_is_told() -> None:
    with serving() as served:

        def declare() -> str:
            declare_late(served.api)
            return "done"

        served.app.add_url_rule("/declare", "declare", declare)
        served.app.config["PROPAGATE_EXCEPTIONS"] = True
        with pytest.raises(DeclarationError, match=TOO_LATE):
            served.send("GET", "/declare")


def test_an_application_that_has_answered_takes_no_further_api() -> None:
    app = Flask("tests")
    app.add_url_rule("/", "own", lambda: "own")
    app.test_client().get("/")
    with pytest.raises(DeclarationError, match="'tests' has answered a request already: call init_app where it is"):
        Api(app)


def test_one_application_that_answers_closes_the_api_for_all() -> None:
    api = Api()
    frameworks()(api)
    first = Flask("first")
    first.config["RESTWELL_DATABASE"] = "sqlite://"
    api.init_app(first)
    assert Served(first, api).send("GET", "/frameworks").status == 200
    second = Flask("second")
    second.config["RESTWELL_DATABASE"] = "sqlite://"
    api.init_app(second)
    assert Served(second, api).send("GET", "/frameworks/Flask").status == 200
    with pytest.raises(DeclarationError, match=r"too late: the application '(first|second)'"):
        declare_late(api)


@pytest.mark.parametrize(
    "path, cls, told",
    [
        ("/late", Late, "Late at /late and Late at /late share a path"),
        ("/later", Late, "share a path, a last segment or a name"),
        ("/late", type("Other", (Late,), {"__doc__": "Other."}), "Other at /late and Late at /late share a path"),
        ("/a/late", type("Other", (Late,), {"__doc__": "Other."}), "share a path, a last segment"),
        ("/late/x", type("Other", (Late,), {"__doc__": "Other."}), "overlap: one is the address of an item"),
    ],
)
def test_a_class_and_a_path_are_declared_once(path: str, cls: type[Resource], told: str) -> None:
    app = Flask("tests")
    api = Api(app)
    declare_late(api)
    rules = len(list(app.url_map.iter_rules()))
    with pytest.raises(DeclarationError, match=told):
        api.resource(path, read=public())(cls)
    assert len(api.declarations) == 1
    assert len(list(app.url_map.iter_rules())) == rules


# Settings.


@pytest.mark.parametrize(
    "name, told",
    [
        ("RESTWELL_BASEURL", "which is not a setting: write RESTWELL_BASE_URL."),
        ("RESTWELL_ALLOW_HOSTS", "write RESTWELL_ALLOWED_HOSTS."),
        ("RESTWELL_X", "there are RESTWELL_ALLOWED_HOSTS, RESTWELL_BASE_URL, RESTWELL_CORS, RESTWELL_DATABASE."),
    ],
)
@pytest.mark.parametrize("hooked", [False, True])
def test_a_setting_that_does_not_exist_is_told(name: str, told: str, hooked: bool) -> None:
    served = serve(config={name: "x", "PROPAGATE_EXCEPTIONS": True})
    if hooked:
        served.app.before_request(lambda: None)
    with pytest.raises(DeclarationError, match=told):
        served.send("GET", "/frameworks")


def test_a_copy_of_the_environment_may_have_options_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_WORKERS", "2")
    with serving(config={"RESTWELL_WORKERS": "2"}) as served:
        assert served.send("GET", "/frameworks").status == 200


def test_hosts_may_be_given_as_a_list() -> None:
    with serving(config={"RESTWELL_ALLOWED_HOSTS": ["a.example", "b.example"]}) as served:
        for host, status in {"a.example": 200, "b.example": 200, "c.example": 421}.items():
            assert served.send("GET", "/frameworks", environ={"HTTP_HOST": host}).status == status


# An application's life.


def test_a_factory_may_be_called_twice_with_an_api_of_its_own() -> None:
    def create_app() -> tuple[Flask, Api]:
        app = Flask("made")
        app.config["RESTWELL_DATABASE"] = "sqlite://"
        api = Api(app)
        frameworks()(api)
        return app, api

    first, second = Served(*create_app()), Served(*create_app())
    key = first.key()
    assert first.send("POST", "/frameworks", content={"name": "N", "created": 2000}, key=key).status == 201
    assert second.send("GET", "/frameworks/N").status == 404
    assert second.send("GET", "/frameworks", key=key).status == 401


@pytest.mark.parametrize("hooked", [False, True])
def test_a_factory_may_be_called_twice_with_an_api_of_the_module(hooked: bool, tmp_path: Path) -> None:
    api = Api()
    frameworks()(api)

    def create_app(number: int) -> Flask:
        app = Flask("made")
        app.config["RESTWELL_DATABASE"] = f"sqlite:///{tmp_path}/{number}.db"
        if hooked:
            app.before_request(lambda: None)
        api.init_app(app)
        return app

    first = Served(create_app(1), api)
    assert first.send("GET", "/frameworks").status == 200
    second = Served(create_app(2), api)
    assert first.send("POST", "/frameworks", content={"name": "N", "created": 2000}, key=first.key()).status == 201
    assert second.send("GET", "/frameworks/N").status == 404
    first.close()
    second.close()


def test_a_context_of_the_test_client_is_kept_and_one_without_is_not() -> None:
    with serving(config={"TESTING": True}) as served:
        with served.app.test_client() as client:
            assert client.get("/frameworks/Flask").status_code == 200
            assert flask.request.endpoint == "restwell:Framework"
            assert client.post("/frameworks", json={}).status_code == 401
            assert flask.request.get_json() == {}
        assert not flask.has_request_context()
        assert served.app.test_client().get("/frameworks/Flask").get_json()["created"] == 2010
        assert not flask.has_request_context()
        with served.app.test_request_context("/frameworks/Flask"):
            assert flask.request.endpoint == "restwell:Framework"
            assert served.app.full_dispatch_request().status_code == 200


def test_commands_of_the_application_can_use_the_api() -> None:
    with serving() as served:

        @served.app.cli.command("make-key")
        def make_key() -> None:
            click.echo(served.api.keys.create("a test", "frameworks:write"))

        result = served.app.test_cli_runner().invoke(args=["make-key"])
        assert result.exit_code == 0, result.output
        assert served.send("DELETE", "/frameworks/Flask", key=result.output.strip()).status == 204


def test_many_first_requests_at_once_make_one_service() -> None:
    with serving(frameworks(), samples()) as served:
        statuses = []

        def ask() -> None:
            statuses.append(served.send("GET", "/frameworks/Flask").status)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 8
