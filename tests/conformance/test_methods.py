"""Every row of the contract's table of requests, and the ways in which an application can serve an API."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask

from restwell import Api, Field, Resource, public, scope
from tests.api import (
    BASE,
    FOUR,
    HAL,
    HAL_FORMS,
    JSON,
    JSON_LD,
    JSON_PATCH,
    MERGE_PATCH,
    PER_ANSWER,
    Answer,
    Served,
    frameworks,
    is_problem,
    serve,
    serving,
)  # fmt: skip

FLASK = {"parent": "Python", **FOUR[0]}
NEW = {"name": "New", "created": 2020}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PATHS = {
    "/": {"GET", "HEAD", "OPTIONS"},
    "/frameworks": {"GET", "HEAD", "POST", "OPTIONS"},
    "/frameworks/Flask": {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"},
    "/docs.jsonld": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
    "/docs": {"GET", "HEAD", "OPTIONS"},
    "/contexts/Framework": {"GET", "HEAD", "OPTIONS"},
    "/schemas/Framework": {"GET", "HEAD", "OPTIONS"},
    "/problems/not-found": {"GET", "HEAD", "OPTIONS"},
    "/.well-known/api-catalog": {"GET", "HEAD", "OPTIONS"},
    "/health/live": {"GET", "HEAD", "OPTIONS"},
    "/health/ready": {"GET", "HEAD", "OPTIONS"},
}


def plain(api: Served, name: str) -> Any:
    answer = api.send("GET", f"/frameworks/{name}", accept=JSON)
    return answer.json() if answer.status == 200 else answer.status


# Reading.


def test_the_entry_point_links_to_every_resource(api: Served) -> None:
    answer = api.send("GET", "/")
    assert answer.status == 200
    entry = answer.json()
    assert entry["@id"] == f"{BASE}/"
    assert f"{BASE}/frameworks" in entry.values()
    assert api.send("GET", "/", accept=JSON).status == 200


def test_the_collection_has_the_shape_of_the_tutorial(stored: Served) -> None:
    expected = [{"parent": "Python", **row} for row in FOUR]
    answer = stored.send("GET", "/frameworks", accept=JSON)
    assert answer.status == 200
    assert answer.json() == {"frameworks": expected}
    assert list(answer.json()["frameworks"][0]) == ["name", "created", "parent", "relatedName", "relatedDocs"]


def test_the_collection_in_json_ld(api: Served) -> None:
    collection = api.send("GET", "/frameworks").json()
    assert collection["@id"] == f"{BASE}/frameworks"
    assert collection["totalItems"] == 4
    assert [member["name"] for member in collection["member"]] == [row["name"] for row in FOUR]
    assert [member["@id"] for member in collection["member"]] == [f"{BASE}/frameworks/{row['name']}" for row in FOUR]
    assert {"@context", "@type", "view", "search", "operation"} <= set(collection)
    assert isinstance(collection["@context"], str)


def test_an_item(stored: Served) -> None:
    assert plain(stored, "Flask") == FLASK
    item = stored.send("GET", "/frameworks/Flask").json()
    assert item["@id"] == f"{BASE}/frameworks/Flask"
    assert {key: value for key, value in item.items() if key in FLASK} == FLASK


def test_members_that_are_null_are_left_out(api: Served) -> None:
    for accept in (JSON, JSON_LD):
        assert b"null" not in api.send("GET", "/frameworks/Django", accept=accept).body
        assert b"null" not in api.send("GET", "/frameworks", accept=accept).body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", [None, JSON, "image/png"])
@pytest.mark.parametrize("conditional", [False, True])
def test_head_is_get_without_a_body(api: Served, path: str, accept: str | None, conditional: bool) -> None:
    tag = api.send("GET", path, accept=accept).get("etag")
    headers = {"If-None-Match": tag} if conditional and tag else {}
    get, head = (api.send(method, path, headers, accept=accept) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert head.status == get.status
    assert {f for f in head.headers if f[0] not in PER_ANSWER} == {f for f in get.headers if f[0] not in PER_ANSWER}


@pytest.mark.parametrize("path", ["/frameworks/Nobody", "/nowhere", "/frameworks?nothing=1"])
def test_head_is_get_where_it_is_refused(api: Served, path: str) -> None:
    get, head = (api.send(method, path) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    assert {f for f in head.headers if f[0] not in PER_ANSWER} == {f for f in get.headers if f[0] not in PER_ANSWER}


# Methods.


@pytest.mark.parametrize("path", PATHS)
def test_allow_is_the_methods_that_are_not_refused(api: Served, key: str, path: str) -> None:
    options = api.send("OPTIONS", path)
    assert options.status == 204
    assert options.body == b""
    assert set(options.words("allow")) - {"QUERY"} == PATHS[path]
    for method in METHODS:
        answer = api.send(method, path, key=key)
        if method in PATHS[path]:
            assert answer.status not in {404, 405, 501}, method
        else:
            assert is_problem(answer, 405)
            assert answer.words("allow") == options.words("allow")
        assert len(set(answer.words("allow"))) == len(answer.words("allow"))


def test_options_says_what_may_be_sent(api: Served) -> None:
    collection, item = api.send("OPTIONS", "/frameworks"), api.send("OPTIONS", "/frameworks/Flask")
    assert set(collection.words("accept-post")) == {JSON, JSON_LD, HAL, HAL_FORMS}  # what is served too
    assert collection.get("accept-patch") is None
    assert set(item.words("accept-patch")) == {MERGE_PATCH, JSON_PATCH, JSON, JSON_LD, HAL, HAL_FORMS}
    assert item.get("accept-post") is None


@pytest.mark.parametrize("path", ["/frameworks/Nobody", "/nowhere"])
def test_options_of_what_is_not_there(api: Served, path: str) -> None:
    """An item that could be put there has methods; an unknown path has none."""
    assert api.send("OPTIONS", path).status == (404 if path == "/nowhere" else 204)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Origin": "https://elsewhere.example"}])
def test_options_asks_for_no_credentials(api: Served, headers: dict[str, str]) -> None:
    assert api.send("OPTIONS", "/frameworks", headers).status == 204


@pytest.mark.parametrize("method", ["FOO", "get", "Get", "TRACE", "CONNECT", "PROPFIND", "LINK", "X" * 50, "G-T"])
@pytest.mark.parametrize("path", ["/frameworks", "/frameworks/Flask", "/", "/nowhere"])
def test_an_unknown_method_is_501(api: Served, key: str, method: str, path: str) -> None:
    """RFC 9110, section 9.1: methods are case-sensitive; an unrecognised one is 501."""
    answer = api.send(method, path, key=key)
    if method in {"TRACE", "CONNECT"}:  # which a server may know and refuse
        assert answer.status in {501, 405, 404}
    else:
        assert is_problem(answer, 501)


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_cannot_be_overridden(api: Served, key: str, name: str) -> None:
    api.send("POST", "/frameworks/Flask", {name: "DELETE"}, key=key)
    api.send("GET", "/frameworks/Flask", {name: "DELETE"}, key=key)
    api.send("GET", "/frameworks/Flask?_method=DELETE", key=key)
    assert plain(api, "Flask") == FLASK


# Creating.


def test_post_creates(stored: Served) -> None:
    key = stored.key()
    answer = stored.send("POST", "/frameworks", content=NEW, key=key)
    assert answer.status == 201
    assert answer["location"] == answer.json()["@id"] == f"{BASE}/frameworks/New"
    assert answer["etag"].startswith('"')
    assert {**NEW, "parent": "Python"}.items() <= answer.json().items()
    got = stored.send("GET", answer["location"], key=key)
    assert got.body == answer.body
    assert got["etag"] == answer["etag"]
    assert got["last-modified"] == answer["last-modified"]
    assert plain(stored, "New") == {**NEW, "parent": "Python"}
    assert stored.send("GET", "/frameworks").json()["totalItems"] == 5


def test_post_of_a_name_that_is_taken(stored: Served) -> None:
    key = stored.key()
    assert is_problem(stored.send("POST", "/frameworks", content={"name": "Flask", "created": 1999}, key=key), 409)
    assert plain(stored, "Flask") == FLASK


def test_put_creates_at_its_uri(stored: Served) -> None:
    key = stored.key()
    answer = stored.send("PUT", "/frameworks/New", content=NEW, key=key)
    assert answer.status == 201
    assert answer.get("location") in {None, f"{BASE}/frameworks/New"}
    assert answer.json()["@id"] == f"{BASE}/frameworks/New"
    assert answer["etag"] == stored.send("GET", "/frameworks/New", key=key)["etag"]
    assert plain(stored, "New") == {**NEW, "parent": "Python"}


def test_put_needs_no_identity_in_its_content(stored: Served) -> None:
    key = stored.key()
    assert stored.send("PUT", "/frameworks/New", content={"created": 2020}, key=key).status == 201
    assert plain(stored, "New") == {**NEW, "parent": "Python"}
    assert stored.send("PUT", "/frameworks/Flask", content={"created": 2020}, key=key).status == 200
    assert plain(stored, "Flask") == {"name": "Flask", "created": 2020, "parent": "Python"}


def test_put_replaces_everything(stored: Served) -> None:
    key = stored.key()
    answer = stored.send("PUT", "/frameworks/Flask", content={"name": "Flask", "created": 2011}, key=key)
    assert answer.status == 200
    assert answer["etag"] == stored.send("GET", "/frameworks/Flask", key=key)["etag"]
    assert plain(stored, "Flask") == {"name": "Flask", "created": 2011, "parent": "Python"}


def test_put_is_idempotent(stored: Served) -> None:
    key = stored.key()
    first = stored.send("PUT", "/frameworks/New", content=NEW, key=key)
    second = stored.send("PUT", "/frameworks/New", content=NEW, key=key)
    assert (first.status, second.status) == (201, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize("target, status", [("/frameworks/Flask", 422), ("/frameworks/New", 422)])
def test_put_of_another_identity(stored: Served, target: str, status: int) -> None:
    key = stored.key()
    answer = stored.send("PUT", target, content={"name": "Other", "created": 2011}, key=key)
    assert is_problem(answer, status)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]
    assert plain(stored, "Flask") == FLASK
    assert plain(stored, "New") == 404
    assert plain(stored, "Other") == 404


def test_either_scope_gets_put_as_far_as_the_look_up(stored: Served) -> None:
    create, update = stored.key("frameworks:create"), stored.key("frameworks:update")
    for key, target, status in [
        (create, "/frameworks/Flask", 403), (create, "/frameworks/New", 201),
        (update, "/frameworks/Flask", 200), (update, "/frameworks/Other", 403),
    ]:  # fmt: skip
        answer = stored.send("PUT", target, content={"created": 2020}, key=key)
        assert answer.status == status, target
        if status == 403:
            missing = "update" if key == create else "create"
            assert f'scope="frameworks:{missing}"' in answer["www-authenticate"]


# Content of POST and PUT.


@pytest.mark.parametrize(
    "kind", [JSON, JSON_LD, HAL, HAL_FORMS, "application/json;charset=utf-8", "APPLICATION/JSON"]
)
@pytest.mark.parametrize("method, target", [("POST", "/frameworks"), ("PUT", "/frameworks/New")])
def test_types_of_content(api: Served, key: str, method: str, target: str, kind: str) -> None:
    assert api.send(method, target, {"Content-Type": kind}, NEW, key=key).status == 201
    assert plain(api, "New") == {**NEW, "parent": "Python"}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", MERGE_PATCH, "application/problem+json", "garbage",
    "application/json;charset=latin-1"])  # fmt: skip
def test_other_types_of_content_are_refused(api: Served, key: str, kind: str) -> None:
    answer = api.send("POST", "/frameworks", {"Content-Type": kind}, NEW, key=key)
    assert is_problem(answer, 415)
    assert set(answer.words("accept-post")) == {JSON, JSON_LD, HAL, HAL_FORMS}
    assert is_problem(api.send("PUT", "/frameworks/New", {"Content-Type": kind}, NEW, key=key), 415)
    assert plain(api, "New") == 404


def test_content_without_a_type(api: Served, key: str) -> None:
    """RFC 9110, section 8.3: the recipient may examine it or not; it is never an error of the server."""
    answer = api.send("POST", "/frameworks", {"Content-Type": ""}, b'{"name": "New", "created": 2020}', key=key)
    assert answer.status in {201, 415}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/problem+json", "text/plain; a=application/json-patch+json"]
)
def test_other_types_of_patches_are_refused(api: Served, key: str, kind: str) -> None:
    """RFC 5789, section 2.2."""
    answer = api.send("PATCH", "/frameworks/Flask", {"Content-Type": kind}, {"created": 2011}, key=key)
    assert is_problem(answer, 415)
    assert set(answer.words("accept-patch")) == {MERGE_PATCH, JSON_PATCH, JSON, JSON_LD, HAL, HAL_FORMS}
    assert plain(api, "Flask") == FLASK


EXTRA = {
    "@context": "http://192.0.2.1/never-fetched",
    "@id": "http://192.0.2.1/nobody",
    "@type": ["Something", "Else"],
    "@graph": [],
    "@vocab": None,
    "_links": {"self": {"href": "http://192.0.2.1/"}},
    "id": "/frameworks/Another",
    "originId": 12,
}


@pytest.mark.parametrize("kind", [JSON, JSON_LD, HAL])
@pytest.mark.parametrize("method, target", [("POST", "/frameworks"), ("PUT", "/frameworks/New")])
def test_what_clients_add_is_ignored(api: Served, key: str, method: str, target: str, kind: str) -> None:
    """And never fetched: nothing answers at 192.0.2.1 (RFC 5737), and waiting for it would take seconds."""
    assert api.send(method, target, {"Content-Type": kind}, {**EXTRA, **NEW}, key=key).status == 201
    assert plain(api, "New") == {**NEW, "parent": "Python"}


def test_what_clients_add_is_ignored_in_a_merge_patch(api: Served, key: str) -> None:
    content = {**EXTRA, "name": "Flask", "created": 2011}
    assert api.send("PATCH", "/frameworks/Flask", {"Content-Type": MERGE_PATCH}, content, key=key).status == 200
    assert plain(api, "Flask") == {**FLASK, "created": 2011}


def test_what_was_read_can_be_written_back(stored: Served) -> None:
    key = stored.key()
    for accept in (JSON, JSON_LD):
        content = stored.send("GET", "/frameworks/Flask", accept=accept, key=key).body
        headers = {"Content-Type": accept}
        assert stored.send("PUT", "/frameworks/Flask", headers, content, key=key).status == 200
        assert plain(stored, "Flask") == FLASK


class Numbered(Resource):
    """A resource that declares an `id` of its own."""

    id: int = Field(identity=True)
    originId: str = ""  # noqa: N815 -- as clients write it


def test_a_declared_id_is_not_ignored() -> None:
    with serving(lambda api: api.resource("/things", read=public(), write=scope("things"))(Numbered)) as api:
        key = api.key("things:write")
        answer = api.send("POST", "/things", content={"id": 7, "originId": "x"}, key=key)
        assert (answer.status, answer["location"]) == (201, f"{BASE}/things/7")
        assert api.send("GET", "/things/7", accept=JSON).json() == {"id": 7, "originId": "x"}
        assert is_problem(api.send("POST", "/things", content={"id": "/things/8"}, key=key), 422)


# Identities.

GOOD_NAMES = ["a", "A", "0", "a~b", "a.b", "...", "..a", ".a", "a..", "-", "_", "~", "a-b_c.d~e", "x" * 128,
    "restwell", "null", "FLASK"]  # fmt: skip
BAD_NAMES = ["", ".", "..", "a b", "a/b", "/", "a%20b", "é", "日本", "a\n", "a\n\n", "\u0000", "a;b", "a?b",
    "a#b", "x" * 129, "a+b", "a:b", "a@b", " a", "\u0661", 7, None, True, ["a"], {"a": 1}]  # fmt: skip


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_an_identity_that_fits(api: Served, key: str, name: str) -> None:
    content = {"name": name, "created": 2020}
    made = api.send("POST", "/frameworks", content=content, key=key)
    assert made.status == 201
    assert made["location"] == made.json()["@id"]
    path = urlsplit(made["location"]).path
    assert path == f"/frameworks/{quote(name, safe='~')}" == f"/frameworks/{name}"
    assert api.send("GET", path, accept=JSON).json()["name"] == name
    assert is_problem(api.send("POST", "/frameworks", content=content, key=key), 409)
    assert api.send("DELETE", path, key=key).status == 204
    assert api.send("PUT", path, content=content, key=key).status == 201
    assert api.send("GET", path, accept=JSON).json()["name"] == name


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_an_identity_that_does_not_fit(api: Served, key: str, name: Any) -> None:
    answer = api.send("POST", "/frameworks", content={"name": name, "created": 2020}, key=key)
    assert is_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]


@pytest.mark.parametrize("path", ["a%20b", "%C3%A9", "a%0A", "x" * 129, "a+b", "a:b", "%00", "a%5Cb"])
def test_an_address_that_no_item_can_have(api: Served, key: str, path: str) -> None:
    """There is nothing; and nothing can be put there."""
    assert is_problem(api.send("GET", f"/frameworks/{path}"), 404)
    answer = api.send("PUT", f"/frameworks/{path}", content={"created": 2020}, key=key)
    assert answer.status in {404, 422}
    assert is_problem(answer, answer.status)
    assert api.send("GET", "/frameworks").json()["totalItems"] == 4


def test_names_differ_by_case(api: Served, key: str) -> None:
    assert is_problem(api.send("GET", "/frameworks/flask"), 404)
    assert is_problem(api.send("GET", "/Frameworks/Flask"), 404)
    assert api.send("PUT", "/frameworks/flask", content={"created": 2020}, key=key).status == 201
    assert plain(api, "Flask") == FLASK


@pytest.mark.parametrize("spelling", ["%46lask", "Fl%61sk", "%46%6C%61%73%6B", "%46%6c%61%73%6b"])
def test_percent_encoding_of_unreserved_characters_changes_nothing(api: Served, spelling: str) -> None:
    """RFC 3986, section 6.2.2.2: equivalent, so that it is the same resource, with its one @id; or unknown."""
    answer = api.send("GET", f"/frameworks/{spelling}")
    assert answer.status in {200, 404}
    if answer.status == 200:
        assert answer.json()["@id"] == f"{BASE}/frameworks/Flask"


class Named(Resource):
    """A resource whose names may be anything that has no slash."""

    title: str = Field(identity=True, pattern=r"^[^/]+$", max_length=40)


def test_names_of_another_declared_pattern_are_percent_encoded() -> None:
    with serving(lambda api: api.resource("/named", read=public(), write=scope("named"))(Named)) as api:
        key = api.key("named:write")
        for title in ("a b", "é", "日本", "a%20b", "a?b", "a#b", "a+b", "a;b", "a:b@c", "'\"<>&", "%", "%2F"):
            made = api.send("POST", "/named", content={"title": title}, key=key)
            assert made.status == 201, title
            assert made["location"] == made.json()["@id"]
            assert made["location"] == f"{BASE}/named/{quote(title, safe='~')}"
            assert api.send("GET", made["location"], accept=JSON).json() == {"title": title}
            assert is_problem(api.send("POST", "/named", content={"title": title}, key=key), 409)
        members = api.send("GET", "/named").json()["member"]
        for member in members:
            assert api.send("GET", member["@id"]).json()["title"] == member["title"]
            assert api.send("DELETE", member["@id"], key=key).status == 204
        for title in (".", ".."):
            # A client would take them for steps of the path, so that they could never be read.
            assert is_problem(api.send("POST", "/named", content={"title": title}, key=key), 422)


# Paths: one resource has one.

SPELLINGS = [
    "/frameworks/", "//frameworks", "/frameworks//", "/frameworks;x", "/frameworks;x=1", "/Frameworks", "/FRAMEWORKS",
    "/frameworks/Flask/", "/frameworks//Flask", "//frameworks/Flask", "/frameworks/Flask;x", "/frameworks;x/Flask",
    "/./frameworks", "/frameworks/.", "/frameworks/..", "/frameworks/../frameworks", "/frameworks/./Flask", "//",
    "/;x", "/.", "/frameworks/Flask/..", "/frameworks/Flask/x", "/frameworks%20", "/%20frameworks", "/frameworks%00",
    "/frameworks/Flask%00", "/frameworks/Flask%0A", "/frameworks%0A", "/docs/", "/openapi.json/", "/contexts/",
    "/contexts", "/schemas/Nobody", "/contexts/framework", "/problems/Not-Found", "/problems/nothing", "/health",
    "/.well-known", "/favicon.ico", "/robots.txt", "/frameworks.json", "/frameworks\\Flask",
    "/frameworks/%FF", "/%C3%28",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_second_spelling_is_unknown_and_never_redirected(api: Served, key: str, method: str) -> None:
    answers = {path: api.send(method, path, key=key) for path in SPELLINGS}
    assert {path: answer.status for path, answer in answers.items() if answer.status != 404} == {}
    assert not [path for path, answer in answers.items() if answer.get("location")]


@pytest.mark.parametrize("path", SPELLINGS)
def test_an_unknown_path_links_to_the_entry_point(api: Served, path: str) -> None:
    answer = api.send("GET", path)
    assert is_problem(answer, 404)
    assert f"{BASE}/" in [link.target for link in answer.links()]


def test_an_empty_path_is_the_entry_point(api: Served) -> None:
    """RFC 9110, section 4.2.3: an empty path is the same as '/'."""
    assert api.send("GET", "").status == 200


def test_a_query_where_there_is_none(api: Served) -> None:
    assert is_problem(api.send("GET", "/?x=1"), 400)
    assert is_problem(api.send("GET", "/frameworks/Flask?x=1"), 400)
    assert api.send("GET", "/frameworks?").status == 200


# Patching.


@pytest.mark.parametrize(
    "kind, content, result",
    [
        (MERGE_PATCH, {"created": 2011}, {**FLASK, "created": 2011}),
        (MERGE_PATCH, {"relatedName": None, "relatedDocs": None},
        {"name": "Flask", "created": 2010, "parent": "Python"}),
        (MERGE_PATCH, {"parent": None}, {**FLASK, "parent": "Python"}),
        (MERGE_PATCH, {}, FLASK),
        (MERGE_PATCH, {"name": "Flask"}, FLASK),
        (JSON_PATCH, [{"op": "replace", "path": "/created", "value": 2011}], {**FLASK, "created": 2011}),
        (JSON_PATCH, [{"op": "remove", "path": "/relatedName"}],
        {k: v for k, v in FLASK.items() if k != "relatedName"}),
        (JSON_PATCH, [{"op": "copy", "from": "/name", "path": "/parent"}], {**FLASK, "parent": "Flask"}),
        (JSON_PATCH, [{"op": "test", "path": "/created", "value": 2010}], FLASK),
        (JSON_PATCH, [], FLASK),
        (JSON_PATCH, [{"op": "replace", "path": "", "value": {"name": "Flask", "created": 1999}}],
        {"name": "Flask", "created": 1999, "parent": "Python"}),
    ],
)  # fmt: skip
def test_patches(stored: Served, kind: str, content: Any, result: Any) -> None:
    key = stored.key()
    answer = stored.send("PATCH", "/frameworks/Flask", {"Content-Type": kind, "Accept": JSON}, content, key=key)
    assert (answer.status, answer.json()) == (200, result)
    assert plain(stored, "Flask") == result
    assert answer["etag"] == stored.send("GET", "/frameworks/Flask", accept=JSON, key=key)["etag"]


@pytest.mark.parametrize(
    "kind, content, statuses",
    [
        (MERGE_PATCH, {"created": None}, {422}),
        (MERGE_PATCH, {"created": "2011"}, {422}),
        (MERGE_PATCH, {"created": 1}, {422}),
        (MERGE_PATCH, {"unknown": 1}, {422}),
        (MERGE_PATCH, {"name": "Other"}, {422}),
        (MERGE_PATCH, {"name": None}, {200, 422}),  # the URI names it still
        (MERGE_PATCH, [], {422, 400}),
        (MERGE_PATCH, 7, {422, 400}),
        (MERGE_PATCH, b"{", {400}),
        (MERGE_PATCH, b"", {400}),
        (JSON_PATCH, {"op": "add"}, {400, 422}),
        (JSON_PATCH, [{"op": "test", "path": "/created", "value": 1}], {409, 422}),
        (JSON_PATCH, [{"op": "replace", "path": "/created", "value": 2011},
            {"op": "test", "path": "/created", "value": 2010}], {409, 422}),
        (JSON_PATCH, [{"op": "remove", "path": "/nothing"}], {409}),
        (JSON_PATCH, [{"op": "remove", "path": "/created"}], {422}),
        (JSON_PATCH, [{"op": "remove", "path": ""}], {409, 422, 400}),
        (JSON_PATCH, [{"op": "replace", "path": "/name", "value": "Other"}], {422}),
        (JSON_PATCH, [{"op": "fly", "path": "/name"}], {400, 422}),
        (JSON_PATCH, [{"op": "add", "path": "name", "value": 1}], {400, 422}),
        (JSON_PATCH, [{"op": "add", "path": "/~2", "value": 1}], {400, 422}),
        (JSON_PATCH, [{"op": "remove", "path": "/name"}], {200, 422}),
        (JSON_PATCH, [{"op": "add", "path": "/@id", "value": "x"}], {200, 422}),
        (JSON_PATCH, [{"op": "test", "path": "", "value": None}] * 101, {422}),
    ],
)  # fmt: skip
def test_patches_that_fail_change_nothing(stored: Served, kind: str, content: Any, statuses: set[int]) -> None:
    key = stored.key()
    before = stored.send("GET", "/frameworks/Flask")
    answer = stored.send("PATCH", "/frameworks/Flask", {"Content-Type": kind}, content, key=key)
    assert answer.status in statuses
    if answer.status != 200:
        assert is_problem(answer, answer.status)
    assert stored.send("GET", "/frameworks/Flask").lasting() == before.lasting()


def test_a_patch_of_what_is_not_there(api: Served, key: str) -> None:
    patches: list[tuple[str, Any]] = [(MERGE_PATCH, {}), (JSON_PATCH, [])]
    for kind, content in patches:
        answer = api.send("PATCH", "/frameworks/New", {"Content-Type": kind}, content, key=key)
        assert is_problem(answer, 404)
    assert plain(api, "New") == 404


# Deleting.


def test_delete_then_nothing(stored: Served) -> None:
    key = stored.key()
    answer = stored.send("DELETE", "/frameworks/Flask", key=key)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.get("content-length") is None
    assert answer.get("content-type") is None
    for method in ("GET", "HEAD", "DELETE"):
        assert stored.send(method, "/frameworks/Flask", key=key).status == 404
    patch = stored.send("PATCH", "/frameworks/Flask", {"Content-Type": MERGE_PATCH}, {}, key=key)
    assert is_problem(patch, 404)
    assert stored.send("GET", "/frameworks").json()["totalItems"] == 3


def test_content_with_delete_and_get_means_nothing(api: Served, key: str) -> None:
    """RFC 9110, section 9.3.1: content of GET has no semantics; it is ignored or refused."""
    assert api.send("GET", "/frameworks/Flask", content={"x": 1}).status in {200, 400, 415}
    assert api.send("DELETE", "/frameworks/Flask", content={"x": 1}, key=key).status in {204, 400, 415}


# Prefer (RFC 7240).


def writes(name: str) -> list[tuple[str, str, str, Any]]:
    return [
        ("POST", "/frameworks", JSON, {"name": name, "created": 2020}),
        ("PUT", f"/frameworks/{name}", JSON, {"created": 2021}),
        ("PATCH", f"/frameworks/{name}", MERGE_PATCH, {"created": 2022}),
        ("PATCH", f"/frameworks/{name}", JSON_PATCH, [{"op": "replace", "path": "/created", "value": 2023}]),
    ]


def test_a_minimal_answer(api: Served, key: str) -> None:
    for method, target, kind, content in writes("New"):
        answer = api.send(method, target, {"Content-Type": kind, "Prefer": "return=minimal"}, content, key=key)
        assert answer.body == b""
        assert answer.status == (201 if method == "POST" else 204)
        assert answer.words("preference-applied") == ["return=minimal"]
        assert answer["etag"] == api.send("GET", "/frameworks/New", key=key)["etag"]
        assert (answer.get("location") == f"{BASE}/frameworks/New") == (method == "POST")
        assert answer.get("content-type") is None
    put = api.send("PUT", "/frameworks/Other", {"Prefer": "return=minimal"}, {"created": 2020}, key=key)
    assert (put.status, put.body) == (201, b"")


def test_a_full_answer(api: Served, key: str) -> None:
    for method, target, kind, content in writes("New"):
        headers = {"Content-Type": kind, "Prefer": "return=representation"}
        answer = api.send(method, target, headers, content, key=key)
        assert answer.json()["name"] == "New"
        assert answer.words("preference-applied") == ["return=representation"]


@pytest.mark.parametrize("prefer", ["return=nothing", "respond-async", "wait=10", "garbage", ";;", "return",
    'x="', "return=minimal=2"])  # fmt: skip
def test_other_preferences_are_ignored(api: Served, key: str, prefer: str) -> None:
    answer = api.send("POST", "/frameworks", {"Prefer": prefer}, NEW, key=key)
    assert answer.status == 201
    assert answer.get("preference-applied") is None


@pytest.mark.parametrize("prefer", ['return="minimal"', "RETURN=minimal", "return = minimal",
    "wait=1, return=minimal", "return=minimal; foo=bar",
    "respond-async,return=minimal,return=representation"])  # fmt: skip
def test_spellings_of_a_preference(api: Served, key: str, prefer: str) -> None:
    """RFC 7240, section 2: names are case-insensitive, the first of the same name counts."""
    answer = api.send("POST", "/frameworks", {"Prefer": prefer}, NEW, key=key)
    assert (answer.status, answer.body) == (201, b"")


def test_reading_is_not_minimal(api: Served) -> None:
    answer = api.send("GET", "/frameworks/Flask", {"Prefer": "return=minimal"})
    assert (answer.status, answer.json()["name"]) == (200, "Flask")


# Applications.


def test_several_applications_in_a_process() -> None:
    with serving() as first, serving(frameworks(initial=FOUR[:1])) as second:
        key = first.key()
        assert first.send("DELETE", "/frameworks/Flask", key=key).status == 204
        assert second.send("GET", "/frameworks/Flask").status == 200
        assert is_problem(second.send("DELETE", "/frameworks/Flask", key=key), 401)
        assert second.send("GET", "/frameworks").json()["totalItems"] == 1


def test_one_api_in_two_applications() -> None:
    api = Api()
    frameworks()(api)
    served = []
    for name in ("one", "two"):
        app = Flask(name)
        app.config["RESTWELL_DATABASE"] = "sqlite://"
        api.init_app(app)
        served.append(Served(app, api))
    one, two = served
    try:
        assert one.send("DELETE", "/frameworks/Flask", key=one.key()).status == 204
        assert two.send("GET", "/frameworks/Flask").status == 200
    finally:
        one.close()
        two.close()


def test_two_apis_in_one_application() -> None:
    app = Flask("tests")
    first = serve(app=app, url_prefix="/one")
    second = serve(frameworks(initial=FOUR[:1]), app=app, url_prefix="/two")
    try:
        assert first.send("GET", "/one/frameworks").json()["@id"] == f"{BASE}/one/frameworks"
        assert second.send("GET", "/two/frameworks").json()["@id"] == f"{BASE}/two/frameworks"
        assert [row["name"] for row in first.send("GET", "/two/frameworks", accept=JSON).json()["frameworks"]]
    finally:
        first.close()
        second.close()


class Mounted:
    """Where an API can live: what comes before each path, and what begins every URL."""

    def __init__(self, served: Served, prefix: str, base: str) -> None:
        self.served, self.prefix, self.base = served, prefix, base


@pytest.fixture(params=["prefix", "script name", "both", "init_app"])
def mounted(request: pytest.FixtureRequest) -> Iterator[Mounted]:
    prefix = "/api/v1" if request.param in {"prefix", "both"} else ""
    mount = "/below" if request.param in {"script name", "both"} else ""
    if request.param == "init_app":
        app = Flask("tests")
        app.config["RESTWELL_DATABASE"] = "sqlite://"
        api = Api()
        api.init_app(app)
        frameworks()(api)
        served = Served(app, api)
    else:
        served = serve(mount=mount, url_prefix=prefix)
    yield Mounted(served, prefix, f"{BASE}{mount}{prefix}")
    served.close()


def test_an_api_anywhere(mounted: Mounted) -> None:
    served, prefix, base = mounted.served, mounted.prefix, mounted.base
    key = served.key()
    entry = served.send("GET", f"{prefix}/")
    assert entry.json()["@id"] == f"{base}/"
    assert entry.json()["frameworks"] == f"{base}/frameworks"
    made = served.send("POST", f"{prefix}/frameworks", content=NEW, key=key)
    assert made["location"] == made.json()["@id"] == f"{base}/frameworks/New"
    assert served.send("GET", made["location"]).status == 200
    for answer in (
        entry,
        made,
        served.send("GET", f"{prefix}/frameworks?limit=1"),
        served.send("GET", f"{prefix}/nowhere"),
    ):
        for link in answer.links():
            assert link.target.startswith(base), link
        for url in re.findall(rb'"(http://localhost[^"]*)"', answer.body):
            assert url.decode().startswith(base), url
    after = served.send("GET", f"{prefix}/frameworks?limit=1").link("next")
    assert served.send("GET", after, accept=JSON).json()["frameworks"][0]["name"] == "Django"
    assert is_problem(served.send("GET", f"{prefix}/nowhere"), 404)
    instance = served.send("GET", f"{prefix}/frameworks/Nobody").json()["instance"]
    assert urlsplit(base + "/frameworks/Nobody").path == urlsplit(instance).path


def test_beside_a_prefix_the_application_answers() -> None:
    with serving(url_prefix="/api") as api:
        for path in ("/", "/frameworks", "/apix", "/apiframeworks", "/nowhere"):
            answer = api.send("GET", path)
            assert answer.status == 404
            assert answer["content-type"].startswith("text/html")
        assert is_problem(api.send("GET", "/api/nowhere"), 404)
        assert api.send("GET", "/api").status in {200, 404}  # the entry point, or no second spelling of it


def own_routes() -> Flask:
    app = Flask("tests")

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"Hello {name}"

    @app.get("/folder/")
    def folder() -> str:
        return "A folder"

    @app.errorhandler(404)
    def nothing(_: object) -> tuple[str, int]:
        return "nothing of ours", 404

    return app


def test_own_routes_beside_an_api() -> None:
    with serving(app=own_routes()) as api:
        assert api.send("GET", "/hello/you").body == b"Hello you"
        assert api.send("GET", "/frameworks/Flask", accept=JSON).json() == FLASK
        assert api.send("GET", "/frameworks").status == 200
        assert api.send("GET", "/openapi.json").status == 200
        for path in ("/nowhere", "/hello", "/frameworks/Flask/x", "/frameworks/"):
            answer = api.send("GET", path)
            assert (answer.status, answer.body) == (404, b"nothing of ours"), path
        assert is_problem(api.send("GET", "/frameworks/Nobody"), 404)
        refused = api.send("POST", "/hello/you")
        assert (refused.status, set(refused.words("allow"))) == (405, {"GET", "HEAD", "OPTIONS"})
        moved = api.send("GET", "/folder")
        assert (moved.status, moved["location"]) == (308, f"{BASE}/folder/")
        assert api.send("OPTIONS", "/hello/you").status == 200


def test_own_routes_beside_a_prefix() -> None:
    with serving(app=own_routes(), url_prefix="/api") as api:
        assert api.send("GET", "/hello/you").body == b"Hello you"
        assert api.send("GET", "/nowhere").body == b"nothing of ours"
        assert is_problem(api.send("GET", "/api/nowhere"), 404)
        assert api.send("GET", "/api/frameworks/Flask", accept=JSON).json() == FLASK


def test_a_route_declared_after_the_api_counts() -> None:
    with serving() as api:

        @api.app.get("/later")
        def later() -> str:
            return "later"

        assert api.send("GET", "/later").body == b"later"
        assert api.send("GET", "/nowhere")["content-type"].startswith("text/html")
        assert api.send("GET", "/frameworks").status == 200


def test_an_own_route_for_the_entry_point() -> None:
    """An application may have a home page of its own; which of the two answers is not said, but one does."""
    app = Flask("tests")
    app.add_url_rule("/", "home", lambda: "home")
    with serving(app=app) as api:
        assert api.send("GET", "/").status == 200


def test_flasks_test_client(api: Served, key: str) -> None:
    client = api.app.test_client()
    assert client.get("/frameworks/Flask", headers={"Accept": JSON}).get_json() == FLASK
    made = client.post("/frameworks", json=NEW, headers={"Authorization": f"Bearer {key}"})
    assert (made.status_code, made.headers["Location"]) == (201, f"{BASE}/frameworks/New")
    assert client.delete("/frameworks/New", headers={"Authorization": f"Bearer {key}"}).status_code == 204
    assert client.open("/frameworks", method="FOO").status_code == 501
    assert client.get("/frameworks/").status_code == 404


# Hosts (contract, 7).


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_links_are_built_from_a_host_of_ours(api: Served, host: str) -> None:
    answer = api.send("GET", "/frameworks/Flask", environ={"HTTP_HOST": host})
    assert answer.status == 200
    assert answer.json()["@id"].lower() == f"http://{host.lower()}/frameworks/Flask".lower()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:8000:80",
    "localhost@evil", "evil\\localhost", "localhost/", "a b", "localhost, evil.example", "é",
    "127.0.0.1.evil", "localhost:99999999", "[::1", "localhost\x00"])  # fmt: skip
def test_another_host_is_misdirected(api: Served, host: str) -> None:
    answer = api.send("GET", "/frameworks/Flask", environ={"HTTP_HOST": host})
    assert answer.status in {421, 400}
    assert b"evil" not in answer.body
    assert not any("evil" in value for _, value in answer.headers)


def test_a_base_url_is_what_links_begin_with() -> None:
    with serving(config={"RESTWELL_BASE_URL": "https://api.example.org/v1"}) as api:
        answer = api.send("GET", "/frameworks/Flask", environ={"HTTP_HOST": "api.example.org"})
        assert answer.json()["@id"] == "https://api.example.org/v1/frameworks/Flask"
        assert is_problem(api.send("GET", "/", environ={"HTTP_HOST": "evil.example"}), 421)


def test_forwarded_headers_do_not_count(api: Served) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=https", "X-Original-URL": "/", "X-Rewrite-URL": "/",
    }  # fmt: skip
    assert api.send("GET", "/frameworks/Flask", headers).lasting() == api.send("GET", "/frameworks/Flask").lasting()


def answers_alike(left: Answer, right: Answer) -> bool:
    return left.lasting() == right.lasting()


def test_the_same_request_has_the_same_answer(api: Served) -> None:
    for path in PATHS:
        assert answers_alike(api.send("GET", path), api.send("GET", path)), path
