"""Models and tables of others over HTTP, on both databases: they are served as they are, and nothing is added."""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, column_property, mapped_column, relationship, validates

from restwell import Api, Change, DeclarationError, Field, Resource, public
from tests.api import JSON, MERGE_PATCH, Answer, Served, is_problem
from tests.arguments import shows
from tests.modelled import create, engine_of, model_at, serving_models

MERGE = {"Content-Type": MERGE_PATCH}


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "is live"


class Author(Base):
    """Who writes."""

    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(80), unique=True)
    nick: Mapped[str | None] = mapped_column(sa.String(10))
    age: Mapped[int | None] = mapped_column(default=30)
    joined: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    status: Mapped[Status] = mapped_column(default=Status.DRAFT)
    balance: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2), default=0)
    small: Mapped[int | None] = mapped_column(sa.SmallInteger)
    changes: Mapped[int] = mapped_column(default=0, onupdate=lambda context: 1)
    books: Mapped[list[Book]] = relationship(
        back_populates="author", cascade="all, delete-orphan", lazy="joined", order_by="Book.title"
    )
    __table_args__ = (
        sa.CheckConstraint("age < 150", name="not_too_old"),
        sa.CheckConstraint("balance < 1000"),
        sa.UniqueConstraint("nick", "age"),
    )

    @validates("email")
    def lower(self, _: str, value: str) -> str:
        if "@" not in value:
            raise ValueError("needs an @")
        return value.lower()


class Book(Base):
    __tablename__ = "books"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str] = mapped_column(sa.String(100))
    rank: Mapped[int | None]
    tags: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")
    rows: Mapped[int] = mapped_column()
    __mapper_args__: Any = {"version_id_col": rows}  # noqa: RUF012 - not ours


Author.book_count = column_property(
    sa.select(sa.func.count(Book.id)).where(Book.author_id == Author.id).correlate_except(Book).scalar_subquery()
)


@sa.event.listens_for(Author, "before_insert")
@sa.event.listens_for(Author, "before_update")
def no_thirteen(_: Any, __: Any, author: Author) -> None:
    if author.age == 13:
        raise ValueError("Nobody is thirteen.")


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    made: Mapped[datetime]
    changed: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    by: Mapped[str | None]


counters = sa.Table(
    "counters", Base.metadata, sa.Column("name", sa.String(30), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False, server_default="0"), sa.Column("note", sa.String(20)),
)  # fmt: skip


def authors(served: Served, *emails: str) -> None:
    for email in emails:
        assert served.send("POST", "/authors", content={"email": email}).status == 201


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    models = (model_at("/authors", Author), model_at("/books", Book), model_at("/counters", counters))
    with serving_models(Base.metadata, database_url, *models) as served:
        yield served


def pointers(answer: Answer) -> list[str]:
    return [each["pointer"] for each in answer.json().get("errors", [])]


# -- what HTTP does with them -------------------------------------------------------------------------------


def test_the_database_gives_the_identity_of_what_is_created(served: Served) -> None:
    answer = served.send("POST", "/authors", content={"email": "Ada@example.org"}, accept=JSON)
    assert (answer.status, answer["location"]) == (201, "http://localhost/authors/1")
    found = answer.json()
    assert found.pop("joined").endswith("Z")
    assert found == {
        "id": 1, "email": "ada@example.org", "age": 30, "status": "draft", "balance": "0.00", "changes": 0,
        "book_count": 0,
    }  # fmt: skip
    again = served.send("GET", "/authors/1", accept=JSON)
    assert again.body == answer.body
    assert again["etag"] == answer["etag"]
    assert is_problem(served.send("POST", "/authors", content={"email": "b@example.org", "id": 7}), 422)
    assert is_problem(served.send("PUT", "/authors/7", content={"email": "b@example.org"}), 404)


