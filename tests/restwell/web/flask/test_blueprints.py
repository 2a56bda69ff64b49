"""Api(blueprint): an API where a blueprint is, with what belongs to the blueprint."""

import gc
import weakref

import flask
import pytest
from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from restwell import Api, DeclarationError
from tests.api import Served, frameworks, is_problem, samples
from tests.restwell.web.flask.test_fast_path import inner_calls

MEMORY = {"RESTWELL_DATABASE": "sqlite://"}


def application(**options: object) -> Flask:
    app = Flask("tests", **options)  # type: ignore[arg-type]  # a test's own
    app.config.update(MEMORY)
    return app


@pytest.fixture
def blueprint() -> Blueprint:
    return Blueprint("api", __name__)


@pytest.fixture(params=["at once", "later"])
def api(request: pytest.FixtureRequest, blueprint: Blueprint) -> Api:
    """An API on the blueprint, by `Api(blueprint)` or `init_app`."""
    if request.param == "at once":
        api = Api(blueprint)
    else:
        api = Api()
        api.init_app(blueprint)
    frameworks()(api)
    return api


@pytest.mark.parametrize("prefix", ["/api", "/api/", "/a/b", "/", None])
def test_an_api_is_where_its_blueprint_is(api: Api, blueprint: Blueprint, prefix: str | None) -> None:
    app = application()
    app.register_blueprint(blueprint, url_prefix=prefix)
    served, base = Served(app, api), (prefix or "").rstrip("/")
    seen = inner_calls(served)
    for target in ("/", "/frameworks", "/frameworks/Flask", "/openapi.json"):
        assert served.send("GET", base + target).status == 200
    assert seen == []
    created = served.send("POST", f"{base}/frameworks", content={"name": "N", "created": 2000}, key=served.key())
    assert created["location"] == f"http://localhost{base}/frameworks/N"
    assert is_problem(served.send("GET", f"{base}/nowhere"), 404)
    if base:
        assert b"problem" not in served.send("GET", "/frameworks").body


def test_the_blueprints_own_prefix_and_that_of_the_api_count_too() -> None:
    blueprint = Blueprint("api", __name__, url_prefix="/one")
    api = Api(blueprint, url_prefix="/two")
    frameworks()(api)
    app = application()
    app.register_blueprint(blueprint)
    assert Served(app, api).send("GET", "/one/two/frameworks/Flask").status == 200


def test_hooks_of_the_blueprint_see_its_requests_and_those_of_another_do_not(api: Api, blueprint: Blueprint) -> None:
    app, other, seen = application(), Blueprint("other", __name__), []

    @blueprint.before_request
    def look() -> ResponseReturnValue | None:
        seen.append((flask.request.blueprint, flask.request.endpoint))
        return ("closed", 503) if flask.request.args.get("limit") == "1" else None

    other.before_request(lambda: ("other", 503))
    other.add_url_rule("/other", "view", lambda: "other")
    app.register_blueprint(blueprint, url_prefix="/api")
    app.register_blueprint(other)
    served = Served(app, api)
    assert served.send("GET", "/api/frameworks/Flask").status == 200
    assert served.send("GET", "/api/nowhere").status == 404
    assert served.send("GET", "/api/frameworks?limit=1").body == b"closed"
    assert served.send("GET", "/other").body == b"other"
    assert [name for name, _ in seen] == ["api"] * 3
    assert seen[0][1] == "api.restwell:Framework"


def test_hooks_of_another_blueprint_do_not_close_the_fast_path(api: Api, blueprint: Blueprint) -> None:
    app, other = application(), Blueprint("other", __name__)
    other.before_request(lambda: ("other", 503))
    app.register_blueprint(other)
    app.register_blueprint(blueprint, url_prefix="/api")
    served = Served(app, api)
    seen = inner_calls(served)
    assert served.send("GET", "/api/frameworks/Flask").status == 200
    assert seen == []


def test_error_handlers_of_the_blueprint_leave_our_problems_alone(api: Api, blueprint: Blueprint) -> None:
    app = application()
    blueprint.register_error_handler(404, lambda _: ("theirs", 404))
    blueprint.register_error_handler(Exception, lambda _: ("theirs", 500))
    blueprint.before_request(lambda: None)
    blueprint.add_url_rule("/broken", "broken", lambda: flask.abort(404))
    app.register_blueprint(blueprint, url_prefix="/api")
    served = Served(app, api)
    assert is_problem(served.send("GET", "/api/frameworks/Nobody"), 404)
    assert is_problem(served.send("DELETE", "/api/frameworks"), 405)
    assert served.send("GET", "/api/broken").body == b"theirs"


def test_nested_blueprints_are_one_path(api: Api, blueprint: Blueprint) -> None:
    app, outer, seen = application(), Blueprint("outer", __name__, url_prefix="/outer"), []
    outer.before_request(lambda: seen.append(flask.request.blueprint))
    outer.register_blueprint(blueprint, url_prefix="/inner")
    app.register_blueprint(outer)
    served = Served(app, api)
    assert served.send("GET", "/outer/inner/frameworks/Flask").json()["@id"].endswith("/outer/inner/frameworks/Flask")
    assert seen == ["outer.api"]
    with app.test_request_context("/"):
        assert url_for("outer.api.restwell:Framework", name="Flask") == "/outer/inner/frameworks/Flask"


