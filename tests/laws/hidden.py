"""Papers with rules that were drawn, in a table of Restwell's own or of teams in tables of models, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, Field, Grant, Resource
from restwell.access.grant import ANONYMOUS
from restwell.data.layout import Layout
from restwell.data.plans import Plan, RowChange
from restwell.data.units import Unit
from tests.api import Served
from tests.modelled import create

from .drawn_rules import Drawn, Policy, Truth, Values, meets, met

GRANTS = (
    None, Grant("ada"), Grant("bob", groups=["red", "pink"]),
    Grant("eve", ["papers:read", "papers:update", "papers:delete", "teams:read"]),
    Grant("joe", ["papers:read", "papers:create", "papers:see", "teams:update"], groups=["red", "blue"]),
)  # fmt: skip
NAMES = ("ada", "bob", "eve", "joe")
TITLES = ("a", "b", "c", "d", "aa", "x", "z")
"""The first four are in both databases; of the others those that are hidden, in one or with other values in both."""
TEAMS = ("red", "blue", "pink", "grey")
"""The same of teams, of which the first two are in both."""
MEMBERS = ("title", "author", "team", "size", "code", "secret")
Rows = tuple[dict[str, Any], ...]


class Base(DeclarativeBase):
    """What is stored before anything is served."""


class StoredTeam(Base):
    __tablename__ = "teams"
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    lead: Mapped[str] = mapped_column(sa.String(40), default="ada")
    level: Mapped[int] = mapped_column(default=0)
    count: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": count}  # noqa: RUF012 - as SQLAlchemy has it


class StoredPaper(Base):
    __tablename__ = "papers"
    title: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    author: Mapped[str] = mapped_column(sa.String(40), default="ada")
    team: Mapped[str | None] = mapped_column(sa.ForeignKey("teams.name"), index=True)
    size: Mapped[int] = mapped_column(default=0)
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    secret: Mapped[str | None] = mapped_column(sa.String(40))
    count: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": count}  # noqa: RUF012 - as SQLAlchemy has it


@dataclass(frozen=True)
class World:
    """What is declared: the rules of papers, of their secret member, and of the teams that they refer to, if any."""

    papers: Policy
    read: Drawn | None = None
    write: Drawn | None = None
    teams: Policy | None = None

    def truths(self, grant: Grant | None, teams: Rows) -> Truths:
        """What the rules come to for a caller, where there are these teams."""
        return Truths(self, grant or ANONYMOUS, teams)

    @property
    def ruling(self) -> tuple[Drawn, ...]:
        """All rules of papers."""
        return (*self.papers.values(), *(each for each in (self.read, self.write) if each is not None))


@dataclass(frozen=True)
class Truths:
    """Which items and members there are for a caller, by the truths of the rules."""

    world: World
    grant: Grant
    teams: Rows

    def follow(self, member: str, grant: Grant, operation: str) -> Truth:
        """What `same_as` comes to: the linked team has to be one that the caller meets and may do the same with."""
        assert self.world.teams is not None
        rule = self.world.teams[operation].truth(grant, operation, self.follow)
        if rule is False or self._met_teams is False:
            return False
        held = {each["name"] for each in self.teams if meets(rule, each) and self.meets_team(each)}
        return lambda row: row[member] in held

    @property
    def _met_teams(self) -> Truth:
        return met(self.world.teams or {}, self.grant, self.follow, ())

    def meets_paper(self, row: Values) -> bool:
        members = [each for each in (self.world.read, self.world.write) if each is not None]
        return meets(met(self.world.papers, self.grant, self.follow, members), row)

    def meets_team(self, row: Values) -> bool:
        return meets(self._met_teams, row)

    def reads_secret(self, row: Values) -> bool:
        rule = self.world.read
        return rule is None or meets(rule.truth(self.grant, "read", self.follow), row)


@dataclass(frozen=True)
class Filled:
    """The rows of a database, the former names of papers that were renamed, and which papers were changed since."""

    papers: Rows
    teams: Rows = ()
    former: tuple[tuple[str, str], ...] = ()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Drawing:
    """Rows to make two databases of: those of both, other secrets for one, and for each those that may be hidden."""

    papers: Rows
    teams: Rows
    secrets: tuple[str | None, ...]
    more: tuple[tuple[Rows, Rows], tuple[Rows, Rows]]


def register(world: World, api: Api) -> None:
    """Declare what a world has."""
    unique: Any = {} if world.teams is not None else {"unique": True}
    read, write = (None if each is None else each.rule for each in (world.read, world.write))

    class Paper(Resource):
        """A paper."""

        title: str = Field(identity=True, renameable="update" in world.papers, max_length=40)
        author: str = Field("ada", max_length=40)
        team: str | None = Field(None, max_length=40)
        size: int = 0
        code: str | None = Field(None, max_length=40, **unique)
        secret: str | None = Field(None, max_length=40, read=read, write=write)

    class Team(Resource):
        """A team."""

        name: str = Field(identity=True, max_length=40)
        lead: str = Field("ada", max_length=40)
        level: int = 0

    papers = {name: each.rule for name, each in world.papers.items() if name != "grow"}
    model: dict[str, Any] = {}
    if world.teams is not None:
        teams: dict[str, Any] = {name: each.rule for name, each in world.teams.items()}
        api.resource("/teams", model=StoredTeam, name="Team", **teams)(Team)
        model = {"model": StoredPaper, "name": "Paper"}
    api.resource("/papers", **model, **papers)(Paper)
    if "grow" in world.papers:

        @api.operation(Paper, "grow", permission=world.papers["grow"].rule)
        def grow(change: Change) -> None:
            change.new.size += 1


@contextmanager
def serving(world: World, database: str, filled: Filled) -> Iterator[Served]:
    """An API of a world in a database with these rows alone, whose secrets are those of every other one here."""
    app = Flask("papers")
    app.config["RESTWELL_DATABASE"] = database
    if world.teams is not None:
        create(Base.metadata, database)
    api = Api(app)
    register(world, api)
    served = Served(app, api)
    api.binding(app).store.__dict__["secret"] = bytes(32)
    try:
        fill(served, world, filled)
        yield served
    finally:
        served.close()


def fill(served: Served, world: World, filled: Filled) -> None:
    """Have these rows, those that were changed with another version, and former names that lead to where they are."""
    store, is_own = served.api.binding(served.app).store, world.teams is None
    former = {now: before for before, now in filled.former} if store.renames is not None else {}
    for table in (*([] if store.renames is None else ["restwell_renames"]), "papers", *([] if is_own else ["teams"])):
        served.change(f"DELETE FROM {table}")
    versions = ("_version", "_modified") if is_own else ("count",)
    for each in () if is_own else filled.teams:
        insert(served, "teams", {**each, "count": 1})
    for row in filled.papers:
        numbered = {"_id": NUMBERS[row["title"]]} if is_own else {}
        more = dict.fromkeys(versions, 2 if row["title"] in filled.changed else 1)
        insert(served, "papers", {**row, "title": former.get(row["title"], row["title"]), **more, **numbered})
    if is_own:
        served.change(GOING_ON[store.driver.name])
    [papers] = [each for each in store.declarations if each.path == "/papers"]
    for row in (each for each in filled.papers if each["title"] in former):
        before = former[row["title"]]
        version = papers.compiled[Layout].version(store.look_up(Plan("item", papers, before)).row)
        store.carry_out(Unit((RowChange("replace", papers, before, version, row),)))


NUMBERS = {"a": 1, "aa": 2, "b": 3, "x": 4, "c": 5, "z": 6, "d": 1000}
"""Of rows in tables of Restwell's own. Both databases go on from the last one, which is in both and not deleted."""
GOING_ON = {
    "sqlite": "SELECT 1",
    "postgresql": "SELECT setval(pg_get_serial_sequence('papers', '_id'), 1000)",
    "mariadb": "ALTER TABLE papers AUTO_INCREMENT = 1001",
}


