"""What a model says of its columns, and of what they refer to."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell.model.policy import public
from restwell.model.resource import DataSource
from restwell.storage.mapped.attributes import read_query
from restwell.storage.mapped.declaring import declare_model
from restwell.storage.mapped.source import ModelSource


class Base(DeclarativeBase):
    """Of tables in a schema of their own."""

    metadata = sa.MetaData(schema="staff")


class Employee(Base):
    """Somebody who is paid."""

    __tablename__ = "employees"
    id: Mapped[int] = mapped_column("number", primary_key=True)
    boss_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.employees.number"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}  # noqa: RUF012 - SQLAlchemy's own


class Manager(Employee):
    """An employee in two tables."""

    __tablename__ = "managers"
    id: Mapped[int] = mapped_column(sa.ForeignKey("staff.employees.number"), primary_key=True)
    __mapper_args__ = {"polymorphic_identity": "manager"}  # noqa: RUF012 - SQLAlchemy's own


def source_of(path: str, **given: Any) -> DataSource:
    found = declare_model(None, path, read=public(), **given).source
    assert found is not None
    return found


def test_columns_are_named_as_in_the_database() -> None:
    found = source_of("/employees", model=Employee)
    assert found.columns == {
        "id": "staff.employees.number",
        "boss_id": "staff.employees.boss_id",
        "kind": "staff.employees.kind",
    }
    assert found.referred == {"boss_id": ("staff.employees.number",)}


def test_of_a_class_in_two_tables_the_key_is_that_of_its_own() -> None:
    found = source_of("/managers", model=Manager)
    assert found.columns["id"] == "staff.managers.id"
    assert found.referred["id"] == ("staff.employees.number",)


def test_a_table_that_sqlalchemy_was_not_told_of_is_referred_to_by_its_name() -> None:
    metadata = sa.MetaData()
    tags = sa.Table("tags", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    notes = sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tag", sa.Integer, sa.ForeignKey("tags.id"), sa.ForeignKey("labels.id")),
    )
    assert source_of("/notes", model=notes).referred == {"tag": ("labels.id", "tags.id")}
    assert source_of("/tags", model=tags).columns == {"id": "tags.id"}


def test_a_query_has_no_columns_of_a_table() -> None:
    table = sa.Table("tags", sa.MetaData(), sa.Column("id", sa.Integer, sa.ForeignKey("a.id"), primary_key=True))
    statement = sa.select(table.c.id, sa.literal("x").label("x"))
    model = read_query(statement)
    found = ModelSource(model, {each.name: each for each in model.attributes})
    assert (found.columns, found.referred) == ({}, {})
