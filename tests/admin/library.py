"""The API that the admin is of: books, and the languages that they are about, both of models.

It is served as `restwell serve tests.admin.library:app` for pages of the origin in ADMIN_ORIGIN, over the database in
ADMIN_DATABASE, whose tables it makes and fills.
"""

import os
from datetime import date

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from restwell import Api, Field, Resource, public, scope

ORIGIN = os.environ.get("ADMIN_ORIGIN", "http://localhost:3000")
LANGUAGES = ("Python", "C", "Elm")
BOOKS = 30


class Base(DeclarativeBase):
    pass


class LanguageRow(Base):
    __tablename__ = "languages"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)


class BookRow(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    pages: Mapped[int]
    language: Mapped[int | None] = mapped_column(sa.ForeignKey("languages.id"))
    published: Mapped[date | None]
    lent: Mapped[bool] = mapped_column(default=False)


class Language(Resource):
    """A programming language."""

    id: int
    name: str = Field(iri="schema:name")


class Book(Resource):
    """A book about a language."""

    id: int
    title: str = Field(min_length=3, iri="schema:name")
    pages: int = Field(ge=1, le=9999)
    language: int | None = None
    published: date | None = None
    lent: bool = False


def filled(url: str) -> sa.Engine:
    """A database with both tables, and what is in them at first."""
    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        if session.get(LanguageRow, 1) is None:
            session.add_all(LanguageRow(id=number, name=name) for number, name in enumerate(LANGUAGES, 1))
            session.flush()
            session.add_all(
                BookRow(title=f"Book {number:02}", pages=number * 10, language=1 if number % 3 else 2, lent=False)
                for number in range(1, BOOKS + 1)
            )
    return engine


app = Flask(__name__)
api = Api(app, engine=filled(os.environ["ADMIN_DATABASE"]), cors=[ORIGIN])
api.resource("/languages", model=LanguageRow, read=public(), write=scope("languages"))(Language)
api.resource("/books", model=BookRow, read=public(max_age=60), write=scope("books"))(Book)
