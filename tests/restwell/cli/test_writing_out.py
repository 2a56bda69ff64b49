"""`restwell new --from URL DIR`: the declarations of a database, written out as a project that runs and passes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from restwell.cli.writing_out import name_of
from restwell.storage.databases import open_driver, read_only_url, without_password
from restwell.web.flask.reflected import reflected_app
from tests.arguments import shows
from tests.restwell.cli.conftest import Run
from tests.restwell.storage.mapped.schemas import MANY, MARIADB, MUSIC, ODD, SERVED, fill, music_rows
from tests.servers import RestwellServer

SCRIPTS = {"music": MUSIC + music_rows(), "many": MANY, "odd": ODD}
TYPES = r"""
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'very "ok"');
CREATE TABLE first (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tags text[], grid integer[][], data jsonb, m mood,
    at timestamptz NOT NULL DEFAULT now(), day date, clock time, span interval, price numeric, r real,
    d double precision, n smallint GENERATED ALWAYS AS IDENTITY, twice integer GENERATED ALWAYS AS (2 * 2) STORED,
    is_it boolean, raw bytea, email citext);
COMMENT ON TABLE first IS 'What comes "first" \ always.';
COMMENT ON COLUMN first.day IS 'It''s a day.';
CREATE SCHEMA sales;
CREATE TABLE sales.second (id serial PRIMARY KEY, first_id uuid REFERENCES first (id), a integer NOT NULL, b text,
    UNIQUE (a, b));
COMMENT ON TABLE sales.second IS E'What comes second, and is told at length, so that\n\nnobody can say that it could
    be put into one line, whatever the length of that line was to be, and however little there is to say.';
CREATE INDEX "an index whose name is as long as the names of indexes can be"
    ON sales.second (b, a, first_id, id);
CREATE TABLE sales."a table whose name is as long as that of a table can be" (
    "a column whose name is also as
long as it can be, more or less" int PRIMARY KEY,
    "another column whose name is as long as it can ever be" text UNIQUE);
CREATE TABLE sales.third (id serial PRIMARY KEY, a integer, b text,
    FOREIGN KEY (a, b) REFERENCES sales.second (a, b));
INSERT INTO first (m, tags, grid, span) VALUES ('sad', '{a,b}', '{{1,2},{3,4}}', '1 day');
INSERT INTO sales.second (first_id, a, b) SELECT id, 1, 'x' FROM first;
INSERT INTO sales.third (a, b) VALUES (1, 'x');
"""


TOLD = """
def told(api):
    return [
        (d.path, d.name, d.unique, [(f.name, f.kind.name, f.nullable, f.marks.identity) for f in d.fields])
        for d in api.declarations
    ]
