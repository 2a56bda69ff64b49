"""A table of MariaDB altered: statement by statement, so that what was stopped is gone on with."""

from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference

pytestmark = pytest.mark.slow

ROWS = [{"id": 1, "name": "a", "price": "10.5"}, {"id": 2, "name": "b", "price": "9.50"}]


def things(initial: Any = (), **members: Any) -> Declaration:
    """Things with other members than an id, each a hint and a default or a field."""
    hints = {"id": int, **{name: hint for name, (hint, _) in members.items()}}
    fields = {"id": Field(identity=True), **{name: field for name, (_, field) in members.items()}}
    cls: Any = type("Thing", (Resource,), {"__annotations__": hints, "__module__": __name__, **fields})
    return declare(cls, "/things", read=public(), initial=initial)


NAME, PRICE = (str, Field()), (Decimal, Field())
OLD = things(ROWS, name=NAME, price=PRICE)


def words(url: str, new: Declaration) -> list[str]:
    """Apply the difference; in words what it was. There is none afterwards."""
    with closing(Store(open_driver(url), [new])) as store:
        found = apply_difference(store).changes
        assert find_difference(store).changes == ()
        store.prepare()
    return [each.words for each in found]


def test_an_index_changes_the_type_of_a_text(mariadb_url: str) -> None:
    Store.open(mariadb_url, [OLD]).close()
    indexed = things(name=(str, Field(max_length=20, unique=True)), price=(Decimal, Field(index=True)))
    assert words(mariadb_url, indexed) == [
        "things: change name from LONGTEXT to VARCHAR(20)",
        "things: change price from TEXT (DECIMAL) to VARCHAR(700) (DECIMAL)",
        "things: create the index ix_things_price",
        "things: create the unique index ux_things_name",
    ]
    with closing(Store(open_driver(mariadb_url), [indexed])) as store:
        assert store.driver.read("SELECT name, price FROM things ORDER BY price") == [
            ("b", "P0019.5 "), ("a", "P00210.5"),
        ]  # fmt: skip
    assert len(words(mariadb_url, things(name=NAME, price=PRICE))) == 4


def test_a_text_that_does_not_fit_is_named(mariadb_url: str) -> None:
    Store.open(mariadb_url, [things([{"id": 1, "name": "much"}], name=NAME)]).close()
    with closing(Store(open_driver(mariadb_url), [things(name=(str, Field(max_length=3, index=True)))])) as store:
        [obstacle] = find_difference(store).obstacles
    assert obstacle.startswith(
        "things.name has values that would not be the same as VARCHAR(3): correct them first, "
    )
    assert obstacle.endswith("or export the rows, take the field away, and import them into the new one.")


def test_what_was_stopped_is_gone_on_with(mariadb_url: str) -> None:
    Store.open(mariadb_url, [OLD]).close()
    new = things(name=NAME, price=PRICE, size=(int, Field(7)), kind=(str, Field("x", max_length=9, index=True)))
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        steps = find_difference(store).steps
        with store.driver.transaction() as connection:  # as if it had been killed behind the first of them
            connection.execute(steps[0].text)
    assert len(steps) == 4
    assert words(mariadb_url, new) == [
        "things: size may not be missing, existing rows without one get 7",
        "things: kind may not be missing, existing rows without one get 'x'",
        "things: create the index ix_things_kind",
    ]
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        assert store.driver.read("SELECT size, kind FROM things") == [(7, "x"), (7, "x")]
