"""Who only reads does not wait for a writer, at its start neither; and a restart is not needed when tables change."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from restwell import Field, Resource, public
from restwell.data.plans import Plan, RowChange
from restwell.model.declare import declare
from restwell.storage.engine import Store, open_driver
from restwell.storage.schema import SchemaMismatch
from tests.api import FOUR, serving
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)


@contextmanager
def importing(url: str, table: str) -> Iterator[None]:
    """While somebody writes for long: one transaction, as an import is."""
    with closing(open_driver(url)) as driver, driver.transaction(unhurried=True) as connection:
        connection.execute(f"DELETE FROM {table}")
        yield


def test_a_store_opens_and_reads_while_others_write(database_url: str) -> None:
    Store.open(database_url, [FRAMEWORKS]).close()
    with importing(database_url, "frameworks"):
        started = time.monotonic()
        with closing(Store.open(database_url, [FRAMEWORKS])) as store:
            assert store.look_up(Plan("item", FRAMEWORKS, "Flask")).kind == "found"
            assert sum(len(rows) for rows in store.stream(FRAMEWORKS)) == 4
            assert store.keys.every() == []
        assert time.monotonic() - started < 0.8


def test_the_first_request_of_a_worker_is_answered_while_others_write(database_url: str) -> None:
    Store.open(database_url, [FRAMEWORKS]).close()
    with importing(database_url, "frameworks"), serving(database=database_url) as served:
        started = time.monotonic()
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert time.monotonic() - started < 0.8


def test_what_is_missing_is_made_after_the_writer(database_url: str) -> None:
    Store.open(database_url, [FRAMEWORKS]).close()
    more = declare(type("Note", (Resource,), NOTE), "/notes", read=public())
    opened = []

    def start() -> None:
        with closing(Store.open(database_url, [FRAMEWORKS, more])) as store:
            opened.append(len(store.look_up(Plan("page", more)).rows))

    thread = threading.Thread(target=start)
    with importing(database_url, "frameworks"):
        thread.start()
        time.sleep(0.1)
    thread.join()
    assert opened == [0]


NOTE = {"__annotations__": {"id": int}, "__module__": __name__, "id": Field(identity=True)}


class Thing(Resource):
    id: int = Field(identity=True)
    size: int | None = None


THINGS = declare(Thing, "/things", read=public(), initial=[{"id": 1, "size": 5}])


def test_a_statement_that_was_prepared_for_another_type_is_asked_again(postgresql_url: str) -> None:
    with closing(Store.open(postgresql_url, [THINGS])) as store, closing(open_driver(postgresql_url)) as other:
        versions = [store.look_up(Plan("item", THINGS, 1)).row[1] for _ in range(5)]
        for number in range(5):
            assert (
                carry_out(store, RowChange("insert", THINGS, values={"id": 10 + number, "size": 1})).kind == "created"
            )
        assert len(store.look_up(Plan("page", THINGS)).rows) == 6
        other.write("ALTER TABLE things ALTER size TYPE integer")
        for _ in range(3):
            assert store.look_up(Plan("item", THINGS, 1)).row[4] == 5
        assert carry_out(store, RowChange("insert", THINGS, values={"id": 20, "size": 1})).kind == "created"
        changed = {"id": 1, "size": 6}
        assert carry_out(store, RowChange("replace", THINGS, 1, versions[0], changed)).kind == "replaced"
        assert store.driver.read("SELECT count(*) FROM things") == [(7,)]


@pytest.mark.parametrize("statement", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_statements_that_somebody_forgot_are_asked_again(postgresql_url: str, statement: str) -> None:
    with closing(Store.open(postgresql_url, [THINGS])) as store:
        for _ in range(5):
            store.look_up(Plan("item", THINGS, 1))
        store.driver.read(statement)
        assert store.look_up(Plan("item", THINGS, 1)).kind == "found"


def test_the_sentence_of_a_table_of_others_comes_first(database_url: str) -> None:
    with closing(open_driver(database_url)) as driver:
        driver.write("CREATE TABLE things (id integer, size text)")
    with pytest.raises(SchemaMismatch) as caught:
        Store.open(database_url, [THINGS])
    assert str(caught.value).startswith("things is not ours: ")
    assert "should be" not in str(caught.value)


def test_a_file_that_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    with closing(Store.open(url, [FRAMEWORKS])) as store:
        version = store.look_up(Plan("item", FRAMEWORKS, "Flask")).row[1]
        with importing(url, "frameworks"):
            assert store.look_up(Plan("item", FRAMEWORKS, "Flask")).row[1] == version
