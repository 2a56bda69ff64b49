"""Who may do what, line by line, and what has changed."""

from typing import Any

import pytest

from restwell import (
    Api,
    Change,
    Field,
    Grant,
    Resource,
    Rule,
    all_of,
    any_of,
    authenticated,
    owner,
    public,
    scope,
    when,
)
from restwell.descriptions.matrix import Line, differences, lines_of, worth_telling

DRAFT = when(lambda row: row.status == "draft")
NEVER, ALWAYS = when(lambda row: False), when(lambda row: True)

OWN, TEAMS = "writtenBy is the caller", "what `row.status.in_(grant.groups)`"


def lines(grant: Grant | None = None, **rules: Any) -> list[Line]:
    api = Api()

    class Paper(Resource):
        """A paper."""

        title: str = Field(identity=True)
        author: str | None = Field(auto="creator", alias="writtenBy")
        status: str = "draft"
        note: str | None = Field(None, read=scope("notes"), write=owner("author"))
        secret: str | None = Field(None, write_only=True)
        plan: str = Field("free", hidden=True)

    own = rules.pop("publish", None)
    api.resource("/papers", **{"read": public(), **rules})(Paper)
    if own is not None:

        @api.operation(Paper, "publish", permission=own)
        def publish(change: Change) -> None:
            """Publish it."""

    return lines_of("/papers", api.declarations[0], grant)


def of(found: list[Line], operation: str, field: str | None = None) -> Line:
    [line] = [each for each in found if (each.operation, each.field) == (operation, field)]
    return line


@pytest.mark.parametrize(
    "rule, needs",
    [
        (public(), "nothing: public"),
        (any_of(owner("author"), public()), "nothing: public"),
        (authenticated(), "a credential"),
        (scope("papers"), "the scope papers:update"),
        (owner("author"), "writtenBy is the caller"),
        (DRAFT, "status is draft"),
        (all_of(owner("author"), any_of(DRAFT, scope("x:y"))), OWN + " and (status is draft or the scope x:y)"),
        (any_of(all_of(owner("author"), DRAFT), scope("x:y")), f"({OWN} and status is draft) or the scope x:y"),
        (when(lambda row, grant: row.status.in_(grant.groups)), TEAMS + " says of item and caller"),
        (NEVER, "never"),
    ],
)  # fmt: skip
def test_each_operation_has_what_its_rule_asks_in_words(rule: Rule, needs: str) -> None:
    line = of(lines(update=rule), "update")
    assert (line.needs, line.public) == (needs, rule.is_public)


def test_what_has_no_rule_is_for_nobody_and_operations_of_its_own_have_theirs() -> None:
    found = lines(publish=owner("author"))
    assert (of(found, "delete").needs, of(found, "publish").needs) == ("nobody", "writtenBy is the caller")


def test_each_field_is_read_and_set_by_whom_it_says() -> None:
    found = [(each.operation, each.field, each.needs) for each in worth_telling(lines()) if each.field]
    assert found == [
        ("set", "writtenBy", "nobody"),
        ("read", "note", "the scope notes:read"),
        ("set", "note", "writtenBy is the caller"),
        ("read", "secret", "nobody"),
        ("read", "plan", "nobody"),
        ("set", "plan", "nobody"),
    ]


@pytest.mark.parametrize(
    "rule, in_part",
    [
        (public(), False),
        (authenticated(), False),
        (DRAFT, True),
        (all_of(DRAFT, authenticated()), False),
        (any_of(all_of(DRAFT, scope("x")), owner("author")), False),
        (any_of(DRAFT, owner("author")), True),
        (when(lambda row, grant: grant.subject is not None), True),
        (NEVER, False),
    ],
)
def test_what_anonymous_callers_may_do_with_some_items_is_public_in_part(rule: Rule, in_part: bool) -> None:
    assert of(lines(read=rule), "read").is_public_in_part is in_part


@pytest.mark.parametrize(
    "grant, may",
    [
        (Grant(), "where status is draft"),
        (Grant("ada"), "where writtenBy is ada or status is draft"),
        (Grant("ada", ["all:papers"]), "yes"),
    ],
)
def test_a_grant_may_do_what_the_rule_comes_to_for_it(grant: Grant, may: str) -> None:
    rule = any_of(owner("author"), DRAFT, scope("all:papers"))
    found = lines(grant, read=rule)
    assert (of(found, "read").may, of(found, "delete").may) == (may, "no")
    assert of(found, "read", "status").may == "as the item"


def test_a_function_that_fails_for_a_grant_is_told() -> None:
    found = lines(Grant("ada"), read=when(lambda row, grant: row.status == grant.claims["team"]))
    assert of(found, "read").may == "fails: KeyError: 'team'"


@pytest.mark.parametrize(
    "before, now, kind",
    [
        (authenticated(), public(), "wider"),
        (scope("papers"), authenticated(), "wider"),
        (owner("author"), authenticated(), "wider"),
        (owner("author"), any_of(owner("author"), scope("x")), "wider"),
        (all_of(owner("author"), DRAFT), owner("author"), "wider"),
        (None, NEVER, "changed"),
        (None, scope("x"), "wider"),
        (NEVER, DRAFT, "wider"),
        (DRAFT, ALWAYS, "wider"),
        (public(), authenticated(), "narrower"),
        (scope("x"), None, "narrower"),
        (scope("x"), scope("y"), "changed"),
        (owner("author"), scope("x"), "changed"),
    ],
)
def test_what_got_wider_is_told_from_what_got_narrower(before: Rule | None, now: Rule | None, kind: str) -> None:
    old, new = ([each.data for each in lines(delete=rule)] for rule in (before, now))
    [found] = differences(old, new)
    assert (found.kind, found.of) == (kind, "delete /papers")
    assert differences(old, old) == []


def test_another_function_is_a_change_whatever_it_permits() -> None:
    def made(rule: Rule) -> list[dict[str, Any]]:
        return [each.data for each in lines(read=rule)]

    def may(row: Any, grant: Any) -> Any:
        return row.status == grant.subject

    one = made(when(may))

    def may(row: Any, grant: Any) -> Any:  # type: ignore[no-redef]  # it was changed
        return row.status != grant.subject

    [found] = differences(one, made(when(may)))
    assert (found.kind, found.before) == ("changed", found.now)


def test_what_got_wider_stands_first_and_what_came_and_went_is_told() -> None:
    old = [each.data for each in lines(create=public(), update=scope("x"))]
    new = [each.data for each in lines(update=public())]
    extra = {**new[0], "resource": "/new"}
    found = differences(old, [*new, extra])
    assert [(each.kind, each.of, each.before, each.now) for each in found] == [
        ("wider", "update /papers", "the scope x:update", "nothing: public"),
        ("wider", "read /new", "not there", "nothing: public"),
        ("narrower", "create /papers", "nothing: public", "nobody"),
    ]
    assert [each.kind for each in differences([*new, extra], new)] == ["narrower"]
