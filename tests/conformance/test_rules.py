"""Rules on items: what a caller may not see was never there, and what is shown is what may be done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from restwell import Api, Change, Field, Grant, Resource, all_of, any_of, authenticated, owner, public, scope, when
from restwell.model.errors import DeclarationError
from tests.api import JSON, Answer, Served, is_problem

ADA = Grant("ada", groups=["engines"])
BOB = Grant("bob")
EDITOR = Grant("eve", ["papers:read", "papers:update", "papers:edit"])
EVERYBODY: dict[str, Grant | None] = {"anonymous": None, "ada": ADA, "bob": BOB, "editor": EDITOR}
PAPERS = [
    {"title": "a", "author": "ada", "status": "draft", "team": "engines"},
    {"title": "b", "author": "bob", "status": "draft"},
    {"title": "c", "author": "bob", "status": "published"},
    {"title": "d", "author": "eve", "status": "draft", "team": "engines"},
]


class Paper(Resource):
    """A paper, seen by its author and team until it is published."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    status: str = "draft"
    team: str | None = None


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    seen = any_of(
        owner("author"),
        scope("papers"),
        when(lambda row: row.status == "published"),
        when(lambda row, grant: row.team.in_(grant.groups)),
    )
    changed = any_of(all_of(owner("author"), when(lambda row: row.status == "draft")), scope("papers:edit"))
    api.resource(
        "/papers", read=seen, create=authenticated(), update=changed, delete=owner("author"), initial=PAPERS
    )(Paper)

    @api.operation(Paper, "publish", permission=all_of(owner("author"), when(lambda row: row.status == "draft")))
    def publish(change: Change) -> None:
        change.new.status = "published"

    found = Served(app, api)
    yield found
    found.close()


def send(served: Served, who: str, method: str, target: str, **more: Any) -> Answer:
    grant = EVERYBODY[who]
    credential = served.credential(grant) if grant is not None else None
    return served.send(method, target, {"Authorization": credential} if credential else {}, **more)


SEEN = {"anonymous": "c", "ada": "acd", "bob": "bc", "editor": "abcd"}


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_caller_meets_the_items_that_a_rule_holds_for(served: Served, who: str) -> None:
    for target in ("/papers", "/papers?sort=-author", "/papers?title[in]=a,b,c,d"):
        page = send(served, who, "GET", target)
        assert sorted(each["title"] for each in page.json()["member"]) == sorted(SEEN[who])
        assert page.json()["totalItems"] == len(SEEN[who])
    for title in "abcd":
        assert send(served, who, "GET", f"/papers/{title}").status == (200 if title in SEEN[who] else 404)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "publish"])
@pytest.mark.parametrize("who", ["ada", "bob"])
def test_what_is_not_met_is_as_if_it_had_never_been(served: Served, who: str, method: str) -> None:
    hidden = next(title for title in "abd" if title not in SEEN[who])
    name, path = ("POST", f"/{method}") if method == "publish" else (method, "")
    more: dict[str, Any] = {"content": {"team": "x"}} if method == "PATCH" else {}
    one, other = (send(served, who, name, f"/papers/{title}{path}", **more) for title in (hidden, "z"))
    assert one.status == 404
    assert one.body.replace(f"/{hidden}".encode(), b"/z") == other.body
    assert one.lasting()[1] == other.lasting()[1]


WHOLE = re.compile(r"total;dur=\d+")
"""Milliseconds, which do not tell whether a row was met."""


def test_server_timing_says_no_more_than_milliseconds_where_items_are_hidden(served: Served) -> None:
    for who in EVERYBODY:
        for target in ("/papers/a", "/papers/z", "/papers?title=a", "/papers"):
            found = WHOLE.fullmatch(send(served, who, "GET", target)["server-timing"])
            assert (found is None) is (who == "editor"), target  # who meets every item
    refused = send(served, "editor", "DELETE", "/papers/a")
    assert is_problem(refused, 403)
    assert WHOLE.fullmatch(refused["server-timing"])


def operations(node: dict[str, Any]) -> set[str]:
    own = {name for name, value in node.items() if isinstance(value, dict) and "operation" in value}
    return {each["method"] for each in node.get("operation", ())} - {"GET"} | own


