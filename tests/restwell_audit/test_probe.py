"""All that the auditor asks goes through the probe: within its limits, politely, to nobody else, and recorded."""

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.exchanges import Exchange
from restwell_audit.politeness import Pace
from restwell_audit.probe import BudgetSpent, Excluded, ForeignOrigin, NotSafe, NotSent, Probe
from tests.api import serving
from tests.restwell_audit import hostile
from tests.restwell_audit.hostile import MISCHIEF, Behaviour, Mischief, Server, Visit, response
from tests.restwell_audit.test_asgi import Application

FINE = response(b"fine")
MISSING = response(status=b"404 Not Found")
Start = Callable[..., Server]
Make = Callable[..., Probe]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start(opened: ExitStack) -> Start:
    """Start a server with this behaviour; it is stopped after the test."""
    return lambda behave, **options: opened.enter_context(Server(behave, **options))


@pytest.fixture
def make(opened: ExitStack) -> Make:
    """Make a probe, without robots.txt and in a hurry unless told; it is closed after the test."""

    def make(target: Any, **options: Any) -> Probe:
        defaults: dict[str, Any] = {"respect_robots": False, "per_second": math.inf, "seconds": 0.5}
        return opened.enter_context(Probe(target, **defaults | options))

    return make


def by_path(answers: dict[str, bytes], otherwise: bytes = FINE) -> Behaviour:
    """Answer each target with its own response."""

    def behave(visit: Visit) -> None:
        while request := visit.hear():
            visit.say(answers.get(request.split(b" ")[1].decode(), otherwise))

    return behave


def fields(request: bytes) -> dict[str, str]:
    lines = request.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


# What is sent, and what is recorded.


def test_an_exchange_records_what_was_sent_and_what_came(start: Start, make: Make) -> None:
    server = start(hostile.answers(response(b"fine", b"X-Y: 1")))
    url = f"{server.url}a?b#c"
    exchange = make(server.url, writing=True).send("PUT", url, headers={"X-Z": "2"}, content=b"hi")
    assert exchange.sent == (
        ("Host", server.url[7:-1]), ("User-Agent", "restwell-audit"), ("Accept", "*/*"),
        ("Accept-Encoding", "identity"), ("Content-Length", "2"), ("X-Z", "2"),
    )  # fmt: skip
    assert tuple(fields(server.requests[0]).items()) == exchange.sent
    assert server.requests[0].startswith(b"PUT /a?b HTTP/1.1\r\n")
    assert 0 < exchange.seconds < 0.5
    assert exchange == Exchange(
        1, "PUT", url, exchange.sent, b"hi", 200, (("Content-Length", "4"), ("X-Y", "1")), b"fine",
        seconds=exchange.seconds,
    )  # fmt: skip


def test_exchanges_are_numbered_from_one_and_told_of(start: Start, make: Make) -> None:
    told: list[Exchange] = []
    server = start(hostile.answers(FINE))
    probe = make(server.url, progress=told.append)
    sent = [probe.send("GET", server.url) for _ in range(3)]
    assert probe.exchanges == sent == told
    assert [exchange.number for exchange in sent] == [1, 2, 3]