"""


def within(project: Path, *command: str) -> str:
    """What a module of Python's says when it is run in the project, which has to go well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RESTWELL_")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_tests(project: Path) -> None:
    """The project passes its tests."""
    within(project, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")


def check_typed_and_tidy(project: Path) -> None:
    """The project is typed and tidy."""
    within(project, "mypy", "--strict", "--cache-dir", str(project / ".cache"), "app.py", "models.py", "test_app.py")
    within(
        project, "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,W,I,B,UP,SIM", "--line-length=118", "."
    )
    within(project, "ruff", "format", "--isolated", "--no-cache", "--check", "--line-length=118", ".")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
@shows("restwell new", "source")
def test_the_project_passes_the_tests_that_it_comes_with(
    name: str, database_url: str, run: Run, tmp_path: Path
) -> None:
    fill(database_url, SCRIPTS[name])
    project = tmp_path / "project"
    ran = run("new", "--from", database_url, str(project))
    assert (ran.code, ran.err) == (0, "")
    assert {each.name for each in project.iterdir()} == {
        "models.py", "app.py", "test_app.py", "README.md", "requirements.txt", ".gitignore",
    }  # fmt: skip
    check_tests(project)
    if (name, database_url[:6]) == ("odd", "sqlite"):  # another one would say the same
        check_typed_and_tidy(project)
    assert "restwell_" not in str(tables_of(database_url) - {"restwell_keys"})


def tables_of(url: str) -> set[str]:
    """The names of the tables of a database."""
    driver = open_driver(url)
    try:
        return {table for table, *_ in driver.read(driver.dialect.every_column)}
    finally:
        driver.close()


@pytest.mark.slow
def test_types_of_postgresql_are_written_out(postgresql_url: str, run: Run, tmp_path: Path) -> None:
    fill(postgresql_url, TYPES)
    project = tmp_path / "project"
    assert run("new", "--from", postgresql_url, str(project)).code == 0
    check_tests(project)
    check_typed_and_tidy(project)
    models = (project / "models.py").read_text()
    assert "    # first.raw is left out: it is of the type BYTEA, which JSON has no value for\n" in models
    assert '    m: Mapped[str | None] = mapped_column(sa.Enum("sad", \'very "ok"\', name="mood"))\n' in models
    assert "    grid: Mapped[list[int] | None] = mapped_column(sa.ARRAY(sa.Integer))\n" in models
    assert "    email: Mapped[str | None] = mapped_column(postgresql.CITEXT)\n" in models
    assert 'sa.ForeignKeyConstraint(["a", "b"], ["sales.second.a", "sales.second.b"])' in models
    assert '"""What comes \\"first\\" \\\\ always."""' in models


@pytest.mark.slow
def test_types_of_mariadb_are_written_out(mariadb_url: str, run: Run, tmp_path: Path) -> None:
    fill(mariadb_url, MARIADB + "INSERT INTO things (tags, bits, data, clock) VALUES ('x', 3, '[1]', '10:00');")
    project = tmp_path / "project"
    ran = run("new", "--from", mariadb_url, str(project))
    assert (ran.code, ran.err) == (0, "")
    check_tests(project)
    if sa.__version__ >= "2.1":  # before that its types of MariaDB have no types themselves
        check_typed_and_tidy(project)
    models = (project / "models.py").read_text()
    assert "    # things.six is left out: it is of the type INET6, which JSON has no value for\n" in models
    assert '    tags: Mapped[set[str] | None] = mapped_column(mysql.SET("x", "a b"))\n' in models
    assert "    id: Mapped[int] = mapped_column(mysql.INTEGER(unsigned=True), primary_key=True)\n" in models


def test_what_is_written_has_the_members_that_are_reflected(sqlite_url: str, run: Run, tmp_path: Path) -> None:
    fill(sqlite_url, ODD)
    assert run("new", "--from", sqlite_url, str(tmp_path / "project")).code == 0
    done = subprocess.run(
        [sys.executable, "-c", f"from app import api\n{TOLD}\nprint(told(api))"],
        cwd=tmp_path / "project", capture_output=True, text=True, check=True,
    )  # fmt: skip
    [binding] = reflected_app(sqlite_url).app.extensions["restwell"].values()
    names: dict[str, Any] = {}
    exec(TOLD, names)  # noqa: S102 - as the other process does
    found = names["told"](binding.api)
    assert done.stdout == f"{found}\n"


@pytest.mark.slow
def test_it_runs_as_its_readme_says(sqlite_url: str, run: Run, tmp_path: Path) -> None:
    fill(sqlite_url, SCRIPTS["music"])
    project = tmp_path / "project"
    ran = run("new", "--from", sqlite_url, str(project))
    assert ran.out.splitlines()[-1] == f"Next: cd {project}; export RESTWELL_APP='app:create_app()'; restwell serve"
    server = RestwellServer("--workers", "2", directory=project, env={"RESTWELL_APP": "app:create_app()"})
    try:
        assert {server.get(path)[0] for path in SERVED} == {200}
    finally:
        server.stop()
    readme = (project / "README.md").read_text()
    assert readme.startswith("# test\n")
    assert "- long_tracks is left out: it is a view, " in readme


@pytest.mark.parametrize(
    "way, extra, hint",
    [
        ("postgresql_url", "postgresql", "or see `~/.pgpass`."),
        pytest.param(
            "mariadb_url",
            "mariadb",
            "or give `read_default_file=` an option file that has it.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_no_password_is_written(
    request: pytest.FixtureRequest, way: str, extra: str, hint: str, run: Run, tmp_path: Path
) -> None:
    url = request.getfixturevalue(way)
    fill(url, MUSIC)
    if extra == "mariadb":  # which looks at it
        fill(url, "CREATE USER someone@'%' IDENTIFIED BY 'gehe?im'; GRANT SELECT ON *.* TO someone@'%';")
        url = url.replace("root@", "someone@")
    try:
        secret = re.sub("(postgres|someone)@", r"\1:gehe?im@", url)
        assert run("new", "--from", secret, str(tmp_path / "project")).code == 0
    finally:
        if extra == "mariadb":
            fill(url.replace("someone@", "root@"), "DROP USER someone@'%';")
    written = "".join(each.read_text() for each in (tmp_path / "project").iterdir())
    assert "gehe" not in written
    assert f'DATABASE = "{read_only_url(url)}"' in written.replace("%3F", "?")
    assert f"name the whole URL in RESTWELL_DATABASE, {hint}" in written
    assert (tmp_path / "project" / "requirements.txt").read_text().startswith(f"restwell[{extra},serve,migrate]\n")
    assert without_password(secret) == url


@pytest.mark.parametrize(
    "url, name",
    [
        ("sqlite:///shop.db", "shop"),
        ("postgresql://ada:geheim@example.org/shop?mode=ro", "shop"),
        ("postgresql://ada:ge/heim@example.org", "Database"),
        ("mariadb+pymysql://ada:geheim@example.org?charset=utf8mb4", "Database"),
    ],
)
def test_a_project_is_named_as_its_database_is(url: str, name: str) -> None:
    assert name_of(url) == name


def test_nothing_is_written_where_nothing_can_be_served(sqlite_url: str, run: Run, tmp_path: Path) -> None:
    ran = run("new", "--from", sqlite_url, str(tmp_path / "project"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"restwell: Nothing in the database {sqlite_url} can be served: it has no tables, or is not there.\n"
    )
    assert not (tmp_path / "project").exists()
