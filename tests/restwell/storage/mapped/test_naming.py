"""Names for what nobody declared: valid, and each of them once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from restwell.model.declare import PATH, RESERVED_NAMES, RESERVED_PATHS
from restwell.storage.mapped.naming import classes_of, members_of, paths_of

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), unique=True)


def tables(*names: str) -> list[sa.Table]:
    metadata = sa.MetaData()
    return [sa.Table(name, metadata) for name in names]


def paths(*names: str) -> list[str]:
    found = tables(*names)
    made = paths_of(found)
    return [made[table] for table in found]


@pytest.mark.parametrize(
    "names, expected",
    [
        (("Order_Details",), ["/Order_Details"]),
        (("order details", "order-details"), ["/order-details-2", "/order-details"]),
        (("Users", "users", "USERS"), ["/Users", "/users-2", "/USERS-3"]),
        (("docs", "health", "openapi.json", "docs-2"), ["/docs-3", "/health-2", "/openapi.json-2", "/docs-2"]),
        (("été", "naïve café"), ["/ete", "/naive-cafe"]),
        (("..", ".", "日本", "?"), ["/table", "/table-2", "/table-3", "/table-4"]),
        (("a" * 100,), ["/" + "a" * 63]),
    ],
)
def test_a_path_is_the_name_of_the_table_or_what_is_nearest(names: tuple[str, ...], expected: list[str]) -> None:
    assert paths(*names) == expected


def test_a_table_of_another_schema_has_that_before_its_name() -> None:
    metadata = sa.MetaData()
    found = [sa.Table("t", metadata), sa.Table("t", metadata, schema="sales")]
    assert list(paths_of(found).values()) == ["/t", "/sales.t"]
    assert list(classes_of(found).values()) == ["T", "SalesT"]


@given(NAMES)
def test_every_path_and_class_is_valid_and_there_once(names: list[str]) -> None:
    found = tables(*names)
    made, classes = paths_of(found), classes_of(found)
    assert (
        len({path.lower() for path in made.values()})
        == len({name.lower() for name in classes.values()})
        == len(names)
    )
    assert all(PATH.fullmatch(path) and path[1:] not in RESERVED_PATHS | {".", ".."} for path in made.values())
    assert all(name.isidentifier() and name.isascii() and name not in RESERVED_NAMES for name in classes.values())


@given(NAMES)
def test_every_member_is_there_once_and_what_can_keep_its_name_does(names: list[str]) -> None:
    table = sa.Table("t", sa.MetaData(), *(sa.Column(name) for name in names))
    members = members_of(table.columns)
    assert len({*members.values()}) == len(names)
    plain = {column: column.name for column in table.columns if column.name.isascii() and column.name.isidentifier()}
    kept = {column: name for column, name in plain.items() if not name.startswith("_") and not name.endswith("_")}
    assert {column: members[column] for column in kept} == kept
