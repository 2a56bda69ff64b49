"""The driver of a MariaDB database by its URL: its limits, and what others do at the same time."""

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import Busy, ReadOnly, StoreError
from restwell.data.units import Unit
from restwell.files.importing import import_rows
from restwell.model.declare import declare
from restwell.storage.engine import Store
from tests.modelled import engine_of
from tests.restwell.storage.changing import carry_out

pytestmark = pytest.mark.slow


class Thing(Resource):
    id: int = Field(identity=True)
    size: int = 0
    code: str | None = Field(None, unique=True, max_length=20)
    group: str = Field("", max_length=20)
    place: int | None = None


THINGS = declare(Thing, "/things", read=public(), initial=[{"id": 1}, {"id": 2}], unique=[("group", "place")])
VERSION = THINGS.compiled[Layout].version


def values(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "size": 0, "code": None, "group": "", "place": None, **more}


def replace(store: Store, number: int) -> RowChange:
    version = VERSION(store.look_up(Plan("item", THINGS, number)).row)
    return RowChange("replace", THINGS, number, version, values(number, size=5))


def test_a_deadlock_is_busy_and_nothing_of_it_is_done(mariadb_url: str) -> None:
    """Of two that wait for each other MariaDB takes back the one that has changed less."""
    engine = engine_of(mariadb_url)
    with closing(Store.open(mariadb_url, [THINGS], outbox=True)) as store:
        unit = Unit((replace(store, 1), replace(store, 2)))
        found: list[Any] = []

        def change() -> None:
            try:
                found.append(store.carry_out(unit))
            except StoreError as error:
                found.append(error)

        with engine.connect() as other, other.begin():
            other.exec_driver_sql("UPDATE things SET size = size + 1 WHERE id = 2")
            other.exec_driver_sql("INSERT INTO things (id, size, `group`) SELECT seq, 0, '' FROM seq_10_to_99")
            ours = threading.Thread(target=change)
            ours.start()
            time.sleep(0.3)
            other.exec_driver_sql("UPDATE things SET size = size + 1 WHERE id = 1")
            ours.join()
        assert isinstance(found[0], Busy)
        assert found[0].retry == 1
        assert store.driver.read("SELECT size FROM things WHERE id < 3") == [(1,), (1,)]
        assert store.outbox is not None
        assert store.driver.read("SELECT count(*) FROM restwell_outbox") == [(0,)]
        assert store.carry_out(Unit((replace(store, 1),))).failed is None
    engine.dispose()


def test_values_that_are_taken_are_named(mariadb_url: str) -> None:
    with closing(Store.open(mariadb_url, [THINGS])) as store:

        def insert(number: int, **more: Any) -> Outcome:
            return carry_out(store, RowChange("insert", THINGS, values=values(number, **more)))

        assert insert(3, code="a", group="g", place=1).kind == "created"
        assert insert(3) == Outcome("taken", members=("id",))
        assert insert(4, code="a") == Outcome("taken", members=("code",))
        assert insert(4, group="g", place=1) == Outcome("taken", members=("group", "place"))
        assert insert(4, code="A", group="g").kind == "created"


def test_an_import_is_all_or_nothing_and_names_the_rows_that_are_taken(mariadb_url: str, tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_text("id,code\n3,a\n4,a\n5,\n1,\n6,b\n")
    told: list[tuple[int, str]] = []
    with closing(Store.open(mariadb_url, [THINGS])) as store:
        assert import_rows(store, THINGS, path, skip_invalid=True, refused=told.append) == (3, 2)
        assert [line for line, _ in told] == [3, 5]
        assert store.driver.read("SELECT id FROM things ORDER BY id") == [(1,), (2,), (3,), (5,), (6,)]


def test_a_database_that_is_only_read_is_not_written(mariadb_url: str) -> None:
    Store.open(mariadb_url, [THINGS]).close()
    with closing(Store.open(f"{mariadb_url}&mode=ro", [THINGS])) as store:
        assert store.driver.read_only
        change = replace(store, 1)
        with pytest.raises((ReadOnly, StoreError)):
            carry_out(store, change)
        assert store.driver.read("SELECT size FROM things WHERE id = 1") == [(0,)]


def test_a_query_that_takes_long_is_stopped(mariadb_url: str) -> None:
    with closing(Store.open(mariadb_url, [THINGS])) as store:
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.driver.read("SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b WHERE a.seq <> b.seq")
        assert time.monotonic() - began < 4
        assert store.driver.read("SELECT 1") == [(1,)]
