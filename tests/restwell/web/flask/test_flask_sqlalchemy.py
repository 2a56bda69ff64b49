"""In the house of Flask-SQLAlchemy, and of its Lite: their engine, their session, and the fast path beside them."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
import sqlalchemy as sa
from flask import Flask, g, request
from flask_login import LoginManager  # type: ignore[import-untyped]  # it has none
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from restwell import Api, Change, DeclarationError, Field, Refuse, Resource, Source, public
from restwell.web.flask.databases import database_of
from restwell.web.flask.settings import read_setting
from tests.api import JSON, MERGE_PATCH, Client
from tests.arguments import shows
from tests.restwell.storage.children import in_children
from tests.restwell.storage.given.engines import LIBRARIES, Base, Counted, Novel, sa_url

CONTENT = {"Content-Type": JSON, "Accept": JSON}
PATCH = {"Content-Type": MERGE_PATCH, "Accept": JSON}
House = Callable[[str], tuple[Flask, Any, type[Any]]]


def in_flask_sqlalchemy(url: str, **options: Any) -> tuple[Flask, Any, type[Any]]:
    """An application with Flask-SQLAlchemy and a model of it."""

    class Models(DeclarativeBase):
        pass

    app = Flask("tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = sa_url(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db = flask_sqlalchemy.SQLAlchemy(app, model_class=Models)

    class Song(db.Model):  # type: ignore[name-defined,misc]  # as Flask-SQLAlchemy has it
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(sa.String(40))
        plays: Mapped[int] = mapped_column(default=0)

    return app, db, Song


def in_the_lite(url: str, **options: Any) -> tuple[Flask, Any, type[Any]]:
    """The same with Flask-SQLAlchemy-Lite, whose models are nobody's."""
    app = Flask("tests")
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": sa_url(url), **options}}
    return app, flask_sqlalchemy_lite.SQLAlchemy(app), song_of_its_own()


def song_of_its_own() -> type[Any]:
    class Models(DeclarativeBase):
        pass

    class Song(Models):
        __tablename__ = "song"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str] = mapped_column(sa.String(40))
        plays: Mapped[int] = mapped_column(default=0)

    return Song


@pytest.fixture
def database_url(engine_url: str) -> str:
    """Each test runs once for each library of an engine."""
    return engine_url


HOUSES: dict[str, Any] = {"flask-sqlalchemy": in_flask_sqlalchemy, "flask-sqlalchemy-lite": in_the_lite}


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest) -> Any:
    return HOUSES[request.param]


@contextmanager
def living(house: Any, url: str, **options: Any) -> Iterator[tuple[Client, Flask, Any, type[Any]]]:
    """A client of an application whose songs are served, with the tables made."""
    app, db, song = house(url, **options)
    api = Api(app)
    api.resource("/songs", model=song, read=public(), write=public())
    with app.app_context():
        song.metadata.create_all(db.engine)
    try:
        yield Client(app.wsgi_app), app, db, song
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def goes_fast(client: Client, app: Flask) -> bool:
    """Whether a request goes the fast path: Flask knows nothing of it then."""
    before = app._got_first_request
    assert client.send("GET", "/songs").status == 200
    return app._got_first_request is before is False


def test_an_api_with_models_takes_the_engine_that_is_there(house: Any, database_url: str) -> None:
    with living(house, database_url) as (client, app, db, song):
        assert client.send("POST", "/songs", CONTENT, {"title": "It"}).status == 201
        with app.app_context():
            counted = Counted(db.engine)
            assert db.session.scalars(sa.select(song.title)).all() == ["It"]
        assert client.send("GET", "/songs/1").status == 200
        assert client.send("PATCH", "/songs/1", PATCH, {"plays": 1}).status == 200
        assert counted.taken == counted.given_back > 1


