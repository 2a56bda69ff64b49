"""Where a database compares texts without case, accents or spaces at the end, the stored spelling is the one URI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from restwell import Api, Change, Field, Resource, public, scope
from tests.api import JSON, MERGE_PATCH, Served, is_problem, serving
from tests.modelled import create

HOST = "http://localhost"
ICU = "CREATE COLLATION without_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"


def loosely(database: str) -> tuple[Any, tuple[str, ...]]:
    """A type whose texts are compared without case, and what has to be there for it."""
    if database == "sqlite":
        return sa.String(40, collation="NOCASE"), ()
    if database == "citext":
        return CITEXT(), ("CREATE EXTENSION IF NOT EXISTS citext",)
    if database == "icu":
        return sa.String(40, collation="without_case"), (ICU,)
    return sa.String(40, collation="utf8mb4_general_ci" if database == "mariadb" else None), ()


class Loose:
    """An API over tables whose names are compared without case."""

    def __init__(self, kind: Any) -> None:
        class Base(DeclarativeBase):
            pass

        class Author(Base):
            __tablename__ = "authors"
            name: Mapped[str] = mapped_column(kind, primary_key=True)
            born: Mapped[int | None]
            books: Mapped[list[Book]] = relationship(back_populates="author", passive_deletes="all")

        class Book(Base):
            __tablename__ = "books"
            author_name: Mapped[str] = mapped_column(kind, sa.ForeignKey("authors.name"), primary_key=True)
            number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
            title: Mapped[str | None] = mapped_column(sa.String(40))
            author: Mapped[Author] = relationship(back_populates="books")

        class Person(Resource):
            """An author who may get another name."""

            name: str = Field(identity=True, renameable=True)
            born: int | None = None

        self.metadata, self.author, self.person = Base.metadata, Author, Person
        self.book = Book

    def register(self, api: Api) -> None:
        api.resource("/authors", model=self.author, read=public(max_age=9), write=public())
        api.resource("/books", model=self.book, read=public(), write=public())
        api.resource("/people", model=self.author, read=public(), write=public())(self.person)

        @api.operation(self.author, "greet", permission=public())
        def greet(change: Change) -> None:
            change.new.born = 1


FIXTURES = {
    "sqlite": "sqlite_url", "flask": "sqlite_url", "citext": "postgresql_url", "icu": "postgresql_url",
    "mariadb": "mariadb_url",
}  # fmt: skip


@pytest.fixture(params=FIXTURES)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    url, is_slow = request.getfixturevalue(FIXTURES[request.param]), request.param == "flask"
    kind, before = loosely("sqlite" if is_slow else request.param)
    loose = Loose(kind)
    create(sa.MetaData(), url, *before)
    create(loose.metadata, url)
    with serving(loose.register, database=url) as found:
        if is_slow:
            found.app.before_request(lambda: None)
        yield found


METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"]


@pytest.mark.parametrize("method", METHODS)
def test_another_spelling_leads_to_the_stored_one_before_anything_is_done(served: Served, method: str) -> None:
    assert served.send("PUT", "/authors/Ada", content={"born": 1815}).status == 201
    content = {"born": 7} if method in {"PUT", "PATCH"} else None
    headers = {"Content-Type": MERGE_PATCH} if method == "PATCH" else {}
    below = "/greet" if method == "POST" else ""
    query = "?fields=born" if method in {"GET", "HEAD"} else ""
    answer = served.send(method, f"/authors/aDA{below}{query}", headers, content=content, accept=JSON)
    assert (answer.status, answer["location"]) == (308, f"{HOST}/authors/Ada{below}{query}")
    assert answer.body == b""
    assert served.send("GET", "/authors/Ada", accept=JSON).json() == {"name": "Ada", "born": 1815}
    assert served.send("GET", "/authors").json()["totalItems"] == 1


def test_preconditions_are_those_of_the_other_address(served: Served) -> None:
    served.send("PUT", "/authors/Ada", content={})
    for headers in ({"If-Match": '"x"'}, {"If-None-Match": "*"}):
        answer = served.send("PUT", "/authors/ada", headers, content={})
        assert (answer.status, answer["location"]) == (308, f"{HOST}/authors/Ada")
    assert served.send("GET", "/authors/ada", accept=JSON)["cache-control"] == "max-age=9"


def test_a_post_of_another_spelling_collides(served: Served) -> None:
    served.send("PUT", "/authors/Ada", content={})
    answer = served.send("POST", "/authors", content={"name": "ADA"})
    assert is_problem(answer, 409)
    assert answer.json()["errors"][0]["pointer"] == "/name"


def test_links_of_foreign_keys_lead_there(served: Served) -> None:
    served.send("PUT", "/authors/Ada", content={})
    assert served.send("POST", "/books", content={"author_name": "ada", "number": 1}).status == 201
    [link] = {each["author_name"] for each in served.send("GET", "/books").json()["member"]}
    answer = served.send("GET", link.removeprefix(HOST))
    if answer.status == 308:
        answer = served.send("GET", answer["location"].removeprefix(HOST))
    assert (answer.status, answer.json()["@id"]) == (200, f"{HOST}/authors/Ada")


def test_a_part_of_an_identity_has_one_spelling_too(served: Served) -> None:
    served.send("PUT", "/authors/Ada", content={})
    assert served.send("PUT", "/books/Ada,1", content={"title": "Notes"}).status == 201
    for method in ("GET", "PUT", "DELETE"):
        answer = served.send(method, "/books/ADA,1", content={} if method == "PUT" else None)
        assert (answer.status, answer["location"]) == (308, f"{HOST}/books/Ada,1")
    assert served.send("GET", "/books/ADA,2").status == 404
    assert served.send("GET", "/books/Ada,1", accept=JSON).json()["title"] == "Notes"


def test_what_is_renamed_in_case_alone_is_led_to(served: Served) -> None:
    served.send("PUT", "/people/Ada", content={})
    headers = {"Content-Type": MERGE_PATCH}
    answer = served.send("PATCH", "/people/Ada", headers, content={"name": "ADA"}, accept=JSON)
    assert (answer.status, answer["content-location"], answer.json()) == (200, f"{HOST}/people/ADA", {"name": "ADA"})
    for name in ("Ada", "ada"):
        assert served.send("GET", f"/people/{name}")["location"] == f"{HOST}/people/ADA"
    served.send("PATCH", "/people/ADA", headers, content={"name": "Eve"})
    for name in ("Ada", "ADA"):
        assert served.send("GET", f"/people/{name}")["location"] == f"{HOST}/people/Eve"


def test_openapi_says_so(served: Served) -> None:
    paths = served.send("GET", "/openapi.json").json()["paths"]
    for path in ("/authors/{name}", "/books/{author_name},{number}"):
        for method in ("get", "put", "patch", "delete"):
            said = paths[path][method]["responses"]["308"]
            assert said["description"] == "The identity has one spelling, and this is another."


# -- MariaDB alone ----------------------------------------------------------------------------------------------


SPELLINGS = {"Zoë": ["Zoe", "ZOË", "zoé"], "Ada": ["Ada ", "ada  "], "ß": ["ss", "SS"]}


@pytest.mark.parametrize("stored", SPELLINGS)
def test_accents_and_spaces_at_the_end_lead_there(mariadb_url: str, stored: str) -> None:
    loose = Loose(sa.String(40, collation="utf8mb4_unicode_ci"))
    create(loose.metadata, mariadb_url)
    with serving(loose.register, database=mariadb_url) as served:
        assert served.send("POST", "/authors", content={"name": stored}).status == 201
        for other in SPELLINGS[stored]:
            answer = served.send("PUT", f"/authors/{quote(other)}", content={})
            assert (answer.status, answer["location"]) == (308, f"{HOST}/authors/{quote(stored)}")


def test_a_binary_collation_of_mariadb_tells_case_apart_and_not_spaces_at_the_end(mariadb_url: str) -> None:
    loose = Loose(sa.String(40, collation="utf8mb4_bin"))
    create(loose.metadata, mariadb_url)
    with serving(loose.register, database=mariadb_url) as served:
        for name in ("Ada", "ada"):
            assert served.send("PUT", f"/authors/{name}", content={}).status == 201
        assert served.send("GET", "/authors/ada%20")["location"] == f"{HOST}/authors/ada"


# -- exactly ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_where_texts_are_compared_exactly_nothing_is_promised_and_each_is_one(
    request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue(f"{database}_url")
    loose = Loose(sa.String(40, collation="utf8mb4_nopad_bin" if database == "mariadb" else None))
    create(loose.metadata, url)
    with serving(loose.register, database=url) as served:
        for name in ("Ada", "ada", "ada%20"):
            assert served.send("PUT", f"/authors/{name}", content={}).status == 201
        responses = served.send("GET", "/openapi.json").json()["paths"]["/authors/{name}"]["get"]["responses"]
        assert "308" not in responses


class Folding(sa.types.TypeDecorator[str]):
    """Keeps texts in lower case."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.lower()


def test_a_type_of_the_applications_own_may_fold_texts(database_url: str) -> None:
    loose = Loose(Folding())
    create(loose.metadata, database_url)
    with serving(loose.register, database=database_url) as served:
        made = served.send("PUT", "/authors/Ada", content={})
        assert (made.status, made["location"]) == (201, f"{HOST}/authors/ada")
        assert served.send("PUT", "/authors/ADA", content={})["location"] == f"{HOST}/authors/ada"


def test_what_the_caller_may_not_see_leads_nowhere(sqlite_url: str) -> None:
    loose = Loose(sa.String(40, collation="NOCASE"))
    create(loose.metadata, sqlite_url)

    def register(api: Api) -> None:
        api.resource("/authors", model=loose.author, read=scope("a"), write=scope("a"))

    with serving(register, database=sqlite_url) as served:
        key = {"Authorization": f"Bearer {served.key('a:read', 'a:write')}"}
        served.send("PUT", "/authors/Ada", key, content={})
        assert served.send("GET", "/authors/ada").status == 401
        answer = served.send("GET", "/authors/ada", key, accept=JSON)
        assert (answer.status, answer["cache-control"][:7]) == (308, "private")
