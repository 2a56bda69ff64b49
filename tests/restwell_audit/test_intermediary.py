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
from tests.restwell_audit.apis import Request, Response, said, served
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