def test_a_put_creates_where_the_client_may_choose_the_identity(served: Served) -> None:
    authors(served, "a@b")
    target = "/books/0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"
    first = served.send("PUT", target, content={"title": "T", "author_id": 1}, accept=JSON)
    assert (first.status, first["location"]) == (201, f"http://localhost{target}")
    second = served.send("PUT", target, {"If-Match": first["etag"]}, {"title": "U", "author_id": 1}, accept=JSON)
    assert (second.status, second.json()["title"], second.json()["rows"]) == (200, "U", 2)
    assert is_problem(served.send("PUT", target, {"If-Match": first["etag"]}, {"title": "V", "author_id": 1}), 412)
    made = served.send("POST", "/books", content={"title": "W", "author_id": 1}, accept=JSON)
    assert made["location"] == f"http://localhost/books/{made.json()['id']}"
    assert served.send("PUT", "/counters/one", content={"value": 3}).status == 201
    assert served.send("PUT", "/counters/one", content={"value": 4}).status == 200


def test_a_change_is_of_the_state_that_it_names(served: Served) -> None:
    authors(served, "a@b")
    first = served.send("GET", "/authors/1", accept=JSON)
    assert served.send("GET", "/authors/1", {"If-None-Match": first["etag"]}, accept=JSON).status == 304
    answer = served.send("PATCH", "/authors/1", {**MERGE, "If-Match": first["etag"]}, {"nick": "A"}, accept=JSON)
    assert (answer.status, answer.json()["nick"], answer.json()["changes"]) == (200, "A", 1)
    for method, content in (("PATCH", {"nick": "B"}), ("PUT", {"email": "a@b"}), ("DELETE", None)):
        headers = {"If-Match": first["etag"], **(MERGE if method == "PATCH" else {})}
        assert is_problem(served.send(method, "/authors/1", headers, content), 412)
    assert served.send("DELETE", "/authors/1", {"If-Match": answer["etag"]}).status == 204
    assert is_problem(served.send("GET", "/authors/1"), 404)


def test_a_change_of_other_rows_is_another_state_of_what_is_computed_of_them(served: Served) -> None:
    authors(served, "a@b")
    first = served.send("GET", "/authors/1", accept=JSON)
    assert served.send("POST", "/books", content={"title": "T", "author_id": 1}).status == 201
    second = served.send("GET", "/authors/1", {"If-None-Match": first["etag"]}, accept=JSON)
    assert (second.status, second.json()["book_count"]) == (200, 1)
    assert is_problem(served.send("PATCH", "/authors/1", {**MERGE, "If-Match": first["etag"]}, {"nick": "x"}), 412)


def test_what_another_program_changes_is_another_state(served: Served) -> None:
    served.send("PUT", "/counters/one", content={"value": 3})
    first = served.send("GET", "/counters/one", accept=JSON)
    served.change("UPDATE counters SET value = ? WHERE name = ?", 9, "one")
    second = served.send("GET", "/counters/one", {"If-None-Match": first["etag"]}, accept=JSON)
    assert (second.status, second.json()["value"]) == (200, 9)
    assert is_problem(served.send("PUT", "/counters/one", {"If-Match": first["etag"]}, {"value": 4}), 412)
    assert served.send("PUT", "/counters/one", {"If-Match": second["etag"]}, {"value": 4}).status == 200


def test_a_put_leaves_what_the_database_makes_and_takes_defaults_again(served: Served) -> None:
    served.send("POST", "/authors", content={"email": "a@b", "age": 50, "nick": "x", "balance": "9.5"})
    before = served.send("GET", "/authors/1", accept=JSON).json()
    after = served.send("PUT", "/authors/1", content={"email": "a@b"}, accept=JSON).json()
    assert (before["age"], after["age"]) == (50, 30)
    assert after["joined"] == before["joined"]
    assert "nick" not in after
    assert after["balance"] == "0.00"


def test_null_is_null_where_a_default_is_something_else(served: Served) -> None:
    answer = served.send("POST", "/authors", content={"email": "a@b", "age": None}, accept=JSON)
    assert (answer.status, answer.json()["age"]) == (201, None)
    served.send("PATCH", "/authors/1", MERGE, {"age": 4})
    assert served.send("PATCH", "/authors/1", MERGE, {"age": None}, accept=JSON).json()["age"] is None


