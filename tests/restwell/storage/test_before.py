"""A database of a release before, as it was dumped then, is migrated without loss."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Order, Query
from restwell.model.conditions import Comparison
from restwell.model.declare import declare
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import NotMigrated, apply_difference, find_difference
from restwell.storage.schema import SchemaMismatch
from restwell.storage.sqlite.texts import old_order
from tests.restwell.storage.changing import carry_out

BEFORE = Path(__file__).with_name("before") / "decimals.sql"
HUGE = "1" + "0" * 300
SHOWN = {
    "a": ("9.50", "1"), "b": ("9.5", "2.0"), "c": ("-12.25", None), "d": ("0.00", "-0.001"),
    "e": ("123456789012345678901234567890.5", HUGE), "f": ("0.0000000000000001", None), "g": ("100", "-1"),
    "h": ("-0.5", "-10"), "i": ("0", None), "j": ("100000", None), "k": ("-0.0000001", None), "l": ("7", None),
    "m": ("0.5", None), "n": ("7.70", None),
}  # fmt: skip
"""As they were written; by SQL -0, 1E+5, -1e-7, +7, .5 and 007.70 were."""


class Price(Resource):
    name: str = Field(identity=True)
    price: Decimal = Field(index=True)
    code: Decimal | None = Field(None, unique=True)
    note: str = ""


PRICES = declare(Price, "/prices", read=public())
NEW = ("subject (TEXT)", "groups (TEXT)", "networks (TEXT)", "used (INTEGER)", "parent (TEXT)")
"""What was added to the table of keys since then."""
LAYOUT = PRICES.compiled[Layout]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "before.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.create_collation("restwell_decimal", old_order)
        connection.executescript(BEFORE.read_text())
        connection.execute("INSERT INTO restwell_secrets VALUES ('validators', ?)", ("5e" * 32,))
        connection.commit()
    return file


def test_decimals_of_before_are_converted_in_one_transaction(database: Path) -> None:
    with closing(Store(open_driver(f"sqlite:///{database}"), [PRICES])) as store:
        with pytest.raises(SchemaMismatch, match="restwell migrate"):
            store.prepare()
        planned = find_difference(store)
        assert [change.words for change in planned.changes] == [
            "prices: change price from DECIMAL_TEXT to ORDERED_DECIMAL_TEXT",
            "prices: change code from DECIMAL_TEXT to ORDERED_DECIMAL_TEXT",
            *(f"restwell_keys: add {name}" for name in NEW),
            "prices: renew the trigger that sees changes made by others",
        ]
        assert planned.obstacles == ()
        apply_difference(store)
        assert find_difference(store).changes == ()
        store.prepare()
        [page] = store.stream(PRICES)
        assert {name: (price, code) for name, price, code, _ in map(LAYOUT.values, page)} == SHOWN
        for name in ("price", "code"):
            ordered = store.look_up(Plan("page", PRICES, query=Query(limit=100, sort=(Order(name),)))).rows
            shown = [LAYOUT.value(row, name) for row in ordered]
            values = [Decimal(each) for each in shown if each is not None]
            assert values == sorted(values)
        same = Query(condition=Comparison("price", "eq", ("9.500",)))
        assert [LAYOUT.identity(row) for row in store.look_up(Plan("page", PRICES, query=same)).rows] == ["a", "b"]
        again = RowChange("insert", PRICES, values={"name": "z", "price": "1", "code": "2.00", "note": ""})
        assert carry_out(store, again).members == ("code",)


def test_a_migrated_database_needs_nothing_of_ours(database: Path) -> None:
    """Other programs check, vacuum, index and write it: no collation and no function of ours is in it."""
    with closing(Store(open_driver(f"sqlite:///{database}"), [PRICES])) as store:
        apply_difference(store)
    with closing(sqlite3.connect(database)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        plain.execute("VACUUM")
        plain.execute("REINDEX")
        plain.execute("UPDATE prices SET note = 'seen' WHERE price > 'P00190'")
        assert plain.execute("SELECT max(price) FROM prices").fetchone()[0].startswith("P030")


def test_what_is_no_decimal_keeps_a_database_of_before_as_it_is(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.create_collation("restwell_decimal", old_order)
        connection.execute("UPDATE prices SET price = 'soon' WHERE name = 'a'")
        connection.commit()
    with closing(Store(open_driver(f"sqlite:///{database}"), [PRICES])) as store:
        assert "prices.price has values" in find_difference(store).obstacles[0]
    with closing(Store(open_driver(f"sqlite:///{database}"), [PRICES])) as store, pytest.raises(NotMigrated):
        apply_difference(store)
