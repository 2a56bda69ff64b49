"""Who may do what: credentials, scopes, what is shown to whom, and what refusals and logs keep to themselves."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from restwell import Api, DeclarationError, Field, Resource, public, scope
from tests.api import BASE, JSON, MERGE_PATCH, Answer, Register, Served, frameworks, is_problem, serving

NEW = {"name": "New", "created": 2020}


class Note(Resource):
    """Somebody's note."""

    number: int = Field(identity=True)
    text: str = "empty"


class Report(Resource):
    """Everybody may read it and nobody write."""

    title: str = Field(identity=True)


class Secret(Resource):
    """One scope for everything."""

    word: str = Field(identity=True)


def notes(api: Api) -> None:
    initial: list[dict[str, Any]] = [{"number": 88, "text": "one"}, {"number": 2}]
    api.resource("/notes", read=scope("notes"), write=scope("notes"), initial=initial)(Note)


def reports(api: Api) -> None:
    api.resource("/reports", read=public(), initial=[{"title": "R"}])(Report)


def secrets(api: Api) -> None:
    initial = [{"word": "sesame"}]
    api.resource("/secrets", read=scope("secrets:all"), write=scope("secrets:all"), initial=initial)(Secret)


RESOURCES: tuple[Register, ...] = (frameworks(), notes, reports, secrets)
ITEMS = {"/frameworks": "Flask", "/notes": "88", "/reports": "R", "/secrets": "sesame"}
CONTENT: dict[str, tuple[Any, Any]] = {
    "/frameworks": (NEW, {"created": 2011}),
    "/notes": ({"number": 9}, {"text": "changed"}),
    "/reports": ({"title": "S"}, {}),
    "/secrets": ({"word": "other"}, {}),
}
SCOPES: list[tuple[str, ...]] = [
    (),
    ("frameworks:create",),
    ("frameworks:update",),
    ("frameworks:delete",),
    ("frameworks:write",),
    ("frameworks:create", "frameworks:delete"),
    ("notes:read",),
    ("notes:read", "notes:create"),
    ("notes:read", "notes:update"),
    ("notes:read", "notes:delete"),
    ("notes:write",),
    ("notes:read", "notes:write", "frameworks:write", "secrets:all"),
    ("secrets:all",),
]


@pytest.fixture
def many() -> Iterator[Served]:
    with serving(*RESOURCES) as served:
        yield served


def key_for(api: Served, scopes: tuple[str, ...]) -> str | None:
    return api.key(*scopes) if scopes else None


# Shapes of refusals.


def challenge(answer: Answer) -> tuple[str, dict[str, str]]:
    """Scheme and parameters of WWW-Authenticate (RFC 9110, section 11.6.1)."""
    scheme, _, rest = answer["www-authenticate"].partition(" ")
    return scheme, dict(re.findall(r'(\w+)="([^"]*)"', rest))


@pytest.mark.parametrize(
    "method, target", [("POST", "/frameworks"), ("PUT", "/frameworks/Flask"),
        ("PATCH", "/frameworks/Flask"), ("DELETE", "/frameworks/Flask"), ("PUT", "/frameworks/New"),
        ("DELETE", "/frameworks/Nobody")]
)  # fmt: skip
def test_writing_without_a_credential(api: Served, method: str, target: str) -> None:
    """RFC 6750, section 3.1: no error code where no credential was given."""
    answer = api.send(method, target, content=NEW)
    assert is_problem(answer, 401)
    scheme, parameters = challenge(answer)
    assert scheme == "Bearer"
    assert "error" not in parameters
    assert answer["cache-control"] == "no-store"
    assert api.send("GET", "/frameworks").json()["totalItems"] == 4


WRONG = [
    "Bearer wrong", "Bearer rw_aaaaaaaaaa_" + "a" * 43, "Bearer rw_", "Bearer " + "a" * 5000,
    "Bearer a.b.c", "Bearer é", "Bearer",
    "Bearer ", "Bearer a b", "Bearer ,", "Basic dXNlcjpwYXNz", "Digest username=x", "Negotiate", "bogus",
    "", "=", "Bearer=abc",
]  # fmt: skip


