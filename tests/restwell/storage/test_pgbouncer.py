"""Through PgBouncer in transaction mode, where a session is another's a moment later: nothing of ours stays in it."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest

from restwell.data.outbox import START
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Order, Query
from restwell.data.store_errors import StoreError, TimedOut, Unreachable, Unusable
from restwell.data.units import Unit
from restwell.files import export_rows, import_rows
from restwell.model.conditions import Comparison
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.driver import Write
from restwell.storage.engine import Store, open_driver
from restwell.storage.errors import Taken
from restwell.storage.migrations import apply_difference, find_difference
from restwell.storage.postgresql import settings as postgresql_settings
from restwell.storage.postgresql.driver import PostgresqlDriver
from tests.api import FOUR, Sample, serving
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.servers import PgBouncer, PostgresServer, wait_until

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
SAMPLES = declare(Sample, "/samples", read=public())
FLASK = Plan("item", FRAMEWORKS, "Flask")
VALUES = {"name": "New", "created": 1999, "parent": "it's 100 % \\ ?", "relatedName": None, "relatedDocs": None}
SETTINGS = (
    "SELECT current_setting('transaction_read_only'), current_setting('statement_timeout'), "
    "current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), "
    "current_setting('timezone'), (SELECT count(*) FROM pg_prepared_statements)"
)


@pytest.fixture(scope="module", params=[{}, {"ignore_startup_parameters": "options"}], ids=["refuses", "ignores"])
def bouncer(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[PgBouncer]:
    with PgBouncer(postgres_server, settings=request.param) as running:
        yield running


@pytest.fixture
def url(bouncer: PgBouncer, postgresql_url: str) -> str:
    return bouncer.url(postgresql_url.rpartition("/")[2])


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, [FRAMEWORKS, SAMPLES])
    yield opened
    opened.close()


def others_see(url: str, times: int = 4) -> set[object]:
    """What settings other clients of the pool have, whatever session they get."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as one:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as two, two.transaction():
            found = [
                two.execute(SETTINGS.encode()).fetchone(),
                *(one.execute(SETTINGS.encode()).fetchone() for _ in range(times)),
            ]
        return {*found}


def answers(store: Store) -> bool:
    try:
        return store.look_up(FLASK).kind == "found"
    except StoreError:
        return False


def test_it_is_noticed(store: Store) -> None:
    assert isinstance(store.driver, PostgresqlDriver)
    assert store.driver.is_pooled


def test_a_session_of_our_own_is_noticed_too(postgresql_url: str) -> None:
    with closing(PostgresqlDriver(postgresql_url)) as driver:
        assert driver.read("SELECT 1") == [(1,)]
        assert driver.is_pooled is False


def test_reads_and_writes_work_and_leave_nothing_behind(store: Store, url: str, tmp_path: Path) -> None:
    before, found = others_see(url), store.look_up(FLASK)
    for number in range(8):
        found = store.look_up(FLASK)
        assert found.kind == "found"
        values = {**VALUES, "name": f"n{number}"}
        assert carry_out(store, RowChange("insert", FRAMEWORKS, values=values)).row[5] == VALUES["parent"]
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values={**VALUES, "name": "n1"})).members == ("name",)
    changed = {**VALUES, "name": "Flask", "created": 2011}
    assert carry_out(store, RowChange("replace", FRAMEWORKS, "Flask", found.row[1], changed)).kind == "replaced"
    assert carry_out(store, RowChange("replace", FRAMEWORKS, "Flask", found.row[1], changed)).kind == "lost"
    assert carry_out(store, RowChange("delete", FRAMEWORKS, "Flask", found.row[1] + 1)).kind == "deleted"
    page = Query(sort=(Order("created", descending=True),), condition=Comparison("name", "starts", ("n",)), limit=3)
    assert [row[3] for row in store.look_up(Plan("page", FRAMEWORKS, query=page)).rows] == ["n7", "n6", "n5"]
    assert others_see(url) == before


def test_limits_hold_for_a_statement_and_for_nobody_else(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = others_see(url)
    monkeypatch.setitem(postgresql_settings.SETTINGS, "statement_timeout", "50ms")
    with closing(open_driver(url)) as driver:
        with pytest.raises(TimedOut):
            driver.read("SELECT pg_sleep(1)")
        assert driver.read("SELECT 1") == [(1,)]
        with pytest.raises(Unusable):
            driver.read("DELETE FROM frameworks")
        assert driver.read(SETTINGS)[0][:3] == ("on", "50ms", "1s")
        with driver.transaction() as connection:
            assert connection.execute(SETTINGS).fetchone()[:3] == ("off", "50ms", "1s")
        with driver.transaction(unhurried=True) as connection:
            assert connection.execute(SETTINGS).fetchone()[:3] == ("off", "0", "0")
    assert others_see(url) == before


def test_the_least_integer_is_written_and_found(store: Store) -> None:
    """A minus sign binds less tightly than the `::` behind a literal."""
    values = dict.fromkeys(spec.name for spec in SAMPLES.fields) | {"number": 1, "amount": -(2**63), "tags": []}
    assert carry_out(store, RowChange("insert", SAMPLES, values=values | {"serial": 0})).kind == "created"
    query = Query(condition=Comparison("amount", "eq", (-(2**63),)))
    assert len(store.look_up(Plan("page", SAMPLES, query=query)).rows) == 1


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def fails() -> None:
        with store.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks")
            raise KeyError("any")

    with pytest.raises(KeyError):
        fails()
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(4,)]


