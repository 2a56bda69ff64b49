"""Statements are made of names; values are parameters. A text is made once for a shape of query."""

import re

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.data.cursors import successor
from restwell.data.plans import RowChange
from restwell.data.query import Counting, Position, Query
from restwell.model.conditions import TRUE, Comparison
from restwell.storage.dialect import Dialect
from restwell.storage.postgresql.dialect import PostgresqlDialect
from restwell.storage.sqlite.dialect import SqliteDialect
from restwell.storage.statements import Statements
from tests.examples import FRAMEWORKS

DIALECTS: dict[str, Dialect] = {"sqlite": SqliteDialect(), "postgresql": PostgresqlDialect()}
EVERY = {name: Statements(FRAMEWORKS, sa.MetaData(), dialect) for name, dialect in DIALECTS.items()}
VALUES = {"name": "Flask", "created": 2010, "parent": "Python", "relatedName": None, "relatedDocs": None}

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
dialects = pytest.mark.parametrize("name", DIALECTS)


@dialects
def test_a_change_is_guarded_by_the_version_it_was_decided_on(name: str) -> None:
    for action in ("replace", "delete"):
        plan = RowChange(action, FRAMEWORKS, "Flask", 7, VALUES if action == "replace" else None)
        statement, parameters = EVERY[name].of_change(plan)
        condition = " ".join(statement.text.partition("WHERE")[2].partition("RETURNING")[0].split())
        assert re.fullmatch(r"\w+\.name = \S+( COLLATE \"C\")? AND \w+\._version = \S+", condition)
        assert parameters[-2:] == ("Flask", 7)


@dialects
def test_an_insert_gives_every_column_and_a_version_of_its_own(name: str) -> None:
    plan = RowChange("insert", FRAMEWORKS, values=VALUES)
    (one, first), (other, second) = EVERY[name].of_change(plan), EVERY[name].of_change(plan)
    assert one is other
    assert first[:5] == second[:5] == tuple(VALUES.values())
    assert first[5] != second[5]


@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "gte", "lt", "lte", "contains", "starts", "in"])
@dialects
def test_values_are_parameters_and_never_text(name: str, operator: str) -> None:
    hostile = "'; DROP TABLE frameworks; -- %s ? \" :x"
    query = Query(condition=Comparison("name", operator, (hostile,)), after=Position((), 3))  # type: ignore[arg-type]
    statement, parameters = EVERY[name].of_page(query, "bounded")
    assert "DROP" not in statement.text
    assert hostile in parameters
    assert statement.text.count(DIALECTS[name].mark) == len(parameters) == len(statement.names)


@dialects
@given(texts, texts, st.sampled_from(["eq", "contains", "starts"]))
def test_a_shape_of_query_is_compiled_once(name: str, one: str, other: str, operator: str) -> None:
    found = [
        EVERY[name].of_page(Query(condition=Comparison("name", operator, (value,))), "none")[0]  # type: ignore[arg-type]
        for value in (one or "x", other or "x")
    ]
    assert found[0] is found[1]


@pytest.mark.parametrize("counting, counts", [("bounded", True), ("exact", True), ("none", False)])
@dialects
def test_rows_are_counted_only_when_asked(name: str, counting: Counting, counts: bool) -> None:
    text = EVERY[name].of_page(Query(), counting)[0].text
    assert ("count(" in text) is counts
    assert ("LIMIT 10001" in " ".join(text.split())) is (counting == "bounded")


@dialects
def test_an_estimate_reads_no_rows(name: str) -> None:
    text = EVERY[name].of_count(TRUE, "estimated")[0].text
    assert "count(" not in text


@dialects
def test_a_page_asks_for_one_row_more_than_it_shows(name: str) -> None:
    _, parameters = EVERY[name].of_page(Query(25), "none")
    assert parameters[0] == 26
    assert set(parameters[1:]) <= {0}  # an offset that SQLite wants to hear of


@given(texts, texts)
@example("a", "b")
@example("a\U0010ffff", "a\U0010ffffx")
@example("\ud7ff", "\ue000")
@example("\U0010ffff", "\U0010ffff\U0010ffff")
def test_what_begins_with_a_prefix_lies_between_it_and_itssuccessor(prefix: str, text: str) -> None:
    end = successor(prefix)
    for candidate in (text, prefix + text):
        assert candidate.startswith(prefix) is (candidate >= prefix and (end is None or candidate < end))
