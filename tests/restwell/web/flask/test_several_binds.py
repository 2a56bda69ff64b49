"""Models of several engines in one API: each resource by its own, what Restwell keeps on the main one."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from restwell import Api, Change, DeclarationError, Field, Resource, public
from restwell.data.plans import RowChange
from restwell.data.units import Unit
from restwell.storage.databases import UnknownDatabase
from restwell.storage.engine import Store
from restwell.storage.migrations import find_difference
from restwell.web.flask.databases import database_of
from tests.api import JSON, MERGE_PATCH, Client
from tests.arguments import shows

CONTENT = {"Content-Type": JSON, "Accept": JSON}
PATCH = {"Content-Type": MERGE_PATCH, "Accept": JSON}
OWN = {"restwell_keys", "restwell_secrets"}


class Served:
    """An application with models of two engines: `Here` and `Twin` of the first, `There` and `Post` of the other."""

    def __init__(self, app: Flask, engines: Callable[[], tuple[sa.Engine, sa.Engine]], models: Any, db: Any) -> None:
        self.app, self.db = app, db
        self.here, self.twin, self.there, self.post = models
        with app.app_context():
            self.engines = engines()
        self.here.metadata.create_all(self.engines[0], [self.here.__table__, self.twin.__table__])
        self.there.metadata.create_all(self.engines[1], [self.there.__table__, self.post.__table__])
        self.api = Api(app, engine=None if db is not None else lambda: self.binds)
        self.binds: Any = None
        for path, model in {"/heres": self.here, "/theres": self.there, "/posts": self.post}.items():
            self.api.resource(path, model=model, read=public(), write=public())
        self.client = Client(app.wsgi_app)

    @property
    def store(self) -> Store:
        return self.api.binding(self.app).store

    def tables(self, place: int) -> set[str]:
        return {name for name in sa.inspect(self.engines[place]).get_table_names() if name.startswith("restwell")}

    def note(self, place: int, table: str, name: str) -> None:
        with self.engines[place].begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO {table} (name) VALUES ('{name}')")

    def names(self, place: int, table: str) -> list[str]:
        with self.engines[place].connect() as connection:
            return [name for (name,) in connection.exec_driver_sql(f"SELECT name FROM {table} ORDER BY id")]


def models_of(first: Any, second: Any) -> tuple[Any, Any, Any, Any]:
    """Two models below each base. Both have a table `users`; posts refer to the second's."""

    class Here(first):  # type: ignore[misc]  # a base that is given
        __tablename__ = "heres"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(40), unique=True)

    class Twin(first):  # type: ignore[misc]  # as above
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(40))

    class There(second):  # type: ignore[misc]  # as above
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(40), unique=True)

    class Post(second):  # type: ignore[misc]  # as above
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(40))
        user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    return Here, Twin, There, Post


def in_flask_sqlalchemy(one: str, other: str) -> Served:
    class Models(DeclarativeBase):
        pass

    app = Flask("tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = one
    app.config["SQLALCHEMY_BINDS"] = {"other": other}
    db = flask_sqlalchemy.SQLAlchemy(app, model_class=Models)

    class Further(db.Model):  # type: ignore[name-defined,misc]  # as Flask-SQLAlchemy has it
        __abstract__ = True
        __bind_key__ = "other"

    return Served(app, lambda: (db.engine, db.engines["other"]), models_of(db.Model, Further), db)


def bases() -> tuple[Any, Any]:
    class First(DeclarativeBase):
        pass

    class Second(DeclarativeBase):
        pass

    return First, Second


def in_the_lite(one: str, other: str) -> Served:
    app = Flask("tests")
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": one}, "other": {"url": other}}
    first, second = bases()
    db = flask_sqlalchemy_lite.SQLAlchemy(app, session_options={"binds": {second: "other"}})
    return Served(app, lambda: (db.engine, db.engines["other"]), models_of(first, second), db)


def by_binds(one: str, other: str) -> Served:
    first, second = bases()
    engines = sa.create_engine(one), sa.create_engine(other)
    served = Served(Flask("tests"), lambda: engines, models_of(first, second), None)
    served.binds = {first: engines[0], second: engines[1]}
    return served


HOUSES: dict[str, Callable[[str, str], Served]] = {
    "flask-sqlalchemy": in_flask_sqlalchemy, "flask-sqlalchemy-lite": in_the_lite, "binds": by_binds,
}  # fmt: skip
OTHERS = {"mariadb": "mariadb_url", "postgresql+psycopg": "postgresql_url", "postgresql+psycopg2": "postgresql_url"}


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest) -> Any:
    return HOUSES[request.param]


