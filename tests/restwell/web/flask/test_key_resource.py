"""Keys as a resource: callers make keys that may do no more than they, see their own, and revoke them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from restwell import Api, ApiKeys, Field, Grant, Resource, owner, public, scope
from restwell.http.limits import MAX_KEYS_MADE
from restwell.storage.keys import StoredKeys
from restwell.web.flask.key_items import KeyItems
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, Answer, Served

WISH = {"name": "phone", "scopes": ["notes:create"]}
CLAIMS = ("notes:create", "keys:create", "keys:read", "keys:delete")


class Note(Resource):
    """A note."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")


def served_on(url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = url
    api = Api(app, authenticate=[ApiKeys(path="/keys")])
    api.resource("/notes", read=public(), create=scope("notes"), update=owner("author"), delete=owner("author"))(Note)
    found = Served(app, api)
    yield found
    found.close()


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    yield from served_on(database_url)


@pytest.fixture
def served_by_mariadb(mariadb_url: str) -> Iterator[Served]:
    yield from served_on(mariadb_url)


def make(served: Served, key: str, /, **wish: Any) -> Answer:
    return served.send("POST", "/keys", {"Accept": JSON}, content={**WISH, **wish}, key=key)


def made(served: Served, key: str, /, **wish: Any) -> dict[str, Any]:
    answer = make(served, key, **wish)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def names(served: Served, key: str, query: str = "") -> list[str]:
    answer = served.send("GET", f"/keys{query}", {"Accept": JSON}, key=key)
    assert answer.status == 200, answer.body
    return [each["name"] for each in answer.json()["keys"]]


def works(served: Served, key: str) -> bool:
    """Whether a key still makes notes."""
    title = f"n{time.monotonic_ns()}"
    status = served.send("POST", "/notes", content={"title": title}, key=key).status
    assert status in {201, 401}
    return status == 201


def test_a_caller_makes_a_key_that_acts_for_the_same_subject(served: Served) -> None:
    key = served.key(*CLAIMS, subject="ada", groups=["engines"], networks=["127.0.0.0/8"], lifetime=3600)
    child = made(served, key)
    assert child["key"].startswith(f"rw_{child['id']}_")
    assert {name: child[name] for name in ("name", "scopes", "groups", "networks", "subject", "parent")} == {
        "name": "phone", "scopes": ["notes:create"], "groups": ["engines"], "networks": ["127.0.0.0/8"],
        "subject": "ada", "parent": key[3:13],
    }  # fmt: skip
    ends = datetime.fromisoformat(child["expires"]) - datetime.now(UTC)
    assert 3590 < ends.total_seconds() <= 3600
    note = served.send("POST", "/notes", {"Accept": JSON}, content={"title": "a"}, key=child["key"])
    assert (note.status, note.json()["author"]) == (201, "ada")


@pytest.mark.parametrize("accept", [JSON, JSON_LD, HAL, HAL_FORMS, "text/html"])
def test_the_answer_that_makes_a_key_alone_shows_it_and_is_not_kept(served: Served, accept: str) -> None:
    key = served.key(*CLAIMS, subject="ada")
    answer = served.send("POST", "/keys", {"Accept": accept, "Prefer": "return=minimal"}, content=WISH, key=key)
    assert (answer.status, answer["cache-control"], answer.get("preference-applied")) == (201, "no-store", None)
    place = answer["location"].partition("localhost")[2]
    again = served.send("GET", place, {"Accept": accept}, key=key)
    assert (again.status, again["etag"], again["cache-control"]) == (200, answer["etag"], "no-store")
    prefix = place.rpartition("/")[2].join(["rw_", "_"]).encode()
    assert prefix in answer.body
    every = [again, served.send("GET", "/keys", {"Accept": accept}, key=key)]
    assert not any(prefix in each.body for each in every)


def test_keys_are_those_that_act_for_the_caller_and_are_valid(served: Served) -> None:
    ada, other, bob = (served.key(*CLAIMS, subject=each) for each in ("ada", "ada", "bob"))
    alone = served.key("keys:read")
    gone = made(served, ada, name="gone")
    made(served, bob, name="of bob")
    assert sorted(names(served, ada)) == sorted(names(served, other)) == ["a test", "a test", "gone"]
    assert sorted(names(served, bob)) == ["a test", "of bob"]
    assert names(served, alone) == ["a test"]
    assert names(served, ada, "?name=gone&sort=-created") == ["gone"]
    assert served.send("DELETE", f"/keys/{gone['id']}", key=bob).status == 404
    unknown = served.send("DELETE", "/keys/aaaaaaaaaa", key=bob).lasting()
    hidden = served.send("DELETE", f"/keys/{gone['id']}", key=bob).lasting()
    assert str(hidden).replace(gone["id"], "aaaaaaaaaa") == str(unknown)
    assert served.send("DELETE", f"/keys/{gone['id']}", key=other).status == 204
    assert sorted(names(served, ada)) == ["a test", "a test"]
    assert served.send("GET", f"/keys/{gone['id']}", key=ada).status == 404
    assert not works(served, gone["key"])


def test_who_has_not_the_scope_makes_no_key_and_sees_none(served: Served) -> None:
    key = served.key("notes:create", subject="ada")
    refused = make(served, key)
    assert refused.status == 403
    assert 'scope="keys:create"' in refused["www-authenticate"]
    assert served.send("GET", "/keys", key=key).status == 403
    assert served.send("POST", "/keys", content=WISH).status == 401
    assert served.send("DELETE", f"/keys/{key[3:13]}", key=key).status == 403
    assert "keys" not in served.send("GET", "/", {"Accept": JSON}, key=key).json()
    assert b"keys:create" not in served.send("GET", "/openapi.json", key=key).body
    holder = served.key("keys:create", subject="ada")
    assert "keys" in served.send("GET", "/", {"Accept": JSON}, key=holder).json()
    assert b"ApiKey" in served.send("GET", "/openapi.json", key=holder).body


@pytest.mark.parametrize(
    "wish, status, pointer",
    [
        ({"scopes": ["notes:create", "notes:delete"]}, 403, "/scopes"),
        ({"scopes": ["notes:write"]}, 403, "/scopes"),
        ({"scopes": []}, 422, "/scopes"),
        ({"groups": ["others"]}, 403, "/groups"),
        ({"networks": ["10.0.0.0/8"]}, 422, "/networks"),
        ({"networks": []}, 422, "/networks"),
        ({"expires": "2999-01-01T00:00:00Z"}, 422, "/expires"),
        ({"expires": "2001-01-01T00:00:00Z"}, 422, "/expires"),
        ({"name": ""}, 422, "/name"),
        ({"name": "a\u0007b"}, 422, ""),
        ({"id": "aaaaaaaaaa"}, 422, "/id"),
        ({"subject": "bob"}, 422, "/subject"),
        ({"parent": None}, 422, "/parent"),
        ({"created": "2001-01-01T00:00:00Z"}, 422, "/created"),
        ({"used": None}, 422, "/used"),
        ({"key": "rw_aaaaaaaaaa_secret"}, 422, "/key"),
        ({"digest": "0" * 64}, 422, "/digest"),
        ({"revoked": None}, 422, "/revoked"),
    ],
)  # fmt: skip
def test_a_key_that_may_do_more_is_not_made(served: Served, wish: dict[str, Any], status: int, pointer: str) -> None:
    key = served.key(*CLAIMS, subject="ada", groups=["engines"], networks=["127.0.0.0/8"])
    answer = make(served, key, **wish)
    assert answer.status == status, answer.body
    assert [each["pointer"] for each in answer.json().get("errors", [{"pointer": ""}])] == [pointer]
    assert names(served, key) == ["a test"]


def test_a_key_is_neither_chosen_nor_changed(served: Served) -> None:
    key = served.key(*CLAIMS, subject="ada")
    for method in ("PUT", "PATCH"):
        answer = served.send(method, "/keys/aaaaaaaaaa", content=WISH, key=key)
        assert (answer.status, answer["allow"]) == (405, "GET, HEAD, DELETE, OPTIONS")


def test_a_key_that_was_made_makes_others_with_its_scope_alone(served: Served) -> None:
    key = served.key(*CLAIMS, subject="ada")
    child = made(served, key, scopes=["keys:create", "notes:create"])
    grandchild = made(served, child["key"])
    assert grandchild["parent"] == child["id"]
    assert make(served, grandchild["key"]).status == 403
    assert make(served, child["key"], scopes=["keys:delete"]).status == 403


def ends_with_its_parent(served: Served) -> None:
    key, other = (served.key(*CLAIMS, subject="ada") for _ in range(2))
    child = made(served, key, scopes=["keys:create", "notes:create"])
    grandchild, apart = made(served, child["key"]), made(served, other)
    assert all(works(served, each) for each in (child["key"], grandchild["key"], apart["key"]))
    assert served.send("DELETE", f"/keys/{key[3:13]}", key=other).status == 204
    assert not any(works(served, each) for each in (key, child["key"], grandchild["key"]))
    assert works(served, apart["key"])
    assert sorted(names(served, other)) == ["a test", "phone"]


def test_what_revokes_a_key_revokes_those_that_were_made_with_it(served: Served) -> None:
    ends_with_its_parent(served)


@pytest.mark.slow
def test_so_it_does_on_mariadb(served_by_mariadb: Served) -> None:
    ends_with_its_parent(served_by_mariadb)
    never_survives(served_by_mariadb)


def test_what_takes_the_place_of_a_key_ends_those_that_were_made_with_it(served: Served) -> None:
    key = served.key(*CLAIMS, subject="ada")
    child = made(served, key)
    with served.app.app_context():
        successor = served.api.keys.rotate(key[3:13], overlap=60)
        ends = {each["id"]: each["expires"] for each in served.api.keys.list()}
        assert abs(ends[child["id"]] - time.time() - 60) < 5
        served.api.keys.rotate(successor[3:13], overlap=0)
    assert works(served, child["key"])
    later = made(served, served.key(*CLAIMS, subject="ada", lifetime=60))
    with served.app.app_context():
        in_place = served.api.keys.rotate(later["id"], overlap=0)
        record = next(each for each in served.api.keys.list() if each["id"] == in_place[3:13])
    assert record["parent"] == later["parent"]
    assert record["expires"] - record["created"] <= 60


def never_survives(served: Served) -> None:
    """Make keys with one that is revoked meanwhile: none outlives it."""
    for _ in range(5):
        key = served.key(*CLAIMS, subject="ada")
        found: list[str] = []
        begun = threading.Barrier(3)

        def mint(key: str = key, found: list[str] = found, begun: threading.Barrier = begun) -> None:
            begun.wait()
            for _ in range(3):
                answer = make(served, key)
                found += [answer.json()["key"]] if answer.status == 201 else []

        threads = [threading.Thread(target=mint) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun.wait()
        with served.app.app_context():
            assert served.api.keys.revoke(key[3:13])
        for thread in threads:
            thread.join()
        assert not any(works(served, each) for each in found)


def test_no_key_outlives_one_that_is_revoked_while_it_is_made(served: Served) -> None:
    never_survives(served)


def test_a_login_of_the_application_makes_keys_for_its_user(served: Served) -> None:
    client = served.api.test_client(Grant("ada", ["notes:create", "keys:write"], groups=["engines"]), app=served.app)
    answer = client.post("/keys", json=WISH, headers={"Accept": JSON})
    assert answer.status_code == 201
    child = answer.get_json()
    assert (child["subject"], child["groups"], "parent" in child) == ("ada", ["engines"], False)
    nobody = served.api.test_client(Grant("bob", ["notes:create"]), app=served.app)
    assert nobody.post("/keys", json=WISH).status_code == 403


def test_a_token_makes_no_key_that_outlasts_it(served: Served) -> None:
    ends = int(time.time()) + 600
    grant = Grant("ada", ["notes:create", "keys:create"], {"exp": ends})
    client = served.api.test_client(grant, app=served.app)
    child = client.post("/keys", json=WISH, headers={"Accept": JSON}).get_json()
    assert datetime.fromisoformat(child["expires"]).timestamp() == ends
    refused = client.post("/keys", json={**WISH, "expires": "2999-01-01T00:00:00Z"}, headers={"Accept": JSON})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/expires")


def test_a_credential_that_is_called_like_a_key_of_somebody_else_is_none(served: Served) -> None:
    other = served.key(*CLAIMS, subject="bob", lifetime=60, networks=["10.0.0.0/8"])
    grant = Grant("ada", ["notes:create", "keys:create"], credential=other[3:13])
    client = served.api.test_client(grant, app=served.app)
    child = client.post("/keys", json=WISH, headers={"Accept": JSON}).get_json()
    assert ("parent" in child, child["networks"]) == (False, [])
    with served.app.app_context():
        served.api.keys.revoke(other[3:13])
    assert works(served, child["key"])


def test_after_so_many_within_a_day_no_key_is_made(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_KEYS_MADE == 100
    monkeypatch.setattr("restwell.web.flask.key_items.MAX_KEYS_MADE", 3)
    key, bob = (served.key(*CLAIMS, subject=each) for each in ("ada", "bob"))
    assert [make(served, key).status for _ in range(4)] == [201, 201, 409, 409]
    assert make(served, bob).status == 201


def test_a_listing_reads_the_keys_of_one_subject(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, alone = served.key("keys:read", subject="ada"), served.key("keys:read")
    read: list[int] = []
    every = StoredKeys.every

    def counted(keys: StoredKeys, subject: str | None = None) -> list[Any]:
        found = every(keys, subject)
        read.append(len(found))
        return found

    monkeypatch.setattr(StoredKeys, "every", counted)
    assert [names(served, each) for each in (ada, alone)] == [["a test"], ["a test"]]
    assert read == [1, 1]


def test_keys_of_no_store_are_not_read() -> None:
    with pytest.raises(RuntimeError, match="none was given"):
        KeyItems().all()


def test_a_path_is_where_keys_are(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app, url_prefix="/api", authenticate=[ApiKeys(path="/my/keys")])
    api.resource("/notes", read=public(), create=scope("notes"))(Note)
    found = Served(app, api)
    key = found.key("keys:read", subject="ada")
    assert found.send("GET", "/api/my/keys", {"Accept": JSON}, key=key).json()["keys"][0]["subject"] == "ada"
    found.close()
