"""restwell keys create, list, rotate, revoke."""

import json
import re
from datetime import UTC, datetime

import pytest

from restwell.access.keys import KEY
from restwell.cli.keys import described
from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, Ran, Run, Write


@pytest.fixture
def keys(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell keys`."""
    app = write()

    def command(*arguments: str) -> Ran:
        return run("keys", *arguments, "--app", app, "--database", database_url)

    return command


def listed(keys: Run) -> list[dict[str, object]]:
    found = json.loads(keys("list", "--format", "json").out)
    assert isinstance(found, list)
    return found


@shows("restwell keys create", "name")
def test_a_key_is_all_that_is_printed(keys: Run) -> None:
    ran = keys("create", "me", "--scope", "books:write")
    assert ran.code == 0
    assert re.fullmatch(r"rw_[a-z0-9]{10}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}\n", ran.out)
    assert ran.err == ""


@shows("restwell keys list", "form")
def test_keys_are_listed_without_what_would_open_anything(keys: Run) -> None:
    key = keys("create", "me", "--scope", "books:write").out.strip()
    table = keys("list").out
    assert table.splitlines()[0].split() == [
        "id", "name", "subject", "groups", "scopes", "networks", "created", "expires", "used", "parent",
        "state",
    ]  # fmt: skip
    assert "books:create books:delete books:update" in table
    assert key[14:] not in table
    (record,) = listed(keys)
    assert set(record) == {
        "id", "name", "subject", "groups", "scopes", "networks", "created", "expires", "used", "parent",
        "state",
    }  # fmt: skip
    assert (record["id"], record["state"]) == (key[3:13], "valid")


@shows("restwell keys create", "subject", "groups")
def test_a_key_is_listed_with_whom_it_acts_for(keys: Run) -> None:
    options = ("--subject", "ada", "--group", "editors", "--group", "authors")
    keys("create", "hers", "--scope", "books:write", *options)
    identifier = keys("create", "mine", "--scope", "books:write").out[3:13]
    hers, mine = sorted(listed(keys), key=lambda record: str(record["name"]))
    assert (hers["subject"], hers["groups"]) == ("ada", ["authors", "editors"])
    assert (mine["subject"], mine["groups"]) == (identifier, [])
    assert keys("create", "x", "--scope", "books:write", "--subject", "").code == 2


@shows("restwell keys create", "networks")
def test_a_key_is_listed_with_its_networks(keys: Run) -> None:
    keys("create", "me", "--scope", "books:write", "--network", "10.0.0.0/8", "--network", "2001:db8::1")
    assert listed(keys)[0]["networks"] == ["10.0.0.0/8", "2001:db8::1/128"]
    ran = keys("create", "me", "--scope", "books:write", "--network", "10.0.0.1/8")
    assert ran.code == 2
    assert "'10.0.0.1/8' is no network: write one as 10.0.0.0/8 or 2001:db8::/32." in ran.err


@pytest.mark.parametrize("text, seconds", [("90d", 7776000), ("12h", 43200), ("30m", 1800)])
@shows("restwell keys create", "expires")
def test_a_key_lasts_as_long_as_is_said(text: str, seconds: int, keys: Run) -> None:
    keys("create", "me", "--scope", "books:create", "--expires", text)
    (record,) = listed(keys)
    created, expires = (datetime.fromisoformat(str(record[name])) for name in ("created", "expires"))
    assert (expires - created).total_seconds() == seconds


def test_a_key_may_last_for_ever(keys: Run) -> None:
    keys("create", "me", "--scope", "books:create", "--expires", "never")
    assert listed(keys)[0]["expires"] is None
    assert "never" in keys("list").out


@pytest.mark.parametrize("text", ["90", "0d", "-1d", "soon", "90 d", "9999999999d", ""])
def test_what_is_no_duration_is_refused(text: str, keys: Run) -> None:
    ran = keys("create", "me", "--scope", "books:create", "--expires", text)
    assert ran.code == 2
    assert "90d, 12h, 30m or never" in ran.err


@shows("restwell keys create", "scopes")
def test_an_unknown_scope_is_refused_with_the_list(keys: Run) -> None:
    ran = keys("create", "me", "--scope", "boks:create")
    assert ran.code == 2
    assert "the scopes are books:create, books:delete, books:update, books:write." in ran.err
    assert listed(keys) == []


@shows("restwell keys revoke", "identifier")
def test_a_key_is_revoked_once(keys: Run) -> None:
    identifier = keys("create", "me", "--scope", "books:create").out[3:13]
    assert keys("revoke", identifier).code == 0
    assert listed(keys)[0]["state"] == "revoked"
    ran = keys("revoke", identifier)
    assert ran.code == 1
    assert "There is no key" in ran.err


@shows("restwell keys rotate", "identifier", "overlap")
def test_a_key_takes_the_place_of_another(keys: Run) -> None:
    old = keys("create", "me", "--scope", "books:create", "--subject", "ada").out[3:13]
    ran = keys("rotate", old)
    assert ran.code == 0
    assert KEY.fullmatch(ran.out.removesuffix("\n"))
    by_id = {each["id"]: each for each in listed(keys)}
    first, second = by_id[old], by_id[ran.out[3:13]]
    assert (second["name"], second["subject"], second["scopes"]) == ("me", "ada", ["books:create"])
    assert 6.9 < (datetime.fromisoformat(str(first["expires"])) - datetime.now(UTC)).total_seconds() / 86_400 < 7.1
    assert keys("rotate", old, "--overlap", "0").code == 0
    assert {each["id"]: each["state"] for each in listed(keys)}[old] == "expired"
    ran = keys("rotate", old)
    assert (ran.code, ran.out) == (1, "")
    assert "cannot be replaced. It is expired or revoked: make another key." in ran.err
    assert keys("rotate", old, "--overlap", "never").code == 2


def test_an_expired_key_is_listed_as_such() -> None:
    record = {"id": "a", "name": "b", "scopes": "c", "created": 1, "expires": 2, "revoked": None,
              "subject": None, "groups": None, "networks": None, "used": None, "parent": None}  # fmt: skip
    assert described(record)["state"] == "expired"


TWO = (
    BOOKS
    + """
other = Api(app, url_prefix="/v2")

@other.resource("/authors", read=scope("authors"))
class Author(Resource):
    name: str = Field(identity=True)
"""
)


def test_keys_for_the_second_api_of_an_application(run: Run, write: Write, sqlite_url: str) -> None:
    options = ("--app", write(TWO), "--database", sqlite_url)
    assert run("keys", "create", "me", "--scope", "authors:read", *options).code == 0
    assert "authors:read" in run("keys", "list", *options).out