def test_what_is_not_changed_is_not_written(served: Served) -> None:
    authors(served, "a@b")
    first = served.send("GET", "/authors/1", accept=JSON)
    same = served.send("PATCH", "/authors/1", MERGE, {"email": "a@b"}, accept=JSON)
    assert (same.status, same["etag"], same.json()["changes"]) == (200, first["etag"], 0)


def test_head_and_options_say_what_can_be_done(served: Served) -> None:
    authors(served, "a@b")
    head, get = (served.send(method, "/authors/1", accept=JSON) for method in ("HEAD", "GET"))
    assert (head.status, head.body, head["etag"]) == (200, b"", get["etag"])
    assert set(served.send("OPTIONS", "/authors/1").words("allow")) == {
        "GET", "HEAD", "OPTIONS", "PATCH", "PUT", "DELETE",
    }  # fmt: skip
    assert set(served.send("OPTIONS", "/authors").words("allow")) == {"GET", "HEAD", "OPTIONS", "POST"}


# -- what a collection can be asked -------------------------------------------------------------------------


def found(served: Served, target: str) -> list[Any]:
    answer = served.send("GET", target, accept=JSON)
    assert answer.status == 200, answer.body
    [members] = [each for each in answer.json().values() if isinstance(each, list)]
    return list(members)


FOUR: list[dict[str, Any]] = [
    {"email": "a@x", "age": 10, "nick": "Ann", "status": "is live", "balance": "1.50"},
    {"email": "b@x", "age": 20, "balance": "10"},
    {"email": "c@x", "age": None, "nick": "ann", "balance": "2"},
    {"email": "d@x", "age": 40, "nick": "50%_", "balance": "-1"},
]


ASKED = [
    ("age=20", "b"), ("age[ne]=20", "acd"), ("age[gt]=10", "bd"), ("age[gte]=20", "bd"), ("age[lt]=20", "a"),
    ("age[lte]=20", "ab"), ("age[in]=10,40", "ad"), ("age[exists]=false", "c"), ("age[exists]=true", "abd"),
    ("nick=Ann", "a"), ("nick[contains]=nn", "ac"), ("nick[icontains]=AN", "ac"), ("nick[starts]=an", "c"),
    ("nick[contains]=%25_", "d"), ("nick[starts]=50%25", "d"), ("status=is%20live", "a"),
    ("status[ne]=is%20live", "bcd"), ("status[in]=draft,is%20live", "abcd"),
    ("balance[gt]=1.499", "abc"), ("balance=1.50", "a"), ("balance[lt]=0", "d"), ("book_count=0", "abcd"),
    ("book_count[gt]=0", ""), ("id[in]=1,2,99999999999", "ab"), ("age=3000000000", ""), ("small=70000", ""),
    ("joined[gt]=2000-01-01T00:00:00Z", "abcd"), ("sort=age", "abdc"), ("sort=-age", "cdba"),
    ("sort=-balance", "bcad"), ("sort=book_count,-email", "dcba"), ("sort=age,-email", "abdc"),
    ("age=20&balance=10", "b"),
]  # fmt: skip
"""Queries, and the first letters of those that they give."""


def test_every_filter_and_order_is_that_of_the_columns(served: Served) -> None:
    for each in FOUR:
        assert served.send("POST", "/authors", content=each).status == 201
    given = {query: "".join(each["email"][0] for each in found(served, f"/authors?{query}")) for query, _ in ASKED}
    assert given == dict(ASKED)


def filled(database_url: str) -> None:
    """Fifty and some rows of each kind."""
    with Session(engine_of(database_url)) as session:
        author = Author(email="first@x")
        session.add(author)
        for number in range(53):
            session.add(Book(title=f"t{number % 7}", rank=number % 5 or None, author=author))
            session.add(Author(email=f"{number}@x", age=(number % 5) * 10 or None, nick=f"n{number}"))
            note = f"n{number % 9}" if number % 2 else None
            session.execute(sa.insert(counters).values(name=f"c{number}", value=number % 5, note=note))
        session.commit()


