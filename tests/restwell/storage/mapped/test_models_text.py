"""Models that are written out are Python that says what was found, whatever names and texts there are."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

from restwell.storage.databases import open_driver
from restwell.storage.mapped.models_text import models_text, text_of, type_text
from restwell.storage.mapped.reflecting import ReflectedTable, reflect
from tests.mariadb import MariadbServer
from tests.restwell.storage.mapped.schemas import MARIADB, MUSIC, ODD, fill

FOREIGN = """
CREATE TABLE houses (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, UNIQUE (a, b));
CREATE TABLE gardens (id INTEGER PRIMARY KEY);
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY, house INTEGER REFERENCES houses (id) ON DELETE CASCADE ON UPDATE SET NULL,
    other INTEGER REFERENCES houses (id) REFERENCES gardens (id) ON DELETE CASCADE, a INTEGER, b INTEGER,
    FOREIGN KEY (a, b) REFERENCES houses (a, b) ON DELETE SET NULL
);
"""
FOREIGN_OF_MARIADB = FOREIGN.replace(" REFERENCES gardens", ", FOREIGN KEY (other) REFERENCES gardens")
"""Which has one reference beside a column."""


def reflected(url: str, script: str) -> tuple[ReflectedTable, ...]:
    fill(url, script)
    driver = open_driver(url)
    try:
        return reflect(driver).tables
    finally:
        driver.close()


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("'\"\\\n"))
def test_a_text_is_itself_as_python_reads_it(text: str) -> None:
    assert eval(text_of(text)) == text  # noqa: S307 - as the module that is written is read


@pytest.mark.parametrize(
    "kind, text",
    [
        (sa.Integer(), "sa.Integer"),
        (sa.String(80), "sa.String(80)"),
        (sa.Text(), "sa.Text"),
        (sa.Numeric(10, 2), "sa.Numeric(10, 2)"),
        (sa.Numeric(), "sa.Numeric"),
        (sa.DateTime(timezone=True), "sa.DateTime(timezone=True)"),
        (sa.DateTime(), "sa.DateTime"),
        (sa.Enum("a", "it's", name="mood"), 'sa.Enum("a", "it\'s", name="mood")'),
        (mysql.INTEGER(unsigned=True), "mysql.INTEGER(unsigned=True)"),
        (mysql.DATETIME(fsp=6), "mysql.DATETIME(fsp=6)"),
        (mysql.TIMESTAMP(), "mysql.TIMESTAMP"),
        (mysql.BIT(3), "mysql.BIT(3)"),
        (mysql.YEAR(), "mysql.YEAR"),
        (mysql.SET("a", "b"), 'mysql.SET("a", "b")'),
        (mysql.SET("", "b", retrieve_as_bitwise=True), 'mysql.SET("", "b", retrieve_as_bitwise=True)'),
        (sa.ARRAY(sa.String(3), dimensions=2), "sa.ARRAY(sa.String(3), dimensions=2)"),
    ],
)
def test_a_type_is_written_with_what_it_says(kind: sa.types.TypeEngine[object], text: str) -> None:
    assert type_text(kind) == text


def made_again(text: str, url: str, tmp_path: Path) -> str:
    """The models of the tables that are made in an empty database of these models."""
    (tmp_path / "models.py").write_text(text)
    base = runpy.run_path(str(tmp_path / "models.py"))["Base"]
    engine = sa.create_engine(url)
    base.metadata.create_all(engine)
    engine.dispose()
    return models_text(reflected(url, ""))


def without_words(text: str) -> list[str]:
    """The lines of a module but for what is said of the tables and of what is not in it."""
    return [line for line in text.splitlines() if line and not line.startswith(('    """', "    #"))]


def test_tables_that_are_made_of_the_models_are_found_again(sqlite_url: str, tmp_path: Path) -> None:
    text = models_text(reflected(sqlite_url, ODD))
    assert made_again(text, sqlite_url.replace("test.db", "again.db"), tmp_path) == text


@pytest.mark.slow
@pytest.mark.parametrize(
    "script", [ODD, MUSIC, FOREIGN_OF_MARIADB, MARIADB], ids=["odd", "music", "foreign", "types"]
)
def test_so_they_are_in_mariadb(script: str, mariadb_server: MariadbServer, tmp_path: Path) -> None:
    if not MariaDBDialect.supports_native_uuid:  # an older SQLAlchemy makes a text of it, and escapes no backslash
        script = script.replace(" code UUID DEFAULT uuid(),", "").replace(r"'a\\b'", "'a'")
    first, second = mariadb_server.make_database(), mariadb_server.make_database()
    text = models_text(reflected(first, script))
    assert without_words(made_again(text, second, tmp_path)) == without_words(text)
    mariadb_server.drop_database(first)
    mariadb_server.drop_database(second)


def test_when_a_reference_is_looked_at_is_kept(database_url: str) -> None:
    script = """
        CREATE TABLE houses (id INTEGER PRIMARY KEY);
        CREATE TABLE rooms (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER,
            CONSTRAINT one FOREIGN KEY (a) REFERENCES houses (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT two FOREIGN KEY (b) REFERENCES houses (id) DEFERRABLE,
            CONSTRAINT three FOREIGN KEY (c) REFERENCES houses (id) NOT DEFERRABLE);
    """
    if database_url.startswith("mariadb"):  # which looks at all of them at once
        script = re.sub(r" (NOT )?DEFERRABLE( INITIALLY DEFERRED)?", "", script)
    text = models_text(reflected(database_url, script))
    if database_url.startswith("mariadb"):
        assert "defer" not in text.lower()
    else:
        assert 'sa.ForeignKey("houses.id", ondelete="CASCADE", initially="DEFERRED", deferrable=True)' in text
        assert 'sa.ForeignKey("houses.id", deferrable=True)' in text
    assert 'sa.ForeignKey("houses.id")' in text


def test_a_default_with_a_colon_is_no_parameter(database_url: str) -> None:
    script = """
        CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(9) DEFAULT ' :x', b VARCHAR(9) NOT NULL DEFAULT '1:2',
            c VARCHAR(9) GENERATED ALWAYS AS (replace(a, ' :x', '')) STORED);
    """
    text = models_text(reflected(database_url, script)).replace("::character varying", "")
    assert "' \\\\:x'" in text.partition("sa.Computed(")[2]
    assert """server_default=sa.text("' \\\\:x'"))""" in text
    assert """server_default=sa.text("'1:2'"))""" in text


def test_what_happens_to_what_refers_to_a_row_is_kept(database_url: str) -> None:
    found = reflected(database_url, FOREIGN_OF_MARIADB if database_url.startswith("mariadb") else FOREIGN)
    text = models_text(found)
    assert 'sa.ForeignKey("houses.id", onupdate="SET NULL", ondelete="CASCADE")' in text
    assert 'sa.ForeignKey("houses.id")' in text
    assert 'sa.ForeignKey("gardens.id", ondelete="CASCADE")' in text
    assert 'sa.ForeignKeyConstraint(["a", "b"], ["houses.a", "houses.b"], ondelete="SET NULL")' in text
    rooms = next(each.table for each in found if each.table.name == "rooms")
    kept = {(key.column_keys[0], key.onupdate, key.ondelete) for key in rooms.foreign_key_constraints}
    assert kept == {
        ("house", "SET NULL", "CASCADE"), ("other", None, None), ("other", None, "CASCADE"), ("a", None, "SET NULL"),
    }  # fmt: skip
