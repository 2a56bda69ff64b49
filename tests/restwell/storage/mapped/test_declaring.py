"""A model, and a Resource class beside it, as a declaration: what it has, and what is refused with its remedy."""

from __future__ import annotations

import enum
import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pydantic
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, DeclarationError, Field, Resource, public
from restwell.model.fields import FieldSpec
from restwell.model.resource import Declaration
from restwell.storage.mapped.declaring import declare_model
from restwell.surface.schema import content_schema


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "is live"


class Book(Base):
    """A book of somebody's."""

    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str] = mapped_column(sa.String(13), unique=True)
    title: Mapped[str] = mapped_column(sa.String(100), comment="As on the cover.")
    note: Mapped[str | None]
    pages: Mapped[int] = mapped_column(default=100)
    rank: Mapped[int | None] = mapped_column(default=3)
    status: Mapped[Status] = mapped_column(default=Status.DRAFT)
    made: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    __table_args__ = (sa.UniqueConstraint("title", "pages"), sa.Index("by_note", "note"))


class Cover(Base):
    __tablename__ = "covers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    picture: Mapped[bytes | None]


class Pair(Base):
    __tablename__ = "pairs"
    a: Mapped[int] = mapped_column(primary_key=True)
    b: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    plain: Mapped[str]


class Hashed(Base):
    __tablename__ = "hashed"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]

    def __init__(self, password: str) -> None:
        self.digest = password[::-1]


OPEN: dict[str, Any] = {"read": public(), "write": public()}


def declared(cls: type[Resource] | None = None, model: Any = Book, **given: Any) -> Declaration:
    return declare_model(cls, "/books", model=model, **{**OPEN, **given})


def specs(declaration: Declaration) -> dict[str, FieldSpec]:
    return {spec.name: spec for spec in declaration.fields}


def test_a_model_alone_is_a_declaration_of_all_that_it_has() -> None:
    declaration = declared()
    assert (declaration.name, declaration.description) == ("Book", "A book of somebody's.")
    assert declaration.identity.name == "id"
    kinds = {name: spec.kind.name for name, spec in specs(declaration).items()}
    assert kinds == {
        "id": "integer", "isbn": "text", "title": "text", "note": "text", "pages": "integer", "rank": "integer",
        "status": "choice", "made": "datetime",
    }  # fmt: skip
    assert {name for name, spec in specs(declaration).items() if spec.required} == {"isbn", "title"}
    assert {name for name, spec in specs(declaration).items() if spec.nullable} == {"note", "rank"}
    assert {name for name, spec in specs(declaration).items() if spec.marks.read_only} == {"id"}
    assert {name for name, spec in specs(declaration).items() if spec.marks.is_unique} == {"id", "isbn"}
    assert {name for name, spec in specs(declaration).items() if spec.marks.index} == {"note"}
    assert declaration.unique == (("title", "pages"),)
    assert specs(declaration)["title"].description == "As on the cover."
    assert specs(declaration)["status"].choices == ("draft", "is live")


def test_a_default_is_the_value_that_a_column_has() -> None:
    fields = declared().content.model_fields
    assert (fields["pages"].default, fields["rank"].default, fields["status"].default) == (100, 3, Status.DRAFT)


def test_a_resource_class_chooses_and_tightens() -> None:
    class Short(Resource):
        """Some of it."""

        id: int
        isbn: str = Field(pattern=r"^\d{13}$", max_length=13, iri="schema:isbn", description="Thirteen digits.")
        title: str = Field(max_length=20, filterable=False)
        pages: int = Field(ge=1)
        status: Literal["draft"] = "draft"

    declaration = declared(Short)
    assert (declaration.name, declaration.description) == ("Short", "Some of it.")
    assert list(specs(declaration)) == ["id", "isbn", "title", "pages", "status"]
    assert specs(declaration)["id"].marks.read_only
    assert specs(declaration)["isbn"].marks.unique
    assert specs(declaration)["isbn"].marks.iri == "schema:isbn"
    assert not specs(declaration)["title"].filterable
    assert not specs(declaration)["pages"].required
    assert declaration.content.model_fields["pages"].default == 100
    assert specs(declaration)["status"].choices == ("draft",)
    assert declaration.unique == (("title", "pages"),)


def test_what_a_resource_class_says_of_a_member_is_kept_where_the_model_says_the_rest() -> None:
    class Marked(Resource):
        id: int = Field(description="Its number.", iri="schema:identifier")
        isbn: str
        title: str
        pages: int = Field(sortable=False, title="Pages", le=1000)
        made: datetime = Field(read_only=True, filterable=False)

    found = specs(declared(Marked))
    assert (found["id"].description, found["id"].marks.iri) == ("Its number.", "schema:identifier")
    assert not found["pages"].sortable
    assert declared(Marked).content.model_fields["pages"].title == "Pages"
    with pytest.raises(ValueError, match="less than or equal to 1000"):
        declared(Marked).content.model_validate({"isbn": "1", "title": "x", "pages": 1001})
    assert not found["made"].filterable
    assert found["made"].marks.read_only


