"""What MariaDB says of the columns of others, as columns of SQLAlchemy's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from restwell.storage.catalog import Unserved
from restwell.storage.mapped.models_text import type_text
from restwell.storage.mariadb.declared import DeclaredColumn, column_of, type_of


@pytest.mark.parametrize(
    "declared, text",
    [
        ("tinyint(1)", "sa.Boolean"),
        ("tinyint(4)", "sa.SmallInteger"),
        ("tinyint(3) unsigned", "mysql.TINYINT(unsigned=True)"),
        ("bigint(20) unsigned zerofill", "mysql.BIGINT(unsigned=True)"),
        ("int(11)", "sa.Integer"),
        ("decimal(65,30) unsigned", "sa.Numeric(65, 30)"),
        ("float", "sa.Float"),
        ("double(9,2)", "sa.Double"),
        ("bit(64)", "mysql.BIT(64)"),
        ("year(4)", "mysql.YEAR"),
        ("varchar(255)", "sa.String(255)"),
        ("mediumtext", "sa.Text"),
        ("datetime", "sa.DateTime"),
        ("datetime(6)", "mysql.DATETIME(fsp=6)"),
        ("timestamp", "mysql.TIMESTAMP"),
        ("timestamp(3)", "mysql.TIMESTAMP(fsp=3)"),
        ("time", "sa.Time"),
        ("uuid", "sa.Uuid"),
        ("enum('a','it''s (b), c','d\\\\e','f\\ng')", 'sa.Enum("a", "it\'s (b), c", "d\\\\e", "f\\ng")'),
        ("set('x','y')", 'mysql.SET("x", "y")'),
        ("set('','y')", 'mysql.SET("", "y", retrieve_as_bitwise=True)'),
    ],
)
def test_a_type_is_the_plainest_one_that_says_as_much(declared: str, text: str) -> None:
    assert type_text(type_of(declared)) == text


@pytest.mark.parametrize("declared", ["point", "inet6", "varbinary(9)", "mediumblob", "vector(3)"])
def test_a_type_that_json_has_no_value_for_is_named(declared: str) -> None:
    kind = type_of(declared)
    assert isinstance(kind, Unserved)
    assert kind.why == f"is of the type {declared.partition('(')[0].upper()}, which JSON has no value for"


def told(declared: str, default: str | None, extra: str = "", expression: str | None = None) -> sa.Column[object]:
    return column_of(DeclaredColumn("c", declared, "YES", default, extra, expression, ""), is_json=False)


@pytest.mark.parametrize(
    "default, extra, sql",
    [
        ("NULL", "", None),
        (None, "", None),
        ("'NULL'", "", "'NULL'"),
        ("concat('a','b')", "", "concat('a','b')"),
        (
            "current_timestamp(3)",
            "on update current_timestamp(3)",
            "current_timestamp(3) ON UPDATE current_timestamp(3)",
        ),
        ("NULL", "on update current_timestamp()", "NULL ON UPDATE current_timestamp()"),
    ],
)
def test_a_default_is_the_sql_that_the_database_has(default: str | None, extra: str, sql: str | None) -> None:
    column = told("datetime(3)", default, extra)
    found = column.server_default
    assert (str(found.arg) if isinstance(found, sa.DefaultClause) else found) == sql
    assert (column.server_onupdate is not None) == ("on update" in extra)


def test_a_generated_column_has_its_expression() -> None:
    stored = told("int(11)", "NULL", "STORED GENERATED, INVISIBLE", "`a` + 1")
    assert stored.computed is not None
    assert (str(stored.computed.sqltext), stored.computed.persisted) == ("`a` + 1", True)
    virtual = told("int(11)", "NULL", "VIRTUAL GENERATED", "`a` + 1").computed
    assert virtual is not None
    assert virtual.persisted is False


def test_a_column_by_which_former_rows_are_kept_is_made_and_has_no_expression() -> None:
    column = told("timestamp(6)", None, "STORED GENERATED", "ROW START")
    assert column.computed is None
    assert isinstance(column.server_default, sa.FetchedValue)
    assert isinstance(column.type, mysql.TIMESTAMP)
