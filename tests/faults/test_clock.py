"""The clock is put back an hour, and on by 90 days and 10 years: no copy stays good that is not, no change is unseen.

In this process the clock is a variable. A server of its own has it put back by libfaketime, between two requests.
"""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path

import pytest

from tests.api import MERGE_PATCH, Answer, Served, frameworks, serving
from tests.conftest import REQUIRE_SERVERS, StartServer

ITEM = "/frameworks/Flask"
HOUR, DAY = 3600, 86400
JUMPS = [-HOUR, 90 * DAY, 3653 * DAY]


class Clock:
    """What `time.time` says: the true time, and how far it was put on."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.true = time.time

    def __call__(self) -> float:
        return self.true() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def served(database_url: str, clock: Clock) -> Iterator[Served]:
    """The Frameworks, made an hour and a day ago."""
    clock.ahead = -HOUR - DAY
    with serving(frameworks(), database=database_url) as served:
        served.send("GET", ITEM)
        served.change("UPDATE frameworks SET _modified = ?, _version = _version + 1", int(clock()))
        clock.ahead = 0
        yield served


def change(served: Served, key: str, created: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.send("PATCH", ITEM, {"Content-Type": MERGE_PATCH, **named}, {"created": created}, key=key)


def seconds(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()


def test_a_change_after_the_clock_was_put_back_makes_no_copy_good(served: Served, clock: Clock) -> None:
    key = served.key()
    clock.ahead = -10.0
    assert change(served, key, 2011).status == 200
    clock.ahead = 0.0
    date = served.send("GET", ITEM)["last-modified"]
    clock.ahead = -HOUR
    assert change(served, key, 2012).status == 200
    # While the clock is behind, as it reaches the stored time, and when it is right again.
    for ahead in (-HOUR, -HOUR + 60, -5.0, 0.0, HOUR):
        clock.ahead = ahead
        answer = served.send("GET", ITEM, {"If-Modified-Since": date})
        assert answer.status == 200, ahead
        assert seconds(answer.get("last-modified") or answer["date"]) <= seconds(answer["date"])
        assert change(served, key, 2013, If_Unmodified_Since=date).status == 412, ahead


def test_a_change_by_sql_is_no_earlier_than_the_one_before(served: Served, clock: Clock) -> None:
    ahead = int(clock()) + HOUR
    served.change("UPDATE frameworks SET _modified = ?, _version = _version + 1 WHERE name = 'Flask'", ahead)
    served.change("UPDATE frameworks SET created = 2011 WHERE name = 'Flask'")
    clock.ahead = HOUR + 10.0
    assert served.send("GET", ITEM, {"If-Modified-Since": formatdate(ahead, usegmt=True)}).status == 200
    assert served.send("GET", ITEM)["last-modified"] == formatdate(ahead + 1, usegmt=True)


def test_what_was_modified_in_the_future_has_no_date(served: Served, clock: Clock) -> None:
    key = served.key()
    date = served.send("GET", ITEM)["last-modified"]
    tag = served.send("GET", ITEM)["etag"]
    clock.ahead = -2.0 * DAY
    answer = served.send("GET", ITEM)
    assert answer.get("last-modified") is None
    for since in (date, answer["date"]):
        assert served.send("GET", ITEM, {"If-Modified-Since": since}).status == 200
        assert change(served, key, 2011, If_Unmodified_Since=since).status == 412
    assert served.send("GET", ITEM, {"If-None-Match": tag}).status == 304  # entity tags know of no clock
    assert change(served, key, 2011, If_Match=tag).status == 200


def test_a_date_of_this_second_permits_no_change(served: Served) -> None:
    """RFC 9110, section 8.8.2.2: somebody else may have changed it since, in the same second."""
    key = served.key()
    mine = change(served, key, 2011)["last-modified"]
    assert change(served, key, 2012).status == 200
    assert change(served, key, 2013, If_Unmodified_Since=mine).status == 412


@pytest.mark.parametrize("jump", JUMPS)
def test_dates_are_those_of_the_clock_and_no_age_is_negative(served: Served, clock: Clock, jump: int) -> None:
    served.send("GET", ITEM)
    clock.ahead = jump
    for target in (ITEM, "/frameworks", "/openapi.json", "/health/live", "/nothing"):
        answer = served.send("GET", target)
        assert abs(seconds(answer["date"]) - clock()) < 5
        assert answer.get("age") is None
        assert answer.get("expires") is None
        assert "=-" not in (answer.get("cache-control") or "")
        assert re.search("dur=-", answer["server-timing"]) is None


@pytest.mark.parametrize("jump", JUMPS)
def test_keys_expire_when_the_clock_says_so(served: Served, clock: Clock, jump: int) -> None:
    short, long, endless = (
        served.key(lifetime=60 * DAY),
        served.key(lifetime=20 * 366 * DAY),
        served.key(lifetime=None),
    )
    clock.ahead = jump
    assert change(served, short, 2012).status == (200 if jump < 60 * DAY else 401)
    assert change(served, long, 2013).status == change(served, endless, 2014).status == 200


def libfaketime() -> str:
    found = [*Path("/usr/lib").glob("**/faketime/libfaketime.so.1")]
    if not found:
        missing = "libfaketime is not here: apt-get install faketime"
        if REQUIRE_SERVERS:
            raise RuntimeError(missing)
        pytest.skip(missing)
    return str(found[0])


@pytest.mark.slow
def test_a_server_whose_clock_is_put_back_stays_true(
    start_server: StartServer, database_url: str, tmp_path: Path
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0")
    env = {
        "LD_PRELOAD": libfaketime(),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "RESTWELL_ISSUE_KEY": "test=frameworks:write",
    }
    server = start_server("--database", database_url, env=env)
    key = re.search(r"rw_\S+", server.stdout + server.stderr)
    assert key is not None

    def send(method: str, content: bytes | None = None, **headers: str) -> tuple[int, dict[str, str]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(server.url + ITEM, content, named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, {name.lower(): value for name, value in refusal.headers.items()}

    patch = {"Content_Type": MERGE_PATCH, "Authorization": f"Bearer {key[0]}"}
    assert send("PATCH", b'{"created": 2011}', **patch)[0] == 200
    date = send("GET")[1]["last-modified"]
    for text, ahead in (("-1h", -HOUR), ("+0", 0), ("+90d", 90 * DAY), ("+3650d", 3650 * DAY)):
        offset.write_text(text)
        status, headers = send("GET")
        assert status == 200
        assert abs(seconds(headers["date"]) - time.time() - ahead) < 5
        if ahead < 0:
            assert "last-modified" not in headers
            assert send("PATCH", b'{"created": 2012}', **patch)[0] == 200
        assert send("GET", If_Modified_Since=date)[0] == 200
        expected = 412 if ahead < 90 * DAY else 401  # the key is for 90 days
        assert send("PATCH", b'{"created": 2013}', **patch, If_Unmodified_Since=date)[0] == expected
