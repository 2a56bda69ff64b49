"""What is found of a model: its columns and expressions by name, each once, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    column_property,
    composite,
    mapped_column,
    registry,
    relationship,
    synonym,
)

from restwell.storage.mapped.attributes import Attribute, Model, class_name, read_model, read_query


class Base(DeclarativeBase):
    pass


@dataclass
class Point:
    x: int
    y: int


class Publisher(Base):
    """Who makes books."""

    __tablename__ = "publishers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column("publisher_name", sa.String(40), unique=True, doc="As on the cover.")
    books: Mapped[list[Book]] = relationship(back_populates="publisher")
    titles: AssociationProxy[list[str]] = association_proxy("books", "title")


class Book(Base):
    __tablename__ = "books"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str] = mapped_column()
    pages: Mapped[int] = mapped_column(default=100)
    rank: Mapped[int | None]
    made: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    publisher_id: Mapped[int] = mapped_column(sa.ForeignKey("publishers.id"))
    publisher: Mapped[Publisher] = relationship(back_populates="books")
    x: Mapped[int]
    y: Mapped[int]
    place: Mapped[Point] = composite(Point, "x", "y")
    double: Mapped[int] = mapped_column(sa.Computed("pages * 2"))
    _secret: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = synonym("title")
    loud: Mapped[str] = column_property(title + "!")
    __table_args__ = (
        sa.UniqueConstraint("title", "pages"),
        sa.Index("one_rank", "rank", unique=True),
        sa.Index("some_x", "x", unique=True, sqlite_where=sa.text("x > 0")),
        sa.Index("sum", sa.text("x + y"), unique=True),
    )

    @hybrid_property
    def half(self) -> Any:
        return self.pages / 2

    @hybrid_property
    def words(self) -> Any:  # of an item only
        return self.title.split()

    @hybrid_property
    def looked_up(self) -> Any:
        return {"a": 1}[self.title]  # a KeyError for the class

    @hybrid_property
    def maker(self) -> Any:
        return self.publisher


def by_name(model: Model) -> dict[str, Attribute]:
    return {each.name: each for each in model.attributes}


def test_each_column_and_expression_is_found_once() -> None:
    """A synonym and a composite are others again, and what begins with an underscore is the application's own."""
    assert set(by_name(read_model(Book))) == {
        "id", "title", "pages", "rank", "made", "publisher_id", "x", "y", "double", "loud", "half",
    }  # fmt: skip


def test_an_association_proxy_and_a_relationship_are_no_members() -> None:
    assert set(by_name(read_model(Publisher))) == {"id", "name"}


def test_a_model_is_called_and_described_as_its_class() -> None:
    model = read_model(Publisher)
    assert (model.name, model.description) == ("Publisher", "Who makes books.")
    assert read_model(Book).description == "Book"


def test_an_attribute_is_known_by_its_own_name_and_stores_its_column() -> None:
    name = by_name(read_model(Publisher))["name"]
    assert name.column is Publisher.__table__.c.publisher_name
    assert name.description == "As on the cover."


def test_a_missing_value_comes_to_what_the_column_says() -> None:
    found = {name: each.default for name, each in by_name(read_model(Book)).items()}
    assert found["pages"] == ("value", 100)
    assert found["title"] == found["rank"] == ("none", None)
    assert {name for name, (what, _) in found.items() if what == "made"} == {"id", "made", "double", "loud", "half"}


def test_what_the_database_computes_is_not_written() -> None:
    attributes = by_name(read_model(Book)).values()
    assert {each.name for each in attributes if not each.is_written} == {"double", "loud", "half"}


def test_the_number_of_a_row_is_given_by_the_database() -> None:
    assert by_name(read_model(Publisher))["id"].is_numbered
    assert not by_name(read_model(Book))["id"].is_numbered
    assert not by_name(read_model(Book))["pages"].is_numbered


def test_what_is_unique_is_read_of_constraints_and_whole_indexes() -> None:
    assert set(read_model(Book).unique) == {("title", "pages"), ("rank",)}
    assert read_model(Publisher).unique == (("name",),)