@pytest.fixture
def other_url(tmp_path: Any) -> str:
    return f"sqlite:///{tmp_path / 'other.db'}"


@contextmanager
def living(house: Any, one: str, other: str) -> Iterator[Served]:
    served: Served = house(one, other)
    try:
        yield served
    finally:
        if served.api.binding(served.app).is_open:
            served.store.close()
        for engine in served.engines:
            engine.dispose()


def created(served: Served, path: str, **content: Any) -> dict[str, Any]:
    answer = served.client.send("POST", path, CONTENT, content)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("is_first", [True, False])
@shows("Api", "engine")
def test_each_resource_is_in_the_database_of_its_model(
    request: pytest.FixtureRequest, house: Any, sqlite_url: str, kind: str, is_first: bool
) -> None:
    url = str(request.getfixturevalue(OTHERS[kind])).replace("postgresql://", f"{kind}://")
    urls = (sqlite_url, url) if is_first else (url, sqlite_url)
    with living(house, *urls) as served:
        for path in ("/heres", "/theres"):
            assert created(served, path, name="a") == {"id": 1, "name": "a"}
            found = served.client.send("GET", f"{path}/1", {"Accept": JSON})
            changed = served.client.send("PATCH", f"{path}/1", {**PATCH, "If-Match": found["etag"]}, {"name": "b"})
            assert (changed.status, changed.json()["name"]) == (200, "b")
            late = served.client.send("PATCH", f"{path}/1", {**PATCH, "If-Match": found["etag"]}, {"name": "c"})
            assert late.status == 412
            created(served, path, name="d")
            taken = served.client.send("POST", path, CONTENT, {"name": "d"})
            assert (taken.status, [each["pointer"] for each in taken.json()["errors"]]) == (409, ["/name"])
            page = served.client.send("GET", f"{path}?sort=-name&limit=1&name[icontains]=D", {"Accept": JSON})
            assert [each["name"] for each in page.json()[path[1:]]] == ["d"]
            assert served.client.send("DELETE", f"{path}/1").status == 204
        assert (served.names(0, "heres"), served.names(1, "users"), served.names(0, "users")) == (["d"], ["d"], [])
        assert (served.tables(0), served.tables(1)) == (OWN, set())
        assert [rows for declaration in served.store.declarations for rows in served.store.stream(declaration)]
        assert served.client.send("GET", "/health/ready").status == 200


def test_a_link_leads_to_the_table_of_the_same_database_and_not_to_its_namesake(
    house: Any, sqlite_url: str, other_url: str
) -> None:
    with living(house, sqlite_url, other_url) as served:
        served.api.resource("/twins", model=served.twin, read=public(), write=public())
        created(served, "/theres", name="a")
        created(served, "/posts", name="p", user_id=1)
        found = served.client.send("GET", "/posts/1", {"Accept": "application/ld+json"}).json()
        assert found["user_id"] == "http://localhost/theres/1"


def test_a_reference_to_a_table_that_is_not_served_leads_to_no_namesake(sqlite_url: str, other_url: str) -> None:
    first, second = bases()
    _, twin, there, post = models_of(first, second)
    engines = sa.create_engine(sqlite_url), sa.create_engine(other_url)
    first.metadata.create_all(engines[0])
    second.metadata.create_all(engines[1])
    app = Flask("tests")
    api = Api(app, engine={first: engines[0], second: engines[1]})
    api.resource("/twins", model=twin, read=public(), write=public())
    api.resource("/posts", model=post, read=public(), write=public())
    with Session(engines[1]) as session:
        session.add_all([there(name="a"), post(name="p", user_id=1)])
        session.commit()
    found = Client(app.wsgi_app).send("GET", "/posts/1", {"Accept": "application/ld+json"}).json()
    assert found["user_id"] == 1
    for engine in engines:
        engine.dispose()


