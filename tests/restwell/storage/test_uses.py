"""The last use of a key is known to a minute, is written at most once in it, and keeps nobody waiting."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from restwell import public, scope
from restwell.access.authenticators import ApiKeys
from restwell.access.keys import RESOLUTION, issue_key
from restwell.http.messages import Request
from restwell.model.declare import declare
from restwell.storage import uses
from restwell.storage.engine import Store
from restwell.storage.errors import passing
from restwell.storage.notices import NOTICES
from tests.api import FOUR
from tests.examples import Framework
from tests.hostile.keys import wrong
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), write=scope("frameworks"), initial=FOUR)
NOW = int(time.time())


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store.open(database_url, [FRAMEWORKS])) as opened:
        yield opened


def added(store: Store) -> str:
    key, record = issue_key("a test", ("frameworks:write",), now=NOW)
    store.keys.add(record)
    return key


def use(store: Store, key: str, monkeypatch: pytest.MonkeyPatch, at: float) -> None:
    monkeypatch.setattr("restwell.access.authenticators.time.time", lambda: at)
    request = Request("GET", "/", headers={"authorization": f"Bearer {key}"})
    assert ApiKeys().grant(request, store.find_key) is not None
    monkeypatch.undo()
    store.keys.uses.settle()


def used(store: Store, key: str) -> int | None:
    found = store.find_key(key[3:13])
    assert found is not None
    when = found["used"]
    assert when is None or isinstance(when, int)
    return when


def test_a_use_is_noted_to_a_minute(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key, other = added(store), added(store)
    assert used(store, key) is None
    told = []
    for after in (0, 1, RESOLUTION - 1, RESOLUTION, RESOLUTION + 1, 10 * RESOLUTION):
        use(store, key, monkeypatch, NOW + after)
        told.append((used(store, key) or 0) - NOW)
    assert told == [0, 0, 0, RESOLUTION, RESOLUTION, 10 * RESOLUTION]
    assert used(store, other) is None
    use(store, key, monkeypatch, NOW - 5)  # the clock was put back
    assert used(store, key) == NOW - 5


def test_what_another_worker_has_noted_is_not_written_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key = added(store)
    with closing(Store(store.driver, [FRAMEWORKS])) as other:
        use(other, key, monkeypatch, NOW)
        store.keys.uses.note(key[3:13], NOW + 1)
        store.keys.uses.settle()
        assert used(store, key) == NOW


def test_a_request_within_the_minute_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key = added(store)
    use(store, key, monkeypatch, NOW)
    monkeypatch.setattr(store.driver, "transaction", None)
    for after in range(RESOLUTION):
        use(store, key, monkeypatch, NOW + after)


def test_workers_write_what_is_used_in_them(store: Store) -> None:
    keys = [added(store) for _ in range(4)]
    store.driver.close()

    def work(place: int) -> None:
        for identifier in (keys[place][3:13], keys[0][3:13]):
            store.keys.uses.note(identifier, NOW)
        store.close()

    assert in_children(4, work) == [0] * 4
    assert [used(store, key) for key in keys] == [NOW] * 4


def test_no_request_waits_while_a_use_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with closing(Store.open(url, [FRAMEWORKS])) as store:
        key = added(store)
        entered, leave = threading.Event(), threading.Event()

        def transaction() -> None:
            entered.set()
            leave.wait(10)
            raise passing("busy")

        monkeypatch.setattr(store.driver, "transaction", transaction)
        store.keys.uses.note(key[3:13], NOW)
        assert entered.wait(10)
        assert used(store, key) is None  # as a request reads it meanwhile
        leave.set()


def test_a_database_that_is_only_read_keeps_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with closing(Store.open(url, [FRAMEWORKS])) as store:
        key = added(store)
    with closing(Store.open(f"{url}?mode=ro", [FRAMEWORKS])) as store:
        use(store, key, monkeypatch, NOW)
        assert used(store, key) is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "MAX_NOTED", 3)
    with closing(Store.open("sqlite://", [FRAMEWORKS])) as store:
        keys = [added(store) for _ in range(5)]
        for key in keys:
            store.keys.uses.note(key[3:13], NOW)
        store.keys.uses.settle()
        assert [used(store, key) for key in keys] == [NOW] * 3 + [None] * 2
        store.keys.uses.note(keys[4][3:13], NOW + RESOLUTION)
        store.keys.uses.settle()
        assert used(store, keys[4]) == NOW + RESOLUTION


def test_a_key_that_is_refused_is_not_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key = added(store)
    request = Request("GET", "/", headers={"authorization": f"Bearer {wrong(key)}"})
    assert ApiKeys().grant(request, store.find_key) is None
    store.keys.uses.settle()
    assert used(store, key) is None


def test_what_cannot_be_written_is_told(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NOTICES, "_told", {})
    key = added(store)
    with store.driver.transaction() as connection:
        connection.execute("ALTER TABLE restwell_keys RENAME TO away")
    store.keys.uses.note(key[3:13], NOW)
    store.keys.uses.settle()
    assert "the last use of a key is not recorded" in caplog.text
    with store.driver.transaction() as connection:
        connection.execute("ALTER TABLE away RENAME TO restwell_keys")
    store.keys.uses.note(key[3:13], NOW + RESOLUTION)
    store.keys.uses.settle()
    assert used(store, key) == NOW + RESOLUTION


def test_a_request_goes_on_where_no_thread_begins(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    key = added(store)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", start)
        store.keys.uses.note(key[3:13], NOW)
    store.keys.uses.settle()
    assert used(store, key) is None
    other = added(store)
    store.keys.uses.note(other[3:13], NOW + 1)
    store.keys.uses.settle()
    assert [used(store, each) for each in (key, other)] == [NOW, NOW + 1]
