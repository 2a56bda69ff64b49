"""same_as(): what may be done with an item is what may be done with the one that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Field, Grant, Resource, all_of, any_of, public, same_as, scope, when
from restwell.model.errors import DeclarationError
from tests.api import HAL, JSON, JSON_LD, Answer, Served, is_problem, serving
from tests.modelled import create, engine_of, model_at

ADA = Grant("ada", groups=["engines"])
BOB = Grant("bob", groups=["engines", "wings"])
EVE = Grant("eve", scopes=["documents:read"])
GRANTS = {"ada": ADA, "bob": BOB, "eve": EVE}


class Base(DeclarativeBase):
    """What is stored before anything is served."""


class Team(Base):
    """Who works together."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    open: Mapped[bool] = mapped_column(default=True)


class Project(Base):
    """What a team works on."""

    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("projects.id"), default=None)


class Document(Base):
    """What is written."""

    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40), default="")
    project_id: Mapped[int | None] = mapped_column(sa.ForeignKey("projects.id"), default=None)


MINE = when(lambda row, grant: row.name.in_(grant.groups))
OPEN = when(lambda row: row.open == True)  # noqa: E712 - a condition
TEAMS: dict[str, Any] = {"read": MINE, "write": all_of(MINE, OPEN)}
PROJECTS: dict[str, Any] = {"read": same_as("team_id"), "write": same_as("team_id")}
DOCUMENTS: dict[str, Any] = {
    "read": any_of(same_as("project_id"), scope("documents")), "write": same_as("project_id"),
}  # fmt: skip


