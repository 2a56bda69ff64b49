"""What may be done is what the rules permit, said once for every format."""

from itertools import combinations
from typing import Any

import pytest

from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.operating import operate
from restwell.model.policy import OPERATIONS, Operation, public, scope
from restwell.model.resource import Declaration, Resource
from restwell.surface.affordances import (
    JSON_CONTENT,
    PATCH_CONTENT,
    Affordances,
    collection_operations,
    creates,
    item_operations,
    methods,
    operations_at,
    permissions_for,
)
from tests.examples import FRAMEWORKS, SPECIMENS, Note

SETS = [chosen for size in range(5) for chosen in combinations(OPERATIONS, size)]


def note(*permitted: Operation) -> Declaration:
    """A resource on which somebody may perform these operations alone."""
    rules: dict[str, Any] = {operation: scope("notes") for operation in permitted}
    return declare(Note, "/notes", **rules)


class Order(Resource):
    id: int = Field(identity=True)


def test_titles_have_an_before_a_vowel() -> None:
    orders = declare(Order, "/orders", read=public(), write=public())
    operate(orders, "ship", print, permission=public(), title=None, input=None, refuses=())
    titles = {each.title for each in (*collection_operations(orders), *operations_at(orders, item=True))}
    assert titles == {
        "List orders", "Create an Order", "Show an Order", "Change an Order", "Replace an Order", "Delete an Order",
        "Ship an Order",
    }  # fmt: skip


@pytest.mark.parametrize("item", [True, False])
def test_every_operation_takes_a_permission_that_gets_its_method_to_the_look_up(item: bool) -> None:
    every = item_operations(FRAMEWORKS) if item else collection_operations(FRAMEWORKS)
    assert [operation.method for operation in every] == (
        ["GET", "PATCH", "PUT", "DELETE"] if item else ["GET", "POST"]
    )
    for operation in every:
        assert operation.permission in permissions_for(operation.method, item=item)


@pytest.mark.parametrize("permitted", SETS[1:], ids=", ".join)
def test_an_operation_that_nobody_may_perform_is_not_there(permitted: tuple[Operation, ...]) -> None:
    declaration = note(*permitted)
    for item in (True, False):
        every = item_operations(declaration) if item else collection_operations(declaration)
        assert {operation.permission for operation in every} <= set(permitted)
        assert set(methods(declaration, item=item)) >= {operation.method for operation in every}


@pytest.mark.parametrize("permitted", SETS, ids=lambda chosen: ", ".join(chosen) or "none")
def test_open_operations_are_those_permitted(permitted: tuple[Operation, ...]) -> None:
    for item in (True, False):
        open_to = FRAMEWORKS.compiled[Affordances].open_to[permitted]
        found = open_to.item if item else open_to.collection
        every = item_operations(FRAMEWORKS) if item else collection_operations(FRAMEWORKS)
        assert list(found) == [operation for operation in every if operation.permission in permitted]


def test_in_a_list_showing_is_following_the_link() -> None:
    names = [operation.name for operation in FRAMEWORKS.compiled[Affordances].open_to[OPERATIONS].listed]
    assert names == ["change", "replace", "delete"]


def test_open_operations_are_made_once_and_compared_by_identity() -> None:
    one = FRAMEWORKS.compiled[Affordances].open_to[("read",)].item
    assert one is FRAMEWORKS.compiled[Affordances].open_to[("read",)].item
    assert one != SPECIMENS.compiled[Affordances].open_to[("read",)].item


@pytest.mark.parametrize(
    "permitted, collection, item",
    [
        (("read",), ["GET", "HEAD", "OPTIONS"], ["GET", "HEAD", "OPTIONS"]),
        (("create",), ["POST", "OPTIONS"], ["PUT", "OPTIONS"]),
        (("update",), ["OPTIONS"], ["PATCH", "PUT", "OPTIONS"]),
        (("delete",), ["OPTIONS"], ["DELETE", "OPTIONS"]),
        (("read", "create"), ["GET", "HEAD", "POST", "OPTIONS"], ["GET", "HEAD", "PUT", "OPTIONS"]),
        (OPERATIONS, ["GET", "HEAD", "POST", "OPTIONS"], ["GET", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"]),
    ],
    ids=", ".join,
)
def test_allow_lists_what_somebody_may_do(
    permitted: tuple[Operation, ...], collection: list[str], item: list[str]
) -> None:
    assert list(methods(note(*permitted), item=False)) == collection
    assert list(methods(note(*permitted), item=True)) == item


def test_either_permission_gets_put_as_far_as_the_look_up() -> None:
    assert permissions_for("PUT", item=True) == ("update", "create")
    assert permissions_for("GET", item=True) == permissions_for("HEAD", item=False) == ("read",)


def test_an_operation_says_what_it_takes() -> None:
    by_name = {operation.name: operation for operation in item_operations(SPECIMENS)}
    assert by_name["change"].accepts == PATCH_CONTENT
    assert by_name["replace"].accepts == JSON_CONTENT
    assert by_name["delete"].accepts == ()
    assert [name for name, operation in by_name.items() if operation.conditional] == ["change", "replace", "delete"]
    assert not any(operation.conditional for operation in item_operations(FRAMEWORKS))
    assert [operation.title for operation in collection_operations(FRAMEWORKS)] == [
        "List frameworks",
        "Create a Framework",
    ]


def test_a_public_rule_offers_the_operation_to_everybody() -> None:
    declaration = declare(Note, "/notes", read=public(), create=public())
    assert declaration.rules["create"].is_public
    assert methods(declaration, item=False) == ("GET", "HEAD", "POST", "OPTIONS")


def test_an_operation_says_where_it_goes_and_what_comes_back() -> None:
    every = (*collection_operations(FRAMEWORKS), *item_operations(FRAMEWORKS))
    assert [(operation.name, operation.target, operation.result) for operation in every] == [
        ("list", "collection", "collection"),
        ("create", "collection", "item"),
        ("show", "item", "item"),
        ("change", "item", "item"),
        ("replace", "item", "item"),
        ("delete", "item", "nothing"),
    ]
    assert {operation.result for operation in operations_at(note("create", "update"), item=True)} == {"nothing"}


def test_an_operation_has_inputs_where_it_has_content() -> None:
    for operation in (*collection_operations(FRAMEWORKS), *item_operations(FRAMEWORKS)):
        assert bool(operation.inputs) == bool(operation.accepts)


@pytest.mark.parametrize(
    "permitted, expected",
    [(("create",), True), (("update",), False), (("create", "update"), None), (("read", "delete"), False)],
    ids=str,
)
def test_put_creates_or_replaces_as_the_rules_say(permitted: tuple[Operation, ...], expected: bool | None) -> None:
    assert creates(note(*permitted), "PUT") is expected
    assert [creates(note(*permitted), method) for method in ("POST", "PATCH", "DELETE")] == [True, False, False]


def test_a_put_that_only_creates_is_not_an_operation_on_what_is_there() -> None:
    declaration = note("read", "create")
    assert [operation.method for operation in item_operations(declaration)] == ["GET"]
    put = operations_at(declaration, item=True)[-1]
    assert (put.method, put.title, put.permission) == ("PUT", "Create a Note", "create")
    assert operations_at(FRAMEWORKS, item=True) == item_operations(FRAMEWORKS)
