"""kill -9: what was acknowledged is there afterwards, once."""

import random
import signal
import sqlite3
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from tests.servers import children, signal_all, wait_until

from .clients import Served, say
from .ledger import Ledger

pytestmark = pytest.mark.slow

AGAIN = 3


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_all_is_killed(counters: Served) -> None:
    ledger = Ledger(counters)
    writers = threading.Thread(target=ledger.run)
    writers.start()
    try:
        for _ in range(AGAIN):
            time.sleep(random.uniform(0.5, 1))
            counters.server.kill()
            counters.restart()
        time.sleep(0.3)
    finally:
        ledger.stop.set()
        writers.join()
    say(f"{AGAIN} times kill -9 of parent and workers: {ledger.check()}")
    assert ledger.cut >= AGAIN
    assert {status for _, status in ledger.answers} <= {200, 201, 404, 412, 503}
    check_file(counters)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_workers_are_killed(counters: Served) -> None:
    ledger = Ledger(counters)
    writers = threading.Thread(target=ledger.run)
    writers.start()
    away = []
    try:
        for _ in range(AGAIN):
            time.sleep(random.uniform(0.5, 1))
            killed = workers_of(counters)[:1]  # the older one
            signal_all(killed, signal.SIGKILL)
            assert wait_until(partial(are_gone, killed), 5)
            began = time.monotonic()
            assert counters.client().get("/counters/shared").status == 200
            away.append(time.monotonic() - began)
            assert wait_until(lambda: len(workers_of(counters)) == 2, 10)
        time.sleep(0.3)
    finally:
        ledger.stop.set()
        writers.join()
    say(f"{AGAIN} times kill -9 of a worker: {ledger.check()}; a request behind it took up to {max(away):.2f} s")
    assert ledger.cut > 0
    assert counters.server.process.poll() is None
    check_file(counters)


def test_workers_that_are_killed_twice_in_a_row_come_back(counters: Served) -> None:
    for _ in range(2):
        killed = workers_of(counters)
        signal_all(killed, signal.SIGKILL)
        assert wait_until(partial(are_gone, killed), 5)
        assert counters.client().get("/counters/shared").status == 200
        assert wait_until(lambda: len(workers_of(counters)) == 2, 10)
    assert counters.server.process.poll() is None


def test_a_server_whose_parent_was_killed_can_be_started_again(counters: Served) -> None:
    orphans = workers_of(counters)
    assert len(orphans) == 2
    began = time.monotonic()
    counters.server.process.kill()
    counters.server.process.wait()
    gone = wait_until(partial(are_gone, orphans), 10)
    say(f"the workers end {time.monotonic() - began:.2f} s after their parent was killed")
    assert gone, "workers go on without their parent, and hold its port"
    counters.restart()
    assert counters.client().get("/counters/shared").status == 200


def workers_of(counters: Served) -> list[int]:
    """The processes that answer; the parent may have others."""
    pids = []
    for pid in children(counters.server.process.pid):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"tracker" not in command:
            pids.append(pid)
    return sorted(pids)


def are_gone(pids: list[int]) -> bool:
    return not any(map(is_there, pids))


def is_there(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # nor is one that only waits to be asked how it ended


def check_file(counters: Served) -> None:
    """Ask SQLite whether its file is whole."""
    if counters.database.startswith("sqlite:///"):
        connection = sqlite3.connect(counters.database.removeprefix("sqlite:///"))
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        finally:
            connection.close()
