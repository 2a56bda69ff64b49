"""The files of a project that serves a database: its tables as declarations to go on from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Template

from ..storage.databases import extra_of, password_file, read_only_url, without_password
from ..storage.mapped.models_text import call, models_text, text_of
from ..storage.mapped.reflecting import Reflected
from ..web.flask.reflected import read_database

LEFT_OUT = " What is secret in it is in no file: name the whole URL in RESTWELL_DATABASE, or {}."


def project_files(url: str, template: Callable[[str], str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The texts of the files by their names, and a line for each table and column that is not in them as it is.

    `template` gives the text of a template by its name. Raises as `read_database` does.
    """
    found = read_database(url)
    shown = without_password(read_only_url(url))
    name = name_of(url)
    texts = {
        "models.py": models_text(found.tables),
        "app.py": Template(template("reflected_app.py.txt")).substitute(
            database=text_of(shown), title=text_of(name), resources=_resources(found)
        ),
        "test_app.py": template("reflected_test_app.py.txt"),
        "README.md": Template(template("reflected_README.md.txt")).substitute(
            name=name,
            notes=_notes(found),
            secret=LEFT_OUT.format(password_file(url)) if shown != read_only_url(url) else "",
        ),
        "requirements.txt": _requirements(url, template("requirements.txt.txt")),
        ".gitignore": template("gitignore.txt"),
    }
    return texts, tuple(f"{note}." for note in found.notes)


def name_of(url: str) -> str:
    """What a database is called: the name of a file without its ending, or of a database on a server."""
    base = without_password(url).partition("?")[0].partition("://")[2]
    last = re.split(r"[/\\]", base)[-1] if "/" in base else ""
    return last.rpartition(".")[0] or last or "Database"


def _resources(found: Reflected) -> str:
    """A line for each resource."""
    return "\n".join(
        call("api.resource", [text_of(each.path), f"model=models.{each.model.__name__}", "read=public()"])
        for each in found.tables
    )


def _notes(found: Reflected) -> str:
    if not found.notes:
        return ""
    lines = "".join(f"- {' '.join(note.split())}.\n" for note in found.notes)
    return f"\nWhat is not served as it is in the database:\n\n{lines}".rstrip("\n")


def _requirements(url: str, usual: str) -> str:
    extra = extra_of(url)
    return usual.replace("restwell[", f"restwell[{extra},") if extra else usual