def test_a_violation_in_a_transaction_names_its_columns(store: Store) -> None:
    with pytest.raises(Taken) as caught, store.driver.transaction() as connection:
        connection.execute("INSERT INTO frameworks (name, created, parent) VALUES ('Flask', 1, 'x')")
    assert caught.value.columns == ("name",)


def test_import_export_and_migrations_work(store: Store, url: str, tmp_path: Path) -> None:
    before = others_see(url)
    path = tmp_path / "samples.csv"
    path.write_text(
        "number,label,price,day,moment,code,tags\n"
        '1,a,1.50,2020-01-02,2020-01-02T03:04:05Z,00000000-0000-4000-8000-000000000000,"[""x""]"\n'
        "2,b,,,,,[]\n"
    )
    assert import_rows(store, SAMPLES, path).rows == 2
    out = io.BytesIO()
    assert export_rows(store, SAMPLES, out, "csv") == 2
    first = next(csv.DictReader(io.StringIO(out.getvalue().decode())))
    assert (first["price"], first["day"], first["moment"]) == ("1.50", "2020-01-02", "2020-01-02T03:04:05Z")
    with closing(Store(open_driver(url), [declare(Framework, "/others", read=public(), initial=FOUR)])) as more:
        for _ in range(2):
            apply_difference(more)
            assert find_difference(more).changes == ()
    assert others_see(url) == before


def test_a_unit_is_one_transaction_that_leaves_nothing_behind(url: str) -> None:
    with closing(Store.open(url, [FRAMEWORKS, SAMPLES], outbox=True)) as store:
        others, before = others_see(url), store.look_up(FLASK).row[1]
        for number in range(6):
            changed = {**VALUES, "name": "Flask", "created": 2000 + number}
            made = RowChange("insert", FRAMEWORKS, values={**VALUES, "name": f"n{number}", "created": -(2**63)})
            result = store.carry_out(
                Unit((RowChange("replace", FRAMEWORKS, "Flask", before + number, changed), made))
            )
            assert [outcome.kind for outcome in result.outcomes] == ["replaced", "created"]
            assert result.outcomes[1].row[3:6] == (f"n{number}", -(2**63), VALUES["parent"])
            assert store.carry_out(Unit((RowChange("insert", FRAMEWORKS, values=VALUES), made))).failed == 1
            lost = RowChange("delete", FRAMEWORKS, "Flask", before + number)
            assert store.carry_out(Unit((RowChange("insert", FRAMEWORKS, values=VALUES), lost))).failed == 1
        assert store.outbox is not None
        assert len(store.outbox.changes_after(START)) == 12
        assert store.look_up(Plan("item", FRAMEWORKS, "New")).kind == "missing"
    assert others_see(url) == others


def test_the_limits_of_time_hold_in_a_unit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgresql_settings.SETTINGS, "statement_timeout", "100ms")
    driver = PostgresqlDriver(store.driver.url)  # type: ignore[attr-defined]
    slow = Write("SELECT pg_sleep(5), current_setting('statement_timeout')")
    with closing(driver), pytest.raises(TimedOut):
        driver.write_all([Write("SELECT 1"), slow])


def test_the_api_answers_through_it(url: str) -> None:
    with serving(database=url) as served:
        tag = served.send("GET", "/frameworks/Flask")["etag"]
        assert served.send("GET", "/frameworks/Flask", {"If-None-Match": tag}).status == 304
        key = served.key()
        new = {"name": "New", "created": 2000}
        assert served.send("POST", "/frameworks", [], new, key=key).status == 201
        assert served.send("GET", "/frameworks?created=2000").json()["totalItems"] == 1


@pytest.mark.slow
def test_a_server_that_comes_back_is_used_again(store: Store, postgres_server: PostgresServer) -> None:
    store.look_up(FLASK)
    postgres_server.kill()
    for ask in (
        partial(store.look_up, FLASK),
        partial(carry_out, store, RowChange("insert", FRAMEWORKS, values=VALUES)),
    ):
        with pytest.raises(Unreachable):
            ask()
    postgres_server.start()
    assert wait_until(lambda: answers(store), 5)  # PgBouncer itself waits for a second
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values={**VALUES, "name": "Newer"})).kind == "created"
