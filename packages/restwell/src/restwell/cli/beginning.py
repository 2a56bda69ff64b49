"""`restwell new`: a project to begin with, which runs and passes its tests."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from shlex import quote

import click

from .options import Failure, option

FILES = {
    "app.py": "app.py.txt",
    "test_app.py": "test_app.py.txt",
    "README.md": "README.md.txt",
    "requirements.txt": "requirements.txt.txt",
    ".gitignore": "gitignore.txt",
}
"""The files of a project, and those in `project/` that they are copies of."""


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@option(
    "--from",
    "source",
    metavar="URL",
    help="A database whose tables are served, read-only, by declarations that are written out to go on from.",
)
def new(directory: Path, source: str | None) -> None:
    """Write a project to begin with into DIR: an API of notes, or of the tables of a database, and its tests.

    DIR is made; one that is there already has to be empty.
    """
    texts, notes = (_notes(), ()) if source is None else _reflected(source)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise Failure(f"{directory} is not empty: name a directory that is empty, or not there yet.")
        for name, text in texts.items():
            (directory / name).write_bytes(text.encode())
    except OSError as error:
        raise Failure(f"{error.filename or directory} cannot be written: {error.strerror}.") from error
    for note in notes:
        click.echo(note)
    click.echo(f"{directory} has {', '.join(texts)}.")
    click.echo(f"Next: cd {quote(str(directory))}; export RESTWELL_APP='app:create_app()'; restwell serve")


def _notes() -> Mapping[str, str]:
    """The files of an API of notes."""
    return {name: template(source) for name, source in FILES.items()}


def _reflected(url: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The files of an API of a database, and what to say of it."""
    from .writing_out import project_files  # with Flask and SQLAlchemy, which other projects do without

    return project_files(url, template)


def template(name: str) -> str:
    """The text of a file in `project/`."""
    return (files(__package__) / "project" / name).read_bytes().decode()
