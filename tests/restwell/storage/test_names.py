"""Names that a database cannot hold are refused at start; the others are the same on both, however long."""

from contextlib import closing
from typing import Any

import pytest

from restwell import Field, Resource, public
from restwell.data.plans import Plan, RowChange
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.resource import Declaration
from restwell.storage.engine import Store
from restwell.storage.migrations import apply_difference, find_difference
from tests.restwell.storage.changing import carry_out


def named(path: str, *names: str, mark: str = "index") -> Declaration:
    marks: Any = {mark: True}
    fields: dict[str, Any] = {name: Field(None, max_length=100, **marks) for name in names}
    annotations = {"id": int, **dict.fromkeys(names, str | None)}
    cls: Any = type("Named", (Resource,), {"__annotations__": annotations, "id": Field(identity=True), **fields})
    return declare(cls, path, read=public(), write=public())


@pytest.mark.parametrize(
    "path",
    ["/sqlite_x", "/SQLite_x", "/a/sqlite_sequence", "/pg_class", "/PG_x", "/restwell_keys", "/Restwell_Keys"],
)
def test_a_table_that_a_database_keeps_for_itself_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match="choose another"):
        named(path)


@pytest.mark.parametrize("path", ["/" + "t" * 64, "/a/" + "t" * 100])
def test_a_table_with_too_long_a_name_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match="shorten it to 63 bytes"):
        named(path)


@pytest.mark.parametrize("name", ["f" * 64, "名" * 22, "é" * 32])
def test_a_field_with_too_long_a_name_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="over 63 bytes"):
        named("/things", name)


NAMES = ["f" * 63, "f" * 62 + "g", "名" * 21, "é" * 31, "select", "rowid", "oid", "order", "Id_", "user", "f" * 55]


@pytest.mark.parametrize(
    "path, mark",
    [
        ("/things", "index"),
        ("/" + "t" * 63, "unique"),
        ("/" + "t" * 55, "index"),
        ("/a.b-c~d", "unique"),
        ("/Select", "index"),
    ],
)
def test_every_other_name_works_and_is_found_again(database_url: str, path: str, mark: str) -> None:
    declaration = named(path, *NAMES, mark=mark)
    with closing(Store.open(database_url, [declaration])) as store:
        values = {"id": 1, **dict.fromkeys(NAMES, "x")}
        assert carry_out(store, RowChange("insert", declaration, values=values)).kind == "created"
        row = store.look_up(Plan("item", declaration, 1)).row
        assert row[4:] == ("x",) * len(NAMES)
        assert (
            carry_out(store, RowChange("replace", declaration, 1, row[1], {**values, NAMES[0]: "y"})).kind
            == "replaced"
        )
        assert find_difference(store).changes == ()
        with store.driver.transaction() as connection:
            table, column = map(store.driver.dialect.quote, (path[1:], NAMES[1]))
            connection.execute(f"UPDATE {table} SET {column} = 'z'")
        assert store.look_up(Plan("item", declaration, 1)).row[1] == row[1] + 2
    less = named(path, *NAMES[:-2], mark=mark)
    with closing(Store(store.driver, [less])) as store:
        assert len(apply_difference(store, allow_drop=True).changes) >= 2
        assert find_difference(store).changes == ()
        store.prepare()


def test_names_of_indexes_are_short_and_different(database_url: str) -> None:
    declaration = named("/" + "t" * 63, *NAMES)
    with closing(Store.open(database_url, [declaration])) as store:
        names = [str(index.name) for index in store.statements[declaration].table.indexes]
    assert len(set(names)) == len(NAMES)
    assert max(len(name.encode()) for name in names) <= 63
