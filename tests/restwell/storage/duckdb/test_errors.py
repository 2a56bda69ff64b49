"""What DuckDB's exceptions mean."""

import duckdb
import pytest

from restwell.data.store_errors import Busy, TimedOut, Unusable
from restwell.storage.duckdb.errors import MEANINGS, is_lost, translate
from restwell.storage.errors import Violation


@pytest.mark.parametrize(
    "error, meant",
    [
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), TimedOut),
        (duckdb.OutOfMemoryException("Out of Memory Error"), TimedOut),
        (duckdb.IOException("IO Error: Could not set lock on file"), Unusable),
        (duckdb.HTTPException("HTTP Error"), Unusable),
        (duckdb.CatalogException("Catalog Error: Table with name x does not exist!"), Unusable),
        (duckdb.OutOfRangeException("Out of Range Error"), Violation),
        (duckdb.TransactionException("Current transaction is aborted"), Busy),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else type(each).__name__,
)
def test_an_exception_means(error: Exception, meant: type[Exception]) -> None:
    assert type(translate(error)) is meant


def test_what_is_not_known_is_a_bug_of_ours() -> None:
    error = duckdb.ParserException("Parser Error")
    assert translate(error) is error


def test_every_name_is_one_of_the_library() -> None:
    assert [name for name in MEANINGS if not issubclass(getattr(duckdb, name), duckdb.Error)] == []


def test_a_connection_that_is_closed_is_lost() -> None:
    connection = duckdb.connect()
    connection.close()
    with pytest.raises(duckdb.Error) as told:
        connection.execute("SELECT 1")
    assert is_lost(told.value)
    assert not is_lost(duckdb.IOException("IO Error"))
