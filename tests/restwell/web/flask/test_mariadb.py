"""Models in MariaDB, by the engine of an application."""

import datetime as dt
import decimal
import enum
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, Field, Resource, public
from restwell.access.keys import issue_key
from restwell.storage.schema import SchemaMismatch
from tests.api import Client
from tests.restwell.storage.given.engines import Author, Novel, an_engine
from tests.restwell.web.flask.test_engine import CONTENT, PATCH, REFUSED, all_at_once
from tests.restwell.web.flask.test_flask_sqlalchemy import HOUSES, living


@contextmanager
def serving_novels(url: str, **options: Any) -> Iterator[tuple[Client, sa.Engine]]:
    with an_engine(url, **options) as engine:
        app = Flask("tests")
        api = Api(app, engine=engine)
        api.resource("/authors", model=Author, read=public(), write=public())
        api.resource("/novels", model=Novel, read=public(), write=public())
        yield Client(app.wsgi_app), engine


def test_a_model_is_made_read_changed_and_deleted(mariadb_url: str) -> None:
    with serving_novels(mariadb_url) as (client, engine):
        made = client.send("POST", "/authors", CONTENT, {"name": "Ada", "born": 1815})
        assert (made.status, made["location"]) == (201, "http://localhost/authors/1")
        found = client.send("GET", "/authors/1", CONTENT)
        assert (found.json(), found["etag"]) == ({"id": 1, "name": "Ada", "born": 1815}, made["etag"])
        with engine.begin() as connection:
            connection.execute(sa.update(Author).values(born=1816))
        late = client.send("PATCH", "/authors/1", {**PATCH, "If-Match": made["etag"]}, {"born": 1})
        assert late.status == 412
        assert client.send("PATCH", "/authors/1", PATCH, {"born": 1817}).json()["born"] == 1817
        assert client.send("PUT", "/authors/1", CONTENT, {"name": "Eve"}).json() == {"id": 1, "name": "Eve"}
        assert client.send("DELETE", "/authors/1").status == 204
        assert client.send("GET", "/authors/1").status == 404
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # of a QueuePool


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_is_told_with_its_members(mariadb_url: str, why: str) -> None:
    given, status, pointer = REFUSED[why]
    content = dict(given)
    path = content.pop("path")
    with serving_novels(mariadb_url, pool_size=1, max_overflow=0, pool_timeout=2) as (client, _):
        assert client.send("POST", "/authors", CONTENT, {"name": "Ada"}).status == 201
        answer = client.send("POST", path, CONTENT, content)
        pointers = [each.get("pointer") for each in answer.json()["errors"]]
        assert (answer.status, pointers) == (status, [pointer])


def test_a_row_that_others_refer_to_stays_and_a_value_out_of_range_is_refused(mariadb_url: str) -> None:
    with serving_novels(mariadb_url) as (client, _):
        client.send("POST", "/authors", CONTENT, {"name": "Ada"})
        client.send("POST", "/novels", CONTENT, {"title": "It", "author_id": 1})
        assert client.send("DELETE", "/authors/1").status == 409
        large = client.send("PATCH", "/novels/1", PATCH, {"pages": 2**31})
        assert (large.status, large.json()["errors"][0]["pointer"]) == (422, "/pages")


NARROWED = {
    "mariadb_url": ("MODIFY title VARCHAR(10) NOT NULL", ["/title"]),
    "postgresql_url": ("ALTER title TYPE varchar(10)", []),  # which names no column
}


@pytest.mark.parametrize("way", NARROWED)
def test_a_text_that_is_too_long_for_its_column_is_422_and_says_so(request: pytest.FixtureRequest, way: str) -> None:
    altered, pointers = NARROWED[way]
    with an_engine(request.getfixturevalue(way)) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE novels {altered}")
        app = Flask("tests")
        Api(app, engine=engine).resource("/novels", model=Novel, read=public(), write=public())
        client = Client(app.wsgi_app)
        answer = client.send("POST", "/novels", CONTENT, {"title": "t" * 20})
        assert (answer.status, answer.json()["detail"]) == (422, "A value is too long for its column.")
        errors = [{"pointer": each, "detail": "is too long for its column", "code": "too_long"} for each in pointers]
        assert answer.json().get("errors", []) == errors


