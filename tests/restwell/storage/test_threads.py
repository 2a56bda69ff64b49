"""A thread or greenlet a request, as `flask run` and gunicorn with gevent have it: connections do not pile up."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from restwell.storage.connections import MAX_READERS, MAX_WRITERS
from tests.api import Served, serving
from tests.servers import wait_until

OURS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@contextmanager
def counted(url: str) -> Iterator[Callable[[], int]]:
    """Count the connections to a database: processes of PostgreSQL, or descriptors of the file in this process."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url, autocommit=True) as connection:
            yield lambda: int(connection.execute(OURS.encode()).fetchone()[0])  # type: ignore[index]  # there is a row
        return
    path = url.removeprefix("sqlite:///")

    def descriptors() -> int:
        links = [Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 -- of links
        return [os.path.realpath(link) for link in links].count(path)

    yield descriptors


def read_and_write(served: Served, key: str, number: int, statuses: list[int]) -> None:
    statuses.append(served.send("GET", "/frameworks/Flask").status)
    change = {"name": "Flask", "created": 2000 + number % 20}
    statuses.append(served.send("PUT", "/frameworks/Flask", [], change, key=key).status)


def request_by_threads(url: str, number: int, at_once: int) -> None:
    with serving(database=url) as served, counted(url) as count:
        key, statuses = served.key(), list[int]()
        read_and_write(served, key, 0, statuses)
        before = count()
        for start in range(1, number, at_once):
            threads = [
                threading.Thread(target=read_and_write, args=(served, key, start + place, statuses))
                for place in range(at_once)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert count() <= (before if at_once == 1 else MAX_READERS + MAX_WRITERS)
        assert set(statuses) == {200}
    with counted(url) as count:
        assert wait_until(lambda: count() == 0, 5)


@pytest.mark.parametrize("number, at_once", [(150, 1), (150, 50)])
def test_a_thread_a_request_leaves_no_connection_behind(database_url: str, number: int, at_once: int) -> None:
    request_by_threads(database_url, number, at_once)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_threads_leave_no_connection_behind(database_url: str) -> None:
    request_by_threads(database_url, 10_000, 1)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_hundred_threads_at_once_do_not_take_what_others_need(postgresql_url: str) -> None:
    request_by_threads(postgresql_url, 1000, 200)


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import os, sys, gevent, psycopg
from tests.api import serving

url, number = sys.argv[1], int(sys.argv[2])
with serving(database=url) as served:
    def ask():
        return served.send("GET", "/frameworks/Flask").status

    ask()
    jobs = [gevent.spawn(ask) for _ in range(number)]
    gevent.joinall(jobs)
    print(sorted({job.value for job in jobs}))
    stopped = [gevent.spawn(ask) for _ in range(50)]
    gevent.sleep(0)
    gevent.killall(stopped)
    print(ask())
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        print([os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")].count(path))
    else:
        with psycopg.connect(url) as connection:
            print(connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                     "AND pid <> pg_backend_pid()").fetchone()[0])
"""


@pytest.mark.slow
def test_a_greenlet_a_request_leaves_no_connection_behind(database_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", GREENLETS, database_url, "300"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    lines = ran.stdout.splitlines()
    assert lines[:2] == ["[200]", "200"], ran.stderr[-2000:]
    assert 1 <= int(lines[2]) <= MAX_READERS + MAX_WRITERS
