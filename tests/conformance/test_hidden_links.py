"""A link to an item that a rule hides is refused as one to an item that never was, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Grant, authenticated, owner, public, same_as, scope, when
from tests.api import JSON_LD, MERGE_PATCH, Answer, Served, is_problem, serving
from tests.modelled import create, engine_of

ADA, EVE = Grant("ada"), Grant("eve", ["teams:read"])
HIDDEN, NEVER = 2, 99


class Base(DeclarativeBase):
    """What is stored before anything is served."""


class Team(Base):
    """Who works together."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    lead: Mapped[str] = mapped_column(sa.String(40))
    is_open: Mapped[bool] = mapped_column(default=True)


class Task(Base):
    """What is to be done."""

    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(sa.String(40), default="")
    team: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id"))


@pytest.fixture
def filled(database_url: str) -> str:
    create(Base.metadata, database_url)
    engine = engine_of(database_url)
    with engine.begin() as connection:
        for number, lead in ((1, "ada"), (HIDDEN, "bob"), (3, "ada")):
            connection.execute(sa.insert(Team).values(id=number, lead=lead, is_open=True))
        for number in (1, HIDDEN):
            connection.execute(sa.insert(Task).values(what="weld", team=number))
    engine.dispose()
    return database_url


def tasks(api: Api, rule: Any = None, **rules: Any) -> None:
    """Tasks of everybody who is known, of teams that their leads see unless `rules` say otherwise."""
    api.resource("/teams", model=Team, **(rules or {"read": owner("lead"), "write": owner("lead")}))
    api.resource("/tasks", model=Task, read=public(), write=rule or authenticated())


@pytest.fixture
def served(filled: str) -> Iterator[Served]:
    with serving(tasks, database=filled) as found:
        yield found


def send(served: Served, grant: Grant, method: str, target: str, content: Any = None, **fields: str) -> Answer:
    kind = {"Content-Type": MERGE_PATCH} if method == "PATCH" else {}
    return served.send(method, target, {**kind, **fields, "Authorization": served.credential(grant)}, content)


@pytest.mark.parametrize("method, target", [("POST", "/tasks"), ("PATCH", "/tasks/1"), ("PUT", "/tasks/1")])
def test_it_is_the_same_409(served: Served, method: str, target: str) -> None:
    hidden, never = (send(served, ADA, method, target, {"team": each}) for each in (HIDDEN, NEVER))
    assert is_problem(hidden, 409)
    assert hidden.lasting() == never.lasting()
    assert hidden.json()["errors"] == [
        {"pointer": "/team", "detail": "refers to something that is not there", "code": "unlinked"}
    ]
    assert send(served, ADA, method, target, {"team": 3}).status in {200, 201}


def test_so_it_is_by_its_url(served: Served) -> None:
    urls = (f"http://localhost/teams/{each}" for each in (HIDDEN, NEVER))
    fields = {"Content-Type": JSON_LD}
    hidden, never = (send(served, ADA, "POST", "/tasks", {"team": each}, **fields) for each in urls)
    assert is_problem(hidden, 409)
    assert hidden.lasting() == never.lasting()


def test_a_link_that_is_there_stays(served: Served) -> None:
    assert send(served, ADA, "PATCH", "/tasks/2", {"what": "paint"}).status == 200
    assert send(served, ADA, "PUT", "/tasks/2", {"what": "saw", "team": HIDDEN}).status == 200
    assert send(served, ADA, "PATCH", "/tasks/2", {"team": None}).status == 200
    assert is_problem(send(served, ADA, "PATCH", "/tasks/2", {"team": HIDDEN}), 409)


def test_a_function_may_be_what_hides_it(filled: str) -> None:
    def leads(grant: Grant, row: Any) -> bool:
        return bool(row.lead == grant.subject)

    with serving(lambda api: tasks(api, read=leads), database=filled) as served:
        hidden, never = (send(served, ADA, "POST", "/tasks", {"team": each}) for each in (HIDDEN, NEVER))
        assert is_problem(hidden, 409)
        assert hidden.lasting() == never.lasting()
        assert send(served, ADA, "POST", "/tasks", {"team": 3}).status == 201


def test_scopes_hide_nothing(filled: str) -> None:
    with serving(lambda api: tasks(api, read=scope("teams")), database=filled) as served:
        assert send(served, ADA, "POST", "/tasks", {"team": HIDDEN}).status == 201
        assert is_problem(send(served, ADA, "POST", "/tasks", {"team": NEVER}), 409)


def test_who_reads_no_team_makes_tasks_of_those_that_they_meet(filled: str) -> None:
    """By same_as(): may a team be created that is as the hidden one is, that tells nothing of it."""
    is_open = when(lambda row: row.is_open == True)  # noqa: E712 - a condition
    theirs = owner("lead")
    rules: dict[str, Any] = {"read": scope("teams"), "create": is_open, "update": theirs, "delete": theirs}
    with serving(lambda api: tasks(api, same_as("team"), **rules), database=filled) as served:
        hidden, never = (send(served, ADA, "POST", "/tasks", {"team": each}) for each in (HIDDEN, NEVER))
        assert is_problem(hidden, 403)
        assert hidden.lasting() == never.lasting()
        assert send(served, ADA, "POST", "/tasks", {"team": 1}).status == 201
        assert send(served, EVE, "POST", "/tasks", {"team": HIDDEN}).status == 201
