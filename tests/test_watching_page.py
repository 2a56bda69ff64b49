"""docs/watching.md shows what the command prints, and a workflow whose commands do what the page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from restwell_audit import audit, compare
from restwell_audit.reading import yaml
from restwell_audit.report import FORMATS
from tests.console import commands
from tests.levels import ROOT, served
from tests.restwell_audit.apis import wsgi
from tests.restwell_audit.good import Good
from tests.servers import free_port
from tests.watching import PAGE, outputs

pytestmark = pytest.mark.slow


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_prints_what_the_command_says() -> None:
    page = PAGE.read_text()
    assert outputs(page) == [printed for _, printed in commands(page)]


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = wsgi(Good())
    Path("rest-baseline.json").write_text(FORMATS["json"](audit(app)))
    names: dict[str, Any] = {"app": app}
    exec(compile(block("python"), "watching.md", "exec"), names)  # noqa: S102 - our own page
    assert not names["found"].differs
    assert names["compare"] is compare


def steps() -> list[dict[str, Any]]:
    workflow = yaml.read(block("yaml").encode())
    found: list[dict[str, Any]] = workflow["jobs"]["audit"]["steps"]
    return found


def run_steps(directory: Path, baseline: str) -> dict[str, int]:
    """The exit code of each step of the workflow, by its name, but for those that install something."""
    shutil.copy(ROOT / "examples" / "levels" / "level2.py", directory / "app.py")
    (directory / "rest-baseline.json").write_text(baseline)
    port = free_port()
    lines = ["stop() { kill $(jobs -p); }", "trap stop EXIT"]
    for step in steps():
        if "run" in step and step["name"] != "Install":
            text = step["run"].replace("8000", str(port))
            lines += [f'{text}\necho "code {step["name"]}=$?"']
    programs = Path(sys.executable).parent
    variables = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(
        [str(ROOT), os.environ.get("PYTHONPATH", "")])}  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=directory, env=variables, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    return {name: int(code) for name, code in re.findall(r"^code (.*)=(\d+)$", done.stdout, re.MULTILINE)}


def test_the_workflow_does_what_it_is_for(tmp_path: Path) -> None:
    with served("level2") as url:
        same = FORMATS["json"](audit(f"{url}/frameworks"))
    better = json.loads(same) | {"level": 3}
    assert run_steps(tmp_path, same) == {"Start the API": 0, "Audit it": 0, "Write the reports": 0}
    assert json.loads((tmp_path / "rest-report.json").read_text())["since"]["worse"] is False
    results = json.loads((tmp_path / "rest-report.sarif").read_text())["runs"][0]["results"]
    assert {"unchanged", "new"} >= {each["baselineState"] for each in results} - {"updated", "absent"}
    assert "Since the baseline" in (tmp_path / "rest-report.html").read_text()
    ET.fromstring((tmp_path / "rest-report.badge").read_text())  # noqa: S314 - our own
    codes = run_steps(tmp_path, json.dumps(better))
    assert codes["Audit it"] == 1


def test_what_is_uploaded_is_what_was_written() -> None:
    named = {str(value) for step in steps() for value in step.get("with", {}).values()}
    assert "rest-report.sarif" in named
    assert all(step.get("if") == "always()" for step in steps()[steps().index(steps()[5]) :])