def test_resources_of_restwells_own_are_in_the_main_one(house: Any, sqlite_url: str, other_url: str) -> None:
    with living(house, sqlite_url, other_url) as served:

        @served.api.resource("/plain", read=public(), write=public())
        class Plain(Resource):
            name: str = Field(identity=True)

        assert created(served, "/plain", name="x") == {"name": "x"}
        assert sa.inspect(served.engines[0]).has_table("plain")
        assert not sa.inspect(served.engines[1]).has_table("plain")


def test_a_call_after_a_change_is_kept_beside_the_change(house: Any, sqlite_url: str, postgresql_url: str) -> None:
    with living(house, sqlite_url, postgresql_url.replace("://", "+psycopg2://")) as served:
        told: list[tuple[str, str]] = []
        lines: list[tuple[int, int]] = []

        def count(place: int) -> int:
            with served.engines[place].connect() as connection:
                return int(connection.exec_driver_sql("SELECT count(*) FROM restwell_calls").scalar() or 0)

        @served.api.after(served.here)
        @served.api.after(served.there)
        def quiet(change: Change) -> None:
            """Takes part, and does nothing."""

        @served.api.committed(served.here)
        def tell_here(change: Change) -> None:
            lines.append((count(0), count(1)))
            told.append(("here", change.new.name))

        @served.api.committed(served.there)
        def tell_there(change: Change) -> None:
            if change.tries == 1:
                raise ValueError("not yet")
            lines.append((count(0), count(1)))
            told.append(("there", change.new.name))

        created(served, "/theres", name="b")
        created(served, "/heres", name="a")
        deadline = time.monotonic() + 10
        while len(told) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sorted(told) == [("here", "a"), ("there", "b")]
        assert lines == [(1, 1), (0, 1)]
        while count(1) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (count(0), count(1)) == (0, 0)
        assert (served.tables(0), served.tables(1)) == (OWN | {"restwell_calls"}, {"restwell_calls"})


def writes_an_item(served: Served, change: Change) -> None:
    change.session.add(served.there(name="beside"))


def writes_by_a_statement(served: Served, change: Change) -> None:
    change.session.execute(sa.insert(served.there).values(name="beside"))


def changes_an_item(served: Served, change: Change) -> None:
    change.session.scalars(sa.select(served.there)).one().name = "beside"


def deletes_an_item(served: Served, change: Change) -> None:
    change.session.delete(change.session.scalars(sa.select(served.there)).one())


