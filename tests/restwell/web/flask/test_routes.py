"""Addresses of ours among the routes of an application: each request goes where Flask's routing takes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from flask import Flask, url_for

from restwell import Api
from tests.api import Served, frameworks, is_problem, samples, serving
from tests.restwell.web.flask.test_fast_path import inner_calls

DOORS = {"fast": lambda app: None, "flask": lambda app: app.before_request(lambda: None)}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Callable[[Flask], object]:
    """Open or close the fast path of an application: the same must hold on both."""
    return DOORS[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of static files."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.css").write_text("body{}")
    (tmp_path / "sub" / "b.js").write_text("1;")
    (tmp_path / "favicon.ico").write_bytes(b"icon")
    return tmp_path


def bytes_of(served: Served, target: str) -> bytes:
    answer = served.send("GET", target)
    assert answer.status == 200, (target, answer)
    return answer.body


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize(
    "at", ["/static", "/", "", "/assets", "/assets/x", "/api/static", "/frameworks/static", "/docs", "/api"]
)
def test_static_files_are_served_wherever_they_are(
    door: Callable[[Flask], object], folder: Path, at: str, prefix: str
) -> None:
    app = Flask("tests", static_folder=str(folder), static_url_path=at)
    door(app)
    with serving(app=app, url_prefix=prefix) as served:
        base = at.rstrip("/")
        assert bytes_of(served, f"{base}/a.css") == b"body{}"
        assert bytes_of(served, f"{base}/sub/b.js") == b"1;"
        assert served.send("GET", f"{prefix}/frameworks/Flask").status == 200
        assert served.send("GET", f"{prefix}/frameworks").status == 200
        assert served.send("GET", f"{prefix}/openapi.json").status == 200
        assert served.send("POST", f"{base}/a.css").status == 405
        assert b"problem" not in served.send("GET", f"{base}/missing.css").body


def test_an_application_without_static_files_has_none(door: Callable[[Flask], object]) -> None:
    app = Flask("tests", static_folder=None)
    door(app)
    with serving(app=app) as served:
        assert is_problem(served.send("GET", "/static/a.css"), 404)
        assert served.send("GET", "/frameworks").status == 200


def test_what_is_no_static_file_is_a_problem_still(door: Callable[[Flask], object], folder: Path) -> None:
    app = Flask("tests", static_folder=str(folder))
    door(app)
    with serving(app=app) as served:
        assert is_problem(served.send("GET", "/nowhere"), 404)
        assert is_problem(served.send("GET", "/staticx"), 404)


def test_static_files_of_a_blueprint_and_a_favicon_are_served(door: Callable[[Flask], object], folder: Path) -> None:
    app = Flask("tests", static_folder=None)
    door(app)
    blueprint = flask.Blueprint(
        "own", __name__, static_folder=str(folder), static_url_path="/static", url_prefix="/frameworks/own"
    )
    app.register_blueprint(blueprint)
    app.add_url_rule("/favicon.ico", endpoint="icon", redirect_to="/frameworks/own/static/favicon.ico")
    with serving(app=app) as served:
        assert bytes_of(served, "/frameworks/own/static/a.css") == b"body{}"
        answer = served.send("GET", "/favicon.ico")
        assert (answer.status, answer["location"]) == (308, "http://localhost/frameworks/own/static/favicon.ico")
        assert served.send("GET", "/frameworks/Flask").status == 200


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("early", [True, False])
def test_routes_of_the_application_are_its_own(door: Callable[[Flask], object], prefix: str, early: bool) -> None:
    app = Flask("tests")
    door(app)
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    api = Api(app, url_prefix=prefix) if not early else Api(url_prefix=prefix)
    if not early:
        frameworks()(api)
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/about/", "about", lambda: "about")
    app.add_url_rule("/users/<int:number>", "user", lambda number: f"user {number}")
    app.add_url_rule(f"{prefix}/extra", "extra", lambda: "extra")
    app.add_url_rule(f"{prefix}/extra", "extra_post", lambda: "posted", methods=["POST"])
    app.add_url_rule(f"{prefix}/frameworks/special", "special", lambda: "special")
    app.add_url_rule(f"{prefix}/frameworks/<int:number>", "numbered", lambda number: f"number {number}")
    app.add_url_rule(f"{prefix}/docs", "docs", lambda: "own docs")
    if early:
        api.init_app(app)
        frameworks()(api)
    served = Served(app, api)
    try:
        for target, body in {
            "/": b"index", "/about/": b"about", "/users/7": b"user 7", f"{prefix}/extra": b"extra",
            f"{prefix}/frameworks/special": b"special", f"{prefix}/frameworks/7": b"number 7",
            f"{prefix}/docs": b"own docs",
        }.items():  # fmt: skip
            assert bytes_of(served, target) == body
        assert served.send("POST", f"{prefix}/extra").body == b"posted"
        refused = served.send("DELETE", f"{prefix}/extra")
        assert (refused.status, set(refused.words("allow"))) == (405, {"GET", "HEAD", "OPTIONS", "POST"})
        assert set(served.send("POST", f"{prefix}/docs").words("allow")) == {"GET", "HEAD", "OPTIONS"}
        redirected = served.send("GET", "/about?x=1")
        assert (redirected.status, redirected["location"]) == (308, "http://localhost/about/?x=1")
        merged = served.send("GET", "//users///7")
        assert (merged.status, merged["location"]) == (308, "http://localhost/users/7")
        assert served.send("GET", "/users/x").status == 404
        assert b"problem" not in served.send("GET", "/users/x").body
        assert b"problem" not in served.send("GET", "/nowhere").body
        assert served.send("GET", f"{prefix}/frameworks/Flask").status == 200
        assert served.send("GET", f"{prefix}/openapi.json").status == 200
        assert is_problem(served.send("DELETE", f"{prefix}/frameworks"), 405)
        if prefix:
            assert served.send("GET", prefix).json()["@type"] == "Entrypoint"
            assert is_problem(served.send("GET", f"{prefix}/nowhere"), 404)
    finally:
        served.close()


@pytest.mark.parametrize("rule", ["/<path:rest>", "/<first>/<second>", "/<first>", "/<first>/<path:rest>"])
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_route_for_everything_takes_what_is_not_ours(
    door: Callable[[Flask], object], rule: str, prefix: str
) -> None:
    app = Flask("tests")
    door(app)
    app.add_url_rule(rule, "rest", lambda **_: "theirs")
    app.add_url_rule("/", "index", lambda: "index")
    with serving(app=app, url_prefix=prefix) as served:
        for target in (f"{prefix}/frameworks/Flask", f"{prefix}/frameworks", f"{prefix}/schemas/Framework"):
            assert served.send("GET", target).status == 200, target
            assert served.send("GET", target).body != b"theirs"
        assert is_problem(served.send("GET", f"{prefix}/frameworks/Nobody"), 404)
        assert bytes_of(served, "/") == b"index"
        if rule == "/<path:rest>":
            assert bytes_of(served, "/a/b/c") == b"theirs"
            assert served.send("GET", f"{prefix}/nowhere").status == (404 if prefix else 200)


def test_routes_that_are_elsewhere_do_not_close_the_fast_path(folder: Path) -> None:
    app = Flask("tests", static_folder=str(folder), static_url_path="/")
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/docs", "docs", lambda: "docs")
    app.add_url_rule("/users/<name>", "user", lambda name: name)
    with serving(app=app) as served:
        seen = inner_calls(served)
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert served.send("GET", "/openapi.json").status == 200
        assert seen == []
        assert bytes_of(served, "/") == b"index"
        assert bytes_of(served, "/docs") == b"docs"
        assert bytes_of(served, "/a.css") == b"body{}"
        assert seen == ["/", "/docs", "/a.css"]


def test_a_route_that_comes_after_our_first_answer_is_found() -> None:
    """Flask has not seen a request yet, and so allows it."""
    with serving() as served:
        assert served.send("GET", "/frameworks/special").status == 404
        served.app.add_url_rule("/frameworks/special", "special", lambda: "special")
        served.app.add_url_rule("/late", "late", lambda: "late")
        assert bytes_of(served, "/frameworks/special") == b"special"
        assert bytes_of(served, "/late") == b"late"


@pytest.mark.parametrize("order", [("", "/api", "/api/v2"), ("/api/v2", "/api", "")])
def test_an_api_within_the_prefix_of_another_is_reached(
    door: Callable[[Flask], object], order: tuple[str, ...]
) -> None:
    app = Flask("tests", static_folder=None)
    door(app)
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    apis = {prefix: Api(app, url_prefix=prefix) for prefix in order}
    for number, api in enumerate(apis.values()):
        [frameworks(), samples(), frameworks()][number](api)
    served = Served(app, apis[""])
    paths = {p: api.declarations[0].path for p, api in apis.items()}
    for prefix, path in paths.items():
        assert served.send("GET", prefix + path).status == 200, prefix + path
        assert served.send("GET", f"{prefix}/openapi.json").json()["paths"].keys() >= {path}
        assert is_problem(served.send("GET", f"{prefix}/nowhere"), 404)


UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


def test_an_upgrade_that_is_asked_for_is_not_taken(door: Callable[[Flask], object]) -> None:
    app = Flask("tests")
    door(app)
    with serving(app=app) as served:
        for target, status in [("/frameworks", 200), ("/frameworks/Flask", 200), ("/nowhere", 404), ("/", 200)]:
            plain, upgrade = served.send("GET", target), served.send("GET", target, UPGRADE)
            assert upgrade.lasting() == plain.lasting()
            assert upgrade.status == status


def test_websockets_of_the_application_are_its_own(door: Callable[[Flask], object]) -> None:
    app = Flask("tests")
    door(app)
    app.add_url_rule("/frameworks/live", "live", lambda: "socket", websocket=True)
    app.add_url_rule("/socket", "socket", lambda: "socket", websocket=True)
    with serving(app=app) as served:
        for target in ("/frameworks/live", "/socket"):
            assert served.send("GET", target, UPGRADE).body == b"socket"
        assert is_problem(served.send("GET", "/frameworks/live"), 404)
        assert served.send("GET", "/socket").status == 400
        assert served.send("GET", "/frameworks/Flask").status == 200


# URLs of ours, made by Flask.


def test_flask_makes_urls_of_ours() -> None:
    with serving(samples(), frameworks()) as served, served.app.test_request_context("/"):
        assert url_for("restwell:Framework") == "/frameworks"
        assert url_for("restwell:Framework", name="Flask") == "/frameworks/Flask"
        assert url_for("restwell:Framework", name="a b/ü") == "/frameworks/a%20b%2F%C3%BC"
        assert url_for("restwell:Framework", limit=1) == "/frameworks?limit=1"
        assert url_for("restwell:Sample", number=7) == "/samples/7"
        assert url_for("restwell:entry") == "/"
        assert url_for("restwell:openapi") == "/openapi.json"
        assert url_for("restwell:schema", name="Framework") == "/schemas/Framework"


def test_urls_outside_of_requests_are_as_flasks_settings_say() -> None:
    app = Flask("tests")
    app.config.update(SERVER_NAME="example.org", APPLICATION_ROOT="/mounted", PREFERRED_URL_SCHEME="https")
    with serving(app=app) as served, app.app_context():
        assert url_for("restwell:Framework", name="Flask") == "https://example.org/mounted/frameworks/Flask"
        assert served.send("GET", "/frameworks").json()["@id"] == "http://localhost/frameworks"


def test_endpoints_say_which_api_they_are_of() -> None:
    app = Flask("tests")
    with serving(app=app, url_prefix="/a/b") as served, served.app.test_request_context("/"):
        assert url_for("restwell/a/b:Framework", name="Flask") == "/a/b/frameworks/Flask"


def test_a_hook_sees_what_was_addressed() -> None:
    seen: list[Any] = []
    app = Flask("tests")
    app.before_request(lambda: seen.append((flask.request.endpoint, flask.request.view_args)))
    with serving(app=app) as served:
        for target in ("/frameworks/Flask", "/frameworks", "/openapi.json"):
            served.send("GET", target)
    assert seen == [
        ("restwell:Framework", {"name": "Flask"}), ("restwell:Framework", {}), ("restwell:openapi", {}),
    ]  # fmt: skip


# Host matching and subdomains.


def host(served: Served, target: str, name: str) -> tuple[int, bytes]:
    answer = served.send("GET", target, environ={"HTTP_HOST": name})
    return answer.status, answer.body


def test_where_hosts_are_matched_ours_are_on_every_one_that_is_allowed(door: Callable[[Flask], object]) -> None:
    app = Flask("tests", host_matching=True, static_host="static.example.org")
    door(app)
    app.add_url_rule("/", "index", lambda: "www", host="www.example.org")
    app.add_url_rule("/frameworks", "own", lambda: "own", host="own.example.org")
    app.add_url_rule("/<path:rest>", "rest", lambda rest: "files", host="files.example.org")
    allowed = "api.example.org www.example.org own.example.org files.example.org"
    with serving(app=app, config={"RESTWELL_ALLOWED_HOSTS": allowed}) as served:
        assert host(served, "/frameworks", "api.example.org")[0] == 200
        assert host(served, "/frameworks/Flask", "www.example.org")[0] == 200
        assert host(served, "/", "www.example.org") == (200, b"www")
        assert host(served, "/frameworks", "own.example.org") == (200, b"own")
        assert host(served, "/frameworks", "files.example.org") == (200, b"files")
        assert host(served, "/frameworks", "elsewhere.example")[0] == 421
        with app.test_request_context("/", base_url="http://api.example.org"):
            assert url_for("restwell:Framework", name="Flask") == "/frameworks/Flask"


@pytest.mark.filterwarnings("ignore:Current server name")  # Werkzeug's, of a host that is not below SERVER_NAME
def test_where_subdomains_are_matched_ours_are_on_every_one_that_is_allowed(
    door: Callable[[Flask], object],
) -> None:
    app = Flask("tests", subdomain_matching=True)
    app.config.update(SERVER_NAME="example.org", RESTWELL_ALLOWED_HOSTS="api.example.org www.example.org")
    door(app)
    app.add_url_rule("/", "index", lambda: "www", subdomain="www")
    with serving(app=app) as served:
        assert host(served, "/frameworks", "api.example.org")[0] == 200
        assert host(served, "/frameworks", "example.org")[0] == 200
        assert host(served, "/frameworks/Flask", "localhost")[0] == 200
        assert host(served, "/", "www.example.org") == (200, b"www")
        assert host(served, "/frameworks", "mail.example.org")[0] == 421
        assert host(served, "/nowhere", "api.example.org")[0] == 404
        with app.app_context():
            assert url_for("restwell:Framework", name="Flask") == "http://example.org/frameworks/Flask"
