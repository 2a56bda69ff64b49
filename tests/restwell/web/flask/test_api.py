"""Api(app): in one application or several, with their settings, and by the flask command."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from restwell import Api, DeclarationError
from restwell.model.ruling import known_scopes
from restwell.storage.engine import UnknownDatabase
from restwell.storage.sqlite.driver import SqliteDriver
from tests.api import FOUR, Client, Served, frameworks, is_problem, samples, serve, serving
from tests.examples import Framework
from tests.servers import free_port, wait_until

MEMORY = {"RESTWELL_DATABASE": "sqlite://"}


def client(app: Flask) -> Client:
    return Client(app.wsgi_app)


def test_an_api_is_bound_at_once_or_later() -> None:
    app, later = Flask("one"), Flask("two")
    app.config.update(MEMORY)
    later.config.update(MEMORY)
    frameworks()(Api(app))
    api = Api()
    frameworks()(api)
    api.init_app(later)
    for bound in (app, later):
        assert client(bound).send("GET", "/frameworks/Flask").status == 200


def test_one_api_in_several_applications_keeps_their_rows_apart() -> None:
    api = Api()
    frameworks()(api)
    apps = [Flask("one"), Flask("two")]
    for app in apps:
        app.config.update(MEMORY)
        api.init_app(app)
    first, second = (Served(app, api) for app in apps)
    assert first.send("POST", "/frameworks", content={"name": "New", "created": 1999}, key=first.key()).status == 201
    assert (first.send("GET", "/frameworks/New").status, second.send("GET", "/frameworks/New").status) == (200, 404)
    assert second.send("GET", "/frameworks", key=first.key()).status == 401


def test_two_apis_in_an_application_have_prefixes_and_do_not_mix() -> None:
    app = Flask("tests")
    app.config.update(MEMORY)
    one, other = Api(app, url_prefix="/one"), Api(app, url_prefix="/two")
    frameworks()(one)
    samples()(other)
    app.add_url_rule("/", "own", lambda: "the application's own")
    caller = client(app)
    statuses = {
        t: caller.send("GET", t).status for t in ("/one/frameworks", "/two/samples", "/one/samples", "/frameworks")
    }
    assert statuses == {"/one/frameworks": 200, "/two/samples": 200, "/one/samples": 404, "/frameworks": 404}
    assert caller.send("GET", "/one/frameworks").json()["@id"] == "http://localhost/one/frameworks"
    assert caller.send("GET", "/").body == b"the application's own"
    assert is_problem(caller.send("GET", "/two/nowhere"), 404)
    assert b"problem" not in caller.send("GET", "/nowhere").body


def test_two_apis_at_one_place_are_refused() -> None:
    app = Flask("tests")
    Api(app)
    with pytest.raises(DeclarationError, match="has an API at / already: give one a url_prefix"):
        Api(app)


@pytest.mark.parametrize("prefix", ["", "/api", "/a/b"])
def test_a_prefix_is_where_everything_is(prefix: str) -> None:
    with serving(url_prefix=prefix) as served:
        for path in ("/", "/frameworks", "/frameworks/Flask", "/openapi.json", "/health/live"):
            assert served.send("GET", prefix + path).status == 200
        created = served.send(
            "POST", f"{prefix}/frameworks", content={"name": "New", "created": 1999}, key=served.key()
        )
        assert created["location"] == f"http://localhost{prefix}/frameworks/New"
        assert served.send("GET", created["location"]).status == 200


def test_settings_come_from_flask_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_BASE_URL", "https://environment.example")
    monkeypatch.setenv("RESTWELL_DATABASE", "sqlite://")
    app = Flask("tests")
    api = Api(app)
    frameworks()(api)
    assert client(app).send("GET", "/frameworks").json()["@id"] == "https://environment.example/frameworks"
    with serving(config={"RESTWELL_BASE_URL": "https://config.example"}) as served:
        assert served.send("GET", "/frameworks").json()["@id"] == "https://config.example/frameworks"


def test_the_database_is_the_one_that_is_set(sqlite_url: str) -> None:
    with serving(database=sqlite_url) as served:
        assert served.send("GET", "/frameworks").status == 200
        driver = served.api.binding(served.app).store.driver
        assert isinstance(driver, SqliteDriver)
        assert driver.path == sqlite_url.removeprefix("sqlite:///")


def test_nothing_is_opened_before_the_first_request(tmp_path: Path) -> None:
    file = tmp_path / "test.db"
    served = serve(database=f"sqlite:///{file}")
    assert not file.exists()
    served.send("GET", "/frameworks")
    assert file.exists()
    served.close()


def test_a_database_that_is_none_is_told_at_once() -> None:
    app = Flask("tests")
    app.config["RESTWELL_DATABASE"] = "nosql://x"
    api = Api(app)
    with pytest.raises(UnknownDatabase, match="use sqlite:///FILE"):
        api.binding(app).store.is_ready()


def test_keys_are_made_listed_and_revoked() -> None:
    with serving() as served, served.app.app_context():
        key = served.api.keys.create("a test", "frameworks:delete", lifetime=60)
        [listed] = served.api.keys.list()
        assert (listed["name"], listed["scopes"], listed["expires"] - listed["created"]) == (
            "a test",
            "frameworks:delete",
            60,
        )
        assert "digest" not in listed
        assert key not in str(listed)
        assert served.send("DELETE", "/frameworks/Flask", key=key).status == 204
        assert served.api.keys.revoke(listed["id"])
        assert served.send("DELETE", "/frameworks/Django", key=key).status == 401
        assert not served.api.keys.revoke(listed["id"])


@pytest.mark.parametrize(
    "scopes", [("frameworks:writes",), ("frameworks:read",), ("framework:write",), ("frameworks",)]
)
def test_a_scope_that_no_resource_knows_is_told_with_those_there_are(scopes: tuple[str, ...]) -> None:
    with serving() as served, served.app.app_context():
        with pytest.raises(ValueError, match="frameworks:create, frameworks:delete, frameworks:update"):
            served.api.keys.create("a test", *scopes)
        with pytest.raises(ValueError, match="without a scope"):
            served.api.keys.create("a test")


def test_keys_need_an_application() -> None:
    served = serve()
    with pytest.raises(RuntimeError, match=r"Give it, or call this within `with app\.app_context\(\):`"):
        _ = served.api.keys
    assert known_scopes(served.api.declarations) == {"frameworks:create", "frameworks:update", "frameworks:delete"}


def test_an_application_to_which_it_is_not_bound_is_told() -> None:
    api, stranger = Api(), Flask("stranger")
    with pytest.raises(RuntimeError, match="init_app"):
        api.binding(stranger)


def test_flasks_test_client_is_answered() -> None:
    with serving(config={"TESTING": True}) as served:
        caller = served.app.test_client()
        assert caller.get("/frameworks", headers={"Accept": "application/json"}).json == {
            "frameworks": [{"parent": "Python"} | row for row in FOUR]
        }
        created = caller.post(
            "/frameworks", json={"name": "New", "created": 1999}, headers={"Authorization": f"Bearer {served.key()}"}
        )
        assert (created.status_code, created.location) == (201, "http://localhost/frameworks/New")
        assert caller.get("/nowhere").status_code == 404


def test_own_routes_are_the_applications() -> None:
    app = Flask("tests")
    app.add_url_rule("/about", "about", lambda: "about")
    with serving(app=app) as served:
        assert served.send("GET", "/about").body == b"about"
        assert served.send("GET", "/frameworks").status == 200
        assert b"problem" not in served.send("GET", "/nowhere").body


def test_the_declared_class_stays_what_it_was() -> None:
    assert frameworks()(Api()) is Framework


RUN = [sys.executable, "-m", "flask", "--app", "restwell.frameworks", "run", "--port"]


@pytest.mark.slow
def test_flask_run_answers(tmp_path: Path) -> None:
    port = free_port()
    environment = {n: v for n, v in os.environ.items() if not n.startswith(("RESTWELL_", "FLASK_"))}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    output = tmp_path / "output"
    with output.open("wb") as log:
        process = subprocess.Popen([*RUN, str(port)], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: re.search(r"Running on http", output.read_text()) is not None, 20), (
            output.read_text()
        )
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/frameworks/Flask", timeout=10) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "application/ld+json")
            assert b'"created":2010' in answer.read()
    finally:
        process.terminate()
        process.wait(10)
    assert (tmp_path / "restwell.db").exists()
