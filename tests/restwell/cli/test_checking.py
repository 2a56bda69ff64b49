"""restwell check: what is hardly meant so, in declarations and database."""

import json
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, Run, Write

OPEN = BOOKS.replace('write=scope("books")', "write=public()").replace("note:", "password:")
MODELS = """
import sqlalchemy as sa
from flask import Flask
from restwell import Api, public, scope
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)

class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id"))
    first_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id"), index=True)
    only_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id"), unique=True)

class Deputy(Base):
    __tablename__ = "deputies"
    id: Mapped[int] = mapped_column(sa.ForeignKey("players.id"), primary_key=True)

app = Flask(__name__)
api = Api(app)
for model in (Team, Player, Deputy):
    api.resource("/" + model.__tablename__, model=model, read=public(), write=scope("teams"))
"""


def test_nothing_is_found_where_nothing_is(run: Run, write: Write, tmp_path: Path) -> None:
    ran = run("check", "--app", write(), "--database", "sqlite:///not-there.db")
    assert (ran.code, ran.out, ran.err) == (0, "Nothing found.\n", "")
    assert not (tmp_path / "not-there.db").exists()


def test_what_is_found_is_told_with_its_place_and_fails(run: Run, write: Write) -> None:
    ran = run("check", "--app", write(OPEN), "--database", "sqlite://")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0].startswith("public-write:/books:create+update+delete  (application_")
    assert lines[1:4] == [
        "  Anonymous callers may create, update, delete, without leaving a name.",
        "  Ask for a scope, a credential or an owner; or leave this out, where it is meant.",
        "",
    ]
    assert lines[4].startswith("public-secret:/books.password  (application_")
    assert lines[4].endswith(".py:14)")


@shows("restwell check", "ignored")
def test_what_is_meant_can_be_left_out(run: Run, write: Write) -> None:
    options = ("--app", write(OPEN), "--database", "sqlite://")
    one = ("--ignore", "public-secret:/books.password")
    assert run("check", *one, *options).out.startswith("public-write:")
    assert "public-secret" not in run("check", *one, *options).out
    ran = run("check", *one, "--ignore", "public-write", *options)
    assert (ran.code, ran.out) == (0, "Nothing found.\n")
    assert run("check", "--ignore", "public-write:/books:create", *options).out.startswith("public-write:")


@shows("restwell check", "form")
def test_the_same_as_json(run: Run, write: Write) -> None:
    options = ("--app", write(OPEN), "--database", "sqlite://", "--format", "json")
    ran = run("check", *options)
    assert ran.code == 1
    assert [each["id"] for each in json.loads(ran.out)] == [
        "public-write:/books:create+update+delete", "public-secret:/books.password",
    ]  # fmt: skip
    assert set(json.loads(ran.out)[0]) == {"id", "check", "about", "why", "remedy", "place"}
    assert json.loads(run("check", *options, "--ignore", "public-write", "--ignore", "public-secret").out) == []


def test_scopes_of_valid_keys_that_nothing_asks_for_are_found(run: Run, write: Write, database_url: str) -> None:
    options = ("--database", database_url)
    films = write(BOOKS.replace("/books", "/films").replace('"books"', '"films"').replace("class Book", "class Film"))
    both = write(BOOKS + "\n@api.resource('/films', read=public(), write=scope('films'))\nclass Film(Resource):\n"
                         "    title: str = Field(identity=True)\n")  # fmt: skip
    made = [run("keys", "create", "me", "--scope", each, "--app", both, *options).out.split("_")[1]
            for each in ("films:write", "films:delete", "books:write")]  # fmt: skip
    assert films
    app = write()
    found = json.loads(run("check", "--format", "json", "--app", app, *options).out)
    assert [each["id"] for each in found] == [
        "unasked-scope:films:create", "unasked-scope:films:delete", "unasked-scope:films:update",
    ]  # fmt: skip
    assert f"the keys {made[0]}." in found[0]["why"]
    assert f"the keys {', '.join(sorted(made[:2]))}." in found[1]["why"]
    assert run("check", "--app", both, *options).code == 0
    for each in made[:2]:
        run("keys", "revoke", each, "--app", app, *options)
    assert run("check", "--app", app, *options).code == 0


def test_no_scope_is_told_where_a_function_of_the_grant_may_ask_for_it(run: Run, write: Write) -> None:
    options = ("--database", "sqlite:///keys.db")
    app = write(BOOKS.replace('scope("books")', "scope('books'), delete=scope('films')"))
    run("keys", "create", "me", "--scope", "films:delete", "--app", app, *options)
    assert run("check", "--app", write(), *options).code == 1
    asking = BOOKS.replace("scope\n", "scope, when\n").replace(
        'write=scope("books")', 'write=when(lambda row, grant: "films:delete" in grant.scopes)'
    )
    assert run("check", "--app", write(asking), *options).code == 0


def created(source: str, url: str) -> None:
    names: dict[str, object] = {"__name__": "made"}
    exec(source, names)  # noqa: S102 - our own
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    names["Base"].metadata.create_all(engine)  # type: ignore[attr-defined]  # as in MODELS
    engine.dispose()


@pytest.mark.parametrize("given", [False, True], ids=["by its URL", "by an engine"])
def test_foreign_keys_without_an_index_are_found(run: Run, write: Write, database_url: str, given: bool) -> None:
    created(MODELS, database_url)
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = f"engine = sa.create_engine({url!r})\napi = Api(app, engine=engine)"
    app = write(MODELS.replace("api = Api(app)", engine) if given else MODELS)
    options = () if given else ("--database", database_url)
    found = json.loads(run("check", "--format", "json", "--app", app, *options).out)
    if given:
        sys.modules[app.partition(":")[0]].engine.dispose()
    assert [each["id"] for each in found] == ["unindexed-key:players.team_id"]
    assert found[0]["remedy"] == "Add an index of team_id to the table players."


def test_an_index_in_the_database_counts_and_none_is_missing_where_it_makes_them(
    run: Run, write: Write, mariadb_url: str, sqlite_url: str
) -> None:
    created(MODELS, mariadb_url)
    assert run("check", "--app", write(MODELS), "--database", mariadb_url).code == 0
    created(MODELS, sqlite_url)
    engine = sa.create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX part ON players (team_id) WHERE id > 1")
    assert run("check", "--app", write(MODELS), "--database", sqlite_url).code == 1
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX whole ON players (team_id, id)")
    engine.dispose()
    assert run("check", "--app", write(MODELS), "--database", sqlite_url).code == 0


@pytest.mark.parametrize("app", ["restwell.frameworks:app", "examples.packages:app"])
def test_the_examples_have_nothing_to_look_at(run: Run, app: str) -> None:
    assert run("check", "--app", app, "--database", "sqlite://").out == "Nothing found.\n"


@pytest.mark.parametrize("name", ["blog", "old", "many"])
def test_of_models_of_others_that_anonymous_callers_write_nothing_else_is_told(run: Run, name: str) -> None:
    ran = run("check", "--app", f"tests.models_of_others.{name}:app", "--database", "sqlite://", "--format", "json")
    assert {each["check"] for each in json.loads(ran.out)} == {"public-write"}
