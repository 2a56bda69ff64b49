"""Each thread has connections of its own; what is closed is replaced; a forked process leaves its parent's alone."""

import threading
from collections.abc import Iterator

import pytest

from restwell.storage.connections import Connections

from .children import in_children


class Connection:
    """As far as Connections is concerned."""

    def __init__(self, *, reading: bool) -> None:
        self.reading = reading
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Kept(Connections[Connection]):
    """The connections of no database."""

    def _connect(self, *, reading: bool) -> Connection:
        return Connection(reading=reading)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.close()


def in_thread(kept: Kept, *, reading: bool) -> Connection:
    """Give what another thread has."""
    found: list[Connection] = []
    thread = threading.Thread(target=lambda: found.append(kept._connection(reading=reading)))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("reading", [True, False])
def test_a_thread_keeps_its_connection(kept: Kept, reading: bool) -> None:
    connection = kept._connection(reading=reading)
    assert connection.reading is reading
    assert kept._connection(reading=reading) is connection
    assert kept._connection(reading=not reading) is not connection


@pytest.mark.parametrize("reading", [True, False])
def test_another_thread_has_another_connection(kept: Kept, reading: bool) -> None:
    connection = kept._connection(reading=reading)
    assert in_thread(kept, reading=reading) is not connection
    assert kept._connection(reading=reading) is connection


def test_what_was_closed_is_replaced(kept: Kept) -> None:
    reader, writer = kept._connection(reading=True), kept._connection(reading=False)
    reader.close()
    another = kept._connection(reading=True)
    assert (another is reader, another.reading, another.closed) == (False, True, False)
    assert kept._connection(reading=False) is writer
    assert kept._all == {another, writer}


def test_what_is_opened_for_one_purpose_is_nobody_elses(kept: Kept) -> None:
    connection = kept._open(reading=True)
    assert kept._connection(reading=True) is not connection
    kept._forget(connection)
    assert connection.closed
    assert connection not in kept._all


def test_close_closes_those_of_every_thread_and_then_there_are_new_ones(kept: Kept) -> None:
    every = [kept._connection(reading=True), in_thread(kept, reading=False), kept._open(reading=True)]
    kept.close()
    assert [each.closed for each in every] == [True] * 3
    assert not kept._connection(reading=True).closed


def test_a_forked_process_neither_uses_nor_closes_its_parents(kept: Kept) -> None:
    parents = [kept._connection(reading=True), kept._connection(reading=False), kept._open(reading=True)]

    def work(_: int) -> None:
        own = kept._connection(reading=True)
        assert own not in parents
        assert kept._connection(reading=True) is own
        kept._forget(parents[2])
        kept.close()
        assert own.closed
        assert [each.closed for each in parents] == [False] * 3

    assert in_children(2, work) == [0, 0]
    assert kept._connection(reading=True) is parents[0]


def test_a_forked_process_that_only_closes_leaves_its_parents_open(kept: Kept) -> None:
    parent = kept._connection(reading=True)

    def close_only(_: int) -> None:
        kept.close()
        assert not parent.closed
        assert in_children(1, lambda _: kept.close()) == [0]
        assert not parent.closed

    assert in_children(1, close_only) == [0]


def test_who_says_nothing_of_how_to_connect_cannot() -> None:
    with pytest.raises(NotImplementedError):
        Connections[Connection]()._connection(reading=True)
