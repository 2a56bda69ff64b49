"""Engines as an application makes them, and a model of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


class Base(DeclarativeBase):
    """The models of an application."""


class Author(Base):
    """Who has written books."""

    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    born: Mapped[int | None]


class Novel(Base):
    """A book of an author."""

    __tablename__ = "novels"
    __table_args__ = (sa.CheckConstraint("pages > 0", name="pages_are_there"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40))
    pages: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("authors.id"))

    @validates("title")
    def no_shouting(self, _: str, title: str) -> str:
        if title.isupper():
            raise ValueError("is shouted")
        return title


LIBRARIES = ("psycopg", "psycopg2")
"""Those of PostgreSQL."""


def sa_url(database_url: str, library: str = "psycopg") -> str:
    """The URL as SQLAlchemy has it, with psycopg 3 where it names no library."""
    return database_url.replace("postgresql://", f"postgresql+{library}://")


@contextmanager
def an_engine(database_url: str, **options: Any) -> Iterator[sa.Engine]:
    """An engine with the tables of the models, whose foreign keys hold on SQLite too."""
    engine = sa.create_engine(sa_url(database_url), **options)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def enforce(connection: Any, _: object) -> None:
            connection.execute("PRAGMA foreign_keys = ON")

    Base.metadata.create_all(engine)
    try:
        yield engine
    finally:
        engine.dispose()


class Counted:
    """How often connections were taken of a pool and given back."""

    def __init__(self, engine: sa.Engine) -> None:
        self.taken = self.given_back = 0
        sa.event.listen(engine, "checkout", self._take)
        sa.event.listen(engine, "checkin", self._give)

    def _take(self, *_: object) -> None:
        self.taken += 1

    def _give(self, *_: object) -> None:
        self.given_back += 1
