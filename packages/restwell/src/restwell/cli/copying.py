"""`restwell backup` and `restwell restore`: copies of a database in a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Failure, bindings_of, with_api

if TYPE_CHECKING:
    from ..storage.copying import Copies

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@with_api
def backup(file: Path, reference: str, database: str | None) -> None:
    """Copy the database to FILE, of one moment, while it is served, and check the copy.

    Only a database of SQLite. FILE must not be there yet, and is there only when the copy is whole and right.
    """
    with copies_of(reference, database) as copies:
        size = copies.back_up(file)
    click.echo(f"{file}: {size} bytes, checked.", err=True)


@click.command()
@click.argument("file", type=FILE)
@with_api
def restore(file: Path, reference: str, database: str | None) -> None:
    """Put the copy FILE in the place of the database, which nothing may use meanwhile.

    FILE is checked before. What was there stays beside the database, with `.before` behind its name.
    """
    with copies_of(reference, database) as copies:
        before = copies.restore(file)
    told = f" What was there before is {before}." if before is not None else ""
    click.echo(f"{file} is restored.{told}", err=True)


@contextmanager
def copies_of(reference: str, database: str | None) -> Iterator[Copies]:
    """What copies the database of an application. Raises Failure, also in place of BackupError."""
    from ..storage.copying import BackupError  # with SQLAlchemy: not for `--help`
    from ..storage.databases import open_driver  # as above

    [binding, *_] = bindings_of(reference, {"DATABASE": database})
    url = binding.database
    if not isinstance(url, str):
        raise Failure("The application has an engine of its own: copy its database by what the database comes with.")
    driver = open_driver(url)
    copies = driver.copies
    if copies is None:
        raise Failure(f"This database is copied by {driver.copied_by}.")
    try:
        yield copies
    except BackupError as error:
        raise Failure(str(error)) from error
