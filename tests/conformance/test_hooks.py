"""Code of an application's own in changes: what it is given, what it may do, and what becomes of a refusal."""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, DeclarationError, Field, Grant, Refusal, Refuse, Resource, public
from tests.arguments import shows
from tests.modelled import create


class Base(DeclarativeBase):
    pass


class Book(Base):
    """A book of somebody else's."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40))
    pages: Mapped[int] = mapped_column(default=0)


class Note(Base):
    """What hooks write beside."""

    __tablename__ = "remarks"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class OutOfStock(Refusal):
    """There is none left."""

    status = 409
    title = "There is none left"
    explanation = "Nothing can be taken of what is out of stock: wait until there is more."


class Thing(Resource):
    """A thing of Restwell's own table."""

    name: str = Field(identity=True)
    size: int = Field(0, ge=0, le=100)
    slug: str | None = Field(None, read_only=True)


Register = Callable[[Api, type[Any]], None]


def engine_of(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


class Served:
    """An application with one resource, of Restwell's own table or of a model, and the hooks of a test."""

    def __init__(self, url: str, kind: str) -> None:
        self.url = url
        create(Base.metadata, url)
        self.app = Flask(__name__)
        self.app.config["RESTWELL_DATABASE"] = url
        self.api = Api(self.app)
        self.resource: type[Any] = Book
        if kind == "own":
            self.resource = self.api.resource("/items", read=public(), write=public())(type("Item", (Thing,), {}))
        else:
            self.api.resource("/items", model=Book, read=public(), write=public())
        self.kind = kind

    @property
    def client(self) -> Any:
        return self.app.test_client()

    def create(self, name: str, size: int = 1, **more: Any) -> Any:
        content: dict[str, Any] = (
            {"name": name, "size": size} if self.kind == "own" else {"title": name, "pages": size}
        )
        return self.client.post("/items", json=content | more, headers={"X-Request-Id": "the-request"})

    def rows(self, statement: str) -> list[Any]:
        engine = engine_of(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.exec_driver_sql(statement)]
        engine.dispose()
        return found

    @property
    def name(self) -> str:
        return "name" if self.kind == "own" else "title"

    @property
    def size(self) -> str:
        return "size" if self.kind == "own" else "pages"

    def close(self) -> None:
        self.api.binding(self.app).store.close()


@pytest.fixture(params=["own", "model"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    found = Served(database_url, request.param)
    yield found
    found.close()


def test_a_hook_sees_old_and_new_the_caller_and_the_request(served: Served) -> None:
    seen: list[tuple[Any, ...]] = []

    @served.api.before(served.resource)
    def look(change: Change) -> None:
        names = [None if each is None else getattr(each, served.name) for each in (change.old, change.new)]
        seen.append((change.operation, *names, change.caller, change.request_id))

    place = served.create("First").headers["Location"]
    headers = {"X-Request-Id": "another"}
    assert served.client.patch(place, json={served.size: 7}, headers=headers).status_code == 200
    assert served.client.delete(place, headers=headers).status_code == 204
    assert seen == [
        ("create", None, "First", None, "the-request"),
        ("update", "First", "First", None, "another"),
        ("delete", "First", None, None, "another"),
    ]


@shows("Api.before", "resource", "operations")
def test_what_a_hook_sets_is_written_and_answered(served: Served) -> None:
    @served.api.before(served.resource, "create", "update")
    def double(change: Change) -> None:
        setattr(change.new, served.size, getattr(change.new, served.size) * 2)

    answer = served.create("First", 3)
    assert answer.json[served.size] == 6
    place = answer.headers["Location"]
    assert served.client.get(place).json[served.size] == 6
    assert served.client.patch(place, json={served.size: 10}).json[served.size] == 20


def test_a_hook_may_set_what_clients_cannot(sqlite_url: str) -> None:
    served = Served(sqlite_url, "own")

    @served.api.before(served.resource, "create")
    def slug(change: Change) -> None:
        change.new.slug = change.new.name.lower()

    assert served.create("First").json["slug"] == "first"
    served.close()


def test_what_a_hook_sets_is_validated_again(served: Served) -> None:
    wrong: Any = -1 if served.kind == "own" else "x" * 41
    member = served.size if served.kind == "own" else served.name

    @served.api.before(served.resource)
    def spoil(change: Change) -> None:
        setattr(change.new, member, wrong)

    answer = served.create("First")
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, [f"/{member}"])
    assert served.client.get("/items").json["totalItems"] == 0


def test_a_hook_cannot_rename_an_item(database_url: str) -> None:
    served = Served(database_url, "own")

    @served.api.before(served.resource, "update")
    def rename(change: Change) -> None:
        change.new.name = "Second"

    place = served.create("First").headers["Location"]
    answer = served.client.patch(place, json={"size": 2})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "identity_mismatch")
    served.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refusal_leaves_nothing_written(served: Served, when: str) -> None:
    def refuse(change: Change) -> None:
        change.session.add(Note(text="beside"))
        change.session.flush()
        raise Refuse(409, "Not on a Sunday.", pointer=f"/{served.name}")

    getattr(served.api, when)(served.resource)(refuse)

    answer = served.create("First")
    assert answer.status_code == 409
    assert answer.json["type"].endswith("/problems/refusal")
    assert answer.json["detail"] == "Not on a Sunday."
    assert answer.json["errors"] == [{"pointer": f"/{served.name}", "detail": "Not on a Sunday.", "code": "refusal"}]
    assert served.client.get("/items").json["totalItems"] == 0
    assert served.rows("SELECT * FROM remarks") == []


@shows("Api.before", "refuses")
@shows("Api.after", "refuses")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kind_of_refusal_of_the_applications_own_has_its_page(served: Served, when: str) -> None:
    @getattr(served.api, when)(served.resource, "create", refuses=[OutOfStock])  # type: ignore[untyped-decorator]  # of two
    def refuse(change: Change) -> None:
        raise OutOfStock("Only 2 are left.", pointer=f"/{served.size}")

    answer = served.create("First", 3)
    assert (answer.status_code, answer.json["title"]) == (409, "There is none left")
    page = served.client.get(answer.json["type"], headers={"Accept": "application/ld+json"})
    assert (page.status_code, page.json["statusCode"], page.json["description"]) == (200, 409, OutOfStock.explanation)
    paths = served.client.get("/openapi.json").json["paths"]
    assert {"403", "404", "409", "422"} <= paths["/items"]["post"]["responses"].keys()
    assert "404" not in paths["/items"]["get"]["responses"]


def test_a_kind_of_refusal_that_is_not_named_is_a_mistake(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    @served.api.before(served.resource)
    def refuse(change: Change) -> None:
        raise OutOfStock

    assert served.create("First").status_code == 500
    assert "refuses with OutOfStock: name it, as in refuses=[OutOfStock]" in caplog.text


def test_a_hook_that_raises_is_an_error_of_the_server_and_leaves_nothing(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    @served.api.after(served.resource)
    def fail(change: Change) -> None:
        raise RuntimeError("a mistake")

    assert served.create("First").status_code == 500
    assert "a mistake" in caplog.text
    assert served.client.get("/items").json["totalItems"] == 0


def test_a_hook_that_raises_is_not_called_again(served: Served) -> None:
    called: list[str] = []

    @served.api.before(served.resource, "create", "update")
    def fail(change: Change) -> None:
        called.append(change.operation)
        if change.operation == "update" or getattr(change.new, served.size) == 13:
            raise RuntimeError("a mistake")

    assert served.create("Bad", 13).status_code == 500
    made = served.create("First")
    changed = served.client.patch(made.headers["Location"], json={served.size: 5})
    assert changed.status_code == 500
    assert called == ["create", "create", "update"]


@shows("Api.after", "resource", "operations")
def test_what_a_hook_writes_beside_is_committed_with_the_change(served: Served) -> None:
    @served.api.after(served.resource, "create")
    def note(change: Change) -> None:
        change.session.add(Note(text=f"{getattr(change.new, served.name)} came"))

    assert served.create("First").status_code == 201
    assert served.create("Second").status_code == 201
    assert served.rows("SELECT text FROM remarks ORDER BY id") == [("First came",), ("Second came",)]


def test_a_hook_runs_in_the_context_of_the_application(served: Served) -> None:
    names = []

    @served.api.before(served.resource)
    def look(change: Change) -> None:
        names.append(current_app.name)

    assert served.create("First").status_code == 201
    assert names == [served.app.name]


def test_a_stale_change_meets_no_hook(served: Served) -> None:
    calls = []
    place = served.create("First").headers["Location"]
    served.close()
    other = Served(served.url, served.kind)

    @other.api.before(other.resource)
    def look(change: Change) -> None:
        calls.append(change.operation)

    assert other.client.patch(place, json={other.size: 5}, headers={"If-Match": '"stale"'}).status_code == 412
    assert calls == []
    other.close()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to it"
        time.sleep(0.01)


def test_a_committed_hook_is_called_once_it_is_committed(served: Served) -> None:
    seen: list[tuple[Any, ...]] = []

    @served.api.committed(served.resource)
    def tell(change: Change) -> None:
        names = [None if each is None else getattr(each, served.size) for each in (change.old, change.new)]
        seen.append((change.operation, *names, change.request_id, change.tries, change.session, current_app.name))

    place = served.create("First").headers["Location"]
    until(lambda: len(seen) == 1)
    served.client.patch(place, json={served.size: 2}, headers={"X-Request-Id": "the-request"})
    until(lambda: len(seen) == 2)
    served.client.delete(place, headers={"X-Request-Id": "the-request"})
    until(lambda: len(seen) == 3)
    name = served.app.name
    assert seen == [
        ("create", None, 1, "the-request", 1, None, name),
        ("update", 1, 2, "the-request", 1, None, name),
        ("delete", 2, None, "the-request", 1, None, name),
    ]
    until(lambda: served.rows("SELECT id FROM restwell_calls") == [])


@shows("Api.committed", "resource", "operations")
def test_a_committed_hook_that_fails_is_called_again_and_told_how_often(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []
    done = threading.Event()

    @served.api.committed(served.resource, "create")
    def tell(change: Change) -> None:
        tries.append(change.tries)
        if change.tries < 2:
            raise ConnectionError("nobody answers")
        done.set()

    with caplog.at_level(logging.ERROR, "restwell"):
        assert served.create("First").status_code == 201
        assert done.wait(10)
    assert tries == [1, 2]
    assert "failed at try 1 for request the-request" in caplog.text
    until(lambda: served.rows("SELECT id FROM restwell_calls") == [])


def test_a_store_is_closed_while_calls_are_made(database_url: str) -> None:
    for _ in range(20):  # which ended the process where a connection was closed under a statement
        served = Served(database_url, "own")
        served.api.committed(served.resource)(lambda change: None)
        for number in range(5):
            served.create(f"n{number}")
        served.close()


def test_a_call_that_a_process_has_not_ended_is_made_by_another(database_url: str) -> None:
    served, seen, began, goes_on = Served(database_url, "own"), [], threading.Event(), threading.Event()

    @served.api.committed(served.resource)
    def tell(change: Change) -> None:
        seen.append((change.new.name, change.tries))
        began.set()
        goes_on.wait(10)

    assert served.create("First").status_code == 201
    assert began.wait(10)
    served.close()  # as where the process is killed: nothing is noted any more
    goes_on.set()
    [(left,)] = served.rows("SELECT tries FROM restwell_calls")
    assert left == 1
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE restwell_calls SET due = 0")  # the time that it was lent for is over
    engine.dispose()
    other = Served(database_url, "own")
    other.api.committed(other.resource)(tell)
    assert other.client.get("/items").status_code == 200
    until(lambda: seen == [("First", 1), ("First", 2)])
    until(lambda: served.rows("SELECT id FROM restwell_calls") == [])
    other.close()


def callers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "restwell-calls"}


def test_the_thread_of_calls_ends_with_the_store_and_begins_with_a_change(served: Served) -> None:
    others = callers()
    seen: list[str] = []
    served.api.committed(served.resource)(lambda change: seen.append(change.operation))
    place = served.create("First").headers["Location"]
    until(lambda: seen == ["create"])
    served.api.binding(served.app).store.close()
    until(lambda: callers() <= others)
    served.client.delete(place)
    until(lambda: seen == ["create", "delete"])


def test_a_committed_hook_that_exits_ends_nothing(served: Served) -> None:
    tries = []

    @served.api.committed(served.resource)
    def leave(change: Change) -> None:
        tries.append(change.tries)
        if change.tries == 1:
            sys.exit("enough")

    served.create("First")
    until(lambda: tries == [1, 2])


def test_a_refused_change_calls_nobody(served: Served) -> None:
    @served.api.after(served.resource)
    def refuse(change: Change) -> None:
        raise Refuse(403, "Never.")

    @served.api.committed(served.resource)
    def tell(change: Change) -> None:
        raise AssertionError("it was called")

    assert served.create("First").status_code == 403
    assert served.rows("SELECT id FROM restwell_calls") == []


def test_a_hook_of_nothing_is_refused_by_name(sqlite_url: str) -> None:
    api = Served(sqlite_url, "own").api

    class Other(Resource):
        id: int = Field(identity=True)

    with pytest.raises(DeclarationError, match="BaseModel is not a resource of this API"):
        api.before(BaseModel)
    with pytest.raises(DeclarationError, match=r"Other is not a resource of this API, so that @api.before would"):
        api.before(Other)
    with pytest.raises(DeclarationError, match="'read' is not an operation that changes anything"):
        api.before(api.declarations[0].content, "read")(print)


def test_a_refusal_has_a_status_that_is_documented() -> None:
    with pytest.raises(ValueError, match="418 is not a status for this: take one of 403, 404, 409, 422"):
        Refuse(418)
    with pytest.raises(TypeError, match="Broken has the status 500"):
        type("Broken", (Refusal,), {"status": 500})
    with pytest.raises(TypeError, match="Conflict would have the address of another kind of problem"):
        type("Conflict", (Refusal,), {"status": 409})


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_hook_that_creates_the_very_item_is_a_conflict_and_not_called_without_end(
    database_url: str, method: str
) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/things", read=public(), write=public())(Thing)
    called = []

    @api.before(Thing, "create")
    def creates_it_too(change: Change) -> None:
        called.append(change.operation)
        change.session.execute(sa.text("INSERT INTO things (name, size, _version, _modified) VALUES ('a', 1, 1, 1)"))

    client: Any = app.test_client()
    answer = client.put("/things/a", json={}) if method == "PUT" else client.post("/things", json={"name": "a"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (409, "/name")
    assert len(called) <= 3
    assert client.get("/things").json["totalItems"] == 0
    api.binding(app).store.close()


async def later(change: Change) -> None:
    raise Refuse(409, "Never.")


def one_by_one(change: Change) -> Iterator[None]:
    yield


class Later:
    async def __call__(self, change: Change) -> None:
        raise Refuse(409, "Never.")


NO_HOOKS: dict[str, tuple[Any, str]] = {
    "async": (later, "later is async, or has a yield, so that a call would do nothing: write it as a plain def"),
    "generator": (one_by_one, "one_by_one is async, or has a yield"),
    "async object": (Later(), "is async, or has a yield"),
    "without a change": (lambda: None, "is called with the change alone: write it as in `def"),
    "with more": (lambda change, other: None, "is called with the change alone"),
}


@pytest.mark.parametrize("case", NO_HOOKS)
@pytest.mark.parametrize("when", ["before", "after", "committed", "operation"])
def test_what_could_not_be_called_is_refused(when: str, case: str) -> None:
    api = Api(Flask("tests"))
    resource = api.resource("/items", read=public(), write=public())(type("Item", (Thing,), {"__doc__": "One."}))
    function, said = NO_HOOKS[case]
    given = ("greet",) if when == "operation" else ()
    with pytest.raises(DeclarationError, match=re.escape(said)):
        getattr(api, when)(resource, *given)(function)


def test_a_hook_sees_all_that_is_known_of_the_caller(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api, seen = Api(app), list[Any]()
    api.resource("/things", read=public(), write=public())(Thing)

    @api.before(Thing)
    def look(change: Change) -> None:
        seen.append((change.caller, change.grant))

    @api.committed(Thing)
    def tell(change: Change) -> None:
        seen.append((change.caller, change.grant))

    ada = Grant("ada", ["a:b"], {"tenant": 3}, groups=["engines"])
    assert api.test_client(ada).post("/things", json={"name": "x"}).status_code == 201
    until(lambda: len(seen) == 2)
    assert seen == [("ada", ada), ("ada", None)]
    assert app.test_client().delete("/things/x").status_code == 204
    assert seen[2][1].subject is None
    api.binding(app).store.close()
