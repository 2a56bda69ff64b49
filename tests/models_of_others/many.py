"""Twenty models of one application, and two of SQLModel."""

from typing import Any

import sqlalchemy as sa
import sqlmodel
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from restwell import Api, public

OWN = registry()
"""Apart from that of every SQLModel, in which other modules may have tables of these names."""


class Model(sqlmodel.SQLModel, registry=OWN):
    metadata = OWN.metadata


class Base(DeclarativeBase):
    metadata = OWN.metadata


class Hero(Model, table=True):
    id: int | None = sqlmodel.Field(default=None, primary_key=True)
    name: str = sqlmodel.Field(index=True)
    team_id: int | None = sqlmodel.Field(default=None, foreign_key="team.id")


class Team(Model, table=True):
    id: int | None = sqlmodel.Field(default=None, primary_key=True)
    name: str = sqlmodel.Field(unique=True)


def model(number: int) -> type[Any]:
    """A model that refers to the one before it."""
    columns: dict[str, Any] = {"id": mapped_column(primary_key=True), "name": mapped_column(sa.String(40))}
    hints: dict[str, Any] = {"id": Mapped[int], "name": Mapped[str]}
    if number:
        columns["before_id"] = mapped_column(sa.ForeignKey(f"things{number - 1}.id"))
        hints["before_id"] = Mapped[int | None]
    names = {"__tablename__": f"things{number}", "__annotations__": hints, "__module__": __name__}
    return type(f"Thing{number}", (Base,), names | columns)


app = Flask(__name__)
api = Api(app)
every: list[type[Any]] = [Hero, Team, *map(model, range(20))]
for each in every:
    api.resource(f"/{each.__tablename__}", model=each, read=public(), write=public())
