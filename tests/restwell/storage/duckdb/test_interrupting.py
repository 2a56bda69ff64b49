"""Queries that are stopped when their time is up, and those that are not."""

import threading
import time

from restwell.storage.duckdb.interrupting import Interrupter


class Connection:
    """Notes when it was interrupted."""

    def __init__(self) -> None:
        self.interrupted: list[float] = []

    def interrupt(self) -> None:
        self.interrupted.append(time.monotonic())


def test_what_is_done_in_time_is_not_stopped() -> None:
    interrupter, connection = Interrupter(), Connection()
    with interrupter.stopping(connection, 0.05):
        pass
    time.sleep(0.1)
    assert connection.interrupted == []


def test_what_takes_longer_is_stopped_and_told_again() -> None:
    interrupter, connection, other = Interrupter(), Connection(), Connection()
    began = time.monotonic()
    with interrupter.stopping(other, 5), interrupter.stopping(connection, 0.05):
        time.sleep(0.3)
    assert other.interrupted == []
    assert len(connection.interrupted) > 1
    assert connection.interrupted[0] - began >= 0.05


def test_a_shorter_time_is_not_kept_by_a_longer_one() -> None:
    interrupter, connection = Interrupter(), Connection()
    with interrupter.stopping(Connection(), 5):
        time.sleep(0.05)
        with interrupter.stopping(connection, 0.05):
            time.sleep(0.3)
    assert connection.interrupted != []


def test_its_thread_ends_when_there_is_nothing_to_watch_and_is_begun_again() -> None:
    interrupter, connection = Interrupter(), Connection()
    with interrupter.stopping(connection, 0.05):
        thread = interrupter._thread
        assert thread is not None
        assert thread.daemon
    thread.join(2)
    assert (thread.is_alive(), interrupter._thread) == (False, None)
    with interrupter.stopping(connection, 0.05):
        assert interrupter._thread is not None
        time.sleep(0.2)
    assert connection.interrupted != []


def test_threads_share_one() -> None:
    interrupter, seen = Interrupter(), set()

    def ask() -> None:
        for _ in range(50):
            with interrupter.stopping(Connection(), 5):
                seen.add(interrupter._thread)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    with interrupter.stopping(Connection(), 60):  # with nothing to watch the one would end, and another begin
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert len(seen) == 1
