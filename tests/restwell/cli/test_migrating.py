"""restwell migrate: what it says, and with which exit code."""

from contextlib import closing
from pathlib import Path

import pytest

from restwell.storage.engine import open_driver
from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, INITIAL, Run, Write

MORE = BOOKS.replace("year: int", "year: int\n    pages: int = 1")
LESS = BOOKS.replace("    note: str | None = None\n", "")


def test_no_difference(run: Run, write: Write, database_url: str) -> None:
    options = ("--app", write(), "--database", database_url)
    run("export", "books", *options)
    assert run("migrate", *options) == (0, "No difference.\n", "")
    assert run("migrate", "--apply", *options) == (0, "No difference.\n", "")


@shows("restwell migrate", "applies", "reference", "database")
def test_a_difference_is_shown_and_then_applied(run: Run, write: Write, database_url: str) -> None:
    run("export", "books", "--app", write(), "--database", database_url)
    options = ("--app", write(MORE), "--database", database_url)
    shown = run("migrate", *options)
    assert shown.code == 0
    assert shown.out.startswith("books: add pages (")
    assert "As SQL:" in shown.out
    assert shown.out.endswith("Apply it with `restwell migrate --apply`.\n")
    assert run("export", "books", *options).code == 1
    assert run("migrate", "--apply", *options).out.endswith("Applied.\n")
    assert run("export", "books", *options).out.splitlines()[1] == "Emma,1815,1,9.50,"


@pytest.mark.slow
@shows("restwell migrate", "allow_drop")
def test_what_loses_values_has_to_be_allowed(run: Run, write: Write, database_url: str) -> None:
    run("export", "books", "--app", write(), "--database", database_url)
    options = ("--app", write(LESS), "--database", database_url)
    assert "VALUES ARE LOST" in run("migrate", *options).out
    refused = run("migrate", "--apply", *options)
    assert (refused.code, refused.out) == (1, "")
    assert "add --allow-drop" in refused.err
    assert run("migrate", "--apply", "--allow-drop", *options).code == 0


def test_what_cannot_be_applied_is_said_when_it_is_shown(run: Run, write: Write, database_url: str) -> None:
    run("export", "books", "--app", write(), "--database", database_url)
    ran = run(
        "migrate",
        "--app",
        write(MORE.replace("pages: int = 1", "pages: int").replace(INITIAL, "")),
        "--database",
        database_url,
    )
    assert ran.code == 1
    assert "give the field a default" in ran.err


def test_a_table_of_others_is_named_first_and_nothing_is_planned_for_it(
    run: Run, write: Write, database_url: str
) -> None:
    with closing(open_driver(database_url)) as driver:
        driver.write("CREATE TABLE books (title text, year integer)")
        driver.write("INSERT INTO books VALUES ('Emma', 1815)")
    options = ("--app", write(), "--database", database_url)
    for arguments in (("migrate",), ("migrate", "--apply"), ("migrate", "--apply", "--allow-drop")):
        ran = run(*arguments, *options)
        assert ran.code == 1
        assert "books is not ours: " in ran.err
        assert "books: " not in ran.out
        assert "ALTER TABLE books" not in ran.out
    refused = run("export", "books", *options)
    assert (refused.code, refused.out) == (1, "")
    assert "books is not ours: " in refused.err
    assert "should be" not in refused.err
    with closing(open_driver(database_url)) as driver:
        assert driver.read("SELECT * FROM books") == [("Emma", 1815)]


@pytest.mark.parametrize("kind", ["VIEW books AS SELECT 1 AS title", "TABLE books (_id integer, title text)"])
def test_a_view_or_half_a_table_is_not_ours_either(run: Run, write: Write, database_url: str, kind: str) -> None:
    with closing(open_driver(database_url)) as driver:
        driver.write(f"CREATE {kind}")
    ran = run("migrate", "--app", write(), "--database", database_url)
    assert ran.code == 1
    assert "books is not ours: " in ran.err


def test_a_database_that_is_opened_for_reading_is_not_migrated(run: Run, write: Write, tmp_path: Path) -> None:
    run("export", "books", "--app", write(), "--database", f"sqlite:///{tmp_path}/a.db")
    options = ("--app", write(MORE), "--database", f"sqlite:///{tmp_path}/a.db?mode=ro")
    assert run("migrate", *options).out.startswith("books: add pages (")
    ran = run("migrate", "--apply", *options)
    assert (ran.code, ran.out) == (1, "")
    assert "mode=ro" in ran.err
