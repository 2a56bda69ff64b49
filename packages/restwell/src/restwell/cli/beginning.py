"""`restwell new`: a project to begin with, which runs and passes its tests."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from shlex import quote

import click

from .options import Failure

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
def new(directory: Path) -> None:
    """Write a project to begin with into DIR: an API of notes and its tests.

    DIR is made; one that is there already has to be empty.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise Failure(f"{directory} is not empty: name a directory that is empty, or not there yet.")
        for name, source in FILES.items():
            (directory / name).write_bytes((files(__package__) / "project" / source).read_bytes())
    except OSError as error:
        raise Failure(f"{error.filename or directory} cannot be written: {error.strerror}.") from error
    click.echo(f"{directory} has {', '.join(FILES)}.")
    click.echo(f"Next: cd {quote(str(directory))}; export RESTWELL_APP='app:create_app()'; restwell serve")