@pytest.mark.parametrize("authorization", [text for text in WRONG if text])
@pytest.mark.parametrize("method, target", [("GET", "/frameworks"), ("GET", "/frameworks/Flask"),
    ("GET", "/"), ("POST", "/frameworks"), ("DELETE", "/frameworks/Flask")])  # fmt: skip
def test_a_wrong_credential_is_refused_everywhere(api: Served, method: str, target: str, authorization: str) -> None:
    """Contract, 7: on public resources too."""
    answer = api.send(method, target, {"Authorization": authorization})
    assert answer.status in {400, 401}
    assert is_problem(answer, answer.status)
    scheme, parameters = challenge(answer)
    assert scheme == "Bearer"
    if re.fullmatch(r"Bearer [\w.~+/-]+=*", authorization, re.ASCII):
        assert (answer.status, parameters["error"]) == (401, "invalid_token")
    assert answer["cache-control"] == "no-store"


def test_the_scheme_is_case_insensitive(api: Served, key: str) -> None:
    """RFC 9110, section 11.1."""
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert api.send("GET", "/frameworks", {"Authorization": f"{scheme} {key}"})["cache-control"].startswith(
            "private"
        )


def test_a_key_is_valid_in_one_spelling_only(api: Served, key: str) -> None:
    for text in (
        key[:-1],
        key + "a",
        key.swapcase(),
        key.upper(),
        key.replace("_", "-", 1),
        key[:13] + key[14:],
        "x" + key,
        key + "=",
        key + "\u00a0",
        f'"{key}"',
    ):
        assert api.send("GET", "/frameworks", {"Authorization": f"Bearer {text}"}).status in {400, 401}


def test_a_key_with_the_secret_of_another(api: Served) -> None:
    one, two = api.key(), api.key()
    mixed = one.rpartition("_")[0] if one.count("_") == 2 else one[:13]
    assert is_problem(api.send("GET", "/frameworks", key=f"{mixed[:13]}_{two[14:]}"), 401)


def test_two_credentials_are_refused(api: Served) -> None:
    one, two = api.key(), api.key()
    headers = [("Authorization", f"Bearer {one}"), ("Authorization", f"Bearer {two}")]
    for fields in (headers, [headers[0], headers[0]], [("Authorization", f"Bearer {one}, Bearer {two}")]):
        answer = api.send("DELETE", "/frameworks/Flask", fields)
        assert answer.status in {400, 401}
        assert is_problem(answer, answer.status)


@pytest.mark.parametrize("name", ["access_token", "token", "key", "api_key", "Authorization"])
@pytest.mark.parametrize("method, target", [("GET", "/frameworks"), ("GET", "/frameworks/Flask"),
    ("GET", "/"), ("DELETE", "/frameworks/Flask")])  # fmt: skip
def test_a_credential_in_the_query_is_refused(api: Served, key: str, method: str, target: str, name: str) -> None:
    answer = api.send(method, f"{target}?{name}={key}")
    assert answer.status in {400, 401}
    assert key.encode() not in answer.body
    assert not any(key in value for _, value in answer.headers)
    assert api.send("GET", "/frameworks/Flask").status == 200


def test_a_credential_in_the_query_beside_one_in_the_header_is_refused(api: Served, key: str) -> None:
    """RFC 6750, section 2: not more than one method."""
    answer = api.send("GET", f"/frameworks?access_token={key}", key=key)
    assert answer.status in {400, 401}


def test_expired_and_revoked_keys(stored: Served) -> None:
    key = stored.key()
    assert stored.send("GET", "/frameworks", key=key).status == 200
    stored.change("UPDATE restwell_keys SET expires = 1")
    answer = stored.send("GET", "/frameworks", key=key)
    assert is_problem(answer, 401)
    assert challenge(answer)[1]["error"] == "invalid_token"
    other = stored.key(lifetime=None)
    assert stored.send("GET", "/frameworks", key=other).status == 200
    with stored.app.app_context():
        [record] = [record for record in stored.api.keys.list() if record["expires"] is None]
        assert stored.api.keys.revoke(record["id"])
        assert not stored.api.keys.revoke(record["id"])
    assert is_problem(stored.send("GET", "/frameworks", key=other), 401)
    assert is_problem(stored.send("DELETE", "/frameworks/Flask", key=other), 401)
    stored.change("DELETE FROM restwell_keys")
    assert is_problem(stored.send("GET", "/frameworks", key=other), 401)


