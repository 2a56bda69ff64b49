"""The commands with an application that serves a model of its own: export reads it, nothing else touches it."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.modelled import engine_of
from tests.restwell.cli.conftest import Ran, Run, Write

BOOKS = """
from datetime import date
from flask import Flask
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from restwell import Api, Field, Resource, public

class Base(DeclarativeBase):
    pass

class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column("book_title", String(30), unique=True)
    day: Mapped[date | None]

app = Flask(__name__)
api = Api(app)
api.resource("/books", model=Book, read=public(), write=public())

@api.resource("/notes", read=public(), write=public())
class Note(Resource):
    text: str = Field(identity=True)
"""
TABLE = sa.Table(
    "books", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("book_title", sa.String(30), nullable=False, unique=True), sa.Column("day", sa.Date),
)  # fmt: skip


@pytest.fixture
def command(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell ARGUMENTS` for the application, whose table is there and has two rows."""
    app = write(BOOKS)
    TABLE.metadata.create_all(engine_of(database_url))
    with engine_of(database_url).begin() as connection:
        connection.execute(sa.insert(TABLE), [{"book_title": "Emma"}, {"book_title": "Persuasion"}])

    def ran(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return ran


def described(database_url: str) -> tuple[list[str], list[str], list[str]]:
    inspector = sa.inspect(engine_of(database_url))
    columns = [f"{each['name']} {each['type']} {each['nullable']}" for each in inspector.get_columns("books")]
    indexes = [str(each["name"]) for each in inspector.get_indexes("books")]
    return columns, indexes, [str(each["column_names"]) for each in inspector.get_unique_constraints("books")]


def test_the_rows_of_a_model_are_exported(command: Run) -> None:
    assert command("export", "books").out == "id,title,day\r\n1,Emma,\r\n2,Persuasion,\r\n"
    lines = command("export", "books", "--format", "ndjson").out.splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Emma", "Persuasion"]


def test_an_import_into_a_model_is_refused_with_what_to_do(command: Run, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("title\nSanditon\n")
    ran = command("import", "books", "more.csv")
    assert ran.code == 1
    assert "Book is served from a model or a table of the application's own" in ran.err
    assert "add its items by POST" in ran.err
    assert "Traceback" not in ran.err
    (tmp_path / "notes.csv").write_text("text\nhere\n")
    assert command("import", "notes", "notes.csv").code == 0
    assert command("export", "books").out.count("\n") == 3


def test_a_migration_leaves_the_table_of_a_model_alone(command: Run, database_url: str) -> None:
    before = described(database_url)
    assert command("export", "notes").code == 0  # which prepares the database
    for arguments in (("migrate",), ("migrate", "--apply"), ("migrate",)):
        ran = command(*arguments)
        assert ran.code == 0, ran.err
        assert "books" not in ran.out + ran.err
    assert described(database_url) == before