def insert(served: Served, table: str, values: Values) -> None:
    places = ", ".join("?" * len(values))
    served.change(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())


def differing(world: World, grant: Grant | None, drawn: Drawing) -> tuple[Filled, Filled]:
    """Two databases that differ in what a caller does not meet alone: hidden rows, values of a hidden member."""
    decides = any("secret" in each.reads for each in world.ruling)
    found = []
    for number, (papers, teams) in enumerate(drawn.more):
        there = drawn.teams + tuple(each for each in teams if not world.truths(grant, ()).meets_team(each))
        truths = world.truths(grant, there)
        names = {None, *(each["name"] for each in there)}
        hidden = tuple(
            each for each in papers
            if not truths.meets_paper(each) and (world.teams is None or each["team"] in names)
        )  # fmt: skip
        changed = dict(zip((each["title"] for each in drawn.papers), drawn.secrets, strict=True))
        common = tuple(
            {**row, "secret": changed[row["title"]]}
            if number and not decides and not truths.reads_secret(row)
            else row
            for row in drawn.papers
        )
        former = tuple((f"was-{each['title']}", each["title"]) for each in hidden if number)
        since = frozenset(one["title"] for one, other in zip(common, drawn.papers, strict=True) if one is not other)
        found.append(Filled(common + hidden, there if world.teams is not None else (), former, since))
    return found[0], found[1]
