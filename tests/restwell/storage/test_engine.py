"""The store: guarded writes, keys and secrets, from several threads and processes, on both databases."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from restwell.access.keys import issue_key
from restwell.data.layout import Layout
from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Query
from restwell.http.limits import EXACT_TOTAL
from restwell.model.conditions import Comparison
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.driver import Driver
from restwell.storage.engine import Store, UnknownDatabase, open_driver
from tests.api import FOUR, Sample
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
LAYOUT = FRAMEWORKS.compiled[Layout]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, [FRAMEWORKS])
    yield opened
    opened.close()


def values(name: str = "New", created: int = 1999) -> dict[str, Any]:
    return {"name": name, "created": created, "parent": "Python", "relatedName": None, "relatedDocs": None}


def item(store: Store, name: str) -> Outcome:
    return store.look_up(Plan("item", FRAMEWORKS, name))


def change(store: Store, identity: str, version: int, **other: Any) -> Outcome:
    return carry_out(store, RowChange("replace", FRAMEWORKS, identity, version, {**values(identity), **other}))


def test_an_item_is_found_or_missing(store: Store) -> None:
    assert LAYOUT.values(item(store, "Flask").row)[:2] == ("Flask", 2010)
    assert item(store, "flask") == Outcome("missing")


def test_what_was_created_is_found(store: Store) -> None:
    created = carry_out(store, RowChange("insert", FRAMEWORKS, values=values()))
    assert created.kind == "created"
    assert LAYOUT.named(created.row) == values()
    assert abs(created.row[2] - time.time()) < 5
    assert item(store, "New") == Outcome("found", created.row)


def test_an_identity_is_taken_once(store: Store) -> None:
    before = item(store, "Flask")
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values=values("Flask"))) == Outcome(
        "taken", members=("name",)
    )
    assert item(store, "Flask") == before


def test_a_change_of_the_version_that_is_there_is_made(store: Store) -> None:
    version = item(store, "Flask").row[1]
    replaced = change(store, "Flask", version, created=2011)
    assert (replaced.kind, replaced.row[1], LAYOUT.value(replaced.row, "created")) == ("replaced", version + 1, 2011)
    assert item(store, "Flask").row == replaced.row


def test_a_change_of_another_version_is_lost_and_changes_nothing(store: Store) -> None:
    before = item(store, "Flask")
    assert change(store, "Flask", before.row[1] + 1) == Outcome("lost")
    assert change(store, "Nobody", before.row[1]) == Outcome("lost")
    assert carry_out(store, RowChange("delete", FRAMEWORKS, "Flask", before.row[1] - 1)) == Outcome("lost")
    assert item(store, "Flask") == before


def test_renaming_onto_another_is_taken(store: Store) -> None:
    version = item(store, "Flask").row[1]
    assert change(store, "Flask", version, name="Django") == Outcome("taken", members=("name",))


def test_what_was_deleted_is_missing_and_its_name_is_free(store: Store) -> None:
    version = item(store, "Flask").row[1]
    assert carry_out(store, RowChange("delete", FRAMEWORKS, "Flask", version)) == Outcome("deleted")
    assert item(store, "Flask") == Outcome("missing")
    again = carry_out(store, RowChange("insert", FRAMEWORKS, values=values("Flask")))
    assert again.kind == "created"
    assert again.row[1] != version


def page(store: Store, query: Query, counting: Any = "bounded") -> Outcome:
    return store.look_up(Plan("page", FRAMEWORKS, query=query, counting=counting))


def test_a_page_says_whether_there_are_more_and_how_many(store: Store) -> None:
    first = page(store, Query(3))
    assert ([LAYOUT.identity(row) for row in first.rows], first.more, first.total) == (
        ["Flask", "Django", "Bottle"],
        True,
        4,
    )
    whole = page(store, Query(4), "none")
    assert (len(whole.rows), whole.more, whole.total) == (4, False, None)


def test_a_page_without_rows_is_counted_too(store: Store) -> None:
    none = page(store, Query(condition=Comparison("name", "eq", ("Nobody",))))
    assert (list(none.rows), none.more, none.total) == ([], False, 0)


@pytest.mark.parametrize("counting", ["exact", "estimated", "bounded"])
def test_a_total_is_that_of_the_filter(store: Store, counting: str) -> None:
    assert page(store, Query(condition=Comparison("created", "eq", (2010,))), counting).total == 2


def test_a_total_is_bounded_unless_asked_for(store: Store) -> None:
    more = EXACT_TOTAL - 3
    with store.driver.transaction() as connection:
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) "
            "INSERT INTO frameworks (name, created, parent) SELECT 'n' || i, 2000, 'x' FROM n"
        )
    assert page(store, Query(1)).total is None
    assert page(store, Query(1), "exact").total == EXACT_TOTAL + 1


def test_a_number_beyond_the_database_is_missing(database_url: str) -> None:
    """An address may name any number; it is not there, and that is no error of the server."""
    samples = declare(Sample, "/samples", read=public())
    with closing(Store.open(database_url, [samples])) as store:
        for number in (2**63 - 1, 2**63, -(2**63) - 1, 10**30):
            assert store.look_up(Plan("item", samples, number)) == Outcome("missing")
            assert carry_out(store, RowChange("delete", samples, number, 1)) == Outcome("lost")


def test_every_row_is_streamed(store: Store) -> None:
    assert [[LAYOUT.identity(row) for row in rows] for rows in store.stream(FRAMEWORKS, size=3)] == [
        ["Flask", "Django", "Bottle"],
        ["Tornado"],
    ]


def test_a_key_is_found_by_its_id_until_it_is_revoked(store: Store) -> None:
    _, record = issue_key("a test", ("frameworks:write",), now=time.time())
    store.keys.add(record)
    assert store.find_key(record["id"]) == record
    assert store.find_key("nobody") is None
    assert store.keys.every() == [record]
    assert store.keys.revoke(record["id"])
    found = store.find_key(record["id"])
    assert found is not None
    assert abs(found["revoked"] - time.time()) < 5
    assert not store.keys.revoke(record["id"])
    assert not store.keys.revoke("nobody")


def test_the_secret_is_the_same_for_all_and_after_a_restart(store: Store, database_url: str) -> None:
    with closing(Store.open(database_url, [FRAMEWORKS])) as again:
        assert again.secret == store.secret
    assert len(store.secret) == 32


def test_two_databases_have_two_secrets(store: Store) -> None:
    with closing(Store.open("sqlite://", [FRAMEWORKS])) as other:
        assert other.secret != store.secret


def test_a_store_that_answers_is_ready(store: Store) -> None:
    assert store.is_ready()


def increment(store: Store, times: int) -> None:
    """Count up in `created`, as a client with If-Match does: read, change what was read, or begin again."""
    for _ in range(times):
        while True:
            row = item(store, "Flask").row
            if change(store, "Flask", row[1], created=LAYOUT.value(row, "created") + 1).kind == "replaced":
                break


def test_nothing_is_lost_between_threads(store: Store) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            increment(store, 12)
        except BaseException as error:  # noqa: BLE001 -- told below, where pytest sees it
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert LAYOUT.value(item(store, "Flask").row, "created") == 2010 + 4 * 12


def test_nothing_is_lost_between_processes_that_were_forked_from_an_open_store(store: Store) -> None:
    secret = store.secret
    item(store, "Flask")

    def work(number: int) -> None:
        increment(store, 12)
        assert store.secret == secret
        assert carry_out(store, RowChange("insert", FRAMEWORKS, values=values(f"child-{number}"))).kind == "created"

    assert in_children(3, work) == [0, 0, 0]
    assert LAYOUT.value(item(store, "Flask").row, "created") == 2010 + 3 * 12
    assert page(store, Query()).total == 7
    assert change(store, "Flask", item(store, "Flask").row[1]).kind == "replaced"


def test_of_several_processes_that_create_the_same_one_does(store: Store, database_url: str) -> None:
    def work(_: int) -> None:
        own = Store(open_driver(database_url), [FRAMEWORKS])
        kind = carry_out(own, RowChange("insert", FRAMEWORKS, values=values("Only"))).kind
        assert kind == "created", kind

    assert sorted(in_children(3, work)) == [0, 1, 1]


@pytest.mark.parametrize("url", ["", "mysql://x", "sqlite", "frameworks.db", "sqlite:frameworks.db", "postgresql:x"])
def test_a_database_that_is_unknown_is_told_what_is_known(url: str) -> None:
    with pytest.raises(UnknownDatabase, match=r"use sqlite:///FILE, sqlite:// for memory, postgresql://"):
        open_driver(url)


def test_the_address_of_a_database_is_not_repeated_where_it_may_hold_a_password() -> None:
    with pytest.raises(UnknownDatabase) as caught:
        open_driver("mysql://user:secret@host/name")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url, name", [("sqlite://", "sqlite"), ("sqlite:///x.db", "sqlite"), ("postgres://x/y", "postgresql")]
)
def test_nothing_is_opened_before_it_is_needed(url: str, name: str) -> None:
    driver: Driver = open_driver(url)
    assert driver.name == name
    driver.close()
