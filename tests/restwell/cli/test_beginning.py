"""`restwell new` writes a project that runs, passes its tests and those of linters, and never over anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from restwell.cli.beginning import FILES
from tests.arguments import shows
from tests.restwell.cli.conftest import Run
from tests.servers import RestwellServer


@pytest.fixture
def project(tmp_path: Path, run: Run) -> Path:
    directory = tmp_path / "my notes" / "api"
    ran = run("new", str(directory))
    assert (ran.code, ran.err) == (0, "")
    assert f"Next: cd '{directory}'; " in ran.out
    return directory


def within(project: Path, *command: str) -> str:
    """What a module of Python's says when it is run in the project, which has to go well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RESTWELL_")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_passes_the_tests_that_it_comes_with(project: Path) -> None:
    assert {each.name for each in project.iterdir()} == {*FILES}
    assert "3 passed" in within(project, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")


def test_it_runs_as_its_readme_says(project: Path) -> None:
    readme = (project / "README.md").read_text()
    assert "export RESTWELL_APP='app:create_app()'\n    restwell serve" in readme
    environment = {"RESTWELL_APP": "app:create_app()", "RESTWELL_DATABASE": "sqlite://"}
    server = RestwellServer(directory=project, env=environment)
    try:
        status, body = server.get("/notes")
    finally:
        server.stop()
    assert (status, b'"Collection"' in body) == (200, True)


@pytest.mark.slow
def test_it_is_typed_and_tidy(project: Path) -> None:
    within(project, "mypy", "--strict", "--cache-dir", str(project / ".cache"), "app.py", "test_app.py")
    within(
        project, "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,W,I,B,UP,SIM", "--line-length=118", "."
    )
    within(project, "ruff", "format", "--isolated", "--no-cache", "--check", "--line-length=118", ".")


def test_nothing_is_written_over(project: Path, run: Run) -> None:
    before = {each: each.read_bytes() for each in project.iterdir()}
    ran = run("new", str(project))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"restwell: {project} is not empty: name a directory that is empty, or not there yet.\n"
    ran = run("new", str(project / "app.py"))
    assert (ran.code, ran.err) == (1, f"restwell: {project / 'app.py'} cannot be written: File exists.\n")
    assert {each: each.read_bytes() for each in project.iterdir()} == before


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    ran = run("new", str(tmp_path / "file" / "inner"))
    assert ran.code == 1
    assert ran.err.endswith("cannot be written: Not a directory.\n")


@shows("restwell new", "directory")
def test_an_empty_directory_is_taken(tmp_path: Path, run: Run) -> None:
    assert run("new", str(tmp_path)).code == 0
    assert (tmp_path / "app.py").is_file()