def test_headers_of_a_request_replace_those_of_the_audit_and_these_the_defaults(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    probe = make(server.url, headers={"ACCEPT": "a/a", "Authorization": "Bearer x"})
    probe.send("GET", server.url)
    probe.send("GET", server.url, headers={"accept": "b/b", "Host": "other"})
    first, second = (fields(request) for request in server.requests)
    assert (first["ACCEPT"], first["Authorization"]) == ("a/a", "Bearer x")
    assert (second["accept"], second["Authorization"], second["Host"]) == ("b/b", "Bearer x", "other")
    assert not {"Accept", "ACCEPT"} & set(second)


def test_a_bare_request_has_nothing_of_the_audits_own(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    make(server.url, headers={"Authorization": "Bearer x"}).send("GET", server.url, bare=True, headers={"X": "y"})
    assert set(fields(server.requests[0])) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "X"}


def test_cookies_are_neither_kept_nor_sent(start: Start, make: Make) -> None:
    server = start(hostile.answers(response(b"", b"Set-Cookie: a=b; Path=/")))
    probe = make(server.url)
    for _ in range(2):
        assert probe.send("GET", server.url).header("set-cookie") == "a=b; Path=/"
    assert not any("cookie" in name.lower() for request in server.requests for name in fields(request))


def test_proxies_and_passwords_of_the_environment_are_not_used(
    start: Start, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    server = start(hostile.answers(FINE))
    assert make(server.url).send("GET", server.url).succeeded
    assert "Authorization" not in fields(server.requests[0])


def test_redirects_are_exchanges_and_not_followed(start: Start, make: Make) -> None:
    server = start(hostile.answers(response(b"", b"Location: /", status=b"302 Found")))
    probe = make(server.url)
    assert probe.send("GET", server.url).header("location") == "/"
    assert (len(probe.exchanges), len(server.requests)) == (1, 1)


@pytest.mark.parametrize("method, length", [("POST", "0"), ("GET", None), ("DELETE", None)])
def test_the_length_is_said_where_content_is_expected(
    start: Start, make: Make, method: str, length: str | None
) -> None:
    server = start(hostile.answers(FINE))
    make(server.url, writing=True).send(method, server.url)
    assert fields(server.requests[0]).get("Content-Length") == length


def test_a_fresh_request_goes_over_a_connection_of_its_own(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    probe = make(server.url)
    for fresh in (False, False, True):
        probe.send("GET", server.url, fresh=fresh)
    assert server.connections == 2


def test_a_request_can_go_through_an_intermediary(start: Start, make: Make) -> None:
    server, between = start(hostile.answers(FINE)), start(hostile.answers(response(b"stored", b"Age: 1")))
    url = f"{server.url}a"
    exchange = make(server.url).send("GET", url, via=between.url)
    assert (exchange.url, exchange.text, exchange.intermediary) == (url, "stored", True)
    assert (server.requests, len(between.requests)) == ([], 1)
    assert between.requests[0].startswith(b"GET /a HTTP/1.1\r\nHost: " + server.url[7:-1].encode() + b"\r\n")


@pytest.mark.parametrize("mischief", [pytest.param(each, id=name) for name, each in MISCHIEF.items()])
def test_nothing_that_a_server_does_is_raised(start: Start, make: Make, mischief: Mischief) -> None:
    server = start(mischief.behave)
    exchange = make(server.url, seconds=0.2, max_bytes=100_000).send("GET", server.url)
    assert (exchange.status, exchange.complete) == (mischief.status, mischief.complete)
    assert len(exchange.body) <= 100_000
    assert exchange.seconds < 1
    assert exchange.data is None


def test_a_header_that_cannot_be_sent_is_an_error_of_the_exchange(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    exchange = make(server.url).send("GET", server.url, headers={"Accept": "a/b\r\nX: y"})
    assert exchange.error.startswith("The request cannot be sent: ")
    assert server.requests == []


# What is not sent.


def test_the_budget_is_kept(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    probe = make(server.url, max_requests=2)
    for _ in range(2):
        probe.send("GET", server.url)
    for _ in range(2):
        with pytest.raises(BudgetSpent):
            probe.send("GET", server.url)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.0.0.1:1/", "http://127.0.0.1/",
        "http://127.0.0.1:{port}@evil.test/", "http://evil.test/127.0.0.1:{port}/", "//127.0.0.1:{port}/", "/a", "",
        "http://127.0.0.1:{port}0/", "file:///etc/passwd", "http://[", "http://127.0.0.1:{port}.evil.test/",
        "http://\ud800/", "http:\\\\127.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_another_origin(start: Start, make: Make, url: str) -> None:
    server = start(hostile.answers(FINE))
    port = re.findall(r"\d+", server.url)[-1]
    probe = make(server.url)
    with pytest.raises(ForeignOrigin):
        probe.send("GET", url.format(port=port))
    assert probe.exchanges == []


@given(st.text())
def test_wherever_a_link_leads_it_is_sent_home_or_not_at_all(link: str) -> None:
    asked: list[str] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        asked.append(environ["SERVER_NAME"])
        start_response("200 OK", [])
        return []

    probe = Probe(app)
    try:
        url = urljoin("http://localhost/", link)
    except ValueError:
        return
    try:
        exchange = probe.send("GET", url)
    except ForeignOrigin:
        assert asked == []
    else:
        assert exchange.error == ""
        assert asked == ["localhost"]


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "BREW", "get", "QUERY", "SEARCH", "REPORT"]
)
def test_what_may_change_something_is_sent_only_with_permission(start: Start, make: Make, method: str) -> None:
    server = start(hostile.answers(FINE))
    with pytest.raises(NotSafe, match=f"{method} is not a safe method"):
        make(server.url).send(method, server.url)
    assert server.requests == []
    make(server.url, writing=True).send(method, server.url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
def test_what_is_safe_needs_none(start: Start, make: Make, method: str) -> None:
    server = start(hostile.answers(response()))
    assert make(server.url).send(method, server.url).succeeded


@pytest.mark.parametrize("target", ["", "example.org", "ftp://example.org/", "/path"])
def test_a_target_is_a_url_of_http(target: str) -> None:
    with pytest.raises(ValueError, match="is not an absolute http or https URL"):
        Probe(target)


# robots.txt.

RULES = response(b"User-agent: restwell-audit\nDisallow: /private\n")


def test_robots_txt_is_asked_for_once_without_credentials_and_counts(start: Start, make: Make) -> None:
    server = start(by_path({"/robots.txt": RULES}))
    probe = make(server.url, respect_robots=True, max_requests=3, headers={"Authorization": "Bearer x"})
    for path in ("a", "b"):
        probe.send("GET", server.url + path)
    assert [exchange.url[len(server.url) :] for exchange in probe.exchanges] == ["robots.txt", "a", "b"]
    assert "Authorization" not in fields(server.requests[0])
    assert probe.budget.left == 0


def test_what_it_excludes_is_not_asked_for(start: Start, make: Make) -> None:
    server = start(by_path({"/robots.txt": RULES}))
    probe = make(server.url, respect_robots=True)
    for path in ("private", "private/a?b", "%70rivate"):
        with pytest.raises(Excluded, match=r"is not requested: robots\.txt excludes it\."):
            probe.send("GET", server.url + path)
    assert probe.send("GET", f"{server.url}public").succeeded
    assert len(server.requests) == 2


def test_who_does_not_care_does_not_ask(start: Start, make: Make) -> None:
    server = start(by_path({"/robots.txt": RULES}))
    assert make(server.url).send("GET", f"{server.url}private").succeeded
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status", [b"404 Not Found", b"401 Unauthorized", b"403 Forbidden", b"429 Too Many Requests"]
)
def test_a_robots_txt_that_is_not_to_be_had_excludes_nothing(start: Start, make: Make, status: bytes) -> None:
    """RFC 9309, section 2.3.1.3."""
    server = start(by_path({"/robots.txt": response(b"User-agent: *\nDisallow: /", status=status)}))
    assert make(server.url, respect_robots=True).send("GET", server.url).succeeded


@pytest.mark.parametrize(
    "said, why",
    [
        (response(status=b"500 Internal Server Error"), r"robots\.txt was answered with 500, which excludes every"),
        (
            b"SSH-2.0\r\n\r\n",
            r"robots\.txt could not be read \(The server did not send a valid HTTP response: .*\), which excl",
        ),
        (
            b"",
            r"robots\.txt could not be read \(The connection was closed without a response\), which excludes",
        ),
    ],
)
def test_one_that_the_server_fails_to_give_excludes_everything(
    start: Start, make: Make, said: bytes, why: str
) -> None:
    """RFC 9309, section 2.3.1.4."""
    server = start(hostile.says(said))
    probe = make(server.url, respect_robots=True)
    for _ in range(2):
        with pytest.raises(Excluded, match=why):
            probe.send("GET", server.url)
    assert len(probe.exchanges) == 1


def moved(location: str) -> bytes:
    return response(b"", f"Location: {location}".encode(), status=b"301 Moved Permanently")


def test_redirects_of_robots_txt_are_followed(start: Start, make: Make) -> None:
    """RFC 9309, section 2.3.1.2."""
    answers = {"/robots.txt": moved("/1"), **{f"/{n}": moved(f"/{n + 1}") for n in range(1, 5)}, "/5": RULES}
    server = start(by_path(answers))
    probe = make(server.url, respect_robots=True)
    with pytest.raises(Excluded):
        probe.send("GET", f"{server.url}private")
    assert len(probe.exchanges) == 6


def test_redirects_of_robots_txt_may_name_this_machine_otherwise(start: Start, make: Make) -> None:
    answers = {"/1": RULES}
    server = start(by_path(answers))
    answers["/robots.txt"] = moved(f"{server.url.replace('127.0.0.1', 'localhost')}1")
    with pytest.raises(Excluded):
        make(server.url, respect_robots=True).send("GET", f"{server.url}private")


@pytest.mark.parametrize("location", ["/robots.txt", "http://evil.invalid/robots.txt", "mailto:x@y", "http://["])
def test_redirects_that_lead_nowhere_exclude_nothing(start: Start, make: Make, location: str) -> None:
    server = start(by_path({"/robots.txt": moved(location)}))
    assert make(server.url, respect_robots=True).send("GET", server.url).succeeded
    assert len(server.requests) <= 7


def test_without_a_request_left_robots_txt_is_not_asked_for(start: Start, make: Make) -> None:
    server = start(by_path({"/robots.txt": RULES}))
    probe = make(server.url, respect_robots=True, max_requests=0)
    with pytest.raises(BudgetSpent):
        probe.send("GET", server.url)
    assert server.requests == []


# Pace and Retry-After.


def test_the_pace_is_kept(start: Start, make: Make) -> None:
    server = start(hostile.answers(FINE))
    probe = make(server.url, per_second=20)
    began = time.monotonic()
    for _ in range(5):
        probe.send("GET", server.url)
    assert time.monotonic() - began >= 4 / 20


def busy(after: str, status: bytes = b"503 Service Unavailable") -> bytes:
    return response(b"", f"Retry-After: {after}".encode(), status=status)


def patient(probe: Probe) -> list[float]:
    """Let a probe wait without taking time; returns how long it has waited each time."""
    slept: list[float] = []
    probe.pace = Pace(math.inf, sleep=slept.append)
    return slept


@pytest.mark.parametrize("status", [b"503 Service Unavailable", b"429 Too Many Requests"])
def test_a_server_that_asks_for_time_gets_it(start: Start, make: Make, status: bytes) -> None:
    server = start(hostile.answers(busy("2", status), busy("3", status), FINE))
    probe = make(server.url)
    slept = patient(probe)
    assert probe.send("GET", server.url).text == "fine"
    assert slept == [2, 3]
    assert [exchange.status for exchange in probe.exchanges] == [int(status[:3])] * 2 + [200]
    assert probe.budget.spent == 3


def test_a_date_is_waited_for_too(start: Start, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    server = start(hostile.answers(busy(formatdate(1_800_000_004, usegmt=True)), FINE))
    probe = make(server.url)
    slept = patient(probe)
    assert probe.send("GET", server.url).text == "fine"
    assert slept == [4]


@pytest.mark.parametrize(
    "answers, waits",
    [
        ([busy("6")], []),
        ([busy("3"), busy("3")], [3]),
        ([busy("soon")], []),
        ([busy("1", b"500 Internal Server Error")], []),
        ([response(status=b"503 Service Unavailable")], []),
        ([busy("1", b"202 Accepted")], []),
        ([busy("1"), busy("0"), busy("1"), busy("1"), busy("1")], [1, 1]),
    ],
    ids=["too long", "too long in sum", "not said", "another error", "no time", "no error", "too often"],
)
def test_what_is_not_worth_the_wait_stands(
    start: Start, make: Make, answers: list[bytes], waits: list[float]
) -> None:
    server = start(hostile.answers(*answers, answers[-1], FINE))
    probe = make(server.url)
    slept = patient(probe)
    exchange = probe.send("GET", server.url)
    assert exchange is probe.exchanges[-1]
    assert exchange.text != "fine"
    assert slept == waits


def test_what_changes_something_is_not_sent_again(start: Start, make: Make) -> None:
    """The server may have done it before it asked for time, and what is there may be another's after the wait."""
    server = start(hostile.answers(busy("2"), FINE))
    probe = make(server.url, writing=True)
    slept = patient(probe)
    assert probe.send("POST", server.url).status == 503
    assert (slept, len(server.requests)) == ([2], 1)


def test_a_request_is_not_sent_again_beyond_the_budget(start: Start, make: Make) -> None:
    server = start(hostile.answers(busy("1"), FINE))
    probe = make(server.url, max_requests=1)
    slept = patient(probe)
    assert probe.send("GET", server.url).status == 503
    assert slept == []


# Applications in this process.


def test_a_wsgi_application_is_judged_without_a_network(make: Make) -> None:
    with serving() as served:
        probe = make(served.app, base_url="http://localhost/", respect_robots=True)
        assert probe.url == "http://localhost/"
        exchange = probe.send("GET", probe.url)
        assert exchange.succeeded
        assert exchange.data
        assert [each.url for each in probe.exchanges] == ["http://localhost/"]
        with pytest.raises(NotSent):
            probe.send("GET", "http://other.invalid/")


def test_an_asgi_application_lives_as_long_as_the_probe() -> None:
    app = Application()
    with Probe(app) as probe:
        assert probe.send("GET", "http://localhost/a").text == "hello"
        assert app.diary == ["startup"]
    assert app.diary == ["startup", "shutdown"]


def test_an_application_is_called_as_fast_as_it_answers() -> None:
    with Probe(Application(), per_second=1) as probe:
        began = time.monotonic()
        for _ in range(10):
            probe.send("GET", probe.url)
        assert time.monotonic() - began < 1


def test_an_application_can_be_asked_through_an_intermediary(start: Start, make: Make) -> None:
    between = start(hostile.answers(response(b"stored")))
    probe = make(Application())
    exchange = probe.send("GET", probe.url, via=between.url)
    assert (exchange.url, exchange.text, exchange.intermediary) == ("http://localhost/", "stored", True)


def test_an_application_that_raises_is_an_error_of_the_exchange(make: Make) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        raise ValueError("a mistake")

    exchange = make(app).send("GET", "http://localhost/")
    assert (exchange.status, exchange.error) == (0, "The application raised ValueError: a mistake.")
