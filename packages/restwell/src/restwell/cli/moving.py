"""`restwell import` and `restwell export`: rows of a resource from files and into files."""

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
@option("--format", "form", type=FORMATS, help="By default the one that FILE's name says, or csv for -.")
@option("--skip-invalid", is_flag=True, help="Import what is valid and report the rest, instead of all or nothing.")
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

    All or nothing, unless --skip-invalid. Every refused row is reported with its line and the reason.

    csv has a header with the names of members, in any order; one without a column has its default. A cell with
    nothing in it is null where that may be, else the empty text or the default; "" is the empty text. Columns may be
    separated by semicolons or tabs, and the file may be in UTF-16, as spreadsheets write them. See docs/files.md.
    """
    from ..files import ImportRefused, import_rows  # with SQLAlchemy: 0.5 s that `--help` can do without

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
            click.echo(f"restwell: {counted(refused.count)} refused, so that nothing was imported. "
                       "Correct them, or import the others with --skip-invalid.", err=True)  # fmt: skip
            return 1
    seconds = time.monotonic() - started
    click.echo(f"{counted(done.rows)} imported, {done.refused} refused, in {seconds:.1f} s.", err=True)
    return 1 if done.refused else 0


def check_format(file: Path, form: Format | None) -> None:
    """Raise UsageError for a name that says another format, and UnreadableFile for one that says none."""
    from ..files import UnreadableFile, format_of  # as above

    try:
        if str(file) != DASH:
            format_of(file, form)
    except UnreadableFile as error:
        if form is not None:
            raise click.UsageError(str(error)) from error
        raise


def counted(rows: int) -> str:
    """So many rows, in words."""
    return "1 row" if rows == 1 else f"{rows} rows"


def report(refused: Refused) -> None:
    """Say which row was refused, and why."""
    click.echo(f"line {refused.line}: {refused.reason}", err=True)


@click.command()
@click.argument("resource")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), required=False)
@option("--format", "form", type=FORMATS, help="By default the one that FILE's name says, or csv.")
@with_api
def export(resource: str, file: Path | None, form: Format | None, reference: str, database: str | None) -> None:
    """Export the rows of RESOURCE into FILE, compressed if its name ends in .gz; without FILE, to standard output.

    A row that cannot be read, since another program wrote what is not of a column's kind, is named and left out, and
    the exit status is 1. FILE is there when all is written; before that, and after an
    error, what was there is. An import of it makes the same rows, in every format: in csv null is a cell with nothing
    in it, and the empty text is "". A spreadsheet that saves the file drops those quotes; json and ndjson say it
    without them. See docs/files.md.
    """
    from ..files import export_rows, write_file  # with SQLAlchemy: 0.5 s that `--help` can do without

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
    """Names the rows that an export leaves out since they cannot be read: the first ones, and then their number."""

    MAX_NAMED = 20

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, row: UnreadRow) -> None:
        """Name a row: its identity, or its number where that cannot be read, and the members."""
        self.count += 1
        if self.count <= self.MAX_NAMED:
            name = f"with _id {row.number}" if row.identity is None else row.identity
            warn(f"the row {name} is left out: what is stored as its {', '.join(row.members)} cannot be read.")

    def check(self) -> None:
        """Raise Failure when there was one."""
        if self.count:
            raise Failure(
                f"The export lacks {counted(self.count)} that cannot be read: correct what is stored, "
                "by PUT or by SQL, and export again."
            )


def warn(sentence: str) -> None:
    """Say what an import of an export would not do as expected."""
    click.echo(f"restwell: warning: {sentence}", err=True)


@contextlib.contextmanager
def bar(title: str, unit: str) -> Iterator[Progress | None]:
    """A progress bar on standard error, if that is a terminal and rich is there.

    It is told how much is done, and how much there is.
    """
    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield None
        return
    # Only who sees the bar waits the 90 ms for it.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