@pytest.fixture
def filled(database_url: str) -> str:
    create(Base.metadata, database_url)
    engine = engine_of(database_url)
    with engine.begin() as connection:
        teams = [(1, "engines", True), (2, "wings", False), (3, "sails", True)]
        connection.execute(sa.insert(Team), [{"id": n, "name": name, "open": is_open} for n, name, is_open in teams])
        connection.execute(sa.insert(Project), [{"id": n, "team_id": (n + 2) // 3} for n in range(1, 10)])
        for number in range(1, 11):
            linked = number if number < 10 else None
            connection.execute(sa.insert(Document).values(title=f"d{number}", project_id=linked))
    engine.dispose()
    return database_url


def register(**others: dict[str, Any]) -> list[Callable[[Api], None]]:
    rules = {"teams": TEAMS, "projects": PROJECTS, "documents": DOCUMENTS, **others}
    models = {"teams": Team, "projects": Project, "documents": Document}
    return [model_at(f"/{name}", models[name], **given) for name, given in rules.items()]


@pytest.fixture
def served(filled: str) -> Iterator[Served]:
    with serving(*register(), database=filled) as found:
        yield found


def send(served: Served, who: str, method: str, target: str, **more: Any) -> Answer:
    return served.send(method, target, {"Authorization": served.credential(GRANTS[who])}, **more)


SEEN = {"ada": {1, 2, 3}, "bob": {1, 2, 3, 4, 5, 6}, "eve": set(range(1, 11))}


@pytest.mark.parametrize("who", GRANTS)
def test_what_is_linked_says_which_items_there_are(served: Served, who: str) -> None:
    for query in ("", "?sort=-title", "?title[in]=d1,d4,d7,d10,d2,d3,d5,d6,d8,d9", "?limit=100"):
        page = send(served, who, "GET", f"/documents{query}").json()
        assert {each["id"] for each in page["member"]} == SEEN[who]
        assert page["totalItems"] == len(SEEN[who])
    for number in range(1, 11):
        answer = send(served, who, "GET", f"/documents/{number}")
        assert answer.status == (200 if number in SEEN[who] else 404)


def test_who_asks_is_told_that_it_is_permitted_with_some_items(served: Served) -> None:
    for who, said in (("ada", ["sometimes", "sometimes"]), ("eve", ["always", "never"])):
        found = send(served, who, "GET", "/me").json()["resources"]
        [documents] = [each for each in found if each["name"] == "documents"]
        permitted = {each["name"]: each["permitted"] for each in documents["operations"]}
        assert [permitted["list"], permitted["change"]] == said


def test_who_is_anonymous_meets_nothing_where_no_rule_permits_it(served: Served) -> None:
    for target in ("/documents", "/documents/1"):
        assert is_problem(served.send("GET", target), 401)


def test_pages_of_it_lead_on(served: Served) -> None:
    found: list[int] = []
    target: str | None = "/documents?sort=-title&limit=4"
    while target is not None:
        page = send(served, "bob", "GET", target).json()
        found += [each["id"] for each in page["member"]]
        following = page["view"].get("next")
        target = None if following is None else following.removeprefix("http://localhost")
    assert found == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("who", GRANTS)
def test_what_is_shown_works_and_what_is_not_is_refused(served: Served, who: str) -> None:
    page = send(served, who, "GET", "/documents?limit=100").json()
    shown = {each["id"]: {one["method"] for one in each.get("operation", ())} - {"GET"} for each in page["member"]}
    may = {1, 2, 3} if who in {"ada", "bob"} else set[int]()
    assert shown == {number: ({"PATCH", "PUT", "DELETE"} if number in may else set()) for number in SEEN[who]}
    for number, methods in shown.items():
        node = send(served, who, "GET", f"/documents/{number}").json()
        assert {one["method"] for one in node.get("operation", ())} - {"GET"} == methods
        for method in ("PATCH", "PUT", "DELETE"):
            content = {"title": "x"} if method == "PATCH" else {"title": "y", "project_id": number}
            more: dict[str, Any] = {} if method == "DELETE" else {"content": content}
            answer = send(served, who, method, f"/documents/{number}", **more)
            assert answer.status in ({200, 204} if method in methods else {403})


def test_a_list_asks_once_for_all_that_its_items_refer_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store = served.api.binding(served.app).store
    asked: list[str] = []
    read = store.driver.read

    def counted(text: str, *args: Any, **more: Any) -> Any:
        asked.append(text)
        return read(text, *args, **more)

    send(served, "bob", "GET", "/documents?limit=100")
    monkeypatch.setattr(store.driver, "read", counted)
    send(served, "bob", "GET", "/documents?limit=100")
    about = [text for text in asked if "documents" in text or "projects" in text]
    assert len(about) == 2  # the page, and for its items what may be updated and deleted, which is one rule


def test_nobody_makes_items_where_they_may_not_or_moves_them_there(served: Served) -> None:
    def made(content: dict[str, Any]) -> Answer:
        return send(served, "bob", "POST", "/documents", content=content, accept=JSON)

    assert made({"title": "new", "project_id": 2}).status == 201
    for elsewhere in (4, 7, 99, 10**30, None):  # of a closed team, of one that is not seen, of none
        answer = made({"title": "new", "project_id": elsewhere})
        assert answer.status in {403, 422}, elsewhere
        moved = send(served, "bob", "PATCH", "/documents/1", content={"project_id": elsewhere})
        assert moved.status in {403, 422}, elsewhere
    hidden, never = (made({"title": "new", "project_id": each}) for each in (7, 99))
    assert is_problem(hidden, 403)
    assert hidden.body == never.body
    assert send(served, "bob", "PATCH", "/documents/1", content={"project_id": 3}).status == 200
    assert send(served, "bob", "PATCH", "/documents/4", content={"project_id": 1}).status == 403


def test_functions_stand_beside_it(filled: str) -> None:
    rule = any_of(same_as("project_id"), lambda grant, row: row.title == "d10")
    with serving(*register(documents={"read": rule, "write": rule}), database=filled) as served:
        page = send(served, "ada", "GET", "/documents").json()
        assert {each["id"] for each in page["member"]} == {1, 2, 3, 10}
        assert send(served, "ada", "PATCH", "/documents/10", content={"title": "z"}).status == 204  # which hides it
        assert send(served, "ada", "PATCH", "/documents/10", content={"title": "d10"}).status == 404
        assert send(served, "ada", "PATCH", "/documents/1", content={"title": "z"}).status == 200
        assert send(served, "ada", "GET", "/documents/4").status == 404


@pytest.mark.parametrize("rules, said", [
    ({"projects": {"read": same_as("parent_id")}}, "leads in a circle: Project (read) -> Project (read)"),
    ({"teams": {"read": MINE, "update": MINE, "write": None}}, "same_as('team_id'), and Team has no rule for that"),
    ({"teams": {"read": lambda _grant, _row: True, "write": MINE}}, "leads to a function, the rule of Team for read"),
    ({"projects": {"read": same_as("nothing")}}, "has a rule for read by same_as('nothing'), and no such field"),
    ({"documents": {"read": same_as("title")}}, "has a rule for read by same_as('title'), and refers to no item"),
    ({"teams": {"read": None, "write": MINE}}, "refers to no item"),
], ids=["circle", "no rule", "function", "no field", "no link", "not read"])  # fmt: skip
def test_what_leads_nowhere_is_refused_at_the_start(filled: str, rules: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError) as refused, serving(*register(**rules), database=filled) as served:
        send(served, "ada", "GET", "/documents")
    assert said in str(refused.value)


def test_members_have_other_rules() -> None:
    class Thing(Resource):
        number: int = Field(identity=True)
        label: str | None = Field(None, read=same_as("number"))

    class Other(Resource):
        number: int = Field(identity=True)
        label: str | None = Field(None, write=any_of(same_as("number"), public()))

    for cls in (Thing, Other):
        with pytest.raises(DeclarationError, match="is a rule of operations"):
            Api().resource("/things", read=public())(cls)


@pytest.mark.parametrize("is_linked", [True, False], ids=["same_as", "public"])
def test_a_reference_tells_nothing_of_what_is_hidden(filled: str, is_linked: bool) -> None:
    rule, refused = (same_as("project_id"), 403) if is_linked else (public(), 409)
    with serving(*register(documents={"read": rule, "write": rule}), database=filled) as served:
        assert send(served, "ada", "GET", "/projects/9").status == 404
        made = [send(served, "ada", "POST", "/documents", content={"title": "x", "project_id": n}) for n in (9, 77)]
        assert [each.status for each in made] == [refused, refused]
        assert made[0].lasting() == made[1].lasting()
        changed = [send(served, "ada", "PATCH", "/documents/1", content={"project_id": n}) for n in (9, 77)]
        assert [each.status for each in changed] == [refused, refused]
        assert changed[0].lasting() == changed[1].lasting()


@pytest.mark.parametrize("accept", [JSON_LD, HAL, "text/html"])
def test_a_reference_that_is_read_of_some_items_alone_is_a_link_in_pages_too(filled: str, accept: str) -> None:
    members: dict[str, Any] = {
        "__annotations__": {"id": int | None, "team_id": int},
        "id": Field(None, identity=True), "team_id": Field(read=when(lambda row: row.id > 7)),
    }  # fmt: skip

    def projects(api: Api) -> None:
        api.resource("/projects", model=Project, read=public())(type("Project", (Resource,), members))

    with serving(model_at("/teams", Team, write=None), projects, database=filled) as served:
        page = served.send("GET", "/projects?limit=9", {"Accept": accept}).body.decode()
        assert page.count("/teams/3") == 2
        assert page.count("/teams/1") == page.count("/teams/2") == 0
