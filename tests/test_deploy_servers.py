"""What docs/deploy.md starts: each server, as it stands there, behind both proxies, on a real host name."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import REQUIRE_SERVERS
from tests.dockerfile import Image
from tests.proxies import DEPLOY, HOST, in_front_of
from tests.readme import README, saved
from tests.servers import free_port, restwell_command, wait_until
from tests.test_pages_of_code import blocks

pytestmark = pytest.mark.slow
EXPORTS, COMMANDS = (block.splitlines() for block in blocks("deploy.md", "sh"))
BIND = "127.0.0.1:8000"
MAX_EXPOSURE = 20
"""Of 100, as `systemd-analyze security` counts."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an application, with deploy/ in it."""
    made = tmp_path / "myapp"
    shutil.copytree(DEPLOY, made / "deploy")
    saved(README.read_text(), "myapp", made)
    return made


@contextmanager
def running(command: list[str], directory: Path, port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """A process that listens on a port, and those that it starts; it ends by SIGTERM."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RESTWELL_")}
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env={**inherited, **environment}, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        assert wait_until(lambda: listens(port) or process.poll() is not None, 40), log.read_text()
        assert process.poll() is None, log.read_text()
        yield
        process.terminate()
        process.wait(timeout=20)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"it does not end by SIGTERM:\n{log.read_text()}") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def assert_it_serves(backend: int, port: int, directory: Path) -> None:
    """The first answer behind each proxy is 200, and leads on by links of its own."""
    for name in ("nginx", "caddy"):
        place = directory / name
        place.mkdir()
        with in_front_of(backend, name, port, place) as proxy:
            entry = proxy.ask("GET", "/", Accept="application/json")
            assert (entry.status, json.loads(entry.body)["books"]) == (200, f"{proxy.url}/books")
            page = proxy.ask("GET", "/books")
            assert (page.status, json.loads(page.body)["@id"]) == (200, f"{proxy.url}/books")
            assert proxy.ask("GET", "/health/ready").status == 200
            assert proxy.ask("POST", "/books", b"{}", Content_Type="application/json").status == 401
            forged = proxy.ask(
                "GET", "/", Accept="application/json",
                X_Forwarded_Host="evil.example", X_Forwarded_Proto="http", Forwarded="host=evil",
            )  # fmt: skip
            assert forged.body == entry.body


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_answer_on_a_real_host_name_is_200(command: str, folder: Path, tmp_path: Path) -> None:
    backend, port = free_port(), free_port()
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in EXPORTS:
        name, _, value = line.removeprefix("export ").partition("=")
        environment[name] = value.replace("/var/lib/restwell", str(tmp_path)).replace(HOST, f"{HOST}:{port}")
    assert sorted(environment) == ["PATH", "RESTWELL_BASE_URL", "RESTWELL_DATABASE"]
    changed = 0
    for file in (folder / "deploy").iterdir():
        text = file.read_text()
        changed += file.name in command and BIND in text
        file.write_text(text.replace(BIND, f"127.0.0.1:{backend}"))
    if not changed:  # `restwell serve` has that by itself
        assert command.startswith("restwell serve")
        command += f" --bind 127.0.0.1:{backend}"
    with running(["bash", "-c", f"exec {command}"], folder, backend, environment):
        assert_it_serves(backend, port, tmp_path)
    assert (tmp_path / "api.db").exists()


# systemd


def unit_in(folder: Path, state: Path) -> Path:
    """The unit with the folders of a test in place of its own."""
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "bin" / "restwell").symlink_to(restwell_command())
    text = (DEPLOY / "restwell.service").read_text()
    assert "/srv/myapp" in text
    assert "%S/restwell" in text
    unit = folder / "restwell.service"
    unit.write_text(text.replace("/srv/myapp", str(folder)).replace("%S/restwell", str(state)))
    return unit


def test_what_the_unit_starts_is_served(folder: Path, tmp_path: Path) -> None:
    backend, port = free_port(), free_port()
    text = unit_in(folder, tmp_path).read_text().replace(BIND, f"127.0.0.1:{backend}")
    [command] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE))
    environment["RESTWELL_BASE_URL"] += f":{port}"
    with running(command.split(), folder, backend, environment):
        assert_it_serves(backend, port, tmp_path)
    assert (tmp_path / "api.db").exists()


def test_the_unit_is_in_order_and_may_do_little(folder: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        assert not REQUIRE_SERVERS, "apt-get install systemd"
        pytest.skip("no systemd-analyze: apt-get install systemd")
    unit = unit_in(folder, tmp_path)
    for command in (["verify"], ["security", "--offline=true", f"--threshold={MAX_EXPOSURE}"]):
        found = subprocess.run(
            ["systemd-analyze", "--no-pager", *command, str(unit)], capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stdout + found.stderr
        assert found.stderr == ""


# A container


@pytest.mark.timeout(600)
def test_the_lines_of_the_dockerfile_make_an_image_that_serves(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(
        DEPLOY.parent / "packages", folder / "restwell" / "packages", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "requirements.txt").write_text("# Nothing beside Restwell.\n")
    image = Image((DEPLOY / "Dockerfile").read_text(), folder, tmp_path / "root")
    assert [stage.partition(" ")[2] for stage in image.stages] == ["AS build", ""]
    assert image.user not in {"", "root", "0"}
    backend, port = free_port(), free_port()
    environment = {
        **image.environment, "PYTHONPATH": "",
        "RESTWELL_BASE_URL": f"https://{HOST}:{port}", "RESTWELL_BIND": f"0.0.0.0:{backend}",
    }  # fmt: skip
    health = [each.replace(BIND, f"127.0.0.1:{backend}") for each in image.health]
    assert health != image.health
    assert subprocess.run(health, env=environment, capture_output=True, check=False).returncode == 1
    with running(image.command, image.directory, backend, environment):
        assert_it_serves(backend, port, tmp_path)
        assert subprocess.run(health, env=environment, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "root" / "data" / "api.db").exists()
