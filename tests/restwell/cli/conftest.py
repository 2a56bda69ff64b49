"""The command within the test's own process: ten times as fast as another one, with an application of its own."""

import itertools
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from restwell.cli import main

BOOKS = """
from decimal import Decimal
from flask import Flask
from restwell import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app)

@api.resource("/books", read=public(), write=scope("books"), initial=[{"title": "Emma", "year": 1815}])
class Book(Resource):
    title: str = Field(identity=True)
    year: int
    price: Decimal = Field(Decimal("9.50"), index=True)
    note: str | None = None
"""
INITIAL = ', initial=[{"title": "Emma", "year": 1815}]'
NUMBERS = itertools.count()


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Run(Protocol):
    def __call__(self, *arguments: str) -> Ran: ...


class Write(Protocol):
    def __call__(self, source: str = BOOKS) -> str: ...


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Give what runs `restwell ARGUMENTS` in the test's directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run_command(*arguments: str) -> Ran:
        capfd.readouterr()
        code = main(arguments)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run_command


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give what writes an application into the test's directory, and returns its MODULE:APP."""

    def write_application(source: str = BOOKS) -> str:
        name = f"application_{next(NUMBERS)}"
        (tmp_path / f"{name}.py").write_text(source)
        return f"{name}:app"

    return write_application
