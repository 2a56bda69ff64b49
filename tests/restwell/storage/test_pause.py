"""Changes are refused while the database says so, in every process that uses it, and made again after that."""

from __future__ import annotations

import math
import time

import pytest

from restwell.storage import pause
from restwell.storage.pause import Pause
from tests.api import Served, serving


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pause, "LOOK", 0.0)


def pause_of(served: Served) -> Pause:
    return served.api.binding(served.app).store.pause


def change(served: Served, key: str) -> int:
    return served.send("PATCH", "/frameworks/Flask", content={"created": 2011}, key=key).status


def test_what_one_process_says_holds_for_the_others(database_url: str) -> None:
    with serving(database=database_url) as one, serving(database=database_url) as other:
        key = one.key()
        assert [change(one, key), change(other, key)] == [200, 200]
        pause_of(one).begin(90)
        refused = other.send("PATCH", "/frameworks/Flask", content={"created": 2012}, key=key)
        assert (refused.status, change(one, key)) == (503, 503)
        assert 85 <= int(refused["retry-after"]) <= 90
        assert refused.json()["detail"].startswith("Nothing can be changed for now, and reading goes on")
        read = other.send("GET", "/frameworks/Flask", accept="application/json")
        assert (read.status, read.json()["created"]) == (200, 2011)
        pause_of(other).end()
        assert [change(one, key), change(other, key)] == [200, 200]


def test_it_ends_by_itself(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(database=database_url) as served:
        key = served.key()
        pause_of(served).begin(60)
        assert change(served, key) == 503
        now = time.time()
        monkeypatch.setattr(f"{pause.__name__}.time.time", lambda: now + 61)
        assert pause_of(served).left() == 0


def test_without_an_end_it_holds_until_it_is_ended(database_url: str) -> None:
    with serving(database=database_url) as served:
        pause_of(served).begin(10)
        pause_of(served).begin(math.inf)
        assert math.isinf(pause_of(served).left())
        refused = served.send("DELETE", "/frameworks/Flask", key=served.key())
        assert (refused.status, refused["retry-after"]) == (503, "60")


def test_it_is_looked_at_once_a_second(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pause, "LOOK", 1.0)
    with serving(database=sqlite_url) as one, serving(database=sqlite_url) as other:
        key = one.key()
        now = time.monotonic()
        monkeypatch.setattr(f"{pause.__name__}.time.monotonic", lambda: now)
        assert change(other, key) == 200
        pause_of(one).begin(60)
        assert [change(one, key), change(other, key)] == [503, 200], "it knows what it says itself"
        monkeypatch.setattr(f"{pause.__name__}.time.monotonic", lambda: now + 1)
        assert change(other, key) == 503


def test_every_method_that_changes_is_refused_and_no_other(sqlite_url: str) -> None:
    with serving(database=sqlite_url) as served:
        pause_of(served).begin(60)
        new = {"name": "Falcon", "created": 2012}
        asked = [
            served.send(method, target, content=content, key=served.key())
            for method, target, content in (
                ("POST", "/frameworks", new), ("PUT", "/frameworks/Falcon", new),
                ("PATCH", "/frameworks/Flask", {}), ("DELETE", "/frameworks/Flask", None),
            )
        ]  # fmt: skip
        assert [each.status for each in asked] == [503] * 4
        assert served.send("POST", "/frameworks", content=new).status == 401, "who may not is told as ever"
        reading = [served.send(method, "/frameworks").status for method in ("GET", "HEAD", "OPTIONS")]
        assert reading == [200, 200, 204]
        assert served.send("GET", "/health/ready").status == 200


@pytest.mark.parametrize("given", [True, "1", "true"])
def test_a_setting_refuses_changes_whatever_the_database_says(given: object, sqlite_url: str) -> None:
    with serving(database=sqlite_url, config={"RESTWELL_READ_ONLY": given}) as served:
        assert change(served, served.key()) == 503
    with serving(database=sqlite_url, config={"RESTWELL_READ_ONLY": "0"}) as served:
        assert change(served, served.key()) == 200
