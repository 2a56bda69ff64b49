"""A test's turn: what is written to the databases of an application is taken back, however it was written."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from restwell import Api, Change, Field, Grant, Resource, public, scope
from restwell.storage.sqlite import restoring as of_sqlite
from restwell.web.flask.restoring import restoring
from tests.restwell.storage.given.engines import sa_url

JSON = {"Accept": "application/json"}


class Note(Resource):
    name: str = Field(identity=True)
    text: str = ""


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "song"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), unique=True)


Shape = Callable[[str], tuple[Flask, Api]]


def own(url: str) -> tuple[Flask, Api]:
    app = Flask("own")
    app.config["RESTWELL_DATABASE"] = url
    api = Api(app)
    api.resource("/songs", read=public(), write=public())(Note)
    return app, api


def of_models(url: str) -> tuple[Flask, Api]:
    engine = given_engine(url)
    Base.metadata.create_all(engine)
    app = Flask("models")
    if url == "sqlite://":
        api = Api(app, engine=engine)
    else:
        engine.dispose()
        app.config["RESTWELL_DATABASE"] = url
        api = Api(app)
    api.resource("/songs", model=Song, read=public(), write=public())
    return app, api


def on_an_engine(url: str) -> tuple[Flask, Api]:
    engine = given_engine(url)
    Base.metadata.create_all(engine)
    app = Flask("engine")
    api = Api(app, engine=engine)
    api.resource("/songs", model=Song, read=public(), write=public())
    return app, api


def of_flask_sqlalchemy(url: str) -> tuple[Flask, Api]:
    app = Flask("extension")
    app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app, model_class=Base)
    with app.app_context():
        Base.metadata.create_all(db.engine)
    api = Api(app)
    api.resource("/songs", model=Song, read=public(), write=public())
    return app, api


def given_engine(url: str) -> sa.Engine:
    if url == "sqlite://":
        return sa.create_engine(url, poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


SHAPES = [own, of_models, on_an_engine, of_flask_sqlalchemy]


DATABASES = ["sqlite", "sqlite in memory", "postgresql"]


def url_of(request: pytest.FixtureRequest, database: str) -> str:
    if database == "sqlite in memory":
        return "sqlite://"
    if database == "psycopg2":
        return sa_url(url_of(request, "postgresql"), "psycopg2")
    found = request.getfixturevalue(f"{database}_url")
    assert isinstance(found, str)
    return found


@pytest.fixture(params=[*DATABASES, "psycopg2"])
def url(request: pytest.FixtureRequest) -> str:
    return url_of(request, request.param)


@pytest.fixture(
    params=[
        *((shape, database) for shape in SHAPES for database in DATABASES),
        *((shape, "psycopg2") for shape in (on_an_engine, of_flask_sqlalchemy)),
    ],
    ids=lambda of: f"{of[0].__name__}-{of[1]}",
)
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Flask, Api]]:
    shape, database = request.param
    app, api = shape(url_of(request, database))
    yield app, api
    close(app, api)


def close(app: Flask, api: Api) -> None:
    store: Any = api.binding(app).store
    if hasattr(store.driver, "engine"):
        store.driver.engine.dispose()
    store.close()


def names(api: Api) -> list[str]:
    page = api.test_client().get("/songs?sort=name", headers=JSON)
    assert page.status_code == 200
    return [each["name"] for each in page.get_json()["songs"]]


def test_what_requests_write_is_there_until_the_end(made: tuple[Flask, Api]) -> None:
    app, api = made
    client = api.test_client()
    kept = client.post("/songs", json={"name": "kept"}, headers=JSON)
    assert kept.status_code == 201
    for _ in range(3):
        with restoring(app):
            created = client.post("/songs", json={"name": "a"}, headers=JSON)
            assert (created.status_code, names(api)) == (201, ["a", "kept"])
            assert client.post("/songs", json={"name": "a"}).status_code == 409
            changed = client.get(created.location, headers=JSON)
            assert client.delete(created.location, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
            assert client.delete(kept.location).status_code == 204
            assert client.post("/songs", json={"name": "b"}).status_code == 201
            assert names(api) == ["b"]
        assert names(api) == ["kept"]
    assert client.get(kept.location, headers=JSON).headers["ETag"] == kept.headers["ETag"]
    assert client.post("/songs", json={"name": "after"}).status_code == 201
    assert names(api) == ["after", "kept"]


def test_it_is_taken_back_where_the_test_fails(made: tuple[Flask, Api]) -> None:
    app, api = made

    def fail() -> None:
        with restoring(app):
            assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
            raise ValueError("the test fails")

    with pytest.raises(ValueError, match="the test fails"):
        fail()
    assert names(api) == []


def test_a_version_is_compared_in_a_test_as_outside_of_it(made: tuple[Flask, Api]) -> None:
    app, api = made
    client = api.test_client()
    with restoring(app):
        at = client.post("/songs", json={"name": "a"}, headers=JSON).location
        tag = client.get(at, headers=JSON).headers["ETag"]
        change = {"If-Match": tag, "Content-Type": "application/merge-patch+json"}
        field = "text" if app.name == "own" else "name"
        answers = [client.patch(at, data=f'{{"{field}": "{n}"}}', headers=change).status_code for n in range(2)]
        assert answers == [200, 412]


def test_threads_write_at_once_in_a_test(made: tuple[Flask, Api]) -> None:
    app, api = made
    statuses: list[int] = []

    def write(name: str) -> None:
        statuses.extend(api.test_client().post("/songs", json={"name": f"{name}{n}"}).status_code for n in range(5))

    with restoring(app):
        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (statuses, len(names(api))) == ([201] * 20, 20)
    assert names(api) == []


def test_nothing_of_the_connection_is_left_idle_for_too_long(postgresql_url: str) -> None:
    """A write limits how long its transaction may rest; that of the test goes on."""
    for shape in (own, of_models, on_an_engine):
        app, api = shape(postgresql_url)
        with restoring(app):
            assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
            store: Any = api.binding(app).store
            found = store.driver.read("SELECT name, setting FROM pg_settings WHERE name LIKE '%%timeout'")
            with store.driver.lend() as connection:
                rests = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
            assert dict(found)["idle_in_transaction_session_timeout"] == "5000"  # while it reads
            assert rests in {"0", "5s"}
            assert settings_of(store) == "0"
        close(app, api)
        with psycopg.connect(postgresql_url) as cleaning:
            cleaning.execute("DROP TABLE IF EXISTS song, note")


def settings_of(store: Any) -> str:
    """What holds in the transaction of the test, between requests."""
    given = store.driver.read.__self__ if hasattr(store.driver.read, "__self__") else store.driver
    with given.engine.raw_connection() as raw:
        cursor = raw.cursor()
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return str(cursor.fetchone()[0])


# Sessions of the application


def test_sessions_and_requests_see_what_the_other_has_committed(url: str) -> None:
    app, api = of_flask_sqlalchemy(url)
    db = app.extensions["sqlalchemy"]
    with app.app_context(), restoring(app):
        db.session.add(Song(name="by the test"))
        db.session.commit()
        assert names(api) == ["by the test"]
        assert api.test_client().post("/songs", json={"name": "by a request"}).status_code == 201
        assert db.session.scalars(sa.select(Song.name).order_by(Song.name)).all() == ["by a request", "by the test"]
    with app.app_context():
        assert db.session.scalars(sa.select(Song.name)).all() == []
    close(app, api)


def test_a_session_that_goes_on_after_the_test_holds_nothing_of_it(url: str) -> None:
    app, api = of_flask_sqlalchemy(url)
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        for _ in range(2):
            with restoring(app):
                db.session.add(Song(name="a"))
                db.session.flush()
                assert [each.name for each in db.session.scalars(sa.select(Song))] == ["a"]
            assert list(db.session) == []
            assert db.session.scalars(sa.select(Song)).all() == []
            db.session.commit()
    close(app, api)


def test_a_hook_that_writes_beside_the_change_is_taken_back_with_it(database_url: str) -> None:
    app, api = own(database_url)

    @api.after(Note, "create")
    def note(change: Change) -> None:
        change.session.execute(sa.text("CREATE TABLE IF NOT EXISTS beside (name text)"))
        change.session.execute(sa.text("INSERT INTO beside VALUES (:name)"), {"name": change.new.name})

    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
        assert api.binding(app).store.driver.read("SELECT name FROM beside") == [("a",)]
    with pytest.raises(Exception, match="does not have what this needs"):
        api.binding(app).store.driver.read("SELECT name FROM beside")
    close(app, api)


def test_a_call_after_a_commit_is_made_within_the_test_or_not_at_all(database_url: str) -> None:
    app, api = own(database_url)
    told: list[str] = []
    gate = threading.Event()

    @api.committed(Note, "create")
    def tell(change: Change) -> None:
        gate.wait(5)
        told.append(change.new.name)

    with restoring(app):
        gate.set()
        api.test_client().post("/songs", json={"name": "a"})
        end = time.monotonic() + 5
        while not told and time.monotonic() < end:
            time.sleep(0.01)
    gate.clear()
    with restoring(app):
        for name in "bc":
            api.test_client().post("/songs", json={"name": name})
        time.sleep(0.1)
        threading.Timer(0.2, gate.set).start()
    assert told == ["a", "b"], "the one that was being made is waited for, the other is taken back"
    assert api.binding(app).store.driver.read("SELECT id FROM restwell_calls") == []
    api.test_client().post("/songs", json={"name": "d"})
    end = time.monotonic() + 5
    while told[-1] != "d" and time.monotonic() < end:
        time.sleep(0.01)
    assert told == ["a", "b", "d"]
    close(app, api)


def test_keys_are_taken_back_too(database_url: str) -> None:
    app, api = own(database_url)
    api.resource("/closed", read=scope("closed"))(type("Closed", (Note,), {}))
    with app.app_context():
        with restoring(app):
            api.keys.create("a key", "closed:read")
            assert [each["name"] for each in api.keys.list()] == ["a key"]
        assert api.keys.list() == []
    close(app, api)


# What it does, and does not, by database


def test_in_sqlite_sequences_tables_and_what_other_programs_write_are_taken_back(sqlite_url: str) -> None:
    app, api = on_an_engine(sqlite_url)
    path = sqlite_url.removeprefix("sqlite:///")
    with restoring(app), closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE more (id integer PRIMARY KEY AUTOINCREMENT)")
        other.execute("INSERT INTO more DEFAULT VALUES")
        other.commit()
    with closing(sqlite3.connect(path)) as other:
        found = other.execute("SELECT name FROM sqlite_master WHERE name LIKE '%more%' OR name LIKE '%sequence'")
        assert found.fetchall() == []
    close(app, api)


def test_in_sqlite_a_transaction_that_is_left_open_is_told_of(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_sqlite, "PATIENCE", 0.1)
    app, api = on_an_engine(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    turn = restoring(app)
    turn.__enter__()
    assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TimeoutError, match="a connection has not ended its transaction"):
        turn.__exit__(None, None, None)
    other.close()
    close(app, api)


def test_a_sqlite_file_with_pages_of_another_size_and_without_wal_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as first:
        first.execute("PRAGMA page_size = 1024")
        first.execute("CREATE TABLE song (id integer PRIMARY KEY, name varchar(50) UNIQUE NOT NULL)")
    first.close()
    app, api = on_an_engine(f"sqlite:///{path}")
    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
    assert names(api) == []
    close(app, api)


def test_in_postgresql_sequences_go_on(postgresql_url: str) -> None:
    app, api = on_an_engine(postgresql_url)
    for number in (1, 2):
        with restoring(app):
            assert api.test_client().post("/songs", json={"name": "a"}, headers=JSON).get_json()["id"] == number
    close(app, api)


def test_in_postgresql_other_programs_see_nothing_of_it(postgresql_url: str) -> None:
    app, api = on_an_engine(postgresql_url)
    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
        with psycopg.connect(postgresql_url) as other:
            assert other.execute("SELECT count(*) FROM song").fetchone() == (0,)
    close(app, api)


def test_in_postgresql_a_server_that_is_gone_has_taken_it_back_itself(postgresql_url: str) -> None:
    app, api = on_an_engine(postgresql_url)
    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
        with psycopg.connect(postgresql_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    assert names(api) == []
    close(app, api)


def test_models_in_mariadb_are_taken_back(mariadb_url: str) -> None:
    engine = sa.create_engine(mariadb_url)
    Base.metadata.create_all(engine)
    app = Flask("mariadb")
    api = Api(app, engine=engine)
    api.resource("/songs", model=Song, read=public(), write=public())
    for _ in range(2):
        with restoring(app):
            assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
            assert names(api) == ["a"]
        assert names(api) == []
    close(app, api)


def test_two_apis_on_one_engine_have_one_transaction(database_url: str) -> None:
    app, api = on_an_engine(database_url)
    second = Api(app, url_prefix="/two", engine=api.engine)
    second.resource("/songs", model=Song, read=public(), write=public())
    client = second.test_client(as_=Grant(subject="ada"))
    with restoring(app):
        assert client.post("/two/songs", json={"name": "a"}).status_code == 201
        assert names(api) == ["a"]
    assert names(api) == []
    with Session(api.engine) as session:
        assert session.scalars(sa.select(Song)).all() == []
    close(app, api)
    second.binding(app).store.close()


def test_an_application_without_an_api_is_refused() -> None:
    with pytest.raises(RuntimeError, match="has no API"), restoring(Flask("none")):
        pass


def two_engines(*urls: str) -> tuple[Flask, Api, list[sa.Engine]]:
    """An API of two models, each in a database of its own."""
    bases = [type(f"Base{place}", (DeclarativeBase,), {}) for place in range(len(urls))]
    engines = [sa.create_engine(sa_url(url)) for url in urls]
    app = Flask("two")
    api = Api(app, engine=dict(zip(bases, engines, strict=True)))
    for place, base in enumerate(bases):
        members = {"__tablename__": f"songs{place}", "name": mapped_column(sa.String(20), primary_key=True)}
        model: Any = type(f"Song{place}", (base,), members)
        model.metadata.create_all(engines[place])
        api.resource(f"/songs{place}", model=model, read=public(), write=public())
    return app, api, engines


def test_it_is_taken_back_in_each_of_several_databases(sqlite_url: str, postgresql_url: str) -> None:
    app, api, engines = two_engines(sqlite_url, postgresql_url)
    client: Any = api.test_client()
    with restoring(app):
        for place in range(2):
            assert client.post(f"/songs{place}", json={"name": "a"}).status_code == 201
    assert [client.get(f"/songs{place}").get_json()["totalItems"] for place in range(2)] == [0, 0]
    for engine in engines:
        engine.dispose()


def test_a_connection_of_psycopg_2_is_otherwise_as_it_was(postgresql_url: str) -> None:
    app, api = on_an_engine(sa_url(postgresql_url, "psycopg2"))
    with restoring(app):
        with closing(api.engine.raw_connection()) as raw:
            with raw.dbapi_connection as connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO song (name) VALUES ('kept')")
            fail = pytest.raises(ZeroDivisionError)
            with fail, raw.dbapi_connection as connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO song (name) VALUES ('rolled back')")
                raise ZeroDivisionError
            raw.dbapi_connection.cursor_factory = raw.dbapi_connection.cursor_factory
            assert raw.dbapi_connection.info.server_version > 0
        assert names(api) == ["kept"]
    assert names(api) == []
    close(app, api)


def test_an_engine_of_psycopg_2_that_commits_each_statement_is_taken_back(postgresql_url: str) -> None:
    engine = sa.create_engine(sa_url(postgresql_url, "psycopg2"), isolation_level="AUTOCOMMIT")
    Base.metadata.create_all(engine)
    app = Flask("loose")
    api = Api(app, engine=engine)
    api.resource("/songs", model=Song, read=public(), write=public())
    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
        with Session(engine) as session:
            session.add(Song(name="b"))
            session.commit()
        assert names(api) == ["a", "b"]
    assert names(api) == []
    close(app, api)


def test_a_transaction_of_psycopg_3_is_one_in_a_test(postgresql_url: str) -> None:
    app, api = on_an_engine(postgresql_url)
    with restoring(app):
        with closing(api.engine.raw_connection()) as raw:
            connection: Any = raw.dbapi_connection
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO song (name) VALUES ('kept')")
            fail = pytest.raises(ZeroDivisionError)
            with fail, connection.transaction(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO song (name) VALUES ('rolled back')")
                raise ZeroDivisionError
        assert names(api) == ["kept"]
    assert names(api) == []
    close(app, api)


def test_rows_are_exported_within_a_test(url: str) -> None:
    app, api = on_an_engine(url)
    with restoring(app):
        assert api.test_client().post("/songs", json={"name": "a"}).status_code == 201
        store: Any = api.binding(app).store
        assert list(store.driver.stream("SELECT name FROM song")) == [[("a",)]]
        assert names(api) == ["a"]
    assert names(api) == []
    close(app, api)
