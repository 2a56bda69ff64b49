from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from restwell_audit.intermediary import NoIntermediary, intermediary
from restwell_audit.sockets import Sockets
from restwell_audit.transports import Incoming, Limits, Origin, Outgoing
from tests.restwell_audit import hostile
from tests.restwell_audit.apis import Request, Response, said, served
from tests.restwell_audit.hostile import Behaviour, Server, Visit
from tests.servers import free_port


def echo(request: Request) -> Response:
    """What came in, as JSON."""
    return said({"target": request.target, "fields": dict(request.fields)}, Via="1.0 inner")


def fetch(url: str, **fields: str) -> tuple[int, list[str], str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=10) as answer:
            return answer.status, answer.headers.get_all("Via"), answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers.get_all("Via") or [], ""


def test_it_passes_requests_on_as_they_are_and_adds_via() -> None:
    with served(echo) as url, intermediary(url) as via:
        status, vias, text = fetch(f"{via}/a%20b?c=d%2Fe", Host="api.example", Accept="text/x")
    assert status == 200
    assert vias[-1] == "1.1 restwell-audit"
    assert '"target": "/a b?c=d%2Fe"' in text
    assert '"host": "api.example"' in text
    assert '"accept": "text/x"' in text
    assert '"via": "1.1 restwell-audit"' in text


def test_refusals_are_passed_on_and_marked_too() -> None:
    with served(lambda _: Response(404)) as url, intermediary(url) as via:
        assert fetch(f"{via}/x")[:2] == (404, ["1.1 restwell-audit"])


def test_where_nothing_listens_behind_it_says_502() -> None:
    with intermediary(f"http://127.0.0.1:{free_port()}/") as via:
        assert fetch(f"{via}/")[0] == 502


def test_it_listens_to_this_machine_only() -> None:
    with served(echo) as url, intermediary(url) as via:
        assert via.startswith("http://127.0.0.1:")


def test_nothing_is_left_of_it_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remembering(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))  # type: ignore[call-overload]  # as it was called
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remembering)
    with pytest.raises(urllib.error.URLError), served(echo) as url, intermediary(url) as via:
        fetch(f"{via}0000/")  # no port has so many digits
    assert [process.returncode is not None for process in started] == [True]
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoIntermediary, match=r"^nginx is not installed\.$"), intermediary("http://127.0.0.1:1/"):
        pass


def test_one_that_does_not_listen_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    idle = tmp_path / "nginx"
    idle.write_text("#!/bin/sh\nexec sleep 60\n")
    idle.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(idle))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(NoIntermediary, match="does not answer"), intermediary("http://127.0.0.1:1/"):
        pass


def said_by(server: Behaviour, target: str, *, method: str = "GET") -> tuple[bytes, Incoming]:
    """What a server was sent through the intermediary, and what came back."""
    with Server(server) as behind, intermediary(behind.url) as via:
        host = Origin.of(behind.url).authority
        outgoing = Outgoing(method, f"{behind.url}{target}", (("Host", host), ("X_Y", "1")), via=Origin.of(via))
        sockets = Sockets(Limits(2))
        incoming = sockets.exchange(outgoing)
        sockets.close()
        return behind.requests[0].replace(host.encode(), b"HOST"), incoming


@pytest.mark.parametrize("target", ["a%2Fb//c/", "%7Ea/./b?x=%2F&y=a+b", "a/", "a", "a%20b;c=1", "a/../b"])
def test_targets_fields_and_the_host_are_passed_on_as_they_are(target: str) -> None:
    request, _ = said_by(hostile.answers(hostile.response(b"fine")), target)
    assert request == (f"GET /{target} HTTP/1.1\r\nHost: HOST\r\nVia: 1.1 restwell-audit\r\nX_Y: 1\r\n\r\n").encode()


@pytest.mark.parametrize("field", [
    ("Location", "http://127.0.0.1:{port}/elsewhere"), ("Refresh", "1; url=http://127.0.0.1:{port}/"),
    ("Server", "Apache/1.3"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("X-Accel-Redirect", "/secret"),
    ("X-Accel-Expires", "5"), ("X-Accel-Buffering", "no"), ("Accept-Ranges", "bytes"), ("ETag", 'W/"1"'),
    ("Set-Cookie", "a=b; Path=/; Domain=127.0.0.1"), ("Content-Type", "text/plain"), ("Expires", "0"),
    ("X-Large", "x" * 30_000),
])  # fmt: skip
def test_fields_of_answers_are_passed_on_as_they_are(field: tuple[str, str]) -> None:
    name, value = field[0], field[1].format(port=8000)
    answer = hostile.response(b"hello", f"{name}: {value}".encode())
    _, incoming = said_by(hostile.says(answer), "")
    assert (incoming.status, incoming.body) == (200, b"hello")
    assert dict(incoming.headers)[name] == value


def test_what_the_server_sends_arrives_as_it_is_sent() -> None:
    def behave(visit: Visit) -> None:
        visit.hear()
        visit.say(b"HTTP/1.1 200 OK\r\n\r\nhello")
        visit.pause(60)

    _, incoming = said_by(behave, "")
    assert incoming.body == b"hello"
