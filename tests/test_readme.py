"""README.md holds: it installs as it says, its commands print what the page says, and its tests pass."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console import commands
from tests.levels import served
from tests.readme import README, outputs, saved, sections

ROOT = README.parent
IMPORTING = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        print(error.name.partition(".")[0])
"""
"""Imports every module of a package, and prints the names of libraries that are missing."""
DOCS = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def checked(command: list[str], directory: Path, **variables: str) -> str:
    """What a command prints that has to succeed, without settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RESTWELL_", "PYTHON"))}
    done = subprocess.run(
        command, cwd=directory, env=environment | variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(database_url: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:  # the audit puts it in between
        pytest.skip("no nginx: apt-get install nginx-light")
    page = README.read_text()
    told = commands(page)
    assert told == [command for _, text in sections(page) for command in commands(text)]
    printed = outputs(page, tmp_path, database_url)
    assert [(command, output) for (command, _), output in zip(told, printed, strict=True)] == told


@pytest.mark.slow
def test_the_tests_that_it_shows_pass(tmp_path: Path) -> None:
    page = README.read_text()
    saved(page, "myapp", tmp_path)
    tests = saved(page, "test_myapp", tmp_path)
    told = checked([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests.name], tmp_path)
    assert "1 passed" in told


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_is_installed_into_an_environment_as_it_says(tmp_path: Path) -> None:
    page = README.read_text()
    assert "pip install 'path/to/checkout/packages/restwell[serve]'" in page
    assert "pip install path/to/checkout/packages/restwell-audit\n" in page
    assert "`pip wheel --no-deps path/to/checkout/packages/restwell path/to/checkout/packages/restwell-audit`" in page
    copy, own, empty = tmp_path / "packages", tmp_path / "own", tmp_path / "empty"
    # A copy, because building writes into the folder.
    shutil.copytree(ROOT / "packages", copy, ignore=shutil.ignore_patterns("__pycache__"))
    own.mkdir()
    pip = own_environment(own)
    saved(page, "myapp", own)
    checked([*pip, "install", f"{copy / 'restwell'}[serve]"], own)
    assert_it_works(own)
    assert missing(own, "restwell") == {"alembic", "psycopg", "pytest"}  # of the other extras, and the plugin
    empty.mkdir()
    checked([*pip, "wheel", "--no-deps", str(copy / "restwell"), str(copy / "restwell-audit")], empty)
    shutil.rmtree(copy)
    pip = own_environment(empty)
    saved(page, "myapp", empty)
    checked([*pip, "install", *wheels_in(empty)], empty)
    assert_it_works(empty)
    assert missing(empty, "restwell") == {"alembic", "granian", "psycopg", "pytest"}
    assert "Usage: restwell audit" in checked([str(empty / "venv" / "bin" / "restwell"), "audit", "--help"], empty)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_auditor_works_from_its_wheel_alone(tmp_path: Path) -> None:
    copy = tmp_path / "restwell-audit"
    shutil.copytree(ROOT / "packages" / "restwell-audit", copy, ignore=shutil.ignore_patterns("__pycache__"))
    pip = own_environment(tmp_path)
    checked([*pip, "wheel", "--no-deps", str(copy)], tmp_path)
    shutil.rmtree(copy)
    checked([*pip, "install", *wheels_in(tmp_path)], tmp_path)
    installed = {
        each["name"].lower() for each in json.loads(checked([*pip[:-1], "list", "--format", "json"], tmp_path))
    }
    assert "restwell-audit" in installed
    assert not installed & {"restwell", "flask", "sqlalchemy", "pydantic", "granian"}
    assert missing(tmp_path, "restwell_audit") == {"pytest"}  # of the plugin alone
    with served("level3") as url:
        assert "Level 3 of 3" in checked([str(tmp_path / "venv" / "bin" / "restwell-audit"), url], tmp_path)


def own_environment(directory: Path) -> list[str]:
    """A new environment in a directory; the command of its pip."""
    checked([sys.executable, "-m", "venv", "venv"], directory)
    return [str(directory / "venv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-qq"]


def wheels_in(directory: Path) -> list[str]:
    return [wheel.name for wheel in directory.glob("*.whl")]


def missing(directory: Path, package: str) -> set[str]:
    """The libraries that modules of a package import, and that the environment of a directory does not have."""
    return set(checked([str(directory / "venv" / "bin" / "python"), "-c", IMPORTING, package], directory).split())


def assert_it_works(own: Path) -> None:
    """The command serves the reader's application and the Frameworks API, from what is installed there."""
    restwell, app = str(own / "venv" / "bin" / "restwell"), {"RESTWELL_APP": "myapp:app"}
    key = checked([restwell, "keys", "create", "me", "--scope", "books:write"], own, **app)
    assert re.fullmatch(r"rw_\w{10}_[\w-]{43}\w{6}\n", key)
    assert "representation" in checked([restwell, "trace", "GET", "/books"], own, **app)
    assert "representation" in checked([restwell, "trace", "GET", "/frameworks"], own)
    assert "app.py" in checked([restwell, "new", "notes"], own)
    notes = {"RESTWELL_APP": "app:create_app()"}
    assert "representation" in checked([restwell, "trace", "GET", "/notes"], own / "notes", **notes)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