@pytest.mark.parametrize(
    "path, key, some, other",
    [
        ("/books", "id", "rank", "title"),  # by UUIDs,
        ("/authors", "id", "age", "nick"),  # numbers
        ("/counters", "name", "value", "note"),  # and texts
    ],
)
def test_pages_lead_on_and_back_over_every_row(
    served: Served, database_url: str, path: str, key: str, some: str, other: str
) -> None:
    filled(database_url)
    for sort in ("", f"&sort={some}", f"&sort=-{some}", f"&sort={other}", f"&sort=-{some},{other}"):
        every = found(served, f"{path}?limit=100{sort}")
        assert len({each[key] for each in every}) == len(every) >= 53
        pages, target = [], f"{path}?limit=10{sort}"
        while True:
            answer = served.send("GET", target, accept=JSON)
            pages.append(found(served, target))
            if not answer.links("next"):
                break
            target = answer.link("next")
        assert [each for page in pages for each in page] == every
        for page in reversed(pages[:-1]):
            target = served.send("GET", target, accept=JSON).link("prev")
            assert found(served, target) == page


def test_a_total_and_some_fields_are_what_is_asked_for(served: Served) -> None:
    authors(served, "a@x", "b@x", "c@x")
    answer = served.send("GET", "/authors?limit=2&fields=email,age", {"Prefer": "count=exact"}, accept=JSON)
    assert answer.json()["authors"] == [{"email": "a@x", "age": 30}, {"email": "b@x", "age": 30}]
    assert served.send("GET", "/authors?limit=2&total=exact", accept=JSON).status in {200, 400}


def test_a_number_that_no_column_can_hold_names_nothing(served: Served) -> None:
    for number in (2**31, 2**63 - 1, 2**63, 2**70):
        for method in ("GET", "DELETE"):
            assert is_problem(served.send(method, f"/authors/{number}"), 404)


# -- what they refuse ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, status, members",
    [
        ({"email": "nobody"}, 422, ["/email"]),
        ({"email": "x@x", "age": 13}, 422, [""]),
        ({"email": "TAKEN@x"}, 409, ["/email"]),
        ({"email": "x@x", "nick": "n", "age": 1}, 409, ["/nick", "/age"]),
        ({"email": "x@x", "age": 151}, 422, ["/age"]),
        ({"email": "x@x", "balance": "1000"}, 422, ["/balance"]),
        ({"email": "x@x", "nick": "n" * 11}, 422, ["/nick"]),
        ({"email": "x@x", "age": 2**63}, 422, ["/age"]),
        ({"email": "x@x", "status": "gone"}, 422, ["/status"]),
        ({"email": None}, 422, ["/email"]),
        ({}, 422, ["/email"]),
        ({"email": "x@x", "book_count": 3}, 422, ["/book_count"]),
        ({"email": "x@x", "unknown": 3}, 422, ["/unknown"]),
        ({"email": "x@x", "balance": "0.001"}, 422, ["/balance"]),
    ],
    ids=map(str, range(14)),
)
def test_what_a_model_or_its_table_refuses_names_the_members(
    served: Served, content: dict[str, Any], status: int, members: list[str]
) -> None:
    assert served.send("POST", "/authors", content={"email": "taken@x", "nick": "n", "age": 1}).status == 201
    answer = served.send("POST", "/authors", content=content)
    assert is_problem(answer, status)
    assert pointers(answer) == members
    assert [each["email"] for each in found(served, "/authors")] == ["taken@x"]
    other = served.send("POST", "/authors", content={"email": "other@x", "nick": "o"}, accept=JSON)["location"]
    changed = served.send("PATCH", other, MERGE, content or {"email": None})
    assert is_problem(changed, status)
    assert pointers(changed) == members


def test_a_number_too_large_for_its_column_names_it(served: Served) -> None:
    answer = served.send("POST", "/authors", content={"email": "x@x", "small": 70000})
    if answer.status != 201:  # SQLite has integers of one size
        assert is_problem(answer, 422)
        assert pointers(answer) == ["/small"]


