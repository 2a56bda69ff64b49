"""Models that are written out are Python that says what was found, whatever names and texts there are."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from restwell.storage.databases import open_driver
from restwell.storage.mapped.models_text import models_text, text_of, type_text
from restwell.storage.mapped.reflecting import reflect
from tests.restwell.storage.mapped.schemas import ODD, fill


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
        (sa.ARRAY(sa.String(3), dimensions=2), "sa.ARRAY(sa.String(3), dimensions=2)"),
    ],
)
def test_a_type_is_written_with_what_it_says(kind: sa.types.TypeEngine[object], text: str) -> None:
    assert type_text(kind) == text


def test_tables_that_are_made_of_the_models_are_found_again(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, ODD)
    driver = open_driver(sqlite_url)
    text = models_text(reflect(driver).tables)
    driver.close()
    (tmp_path / "models.py").write_text(text)
    base = runpy.run_path(str(tmp_path / "models.py"))["Base"]
    again = sqlite_url.replace("test.db", "again.db")
    engine = sa.create_engine(again)
    base.metadata.create_all(engine)
    engine.dispose()
    driver = open_driver(again)
    assert models_text(reflect(driver).tables) == text
    driver.close()


def test_a_default_with_a_colon_is_no_parameter(sqlite_url: str) -> None:
    fill(sqlite_url, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT ' :x', b TEXT NOT NULL DEFAULT '1:2');")
    driver = open_driver(sqlite_url)
    text = models_text(reflect(driver).tables)
    driver.close()
    assert """server_default=sa.text("' \\\\:x'"))""" in text
    assert """server_default=sa.text("'1:2'"))""" in text


FOREIGN = """
CREATE TABLE houses (id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, UNIQUE (a, b));
CREATE TABLE gardens (id INTEGER PRIMARY KEY);
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY, house INTEGER REFERENCES houses (id) ON DELETE CASCADE ON UPDATE SET NULL,
    other INTEGER REFERENCES houses (id) REFERENCES gardens (id) ON DELETE CASCADE, a INTEGER, b INTEGER,
    FOREIGN KEY (a, b) REFERENCES houses (a, b) ON DELETE SET NULL
);
"""


@pytest.mark.parametrize("way", ["sqlite_url", "postgresql_url"])
def test_what_happens_to_what_refers_to_a_row_is_kept(request: pytest.FixtureRequest, way: str) -> None:
    url = request.getfixturevalue(way)
    fill(url, FOREIGN)
    driver = open_driver(url)
    found = reflect(driver).tables
    driver.close()
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