def test_what_a_source_of_its_own_holds_needs_no_engine(house: Any, sqlite_url: str) -> None:
    class Held(Source):
        def all(self) -> list[dict[str, Any]]:
            return [{"name": "it"}]

    app, _, _ = house(sqlite_url)
    api = Api(app)

    @api.resource("/things", source=Held(), read=public())
    class Thing(Resource):
        name: str = Field(identity=True)

    assert database_of(app, None, api.declarations) == read_setting({}, "DATABASE")


def test_the_fast_path_is_open_beside_it(house: Any, sqlite_url: str) -> None:
    with living(house, sqlite_url) as (client, app, _, _):
        assert goes_fast(client, app)
        assert client.send("POST", "/songs", CONTENT, {"title": "It"}).status == 201
        assert goes_fast(client, app)


def test_a_session_that_was_begun_before_sees_what_was_committed(house: Any, database_url: str) -> None:
    with living(house, database_url, pool_size=1, max_overflow=0, pool_timeout=1) as (client, app, db, song):
        seen: list[tuple[str, int]] = []
        client.send("GET", "/songs")  # the store is open, and its tables are made

        @app.before_request
        def look() -> None:
            g.song = db.session.get(song, 1)
            if g.song is not None:
                seen.append(("before", g.song.plays))

        @app.after_request
        def look_again(response: Any) -> Any:
            if g.song is not None:
                seen.append(("after", g.song.plays))
            return response

        assert client.send("POST", "/songs", CONTENT, {"title": "It"}).status == 201
        assert client.send("PATCH", "/songs/1", PATCH, {"plays": 7}).status == 200
        assert client.send("GET", "/songs/1", {"Accept": JSON}).json()["plays"] == 7
        assert seen == [("before", 0), ("after", 7), ("before", 7), ("after", 7)]


def test_what_is_written_is_written_by_the_session_of_the_application(house: Any, database_url: str) -> None:
    with living(house, database_url) as (client, app, db, _):
        flushed: list[list[str]] = []
        with app.app_context():
            of = db.session if house is in_flask_sqlalchemy else db.sessionmaker

            @sa.event.listens_for(of, "before_flush")
            def note(session: Session, *_: object) -> None:
                flushed.append(sorted(type(each).__name__ for each in [*session.new, *session.dirty]))

        assert client.send("POST", "/songs", CONTENT, {"title": "It"}).status == 201
        assert client.send("PATCH", "/songs/1", PATCH, {"plays": 7}).status == 200
        assert flushed == [["Song"], ["Song"]]


def test_what_the_session_holds_is_committed_with_a_change_and_taken_back_with_a_refusal(
    house: Any, database_url: str
) -> None:
    with living(house, database_url) as (client, app, db, song):

        @app.before_request
        def note() -> None:
            db.session.add(song(title="a note"))

        def titles() -> list[str]:
            with app.app_context():
                return sorted(db.session.scalars(sa.select(song.title)))

        assert client.send("POST", "/songs", CONTENT, {"title": "x" * 41}).status == 422
        assert client.send("GET", "/songs").status == 200
        assert titles() == []
        assert client.send("POST", "/songs", CONTENT, {"title": "It"}).status == 201
        assert titles() == ["It", "a note"]


