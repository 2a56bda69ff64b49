"""restwell backup, restwell restore."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.arguments import shows
from tests.restwell.cli.conftest import Run, Write


@shows("restwell backup", "file")
@shows("restwell restore", "file")
def test_a_database_is_copied_and_put_back(run: Run, write: Write, tmp_path: Path) -> None:
    app, url, copy = write(), f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "copy.db"
    assert run("keys", "list", "--app", app, "--database", url).code == 0
    done = run("backup", str(copy), "--app", app, "--database", url)
    assert (done.code, done.out, done.err) == (0, "", f"{copy}: {copy.stat().st_size} bytes, checked.\n")
    again = run("backup", str(copy), "--app", app, "--database", url)
    assert (again.code, again.err) == (1, f"restwell: {copy} is there already: name another file.\n")
    restored = run("restore", str(copy), "--app", app, "--database", url)
    before = f"{tmp_path / 'a.db'}.before"
    assert (restored.code, restored.err) == (0, f"{copy} is restored. What was there before is {before}.\n")


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_another_database_is_copied_by_what_it_comes_with(
    command: str, run: Run, write: Write, postgresql_url: str, tmp_path: Path
) -> None:
    done = run(command, str(tmp_path / "copy"), "--app", write(), "--database", postgresql_url)
    said = "restwell: This database is copied by pg_dump, of one moment and while it is in use.\n"
    assert (done.code, done.err) == (1, said)
    done = run(command, str(tmp_path / "copy"), "--app", write(), "--database", "sqlite://")
    assert done.err == "restwell: This database is copied by nothing: a database in memory ends with its process.\n"
