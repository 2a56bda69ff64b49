"""Flask-Migrate beside Restwell: the program of docs/flask.md, by Flask's own command, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_pages_of_code import blocks

[PROGRAM] = blocks("flask.md", "python")
MORE = "name: Mapped[str] = mapped_column(String(80))"
CHANGED = f"{MORE}\n    born: Mapped[int | None]"
SERVE = """
import json, sys
from authors import app
client = app.test_client()
post = lambda path, content: client.post(path, json=content, headers={"Accept": "application/json"})
found = [[answer.status_code, answer.get_json()] for answer in (post(*each) for each in json.loads(sys.argv[1]))]
print("ANSWERS" + json.dumps(found))
"""


class Project:
    """A folder with the program of the page, and Flask's command in it."""

    def __init__(self, directory: Path, url: str) -> None:
        self.file = directory / "authors.py"
        self.file.write_text(PROGRAM)
        self.versions = directory / "migrations" / "versions"
        self._directory = directory
        self._environment = {**os.environ, "AUTHORS_DATABASE": url.replace("postgresql://", "postgresql+psycopg://")}

    def run(self, *arguments: str) -> str:
        found = subprocess.run(
            [sys.executable, *arguments], cwd=self._directory, env=self._environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr
        return found.stdout + found.stderr

    def flask(self, *arguments: str) -> str:
        return self.run("-m", "flask", "--app", "authors", "db", *arguments)

    def post(self, *contents: tuple[str, object]) -> list[tuple[int, dict[str, object]]]:
        told = self.run("-c", SERVE, json.dumps(contents))
        answers = json.loads(told.partition("ANSWERS")[2].splitlines()[0])
        return [(status, content) for status, content in answers]

    def migrated(self) -> str:
        """The newest migration, as it was written."""
        return max(self.versions.glob("*.py"), key=lambda each: each.stat().st_mtime_ns).read_text()


@pytest.mark.slow
def test_migrations_own_the_tables_of_models_and_leave_those_of_restwell(tmp_path: Path, database_url: str) -> None:
    project = Project(tmp_path, database_url)
    project.flask("init")
    project.flask("migrate")
    assert "create_table('author'" in project.migrated()
    project.flask("upgrade")
    assert project.post(("/authors", {"name": "Ada"}), ("/notes", {"name": "first"})) == [
        (201, {"id": 1, "name": "Ada"}), (201, {"name": "first"}),
    ]  # fmt: skip
    assert "No changes in schema detected" in project.flask("migrate")

    project.file.write_text(PROGRAM.replace(MORE, CHANGED))
    project.flask("migrate")
    changed = project.migrated()
    assert "add_column(sa.Column('born'" in changed
    for name in ("restwell_keys", "restwell_secrets", "restwell_calls", "notes", "drop_table"):
        assert name not in changed
    project.flask("upgrade")
    assert project.post(("/authors", {"name": "Alan", "born": 1912}), ("/notes", {"name": "first"})) == [
        (201, {"id": 2, "name": "Alan", "born": 1912}), (409, project.post(("/notes", {"name": "first"}))[0][1]),
    ]  # fmt: skip
    project.file.write_text(PROGRAM)  # as what was started before the upgrade goes on
    assert project.post(("/authors", {"name": "Grace"})) == [(201, {"id": 3, "name": "Grace"})]
    project.flask("downgrade")
    assert project.post(("/authors", {"name": "Barbara"})) == [(201, {"id": 4, "name": "Barbara"})]


@pytest.mark.slow
def test_without_include_name_the_tables_of_restwell_would_be_dropped(tmp_path: Path, sqlite_url: str) -> None:
    """Or else there would be nothing to say."""
    project = Project(tmp_path, sqlite_url)
    project.file.write_text(PROGRAM.replace(", include_name=api.include_name", ""))
    project.flask("init")
    project.flask("migrate")
    project.flask("upgrade")
    project.post(("/notes", {"name": "first"}))
    project.flask("migrate")
    assert "drop_table('restwell_keys')" in project.migrated()