OPEN: dict[str, dict[str, set[str]]] = {
    "anonymous": {"c": set()},
    "ada": {"a": {"PATCH", "PUT", "DELETE", "publish"}, "c": set(), "d": set()},
    "bob": {"b": {"PATCH", "PUT", "DELETE", "publish"}, "c": {"DELETE"}},
    "editor": {
        "a": {"PATCH", "PUT"}, "b": {"PATCH", "PUT"}, "c": {"PATCH", "PUT"},
        "d": {"PATCH", "PUT", "DELETE", "publish"},
    },
}  # fmt: skip


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_operations_that_are_shown_are_those_that_are_open(served: Served, who: str) -> None:
    page = send(served, who, "GET", "/papers").json()
    assert {each["title"]: operations(each) for each in page["member"]} == OPEN[who]
    for title, wanted in OPEN[who].items():
        assert operations(send(served, who, "GET", f"/papers/{title}").json()) == wanted
    assert operations({"operation": page.get("operation", ())}) == (set() if who == "anonymous" else {"POST"})


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", ["PATCH", "PUT", "publish", "DELETE"])
def test_what_is_shown_works_and_what_is_not_is_refused(served: Served, who: str, name: str) -> None:
    for title, wanted in OPEN[who].items():
        method, path = ("POST", "/publish") if name == "publish" else (name, "")
        more: dict[str, Any] = {"content": {"status": "draft"}} if name in {"PATCH", "PUT"} else {}
        answer = send(served, who, method, f"/papers/{title}{path}", **more)
        if name in wanted:
            assert answer.status in {200, 204}
        else:
            assert is_problem(answer, 401 if who == "anonymous" else 403)


def test_nobody_makes_items_for_others_or_gives_them_away(database_url: str) -> None:
    class Task(Resource):
        """A task."""

        name: str = Field(identity=True)
        whose: str

    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/tasks", read=authenticated(), write=any_of(owner("whose"), scope("tasks:any")))(Task)
    served = Served(app, api)
    ada = {"Authorization": served.credential(ADA)}
    refused = served.send("POST", "/tasks", ada, content={"name": "a", "whose": "bob"})
    assert is_problem(refused, 403)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/whose"]
    assert served.send("PUT", "/tasks/a", ada, content={"whose": "bob"}).status == 403
    assert served.send("POST", "/tasks", ada, content={"name": "a", "whose": "ada"}).status == 201
    assert served.send("PATCH", "/tasks/a", ada, content={"whose": "bob"}).status == 403
    assert served.send("GET", "/tasks/a", ada, accept=JSON).json() == {"name": "a", "whose": "ada"}
    chief = {"Authorization": served.credential(Grant("eve", ["tasks:any"]))}
    assert served.send("PATCH", "/tasks/a", chief, content={"whose": "bob"}).status == 200
    assert served.send("PATCH", "/tasks/a", ada, content={"whose": "ada"}).status == 403
    served.close()


def test_nobody_gives_away_what_nobody_else_may_read(database_url: str) -> None:
    class Diary(Resource):
        """A diary."""

        name: str = Field(identity=True)
        whose: str

    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/diaries", read=owner("whose"), write=owner("whose"))(Diary)
    served = Served(app, api)
    ada = {"Authorization": served.credential(ADA)}
    assert served.send("POST", "/diaries", ada, content={"name": "a", "whose": "ada"}).status == 201
    for method, content in (("PATCH", {"whose": "bob"}), ("PUT", {"name": "a", "whose": "bob"})):
        refused = served.send(method, "/diaries/a", ada, content=content)
        assert is_problem(refused, 403)
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/whose"]
    assert served.send("GET", "/diaries/a", ada, accept=JSON).json() == {"name": "a", "whose": "ada"}
    served.close()


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_that_collides_with_what_is_hidden_is_409_and_says_no_more(served: Served, method: str) -> None:
    for title in ("b", "c"):
        target, content = ("/papers/b", {}) if method == "PUT" else ("/papers", {"title": "b"})
        answer = send(served, "ada", method, target, content=content)
        assert is_problem(answer, 409), title
        assert "draft" not in answer.body.decode()
        assert "bob" not in answer.body.decode()


def test_who_loses_sight_of_an_item_by_a_change_is_not_shown_it(database_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)

    class Note(Resource):
        """A note."""

        name: str = Field(identity=True)
        open: bool = True

    api.resource("/notes", read=when(lambda row: row.open == True), write=public(), initial=[{"name": "a"}])(Note)  # noqa: E712 - a condition
    served = Served(app, api)
    answer = served.send("PATCH", "/notes/a", content={"open": False})
    assert (answer.status, answer.body) == (204, b"")
    assert served.send("GET", "/notes/a").status == 404
    created = served.send("POST", "/notes", content={"name": "b", "open": False})
    assert (created.status, created.body) == (201, b"")
    assert is_problem(served.send("PUT", "/notes/b", content={}), 409)
    served.close()


