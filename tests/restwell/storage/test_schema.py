"""Tables are made once, filled when they are made, and compared with the declarations ever after."""

import time
from contextlib import closing
from typing import Any

import psycopg
import pytest

from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.storage.engine import Store, open_driver
from restwell.storage.schema import SchemaMismatch
from tests.api import FOUR, Sample
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
SAMPLES = declare(Sample, "/samples", read=public())


class Note(Resource):
    number: int = Field(identity=True)
    text: str | None = Field(None, index=True, max_length=200)


NOTES = declare(Note, "/notes", read=public(), initial=[{"number": 1}])


def named(name: str, path: str, fields: dict[str, Any], **defaults: Any) -> Declaration:
    made: Any = type(name, (Resource,), {"__annotations__": fields, **defaults})
    return declare(made, path, read=public())


def count(store: Store, table: str) -> int:
    return int(store.driver.read(f"SELECT count(*) FROM {table}")[0][0])


def test_tables_are_made_and_filled_once(database_url: str) -> None:
    with closing(Store.open(database_url, [FRAMEWORKS])) as first:
        assert count(first, "frameworks") == 4
        with first.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks WHERE name <> 'Flask'")
        secret = first.secret
    with closing(Store.open(database_url, [FRAMEWORKS])) as again:
        assert count(again, "frameworks") == 1
        assert again.secret == secret


def test_an_empty_table_is_not_filled_again(database_url: str) -> None:
    with closing(Store.open(database_url, [FRAMEWORKS])) as first:
        with first.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks")
        first.prepare()
        assert count(first, "frameworks") == 0


def test_a_further_resource_gets_its_table_beside_the_others(database_url: str) -> None:
    Store.open(database_url, [FRAMEWORKS]).close()
    with closing(Store.open(database_url, [FRAMEWORKS, NOTES, SAMPLES])) as both:
        assert (count(both, "frameworks"), count(both, "notes"), count(both, "samples")) == (4, 1, 0)


def test_every_kind_of_column_is_recognised_again(database_url: str) -> None:
    Store.open(database_url, [SAMPLES]).close()
    Store.open(database_url, [SAMPLES]).close()


DIFFERENT = [
    ({"number": int, "text": str | None, "title": str}, "notes.title is missing"),
    ({"number": int}, "notes.text is not declared"),
    ({"number": int, "text": int | None}, " and should be "),
    pytest.param(
        {"number": int, "text": str},
        "notes.text may be null and should be otherwise",
        marks=pytest.mark.not_on_mariadb,  # where the type of a text without an index is another one
    ),
]


@pytest.mark.parametrize("fields, sentence", DIFFERENT, ids=["less", "more", "type", "null"])
def test_a_table_that_does_not_fit_stops_the_start(database_url: str, fields: dict[str, Any], sentence: str) -> None:
    Store.open(database_url, [NOTES]).close()
    changed = named("Note", "/notes", fields, number=Field(identity=True))
    with closing(Store(open_driver(database_url), [changed])) as store, pytest.raises(SchemaMismatch) as caught:
        store.prepare()
    assert sentence in str(caught.value)
    assert "`restwell migrate`" in str(caught.value)
    assert "`restwell migrate --apply`" in str(caught.value)


def test_a_start_that_was_stopped_has_made_nothing(database_url: str) -> None:
    Store.open(database_url, [NOTES]).close()
    changed = named("Note", "/notes", {"number": int}, number=Field(identity=True))
    with closing(Store(open_driver(database_url), [FRAMEWORKS, changed])) as store:
        with pytest.raises(SchemaMismatch):
            store.prepare()
        assert "frameworks" not in {row[0] for row in store.driver.read(store.driver.dialect.every_column)}


def test_a_store_that_could_not_be_opened_leaves_no_connection_behind(postgresql_url: str) -> None:
    Store.open(postgresql_url, [NOTES]).close()
    changed = named("Note", "/notes", {"number": int}, number=Field(identity=True))
    with pytest.raises(SchemaMismatch) as caught:
        Store.open(postgresql_url, [changed])
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        left = connection.execute(others).fetchone()
    assert (left, str(caught.value)[:12]) == ((0,), "The database")


@pytest.mark.parametrize("change", ["created = 2011", "parent = parent"])
def test_a_change_by_other_means_is_a_new_version(database_url: str, change: str) -> None:
    store = Store.open(database_url, [FRAMEWORKS])
    before = store.look_up(Plan("item", FRAMEWORKS, "Flask")).row
    with store.driver.transaction() as connection:
        connection.execute("UPDATE frameworks SET _modified = 1000")
    aged = store.look_up(Plan("item", FRAMEWORKS, "Flask")).row
    with store.driver.transaction() as connection:
        connection.execute(f"UPDATE frameworks SET {change} WHERE name = 'Flask'")
    after = store.look_up(Plan("item", FRAMEWORKS, "Flask")).row
    assert before[1] < aged[1] < after[1]
    assert abs(after[2] - time.time()) < 5
    assert carry_out(store, RowChange("delete", FRAMEWORKS, "Flask", before[1])) == Outcome("lost")
    store.close()


def test_a_row_that_is_put_back_shows_no_old_version(database_url: str) -> None:
    store = Store.open(database_url, [FRAMEWORKS])
    versions = set()
    for _ in range(3):
        with store.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks WHERE name = 'Flask'")
            connection.execute("INSERT INTO frameworks (name, created, parent) VALUES ('Flask', 2010, 'Python')")
        versions.add(store.look_up(Plan("item", FRAMEWORKS, "Flask")).row[1])
    assert len(versions) == 3
    store.close()


def test_several_processes_may_start_at_once(database_url: str) -> None:
    def work(_: int) -> None:
        own = Store.open(database_url, [FRAMEWORKS, NOTES])
        assert count(own, "frameworks") == 4

    assert in_children(6, work) == [0] * 6
    with closing(Store.open(database_url, [FRAMEWORKS, NOTES])) as store:
        assert count(store, "restwell_secrets") == 1


INDEXES = {
    "sqlite": "sqlite_master WHERE type = 'index' AND name",
    "postgresql": "pg_indexes WHERE indexname",
    "mariadb": "information_schema.statistics WHERE table_schema = DATABASE() AND seq_in_index = 1 AND index_name",
}


def test_an_identity_is_unique_and_an_index_is_kept(database_url: str) -> None:
    store = Store.open(database_url, [NOTES])
    assert count(store, f"{INDEXES[store.driver.name]} = 'ix_notes_text'") == 1
    taken = RowChange("insert", NOTES, values={"number": 1, "text": None})
    assert carry_out(store, taken) == Outcome("taken", members=("number",))
    store.close()


def test_a_view_of_others_that_is_broken_is_none_of_our_business(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url, [NOTES])) as store, store.driver.transaction() as connection:
        connection.execute("CREATE TABLE gone (x INTEGER)")
        connection.execute("CREATE VIEW broken AS SELECT x FROM gone")
        connection.execute("DROP TABLE gone")
    Store.open(sqlite_url, [NOTES]).close()
