"""Each class of PostgreSQL's errors, raised by PostgreSQL itself, and what it is to a client."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from restwell.data.store_errors import Busy, Full, StoreError, TimedOut, Unreachable, Unusable
from restwell.storage.errors import Violation
from restwell.storage.postgresql.driver import PostgresqlDriver

RAISED = [
    ("08006", Unreachable),
    ("09000", "rule"),
    ("0A000", "ours"),
    ("22001", "long"),
    ("22003", "value"),
    ("22021", "value"),
    ("23502", "missing"),
    ("23503", "unlinked"),
    ("23505", "taken"),
    ("23514", "refused"),
    ("23P01", "taken"),
    ("25006", Unusable),
    ("28000", Unreachable),
    ("3D000", Unreachable),
    ("40001", Busy),
    ("40P01", Busy),
    ("42501", Unusable),
    ("42601", "ours"),
    ("42703", Unusable),
    ("42P01", Unusable),
    ("3F000", Unusable),
    ("44000", "refused"),
    ("53100", Full),
    ("53200", Unusable),
    ("53300", Unreachable),
    ("54000", "large"),
    ("55P03", Busy),
    ("55006", Busy),
    ("57014", TimedOut),
    ("57P01", Unreachable),
    ("57P03", Unreachable),
    ("58030", Unusable),
    ("F0001", Unusable),
    ("HV000", Unusable),
    ("P0001", "rule"),
    ("XX000", Unusable),
    ("XX001", Unusable),
    ("ZZ999", "ours"),
]


@pytest.fixture
def driver(postgresql_url: str) -> Iterator[PostgresqlDriver]:
    with closing(PostgresqlDriver(postgresql_url)) as opened:
        yield opened


def raised_by(driver: PostgresqlDriver, text: str) -> Exception:
    with pytest.raises((StoreError, Violation, psycopg.Error)) as caught:
        driver.write(text)
    return caught.value


@pytest.mark.parametrize("code, meaning", RAISED, ids=[code for code, _ in RAISED])
def test_what_each_code_means(driver: PostgresqlDriver, code: str, meaning: object) -> None:
    error = raised_by(driver, f"DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '{code}'; END $$")
    if isinstance(meaning, type):
        assert type(error) is meaning
        assert "secret" not in str(error)
    elif meaning == "ours":
        assert isinstance(error, psycopg.Error)
    else:
        assert isinstance(error, Violation)
        assert error.reason == meaning
        assert "secret" not in str(error)
    assert driver.write("SELECT 1") == [(1,)]


REAL = [
    ("INSERT INTO t (n) VALUES (10000000000)", "value", ()),
    ("INSERT INTO t (s) VALUES ('12345')", "long", ()),
    ("INSERT INTO t (s) VALUES (chr(0))", "large", ()),
    ("INSERT INTO t (s) VALUES (convert_from('\\xff', 'UTF8'))", "value", ()),
    ("INSERT INTO t (s) VALUES (NULL)", "missing", ("s",)),
    ("INSERT INTO t (n) VALUES (7)", "refused", ("n",)),
    ("INSERT INTO t (i) VALUES (1)", "taken", ("i",)),
    ("INSERT INTO t (a, b) VALUES (1, 2)", "taken", ("a", "b")),
    ("INSERT INTO t (r) VALUES (5)", "unlinked", ("r",)),
    ("INSERT INTO t (x) VALUES (1)", "taken", ("x",)),
    ("INSERT INTO t (l) SELECT string_agg(md5(i::text), '') FROM generate_series(1, 120) i", "large", ("l",)),
]


@pytest.mark.parametrize("text, reason, columns", REAL, ids=[case[0] for case in REAL])
def test_what_a_constraint_or_an_index_names(
    driver: PostgresqlDriver, text: str, reason: str, columns: tuple[str, ...]
) -> None:
    driver.write(
        "CREATE TABLE t (i integer UNIQUE, n integer CHECK (n < 5), s varchar(4) NOT NULL DEFAULT '', a integer, "
        "b integer, r integer REFERENCES t (i), x integer, l text, UNIQUE (a, b), EXCLUDE USING btree (x WITH =))"
    )
    driver.write("CREATE INDEX l ON t (l)")
    driver.write("INSERT INTO t VALUES (1, 1, '', 1, 2, NULL, 1, '')")
    error = raised_by(driver, text)
    assert isinstance(error, Violation)
    assert (error.reason, error.columns) == (reason, columns)


def test_a_deadlock_or_a_lock_that_is_held_is_tried_again_later(driver: PostgresqlDriver) -> None:
    driver.write("CREATE TABLE t (i integer)")
    with closing(PostgresqlDriver(driver.url)) as other, other.transaction() as connection:
        connection.execute("LOCK TABLE t")
        error = raised_by(driver, "SELECT i FROM t FOR UPDATE NOWAIT")
    assert isinstance(error, Busy)
    assert error.retry == 1