UUIDS = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f", "1b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"
LOOKALIKES: dict[str, tuple[str, list[str]]] = {
    "number": ("7", ["007", " 7", "7 ", "+7", "7\n", "7.0", "\u0667", "\uff17", "0_7", "9" * 30, "-" + "9" * 30, ""]),
    "code": (UUIDS[0], [UUIDS[0].replace("-", ""), f"{{{UUIDS[0]}}}", f"urn:uuid:{UUIDS[0]}", f" {UUIDS[0]}", ""]),
    "text": ("ada", ["ADA", "ada ", "\uff41da", "ad\u0430", "ada\0", "\ud800", "a" * 70_000]),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOOKALIKES)
def test_who_looks_like_the_owner_of_an_item_is_somebody_else(database_url: str, kind: str) -> None:
    class Thing(Resource):
        """Something of somebody's."""

        name: str = Field(identity=True)
        number: int = 0
        code: UUID = UUID(UUIDS[1])
        text: str = ""

    whose, others = LOOKALIKES[kind]
    row = {"name": "a", kind: int(whose) if kind == "number" else whose}
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/things", read=any_of(owner(kind), scope("things")), write=owner(kind), initial=[row])(Thing)
    served = Served(app, api)
    for subject in (whose, *others):
        headers = {"Authorization": served.credential(Grant(subject, ["things:create"]))}
        found = served.send("GET", "/things/a", headers).status
        changed = served.send("PATCH", "/things/a", headers, content={}).status
        if subject == whose:
            assert (found, changed) == (200, 200)
        else:  # who cannot own anything lacks a scope
            assert found == changed
            assert found in {403, 404}, repr(subject)
    same: dict[str, Any] = {"number": 7, "code": whose.upper(), "text": whose}
    headers = {"Authorization": served.credential(Grant(same[kind]))}
    assert served.send("GET", "/things/a", headers).status == 200
    served.close()


def test_nothing_is_equal_to_what_a_caller_lacks(database_url: str) -> None:
    class Parcel(Resource):
        """A parcel, with an owner or without."""

        name: str = Field(identity=True)
        whose: str | None = None
        weight: int | None = None

    rules = {
        "equal": when(lambda row, grant: row.whose == grant.subject),
        "listed": when(lambda row, grant: row.whose.in_([grant.subject])),
        "lighter": when(lambda row, grant: row.weight <= grant.claims.get("most")),
        "begun": when(lambda row, grant: row.whose.startswith(grant.subject)),
        "missing": when(lambda row, grant: row.whose.is_none()),
        "missing too": when(lambda row: row.whose == None),  # noqa: E711 - a condition
    }
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    for number, rule in enumerate(rules.values()):
        rows: list[dict[str, Any]] = [{"name": "a"}, {"name": "b", "whose": "bob", "weight": 3}]
        own = type(f"Parcel{number}", (Parcel,), {"__module__": __name__, "__doc__": Parcel.__doc__})
        api.resource(f"/parcels{number}", read=rule, write=rule, initial=rows)(own)
    served = Served(app, api)
    bob = {"Authorization": served.credential(Grant("bob", claims={"most": 3}))}
    for number, name in enumerate(rules):
        path = f"/parcels{number}"
        is_missing = name.startswith("missing")
        seen = [served.send("GET", f"{path}/{each}").status == 200 for each in "ab"]
        assert seen == ([True, False] if is_missing else [False, False]), name
        assert served.send("PATCH", f"{path}/a", content={}).status == (200 if is_missing else 401)
        assert served.send("GET", f"{path}/b", bob).status == (404 if is_missing else 200)
    served.close()


ASKING_FOR_NONE = {
    "equal": lambda row, grant: row.team == None,  # noqa: E711 - a condition
    "negated": lambda row, grant: ~(row.team == None) | (row.author == grant.subject),  # noqa: E711 - as above
}


@pytest.mark.parametrize("asked", ASKING_FOR_NONE)
def test_none_written_out_in_a_rule_that_asks_for_the_grant_is_refused_with_the_remedy(asked: str) -> None:
    with pytest.raises(DeclarationError, match=r"compares row.team with None.*by row.team.is_none\(\)"):
        Api(Flask(__name__)).resource("/papers", read=when(ASKING_FOR_NONE[asked]))(Paper)