QUERIES = {
    "name=%C3%84da": ["Äda"],
    "name[contains]=da": ["Äda", "eda"],
    "name[contains]=DA": [],
    "name[icontains]=%C3%A4D": ["Äda"],
    "name[starts]=%C3%84d": ["Äda"],
    "name[ne]=eda": ["Äda", "Bob%"],
    "born[exists]=false": ["Äda"],
    "born[gt]=3": ["Bob%"],
    "id[in]=1,3": ["Äda", "eda"],
    "name[contains]=%25": ["Bob%"],
    "sort=born": ["eda", "Bob%", "Äda"],
    "sort=-born": ["Äda", "Bob%", "eda"],
    "sort=-born,id": ["Äda", "Bob%", "eda"],
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_it_asks_for_page_by_page(mariadb_url: str, query: str) -> None:
    with serving_novels(mariadb_url) as (client, _):
        for name, born in (("Äda", None), ("Bob%", 5), ("eda", 3)):
            client.send("POST", "/authors", CONTENT, {"name": name, "born": born})
        names, target = [], f"/authors?{query}&limit=1"
        while target:
            answer = client.send("GET", target, {**CONTENT, "Prefer": "count=exact"})
            assert answer.status == 200
            names += [each["name"] for each in answer.json()["authors"]]
            further = [link.target for link in answer.links() if "next" in link.relations]
            target = further[0].removeprefix("http://localhost") if further else ""
        assert names == QUERIES[query]


def test_of_64_writers_with_if_match_none_is_lost(mariadb_url: str) -> None:
    with serving_novels(mariadb_url, pool_timeout=60) as (client, _):
        client.send("POST", "/novels", CONTENT, {"title": "It", "pages": 1})
        statuses: Counter[int] = Counter()

        def count_up() -> None:
            for _ in range(200):
                found = client.send("GET", "/novels/1", CONTENT)
                content = {"pages": found.json()["pages"] + 1}
                status = client.send("PATCH", "/novels/1", {**PATCH, "If-Match": found["etag"]}, content).status
                statuses[status] += 1
                if status == 200:
                    return

        all_at_once(*[count_up] * 64)
        assert set(statuses) <= {200, 412, 503}
        assert (statuses[200], client.send("GET", "/novels/1", CONTENT).json()["pages"]) == (64, 65)


class Mood(enum.Enum):
    """Stored by its names."""

    calm = "is calm"
    wild = "is wild"


class Everything(DeclarativeBase):
    """Models with a column of each kind."""


class Kind(Everything):
    """One of everything."""

    __tablename__ = "kinds"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    price: Mapped[decimal.Decimal] = mapped_column(sa.Numeric(8, 2))
    weight: Mapped[float] = mapped_column(sa.Double)
    good: Mapped[bool]
    day: Mapped[dt.date]
    moment: Mapped[dt.datetime]
    at: Mapped[dt.time]
    code: Mapped[uuid.UUID]
    mood: Mapped[Mood]
    tags: Mapped[list[Any]] = mapped_column(sa.JSON)


ONE = {
    "id": 1, "text": "déjà\n\\%s 'x'", "price": "12.50", "weight": 0.1, "good": True, "day": "2024-02-29",
    "moment": "2024-05-06T07:08:09Z", "at": "07:08:09", "code": "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f",
    "mood": "is wild", "tags": ["a", {"b": None}],
}  # fmt: skip


def test_values_of_every_kind_come_back_as_they_were_given(mariadb_url: str) -> None:
    with an_engine(mariadb_url) as engine:
        Everything.metadata.create_all(engine)
        app = Flask("tests")
        Api(app, engine=engine).resource("/kinds", model=Kind, read=public(), write=public())
        client = Client(app.wsgi_app)
        made = client.send("POST", "/kinds", CONTENT, {name: ONE[name] for name in ONE if name != "id"})
        assert (made.status, made.json()) == (201, ONE), made.body
        found = client.send("GET", "/kinds/1", CONTENT)
        assert (found.json(), found["etag"]) == (ONE, made["etag"])
        for name in ("price", "good", "day", "moment", "at", "code", "mood"):
            answer = client.send("GET", f"/kinds?{name}={str(ONE[name]).lower().replace(' ', '%20')}", CONTENT)
            assert (name, [each["id"] for each in answer.json()["kinds"]]) == (name, [1])
        changed = client.send("PATCH", "/kinds/1", {**PATCH, "If-Match": found["etag"]}, {"tags": [], "good": False})
        assert changed.json() == {**ONE, "tags": [], "good": False}


@pytest.mark.parametrize("house", HOUSES)
def test_a_change_that_was_decided_on_a_snapshot_of_the_session_is_decided_again(
    mariadb_url: str, house: str
) -> None:
    with living(HOUSES[house], mariadb_url) as (client, app, db, song):
        client.send("POST", "/songs", CONTENT, {"title": "old"})
        tag = client.send("GET", "/songs/1", CONTENT)["etag"]

        @app.before_request
        def read_and_let_others_change() -> None:
            assert db.session.get(song, 1) is not None
            with db.engine.begin() as connection:
                connection.execute(sa.update(song).values(title="new"))

        changed = client.send("PATCH", "/songs/1", PATCH, {"plays": 1})
        assert (changed.status, changed.json()) == (200, {"id": 1, "title": "new", "plays": 1})
        assert client.send("PATCH", "/songs/1", {**PATCH, "If-Match": tag}, {"plays": 2}).status == 412


def test_keys_are_kept_in_a_few_tables_of_its_own(mariadb_url: str) -> None:
    with serving_novels(mariadb_url) as (client, engine):
        client.send("GET", "/novels")
        tables = set(sa.inspect(engine).get_table_names())
        assert tables == {"authors", "novels", "restwell_keys", "restwell_secrets"}


def test_several_processes_may_make_them_at_once(mariadb_url: str) -> None:
    with an_engine(mariadb_url) as engine:
        statuses: Counter[int] = Counter()

        def begin() -> None:
            app = Flask("tests")
            Api(app, engine=engine).resource("/novels", model=Novel, read=public())
            statuses[Client(app.wsgi_app).send("GET", "/novels").status] += 1

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert statuses == {200: 4}


class Trip(Resource):
    id: int = Field(identity=True)
    note: str = ""


def test_a_resource_of_restwells_own_lives_in_the_database_of_the_engine(mariadb_url: str) -> None:
    with an_engine(mariadb_url) as engine:
        app = Flask("tests")
        Api(app, engine=engine).resource("/trips", read=public(), write=public())(Trip)
        client = Client(app.wsgi_app)
        made = client.send("POST", "/trips", content={"id": 1, "note": "x "})
        assert made.status == 201
        assert client.send("POST", "/trips", content={"id": 1}).status == 409
        changed = client.send("PUT", "/trips/1", {"If-Match": made["ETag"]}, {"id": 1, "note": "\U0001f600 "})
        assert (changed.status, client.send("PUT", "/trips/1", {"If-Match": made["ETag"]}, {"id": 1}).status) == (
            200,
            412,
        )
        assert client.send("GET", "/trips/1").json()["note"] == "\U0001f600 "
        assert client.send("DELETE", "/trips/1").status == 204


def test_an_engine_that_makes_values_fit_is_refused_by_name(mariadb_url: str) -> None:
    with an_engine(mariadb_url, connect_args={"sql_mode": ""}) as engine:
        app = Flask("tests")
        Api(app, engine=engine).resource("/trips", read=public())(Trip)
        [binding] = app.extensions["restwell"].values()
        with pytest.raises(SchemaMismatch, match="make values fit their columns, as their sql_mode has no STRICT"):
            _ = binding.store


def test_keys_of_the_api_are_made_and_revoked(mariadb_url: str) -> None:
    with an_engine(mariadb_url) as engine:
        app = Flask("tests")
        api = Api(app, engine=engine)
        api.resource("/novels", model=Novel, read=public())
        with app.app_context():
            store = api.binding().store
            record = issue_key("me", ("a",), now=1)[1]
            store.keys.add(record)
            found = store.find_key(record["id"])
            assert found is not None
            assert {name: found[name] for name in ("digest", "scopes")} == {"digest": record["digest"], "scopes": "a"}
            assert store.find_key("x") is None
            assert tuple(map(store.keys.revoke, (record["id"], record["id"], "x"))) == (True, False, False)


def test_models_may_be_served_from_a_database_that_a_url_names(mariadb_url: str) -> None:
    with an_engine(mariadb_url):
        app = Flask("tests")
        app.config["RESTWELL_DATABASE"] = mariadb_url
        Api(app).resource("/novels", model=Novel, read=public(), write=public())
        client = Client(app.wsgi_app)
        assert client.send("POST", "/novels", CONTENT, {"title": "It"}).status == 201
        [binding] = app.extensions["restwell"].values()
        driver = binding.store.driver
        assert driver.engine.pool.checkedin() == 1
        binding.store.close()
        assert driver.engine.pool.checkedin() == 0


class Writing(DeclarativeBase):
    pass


class Letter(Writing):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)


def test_hooks_are_called_once_a_change_is_committed(mariadb_url: str) -> None:
    called = threading.Event()
    seen: list[tuple[str, int, int]] = []

    def tell(change: Change) -> None:
        seen.append((change.operation, len(change.new.text), change.tries))
        if change.tries == 1:
            raise RuntimeError("not yet")
        called.set()

    with an_engine(mariadb_url) as engine:
        Writing.metadata.create_all(engine)
        app = Flask("tests")
        api = Api(app, engine=engine)
        api.resource("/letters", model=Letter, read=public(), write=public())
        api.committed(Letter)(tell)
        assert Client(app.wsgi_app).send("POST", "/letters", CONTENT, {"text": "a" * 5000}).status == 201
        assert called.wait(20)
        assert seen == [("create", 5000, 1), ("create", 5000, 2)]
        api.binding(app).store.close()