WRITES = (writes_an_item, writes_by_a_statement, changes_an_item, deletes_an_item)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_hook_writes_on_another_engine_is_refused_with_the_change(
    house: Any, sqlite_url: str, other_url: str, write: Any, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    with living(house, sqlite_url, other_url) as served:
        served.note(1, "users", "first")
        taking: Any = getattr(served.api, when)(served.here)
        taking(lambda change: write(served, change))
        with caplog.at_level(logging.ERROR, "restwell"):
            assert served.client.send("POST", "/heres", CONTENT, {"name": "a"}).status == 500
        assert "they cannot be committed together" in caplog.text
        assert (served.names(0, "heres"), served.names(1, "users")) == ([], ["first"])


def test_what_a_hook_writes_to_a_table_of_another_bind_is_refused(sqlite_url: str, other_url: str) -> None:
    with living(in_flask_sqlalchemy, sqlite_url, other_url) as served:

        @served.api.before(served.here)
        def write(change: Change) -> None:
            change.session.execute(sa.insert(served.there.__table__).values(name="beside"))

        assert served.client.send("POST", "/heres", CONTENT, {"name": "a"}).status == 500
        assert (served.names(0, "heres"), served.names(1, "users")) == ([], [])


def test_a_hook_may_read_from_another_engine_and_write_on_its_own(
    house: Any, sqlite_url: str, other_url: str
) -> None:
    with living(house, sqlite_url, other_url) as served:
        served.note(1, "users", "first")

        @served.api.before(served.here, "create")
        def look(change: Change) -> None:
            change.new.name += " " + change.session.scalars(sa.select(served.there.name)).one()
            change.session.add(served.twin(name="beside"))

        assert created(served, "/heres", name="a")["name"] == "a first"
        assert served.names(0, "users") == ["beside"]


def test_what_the_session_of_the_application_holds_on_another_engine_is_no_part_of_the_hook(
    sqlite_url: str, other_url: str
) -> None:
    with living(in_flask_sqlalchemy, sqlite_url, other_url) as served:

        @served.app.before_request
        def note() -> None:
            served.db.session.add(served.there(name="noted"))

        @served.api.before(served.here)
        def quiet(change: Change) -> None:
            """Takes part, and does nothing."""

        created(served, "/heres", name="a")
        assert (served.names(0, "heres"), served.names(1, "users")) == (["a"], ["noted"])


def test_the_session_of_the_same_context_sees_what_was_committed(sqlite_url: str, postgresql_url: str) -> None:
    for house in (in_flask_sqlalchemy, in_the_lite):
        with living(house, sqlite_url, postgresql_url.replace("://", "+psycopg://")) as served:
            seen: list[list[str]] = []

            @served.app.after_request
            def look(response: Any, served: Served = served, seen: list[list[str]] = seen) -> Any:
                seen.append(list(served.db.session.scalars(sa.select(served.there.name))))
                return response

            created(served, "/theres", name="a")
            served.client.send("PATCH", "/theres/1", PATCH, {"name": "b"})
            assert seen == [["a"], ["b"]]
            served.client.send("DELETE", "/theres/1")
            served.there.metadata.drop_all(served.engines[1], [served.post.__table__, served.there.__table__])


def test_what_a_test_of_the_application_takes_back_is_that_of_one_engine(sqlite_url: str, other_url: str) -> None:
    with living(in_flask_sqlalchemy, sqlite_url, other_url) as served:
        served.client.send("GET", "/heres")
        with served.app.app_context(), served.engines[0].connect() as connection:
            transaction = connection.begin()
            served.db.session.configure(bind=connection, join_transaction_mode="create_savepoint")
            connection.exec_driver_sql("BEGIN")
            created(served, "/theres", name="kept")
            served.db.session.remove()
            transaction.rollback()
            served.db.session.configure(bind=None)
        assert served.names(1, "users") == ["kept"]


def test_it_is_ready_while_each_database_answers(sqlite_url: str, other_url: str) -> None:
    with living(by_binds, sqlite_url, other_url) as served:
        assert served.client.send("GET", "/health/ready").status == 200
        lost = sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))

        def fail(*_: object) -> None:
            raise lost

        sa.event.listen(served.engines[1], "checkout", fail)
        assert served.client.send("GET", "/health/live").status == 200
        assert served.client.send("GET", "/heres").status == 200
        assert served.client.send("GET", "/health/ready").status != 200
        sa.event.remove(served.engines[1], "checkout", fail)
        assert served.client.send("GET", "/health/ready").status == 200


def test_a_database_that_is_away_at_the_start_takes_its_own_resources_alone(sqlite_url: str) -> None:
    with living(by_binds, sqlite_url, sqlite_url.replace("test.db", "other.db")) as served:
        away = sa.create_engine("postgresql+psycopg2://127.0.0.1:1/x")
        served.binds = {
            first: away if engine is served.engines[1] else engine for first, engine in served.binds.items()
        }
        created(served, "/heres", name="a")
        assert served.client.send("GET", "/theres").status == 503
        assert served.client.send("GET", "/health/ready").status == 503
        assert served.client.send("GET", "/heres/1").status == 200


def test_a_unit_is_of_one_database(sqlite_url: str, other_url: str) -> None:
    with living(by_binds, sqlite_url, other_url) as served:
        here, there, _ = served.api.declarations
        for pair in ((here, there), (there, here)):
            with pytest.raises(TypeError, match=r"A unit is of one database, and .* are of several"):
                served.store.carry_out(Unit(tuple(RowChange("insert", each, values={"name": "a"}) for each in pair)))
        made = served.store.carry_out(Unit((RowChange("insert", there, values={"name": "a"}),)))
        assert made.outcomes[0].kind == "created"
        assert (served.names(0, "heres"), served.names(1, "users")) == ([], ["a"])


