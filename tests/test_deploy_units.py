"""deploy/restwell.service and deploy/Dockerfile, as far as they can be tried without systemd and containers."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REQUIRE_SERVERS
from tests.deployed import BIND, folder_in, running
from tests.dockerfile import Image
from tests.proxies import DEPLOY, HOST, in_front_of
from tests.servers import free_port, restwell_command
from tests.test_deploy_servers import assert_it_serves

pytestmark = pytest.mark.slow
MAX_EXPOSURE = 20
"""Of 100, as `systemd-analyze security` counts."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_in(tmp_path)


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
    serving = running(command.split(), folder, backend, environment)
    with serving, in_front_of(backend, "nginx", port, tmp_path) as proxy:
        assert_it_serves(proxy)
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
        with in_front_of(backend, "caddy", port, tmp_path) as proxy:
            assert_it_serves(proxy)
        assert subprocess.run(health, env=environment, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "root" / "data" / "api.db").exists()