def test_a_default_of_the_resource_class_goes_before_that_of_the_model() -> None:
    class Mine(Resource):
        id: int
        isbn: str
        title: str
        pages: int = 7
        made: datetime = datetime.fromisoformat("2026-01-01T00:00:00Z")

    fields = declared(Mine).content.model_fields
    assert fields["pages"].default == 7
    assert fields["made"].default.year == 2026
    assert specs(declared(Mine))["made"].marks.made is None


def test_another_unique_member_may_be_the_identity() -> None:
    class ByIsbn(Resource):
        isbn: str = Field(identity=True)
        title: str

    assert declared(ByIsbn).identity.name == "isbn"
    assert not specs(declared(ByIsbn))["isbn"].marks.read_only


def test_an_identity_that_the_model_completes_is_one_still() -> None:
    table = sa.Table(
        "t", sa.MetaData(), sa.Column("slug", sa.String, unique=True, nullable=False, server_default="x")
    )

    class Slug(Resource):
        slug: str = Field(identity=True)

    assert declared(Slug, table).identity.name == "slug"


def test_auto_is_for_members_of_a_model_too() -> None:
    class Stamped(Resource):
        id: int
        isbn: str
        title: str
        made: datetime = Field(auto="created")

    made = specs(declared(Stamped))["made"].marks
    assert (made.auto, made.read_only, made.made) == ("created", True, None)


def resource(**members: Any) -> type[Resource]:
    """A Resource class with these members beside those that a new book needs: each a type, or one with a field."""
    every = {"id": int, "isbn": str, "title": str, **members}
    taken = {name: each for name, each in every.items() if each is not None}
    body: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for name, each in taken.items():
        hint, *field = each if isinstance(each, tuple) else (each,)
        body["__annotations__"][name] = hint
        if field:
            [body[name]] = field
    return type("Mine", (Resource,), body)


@pytest.mark.parametrize(
    "members, said",
    [
        ({"autor": str}, "Mine has the member autor, which the model does not have: it has id, isbn, made, note, "),
        ({"title": int}, "Mine.title is declared as integer, and the model has text: declare what the column holds."),
        ({"pages": str}, "Mine.pages is declared as text, and the model has integer"),
        ({"made": str}, "Mine.made is declared as text, and the model has date and time"),
        ({"status": str}, "Mine.status is declared as text, and the model has choice"),
        ({"status": Literal["gone"]}, "Mine.status has the choice 'gone', which the model does not have: it has "),
        ({"title": None}, "Mine leaves out title, without which nothing can be created: add it, give the column a "),
        ({"title": (str, Field(unique=True))}, "Mine.title is declared with unique=True, and nothing is added to a "),
        ({"title": (str, Field(index=True))}, "Mine.title is declared with index=True, and nothing is added to a "),
        (
            {"title": (str, Field(identity=True))},
            "Mine has title as its identity, and nothing in the table says that no ",
        ),
        ({"id": None}, "Mine has the primary key id, which is not shown: declare a Resource class beside the model"),
        ({"note": list[str]}, "Mine.note is declared as list, and the model has text"),
    ],
    ids=map(str, range(12)),
)
def test_what_cannot_be_declared_beside_a_model_is_refused_with_what_to_do(
    members: dict[str, Any], said: str
) -> None:
    with pytest.raises(DeclarationError) as refused:
        declared(resource(**members))
    assert str(refused.value).startswith(said)


def test_what_a_new_row_needs_may_be_left_out_where_nobody_creates() -> None:
    declaration = declared(resource(title=None), write=None, update=public())
    assert list(specs(declaration)) == ["id", "isbn"]