def test_a_reference_to_nothing_is_a_conflict(served: Served) -> None:
    answer = served.send("POST", "/books", content={"title": "T", "author_id": 77})
    assert is_problem(answer, 409)
    assert pointers(answer) in ([], ["/author_id"])  # which SQLite does not say


def test_what_belongs_to_an_item_goes_with_it(served: Served) -> None:
    authors(served, "a@x")
    for title in ("T", "U"):
        assert served.send("POST", "/books", content={"title": title, "author_id": 1}).status == 201
    assert served.send("PATCH", "/authors/1", MERGE, {"nick": "with"}).status == 200
    assert served.send("DELETE", "/authors/1").status == 204
    assert found(served, "/books") == []


# -- what is said of them -----------------------------------------------------------------------------------


def test_the_descriptions_are_valid_and_true(served: Served) -> None:
    api = served.send("GET", "/openapi.json", accept=JSON).json()
    validate(api)
    shown = api["paths"]["/authors/{id}"]["get"]["responses"]["200"]["headers"]
    assert "ETag" in shown
    assert "Last-Modified" not in shown  # nobody knows when
    schema = served.send("GET", "/schemas/Author", accept="application/schema+json").json()
    Draft202012Validator.check_schema(schema)
    authors(served, "a@x")
    served.send("PATCH", "/authors/1", MERGE, {"age": None})
    for each in found(served, "/authors"):
        Draft202012Validator(schema).validate(each)
    properties = schema["properties"]
    assert {name for name, each in properties.items() if each.get("readOnly")} == {"id", "book_count"}
    text = str(properties["email"])
    assert "'maxLength': 80" in text
    assert "null" not in text
    assert "null" in str(properties["age"])


def test_rows_that_cannot_be_read_are_left_out_and_logged(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with serving_models(Base.metadata, sqlite_url, model_at("/authors", Author)) as served:
        authors(served, "a@x", "b@x", "c@x", "d@x")
        served.change("UPDATE authors SET status = 'nonsense' WHERE id = 2")
        served.change("UPDATE authors SET joined = 'yesterday' WHERE id = 3")
        with caplog.at_level(logging.WARNING, "restwell"):
            assert [each["id"] for each in found(served, "/authors")] == [1, 4]
            assert [each["id"] for each in found(served, "/authors?sort=-age")] == [4, 1]
        told = [record.getMessage() for record in caplog.records if "cannot be read" in record.getMessage()]
        assert [text.partition(". It is")[0] for text in told] == [
            "/authors: what is stored of '2' cannot be read: status",
            "/authors: what is stored of '3' cannot be read: joined",
        ]
        assert is_problem(served.send("GET", "/authors/2", accept=JSON), 500)
        assert served.send("GET", "/authors/1", accept=JSON).status == 200


# -- nothing is added, nothing is lost ----------------------------------------------------------------------


def schema_of(database_url: str) -> dict[str, Any]:
    inspector = sa.inspect(engine_of(database_url))
    engine = engine_of(database_url)
    triggers = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
        "mariadb": "SELECT trigger_name, event_object_table FROM information_schema.triggers",
    }[engine.dialect.name]
    with engine.connect() as connection:
        made = [tuple(row) for row in connection.exec_driver_sql(triggers) if not row[1].startswith("restwell_")]
    names = [name for name in inspector.get_table_names() if not name.startswith("restwell_")]
    columns = {
        name: [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)] for name in names
    }
    indexes = {name: sorted(str(index["name"]) for index in inspector.get_indexes(name)) for name in names}
    return {"columns": columns, "indexes": indexes, "triggers": made}


def test_nothing_is_added_to_the_tables_of_others(database_url: str) -> None:
    create(Base.metadata, database_url)
    before = schema_of(database_url)
    models = (model_at("/authors", Author), model_at("/books", Book), model_at("/counters", counters))
    with serving_models(Base.metadata, database_url, *models) as served:
        authors(served, "a@x")
        assert served.send("PUT", "/counters/one", content={"value": 3}).status == 201
    assert schema_of(database_url) == before