def test_a_blueprint_that_is_registered_twice_shows_the_same_rows_at_both_places(
    api: Api, blueprint: Blueprint
) -> None:
    app = application()
    app.register_blueprint(blueprint, url_prefix="/one")
    app.register_blueprint(blueprint, url_prefix="/two", name="again")
    served = Served(app, api)
    key = served.key()
    assert served.send("POST", "/one/frameworks", content={"name": "N", "created": 2000}, key=key).status == 201
    found = served.send("GET", "/two/frameworks/N")
    assert (found.status, found.json()["@id"]) == (200, "http://localhost/two/frameworks/N")
    with app.test_request_context("/two/frameworks"):
        assert api.binding().prefix == "/two"
        assert url_for(".restwell:Framework", name="N") == "/two/frameworks/N"


def test_a_blueprint_in_two_applications_keeps_their_rows_apart(api: Api, blueprint: Blueprint) -> None:
    first, second = application(), application()
    for app in (first, second):
        app.register_blueprint(blueprint, url_prefix="/api")
    one, two = Served(first, api), Served(second, api)
    assert one.send("POST", "/api/frameworks", content={"name": "N", "created": 2000}, key=one.key()).status == 201
    assert two.send("GET", "/api/frameworks/N").status == 404


def test_static_files_and_routes_of_the_blueprint_are_its_own(api: Api, tmp_path: object) -> None:
    app = application()
    blueprint = Blueprint("own", __name__, static_folder=str(tmp_path), static_url_path="/static")
    mine = Api(blueprint)
    frameworks()(mine)
    blueprint.add_url_rule("/frameworks/special", "special", lambda: "special")
    app.register_blueprint(blueprint, url_prefix="/api")
    served = Served(app, mine)
    assert served.send("GET", "/api/frameworks/special").body == b"special"
    assert b"problem" not in served.send("GET", "/api/static/missing").body
    assert served.send("GET", "/api/frameworks/Flask").status == 200


def test_a_resource_that_is_declared_behind_the_registration_is_served(api: Api, blueprint: Blueprint) -> None:
    app = application()
    app.register_blueprint(blueprint, url_prefix="/api")
    samples()(api)
    app.before_request(lambda: None)
    assert Served(app, api).send("GET", "/api/samples").status == 200


@pytest.mark.filterwarnings("ignore:Current server name")
def test_a_blueprint_may_be_on_a_subdomain() -> None:
    app = application(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    blueprint = Blueprint("api", __name__, subdomain="api")
    api = Api(blueprint)
    frameworks()(api)
    app.register_blueprint(blueprint)
    app.add_url_rule("/frameworks", "own", lambda: "own")
    served = Served(app, api)
    answer = served.send("GET", "/frameworks", environ={"HTTP_HOST": "api.example.org"})
    assert answer.json()["@id"] == "http://api.example.org/frameworks"
    assert served.send("GET", "/frameworks", environ={"HTTP_HOST": "example.org"}).body == b"own"
    assert served.send("GET", "/openapi.json", environ={"HTTP_HOST": "example.org"}).status == 404
    with app.app_context():
        assert url_for("api.restwell:Framework") == "http://api.example.org/frameworks"


def test_what_a_blueprint_says_and_we_do_not_do_is_refused() -> None:
    app = application()
    registered, varied, sub = (Blueprint(name, __name__) for name in ("registered", "varied", "sub"))
    app.register_blueprint(registered)
    with pytest.raises(DeclarationError, match="'registered' is registered already: give it to Api before that"):
        Api(registered)
    Api(varied)
    with pytest.raises(DeclarationError, match=r"'varied' has the prefix '/<tenant>', and an API has one address"):
        app.register_blueprint(varied, url_prefix="/<tenant>")
    Api(sub)
    with pytest.raises(DeclarationError, match=r"on the subdomain 'api'.*subdomain_matching=True\) and set"):
        app.register_blueprint(sub, subdomain="api")
    first, second = Blueprint("first", __name__), Blueprint("second", __name__)
    Api(first)
    Api(second)
    app.register_blueprint(first, url_prefix="/x")
    with pytest.raises(DeclarationError, match="has an API at /x already"):
        app.register_blueprint(second, url_prefix="/x")


def test_values_that_a_blueprint_gives_its_urls_reach_its_hooks(api: Api, blueprint: Blueprint) -> None:
    app, seen = application(), []
    blueprint.url_value_preprocessor(lambda _, values: seen.append(dict(values or {})))
    app.register_blueprint(blueprint, url_prefix="/en", url_defaults={"language": "en"})
    assert Served(app, api).send("GET", "/en/frameworks/Flask").status == 200
    assert seen == [{"language": "en", "name": "Flask"}]


@pytest.mark.slow
def test_an_api_does_not_keep_its_applications() -> None:
    api = Api()
    app = application()
    api.init_app(app)
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None
