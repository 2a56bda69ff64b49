"""The application of `benchmarks.refusals`: items that the caller does not meet, by rules of each kind.

`BENCHMARK_DATABASE` is its database. Of the identities from 0 to 2 * ROWS the even ones are somebody else's items.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Authenticator, Field, Grant, Resource, all_of, owner, same_as, when
from restwell.model.policy import Permission

ROWS = 1000


class Note(Resource):
    """A note of somebody's."""

    number: int = Field(identity=True)
    author: str = "ada"
    text: str = "A note that is not for everybody."


class Base(DeclarativeBase):
    """Tables that are the application's."""


class Team(Base):
    """Who works together."""

    __tablename__ = "teams"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str] = mapped_column(sa.String(20))


class Task(Base):
    """What a team does."""

    __tablename__ = "tasks"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str] = mapped_column(sa.String(20))
    team: Mapped[int] = mapped_column(sa.ForeignKey("teams.number"))


def is_own(grant: Grant, row: Any) -> bool:
    """Whether an item is the caller's."""
    return bool(grant.subject == row.author)


RULES: dict[str, Permission] = {
    "owner": owner("author"),
    "function": is_own,
    "owner-and-function": all_of(owner("author"), is_own),
}
mine = when(lambda row, grant: row.author == grant.subject)
app = Flask(__name__)
app.config["RESTWELL_DATABASE"] = os.environ.get("BENCHMARK_DATABASE", "sqlite://")
api = Api(app, authenticate=[Authenticator(lambda _: Grant("bob"))])
for name, rule in RULES.items():
    own = type(f"{name.title().replace('-', '')}Note", (Note,), {"__module__": __name__, "__doc__": Note.__doc__})
    rows = [{"number": 2 * n} for n in range(ROWS)]
    api.resource(f"/{name}", read=rule, update=rule, delete=rule, initial=rows)(own)
api.resource("/teams", model=Team, read=mine, update=mine, delete=mine)
api.resource("/model", model=Task, name="Owned", read=mine, update=mine, delete=mine)
linked = same_as("team")
api.resource("/same-as", model=Task, name="Task", read=linked, update=linked, delete=linked)


def fill(url: str) -> None:
    """Make the tables that are the application's, with their rows."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(Team), [{"number": n, "author": "ada"} for n in range(10)])
        rows = [{"number": 2 * n, "author": "ada", "team": n % 10} for n in range(ROWS)]
        connection.execute(sa.insert(Task), rows)
    engine.dispose()
