"""Api(app, engine=...): the engine of the application is used as it is, for models and for resources of our own."""

import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from restwell import Api, DeclarationError, Field, Resource, public
from restwell.storage.databases import UnknownDatabase
from restwell.storage.migrations import find_difference
from tests.api import JSON, MERGE_PATCH, Client
from tests.arguments import shows
from tests.restwell.storage.given.engines import LIBRARIES, Author, Base, Counted, Novel, an_engine, sa_url

CONTENT = {"Content-Type": JSON, "Accept": JSON}
PATCH = {"Content-Type": MERGE_PATCH, "Accept": JSON}


@pytest.fixture
def database_url(engine_url: str) -> str:
    """Each test runs once for each library of an engine."""
    return engine_url


class Trip(Resource):
    """A resource of Restwell's own, with values that databases keep in ways of their own."""

    id: int = Field(identity=True)
    begins: datetime
    takes: timedelta
    price: Decimal = Field(Decimal(0), max_digits=8, decimal_places=2)
    stops: list[str] = Field([])


TRIP = {"id": 1, "begins": "2024-05-06T07:08:09Z", "takes": "P1D"}


def an_application(engine: Any) -> Flask:
    app = Flask("tests")
    api = Api(app, engine=engine)
    api.resource("/authors", model=Author, read=public(), write=public())
    api.resource("/novels", model=Novel, read=public(), write=public())
    api.resource("/trips", read=public(), write=public())(Trip)
    return app


def a_client(engine: Any) -> Client:
    return Client(an_application(engine).wsgi_app)


@contextmanager
def serving_novels(database_url: str, **options: Any) -> Iterator[tuple[Client, sa.Engine]]:
    with an_engine(database_url, **options) as engine:
        yield a_client(engine), engine


@shows("Api", "engine")
def test_models_are_read_and_written_by_the_engine_that_is_given(database_url: str) -> None:
    with serving_novels(database_url) as (client, engine):
        made = client.send("POST", "/authors", CONTENT, {"name": "Ada", "born": 1815})
        assert (made.status, made["location"]) == (201, "http://localhost/authors/1")
        with engine.begin() as connection:
            assert connection.execute(sa.select(Author.name, Author.born)).all() == [("Ada", 1815)]
            connection.execute(sa.update(Author).values(born=1816))
        found = client.send("GET", "/authors/1", {"Accept": JSON})
        assert found.json() == {"id": 1, "name": "Ada", "born": 1816}
        changed = client.send("PATCH", "/authors/1", {**PATCH, "If-Match": found["etag"]}, {"born": None})
        assert (changed.status, changed.json()) == (200, {"id": 1, "name": "Ada"})
        late = client.send("PATCH", "/authors/1", {**PATCH, "If-Match": found["etag"]}, {"born": 1})
        assert late.status == 412
        page = client.send("GET", "/authors?name[icontains]=AD&sort=-name&limit=1", {"Accept": JSON})
        assert [each["name"] for each in page.json()["authors"]] == ["Ada"]
        assert client.send("DELETE", "/authors/1").status == 204
        assert client.send("GET", "/authors/1").status == 404


