"""restwell migrate: what it says, and with which exit code."""

from tests.arguments import shows
from tests.cli.conftest import BOOKS, INITIAL, Run, Write

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
