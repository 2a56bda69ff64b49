"""What members are called over HTTP, by an alias or by the naming of an API, and where attributes stay the names."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import BaseModel, ConfigDict, computed_field, field_validator
from pydantic import Field as PydanticField
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from restwell import Api, Change, DeclarationError, Field, Resource, Source, public
from restwell.files import ImportRefused, export_rows, import_rows
from restwell.files.opening import Format
from restwell.model.declare import declare
from restwell.model.naming import camel_case, with_article
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import find_difference
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, is_problem, serve
from tests.arguments import shows


class Place(BaseModel):
    street_name: str
    house_number: int | None = None


class Person(Resource):
    """Somebody."""

    full_name: str = Field(identity=True)
    birth_year: int | None = Field(None, ge=1900, index=True)
    mail_address: str | None = Field(None, alias="email", unique=True)
    home_place: Place | None = None
    first_tag: str = "a"
    second_tag: str = "b"

    @computed_field
    def short_name(self) -> str:
        return self.full_name[:3]

    @field_validator("first_tag")
    @classmethod
    def no_capitals(cls, value: str) -> str:
        if value != value.lower():
            raise ValueError("Must be small.")
        return value


class Greeting(BaseModel):
    how_often: int
    said_to: str = Field("all", alias="to")


ROWS: list[dict[str, Any]] = [
    {"full_name": "Ada", "birth_year": 1915, "mail_address": "ada@example.org"},
    {"full_name": "Bob", "home_place": {"street_name": "High", "house_number": 3}, "second_tag": "c"},
]
WIRE = {"fullName", "birthYear", "email", "homePlace", "firstTag", "secondTag", "shortName"}
PYTHON = {"full_name", "birth_year", "mail_address", "home_place", "first_tag", "second_tag", "short_name"}
NESTED = {"street_name", "house_number"}


class Seen(list[tuple[str, Any]]):
    """What hooks have been given."""


def people(api: Api, seen: Seen | None = None) -> type[Person]:
    cls: type[Person] = api.resource(
        "/people", read=public(), write=public(), initial=ROWS, unique=[("first_tag", "second_tag")]
    )(Person)

    @api.before(cls)
    def note(change: Change) -> None:
        if seen is not None:
            seen.append((change.operation, None if change.new is None else change.new.birth_year))
        if change.new is not None and change.new.birth_year == 1999:
            change.new.second_tag = "changed"

    @api.operation(cls, "greet", permission=public(), input=Greeting)
    def greet(change: Change) -> None:
        change.new.birth_year = change.input.how_often
        change.new.first_tag = change.input.said_to

    return cls


def call(url: str, register: Callable[[Api], object], **options: Any) -> Served:
    """Serve an API that names its members."""
    return serve(register, database=url, naming="camelCase", **options)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def called(database_url: str, seen: Seen) -> Iterator[Served]:
    with closing(call(database_url, lambda api: people(api, seen))) as called:
        yield called


def errors(answer: Answer) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    "attribute, name",
    [
        ("related_name", "relatedName"), ("relatedName", "relatedName"), ("name", "name"), ("a_b_c", "aBC"),
        ("line_2", "line2"), ("class_", "class_"), ("two__words", "twoWords"), ("sha256_sum", "sha256Sum"),
    ],
)  # fmt: skip
def test_camel_case(attribute: str, name: str) -> None:
    assert camel_case(attribute) == name


NAMED = [
    "a Book",
    "an Order",
    "an Author",
    "an Item",
    "an Upload",
    "an hour",
    "a User",
    "a UnitOfWork",
    "a URL",
    "a One",
]


@pytest.mark.parametrize("words", NAMED)
def test_one_of_something_has_the_article_that_is_spoken_before_its_name(words: str) -> None:
    assert with_article(words.partition(" ")[2]) == words


@shows("Api", "naming")
@shows("Field", "alias")
def test_members_have_their_names_over_http_and_in_no_format_another(called: Served) -> None:
    ada = called.send("GET", "/people/Ada", accept=JSON).json()
    assert ada == {
        "fullName": "Ada", "birthYear": 1915, "email": "ada@example.org", "firstTag": "a", "secondTag": "b",
        "shortName": "Ada",
    }  # fmt: skip
    for media_type in (JSON, JSON_LD, HAL, HAL_FORMS, "text/html"):
        for path in ("/people", "/people/Ada", "/people/Bob"):
            text = called.send("GET", path, accept=media_type).body.decode()
            assert "shortName" in text
            assert not [name for name in PYTHON | NESTED if re.search(rf"\b{name}\b", text)], (media_type, path)
    for path in ("/openapi.json", "/docs", "/docs.jsonld", "/contexts/Person", "/schemas/Person"):
        text = called.send("GET", path, accept="*/*").body.decode()
        assert "birthYear" in text
        assert not [name for name in PYTHON | NESTED if re.search(rf"\b{name}\b", text)], path
    assert called.send("GET", "/schemas/Person").json()["properties"].keys() == WIRE


def test_what_is_sent_has_the_names_of_http(called: Served, seen: Seen) -> None:
    new = {"fullName": "Cid", "birthYear": 2001, "email": "c@example.org", "firstTag": "x"}
    assert called.send("POST", "/people", content=new, accept=JSON).json() == {
        **new, "secondTag": "b", "shortName": "Cid",
    }  # fmt: skip
    assert seen == [("create", 2001)]
    merged = called.send("PATCH", "/people/Cid", {"Content-Type": MERGE_PATCH}, {"birthYear": 1999, "email": None})
    assert merged.status == 200
    operations = [{"op": "replace", "path": "/firstTag", "value": "y"}, {"op": "remove", "path": "/birthYear"}]
    assert called.send("PATCH", "/people/Cid", {"Content-Type": JSON_PATCH}, operations).status == 200
    found = called.send("GET", "/people/Cid", accept=JSON).json()
    assert found == {"fullName": "Cid", "firstTag": "y", "secondTag": "changed", "shortName": "Cid"}
    assert called.send("PUT", "/people/Cid", content={"birthYear": 2002, "firstTag": "z"}).status == 200
    assert called.send("PUT", "/people/Dot", content={"firstTag": "q"}).status == 201
    greeted = called.send("POST", "/people/Dot/greet", content={"howOften": 1901, "to": "me"}, accept=JSON)
    assert (greeted.json()["birthYear"], greeted.json()["firstTag"]) == (1901, "me")


@pytest.mark.parametrize(
    "content, wrong",
    [
        ({"full_name": "x"}, [("/fullName", "missing"), ("/full_name", "extra_forbidden")]),
        ({"fullName": "x", "birthYear": 1}, [("/birthYear", "greater_than_equal")]),
        ({"fullName": "x", "mail_address": "e"}, [("/mail_address", "extra_forbidden")]),
        ({"fullName": "x", "firstTag": "A"}, [("/firstTag", "value_error")]),
        ({"fullName": "x", "shortName": "y"}, [("/shortName", "read_only")]),
    ],
)  # fmt: skip
def test_mistakes_point_to_the_names_of_http(called: Served, content: Any, wrong: Any) -> None:
    refused = called.send("POST", "/people", content=content)
    assert is_problem(refused, 422)
    found = errors(refused)
    assert sorted(found) == wrong


def test_what_is_taken_is_told_by_the_names_of_http(called: Served) -> None:
    taken = called.send("POST", "/people", content={"fullName": "x", "email": "ada@example.org", "firstTag": "f"})
    assert (taken.status, errors(taken)) == (409, [("/email", "taken")])
    taken = called.send("POST", "/people", content={"fullName": "x"})
    assert (taken.status, errors(taken)) == (409, [("/firstTag", "taken"), ("/secondTag", "taken")])
    taken = called.send("POST", "/people", content={"fullName": "Ada", "firstTag": "f"})
    assert taken.status == 409
    refused = called.send("POST", "/people/Ada/greet", content={"how_often": 1})
    assert errors(refused) == [("/howOften", "missing"), ("/how_often", "extra_forbidden")]


def test_queries_have_the_names_of_http(called: Served) -> None:
    def names(query: str) -> list[str]:
        return [each["fullName"] for each in called.send("GET", f"/people?{query}", accept=JSON).json()["people"]]

    assert names("birthYear[gte]=1900") == ["Ada"]
    assert names("email[contains]=ada") == ["Ada"]
    assert names("sort=birthYear") == ["Ada", "Bob"]
    assert names("sort=-birthYear,secondTag") == ["Bob", "Ada"]
    assert called.send("GET", "/people/Bob?fields=fullName,shortName", accept=JSON).json() == {
        "fullName": "Bob", "shortName": "Bob",
    }  # fmt: skip
    for sort in ("birthYear", "-secondTag", "firstTag,-birthYear", "email", "fullName"):
        first = called.send("GET", f"/people?limit=1&sort={sort}", accept=JSON)
        second = called.send("GET", first.link("next"), accept=JSON)
        found = [page.json()["people"][0]["fullName"] for page in (first, second)]
        assert sorted(found) == ["Ada", "Bob"], sort
        back = called.send("GET", second.link("prev"), accept=JSON)
        assert back.json()["people"] == first.json()["people"]
    for query in ("birth_year=1915", "sort=birth_year", "fields=full_name", "mail_address=x", "mailAddress=x"):
        assert called.send("GET", f"/people?{query}").status == 400, query


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_files_have_the_names_of_http(database_url: str, form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"people.{form}"
    arguments: Any = {"read": public(), "naming": "camelCase"}
    with closing(Store.open("sqlite://", [people := declare(Person, "/people", initial=ROWS, **arguments)])) as store:
        with path.open("wb") as out:
            assert export_rows(store, people, out, form) == 2
        stored = [row for batch in store.stream(people) for row in batch]
    text = path.read_text()
    assert all(name in text for name in ("fullName", "birthYear", "email", "streetName"))
    assert not [name for name in PYTHON | NESTED if re.search(rf"\b{name}\b", text)]
    with closing(Store.open(database_url, [people := declare(Person, "/people", **arguments)])) as store:
        assert import_rows(store, people, path) == (2, 0)
        again = [row for batch in store.stream(people) for row in batch]
        assert [row[3:] for row in again] == [row[3:] for row in stored]


class Simple(Resource):
    full_name: str = Field(identity=True)
    birth_year: int | None = None


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_files_of_simple_members_have_them_too(database_url: str, form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"simple.{form}"
    path.write_text("fullName,birthYear\nAda,1815\n" if form == "csv" else '{"fullName": "Ada", "birthYear": 1815}\n')
    simple = declare(Simple, "/simple", read=public(), naming="camelCase")
    with closing(Store.open(database_url, [simple])) as store:
        assert import_rows(store, simple, path) == (1, 0)
        [[row]] = store.stream(simple)
        assert row[3:] == ("Ada", 1815)


def test_another_name_over_http_is_no_migration(database_url: str) -> None:
    unique: Any = [("first_tag", "second_tag")]
    before = declare(Person, "/people", read=public(), initial=ROWS, unique=unique)
    with closing(Store.open(database_url, [before])):
        pass
    after = declare(Person, "/people", read=public(), unique=unique, naming="camelCase")
    with closing(Store(open_driver(database_url), [after])) as store:
        assert find_difference(store) == ((), (), ())
        store.prepare()
    with closing(call(database_url, people)) as called:
        assert called.send("GET", "/people/Ada", accept=JSON).json()["birthYear"] == 1915


def test_columns_are_called_as_attributes_are(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    with closing(Store.open(f"sqlite:///{path}", [declare(Person, "/people", read=public(), naming="camelCase")])):
        pass
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(people)")]
        indexes = {row[1] for row in connection.execute("PRAGMA index_list(people)")}
    assert {*columns} == (PYTHON - {"short_name"}) | {"_id", "_version", "_modified"}
    assert {"ix_people_birth_year", "ux_people_mail_address"} <= indexes


class Swapped(Resource):
    """Each is called as another one is in Python."""

    item_id: int | None = Field(default=None, identity=True, alias="code")
    code: str = Field("", alias="label")
    label: str | None = Field(None, alias="item_id", index=True)
    created_at: datetime = Field(auto="created")
    number_of_calls: int = Field(0, alias="calls")

    @computed_field(alias="both")
    def together(self) -> str:
        return f"{self.code}{self.label}"


def test_an_alias_may_be_the_attribute_of_another_member(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "swapped.ndjson"
    path.write_text('{"code": 5, "label": "l5", "item_id": "i5"}\n{"label": "l6"}\n')

    def register(api: Api) -> None:
        api.resource("/swapped", read=public(), write=public())(Swapped)

        @api.before(Swapped, "update")
        def count(change: Change) -> None:
            assert change.old.item_id == change.new.item_id
            change.new.number_of_calls += 1

    declaration = declare(Swapped, "/swapped", read=public(), naming="camelCase")
    with closing(Store.open(database_url, [declaration])) as store:
        assert import_rows(store, declaration, path) == (2, 0)
    with closing(call(database_url, register)) as called:
        made = called.send("POST", "/swapped", content={"label": "a", "item_id": "b"}, accept=JSON).json()
        assert isinstance(made.pop("createdAt"), str)
        assert made == {"code": 7, "label": "a", "item_id": "b", "calls": 0, "both": "ab"}
        changed = called.send("PUT", "/swapped/7", content={"label": "c"}, accept=JSON).json()
        assert (changed["label"], changed.get("item_id"), changed["calls"]) == ("c", None, 1)
        found = called.send("GET", "/swapped?sort=item_id&item_id[starts]=i", accept=JSON).json()["swapped"]
        assert [(each["code"], each["item_id"], each["label"]) for each in found] == [(5, "i5", "l5")]
        assert called.send("POST", "/swapped", content={"code": 1}).status == 422
    with closing(open_driver(database_url)) as driver:
        rows = driver.read("SELECT item_id, code, label FROM swapped ORDER BY item_id")
        assert [tuple(row) for row in rows] == [(5, "l5", "i5"), (6, "l6", None), (7, "c", None)]


def test_what_a_database_refuses_of_a_file_is_told_by_the_names_of_http(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "swapped.ndjson"
    path.write_text(f'{{"code": {2**62 + 1}}}\n')
    declaration = declare(Swapped, "/swapped", read=public(), naming="camelCase")
    with (
        closing(Store.open(database_url, [declaration])) as store,
        pytest.raises(ImportRefused, match=r"at 1: code: has a value that the database cannot hold\."),
    ):
        import_rows(store, declaration, path)


def test_calls_for_committed_changes_are_kept_by_attributes(database_url: str) -> None:
    told: list[Any] = []

    def register(api: Api) -> None:
        api.resource("/simple", read=public(), write=public())(Simple)
        api.committed(Simple)(lambda change: told.append((change.new.full_name, change.new.birth_year)))

    with closing(call(database_url, register)) as called:
        assert called.send("POST", "/simple", content={"fullName": "Ada", "birthYear": 1815}).status == 201
        until = time.monotonic() + 20
        while not told and time.monotonic() < until:
            time.sleep(0.02)
    assert told == [("Ada", 1815)]


# -- models, sources ------------------------------------------------------------------------------------------------


def shelves() -> tuple[Any, type[Any], type[Any]]:
    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        author_id: Mapped[int] = mapped_column(primary_key=True)
        full_name: Mapped[str] = mapped_column(sa.String(20), unique=True)

        @validates("full_name")
        def short(self, _: str, value: str) -> str:
            if value == "Nobody":
                raise ValueError("Must be somebody.")
            return value

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        book_title: Mapped[str] = mapped_column("title_column", sa.String(20))
        written_by: Mapped[int] = mapped_column(sa.ForeignKey("authors.author_id"))

    return Base.metadata, Author, Book


def test_models_have_the_names_of_http(database_url: str) -> None:
    metadata, author, book = shelves()
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    metadata.create_all(engine)

    class PublicBook(Resource):
        """A book."""

        id: int
        book_title: str = Field(alias="title")
        written_by: int

    def register(api: Api) -> None:
        api.resource("/authors", model=author, read=public(), write=public())
        api.resource("/books", model=book, read=public(), write=public())(PublicBook)

        @api.before(author, "create")
        def note(change: Change) -> None:
            assert change.new.author_id is None
            change.new.full_name = change.new.full_name.strip()

    called = call(database_url, register)
    try:
        made = called.send("POST", "/authors", content={"fullName": " Ada "}, accept=JSON)
        assert made.json() == {"authorId": 1, "fullName": "Ada"}
        assert made["location"] == "http://localhost/authors/1"
        taken = called.send("POST", "/authors", content={"fullName": "Ada"})
        assert (taken.status, errors(taken)) == (409, [("/fullName", "taken")])
        refused = called.send("POST", "/authors", content={"fullName": "Nobody"})
        assert (refused.status, errors(refused)) == (422, [("/fullName", "refused")])
        content = {"title": "Notes", "writtenBy": 1}
        assert called.send("POST", "/books", content=content, accept=JSON).json() == {"id": 1, **content}
        sent = {"title": "Linked", "writtenBy": "http://localhost/authors/1"}
        assert called.send("POST", "/books", {"Content-Type": JSON_LD}, sent, accept=JSON).json()["writtenBy"] == 1
        sent["writtenBy"] = "http://localhost/elsewhere/1"
        assert errors(called.send("POST", "/books", {"Content-Type": JSON_LD}, sent)) == [("/writtenBy", "reference")]
        linked = called.send("GET", "/books/1", accept=JSON_LD).json()
        assert linked["writtenBy"] == "http://localhost/authors/1"
        patched = called.send("PATCH", "/books/1", {"Content-Type": MERGE_PATCH}, {"title": "More"}, accept=JSON)
        assert patched.json()["title"] == "More"
        assert called.send("GET", "/books?writtenBy=1&title=More&sort=-title", accept=JSON).json()["books"] == [
            patched.json()
        ]
        assert called.send("GET", "/books?book_title=More").status == 400
        unlinked = called.send("POST", "/books", content={"title": "x", "writtenBy": 99})
        assert unlinked.status == 409
        assert called.send("DELETE", "/books/1").status == 204
        for path in ("/openapi.json", "/docs.jsonld", "/contexts/PublicBook", "/schemas/PublicBook"):
            text = called.send("GET", path, accept="*/*").body.decode()
            assert "writtenBy" in text
            assert not re.search(r"book_title|written_by|author_id|full_name", text)
    finally:
        called.close()
        engine.dispose()


def test_tables_have_the_names_of_http(database_url: str) -> None:
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    table = sa.Table(
        "line_items",
        sa.MetaData(),
        sa.Column("order_number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line_number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item_name", sa.String(20), nullable=False),
    )
    table.metadata.create_all(engine)
    called = call(database_url, lambda api: api.resource("/items", model=table, read=public(), write=public()))
    try:
        content = {"orderNumber": 7, "lineNumber": 1, "itemName": "a"}
        made = called.send("POST", "/items", content=content, accept=JSON)
        assert (made.json(), made["location"]) == (content, "http://localhost/items/7,1")
        changed = called.send("PUT", "/items/7,1", content={"itemName": "b"}, accept=JSON)
        assert changed.json() == {**content, "itemName": "b"}
        taken = called.send("POST", "/items", content=content)
        assert taken.status == 409
    finally:
        called.close()
        engine.dispose()


class Memory(Source):
    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = [{"full_name": "Ada", "birth_year": 1815}]

    def all(self) -> list[dict[str, Any]]:
        return self.items

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items.append(dict(values))
        return values

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[self.items.index(dict(old))] = dict(values)
        return values

    def delete(self, old: Mapping[str, Any]) -> None:
        self.items.remove(dict(old))


def test_sources_have_attributes() -> None:
    source = Memory()
    called = call("sqlite://", lambda api: api.resource("/s", source=source, read=public(), write=public())(Simple))
    with closing(called):
        assert called.send("GET", "/s?birthYear=1815", accept=JSON).json() == {
            "s": [{"fullName": "Ada", "birthYear": 1815}]
        }
        assert called.send("POST", "/s", content={"fullName": "Bob"}).status == 201
        assert source.items[1] == {"full_name": "Bob", "birth_year": None}
        assert called.send("PUT", "/s/Bob", content={"birthYear": 2000}).status == 200
        assert source.items[1] == {"full_name": "Bob", "birth_year": 2000}
        assert called.send("DELETE", "/s/Bob").status == 204
        assert source.items == [{"full_name": "Ada", "birth_year": 1815}]


# -- mistakes -------------------------------------------------------------------------------------------------------


class Twice(Resource):
    full_name: str = Field(identity=True)
    other: str = Field("", alias="fullName")


class Pydantics(Resource):
    name: str = Field(identity=True)
    other: str = PydanticField("", alias="another")


class Validated(Resource):
    name: str = Field(identity=True)
    other: str = Field("", validation_alias="another")


class Generated(Resource):
    model_config = ConfigDict(alias_generator=str.upper)
    name: str = Field(identity=True)


class Within(BaseModel):
    inner: str = PydanticField(validation_alias="other")


class Holding(Resource):
    name: str = Field(identity=True)
    held: Within | None = None


@pytest.mark.parametrize(
    "cls, said",
    [
        (Twice, r"Twice\.other .*is called fullName over HTTP, and so is full_name: give one of them another alias"),
        (Pydantics, r"Pydantics\.other .*has an alias of pydantic's: .*the alias of restwell's Field"),
        (Validated, r"Validated\.other .*has an alias of pydantic's: .*the alias of restwell's Field"),
        (Generated, r"Generated .*has alias_generator in its model_config: .*Api\(naming='camelCase'\)"),
        (
            Holding,
            r"Within\.inner .*has an alias of pydantic's for one way alone: one name serves .*alias='relatedName'",
        ),
    ],
)
def test_what_has_no_one_name_is_refused(cls: type[Resource], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        declare(cls, "/things", read=public(), naming="camelCase")


def test_what_is_refused_of_a_declaration_is_told_by_attributes() -> None:
    """They are what stands in it: also where their line is looked for."""

    class Told(Resource):
        """Something."""

        own_id: str = Field(identity=True)
        own_name: str = Field("", unique=True)
        own_word: str = Field("", write_only=True)
        own_note: str = ""

    api = Api(Flask("told"), naming="camelCase")
    rows = [{"own_id": "a"}, {"own_id": "b"}]
    with pytest.raises(DeclarationError, match=r"initial row 2 with the own_name of row 1"):
        api.resource("/told", write=public(), initial=rows)(Told)
    with pytest.raises(
        DeclarationError, match=r"^Told\.own_word \(.*, line \d+\) .*together with others \(own_note, own"
    ):
        api.resource("/told", write=public(), unique=[("own_note", "own_word")])(Told)

    class Nothing(Source):
        def all(self) -> list[Mapping[str, Any]]:
            return []

    with pytest.raises(DeclarationError, match=r"^Told\.own_name has unique=True"):
        api.resource("/told", source=Nothing(), read=public())(Told)


@pytest.mark.parametrize("alias", ["", "_name", "a-b", "@id", "a.b", "2nd", 7])
def test_an_alias_is_a_name(alias: Any) -> None:
    with pytest.raises(DeclarationError, match="a member is called as an attribute could be"):
        Field(alias=alias)


def test_a_naming_is_one_that_there_is() -> None:
    with pytest.raises(DeclarationError, match="The API has naming='snake'"):
        Api(naming="snake")  # type: ignore[arg-type]  # what is refused
