"""Values by psycopg 2: the same as by psycopg 3, and what Python does not have is told."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.files import ImportRefused, import_rows
from restwell.model.declare import declare
from restwell.storage.databases import given_driver
from restwell.storage.driver import Driver
from restwell.storage.engine import Store
from restwell.storage.errors import InvalidValue
from restwell.storage.given.sessions import Given
from tests.restwell.storage.given.engines import LIBRARIES, sa_url

SAME = (
    "1", "-9223372036854775808", "1.50", "'NaN'::numeric", "1e400::numeric", "0.1::float8", "1e23::float8",
    "'NaN'::float8",
    "true", "NULL", "'a%%b'", "E'\\U0001F600'", "'a b'::varchar(9)", "'x'::char(3)",
    "'2026-01-31'::date", "'09:30:00.5'::time", "'09:30:00+02'::timetz", "'2026-01-31 12:00'::timestamp",
    "'2026-01-31 12:00:00.123456+02'::timestamptz", "'1800-01-01 12:00+00'::timestamptz",
    "'0001-01-01'::date", "'9999-12-31 23:59:59.999999'::timestamp",
    "'1 day 2 hours'::interval", "'-5 min'::interval", "'0.000001 s'::interval",
    "'0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f'::uuid", """'{"a": [1, null, 1e3, "x"]}'::json""",
    "'[1]'::jsonb", "'null'::jsonb", "ARRAY[1, NULL]", "ARRAY[[1, 2], [3, 4]]", "ARRAY['a', 'b,\"c']",
    "ARRAY[true]", "ARRAY[1.5]", "ARRAY[0.1::float8]",
    "ARRAY['2026-01-31'::date, NULL]", "ARRAY['2026-01-31 12:00+00'::timestamptz]", "ARRAY['09:30'::time]",
    "ARRAY['2026-01-31 12:00'::timestamp]", "ARRAY['1 day'::interval]", "ARRAY['[1]'::json]", "ARRAY['{}'::jsonb]",
    "ARRAY['0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f'::uuid]", "'{}'::int[]",
)  # fmt: skip
"""Expressions of which both make the same value."""
UNREADABLE = (
    "'infinity'::date", "'-infinity'::timestamp", "'infinity'::timestamptz", "'24:00'::time", "'24:00+00'::timetz",
    "'0044-03-15 BC'::date", "'0044-03-15 BC'::timestamp", "'12020-01-01'::date", "'12020-01-01'::timestamptz",
    "'1 month'::interval", "'200000000 days'::interval", "'[1e999]'::json", "ARRAY['infinity'::date]",
    "ARRAY['1 year'::interval]",
)  # fmt: skip


@contextlib.contextmanager
def a_driver(url: str, library: str, **options: Any) -> Iterator[tuple[Driver, sa.Engine]]:
    engine = sa.create_engine(sa_url(url, library), **options)
    try:
        yield given_driver(Given(engine)), engine
    finally:
        engine.dispose()


def test_values_are_the_same(postgresql_url: str) -> None:
    found = []
    for library in LIBRARIES:
        with a_driver(postgresql_url, library) as (driver, _):
            rows = [driver.read(f"SELECT {each}")[0][0] for each in SAME]
            found.append([(text, type(value), repr(value)) for text, value in zip(SAME, rows, strict=True)])
    assert found[0] == found[1]


def test_what_python_does_not_have_is_told(postgresql_url: str) -> None:
    for library in LIBRARIES:
        with a_driver(postgresql_url, library) as (driver, _):
            for each in UNREADABLE:
                with pytest.raises(InvalidValue):
                    driver.read(f"SELECT {each}")
                [[value, one]] = driver.read(f"SELECT {each}, 1", leniently=True)
                assert (type(value), one) == (object, 1), each
                [[[value, one]]] = driver.stream(f"SELECT {each}, 1")
                assert (type(value), one) == (object, 1), each


PARAMETERS: tuple[tuple[str, Any], ...] = (
    ("bigint", -(2**63)), ("bigint", 2**63 - 1), ("text", "a%b's \\ \U0001f600"), ("numeric", Decimal("1.50")),
    ("float8", 1e-300), ("boolean", True), ("text", None), ("timestamptz", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("timestamptz", datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))), ("interval", timedelta(days=1)),
    ("interval", "P1DT2H"), ("uuid", UUID(int=7)), ("int[]", []), ("text[]", ["a", None, "b'"]),
    ("uuid[]", [UUID(int=7)]),
)  # fmt: skip


def test_parameters_are_the_same(postgresql_url: str) -> None:
    found = []
    for library in LIBRARIES:
        with a_driver(postgresql_url, library) as (driver, _):
            found.append([driver.read(f"SELECT CAST(%s AS {kind})", (value,)) for kind, value in PARAMETERS])
            assert driver.read("SELECT 'a%%', 5 %% 3") == [("a%", 2)]
            with pytest.raises(InvalidValue if library == "psycopg" else Exception):
                driver.read("SELECT %s", ("a\0",))
    assert found[0] == found[1]


def test_what_the_application_has_registered_for_other_types_stays(postgresql_url: str) -> None:
    """A deserializer of JSON, and a type of the connection."""
    with a_driver(postgresql_url, "psycopg2", json_deserializer=lambda text: f"mine {text}") as (driver, engine):

        @sa.event.listens_for(engine, "connect")
        def shout(connection: Any, _: object) -> None:
            extensions: Any = engine.dialect.dbapi.extensions  # type: ignore[union-attr]  # it is psycopg2
            cast = lambda text, _: None if text is None else text.upper()  # noqa: E731 - short
            extensions.register_type(extensions.new_type((25,), "shouted", cast), connection)

        engine.dispose()
        assert driver.read("SELECT '[1]'::json, 'a'::text, '1 day'::interval") == [("mine [1]", "A", "P1D")]


class Trip(Resource):
    """A resource of Restwell's own."""

    id: int = Field(identity=True)
    takes: timedelta
    notes: list[str] = Field([])


def test_rows_are_imported_all_or_without_those_that_are_refused(postgresql_url: str, tmp_path: Path) -> None:
    file = tmp_path / "trips.ndjson"
    file.write_text("".join(f'{{"id": {n}, "takes": "P{n}D", "notes": ["a\\tb"]}}\n' for n in (1, 2, 2, 3)))
    declaration = declare(Trip, "/trips", read=public(), write=public())
    engine = sa.create_engine(sa_url(postgresql_url, "psycopg2"))
    store = Store.open(Given(engine), [declaration])
    with pytest.raises(ImportRefused):
        import_rows(store, declaration, file)
    assert import_rows(store, declaration, file, skip_invalid=True) == (3, 1)
    rows = [row for rows in store.stream(declaration) for row in rows]
    assert [declaration.compiled[Layout].named(row) for row in rows] == [
        {"id": n, "takes": f"P{n}D", "notes": ["a\tb"]} for n in (1, 2, 3)
    ]
    engine.dispose()


ALONE = """
import sys
sys.modules["psycopg"] = None
import sqlalchemy as sa
from flask import Flask
from restwell import Api, Field, Resource, public
app = Flask("tests")
engine = sa.create_engine(sys.argv[1])
api = Api(app, engine=engine)

@api.resource("/things", read=public(), write=public())
class Thing(Resource):
    name: str = Field(identity=True)

client = app.test_client()
print(client.post("/things", json={"name": "a"}).status_code, client.post("/things", json={"name": "a"}).status_code)
engine.dispose()
"""


@pytest.mark.slow
def test_it_needs_no_psycopg_3(postgresql_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", ALONE, sa_url(postgresql_url, "psycopg2")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "201 409\n", done.stderr
