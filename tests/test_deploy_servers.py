"""What docs/deploy.md starts: each server, as it stands there, behind both proxies, on a real host name."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.deployed import COMMANDS, Deployed, opened
from tests.proxies import Proxy, Reply
from tests.servers import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
JSON = "application/json"
CLIENTS = 4
MORE = """

import time
from pathlib import Path


@app.get("/slow")
def slow():
    Path("begun").touch()
    time.sleep(1)
    return "done"


@app.get("/version")
def version():
    return "first"
"""


def put(proxy: Proxy, isbn: str, key: str, pages: int = 1, **fields: str) -> Reply:
    content = json.dumps({"title": "Notes", "pages": pages}).encode()
    return proxy.ask("PUT", f"/books/{isbn}", content, Content_Type=JSON, Authorization=key, **fields)


# The first answer, and what a proxy has to let through


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_answer_on_a_real_host_name_is_200(command: str, tmp_path: Path) -> None:
    served = Deployed(command, tmp_path)
    key = served.key()
    with served.started():
        for name in ("nginx", "caddy"):
            with served.behind(name) as proxy:
                assert_it_serves(proxy)
                assert_all_comes_through(proxy, key)
                told, _ = under_load(lambda: None, proxy, key)  # on connections that are used again, or not
                assert set(told) - {"PUT, 201"} == {"GET, 200", "PUT, 200"}, (told, served.log())
        assert opened(served.process.pid, served.database) == 0  # each worker opens the database itself
        assert any(opened(worker, served.database) for worker in served.workers())
        assert len(served.workers()) >= 2


def assert_it_serves(proxy: Proxy) -> None:
    """The first answer is 200, and leads on by links of its own, whatever a client says of proxies."""
    entry = proxy.ask("GET", "/", Accept=JSON)
    assert (entry.status, json.loads(entry.body)["books"]) == (200, f"{proxy.url}/books")
    page = proxy.ask("GET", "/books")
    assert (page.status, json.loads(page.body)["@id"]) == (200, f"{proxy.url}/books")
    assert proxy.ask("GET", "/health/ready").status == 200
    forged = proxy.ask(
        "GET", "/", Accept=JSON, X_Forwarded_Host="evil.example", X_Forwarded_Proto="http", Forwarded="host=evil"
    )
    assert forged.body == entry.body
    elsewhere = proxy.ask("GET", "/", Host="evil.example")
    if proxy.name == "nginx":
        assert elsewhere.status == 421
    else:  # it answers for no other host itself
        assert (elsewhere.status, elsewhere.body) == (200, b"")


def assert_all_comes_through(proxy: Proxy, key: str) -> None:
    """Entity tags stay strong and guard; what is too large, or not allowed, is refused, and the refusal seen."""
    isbn = f"97800000000{proxy.name == 'nginx':02}"
    assert put(proxy, isbn, key).status == 201
    shown = proxy.ask("GET", f"/books/{isbn}", Accept=JSON, Accept_Encoding="gzip, zstd, br")
    tag = shown.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    again = proxy.ask("GET", f"/books/{isbn}", Accept=JSON, If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert put(proxy, isbn, key, 2, If_Match=tag).status == 200
    assert put(proxy, isbn, key, 3, If_Match=tag).status == 412
    for _ in range(3):
        large = proxy.ask("POST", "/books", b"x" * 1_100_000, Content_Type=JSON, Authorization=key)
        assert large.status == 413
        unknown = proxy.ask("POST", "/books", b" " * 900_000, Content_Type=JSON)
        assert unknown.status == 401


# Started anew, and ended


@pytest.mark.parametrize("command", COMMANDS)
def test_no_request_is_lost_when_it_is_started_anew(command: str, tmp_path: Path) -> None:
    served = Deployed(command, tmp_path, more=MORE)
    key = served.key()
    with served.started(), served.behind("nginx") as proxy:
        assert wait_until(lambda: len(served.workers()) >= 2, 20)
        if command.startswith("uwsgi"):  # passes over workers that are still starting
            assert wait_until(lambda: served.log().count("WSGI app 0") == 2, 20), served.log()
        served.program.write_text(served.program.read_text().replace('"first"', '"second"'))
        assert proxy.ask("GET", "/version").body == b"first"

        def hang_up() -> None:
            before = served.workers()
            time.sleep(0.5)
            served.process.send_signal(signal.SIGHUP)
            assert wait_until(lambda: len(served.workers()) >= 2 and not served.workers() & before, 40), served.log()

        told, acknowledged = under_load(hang_up, proxy, key)
        assert set(told) - {"PUT, 201"} == {"GET, 200", "PUT, 200"}, (told, served.log())
        for isbn, pages in acknowledged.items():
            assert json.loads(proxy.ask("GET", f"/books/{isbn}", Accept=JSON).body)["pages"] == pages
        # With --preload it is the first process that has the code.
        assert proxy.ask("GET", "/version").body == (b"first" if "--preload" in command else b"second")
        assert_what_is_in_progress_ends(served, proxy)


def under_load(work: Callable[[], None], proxy: Proxy, key: str) -> tuple[Counter[str], dict[str, int]]:
    """Half of some clients read, half replace each a book of their own, during some work and for a moment after.

    Gives how often what was answered, and the last pages of each book that were acknowledged.
    """
    done, told = threading.Event(), Counter[str]()
    acknowledged: dict[str, int] = {}

    def ask(place: int) -> None:
        isbn, pages = f"978000000100{place}", 0
        while not done.is_set():
            pages += 1
            method = "GET" if place % 2 else "PUT"
            try:
                answer = proxy.ask("GET", "/books") if place % 2 else put(proxy, isbn, key, pages)
            except OSError as error:
                told[f"{method}, {error!r}"] += 1
                continue
            told[f"{method}, {answer.status}"] += 1
            if method == "PUT" and answer.status < 300:
                acknowledged[isbn] = pages

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        work()
        time.sleep(0.5)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return told, acknowledged


def assert_what_is_in_progress_ends(served: Deployed, proxy: Proxy) -> None:
    """A request that has begun is answered after SIGTERM."""
    found: list[Reply] = []
    asking = threading.Thread(target=lambda: found.append(proxy.ask("GET", "/slow")))
    asking.start()
    assert wait_until((served.folder / "begun").exists, 10)
    served.process.terminate()
    asking.join()
    assert (found[0].status, found[0].body) == (200, b"done"), served.log()
    assert served.process.wait(timeout=20) == 0


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("uwsgi")])
def test_a_worker_that_has_not_begun_yet_ends_too(command: str, tmp_path: Path) -> None:
    served = Deployed(command, tmp_path)
    with served.started():
        begins = 'import time\nfrom pathlib import Path\nPath("begun").touch()\ntime.sleep(30)\n'
        served.program.write_text(begins + served.program.read_text())
        served.process.send_signal(signal.SIGHUP)
        assert wait_until((served.folder / "begun").exists, 20), served.log()
        served.process.terminate()
        served.process.wait(timeout=10)


# Connections and forks

ASKED = """