@pytest.mark.parametrize(
    "model, given, said",
    [
        (Cover, {}, "Cover.picture is of the type large_binary, which JSON has no value for. Declare a Resource "),
        (int, {}, "The resource at /books: <class 'int'> is not a model"),
        (Hashed, {}, "Hashed cannot be created: the constructor of the model needs password, which is not a column."),
        (Book, {"unique": [("isbn", "note")]}, "The resource at /books has unique= beside a model, and nothing is "),
        (Book, {"initial": [{"isbn": "1"}]}, "The resource at /books has initial= beside a model, and nothing is "),
        (Book, {"query": sa.select(Book.id)}, "The resource at /books has model= and query=: give one of them."),
        (None, {"query": sa.select(Book.id)}, "The resource at /books is a query, which is only read: take the "),
        (Book, {"read": None, "write": None}, "Book says nothing about who may use it"),
    ],
    ids=map(str, range(8)),
)  # fmt: skip
def test_a_model_that_cannot_be_served_is_refused_with_what_to_do(
    model: Any, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(DeclarationError) as refused:
        declared(None, model, **given)
    assert str(refused.value).startswith(said)


def test_a_constructor_of_its_own_is_no_obstacle_where_nobody_creates() -> None:
    assert declared(None, Hashed, write=None, update=public()).name == "Hashed"


def test_a_model_without_the_column_that_cannot_be_served_is_served() -> None:
    class Plain(Resource):
        id: int
        name: str

    assert list(specs(declared(Plain, Cover))) == ["id", "name"]


def test_a_model_with_several_keys_is_served_by_a_unique_member() -> None:
    class ByCode(Resource):
        code: str = Field(identity=True)
        plain: str

    with pytest.raises(DeclarationError, match="ByCode leaves out a, without which nothing can be created"):
        declared(ByCode, Pair)
    assert declared(ByCode, Pair, write=None, update=public()).identity.name == "code"


def test_two_columns_of_one_name_are_refused() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a b", sa.Integer, primary_key=True), sa.Column("a-b", sa.Integer))
    with pytest.raises(DeclarationError, match="T has two columns that would be called a_b"):
        declared(None, table)


def test_a_query_is_called_as_its_path_and_needs_a_member_that_names_an_item() -> None:
    class Title(Resource):
        """A title."""

        id: int = Field(identity=True)
        title: str

    statement = sa.select(Book.id, Book.title)
    with pytest.raises(DeclarationError, match="Titles has no primary key: declare a Resource class"):
        declare_model(None, "/titles", query=statement, read=public())
    assert declare_model(Title, "/titles", query=statement, read=public()).identity.name == "id"


def test_names_that_pydantic_has_too_are_served() -> None:
    table = sa.Table(
        "t", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True), sa.Column("schema", sa.Text),
        sa.Column("copy", sa.Text), sa.Column("json", sa.Text), sa.Column("model_name", sa.Text),
    )  # fmt: skip
    assert list(specs(declared(None, table))) == ["id", "schema", "copy", "json", "model_name"]
    assert specs(declared(None, table))["id"].annotation is UUID


def test_what_is_wrong_with_a_model_is_raised_at_the_next_occasion() -> None:
    """Unless a Resource class is declared beside it, which the call cannot know before."""
    api = Api()
    api.resource("/covers", model=Cover, **OPEN)
    with pytest.raises(DeclarationError, match=r"Cover\.picture is of the type large_binary"):
        api.resource("/books", model=Book, **OPEN)
    with pytest.raises(DeclarationError, match=r"Cover\.picture is of the type large_binary"):
        _ = api.declarations


def test_a_resource_class_beside_a_model_takes_what_is_wrong_with_it_away() -> None:
    api = Api()

    @api.resource("/covers", model=Cover, **OPEN)
    class Plain(Resource):
        id: int
        name: str

    assert [each.name for each in api.declarations] == ["Plain"]


def test_a_resource_class_beside_a_model_is_in_its_place() -> None:
    api = Api()

    @api.resource("/books", model=Book, **OPEN)
    class Short(Resource):
        id: int
        isbn: str
        title: str

    assert [(each.name, each.path) for each in api.declarations] == [("Short", "/books")]


class Priced(Base):
    __tablename__ = "priced"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str | None] = mapped_column(sa.String(20))
    price: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2), default=Decimal("1.50"))
    code: Mapped[str] = mapped_column(sa.String(8))
    tag: Mapped[str] = mapped_column(sa.String(8))


class Shown(Resource):
    """What is shown of one."""

    id: int
    title: str = Field(min_length=2, description="What it is called.")
    note: str | None = None
    price: Decimal
    code: str = Field("none", max_length=5)
    tag: str = Field(default_factory=lambda: "new")


def test_a_resource_class_has_the_limits_of_the_columns() -> None:
    declaration = declared(Shown, Priced)
    schema = content_schema(declaration)["properties"]
    title = {"type": "string", "minLength": 2, "maxLength": 10, "description": "What it is called."}
    assert schema["title"].items() >= title.items()
    assert schema["note"]["anyOf"][0]["maxLength"] == 20
    assert (schema["code"]["maxLength"], schema["code"]["default"]) == (5, "none")
    assert schema["tag"]["maxLength"] == 8
    good = {"title": "ab", "price": "12345678.25"}
    found = declaration.shape.validate(good)
    assert (found["price"], found["code"], found["tag"], found["note"]) == ("12345678.25", "none", "new", None)
    assert declaration.shape.validate({"title": "ab"})["price"] == "1.50"
    for wrong in (
        {"price": "1.255"},
        {"price": "123456789.25"},
        {"title": "a" * 11},
        {"note": "a" * 21},
        {"tag": "a" * 9},
    ):
        with pytest.raises(pydantic.ValidationError):
            declaration.shape.validate(good | wrong)


WIDER = {
    "text": ("title", str, Field(max_length=50), "Wide.title is declared with max_length=50, and its column has 10"),
    "decimal": ("price", Decimal, Field(decimal_places=3), "with decimal_places=3, and its column has 2"),
}


@pytest.mark.parametrize("case", WIDER)
def test_a_limit_that_the_column_does_not_hold_is_refused(case: str) -> None:
    name, hint, field, said = WIDER[case]
    cls: Any = type("Wide", (Shown,), {"__annotations__": {name: hint}, name: field, "__doc__": "One."})
    with pytest.raises(DeclarationError, match=re.escape(said)):
        declared(cls, Priced)