def test_keys_are_not_kept_in_clear(stored: Served) -> None:
    key = stored.key()
    driver = stored.api.binding(stored.app).store.driver
    kept = str(driver.read("SELECT * FROM restwell_keys"))
    assert key not in kept
    assert key[14:] not in kept
    with stored.app.app_context():
        assert key[14:] not in str(stored.api.keys.list())


def test_a_key_needs_known_scopes(api: Served) -> None:
    for scopes in (
        (),
        ("",),
        ("nothing:write",),
        ("frameworks:fly",),
        ("frameworks",),
        ("a b",),
        ("frameworks:write frameworks:read",),
    ):
        with api.app.app_context(), pytest.raises((ValueError, TypeError)):
            api.api.keys.create("x", *scopes)


@pytest.mark.parametrize("permitted", ["create", "update", "delete"])
def test_scopes_are_apart(api: Served, permitted: str) -> None:
    key = api.key(f"frameworks:{permitted}")
    needs = [
        ("POST", "/frameworks", NEW, "create"),
        ("PUT", "/frameworks/Other", {"created": 2020}, "create"),
        ("PUT", "/frameworks/Flask", {"created": 2020}, "update"),
        ("PATCH", "/frameworks/Flask", {"created": 2021}, "update"),
        ("DELETE", "/frameworks/Flask", None, "delete"),
    ]
    for method, target, content, needed in needs:
        headers = {"Content-Type": MERGE_PATCH if method == "PATCH" else JSON}
        answer = api.send(method, target, headers, content, key=key)
        if needed == permitted:
            assert answer.status < 300
        else:
            assert is_problem(answer, 403)
            scheme, parameters = challenge(answer)
            assert (scheme, parameters["error"]) == ("Bearer", "insufficient_scope")
            assert f"frameworks:{needed}" in parameters["scope"].split()
            assert answer["cache-control"] == "no-store"


def test_a_refusal_comes_before_the_content_is_judged(api: Served) -> None:
    weak = api.key("frameworks:delete")
    for content in (b"{", b"", {"unknown": 1}, {"name": "Flask"}):
        assert is_problem(api.send("POST", "/frameworks", content=content), 401)
        assert is_problem(api.send("POST", "/frameworks", content=content, key=weak), 403)


# What is shown.


def links_of_entry(answer: Answer) -> set[str]:
    return {value for value in answer.json().values() if isinstance(value, str)}


@pytest.mark.parametrize("scopes", SCOPES, ids=" ".join)
def test_the_entry_point_shows_what_the_caller_may_use(many: Served, scopes: tuple[str, ...]) -> None:
    key = key_for(many, scopes)
    links = links_of_entry(many.send("GET", "/", key=key))
    for path in ITEMS:
        usable = [
            many.send("GET", path, key=key).status == 200,
            many.send("POST", path, content=CONTENT[path][0], key=key).status == 201,
        ]
        assert (f"{BASE}{path}" in links) == any(usable), path


def test_nothing_of_a_protected_resource_is_shown_to_others(many: Served) -> None:
    weak = many.key("frameworks:write")
    for accept in (None, JSON, "text/html"):
        for key in (None, weak):
            answer = many.send("GET", "/", accept=accept, key=key)
            if answer.status == 200:
                assert b"notes" not in answer.body.lower()
                assert b"secret" not in answer.body.lower()
                assert not any("notes" in link.target or "secret" in link.target for link in answer.links())


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_others_cannot_tell_what_exists(many: Served, method: str) -> None:
    """Reliability: 401 before 404; what is there and what is not answer alike."""
    for key, status in ((None, 401), (many.key("frameworks:write"), 403)):
        answers = []
        for number in ("88", "77"):
            headers = {"Content-Type": MERGE_PATCH if method == "PATCH" else JSON}
            answer = many.send(
                method,
                f"/notes/{number}",
                {**headers, "If-Match": '"x"'},
                {"text": "x"} if method in {"PUT", "PATCH"} else None,
                key=key,
            )
            assert answer.status == status
            answers.append(
                (
                    answer.status,
                    answer.headers
                    and [
                        f
                        for f in answer.headers
                        if f[0] not in {"date", "server-timing", "x-request-id", "content-length"}
                    ],
                    answer.body.replace(number.encode(), b"N"),
                )
            )
        assert answers[0] == answers[1]


