"""Every command in README.md prints what the page says, and its declaration is the one that is served."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from restwell.frameworks import api as frameworks
from tests.console import commands, run
from tests.readme import README
from tests.servers import RestwellServer

DOCS = (README, README.parent / "CONTRIBUTING.md", *sorted((README.parent / "docs").glob("*.md")))


def test_the_tour_prints_what_the_readme_says(start_server: Callable[..., RestwellServer], database_url: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:  # the audit puts it in between
        pytest.skip("no nginx: apt-get install nginx-light")
    server = start_server("--database", database_url)
    told = commands(README.read_text())
    printed = run([command for command, _ in told], server.url, database_url)
    assert [(command, output) for (command, _), output in zip(told, printed, strict=True)] == told


def test_the_declaration_in_the_readme_is_that_of_the_frameworks_api(tmp_path: Path) -> None:
    block = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    (tmp_path / "myapp.py").write_text(block[1])
    told, served = runpy.run_path(str(tmp_path / "myapp.py"))["api"].declarations[0], frameworks.declarations[0]
    assert [(s.name, s.kind, s.required, s.nullable) for s in told.fields] == [
        (s.name, s.kind, s.required, s.nullable) for s in served.fields
    ]
    assert (told.path, told.rules, told.description) == (served.path, served.rules, served.description)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
