"""`restwell import` and `restwell export`: import rows of a resource from a file, and export them to one."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Failure, find_resource, opened, option, with_api

if TYPE_CHECKING:
    from ..data.outcomes import UnreadRow
    from ..files import Format, Refused

Progress = Callable[[int, int], None]


FORMATS = click.Choice(["csv", "json", "ndjson"])
DASH = "-"


@click.command("import")
@click.argument("resource")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@option("--format", "form", type=FORMATS, help="By default that of the name of FILE, or csv for -.")
@option(
    "--skip-invalid", is_flag=True, help="Import the valid rows and report the others, instead of all or nothing."
)
@with_api
def import_(
    resource: str,
    file: Path,
    form: Format | None,
    skip_invalid: bool,  # noqa: FBT001 - click gives it by name
    reference: str,
    database: str | None,
) -> int:
    """Import the rows of FILE into RESOURCE: .csv, .json or .ndjson, each also with .gz; - is standard input.

    All rows or none are imported, unless --skip-invalid is given. Every refused row is reported with its line and the
    reason.

    csv has a header with the names of members, in any order; a member without a column has its default. An empty cell
    is null where null is allowed, else the empty text or the default; "" is the empty text. Columns may be separated
    by semicolons or tabs, and the file may be in UTF-16, as spreadsheets write it. See docs/files.md.
    """
    from ..files import ImportRefused, import_rows  # with SQLAlchemy: 0.5 s, not for `--help`

    check_format(file, form)
    if str(file) == DASH and sys.stdin.isatty():
        click.echo("Reading rows from the terminal; Ctrl-D ends them.", err=True)
    started = time.monotonic()
    with opened(reference, database) as bindings:
        store, declaration = find_resource(bindings, resource)
        try:
            with bar(f"Importing {file.name}", "bytes") as progress:
                done = import_rows(
                    store, declaration, file, form=form, skip_invalid=skip_invalid, progress=progress, refused=report
                )
        except ImportRefused as refused:
            click.echo(f"restwell: {counted(refused.count)} refused, and nothing was imported. "
                       "Correct them, or import the others with --skip-invalid.", err=True)  # fmt: skip
            return 1
    seconds = time.monotonic() - started
    click.echo(f"{counted(done.rows)} imported, {done.refused} refused, in {seconds:.1f} s.", err=True)
    if any("create" in hook.operations for hook in declaration.hooks.every):
        click.echo("No hook was called for them: an import calls none (docs/files.md).", err=True)
    return 1 if done.refused else 0


def check_format(file: Path, form: Format | None) -> None:
    """Raise UsageError for a name with another format, and UnreadableFile for a name without one."""
    from ..files import UnreadableFile, format_of  # as above

    try:
        if str(file) != DASH:
            format_of(file, form)
    except UnreadableFile as error:
        if form is not None:
            raise click.UsageError(str(error)) from error
        raise


def counted(rows: int) -> str:
    """A number of rows as text, such as "2 rows"."""
    return "1 row" if rows == 1 else f"{rows} rows"


def report(refused: Refused) -> None:
    """Print a refused row and the reason."""
    click.echo(f"line {refused.line}: {refused.reason}", err=True)


@click.command()
@click.argument("resource")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), required=False)
@option("--format", "form", type=FORMATS, help="By default that of the name of FILE, or csv.")
@with_api
def export(resource: str, file: Path | None, form: Format | None, reference: str, database: str | None) -> None:
    """Export the rows of RESOURCE to FILE, compressed if its name ends in .gz; without FILE, to standard output.

    A row with a value that is invalid for its column, written by another program, is named and left out, and the exit
    status is 1. FILE is replaced when all rows are written, and is unchanged after an error. An import of FILE gives
    the same rows, in every format: in csv null is an empty cell, and the empty text is "". A spreadsheet that saves
    the file drops these quotes; json and ndjson do not need them. See docs/files.md.
    """
    from ..files import export_rows, write_file  # with SQLAlchemy: 0.5 s, not for `--help`

    if file is not None:
        check_format(file, form)
    with opened(reference, database) as bindings:
        store, declaration = find_resource(bindings, resource)
        unread = Unread()
        if file is None or str(file) == DASH:
            export_rows(store, declaration, sys.stdout.buffer, form or "csv", warn=warn, unread=unread)
            sys.stdout.buffer.flush()
            unread.check()
            return
        with bar(f"Exporting {file.name}", "rows") as progress, write_file(file, form) as (out, by_name):
            count = export_rows(store, declaration, out, by_name, progress=progress, warn=warn, unread=unread)
    click.echo(f"{counted(count)} exported to {file}.", err=True)
    unread.check()


class Unread:
    """Names the first rows that an export leaves out since they cannot be read, and counts all of them."""

    MAX_NAMED = 20

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, row: UnreadRow) -> None:
        """Name a row by its identity, or by its number where the identity cannot be read, and the members."""
        self.count += 1
        if self.count <= self.MAX_NAMED:
            name = f"with _id {row.key}" if row.identity is None else row.identity
            warn(f"the row {name} is left out: the stored value of {', '.join(row.members)} cannot be read.")

    def check(self) -> None:
        """Raise Failure if a row was left out."""
        if self.count:
            raise Failure(
                f"The export lacks {counted(self.count)} that cannot be read: correct the stored values, "
                "with PUT or SQL, and repeat the export."
            )


def warn(sentence: str) -> None:
    """Print a warning on standard error."""
    click.echo(f"restwell: warning: {sentence}", err=True)


@contextlib.contextmanager
def bar(title: str, unit: str) -> Iterator[Progress | None]:
    """A progress bar on standard error, if that is a terminal and rich is installed.

    It is a function of the amount that is done and of the total amount.
    """
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield None
        return
    # 90 ms, only where the bar is shown.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