def test_queries_of_a_protected_resource_tell_nothing(many: Served) -> None:
    for target in ("/notes", "/notes?number=88", "/notes?unknown=1", "/notes?limit=x", "/notes?after=x"):
        assert is_problem(many.send("GET", target), 401)


def test_nobody_writes_what_nobody_may(many: Served) -> None:
    key = many.key("frameworks:write", "notes:read", "notes:write", "secrets:all")
    for method, target in (
        ("POST", "/reports"),
        ("PUT", "/reports/R"),
        ("PATCH", "/reports/R"),
        ("DELETE", "/reports/R"),
    ):
        answer = many.send(method, target, key=key)
        assert is_problem(answer, 405)
        assert set(answer.words("allow")) <= {"GET", "HEAD", "OPTIONS", "QUERY"}


def test_a_resource_without_a_policy_stops_the_start() -> None:
    with pytest.raises(DeclarationError):
        Api().resource("/notes")(Note)


OPERATIONS = [("GET", False), ("POST", False), ("GET", True), ("PUT", True), ("PATCH", True), ("DELETE", True)]


@pytest.mark.slow
@pytest.mark.parametrize("scopes", SCOPES, ids=" ".join)
def test_what_is_shown_works_and_what_is_not_is_refused(scopes: tuple[str, ...]) -> None:
    """Every operation on everything that the caller can read, each in a fresh API."""
    for path, item in ITEMS.items():
        for method, on_item in OPERATIONS:
            with serving(*RESOURCES) as api:
                key = key_for(api, scopes)
                target = f"{path}/{item}" if on_item else path
                read = api.send("GET", target, key=key)
                made, changed = CONTENT[path]
                content = made if method == "POST" else changed if method in {"PUT", "PATCH"} else None
                headers = {"Content-Type": MERGE_PATCH if method == "PATCH" else JSON}
                answer = api.send(method, target, headers, content, key=key)
                if read.status != 200:
                    assert read.status == (401 if key is None else 403)
                    continue
                shown = {operation["method"] for operation in read.json().get("operation", ())}
                assert (answer.status < 300) == (method in shown), (scopes, method, target, answer.status)
                assert answer.status < 300 or answer.status in {401, 403, 405}


@pytest.mark.parametrize("scopes", SCOPES, ids=" ".join)
def test_members_of_a_collection_show_no_more_than_the_items(many: Served, scopes: tuple[str, ...]) -> None:
    key = key_for(many, scopes)
    for path in ITEMS:
        collection = many.send("GET", path, key=key)
        if collection.status == 200:
            for member in collection.json()["member"]:
                item = many.send("GET", member["@id"], key=key)
                assert item.status == 200
                allowed = {operation["method"] for operation in item.json().get("operation", ())}
                assert {operation["method"] for operation in member.get("operation", ())} <= allowed


def test_an_answer_to_creating_shows_nothing_that_may_not_be_read(many: Served) -> None:
    """A key that creates notes and reads none is told that it worked; what else, it knows already."""
    key = many.key("notes:create")
    answer = many.send("POST", "/notes", content={"number": 9}, key=key)
    assert answer.status == 201
    assert many.send("GET", "/notes/9", key=key).status == 403
    if answer.body:
        for operation in answer.json().get("operation", ()):
            assert operation["method"] not in {"GET", "PUT", "PATCH", "DELETE"}


def test_documentation_for_anybody_works(many: Served) -> None:
    for path in ("/docs.jsonld", "/openapi.json"):
        assert many.send("GET", path).status == 200


# What is never told.


FORBIDDEN = re.compile(
    rb"Traceback|sqlite|psycopg|postgres|SELECT |INSERT |UPDATE |DELETE FROM|UNIQUE|constraint|_version|_modified"
    rb"|\.py\b|site-packages|restwell\.|pydantic|werkzeug|flask/|Exception|Error\(|<class|object at 0x"
    rb"|line \d+, in|/usr/|/home/|/tmp/",
)


