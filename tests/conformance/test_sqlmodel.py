"""Classes of SQLModel over HTTP, as they are."""

# Without `from __future__ import annotations`, which the relationships of SQLModel cannot read.
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Field, Relationship, Session, SQLModel, select

from tests.api import JSON, MERGE_PATCH, Served, is_problem
from tests.modelled import engine_of, model_at, serving_models

MERGE = {"Content-Type": MERGE_PATCH}


class Team(SQLModel, table=True):
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(max_length=10, unique=True)
    level: int = 4
    heroes: list["Hero"] = Relationship(back_populates="team")


class Hero(SQLModel, table=True):
    """Somebody with a secret."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    age: int | None = None
    worth: Decimal = Field(default=0, max_digits=8, decimal_places=2)
    made: datetime = Field(default_factory=lambda: datetime.now(UTC))
    tags: list[str] = Field(default_factory=list, sa_column=sa.Column(sa.JSON, nullable=False, default=list))
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship(back_populates="heroes")


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving_models(
        SQLModel.metadata, database_url, model_at("/teams", Team), model_at("/heroes", Hero)
    ) as served:
        yield served


def test_they_are_served_as_they_are(served: Served, database_url: str) -> None:
    team = served.send("POST", "/teams", content={"name": "Z"}, accept=JSON).json()
    assert team == {"id": team["id"], "name": "Z", "level": 4}
    hero = served.send("POST", "/heroes", content={"name": "Ada", "team_id": team["id"]}, accept=JSON).json()
    made = hero.pop("made")
    assert hero == {"id": 1, "name": "Ada", "worth": "0.00", "tags": [], "team_id": team["id"]}
    assert made.endswith("Z")
    changed = served.send("PATCH", "/heroes/1", MERGE, {"tags": ["x"], "worth": "1.5"}, accept=JSON)
    assert changed.json() == {**hero, "made": made, "tags": ["x"], "worth": "1.50"}
    with Session(engine_of(database_url)) as session:
        found = session.exec(select(Hero)).one()
        assert (found.tags, found.worth, str(found.team_id)) == (["x"], Decimal("1.50"), team["id"])
    assert served.send("PUT", f"/teams/{uuid4()}", content={"name": "Y"}).status == 201
    assert served.send("GET", "/heroes?worth[gt]=1&sort=-made", accept=JSON).json()["heroes"] == [changed.json()]


@pytest.mark.parametrize(
    "path, content, status",
    [("/teams", {"name": "n" * 11}, 422), ("/teams", {"name": "Z"}, 409), ("/teams", {}, 422),
     ("/heroes", {"name": "x", "team_id": str(UUID(int=7))}, 409), ("/heroes", {"name": "x", "id": 3}, 422)],
    ids=map(str, range(5)),
)  # fmt: skip
def test_what_they_refuse_is_no_fault(served: Served, path: str, content: dict[str, Any], status: int) -> None:
    assert served.send("POST", "/teams", content={"name": "Z"}).status == 201
    assert is_problem(served.send("POST", path, content=content), status)