def test_a_change_is_decided_on_what_is_there_and_not_on_what_the_session_has_read(
    house: Any, database_url: str
) -> None:
    with living(house, database_url) as (client, app, db, song):
        client.send("POST", "/songs", CONTENT, {"title": "old"})

        @app.before_request
        def read_and_let_others_change() -> None:
            g.song = db.session.get(song, 1)
            db.session.commit()
            g.title = g.song.title
            db.session.rollback()
            with db.engine.begin() as connection:
                connection.execute(sa.update(song).values(title="new"))

        assert client.send("PATCH", "/songs/1", PATCH, {"title": "old"}).status == 200
        with app.app_context():
            assert db.session.scalars(sa.select(song.title)).all() == ["old"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_refused_query_leaves_the_transaction_of_the_application_as_it_was(
    postgresql_url: str, library: str
) -> None:
    with living(in_flask_sqlalchemy, sa_url(postgresql_url, library)) as (client, app, db, song):
        client.send("POST", "/songs", CONTENT, {"title": "It"})
        seen = []

        @app.before_request
        def begin() -> None:
            db.session.execute(sa.text("SET LOCAL lock_timeout = '7s'"))

        @app.after_request
        def go_on(response: Any) -> Any:
            seen.append((response.status_code, db.session.execute(sa.text("SHOW lock_timeout")).scalar()))
            db.session.execute(sa.update(song).values(plays=9))
            return response

        client.send("GET", "/songs/1")
        client.send("GET", "/songs/99999999999999999999")
        client.send("GET", "/songs/9999999999999")
        assert seen == [(200, "7s"), (404, "7s"), (404, "7s")]


def test_a_named_database_comes_before_the_engine_of_the_extension(
    house: Any, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, _, song = house("sqlite:///elsewhere.db")
    app.config["RESTWELL_DATABASE"] = sqlite_url
    Api(app).resource("/songs", model=song, read=public())
    [binding] = app.extensions["restwell"].values()
    assert binding.database == sqlite_url
    assert "models are served from the database that RESTWELL_DATABASE (the option --database) names" in caplog.text


def test_an_api_without_models_keeps_its_own_database(house: Any, sqlite_url: str) -> None:
    app, _, _ = house(sqlite_url)

    class Plain(Resource):
        id: int = Field(identity=True)

    Api(app).resource("/plain", read=public())(Plain)
    [binding] = app.extensions["restwell"].values()
    assert binding.database == "sqlite:///restwell.db"


def test_an_engine_of_the_extension_that_is_given_goes_with_its_session(sqlite_url: str) -> None:
    app, db, song = in_flask_sqlalchemy(sqlite_url)
    Api(app, engine=lambda: db.engine).resource("/songs", model=song, read=public(), write=public())
    [binding] = app.extensions["restwell"].values()
    assert binding.database.sessions is not None
    other = sa.create_engine(sqlite_url)
    app, db, song = in_flask_sqlalchemy(sqlite_url)
    Api(app, engine=other).resource("/songs", model=song, read=public(), write=public())
    [binding] = app.extensions["restwell"].values()
    assert binding.database.sessions is None


def with_two_binds(url: str, other: str) -> tuple[Flask, Any, type[Any], type[Any]]:
    class Models(DeclarativeBase):
        pass

    app = Flask("tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = sa_url(url)
    app.config["SQLALCHEMY_BINDS"] = {"other": sa_url(other)}
    db = flask_sqlalchemy.SQLAlchemy(app, model_class=Models)

    class Here(db.Model):  # type: ignore[name-defined,misc]  # as Flask-SQLAlchemy has it
        id: Mapped[int] = mapped_column(primary_key=True)

    class There(db.Model):  # type: ignore[name-defined,misc]  # as above
        __bind_key__ = "other"
        id: Mapped[int] = mapped_column(primary_key=True)

    return app, db, Here, There


def test_an_api_has_the_engine_of_the_bind_that_all_its_models_have(sqlite_url: str, tmp_path: Any) -> None:
    app, db, _, there = with_two_binds(sqlite_url, f"sqlite:///{tmp_path / 'other.db'}")
    Api(app).resource("/there", model=there, read=public(), write=public())
    with app.app_context():
        db.create_all()
        assert Client(app.wsgi_app).send("POST", "/there", CONTENT, {}).status == 201
        assert sa.inspect(db.engines["other"]).has_table("restwell_keys")
        assert not sa.inspect(db.engine).has_table("restwell_keys")
        for engine in db.engines.values():
            engine.dispose()


# -- what sees requests, and what need not ---------------------------------------------------------------------


def a_hook() -> None:
    """Sees every request."""


@shows("Api", "unseen_by")
@pytest.mark.parametrize("unseen, fast", [((), False), (["flask_login"], True), (["flask"], False)])
def test_hooks_that_need_not_see_requests_leave_the_fast_path_open(
    sqlite_url: str, unseen: list[str], fast: bool
) -> None:
    app, db, song = in_flask_sqlalchemy(sqlite_url)
    app.secret_key = "a secret"
    LoginManager(app)
    Api(app, unseen_by=unseen).resource("/songs", model=song, read=public())
    with app.app_context():
        db.create_all()
    client = Client(app.wsgi_app)
    assert goes_fast(client, app) is fast
    with app.app_context():
        db.engine.dispose()


def test_a_function_may_be_named_itself(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    for unseen, fast in (((), False), ([a_hook], True)):
        app, db, song = in_flask_sqlalchemy(sqlite_url)
        app.before_request(a_hook)
        Api(app, unseen_by=unseen).resource("/songs", model=song, read=public())
        with app.app_context():
            db.create_all()
        caplog.clear()
        client = Client(app.wsgi_app)
        assert goes_fast(client, app) is fast
        assert goes_fast(client, app) is fast
        told = [record.getMessage() for record in caplog.records if record.name == "restwell"]
        line = (
            f"requests to the API do not take the fast path, as they would be seen by {__name__}.a_hook; "
            "what need not see them is named by Api(unseen_by=[...])"
        )
        assert told == ([] if fast else [line])
        with app.app_context():
            db.engine.dispose()


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"unseen_by has 3: give it functions, or names of modules"):
        Api(unseen_by=[3])  # type: ignore[list-item]  # that is what is refused
    app = Flask("tests")
    Api(app, unseen_by=["flask_logn"]).resource("/novels", model=Novel, read=public())
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    [binding] = app.extensions["restwell"].values()
    with pytest.raises(DeclarationError, match=r"names the module 'flask_logn', which nothing has imported"):
        _ = binding.service


def test_models_of_another_base_are_served_too(sqlite_url: str) -> None:
    app, db, _ = in_flask_sqlalchemy(sqlite_url)
    Api(app).resource("/novels", model=Novel, read=public(), write=public())
    with app.app_context():
        Base.metadata.create_all(db.engine)
    assert Client(app.wsgi_app).send("POST", "/novels", CONTENT, {"title": "It"}).status == 201
    with app.app_context():
        db.engine.dispose()


def test_writers_that_hold_the_only_connection_and_those_that_wait_for_it_both_write(
    house: Any, database_url: str
) -> None:
    with living(house, database_url, pool_size=1, max_overflow=0, pool_timeout=20) as (client, app, db, song):
        client.send("GET", "/songs")  # the store is open, and its tables are made

        @app.before_request
        def read_some() -> None:
            if request.headers.get("X-Read"):
                db.session.get(song, 1)

        statuses: Counter[int] = Counter()

        def write(headers: dict[str, str]) -> None:
            for _ in range(30):
                statuses[client.send("POST", "/songs", {**CONTENT, **headers}, {"title": "It"}).status] += 1

        threads = [threading.Thread(target=write, args=(each,)) for each in ({}, {"X-Read": "1"}) * 2]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert statuses == {201: 120}


def test_what_a_test_of_the_application_takes_back_is_seen_until_then(database_url: str) -> None:
    with living(in_flask_sqlalchemy, database_url) as (client, app, db, _):
        client.send("POST", "/songs", CONTENT, {"title": "kept"})
        with app.app_context(), db.engine.connect() as connection:
            transaction = connection.begin()
            db.session.configure(bind=connection, join_transaction_mode="create_savepoint")
            if db.engine.dialect.name == "sqlite":  # savepoints need it (sqlite3 begins no transaction for them)
                connection.exec_driver_sql("BEGIN")
            assert client.send("POST", "/songs", CONTENT, {"title": "theirs"}).status == 201
            assert len(client.send("GET", "/songs", CONTENT).json()["songs"]) == 2
            db.session.remove()
            transaction.rollback()
            db.session.configure(bind=None)
        assert len(client.send("GET", "/songs", CONTENT).json()["songs"]) == 1


def test_a_request_within_a_hook_commits_nothing_of_the_change_that_it_is_of(house: Any, database_url: str) -> None:
    app, db, song = house(database_url)
    api = Api(app)
    api.resource("/songs", model=song, read=public(), write=public())
    found: list[int] = []

    @api.after(song, "create")
    def ask(change: Change) -> None:
        if change.new.title == "outer":
            client: Any = app.test_client()
            found.append(client.post("/songs", json={"title": "inner"}).status_code)
            found.append(client.get("/songs?title=outer").get_json()["totalItems"])
            raise Refuse(409, "There is no outer.")

    with app.app_context():
        song.metadata.create_all(db.engine)
    client: Any = app.test_client()
    began = time.monotonic()
    assert client.post("/songs", json={"title": "outer"}).status_code == 409
    took = time.monotonic() - began
    titles = [each["title"] for each in client.get("/songs").get_json()["member"]]
    one_writer = database_url.startswith("sqlite")
    assert (found, titles) == (([503, 1], []) if one_writer else ([201, 1], ["inner"]))
    assert took < 2
    with app.app_context():
        db.session.add(song(title="own"))
        db.session.commit()  # the session is the application's again
    assert client.post("/songs", json={"title": "next"}).status_code == 201
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@shows("Api", "unseen_by")
def test_filters_that_sessions_add_to_queries_are_refused_by_name(sqlite_url: str) -> None:
    app, db, song = in_flask_sqlalchemy(sqlite_url)

    def leave_out(state: ORMExecuteState) -> None:
        state.statement = state.statement.options(with_loader_criteria(song, song.plays < 9))

    api = Api(app)
    api.resource("/songs", model=song, read=public())
    sa.event.listen(db.session, "do_orm_execute", leave_out)
    with pytest.raises(DeclarationError, match=r"leave_out listens to do_orm_execute of the application's sessions"):
        _ = api.binding(app).store


def test_a_filter_of_every_session_is_refused_unless_it_is_named(sqlite_url: str) -> None:
    def leave_out(_: ORMExecuteState) -> None:
        raise AssertionError("reads do not call it")

    app, db, song = in_the_lite(sqlite_url)
    with app.app_context():
        song.metadata.create_all(db.engine)
    sa.event.listen(Session, "do_orm_execute", leave_out)
    try:
        api = Api(app)
        api.resource("/songs", model=song, read=public())
        with pytest.raises(DeclarationError, match="leave_out listens"):
            _ = api.binding(app).store
        other = Flask("other")
        other.config.update(app.config)
        flask_sqlalchemy_lite.SQLAlchemy(other)
        named = Api(other, unseen_by=[leave_out])

        @named.resource("/songs", query=sa.select(song).where(song.plays < 9), read=public())
        class Song(Resource):
            id: int = Field(identity=True)
            title: str

        client: Any = other.test_client()
        assert client.get("/songs").get_json()["totalItems"] == 0
    finally:
        sa.event.remove(Session, "do_orm_execute", leave_out)


def test_connections_of_before_a_fork_are_left_to_the_process_that_has_them(house: Any, postgresql_url: str) -> None:
    """As with `gunicorn --preload`, where the application has asked its database when it was imported."""
    with living(house, postgresql_url) as (client, app, db, _):
        asked = sa.text("SELECT pg_backend_pid()")
        with app.app_context():
            ours = db.session.scalar(asked)
            db.session.remove() if hasattr(db.session, "remove") else db.session.close()

        def work(_: int) -> None:
            assert client.send("GET", "/songs").status == 200
            with app.app_context():
                theirs = db.session.scalar(asked)
            assert theirs != ours

        assert in_children(2, work) == [0, 0]


def test_foreign_keys_that_do_not_hold_are_told(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    for holds in (False, True):
        engine = sa.create_engine(sa_url(sqlite_url))
        if holds:
            sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
        Base.metadata.create_all(engine)
        app = Flask("tests")
        Api(app, engine=engine).resource("/novels", model=Novel, read=public(), write=public())
        caplog.clear()
        assert Client(app.wsgi_app).send("GET", "/novels").status == 200
        assert ("foreign keys do not hold on connections" in caplog.text) is not holds
        engine.dispose()