class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    row: Mapped[int] = mapped_column()
    __mapper_args__: Any = {"polymorphic_on": kind, "version_id_col": row}  # noqa: RUF012 - not ours


class Dog(Animal):
    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(sa.ForeignKey("animals.id"), primary_key=True)
    tricks: Mapped[int]
    __mapper_args__: Any = {"polymorphic_identity": "dog"}  # noqa: RUF012 - not ours


class Cat(Animal):
    lives: Mapped[int | None]
    __mapper_args__: Any = {"polymorphic_identity": "cat"}  # noqa: RUF012 - not ours


def test_the_key_of_joined_inheritance_is_once_and_numbered_by_the_first_table() -> None:
    dog = read_model(Dog)
    assert set(by_name(dog)) == {"id", "kind", "row", "tricks"}
    assert [each.name for each in dog.keys] == ["id"]
    assert by_name(dog)["id"].is_numbered
    assert dog.tables == {"animals", "dogs"}


def test_single_table_inheritance_has_the_columns_of_its_class() -> None:
    assert set(by_name(read_model(Cat))) == {"id", "kind", "row", "lives"}
    assert "lives" not in by_name(read_model(Animal))


def test_what_the_mapper_keeps_is_not_written() -> None:
    """What class a row is of, and its version: nobody else sets them."""
    found = by_name(read_model(Dog))
    assert {name for name, each in found.items() if not each.is_written} == {"kind", "row"}


class Dataclasses(MappedAsDataclass, DeclarativeBase):
    pass


class Note(Dataclasses):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    text: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(sa.JSON, default_factory=list)
    mood: Mapped[str | None] = mapped_column(default=None)


def test_what_the_constructor_of_a_dataclass_fills_is_made() -> None:
    found = {name: each.default[0] for name, each in by_name(read_model(Note)).items()}
    assert found == {"id": "made", "text": "none", "tags": "made", "mood": "none"}


def test_an_imperative_mapping_is_a_model_too() -> None:
    class Thing:
        pass

    table = sa.Table(
        "things", sa.MetaData(), sa.Column("Thing", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
    )
    registry().map_imperatively(Thing, table, properties={"number": table.c.Thing})
    assert set(by_name(read_model(Thing))) == {"number", "n"}


def test_a_table_has_its_columns_by_names_that_members_can_have() -> None:
    table = sa.Table(
        "order lines", sa.MetaData(), sa.Column("Line No.", sa.Integer, primary_key=True), sa.Column("2nd", sa.Text),
        sa.Column("_hidden", sa.Text), sa.Column("%", sa.Integer),
    )  # fmt: skip
    model = read_model(table)
    assert model.name == "OrderLines"
    assert list(by_name(model)) == ["Line_No", "n2nd", "hidden", "column"]


def test_a_query_has_no_table_and_its_columns_are_not_written() -> None:
    model = read_query(sa.select(Book.id, (Book.pages * 2).label("twice")))
    assert (model.table, model.unique, model.keys) == (None, (), ())
    assert {each.name: each.is_written for each in model.attributes} == {"id": False, "twice": False}


@pytest.mark.parametrize("given", [int, "books", sa.select(Book.id), Book.title, None], ids=map(str, range(5)))
def test_what_is_no_model_is_refused_with_what_to_do(given: Any) -> None:
    with pytest.raises(TypeError, match="is not a model: give a class that SQLAlchemy maps, or a Table"):
        read_model(given)


@pytest.mark.parametrize("given", [Book, "SELECT 1", sa.insert(Book)], ids=map(str, range(3)))
def test_what_is_no_query_is_refused_with_what_to_do(given: Any) -> None:
    with pytest.raises(TypeError, match=r"is not a query: give a select\(\.\.\.\) of SQLAlchemy's"):
        read_query(given)


@pytest.mark.parametrize(
    "table, name",
    [("order_lines", "OrderLines"), ("ACME.orders", "ACMEOrders"), ("2024", "T2024"), ("—", "Table"), ("é a", "A")],
)
def test_the_name_of_a_table_is_that_of_a_class(table: str, name: str) -> None:
    assert class_name(table) == name
