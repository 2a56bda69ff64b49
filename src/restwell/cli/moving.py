"""`restwell import` and `restwell export`: rows of a resource from files and into files."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import find_resource, opened, option, with_api

if TYPE_CHECKING:
    from ..transfer import Refused

Progress = Callable[[int, int], None]


@click.command("import")
@click.argument("resource")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--skip-invalid", is_flag=True, help="Import what is valid and report the rest, instead of all or nothing.")
@with_api
def import_(resource: str, file: Path, skip_invalid: bool, reference: str, database: str | None) -> int:  # noqa: FBT001 - click gives it by name
    """Import the rows of FILE into RESOURCE: .csv, .json or .ndjson, each also with .gz.

    All or nothing, unless --skip-invalid. Every refused row is reported with its line and the reason.
    """
    from ..transfer import ImportRefused, import_rows  # with SQLAlchemy: 0.5 s that `--help` can do without

    started = time.monotonic()
    with opened(reference, database) as bindings:
        store, declaration = find_resource(bindings, resource)
        try:
            with bar(f"Importing {file.name}", "bytes") as progress:
                done = import_rows(
                    store, declaration, file, skip_invalid=skip_invalid, progress=progress, refused=report
                )
        except ImportRefused as refused:
            click.echo(f"restwell: {refused.count} of the rows refused, so that nothing was imported. "
                       "Mend them, or use --skip-invalid.", err=True)  # fmt: skip
            return 1
    seconds = time.monotonic() - started
    click.echo(f"{done.rows} rows imported, {done.refused} refused, in {seconds:.1f} s.", err=True)
    return 1 if done.refused else 0


def report(refused: Refused) -> None:
    """Say which row was refused, and why."""
    click.echo(f"line {refused.line}: {refused.reason}", err=True)


@click.command()
@click.argument("resource")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "ndjson"]),
    help="By default the one that FILE's name says, or csv.",
)
@with_api
def export(resource: str, file: Path | None, form: str | None, reference: str, database: str | None) -> None:
    """Export the rows of RESOURCE into FILE, compressed if its name ends in .gz; without FILE, to standard output.

    FILE is there when all is written; before that, and after an error, what was there is.
    """
    from ..transfer import export_rows, format_of, write_file  # with SQLAlchemy: 0.5 s that `--help` can do without

    if file is not None and form is not None and format_of(file)[0] != form:
        raise click.UsageError(f"{file.name} says another format than --format {form}: leave one of them out.")
    with opened(reference, database) as bindings:
        store, declaration = find_resource(bindings, resource)
        if file is None:
            export_rows(store, declaration, sys.stdout.buffer, form or "csv")  # type: ignore[arg-type]  # one of the three
            sys.stdout.buffer.flush()
            return
        with bar(f"Exporting {file.name}", "rows") as progress, write_file(file) as (out, by_name):
            count = export_rows(store, declaration, out, by_name, progress=progress)
    click.echo(f"{count} rows exported to {file}.", err=True)


@contextlib.contextmanager
def bar(title: str, unit: str) -> Iterator[Progress | None]:
    """A progress bar on standard error, if that is a terminal; it is told how much is done, and how much there is."""
    if not sys.stderr.isatty():
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
