"""Units: several changes and their effects in one transaction, on both databases; all of them, or nothing."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from restwell.data.layout import Layout
from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import Rejected, Unusable
from restwell.data.units import Effect, Result, Unit
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.storage.driver import Write
from restwell.storage.engine import Store
from restwell.storage.errors import Violation
from restwell.storage.outbox import Told
from tests.restwell.storage.children import ended, forked


class Account(Resource):
    name: str = Field(identity=True)
    balance: int
    number: int | None = Field(None, unique=True)


class Entry(Resource):
    id: int = Field(identity=True)
    amount: int


ACCOUNTS = declare(Account, "/accounts", read=public(), initial=[{"name": "a", "balance": 10, "number": 1}])
LAYOUT = ACCOUNTS.compiled[Layout]
ENTRIES = declare(Entry, "/entries", read=public())
BOTH = [ACCOUNTS, ENTRIES]


@dataclass(frozen=True, slots=True)
class Note(Effect):
    """A row of a table of the test's."""

    id: int


def note(effect: Note, _: Sequence[Told]) -> Write:
    return Write(f"INSERT INTO notes VALUES ({effect.id}) RETURNING id", (), "notes")


@pytest.fixture(params=[False, True], ids=["alone", "outbox"])
def store(request: pytest.FixtureRequest, database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, BOTH, outbox=request.param)
    with opened.driver.transaction() as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, CHECK (id < 100))")
    opened.effects[Note] = note
    yield opened
    opened.close()


def account(name: str, balance: int = 0, number: int | None = None) -> dict[str, Any]:
    return {"name": name, "balance": balance, "number": number}


def insert(name: str, balance: int = 0, number: int | None = None) -> RowChange:
    return RowChange("insert", ACCOUNTS, values=account(name, balance, number))


def delete(version: int) -> RowChange:
    return RowChange("delete", ACCOUNTS, "a", version)


def entry(number: int, amount: int = 0) -> RowChange:
    return RowChange("insert", ENTRIES, values={"id": number, "amount": amount})


def version(store: Store, name: str = "a") -> int:
    return LAYOUT.version(store.look_up(Plan("item", ACCOUNTS, name)).row)