# -- which engine is the main one, and what is refused -----------------------------------------------------------


def test_the_main_one_is_the_default_one_the_one_that_is_given_or_the_first(sqlite_url: str, other_url: str) -> None:
    for house in (in_flask_sqlalchemy, in_the_lite):
        with living(house, sqlite_url, other_url) as served:
            declarations = served.api.declarations
            assert database_of(served.app, None, declarations).engine is served.engines[0]  # type: ignore[union-attr]  # of models
            other = database_of(served.app, served.engines[1], declarations)
            assert other.engine is served.engines[1]  # type: ignore[union-attr]  # of models
            [beside] = other.beside  # type: ignore[union-attr]  # as above
            assert [each.path for each in beside.declarations] == ["/heres"]


def refused(app: Flask, words: str) -> None:
    [binding] = app.extensions["restwell"].values()
    with pytest.raises((DeclarationError, UnknownDatabase), match=words):
        _ = binding.store


def test_what_has_no_engine_or_two_is_refused_by_name(sqlite_url: str, other_url: str) -> None:
    first, second = bases()
    here, _, there, _ = models_of(first, second)
    engines = sa.create_engine(sqlite_url), sa.create_engine(other_url)
    both = sa.select(here.id.label("id"), there.name.label("name")).join(there, here.name == there.name)
    binds = {first: engines[0], second: engines[1]}

    app = Flask("tests")
    Api(app, engine={first: engines[0]}).resource("/theres", model=there, read=public())
    refused(
        app, r"There at /theres has no engine: name one for its model, its table, or a class above it, by engine="
    )

    app = Flask("tests")

    @Api(app, engine=binds).resource("/both", query=both, read=public())
    class Both(Resource):
        id: int = Field(identity=True)
        name: str

    refused(app, r"Both at /both is read from sqlite:///.*other.db and from sqlite:///.*test.db, and no query reads")

    app = Flask("tests")
    Api(app, engine={"heres": engines[0]}).resource("/heres", model=here, read=public())
    refused(app, r"engine= names 'heres', which is not a model, a table or a class above models: leave it out")

    app = Flask("tests")
    Api(app, engine={first: "sqlite://"}).resource("/heres", model=here, read=public())
    refused(app, r"engine= is given a builtins.str: give it what sqlalchemy.create_engine returns")


def test_a_class_and_a_table_may_have_an_engine_of_their_own(sqlite_url: str, other_url: str) -> None:
    first, _ = bases()
    here, twin, _, _ = models_of(first, bases()[1])
    loose = sa.Table("loose", first.metadata, sa.Column("id", sa.Integer, primary_key=True))
    engines = sa.create_engine(sqlite_url), sa.create_engine(other_url)
    app = Flask("tests")
    api = Api(app, engine={first: engines[0], twin: engines[1], loose: engines[1]})
    for path, model in {"/heres": here, "/twins": twin, "/loose": loose}.items():
        api.resource(path, model=model, read=public(), write=public())
    first.metadata.create_all(engines[0], [here.__table__])
    first.metadata.create_all(engines[1], [twin.__table__, loose])

    @api.resource("/named", query=sa.select(twin.id.label("id"), twin.name.label("name")), read=public())
    class Named(Resource):
        id: int = Field(identity=True)
        name: str

    client = Client(app.wsgi_app)
    for path, content in {"/heres": {"name": "a"}, "/twins": {"name": "b"}, "/loose": {}}.items():
        assert client.send("POST", path, CONTENT, content).status == 201
    assert client.send("GET", "/named/1", {"Accept": JSON}).json() == {"id": 1, "name": "b"}
    for engine in engines:
        engine.dispose()


def test_nothing_is_migrated_and_no_outbox_kept(sqlite_url: str, other_url: str) -> None:
    with living(by_binds, sqlite_url, other_url) as served:
        binding = served.api.binding(served.app)
        with pytest.raises(UnknownDatabase, match="on an Api without engine="):
            find_difference(Store.of(binding.database, binding.declarations))
        with pytest.raises(UnknownDatabase, match="The lines of an outbox are those of one database"):
            Store.of(binding.database, binding.declarations, outbox=True)
