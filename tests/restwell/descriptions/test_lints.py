"""What is declared and hardly meant so: found where it is so, and not where it is not."""

from collections.abc import Callable
from typing import Any

import pytest

from restwell import Api, Change, Field, Resource, Rule, all_of, any_of, authenticated, owner, public, scope, when
from restwell.descriptions.lints import Lint, lints_of, sources_of

DRAFT = when(lambda row: row.status == "draft")
MAY = when(lambda row, grant: row.status == grant.subject)
NEVER, ALWAYS = when(lambda row: False), when(lambda row: True)
SAFE: dict[str, Any] = {"read": scope("papers"), "write": scope("papers")}


def found(
    fields: dict[str, tuple[Any, Any]] | None = None, own: Rule | None = None, **rules: Any
) -> tuple[Lint, ...]:
    api = Api()
    declared = {"title": (str, Field(identity=True)), "author": (str | None, Field(auto="creator", index=True)),
                "status": (str, "draft"), **(fields or {})}  # fmt: skip
    body = {
        "__annotations__": {name: kind for name, (kind, _) in declared.items()}, "__module__": __name__,
        **{name: default for name, (_, default) in declared.items()},
    }  # fmt: skip
    cls = type("Paper", (Resource,), body)
    api.resource("/papers", **(rules or SAFE))(cls)
    if own is not None:

        @api.operation(cls, "publish", permission=own)
        def publish(change: Change) -> None:
            """Publish it."""

    return tuple(lints_of("/api/papers", api.declarations[0]))


def ids(*arguments: Any, **more: Any) -> list[str]:
    return [each.id for each in found(*arguments, **more)]


def test_what_is_guarded_is_nothing_to_look_at() -> None:
    rule = any_of(owner("author"), all_of(DRAFT, authenticated()), MAY, scope("papers"))
    assert ids(read=rule, create=authenticated(), update=rule, delete=all_of(owner("author"), DRAFT)) == []
    assert ids(read=public()) == []


def test_public_writes_are_found_together() -> None:
    assert ids(read=public(), write=public()) == ["public-write:/api/papers:create+update+delete"]
    assert ids(own=public(), **SAFE) == ["public-write:/api/papers:publish"]
    assert ids(read=public(), create=any_of(public()), update=authenticated()) == [
        "public-write:/api/papers:create", "rule-always:/api/papers:create",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rule", [any_of(owner("author"), public()), ALWAYS, any_of(ALWAYS, scope("x")), all_of(ALWAYS, ALWAYS)]
)
def test_a_rule_that_always_holds_and_says_more_is_found(rule: Rule) -> None:
    assert ids(read=rule) == ["rule-always:/api/papers:read"]


@pytest.mark.parametrize("rule", [public(), authenticated(), DRAFT, MAY, all_of(ALWAYS, DRAFT), any_of(NEVER, DRAFT)])
def test_a_rule_that_may_hold_and_not_hold_is_not_found(rule: Rule) -> None:
    assert ids(read=rule) == []


@pytest.mark.parametrize(
    "rule", [NEVER, all_of(scope("x"), NEVER), any_of(NEVER, NEVER), when(lambda row: row.status.in_([]))]
)
def test_a_rule_that_never_holds_is_found(rule: Rule) -> None:
    [lint] = found(read=scope("x"), delete=rule)
    assert (lint.check, lint.about) == ("rule-never", "/api/papers:delete")
    assert "holds for nobody" in lint.why


def test_rules_of_members_are_looked_at_too() -> None:
    assert ids({"note": (str | None, Field(None, read=NEVER, write=any_of(public(), scope("x"))))}, **SAFE) == [
        "rule-never:/api/papers.note:read", "rule-always:/api/papers.note:set",
    ]  # fmt: skip


SECRETS = [
    "password", "passwordHash", "password_hash", "secret", "client_secret", "api_key", "apiKey", "privateKey", "ssn",
    "access_token", "refreshToken", "secret_key", "token_digest",
]  # fmt: skip
PLAIN = [
    "key",
    "hash",
    "tokens",
    "token_count",
    "secretary",
    "keyword",
    "commit_hash",
    "password_changed",
    "primary_key",
]


@pytest.mark.parametrize("name", SECRETS)
def test_what_is_named_like_a_secret_and_read_by_everybody_is_found(name: str) -> None:
    assert ids({name: (str | None, None)}, read=public()) == [f"public-secret:/api/papers.{name}"]
    assert ids({name: (str | None, None)}, read=DRAFT) == [f"public-secret:/api/papers.{name}"]


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_named_otherwise_is_not(name: str) -> None:
    assert ids({name: (str | None, None)}, read=public()) == []


GUARDED: list[tuple[Any, Any]] = [
    (str | None, Field(None, write_only=True)),
    (str | None, Field(None, hidden=True)),
    (str | None, Field(None, read=owner("author"))),
    (bool, False),
    (int, 0),
]


@pytest.mark.parametrize("declared", GUARDED, ids=["write-only", "hidden", "of its owner", "bool", "int"])
def test_a_secret_that_is_kept_or_is_none_is_not_found(declared: tuple[Any, Any]) -> None:
    assert ids({"password": declared}, read=public()) == []
    for rule in (authenticated(), scope("x"), MAY):
        assert ids({"password": (str | None, None)}, read=rule) == []


WHOSE: dict[str, Callable[[], tuple[Any, Any]]] = {
    "free": lambda: (str, "nobody"),
    "set": lambda: (str | None, Field(auto="creator")),
    "guarded": lambda: (str | None, Field(None, write=scope("x"))),
    "read-only": lambda: (str, Field("nobody", read_only=True)),
}


@pytest.mark.parametrize("kind", WHOSE)
def test_an_owner_whom_anonymous_callers_choose_is_found(kind: str) -> None:
    fields = {"whose": WHOSE[kind]()}
    rules = {"read": scope("x"), "update": owner("whose")}
    wanted = ["free-owner:/api/papers.whose"] if kind == "free" else []
    assert ids(fields, create=public(), **rules) == ["public-write:/api/papers:create", *wanted]
    assert ids(fields, create=authenticated(), **rules) == []
    assert ids(fields, create=owner("whose") if kind != "read-only" else scope("x"), **rules) == []


def test_an_owner_by_whom_lists_are_narrowed_without_an_index_is_found() -> None:
    assert ids({"whose": (str, "")}, read=owner("whose")) == ["unindexed-rule:/api/papers.whose"]
    assert ids({"whose": (str, Field("", index=True))}, read=owner("whose")) == []
    assert ids(read=owner("title")) == []  # the identity
    assert ids({"whose": (str, "")}, read=public(), update=owner("whose")) == []


def test_each_has_its_place_and_what_to_do() -> None:
    class Book(Resource):
        """A book."""

        name: str = Field(identity=True)
        password: str = ""

    api = Api()
    api.resource("/books", read=public())(Book)
    [lint] = lints_of("/books", api.declarations[0])
    assert lint.place.rpartition("/")[2].startswith("test_lints.py:")
    assert lint.data == {
        "id": "public-secret:/books.password", "check": "public-secret", "about": "/books.password",
        "why": "It is named like a secret, and anonymous callers read it.",
        "remedy": "Declare it with write_only=True, hidden=True or read=, or leave this out, where it is none.",
        "place": lint.place,
    }  # fmt: skip


def test_the_sources_of_functions_are_known() -> None:
    api = Api()

    class Book(Resource):
        """A book."""

        status: str = Field(identity=True)

    api.resource("/books", read=any_of(MAY, DRAFT))(Book)
    assert sources_of(api.declarations) == ["lambda row, grant: row.status == grant.subject"]
