"""A page in the order of an index: MariaDB reads its rows, and few others, however many there are."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from restwell.data.query import Order, Position, Query
from restwell.storage.engine import Store
from tests.restwell.storage.test_keyset import SORTS, THINGS

pytestmark = pytest.mark.slow

VALUES = {"name": "n4000", "size": 25, "rank": 50}


@pytest.fixture
def large(mariadb_url: str) -> Iterator[Store]:
    with closing(Store.open(mariadb_url, [THINGS])) as store:
        with store.driver.transaction() as connection:
            connection.execute(
                "INSERT INTO things (name, rank, size, weight) SELECT concat('n', seq), "
                "CASE WHEN seq % 2 = 0 THEN seq % 100 END, seq % 50, 0 FROM seq_1_to_8000"
            )
            connection.execute("ANALYZE TABLE things")
        yield store


def rows_read(store: Store, sort: tuple[Order, ...], after: Position | None) -> int:
    """How many rows of the table, or entries of an index, are gone through for a page of 25."""
    statement, parameters = store.statements[THINGS].of_page(Query(25, sort, after=after), "none")
    with store.driver.transaction() as connection:
        connection.execute("FLUSH STATUS")
        assert len(connection.execute(statement.text, parameters).fetchall()) == 26
        found = dict(connection.execute("SHOW SESSION STATUS LIKE 'Handler_read%'").fetchall())
    return sum(int(found[f"Handler_read_{way}"]) for way in ("next", "prev", "rnd_next"))


@pytest.mark.parametrize(
    "sort", SORTS, ids=lambda sort: ",".join("-" * o.descending + o.field for o in sort) or "none"
)
def test_a_page_is_found_by_an_index(large: Store, sort: tuple[Order, ...]) -> None:
    for after in (None, Position(tuple(VALUES[order.field] for order in sort), 4000)):
        assert rows_read(large, sort, after) < 400, after
