"""The outbox: a line for every change that is committed, none for any other, and none that a reader misses."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell.data.layout import Layout
from restwell.data.outbox import START, OutboxLine, OutboxPosition, Trimmed
from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import Busy
from restwell.data.units import Announcement, Unit
from restwell.files import import_rows
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.storage.engine import Store, open_driver
from restwell.storage.mapped.declaring import declare_model
from restwell.storage.migrations import apply_difference, find_difference
from restwell.storage.outbox import MAX_TRIMMED, PreparedChange, StoredOutbox
from restwell.storage.tables import OUTBOX
from tests.modelled import engine_of
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.children import ended, forked


class Thing(Resource):
    id: int = Field(identity=True)
    size: int = 0


THINGS = declare(Thing, "/deep/things", read=public(), initial=[{"id": 1}])


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, [THINGS], outbox=True)
    yield opened
    opened.close()


@pytest.fixture
def outbox(store: Store) -> StoredOutbox:
    assert store.outbox is not None
    return store.outbox


def test_what_is_imported_has_no_line(store: Store, outbox: StoredOutbox, tmp_path: Path) -> None:
    file = tmp_path / "things.csv"
    file.write_text("id\n7\n8\n")
    assert import_rows(store, THINGS, file).rows == 2
    assert outbox.changes_after(START) == []


def insert(number: int) -> RowChange:
    return RowChange("insert", THINGS, values={"id": number, "size": 0})


def version(store: Store, number: int) -> int:
    return THINGS.compiled[Layout].version(store.look_up(Plan("item", THINGS, number)).row)


def tables(url: str) -> set[str]:
    with closing(open_driver(url)) as driver:
        return {row[0] for row in driver.read(driver.dialect.every_column)}


def words(store: Store) -> list[str]:
    return [change.words for change in find_difference(store).changes]


class Base(DeclarativeBase):
    pass


class Seat(Base):
    __tablename__ = "seats"
    hall: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int | None]


def test_an_identity_of_several_columns_is_the_one_in_its_uri(database_url: str) -> None:
    Base.metadata.create_all(engine_of(database_url))
    seats = declare_model(None, "/seats", model=Seat, read=public(), write=public())
    version_of = seats.compiled[Layout].version
    with closing(Store.open(database_url, [seats], outbox=True)) as store:
        created = carry_out(store, RowChange("insert", seats, values={"hall": "a,b", "row": 1, "price": None}))
        values = {"hall": "a,b", "row": 1, "price": 2}
        replaced = carry_out(store, RowChange("replace", seats, ("a,b", 1), version_of(created.row), values))
        carry_out(store, RowChange("delete", seats, ("a,b", 1), version_of(replaced.row)))
        assert store.outbox is not None
        found = [(line.action, line.identity, line.renamed) for line in store.outbox.changes_after(START)]
    assert found == [(action, "a%2Cb,1", None) for action in ("insert", "replace", "delete")]


def test_there_is_no_outbox_where_nobody_reads_it(database_url: str) -> None:
    with closing(Store.open(database_url, [THINGS])) as store:
        assert store.outbox is None
        assert carry_out(store, insert(2)).kind == "created"
        with pytest.raises(TypeError, match="does not write Announcement"):
            store.carry_out(Unit((insert(3),), (Announcement(0),)))
    assert OUTBOX not in tables(database_url)


def test_it_is_made_beside_what_is_there_and_stays_when_nobody_reads_it_any_more(database_url: str) -> None:
    Store.open(database_url, [THINGS]).close()
    with closing(Store.open(database_url, [THINGS], outbox=True)) as store:
        assert store.outbox is not None
        carry_out(store, insert(2))
        assert len(store.outbox.changes_after(START)) == 1
    with closing(Store.open(database_url, [THINGS])) as store:
        carry_out(store, insert(3))
        assert store.driver.read(f"SELECT count(*) FROM {OUTBOX}") == [(1,)]


def test_migrations_know_it_as_ours(database_url: str) -> None:
    with closing(Store(open_driver(database_url), [THINGS], outbox=True)) as store:
        assert f"{OUTBOX}: create the table" in words(store)
        apply_difference(store)
        assert words(store) == []
        carry_out(store, insert(2))
        store.driver.write(f"ALTER TABLE {OUTBOX} ADD COLUMN more TEXT")
        assert words(store) == [f"{OUTBOX}: drop more and its values"]
    with closing(Store(open_driver(database_url), [THINGS])) as store:
        assert words(store) == [f"{OUTBOX}: drop more and its values"]
        apply_difference(store, allow_drop=True)
        assert words(store) == []
    with closing(Store.open(database_url, [THINGS], outbox=True)) as store:
        assert store.outbox is not None
        assert [line.identity for line in store.outbox.changes_after(START)] == ["2"]
        carry_out(store, insert(3))
        assert [line.identity for line in store.outbox.changes_after(START)] == ["2", "3"]


def test_a_line_says_what_was_changed_and_no_values(store: Store, outbox: StoredOutbox) -> None:
    first = version(store, 1)
    carry_out(store, RowChange("replace", THINGS, 1, first, {"id": 1, "size": 5}))
    made = THINGS.compiled[Layout].version(carry_out(store, insert(2)).row)
    changes = (RowChange("replace", THINGS, 2, made, {"id": 7, "size": 5}), RowChange("delete", THINGS, 1, first + 1))
    assert store.carry_out(Unit(changes)).failed is None
    lines = outbox.changes_after(START)
    assert [line[2:] for line in lines] == [
        ("/deep/things", "1", None, "replace", first, first + 1),
        ("/deep/things", "2", None, "insert", None, made),
        ("/deep/things", "2", "7", "replace", made, made + 1),
        ("/deep/things", "1", None, "delete", first + 1, None),
    ]
    assert all(abs(line.time - time.time()) < 5 for line in lines)
    assert [line.position for line in lines] == sorted({line.position for line in lines})


def test_what_was_not_done_has_no_line(store: Store, outbox: StoredOutbox) -> None:
    assert carry_out(store, insert(1)).kind == "taken"
    assert carry_out(store, RowChange("delete", THINGS, 1, version(store, 1) + 1)).kind == "lost"
    assert store.carry_out(Unit((insert(2), insert(1)))).failed == 1
    assert outbox.changes_after(START) == []
    assert outbox.last_position() == START


def test_lines_are_read_from_a_position_on(store: Store, outbox: StoredOutbox) -> None:
    for number in range(2, 7):
        carry_out(store, insert(number))
    first = outbox.changes_after(START, 2)
    assert [line.identity for line in first] == ["2", "3"]
    second = outbox.changes_after(first[-1].position, 2)
    assert [line.identity for line in second] == ["4", "5"]
    assert [line.identity for line in outbox.changes_after(second[-1].position)] == ["6"]
    last = outbox.last_position()
    assert outbox.changes_after(last) == []
    carry_out(store, insert(7))
    assert [line.identity for line in outbox.changes_after(last)] == ["7"]


def test_lines_that_were_read_are_removed_and_who_would_miss_some_is_told(store: Store, outbox: StoredOutbox) -> None:
    store.carry_out(Unit(tuple(insert(number) for number in range(2, 8))))
    lines = outbox.changes_after(START)
    assert outbox.trim(lines[3].position) == 3
    assert outbox.trim(lines[3].position) == 0
    assert outbox.changes_after(START) == lines[3:]
    assert outbox.changes_after(lines[3].position) == lines[4:]
    for position in (lines[2].position, OutboxPosition(*lines[5].position)._replace(line=10**9)):
        with pytest.raises(Trimmed):
            outbox.changes_after(position)
    outbox.trim(lines[-1].position)
    assert outbox.changes_after(lines[-1].position) == []
    store.driver.write(f"DELETE FROM {OUTBOX} RETURNING id")
    with pytest.raises(Trimmed):
        outbox.changes_after(lines[-1].position)
    carry_out(store, insert(9))
    [again] = outbox.changes_after(START)
    assert again.position > lines[-1].position, "a number was given twice"


def test_more_lines_than_are_removed_at_once_are_removed(store: Store, outbox: StoredOutbox) -> None:
    many = MAX_TRIMMED + 5
    lines = ", ".join(["(0, '/deep/things', 'x', 'insert')"] * many)
    with store.driver.transaction() as connection:
        connection.execute(f"INSERT INTO {OUTBOX} (time, path, identity, action) VALUES {lines}")
    assert outbox.trim(outbox.last_position()) == many - 1
    assert len(outbox.changes_after(START)) == 1


class Reader:
    """Reads all lines, again and again, while others write."""

    def __init__(self, outbox: StoredOutbox) -> None:
        self.lines: list[OutboxLine] = []
        self._outbox = outbox
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self._read()

    def _run(self) -> None:
        while not self._ends.is_set():
            self._read()

    def _read(self) -> None:
        while found := self._outbox.changes_after(self.lines[-1].position if self.lines else START, 7):
            self.lines += found


def write(store: Store, place: int, times: int) -> None:
    """Insert rows, one by one and several at once, some in vain, and count up in row 1, which others do as well."""
    for turn in range(times):
        number = 10 + place * 1000 + turn * 3
        patiently(store, insert(number))
        patiently(store, insert(number + 1), insert(number + 2))
        patiently(store, insert(number + 500_000), insert(number))
        patiently(store, RowChange("replace", THINGS, 1, version(store, 1), {"id": 1, "size": turn}))


def patiently(store: Store, *changes: RowChange) -> None:
    """Carry out changes, again when others were at work for too long."""
    while True:
        try:
            store.carry_out(Unit(changes))
        except Busy:
            continue
        return


def test_each_change_has_one_line_whatever_is_written_at_the_same_time(
    store: Store, outbox: StoredOutbox, database_url: str
) -> None:
    first = version(store, 1)

    def work(place: int) -> None:
        with closing(Store(open_driver(database_url), [THINGS], outbox=True)) as own:
            threads = [threading.Thread(target=write, args=(own, 2 * place + each, 12)) for each in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    children = forked(2, work)
    with Reader(outbox) as reader:
        write(store, 8, 12)
        assert ended(children) == [0, 0]
    made = [line.identity for line in reader.lines if line.action == "insert"]
    there = [str(identity) for (identity,) in store.driver.read("SELECT id FROM things WHERE id <> 1")]
    assert sorted(made) == sorted(there)
    assert len(there) == 5 * 12 * 3
    counted = [(line.before, line.after) for line in reader.lines if line.action == "replace"]
    assert counted == [(v, v + 1) for v in range(first, version(store, 1))]
    assert len({line.position for line in reader.lines}) == len(reader.lines)


def test_a_line_that_is_committed_late_is_not_missed(postgresql_url: str) -> None:
    """A transaction that began first and ends last: what began behind it waits for it."""
    with closing(Store.open(postgresql_url, [THINGS], outbox=True)) as store:
        assert store.outbox is not None
        delete = RowChange("delete", THINGS, 1, version(store, 1))
        with store.driver.transaction() as connection:
            connection.execute("SELECT pg_current_xact_id()")
            assert carry_out(store, delete).kind == "deleted"
            assert store.outbox.changes_after(START) == []
            assert store.outbox.last_position() == START
            write_by(store, connection, insert(1))
        lines = store.outbox.changes_after(START)
        assert [line.action for line in lines] == ["insert", "delete"]
        # Both are of one row: the later change has the larger number.
        assert lines[0].position.line > lines[1].position.line
        carry_out(store, insert(2))
        assert [line.identity for line in store.outbox.changes_after(lines[-1].position)] == ["2"]


def write_by(store: Store, connection: Any, change: RowChange) -> None:
    """As a unit does, in a transaction that is open already."""
    assert store.outbox is not None
    statements = store.statements[THINGS]
    prepared = PreparedChange(change, statements, *statements.of_change(change))
    connection.execute(prepared.statement.text, prepared.parameters)
    line = store.outbox.line_of(Announcement(0), [prepared])
    connection.execute(line.text, line.parameters)