def at_once(tasks: list[Callable[[], None]]) -> None:
    """Run every task in a thread of its own, all of them at once; what one of them raises is raised."""
    raised: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again where it is seen
            raised.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/counters/shared", "/authors/1"])
def test_sixty_four_writers_lose_nothing(served: Served, path: str) -> None:
    """In a table that never heard of versions, and in a class whose version is a digest."""
    authors(served, "a@x")
    served.send("PUT", "/counters/shared", content={"value": 0})
    served.send("PATCH", "/authors/1", MERGE, {"age": 0})
    name = "value" if path.startswith("/counters") else "age"

    def write() -> None:
        for _ in range(10000):
            now = served.send("GET", path, accept=JSON)
            if now.status == 503:
                continue
            assert now.status == 200, now.body
            number = now.json()[name] + 1
            number += number == 13 and name == "age"
            answer = served.send("PATCH", path, {**MERGE, "If-Match": now["etag"]}, {name: number}, accept=JSON)
            if answer.status == 200:
                return
            assert answer.status in {412, 503}, answer.body
        raise AssertionError("no turn in ten thousand")

    at_once([write] * 64)
    assert served.send("GET", path, accept=JSON).json()[name] == 64 + (name == "age")


def test_what_is_created_at_once_is_created_once(served: Served) -> None:
    statuses: list[int] = []

    def write(method: str, target: str, headers: dict[str, str], content: Any) -> Callable[[], None]:
        return lambda: statuses.append(served.send(method, target, headers, content).status)

    for task, first, others in (
        (write("PUT", "/counters/a", {"If-None-Match": "*"}, {"value": 1}), 201, 412),
        (write("POST", "/counters", {}, {"name": "b"}), 201, 409),
        (write("DELETE", "/counters/b", {}, None), 204, 404),
    ):
        at_once([task] * 8)
        assert sorted(statuses) == [first] + [others] * 7
        statuses.clear()


# -- a Resource class beside a model, and queries -----------------------------------------------------------


@shows("Api.resource", "model")
def test_a_model_is_served_as_it_is_or_as_a_resource_class_says(database_url: str) -> None:
    def chosen(api: Api) -> None:
        api.resource("/writers", model=Author, read=public(), update=public())(
            type(
                "Writer", (Resource,),
                {
                    "__annotations__": {"id": int, "email": str, "nick": str | None}, "__doc__": "Who writes.",
                    "email": Field(max_length=5), "nick": None,
                },
            )
        )  # fmt: skip

    with serving_models(Base.metadata, database_url, model_at("/authors", Author), chosen) as served:
        authors(served, "a@x")
        assert found(served, "/writers") == [{"id": 1, "email": "a@x"}]
        assert is_problem(served.send("PATCH", "/writers/1", MERGE, {"age": 3}), 422)
        assert is_problem(served.send("PATCH", "/writers/1", MERGE, {"email": "long@x"}), 422)
        assert served.send("PATCH", "/writers/1", MERGE, {"email": "b@x"}).status == 200
        assert found(served, "/authors")[0]["email"] == "b@x"
        assert is_problem(served.send("POST", "/writers", content={"email": "c@x"}), 405)


class AuthorOut(Resource):
    """Who writes."""

    id: int
    email: str


def test_a_class_beside_a_model_is_named_as_is_said(database_url: str) -> None:
    heard: list[str] = []

    def named(api: Api) -> None:
        api.resource("/authors", model=Author, name="Writer", read=public(), write=public())(AuthorOut)
        api.resource("/novels", model=Book.__table__, name="Novel", read=public())

        @api.after(AuthorOut, "create")
        def hear(change: Change) -> None:
            heard.append(change.new.email)

    with serving_models(Base.metadata, database_url, named) as served:
        authors(served, "a@x")
        assert heard == ["a@x"]
        assert served.send("GET", "/authors/1").json()["@type"] == "Writer"
        schemas = served.send("GET", "/openapi.json").json()["components"]["schemas"]
        assert schemas["Writer"]["title"] == "Writer"
        assert schemas["Novel"]["title"] == "Novel"
        for path in ("/", "/docs.jsonld", "/openapi.json", "/contexts/Writer", "/schemas/Novel", "/authors"):
            answer = served.send("GET", path)
            assert answer.status == 200
            assert b"AuthorOut" not in answer.body


