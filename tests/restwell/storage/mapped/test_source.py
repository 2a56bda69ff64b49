"""What is read of a model: its columns, its version, and the rows that are of its class."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.data.plans import Plan
from restwell.data.query import Order, Query
from restwell.model.resource import Declaration
from restwell.storage.databases import open_driver
from restwell.storage.dialect import Dialect
from restwell.storage.engine import Store
from restwell.storage.mapped.declaring import declare_model
from restwell.storage.mapped.writing import writing_of
from restwell.storage.selects import Selects
from restwell.storage.stored import Stored
from tests.modelled import engine_of


class Base(DeclarativeBase):
    pass


class Plain(Base):
    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column("full name", sa.String(30))


class Counted(Base):
    __tablename__ = "counted"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column()
    __mapper_args__: Any = {"version_id_col": number}  # noqa: RUF012 - not ours


class Computed(Base):
    __tablename__ = "computed"
    id: Mapped[int] = mapped_column(primary_key=True)
    others: Mapped[int] = column_property(sa.select(sa.func.count(Plain.id)).scalar_subquery())


class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    __mapper_args__: Any = {"polymorphic_on": kind, "polymorphic_identity": "animal"}  # noqa: RUF012 - not ours


class Cat(Animal):
    lives: Mapped[int | None]
    __mapper_args__: Any = {"polymorphic_identity": "cat"}  # noqa: RUF012 - not ours


class Dog(Animal):
    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(sa.ForeignKey("animals.id"), primary_key=True)
    tricks: Mapped[int]
    __mapper_args__: Any = {"polymorphic_identity": "dog"}  # noqa: RUF012 - not ours


@pytest.fixture
def dialect(database_url: str) -> Dialect:
    return open_driver(database_url).dialect


def declared(model: Any, cls: type[Resource] | None = None, **rules: Any) -> Declaration:
    return declare_model(cls, "/things", model=model, **(rules or {"read": public(), "write": public()}))


def selects_of(declaration: Declaration, dialect: Dialect) -> Selects:
    return writing_of(declaration, dialect).selects


def stored(model: Any, dialect: Dialect, **rules: Any) -> Stored:
    return selects_of(declared(model, **rules), dialect).stored


def is_postgresql(dialect: Dialect) -> bool:
    return dialect.sql.name == "postgresql"


def test_the_version_is_what_the_mapper_counts(dialect: Dialect) -> None:
    found = stored(Counted, dialect)
    assert not found.digested
    assert "counted.number AS _version" in str(sa.select(*found.row))


def test_without_one_it_is_what_postgresql_knows_of_a_row_or_a_digest(dialect: Dialect) -> None:
    assert stored(Plain, dialect).digested != is_postgresql(dialect)
    assert stored(Plain.__table__, dialect).digested != is_postgresql(dialect)


def test_what_is_only_read_is_digested_since_it_may_be_a_view(dialect: Dialect) -> None:
    assert stored(Plain.__table__, dialect, read=public()).digested


def test_what_is_computed_is_part_of_a_digest(dialect: Dialect) -> None:
    """No version of a row tells of changes to other rows that it is computed of."""
    assert stored(Computed, dialect).digested

    class Own(Resource):
        id: int

    assert selects_of(declared(Computed, Own), dialect).stored.digested != is_postgresql(dialect)


def test_what_is_in_several_tables_is_digested(dialect: Dialect) -> None:
    assert stored(Dog, dialect).digested
    assert stored(Dog, dialect).others == {"animals", "dogs"}


def test_rows_are_those_of_the_class(dialect: Dialect) -> None:
    assert "WHERE animals.kind IN (" in selects_of(declared(Cat), dialect).every.text
    assert "JOIN dogs ON animals.id = dogs.id" in selects_of(declared(Dog), dialect).every.text
    assert "WHERE" not in selects_of(declared(Animal), dialect).every.text


def test_only_the_columns_of_members_are_selected(dialect: Dialect) -> None:
    class Short(Resource):
        id: int = Field(identity=True)

    text = selects_of(declared(Plain, Short, read=public()), dialect).every.text
    assert "full name" not in text


def test_a_violation_names_members_by_their_columns(dialect: Dialect) -> None:
    found = stored(Plain, dialect)
    assert (found.member_of("full name"), found.member_of("unknown")) == ("name", "")
    assert found.is_of("plain")
    assert not found.is_of("counted")


class Rated(Base):
    __tablename__ = "rated"
    id: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int | None]


def test_rows_with_equal_values_that_may_be_missing_are_in_the_order_of_their_keys(database_url: str) -> None:
    rated = declared(Rated, read=public())
    engine = engine_of(database_url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(Rated), [{"id": n * 7 % 101, "rank": n % 2 or None} for n in range(1, 101)])
    with closing(Store.open(database_url, [rated])) as store:
        page = store.look_up(Plan("page", rated, query=Query(limit=100, sort=(Order("rank", descending=False),))))
        found = [(row[rated.compiled[Layout].index("rank")], rated.compiled[Layout].key(row)) for row in page.rows]
        assert found == sorted(found, key=lambda each: (each[0] is None, each))
        # A database may sort rows in any order that the statement leaves open, so that it has to leave none open.
        text = store.selects[rated].of_page(Query(sort=(Order("rank", descending=False),)), "none")[0].text
        assert re.findall(r"ORDER BY anon_1\._arm, anon_1\.rank, anon_1\.(\w+)", text) == ["_by"]
        assert text.count("rated.id AS _by") == 2