def refusals(api: Served, key: str) -> Iterator[Answer]:
    flask = "/frameworks/Flask"
    headers = {"Content-Type": MERGE_PATCH}
    yield api.send("GET", "/nowhere")
    yield api.send("GET", "/nowhere/" + "x" * 3000)
    yield api.send("GET", "/frameworks?" + "&".join(f"unknown{n}=x" for n in range(60)))
    yield api.send("GET", "/frameworks?" + "x" * 3000)
    yield api.send("GET", "/frameworks?limit=x&sort=" + "y" * 2000)
    yield api.send("GET", "/frameworks?after=" + "z" * 2000)
    yield api.send("GET", "/frameworks", accept="image/png," + "x" * 2000)
    yield api.send("POST", "/frameworks")
    yield api.send("POST", "/frameworks", content=b"{", key=key)
    yield api.send("POST", "/frameworks", content={"name": "Flask", "created": 2000}, key=key)
    yield api.send("POST", "/frameworks", content={f"member{n}" * 20: n for n in range(200)}, key=key)
    yield api.send("POST", "/frameworks", content={"x" * 5000: 1}, key=key)
    yield api.send("POST", "/frameworks", content={"name": "x" * 5000, "created": "y" * 5000}, key=key)
    yield api.send("POST", "/frameworks", {"Content-Type": "x/" + "y" * 2000}, b"x", key=key)
    yield api.send("PATCH", flask, headers, {"created": {"$ne": 1}}, key=key)
    yield api.send(
        "PATCH",
        flask,
        {"Content-Type": "application/json-patch+json"},
        [{"op": "test", "path": "/" + "x" * 3000}],
        key=key,
    )
    yield api.send("PUT", "/frameworks/" + "x" * 3000, content={"created": 2000}, key=key)
    yield api.send("DELETE", flask, {"If-Match": '"' + "x" * 3000 + '"'}, key=key)
    yield api.send("X" * 3000, flask)
    yield api.send("GET", flask, {"Authorization": "Bearer " + "x" * 3000})
    yield api.send("GET", flask, environ={"HTTP_HOST": "x" * 3000})
    yield api.send("GET", "/" + "x" * 5000)
    yield api.send("GET", "/", {"X": "x" * 9000})


def test_refusals_are_short_and_say_nothing_of_the_inside(api: Served, key: str) -> None:
    for answer in refusals(api, key):
        assert answer.status >= 400
        assert is_problem(answer, answer.status)
        assert not FORBIDDEN.search(answer.body), answer.body
        assert "server" not in dict(answer.headers)
        assert "set-cookie" not in dict(answer.headers)


def test_a_fault_says_nothing_of_the_inside(stored: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A table that is gone is a fault of the server: a problem, with the details in the log only."""
    assert stored.send("GET", "/frameworks").status == 200
    stored.change("DROP TABLE frameworks")
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "restwell.requests")
    for target in ("/frameworks", "/frameworks/Flask"):
        answer = stored.send("GET", target)
        assert answer.status in {500, 503}
        assert is_problem(answer, answer.status)
        assert not FORBIDDEN.search(answer.body)
        assert b"frameworks" not in answer.body.replace(target.encode(), b"")
        assert answer["x-request-id"] in caplog.text


def test_logs_hold_no_secret_and_no_value_of_a_query(api: Served, caplog: pytest.LogCaptureFixture) -> None:
    key = api.key()
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "restwell.requests")
    wrong = "rw_bbbbbbbbbb_" + "Q" * 43
    api.send("GET", "/frameworks?name=sesame1&created[gte]=2004", key=key)
    api.send("GET", f"/frameworks?access_token={key}")
    api.send("GET", "/frameworks?sesame=2", key=wrong)
    api.send("GET", "/frameworks", {"Authorization": "Basic c2VzYW1lMw=="})
    api.send("GET", "/frameworks", {"Authorization": f"Bearer {key}, Bearer {wrong}", "Cookie": "a=sesame4"})
    api.send("POST", "/frameworks", content={"name": "sesame5", "created": "sesame6"}, key=key)
    api.send("GET", "/frameworks?%73esame7=%FF")
    api.send("GET", "/frameworks?limit=sesame8&after=sesame9")
    assert len(caplog.records) >= 8
    for text in (
        key,
        key[14:],
        wrong,
        "Q" * 43,
        "c2VzYW1lMw",
        "sesame1",
        "sesame3",
        "sesame4",
        "sesame5",
        "sesame6",
        "sesame8",
        "sesame9",
        "2004",
    ):
        assert text not in caplog.text, text
