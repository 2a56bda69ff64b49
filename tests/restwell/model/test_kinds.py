"""The table of kinds: each kind has what every reader of the table asks for, and is in every table by its name."""

import re
from pathlib import Path
from typing import get_args

import pytest

from restwell.files.cells import writer_of
from restwell.model.fields import kind_of
from restwell.model.hints import without_none
from restwell.model.kinds import KINDS, FieldKind, KindName
from restwell.storage.columns import WHOLLY
from restwell.storage.postgresql.dialect import PostgresqlDialect
from restwell.storage.sqlite.dialect import SqliteDialect
from tests.laws.declared import Law
from tests.restwell.files.declared import Thing

SOURCE = Path(__file__).parent.parent.parent.parent / "packages" / "restwell" / "src" / "restwell"


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> FieldKind:
    """One kind after another."""
    found: FieldKind = request.param
    return found


def test_every_name_has_its_row() -> None:
    assert tuple(KINDS) == get_args(KindName)


def test_a_kind_is_in_the_tables_of_the_databases(kind: FieldKind) -> None:
    assert kind.name in SqliteDialect.readers or kind.name in WHOLLY
    for dialect in (SqliteDialect, PostgresqlDialect):
        assert kind.name in dialect.types
        tables = (dialect.types, dialect.readers, dialect.returned_readers, dialect.writers, dialect.checked)
        assert all(set(each) <= set(KINDS) for each in tables)


def test_a_value_in_a_uri_is_read_and_described(kind: FieldKind) -> None:
    if kind.is_scalar:
        assert [kind.has_choices, kind.is_any_text, kind.python is not None].count(True) == 1
        assert (kind.query is None) is kind.has_choices
        assert kind.operators[-1] == "exists" or "contains" in kind.operators
        assert bool(kind.example) is (kind.query is not None and kind.query is not KINDS["text"].query)
    else:
        assert kind.has_parts
        assert (kind.query, kind.python, kind.example, kind.identity) == (None, None, "", None)


def test_an_example_is_written_as_the_kind_is(kind: FieldKind) -> None:
    example = kind.example.partition("as in ")[2]
    assert not (example and kind.form) or kind.form.fullmatch(example)
    assert not (example and kind.number) or kind.number.fullmatch(example)
    assert not (example and kind.cell) or kind.cell[0].fullmatch(example)


def test_a_cell_says_how_it_is_written(kind: FieldKind) -> None:
    if kind.cell is not None:
        assert re.fullmatch(r"Write .*\.", kind.cell[1])
    assert (writer_of(kind) is not None) is (kind.has_parts or kind.name in {"boolean", "datetime"})


def test_linked_data_knows_what_its_values_are(kind: FieldKind) -> None:
    assert bool(kind.range) is not (kind.has_choices or kind.name in {"list", "set", "object"})
    assert kind.coercion in {None, "@id", "@json", kind.range}


def test_laws_and_files_are_tried_with_every_kind() -> None:
    for cls in (Law, Thing):
        assert {kind_of(without_none(info.annotation)[0]).name for info in cls.model_fields.values()} == set(KINDS)


def test_no_module_but_those_of_databases_tells_kinds_by_name() -> None:
    named = re.compile(r"""\.kind(\.name)? (?:[!=]=|(?:not )?in|<=) *[({\["']""")
    telling = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "fields import" in (text := path.read_text()) and named.search(text)
    }
    assert {name for name in telling if not name.startswith("storage/")} == set()
