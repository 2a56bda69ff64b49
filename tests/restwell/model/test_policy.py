"""Rules permit what they say and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.access.grant import ANONYMOUS, Grant
from restwell.access.permitting import Permitting
from restwell.http.cache_control import Caching
from restwell.model.conditions import FALSE, TRUE
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import OPERATIONS, Operation, Rule, Scoped, expand_scopes, listed_scopes, public, scope
from restwell.model.resource import Resource

words = st.from_regex(r"[A-Za-z0-9._-]+", fullmatch=True)
operations = st.sampled_from(OPERATIONS)


class Note(Resource):
    """A note."""

    name: str = Field(identity=True)


def permits(rule: Rule, operation: Operation, *scopes: str) -> bool:
    """Whether a rule permits a caller with these scopes every item; an anonymous one, without any."""
    declaration = declare(Note, "/notes", read=rule, write=rule)
    grant = Grant("caller", scopes) if scopes else ANONYMOUS
    found = Permitting(declaration).condition(operation, grant)
    assert found in {TRUE, FALSE}
    return found == TRUE


@pytest.mark.parametrize("operation", OPERATIONS)
def test_public_permits_everybody(operation: Operation) -> None:
    assert permits(public(), operation)
    assert public().scopes_for(operation) == []


@given(words, operations, operations)
def test_a_family_needs_the_scope_of_the_operation_exactly(name: str, wanted: Operation, had: Operation) -> None:
    assert permits(scope(name), wanted, f"{name}:{had}") is (wanted == had)
    assert not permits(scope(name), wanted, name)
    assert not permits(scope(name), wanted)


@given(words, words, operations)
def test_a_scope_with_a_colon_is_taken_as_it_is(family: str, last: str, operation: Operation) -> None:
    rule = scope(f"{family}:{last}")
    assert rule.scopes_for(operation) == [f"{family}:{last}"]
    assert permits(rule, operation, f"{family}:{last}")
    assert not permits(rule, operation, f"{family}:{last}x", f"{family}:{operation}x")


def test_what_is_short_for_three_scopes_is_listed_where_there_are_all_three() -> None:
    told = "a:create, a:delete, a:read, a:update, a:write"
    assert listed_scopes({"a:create", "a:update", "a:delete", "a:read"}) == told
    assert listed_scopes({"b:create", "b:ship", "plain"}) == "b:create, b:ship, plain"


@pytest.mark.parametrize("name", ["", " ", "a b", "a:", ":a", "a::b", 'a"b', "a,b", "ä", "a\n", "*"])
def test_what_is_no_scope_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a scope"):
        scope(name)


def test_rules_say_how_long_a_copy_stays_good() -> None:
    assert public(max_age=60, s_maxage=600, must_revalidate=True).caching == Caching(60, 600, None, True)
    assert scope("notes", max_age=5).caching == Caching(5)
    assert scope("notes", no_store=True).caching == Caching(no_store=True)
    assert public().caching == Caching()


def test_rules_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(scope("notes"), "test", None)  # noqa: B010 -- mypy knows that it is frozen


def test_equal_rules_are_equal() -> None:
    assert scope("notes") == Rule(Scoped("notes"))
    assert scope("notes") != scope("note")


def test_write_is_short_for_three() -> None:
    assert expand_scopes(("notes:write",)) == {"notes:create", "notes:update", "notes:delete"}
    assert expand_scopes(("a:b:write", "notes:read")) == {"a:b:create", "a:b:update", "a:b:delete", "notes:read"}


def test_write_alone_is_a_word_like_others() -> None:
    assert expand_scopes(("write",)) == {"write"}


@given(st.lists(st.lists(words, min_size=1, max_size=3).map(":".join), max_size=4))
def test_expanded_scopes_stay_as_they_are(scopes: list[str]) -> None:
    once = expand_scopes(tuple(scopes))
    assert expand_scopes(tuple(once)) == once


@given(words, operations)
def test_write_grants_what_it_says_and_never_reading(name: str, operation: Operation) -> None:
    assert permits(scope(name), operation, f"{name}:write") is (operation != "read")