def test_a_resource_of_restwells_lives_in_the_database_of_the_engine(database_url: str) -> None:
    trip = {"id": 1, "begins": "2024-05-06T07:08:09.5+02:00", "takes": "P1DT2H", "price": "12.50", "stops": ["here"]}
    with serving_novels(database_url) as (client, engine):
        made = client.send("POST", "/trips", CONTENT, trip)
        assert made.status == 201
        assert made.json() == {**trip, "begins": "2024-05-06T05:08:09.500000Z"}
        found = client.send("GET", "/trips/1", {"Accept": JSON})
        assert found.json() == made.json()
        assert found["etag"] == made["etag"]
        changed = client.send("PATCH", "/trips/1", {**PATCH, "If-Match": found["etag"]}, {"stops": []})
        assert (changed.status, changed.json()["stops"]) == (200, [])
        assert client.send("POST", "/trips", CONTENT, trip).status == 409
        assert client.send("DELETE", "/trips/1").status == 204
        tables = set(sa.inspect(engine).get_table_names())
        assert {"trips", "restwell_keys", "restwell_secrets", "authors", "novels"} <= tables


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a value that is taken": ({"path": "/authors", "name": "Ada"}, 409, "/name"),
    "a reference to nothing": ({"path": "/novels", "title": "It", "author_id": 99}, 409, "/author_id"),
    "a check": ({"path": "/novels", "title": "It", "pages": 0}, 422, "/pages"),
    "a validator": ({"path": "/novels", "title": "LOUD"}, 422, "/title"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_the_database_or_the_model_refuses_is_told_with_its_members(database_url: str, why: str) -> None:
    given, status, pointer = REFUSED[why]
    content = dict(given)
    path = content.pop("path")
    with serving_novels(database_url, pool_size=1, max_overflow=0, pool_timeout=2) as (client, engine):
        assert client.send("POST", "/authors", CONTENT, {"name": "Ada"}).status == 201
        answer = client.send("POST", path, CONTENT, content)
        pointers = [each.get("pointer") for each in answer.json().get("errors", [])]
        is_nameless = engine.dialect.name == "sqlite" and why == "a reference to nothing"
        assert (answer.status, pointers) == (status, [] if is_nameless else [pointer])
        assert client.send("GET", "/novels", {"Accept": JSON}).json()["novels"] == []


def test_the_events_of_the_pool_happen_and_every_connection_is_given_back(database_url: str) -> None:
    with serving_novels(database_url) as (client, engine):
        counted = Counted(engine)
        statements: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        client.send("GET", "/novels")
        before = counted.taken
        client.send("GET", "/novels")
        assert counted.taken == before + 1
        client.send("POST", "/novels", CONTENT, {"title": "It"})
        client.send("POST", "/novels", CONTENT, {"title": "LOUD"})
        client.send("GET", "/novels/1")
        client.send("GET", "/novels/9")
        client.send("DELETE", "/novels/1")
        assert counted.taken == counted.given_back
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a QueuePool
        assert any(text.startswith("INSERT INTO novels") for text in statements)


def all_at_once(*calls: Callable[[], object]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@pytest.mark.parametrize("size", [1, 5])
def test_of_64_writers_with_if_match_none_is_lost(database_url: str, size: int) -> None:
    options = {"pool_size": size, "max_overflow": 0, "pool_timeout": 60}
    with serving_novels(database_url, **options) as (client, _):
        client.send("POST", "/novels", CONTENT, {"title": "It", "pages": 1})
        statuses: Counter[int] = Counter()

        def count_up() -> None:
            for _ in range(200):
                found = client.send("GET", "/novels/1", {"Accept": JSON})
                content = {"pages": found.json()["pages"] + 1}
                status = client.send("PATCH", "/novels/1", {**PATCH, "If-Match": found["etag"]}, content).status
                statuses[status] += 1
                if status == 200:
                    return

        all_at_once(*[count_up] * 64)
        assert set(statuses) <= {200, 412, 503}
        assert statuses[200] == 64
        assert client.send("GET", "/novels/1", {"Accept": JSON}).json()["pages"] == 65


def test_a_pool_of_one_connection_serves_readers_and_writers_at_once(database_url: str) -> None:
    with serving_novels(database_url, pool_size=1, max_overflow=0, pool_timeout=20) as (client, _):
        statuses: Counter[tuple[str, int]] = Counter()

        def read() -> None:
            for _ in range(20):
                statuses["GET", client.send("GET", "/novels").status] += 1

        def write() -> None:
            for _ in range(10):
                statuses["POST", client.send("POST", "/novels", CONTENT, {"title": "It", "author_id": 9}).status] += 1

        all_at_once(read, write, read, write)
        assert statuses == {("GET", 200): 40, ("POST", 409): 20}


@pytest.mark.parametrize("library", LIBRARIES)
def test_settings_of_the_applications_connections_stay_as_they_are(postgresql_url: str, library: str) -> None:
    with serving_novels(sa_url(postgresql_url, library), pool_size=1, max_overflow=0) as (client, engine):

        @sa.event.listens_for(engine, "connect")
        def berlin(connection: Any, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute("SET timezone = 'Europe/Berlin'; SET intervalstyle = 'postgres'")
            connection.commit()

        engine.dispose()
        assert client.send("POST", "/trips", CONTENT, TRIP).status == 201
        found = client.send("GET", "/trips/1", {"Accept": JSON}).json()
        assert (found["begins"], found["takes"]) == ("2024-05-06T07:08:09Z", "P1D")
        with engine.connect() as connection:
            for name, value in {
                "timezone": "Europe/Berlin", "intervalstyle": "postgres", "statement_timeout": "0",
                "transaction_read_only": "off",
            }.items():  # fmt: skip
                assert connection.exec_driver_sql(f"SHOW {name}").scalar() == value
            connection.exec_driver_sql("UPDATE novels SET pages = 2")


def end_sessions(url: str) -> None:
    """End every session of a database but this one."""
    with psycopg.connect(url) as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_server_that_was_restarted_is_asked_again(postgresql_url: str, library: str) -> None:
    with serving_novels(sa_url(postgresql_url, library)) as (client, _):
        client.send("POST", "/novels", CONTENT, {"title": "It"})
        end_sessions(postgresql_url)
        assert client.send("GET", "/novels/1").status == 200
        end_sessions(postgresql_url)
        assert client.send("PATCH", "/novels/1", PATCH, {"pages": 3}).status == 200


def begin_deferred(engine: sa.Engine) -> None:
    """As SQLAlchemy's documentation has it for transactions that are SQLite's own."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def rows_of_its_own(engine: sa.Engine) -> None:
    """Rows that are not tuples."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.row_factory = sqlite3.Row


def autocommit_off(engine: sa.Engine) -> None:
    """Transactions as Python has them since 3.12, where there is always one."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        if sys.version_info >= (3, 12):
            connection.autocommit = False


@pytest.mark.parametrize("setting", [begin_deferred, rows_of_its_own, autocommit_off])
def test_connections_that_the_application_has_set_up_otherwise_do(
    sqlite_url: str, setting: Callable[[sa.Engine], None]
) -> None:
    with an_engine(sqlite_url) as engine:
        setting(engine)
        engine.dispose()
        client = a_client(engine)
        assert client.send("POST", "/novels", CONTENT, {"title": "It"}).status == 201
        counts: Counter[int] = Counter()

        def count_up() -> None:
            found = client.send("GET", "/novels/1", {"Accept": JSON})
            content = {"pages": found.json()["pages"] + 1}
            counts[client.send("PATCH", "/novels/1", {**PATCH, "If-Match": found["etag"]}, content).status] += 1

        all_at_once(*[count_up] * 16)
        assert set(counts) <= {200, 412}
        assert client.send("GET", "/novels/1", {"Accept": JSON}).json()["pages"] == 1 + counts[200]
        assert client.send("POST", "/trips", CONTENT, TRIP).status == 201
        assert client.send("GET", "/trips/1").status == 200


def test_a_database_in_memory_has_one_connection_for_all_threads() -> None:
    with serving_novels("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}) as (client, _):
        statuses: Counter[int] = Counter()

        def write() -> None:
            for _ in range(20):
                statuses[client.send("POST", "/novels", CONTENT, {"title": "It"}).status] += 1
                statuses[client.send("GET", "/novels").status] += 1

        all_at_once(write, write, write)
        assert statuses == {201: 60, 200: 60}


def test_an_engine_may_come_of_a_function_that_is_called_within_the_application(sqlite_url: str) -> None:
    with an_engine(sqlite_url) as engine:
        asked = []

        def give() -> sa.Engine:
            asked.append(current_app.name)
            return engine

        client = a_client(give)
        assert asked == []
        assert client.send("GET", "/novels").status == 200
        assert client.send("GET", "/novels").status == 200
        assert asked == ["tests"]


def raised_by(app: Flask) -> Exception:
    [binding] = app.extensions["restwell"].values()
    with pytest.raises((UnknownDatabase, DeclarationError)) as raised:
        _ = binding.store
    return raised.value


NO_ENGINES: dict[str, tuple[Callable[[], Any], str]] = {
    "a URL": (lambda: lambda: "sqlite://", "engine= is given a builtins.str: give it what sqlalchemy.create_engine"),
    "asyncio": (
        lambda: create_async_engine("postgresql+psycopg://x").sync_engine,
        "is for asyncio, and Flask is not",
    ),
    "another database": (lambda: sa.create_engine("mysql+pymysql://root@127.0.0.1/x"), "speaks to mysql+pymysql"),
    "memory for each thread": (lambda: sa.create_engine("sqlite://"), "poolclass=sqlalchemy.StaticPool"),
}


@pytest.mark.parametrize("which", NO_ENGINES)
def test_what_is_no_engine_that_can_be_used_is_refused_by_name(which: str) -> None:
    make, words = NO_ENGINES[which]
    assert words in str(raised_by(an_application(make())))


def test_a_database_that_is_named_beside_an_engine_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_engine(sqlite_url) as engine:
        app = an_application(engine)
        app.config["RESTWELL_DATABASE"] = "sqlite:///other.db"
        assert "RESTWELL_DATABASE (the option --database) names a database beside it" in str(raised_by(app))
        app = an_application(engine)
        monkeypatch.setenv("RESTWELL_DATABASE", "sqlite:///other.db")
        assert "leave one of them out" in str(raised_by(app))


def test_tables_are_not_altered_by_the_engine_of_an_application(sqlite_url: str) -> None:
    with an_engine(sqlite_url) as engine:
        [binding] = an_application(engine).extensions["restwell"].values()
        with pytest.raises(UnknownDatabase, match="on an Api without engine=, with their database named"):
            find_difference(binding.store)


def test_the_tables_of_the_models_get_nothing_more(database_url: str) -> None:
    with serving_novels(database_url) as (client, engine):
        before = [(column["name"], str(column["type"])) for column in sa.inspect(engine).get_columns("novels")]
        client.send("POST", "/novels", CONTENT, {"title": "It"})
        after = [(column["name"], str(column["type"])) for column in sa.inspect(engine).get_columns("novels")]
        assert before == after
        assert set(Base.metadata.tables) == {"authors", "novels"}
