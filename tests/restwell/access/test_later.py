"""Scopes and groups that functions give: they are asked for when a rule asks, and once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask, request

from restwell import Api, CurrentUser, Field, Grant, Resource, any_of, authenticated, owner, public, scope, when
from tests.api import JSON, Answer, Served, is_problem
from tests.modelled import engine_of

MEMBERSHIPS = sa.Table(
    "memberships", sa.MetaData(), sa.Column("who", sa.String(20)), sa.Column("team", sa.String(20))
)  # fmt: skip


class Paper(Resource):
    """A paper."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    team: str | None = None


class Roles:
    """Roles of an application's own, in a table; `asked` are those who were asked for."""

    def __init__(self, url: str) -> None:
        self.engine = engine_of(url)
        MEMBERSHIPS.create(self.engine)
        self.asked: list[str] = []
        with self.engine.begin() as connection:
            connection.execute(sa.insert(MEMBERSHIPS), [{"who": "ada", "team": "engines"}])

    def of(self, user: str) -> list[str]:
        self.asked.append(user)
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.select(MEMBERSHIPS.c.team).where(MEMBERSHIPS.c.who == user)))


@pytest.fixture
def roles(database_url: str) -> Iterator[Roles]:
    found = Roles(database_url)
    yield found
    found.engine.dispose()


@pytest.fixture
def served(database_url: str, roles: Roles) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url

    def scopes(user: str) -> list[str]:
        roles.asked.append(f"scopes of {user}")
        return ["all:papers"] if user == "eve" else []

    user = CurrentUser(
        lambda: request.cookies.get("user"), scopes=scopes, groups=roles.of, subject=str
    )  # fmt: skip
    api = Api(app, authenticate=[user])
    team = when(lambda row, grant: row.team.in_(grant.groups))
    rows = [{"title": "a", "team": "engines"}, {"title": "b", "team": "wings"}, {"title": "c"}]
    api.resource("/open", read=public(), initial=rows)(type("Open", (Paper,), {"__module__": __name__}))
    api.resource("/mine", read=owner("author"), create=authenticated())(
        type("Mine", (Paper,), {"__module__": __name__})
    )
    api.resource("/teams", read=team, update=team, initial=rows)(type("Shared", (Paper,), {"__module__": __name__}))
    api.resource("/either", read=any_of(scope("all:papers"), team), initial=rows)(Paper)
    found = Served(app, api)
    yield found
    found.close()


def get(served: Served, user: str, target: str) -> Answer:
    return served.send("GET", target, {"Cookie": f"user={user}"}, accept=JSON)


@pytest.mark.parametrize("target", ["/open", "/open/a", "/mine"])
def test_rules_that_do_not_ask_cost_no_query(served: Served, roles: Roles, target: str) -> None:
    assert get(served, "ada", target).status == 200
    assert roles.asked == []


def test_a_rule_that_asks_costs_one(served: Served, roles: Roles) -> None:
    answer = get(served, "ada", "/teams")
    assert [each["title"] for each in answer.json()["teams"]] == ["a"]
    assert roles.asked == ["ada"]
    changed = served.send(
        "PATCH", "/teams/a", {"Cookie": "user=ada", "Origin": "http://localhost"}, {"title": "a", "team": "engines"}
    )
    assert changed.status in {200, 204}
    assert roles.asked == ["ada", "ada"]
    assert get(served, "bob", "/teams/a").status == 403  # who is in no team


def test_what_a_rule_before_it_decides_is_not_asked(served: Served, roles: Roles) -> None:
    assert get(served, "eve", "/either/b").status == 200
    assert roles.asked == ["scopes of eve"]
    roles.asked.clear()
    assert get(served, "ada", "/either/b").status == 404
    assert roles.asked == ["scopes of ada", "ada"]


def test_each_is_asked_once_for_a_grant() -> None:
    asked: list[str] = []

    def groups() -> list[str]:
        asked.append("groups")
        return ["a", "b"]

    grant = Grant("ada", ["x:read"], groups=groups)
    assert asked == []
    assert grant.scopes == {"x:read"}
    assert asked == []
    assert grant.groups == grant.groups == {"a", "b"}
    assert asked == ["groups"]
    assert isinstance(grant, Grant)


def test_one_text_is_refused_when_it_is_given() -> None:
    grant = Grant("ada", groups=lambda: "engines")
    with pytest.raises(TypeError, match=r"Groups are several texts, as in groups=\['engines'\]"):
        _ = grant.groups
    with pytest.raises(TypeError, match="Scopes are several texts"):
        Grant("ada", "x:read", groups=list)


def test_a_function_that_fails_is_500_and_permits_nothing(served: Served, roles: Roles) -> None:
    roles.engine = sa.create_engine("sqlite://")  # which has no such table
    assert is_problem(get(served, "ada", "/teams"), 500)
    assert get(served, "ada", "/open").status == 200
