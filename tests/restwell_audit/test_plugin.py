from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from restwell_audit.plugin import restwell_audit

ROOT = Path(__file__).parents[2]
TEST = """
from examples.levels import level2, level3


def test_restful(restwell_audit):
    report = restwell_audit(level3.app)
    assert (report.level, report.verdict) == (3, "Likely RESTful")


def test_not_restful(restwell_audit):
    assert restwell_audit(level2.app, "/frameworks").level == 3
"""


@pytest.mark.slow
def test_the_fixture_judges_an_application_in_anybodys_tests(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "restwell_audit.plugin", "-p", "no:cacheprovider"]
    path = ":".join(each for each in [str(ROOT), *sys.path] if each)
    environment = {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in run.stdout, run.stdout + run.stderr
    assert "assert 2 == 3" in run.stdout


def test_who_installs_it_has_the_fixture() -> None:
    project = tomllib.loads((ROOT / "packages" / "restwell-audit" / "pyproject.toml").read_text())["project"]
    plugin = import_module(project["entry-points"]["pytest11"]["restwell-audit"])
    assert plugin.restwell_audit is restwell_audit


@pytest.mark.parametrize("heavy", ["restwell_audit.auditing", "httplint", "h11"])
def test_who_does_not_judge_does_not_wait_for_it(heavy: str) -> None:
    """Every run of pytest loads the plugin, wherever it is installed."""
    code = f"import restwell_audit.plugin, sys; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