def test_two_resources_of_a_model_have_two_names() -> None:
    api = Api()
    api.resource("/authors", model=Author, name="Writer", read=public())
    api.resource("/others", model=Author, name="Writer", read=public())
    with pytest.raises(DeclarationError, match=r"Writer at /others and Writer at /authors share .* a name"):
        _ = api.declarations
    with pytest.raises(DeclarationError, match="name='a writer': begin it with a capital letter"):
        Api().resource("/authors", model=Author, name="a writer", read=public())(AuthorOut)


@shows("Api.resource", "query")
def test_a_query_is_a_collection_that_is_only_read(database_url: str) -> None:
    statement = (
        sa.select(Author.id, Author.email.label("mail"), sa.func.count(Book.id).label("books"))
        .outerjoin(Book)
        .where(Author.age > 18)
        .group_by(Author.id, Author.email)
    )

    def shelf(api: Api) -> None:
        @api.resource("/shelf", query=statement, read=public())
        class Shelf(Resource):
            """How many books somebody wrote."""

            id: int = Field(identity=True)
            mail: str
            books: int

    models = (model_at("/authors", Author), model_at("/books", Book), shelf)
    with serving_models(Base.metadata, database_url, *models) as served:
        authors(served, "a@x", "b@x")
        served.send("POST", "/authors", content={"email": "young@x", "age": 5})
        served.send("POST", "/books", content={"title": "T", "author_id": 2})
        assert found(served, "/shelf?sort=-books") == [
            {"id": 2, "mail": "b@x", "books": 1},
            {"id": 1, "mail": "a@x", "books": 0},
        ]
        assert found(served, "/shelf?books[gte]=1&mail[contains]=b") == [{"id": 2, "mail": "b@x", "books": 1}]
        assert served.send("GET", "/shelf/1", accept=JSON).json() == {"id": 1, "mail": "a@x", "books": 0}
        assert is_problem(served.send("GET", "/shelf/3"), 404)
        assert is_problem(served.send("POST", "/shelf", content={}), 405)


def test_columns_may_be_members_that_set_themselves(database_url: str) -> None:
    def register(api: Api) -> None:
        @api.resource("/notes", model=Note, read=public(), write=public())
        class Written(Resource):
            """A note."""

            id: int
            text: str
            made: datetime = Field(auto="created")
            changed: datetime = Field(auto="updated")
            by: str | None = Field(auto="creator")

    with serving_models(Base.metadata, database_url, register) as served:
        before = datetime.now(UTC)
        first = served.send("POST", "/notes", content={"text": "a"}, accept=JSON).json()
        assert before <= datetime.fromisoformat(first["made"]) <= datetime.now(UTC)
        second = served.send("PATCH", "/notes/1", MERGE, {"text": "b"}, accept=JSON).json()
        assert second["made"] == first["made"]
        assert datetime.fromisoformat(second["changed"]) > datetime.fromisoformat(first["changed"])
        assert is_problem(served.send("PATCH", "/notes/1", MERGE, {"made": "2001-01-01T00:00:00Z"}), 422)


def test_an_application_and_the_api_share_what_is_there(served: Served, database_url: str) -> None:
    with Session(engine_of(database_url)) as session:
        session.add(Author(email="own@x", books=[Book(title="T")]))
        session.commit()
    [author] = found(served, "/authors")
    assert (author["email"], author["book_count"]) == ("own@x", 1)
    [book] = found(served, f"/books?title={quote('T')}")
    assert served.send("PATCH", f"/books/{book['id']}", MERGE, {"title": "U"}).status == 200
    with Session(engine_of(database_url)) as session:
        assert session.scalars(sa.select(Book.title)).one() == "U"