def everything(store: Store) -> list[Any]:
    """All that a unit could have written."""
    tables = ["accounts", "entries", "notes", *(["restwell_outbox"] if store.outbox else [])]
    return [store.driver.read(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def test_all_changes_of_a_unit_are_made_each_with_its_outcome(store: Store) -> None:
    before = version(store)
    changes = (
        RowChange("replace", ACCOUNTS, "a", before, account("a", 7, 1)),
        entry(1, -3),
        insert("b", 3, 2),
        RowChange("replace", ACCOUNTS, "a", before + 1, account("a", 6, 1)),
    )
    result = store.carry_out(Unit(changes, (Note(5), Note(6))))
    assert [outcome.kind for outcome in result.outcomes] == ["replaced", "created", "created", "replaced"]
    assert result.failed is None
    assert LAYOUT.values(result.outcomes[0].row) == ("a", 7, 1)
    assert store.look_up(Plan("item", ACCOUNTS, "a")).row == result.outcomes[3].row
    assert store.look_up(Plan("item", ENTRIES, 1)).row == result.outcomes[1].row
    assert store.driver.read("SELECT id FROM notes ORDER BY id") == [(5,), (6,)]
    gone = store.carry_out(Unit((RowChange("delete", ACCOUNTS, "a", before + 2), entry(2))))
    assert gone.outcomes[0] == Outcome("deleted")
    assert store.look_up(Plan("item", ACCOUNTS, "a")) == Outcome("missing")


FAILING: list[tuple[Callable[[int], tuple[RowChange, ...]], Result]] = [
    (lambda v: (entry(1), delete(v + 1)), Result((Outcome("lost"),), 1)),
    (lambda v: (RowChange("replace", ACCOUNTS, "a", v + 1, account("a")), entry(1)), Result((Outcome("lost"),), 0)),
    (lambda v: (delete(v), delete(v)), Result((Outcome("lost"),), 1)),
    (lambda v: (entry(1), RowChange("delete", ENTRIES, 2**63, 1)), Result((Outcome("lost"),), 1)),
    (lambda _: (entry(1), insert("a")), Result((Outcome("taken", members=("name",)),), 1)),
    (lambda _: (insert("b", 0, 1), entry(1)), Result((Outcome("taken", members=("number",)),), 0)),
    (lambda _: (entry(1), entry(2), entry(1)), Result((Outcome("taken", members=("id",)),), 2)),
    # Of several that fail it is the first.
    (lambda v: (entry(1), delete(v + 1), insert("a")), Result((Outcome("lost"),), 1)),
    (lambda v: (insert("a"), delete(v + 1)), Result((Outcome("taken", members=("name",)),), 0)),
]


@pytest.mark.parametrize("changes, result", FAILING)
def test_a_unit_of_which_one_change_fails_changes_nothing(
    store: Store, changes: Callable[[int], tuple[RowChange, ...]], result: Result, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(store)
    for _ in range(4):  # the statements are prepared meanwhile
        assert store.carry_out(Unit(changes(version(store)), (Note(1),))) == result
        assert everything(store) == before
    assert store.carry_out(Unit((entry(1), insert("c")))).failed is None
    assert not caplog.records


@pytest.mark.parametrize("name", ["a", "b"])
def test_one_change_alone_has_the_same_result_with_and_without_effects(store: Store, name: str) -> None:
    alone = store.carry_out(Unit((insert(name),)))
    assert store.carry_out(Unit((RowChange("delete", ACCOUNTS, "b", 1),))) == Result((Outcome("lost"),), 0)
    if name == "b":
        assert alone.outcomes[0].kind == "created"
        assert store.carry_out(Unit((RowChange("delete", ACCOUNTS, "b", version(store, "b")),))).failed is None
    beside = store.carry_out(Unit((insert(name),), (Note(1),)))
    assert (alone.failed, alone.outcomes[0].kind) == (beside.failed, beside.outcomes[0].kind)


def test_what_is_rejected_says_which_change_it_was(store: Store) -> None:
    before = everything(store)
    missing = RowChange("insert", ACCOUNTS, values={"name": "b", "balance": None, "number": None})
    with pytest.raises(Rejected) as caught:
        store.carry_out(Unit((entry(1), entry(2), missing)))
    assert (caught.value.reason, caught.value.members, caught.value.place) == ("missing", ("balance",), 2)
    assert everything(store) == before


def test_an_effect_that_fails_takes_the_changes_back(store: Store) -> None:
    before = everything(store)
    assert store.carry_out(Unit((entry(1),), (Note(1), Note(2), Note(1)))) == Result((Outcome("taken"),), 3)
    assert everything(store) == before
    with pytest.raises(Violation):  # a mistake of ours
        store.carry_out(Unit((entry(1),), (Note(100),)))
    assert everything(store) == before
    with store.driver.transaction() as connection:
        connection.execute("ALTER TABLE notes RENAME TO away")
    with pytest.raises(Unusable):
        store.carry_out(Unit((entry(1), insert("b")), (Note(1),)))
    with store.driver.transaction() as connection:
        connection.execute("ALTER TABLE away RENAME TO notes")
    assert everything(store) == before


def test_an_effect_that_nobody_asked_for_is_refused_by_name(store: Store) -> None:
    class Other(Effect):
        pass

    with pytest.raises(TypeError, match="does not write Other"):
        store.carry_out(Unit((entry(1),), (Other(),)))
    assert store.look_up(Plan("item", ENTRIES, 1)) == Outcome("missing")


def test_effects_may_stand_alone_and_a_unit_may_be_empty(store: Store) -> None:
    assert store.carry_out(Unit((), (Note(1),))) == Result(())
    assert store.driver.read("SELECT id FROM notes") == [(1,)]
    assert store.carry_out(Unit(())) == Result(())


@pytest.mark.not_on_mariadb
@pytest.mark.parametrize("deferred", ["entries", "accounts"])
def test_what_is_seen_at_the_commit_takes_all_back(store: Store, deferred: str) -> None:
    """A rule that its owner has deferred to the end of the transaction."""
    with store.driver.transaction() as connection:
        connection.execute(
            "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES notes (id) "
            "DEFERRABLE INITIALLY DEFERRED)"
        )

    @dataclass(frozen=True, slots=True)
    class Child(Effect):
        pass

    text = "INSERT INTO children VALUES (1, 77) RETURNING id"
    store.effects[Child] = lambda _, __: Write(text, (), "children")
    changes = (entry(1), insert("b")) if deferred == "accounts" else (insert("b"), entry(1))
    before = everything(store)
    for _ in range(2):
        with pytest.raises(Rejected) as caught:
            store.carry_out(Unit(changes, (Child(),)))
        assert (caught.value.reason, caught.value.place) == ("unlinked", 1)
        assert everything(store) == before
    assert store.carry_out(Unit(changes)).failed is None


def move(store: Store, amount: int, number: int) -> bool:
    """Take from one account and give to the other, with an entry; whether it was done."""
    rows = [store.look_up(Plan("item", ACCOUNTS, name)).row for name in ("a", "b")]
    changes = []
    for row, more in zip(rows, (-amount, amount), strict=True):
        name, balance, unique = LAYOUT.values(row)
        changes.append(
            RowChange(
                "replace",
                ACCOUNTS,
                name,
                LAYOUT.version(row),
                account(name, balance + more, unique),
            )
        )
    return store.carry_out(Unit((*changes, entry(number, amount)))).failed is None


def move_for_ever(store: Store, number: int, _: int) -> None:
    while True:
        number += 1
        move(store, 1, number)


def balances(store: Store) -> list[int]:
    return [LAYOUT.values(store.look_up(Plan("item", ACCOUNTS, name)).row)[1] for name in ("a", "b")]


def test_threads_that_move_between_two_rows_lose_nothing(store: Store) -> None:
    store.carry_out(Unit((insert("b", 10, 2),)))
    done: list[int] = []

    def work(place: int) -> None:
        for turn in range(8):
            while not move(store, 1, place * 100 + turn):
                pass
            done.append(1)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 24
    assert balances(store) == [10 - 24, 10 + 24]
    assert store.driver.read("SELECT count(*), sum(amount) FROM entries") == [(24, 24)]


@pytest.mark.parametrize("outbox", [False, True])
def test_what_kill_9_leaves_behind_is_whole(database_url: str, outbox: bool) -> None:
    """A process is killed among units that take from one row, give to another and make an entry, again and again."""
    with closing(Store.open(database_url, BOTH, outbox=outbox)) as store:
        store.carry_out(Unit((insert("b", 10, 2),)))
        for turn in range(5):
            [pid] = forked(1, partial(move_for_ever, store, turn * 1_000_000))
            time.sleep(0.15)
            os.kill(pid, signal.SIGKILL)
            assert ended([pid]) == [-signal.SIGKILL]
        time.sleep(0.1)  # a server that had a message of it may finish what that says
        [[count]] = store.driver.read("SELECT count(*) FROM entries")
        assert count > 0
        assert balances(store) == [10 - count, 10 + count]
        if store.outbox is not None:
            assert store.driver.read("SELECT count(*) FROM restwell_outbox") == [(1 + 3 * count,)]