app.test_client().get("/books")  # opens the database before there is any worker
"""
PRELOADED: dict[str, dict[str, str]] = {
    next(each for each in COMMANDS if "--preload" in each and "sync" not in each): {},
    next(each for each in COMMANDS if each.startswith("uwsgi")): {"lazy-apps = true": "lazy-apps = false"},
}
"""Commands that load the application before they fork, and what makes them do so."""
SESSIONS = (
    "SELECT pid, state_change::text FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid"
)


@pytest.mark.parametrize("command", PRELOADED)
def test_no_connection_to_postgresql_is_shared_over_a_fork(command: str, postgresql_url: str, tmp_path: Path) -> None:
    served = Deployed(command, tmp_path, more=ASKED, changes=PRELOADED[command], database=postgresql_url)
    key = served.key()
    with served.started(), served.behind("nginx") as proxy:
        before = sessions(postgresql_url)
        assert len(before) >= 1
        told, acknowledged = under_load(lambda: time.sleep(1), proxy, key)
        assert set(told) - {"PUT, 201"} == {"GET, 200", "PUT, 200"}, (told, served.log())
        assert len(acknowledged) == CLIENTS / 2
        after = sessions(postgresql_url)
        assert after.items() >= before.items()  # as they were: nobody has used them
        assert len(after) > len(before)


def sessions(url: str) -> dict[int, str]:
    """The sessions of a database, each with when it was last used."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute(SESSIONS).fetchall())


@pytest.mark.parametrize("command", PRELOADED)
def test_no_connection_to_sqlite_is_shared_over_a_fork(command: str, tmp_path: Path) -> None:
    served = Deployed(command, tmp_path, more=ASKED, changes=PRELOADED[command])
    key = served.key()
    with served.started(), served.behind("nginx") as proxy:
        inherited = opened(served.process.pid, served.database)
        assert inherited >= 1
        told, _ = under_load(lambda: time.sleep(1), proxy, key)
        assert set(told) - {"PUT, 201"} == {"GET, 200", "PUT, 200"}, (told, served.log())
        assert any(opened(worker, served.database) > inherited for worker in served.workers())
        assert opened(served.process.pid, served.database) == inherited
