"""The table of keys: one that an earlier release made goes on, and gets what it lacks."""

import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from restwell import public, scope
from restwell.access.keys import grant_for, issue_key
from restwell.data.store_errors import StoreError
from restwell.model.declare import declare
from restwell.storage.engine import Given, Store
from restwell.storage.keys import COLUMNS
from restwell.storage.migrations import apply_difference, find_difference
from tests.api import FOUR
from tests.examples import Framework
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), write=scope("frameworks"), initial=FOUR)
NOW = time.time()
BEFORE = ("id", "name", "digest", "scopes", "created", "expires", "revoked")
"""The columns of the first release."""


def aged(url: str) -> str:
    """Make of a database what the first release has made, with a key; this key."""
    key, record = issue_key("of before", ("frameworks:write",), now=NOW)
    with closing(Store.open(url, [FRAMEWORKS])) as store, store.driver.transaction(unhurried=True) as connection:
        for name in COLUMNS:
            if name not in BEFORE:
                connection.execute(f"ALTER TABLE restwell_keys DROP COLUMN {store.driver.dialect.quote(name)}")
        mark = store.driver.dialect.mark
        values = ", ".join([mark] * len(BEFORE))
        connection.execute(
            f"INSERT INTO restwell_keys ({', '.join(BEFORE)}) VALUES ({values})",
            tuple(record[name] for name in BEFORE),
        )
    return key


def holds(store: Store, key: str) -> bool:
    """Whether a key of before grants what it did, by the id that it had."""
    grant = grant_for(key, store.find_key(key[3:13]), now=NOW)
    return grant is not None and (grant.subject, grant.groups) == (key[3:13], frozenset())


def goes_on(url: str) -> None:
    key = aged(url)
    with closing(Store.open(url, [FRAMEWORKS])) as store:
        assert holds(store, key)
        new, record = issue_key("new", ("frameworks:write",), now=NOW, subject="ada", groups=("editors",))
        store.keys.add(record)
        grant = grant_for(new, store.find_key(record["id"]), now=NOW)
        assert grant is not None
        assert (grant.subject, grant.groups) == ("ada", frozenset({"editors"}))
        assert {each["name"] for each in store.keys.every()} == {"of before", "new"}
        assert find_difference(store).changes == ()


def test_a_table_of_before_gets_the_columns_that_it_lacks(database_url: str) -> None:
    goes_on(database_url)


@pytest.mark.slow
def test_so_it_does_in_mariadb(mariadb_url: str) -> None:
    goes_on(mariadb_url)


def begins(url: str) -> None:
    key = aged(url)

    def begin(_: int) -> None:
        with closing(Store.open(url, [FRAMEWORKS])) as store:
            assert holds(store, key)

    assert in_children(8, begin) == [0] * 8


@pytest.mark.slow
def test_several_that_begin_at_once_all_go_on(database_url: str) -> None:
    begins(database_url)


@pytest.mark.slow
def test_several_that_begin_at_once_all_go_on_in_mariadb(mariadb_url: str) -> None:
    begins(mariadb_url)


def test_an_earlier_release_goes_on_beside_this_one(database_url: str) -> None:
    with closing(Store.open(database_url, [FRAMEWORKS])) as store:
        key, record = issue_key("of before", ("frameworks:write",), now=NOW)
        marks = ", ".join([store.driver.dialect.mark] * len(BEFORE))
        with store.driver.transaction() as connection:
            connection.execute(
                f"INSERT INTO restwell_keys ({', '.join(BEFORE)}) VALUES ({marks})",
                tuple(record[name] for name in BEFORE),
            )
        assert holds(store, key)


def test_a_database_that_is_only_read_is_read_without_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    key = aged(url)
    with closing(Store.open(f"{url}?mode=ro", [FRAMEWORKS])) as store:
        assert holds(store, key)
        [record] = store.keys.every()
        assert (record["name"], record["subject"], record["groups"]) == ("of before", None, None)


@pytest.mark.slow
def test_whoever_reads_keys_does_not_wait_for_a_column_behind_a_long_reader(postgresql_url: str) -> None:
    key = aged(postgresql_url)
    with psycopg.connect(postgresql_url) as reader:
        reader.execute("SELECT count(*) FROM restwell_keys")  # as pg_dump does, for long
        began = time.monotonic()
        with pytest.raises(StoreError):
            Store.open(postgresql_url, [FRAMEWORKS])
        assert time.monotonic() - began < 5
        reader.rollback()
    with closing(Store.open(postgresql_url, [FRAMEWORKS])) as store:
        assert holds(store, key)


@pytest.mark.parametrize("library", ["sqlite", "postgresql+psycopg", "postgresql+psycopg2"])
def test_an_engine_that_is_given_adds_them(library: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    if library != "sqlite":
        url = request.getfixturevalue("postgresql_url")
    key = aged(url)
    engine = sa.create_engine(url.replace("postgresql:", f"{library}:"))
    with closing(Store.open(Given(engine), [FRAMEWORKS])) as store:
        assert holds(store, key)
    engine.dispose()


def test_a_migration_adds_them_too(database_url: str) -> None:
    key = aged(database_url)
    with closing(Store.of(database_url, [FRAMEWORKS])) as store:
        added = [each.words for each in find_difference(store).changes]
        assert [words.split(" (")[0] for words in added] == [
            f"restwell_keys: add {name}" for name in COLUMNS[len(BEFORE) :]
        ]
        apply_difference(store)
        assert find_difference(store).changes == ()
        assert holds(store, key)


def test_a_table_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with closing(Store.open(url, [FRAMEWORKS])) as store:
        with store.driver.transaction() as connection:
            connection.execute("DROP TABLE restwell_keys")
            connection.execute("CREATE TABLE restwell_keys (id VARCHAR(9) PRIMARY KEY)")
        store.prepare()
        columns = store.driver.read("SELECT name FROM pragma_table_info('restwell_keys')")
        assert columns == [("id",)]
