"""An application whose items are somebody's, which `test_objects.py` attacks: own resources and mapped models.

Who may read an item is said by rules in SQL (/papers, /memos), by a function (/judged), and by what is linked
(/tasks, of /teams). It stands alone, since `restwell serve` starts it from a copy.
"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from flask import Flask
from pydantic import BaseModel, computed_field
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from restwell import (
    Api,
    ApiKeys,
    Basic,
    Change,
    Field,
    Grant,
    Resource,
    all_of,
    any_of,
    authenticated,
    owner,
    public,
    same_as,
    scope,
    when,
)

PEOPLE = {
    "ada": Grant("ada", ["papers:judge"], groups=["engines"]),
    "bob": Grant("bob", groups=["wings"]),
    "eve": Grant("eve", ["papers:edit", "papers:judge"], groups=["wings"]),
    "tom": Grant("tom", groups=["sails"]),
}
"""Whom the items are of that others do not meet, somebody else, and who may change whatever they meet."""


def by_password(name: str, password: str) -> Grant | None:
    """Who says that they are somebody is."""
    return PEOPLE.get(name) if password == "x" else None


app = Flask(__name__)
api = Api(app, authenticate=[ApiKeys(), Basic(by_password)])


@api.resource("/frameworks", read=public(), write=scope("frameworks"))
class Framework(Resource):
    """What everybody reads, and a canary."""

    name: str = Field(identity=True)


class Place(BaseModel):
    """Where something is."""

    street: str = ""
    number_of: int = Field(1, alias="numberOf")


@api.resource(
    "/papers",
    read=any_of(owner("author"), when(lambda row: row.status == "published")),
    create=authenticated(),
    update=any_of(owner("author"), scope("papers:edit")),
    delete=any_of(owner("author"), scope("papers:edit")),
)
class Paper(Resource):
    """A paper, with a member of every kind that somebody else than a client sets."""

    title: str = Field(identity=True, renameable=True)
    author: str | None = Field(auto="creator")
    editor: str | None = Field(auto="updater")
    code: str | None = Field(None, unique=True)
    status: Literal["draft", "published"] = Field("draft", read_only=True)
    size: int = 0
    due_date: str | None = Field(None, alias="dueDate")
    place: Place = Field(Place())
    verdict: str | None = Field(None, write=scope("papers:judge"))
    notes: str | None = Field(None, read=owner("author"))
    plan: str = Field("free", hidden=True)
    pin: str | None = Field(None, write_only=True)
    length: int = Field(sql=lambda row: sa.func.length(row.title))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shouted(self) -> str:
        """The title, louder."""
        return self.title.upper()


@api.operation(Paper, "publish", permission=owner("author"))
def publish(change: Change) -> None:
    """Everybody may read it."""
    change.new.status = "published"


def is_own(grant: Grant, row: Judged) -> bool:
    """Whether an item is the caller's."""
    return grant.subject == row.author


@api.resource("/judged", read=is_own, create=authenticated(), update=is_own, delete=is_own, require_if_match=True)
class Judged(Resource):
    """What a function says of who meets it."""

    name: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    text: str = ""


class Base(DeclarativeBase):
    """Tables that are the application's."""


class Team(Base):
    """Who works together."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    tasks: Mapped[list[Task]] = relationship(back_populates="team")


class Task(Base):
    """What a team does."""

    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(sa.String(40))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id"))
    team: Mapped[Team | None] = relationship(back_populates="tasks")


class Memo(Base):
    """A text of somebody's, with a column that is not served."""

    __tablename__ = "memos"
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    author: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.String(80), default="")
    role: Mapped[str] = mapped_column(sa.String(20), default="user", server_default="user")


mine = when(lambda row, grant: row.name.in_(grant.groups))
api.resource("/teams", model=Team, read=mine, write=mine)
api.resource("/tasks", model=Task, read=same_as("team_id"), write=all_of(same_as("team_id"), authenticated()))


@api.resource("/memos", model=Memo, read=owner("author"), write=owner("author"))
class PublicMemo(Resource):
    """A memo, without its role."""

    name: str
    author: str
    text: str
