"""`api.test_client(as_=...)`: requests as somebody, through the same access as real ones."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask

from restwell import Api, Change, Field, Grant, Resource, public, scope
from tests.arguments import shows

JSON = {"Accept": "application/json"}
WRITER = Grant(subject="ada", scopes=["notes:write"])


class Note(Resource):
    name: str = Field(identity=True)
    by: str | None = Field(auto="creator")


@pytest.fixture
def api() -> Iterator[Api]:
    app = Flask("notes")
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    made = Api(app)
    made.resource("/notes", read=public(), write=scope("notes"))(Note)
    yield made
    made.binding(app).store.close()


@shows("Api.test_client", "as_")
def test_a_request_is_made_as_who_the_grant_says(api: Api) -> None:
    seen = []

    @api.before(Note, "create")
    def note(change: Change) -> None:
        seen.append(change.caller)

    answer = api.test_client(as_=WRITER).post("/notes", json={"name": "a"}, headers=JSON)
    assert (answer.status_code, answer.json, seen) == (201, {"name": "a", "by": "ada"}, ["ada"])


def test_without_a_grant_it_is_anonymous(api: Api) -> None:
    client = api.test_client(as_=None)
    assert client.get("/notes").status_code == 200
    refused = client.post("/notes", json={"name": "a"})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="restwell"')
    assert api.test_client().post("/notes", json={"name": "a"}).status_code == 401


def test_a_scope_that_is_missing_is_named_as_with_a_key(api: Api) -> None:
    refused = api.test_client(as_=Grant(subject="ada", scopes=["notes:delete"])).post("/notes", json={"name": "a"})
    challenge = 'Bearer realm="restwell", error="insufficient_scope", scope="notes:create"'
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (403, challenge)


def test_answers_are_kept_from_others_as_with_a_key(api: Api) -> None:
    with api.binding(api.test_client().application).app.app_context():
        key = api.keys.create("a key", "notes:write")
    ours = api.test_client(as_=WRITER).get("/notes", headers=JSON).headers
    theirs = api.test_client().get("/notes", headers={**JSON, "Authorization": f"Bearer {key}"}).headers
    for name in ("Cache-Control", "Vary", "Link", "ETag"):
        assert ours[name] == theirs[name], name
    assert "private" in ours["Cache-Control"]
    assert "Authorization" in ours["Vary"]
    assert api.test_client().get("/notes", headers=JSON).headers["ETag"] != ours["ETag"]


def test_a_credential_that_a_test_sends_itself_counts_instead(api: Api) -> None:
    client = api.test_client(as_=WRITER)
    refused = client.post("/notes", json={"name": "a"}, headers={"Authorization": "Bearer wrong"})
    assert refused.status_code == 401
    assert client.post("/notes", json={"name": "a"}).status_code == 201


def test_clients_with_several_grants_act_at_once(api: Api) -> None:
    answers: dict[str, set[tuple[int, str]]] = {}

    def act(name: str) -> None:
        client = api.test_client(as_=Grant(subject=name, scopes=["notes:create"]))
        made = [client.post("/notes", json={"name": f"{name}{n}"}, headers=JSON) for n in range(20)]
        answers[name] = {(each.status_code, each.json["by"]) for each in made if each.json is not None}

    threads = [threading.Thread(target=act, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {name: {(201, name)} for name in "abcd"}


def test_no_other_application_takes_the_credential(api: Api) -> None:
    credential = api.test_client(as_=WRITER).environ_base["HTTP_AUTHORIZATION"]
    other = Flask("other")
    other.config["RESTWELL_DATABASE"] = "sqlite://"
    second = Api(other)
    second.resource("/notes", read=public(), write=scope("notes"))(Note)
    client = second.test_client(as_=Grant(subject="eve"))
    assert client.get("/notes", headers={"Authorization": credential}).status_code == 401
    second.binding(other).store.close()


def test_logs_show_who_asks_and_not_the_credential(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    client = api.test_client(as_=WRITER)
    secret = client.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    with caplog.at_level(logging.INFO, "restwell"):
        client.get(f"/notes/{secret}")
    assert secret not in caplog.text


def test_the_api_of_a_blueprint_is_asked_wherever_it_is(api: Api) -> None:
    blueprint = Blueprint("b", "b")
    placed = Api(blueprint)
    placed.resource("/notes", read=scope("notes:read"))(Note)
    app = Flask("placed")
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    app.register_blueprint(blueprint, url_prefix="/one")
    app.register_blueprint(blueprint, url_prefix="/two", name="two")
    client = placed.test_client(as_=Grant(subject="ada", scopes=["notes:read"]))
    assert [client.get(f"{at}/notes").status_code for at in ("/one", "/two")] == [200, 200]
    placed.binding(app).store.close()


@shows("Api.test_client", "app")
def test_of_several_applications_one_is_named(api: Api) -> None:
    apps = [Flask("first"), Flask("second")]
    api = Api()
    api.resource("/notes", read=public())(Note)
    for app in apps:
        app.config["RESTWELL_DATABASE"] = "sqlite://"
        api.init_app(app)
    assert api.test_client(app=apps[1]).application is apps[1]
    with pytest.raises(RuntimeError, match="Which application"):
        api.test_client()
    with apps[0].app_context():
        assert api.test_client().application is apps[0]
    with pytest.raises(RuntimeError, match="does not serve this API"):
        api.test_client(app=Flask("third"))


def test_a_grant_without_a_subject_or_with_scopes_in_one_text_is_refused(api: Api) -> None:
    with pytest.raises(ValueError, match="as_=None is anonymous"):
        api.test_client(as_=Grant(scopes=["notes:write"]))
    with pytest.raises(TypeError, match=r"as in scopes=\['notes:write'\]"):
        Grant(subject="ada", scopes="notes:write")


@shows("Api.test_client", "options")
def test_options_are_those_of_flask(api: Api) -> None:
    client = api.test_client(as_=WRITER, use_cookies=False)
    client.get("/notes")
    with pytest.raises(TypeError, match="Cookies are disabled"):
        client.get_cookie("a")


def test_what_is_no_grant_is_refused_with_what_to_give() -> None:
    api = Api(Flask("tests"))
    with pytest.raises(TypeError, match=r"as_='me' is not a grant: give one, as in Grant"):
        api.test_client(as_="me")  # type: ignore[arg-type]  # which it refuses
