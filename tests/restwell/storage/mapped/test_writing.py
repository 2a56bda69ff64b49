"""Changes of models and tables of others over HTTP: their own code runs, and what it makes is what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    composite,
    mapped_column,
    registry,
    relationship,
    synonym,
    validates,
)

from restwell import Api, Field, Resource, public
from tests.api import JSON, MERGE_PATCH, Answer, Served, is_problem
from tests.modelled import engine_of, model_at, serving_models

MERGE = {"Content-Type": MERGE_PATCH}


def created(served: Served, path: str, **content: Any) -> dict[str, Any]:
    answer = served.send("POST", path, content=content, accept=JSON)
    assert answer.status == 201, answer.body
    assert served.send("GET", answer["location"], accept=JSON).body == answer.body
    found: dict[str, Any] = answer.json()
    return found


def changed(served: Served, target: str, **content: Any) -> dict[str, Any]:
    answer = served.send("PATCH", target, MERGE, content, accept=JSON)
    assert answer.status == 200, answer.body
    assert served.send("GET", target, accept=JSON).body == answer.body
    found: dict[str, Any] = answer.json()
    return found


def items(served: Served, target: str) -> list[Any]:
    answer = served.send("GET", target, accept=JSON)
    assert answer.status == 200, answer.body
    [found] = [each for each in answer.json().values() if isinstance(each, list)]
    return list(found)


def pointers(answer: Answer) -> list[str]:
    return [each["pointer"] for each in answer.json().get("errors", [])]


# -- constructors -------------------------------------------------------------------------------------------


class Dataclasses(MappedAsDataclass, DeclarativeBase):
    pass


class Child(Dataclasses):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    made: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    parent: Mapped[Parent | None] = relationship(back_populates="children")
    tags: Mapped[list[str]] = mapped_column(sa.JSON, default_factory=lambda: ["new"])
    nick: Mapped[str | None] = mapped_column(default=None)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("parents.id"), default=None)
    serial: Mapped[int] = mapped_column(default=9, init=False)


class Parent(Dataclasses):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    children: Mapped[list[Child]] = relationship(back_populates="parent")


def test_dataclasses_are_constructed_without_what_the_database_makes(database_url: str) -> None:
    """Arguments without a default among them, as the key and links to others are here."""
    models = (model_at("/children", Child), model_at("/parents", Parent))
    with serving_models(Dataclasses.metadata, database_url, *models) as served:
        assert created(served, "/parents", name="P") == {"id": 1, "name": "P"}
        first = created(served, "/children", name="C")
        assert first.pop("made").endswith("Z")
        assert first == {"id": 1, "name": "C", "tags": ["new"], "serial": 9}
        second = created(served, "/children", name="D", parent_id=1, tags=[], nick="d")
        assert (second["parent_id"], second["tags"], second["nick"]) == (1, [], "d")
        assert changed(served, "/children/1", parent_id=1)["parent_id"] == 1


class Base(DeclarativeBase):
    pass


class Own(Base):
    """Has a constructor of its own."""

    __tablename__ = "own"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    loud: Mapped[str]
    size: Mapped[int]

    def __init__(self, name: str, size: int = 3) -> None:
        self.name = name
        self.loud = name.upper()
        self.size = size


class OwnMembers(Resource):
    id: int
    name: str
    size: int = 3


def test_a_constructor_of_its_own_makes_what_is_no_member(database_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/seen", model=Own, read=public())
        api.resource("/own", model=Own, read=public(), update=public())(OwnMembers)

    with serving_models(Base.metadata, database_url, register) as served:
        served.change("INSERT INTO own (name, loud, size) VALUES (?, ?, ?)", "a", "A", 1)
        assert changed(served, "/own/1", size=5) == {"id": 1, "name": "a", "size": 5}
        assert items(served, "/seen") == [{"id": 1, "name": "a", "loud": "A", "size": 5}]


# -- inheritance --------------------------------------------------------------------------------------------


class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(unique=True)
    __mapper_args__: Any = {"polymorphic_on": kind, "polymorphic_identity": "animal"}  # noqa: RUF012 - not ours


class Dog(Animal):
    __tablename__ = "dogs"
    id: Mapped[int] = mapped_column(sa.ForeignKey("animals.id"), primary_key=True)
    tricks: Mapped[int] = mapped_column(sa.CheckConstraint("tricks < 9", name="few_tricks"), default=0)
    __mapper_args__: Any = {"polymorphic_identity": "dog"}  # noqa: RUF012 - not ours


class Cat(Animal):
    lives: Mapped[int | None]
    __mapper_args__: Any = {"polymorphic_identity": "cat"}  # noqa: RUF012 - not ours


def test_classes_that_inherit_are_written_in_all_of_their_tables(database_url: str) -> None:
    models = (model_at("/animals", Animal), model_at("/dogs", Dog), model_at("/cats", Cat))
    with serving_models(Base.metadata, database_url, *models) as served:
        dog = {"id": 1, "kind": "dog", "name": "Rex", "tricks": 2}
        assert created(served, "/dogs", name="Rex", tricks=2) == dog
        assert created(served, "/cats", name="Tom", lives=9) == {"id": 2, "kind": "cat", "name": "Tom", "lives": 9}
        assert created(served, "/animals", name="It") == {"id": 3, "kind": "animal", "name": "It"}
        assert [each["kind"] for each in items(served, "/animals")] == ["dog", "cat", "animal"]
        assert items(served, "/dogs") == [dog]
        assert items(served, "/dogs?name=Rex&tricks[gte]=2&sort=-name") == [dog]
        assert is_problem(served.send("GET", "/dogs/2"), 404)
        assert is_problem(served.send("DELETE", "/cats/1"), 404)
        before = served.send("GET", "/dogs/1", accept=JSON)
        assert changed(served, "/animals/1", name="Max")["name"] == "Max"
        after = served.send("GET", "/dogs/1", {"If-None-Match": before["etag"]}, accept=JSON)
        assert (after.status, after.json()["name"]) == (200, "Max")
        assert changed(served, "/dogs/1", name="Rex", tricks=3)["tricks"] == 3
        refused = served.send("PATCH", "/dogs/1", MERGE, {"kind": "cat"})
        assert (refused.status, pointers(refused)) == (422, ["/kind"])
        taken = served.send("POST", "/dogs", content={"name": "Tom"})
        assert (taken.status, pointers(taken)) == (409, ["/name"])
        many = served.send("PATCH", "/dogs/1", MERGE, {"tricks": 9})
        assert (many.status, pointers(many)) == (422, ["/tricks"])
        assert served.send("DELETE", "/dogs/1").status == 204
        assert [each["id"] for each in items(served, "/animals")] == [2, 3]


class Vehicle(Base):
    __tablename__ = "vehicles"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column()
    __mapper_args__: Any = {  # noqa: RUF012 - not ours
        "polymorphic_on": kind, "polymorphic_identity": "vehicle", "with_polymorphic": "*",
    }  # fmt: skip


class Boat(Vehicle):
    __tablename__ = "boats"
    id: Mapped[int] = mapped_column(sa.ForeignKey("vehicles.id"), primary_key=True)
    masts: Mapped[int] = mapped_column(default=1)
    __mapper_args__: Any = {"polymorphic_identity": "boat"}  # noqa: RUF012 - not ours


def test_classes_that_are_read_with_those_that_inherit_from_them_are_changed(database_url: str) -> None:
    """By outer joins, whose rows PostgreSQL does not lock."""
    models = (model_at("/vehicles", Vehicle), model_at("/boats", Boat))
    with serving_models(Base.metadata, database_url, *models) as served:
        created(served, "/boats", masts=3)
        created(served, "/vehicles")
        assert changed(served, "/boats/1", masts=4) == {"id": 1, "kind": "boat", "masts": 4}
        assert served.send("DELETE", "/vehicles/1").status == 204
        assert items(served, "/boats") == []
        assert items(served, "/vehicles") == [{"id": 2, "kind": "vehicle"}]


# -- what refers to another ---------------------------------------------------------------------------------


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    boxes: Mapped[list[Box]] = relationship()
    labels: Mapped[list[Label]] = relationship()
    visitors: Mapped[list[Visitor]] = relationship()


class Box(Base):
    __tablename__ = "boxes"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"))


class Label(Base):
    __tablename__ = "labels"
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"), primary_key=True)


class Visitor(Base):
    __tablename__ = "visitors"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shelves.id"))


def test_what_others_need_is_not_deleted(database_url: str) -> None:
    """A session makes them refer to nothing, which a column or a key of theirs may not allow."""
    models = (
        model_at("/shelves", Shelf), model_at("/boxes", Box), model_at("/labels", Label),
        model_at("/visitors", Visitor),
    )  # fmt: skip
    with serving_models(Base.metadata, database_url, *models) as served:
        created(served, "/shelves")
        created(served, "/visitors", shelf_id=1)
        for path, content in (("/boxes", {"shelf_id": 1}), ("/labels", {"shelf_id": 1})):
            made = served.send("POST", path, content=content)
            assert made.status == 201
            refused = served.send("DELETE", "/shelves/1")
            assert is_problem(refused, 409)
            assert refused.json()["detail"].startswith("Something else in the database refers to this")
            assert items(served, "/visitors") == [{"id": 1, "shelf_id": 1}]
            assert served.send("DELETE", made["location"]).status == 204
        assert served.send("DELETE", "/shelves/1").status == 204
        assert items(served, "/visitors") == [{"id": 1}]


# -- tables -------------------------------------------------------------------------------------------------


NOW = sa.func.now()
odd = sa.Table(
    "Odd Table", Base.metadata, sa.Column("Id No", sa.Integer, primary_key=True),
    sa.Column("Full Name", sa.String(20), nullable=False), sa.Column("made", sa.DateTime, server_default=NOW),
    sa.Column("pct%", sa.Integer, default=5), sa.Column("called", sa.String, default=lambda: "called"),
    sa.Column("order", sa.Integer, sa.Computed('"pct%" * 2', persisted=True)),
)  # fmt: skip
slugs = sa.Table(
    "slugs", Base.metadata, sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(20), unique=True, nullable=False, server_default="made"), sa.Column("n", sa.Integer),
)  # fmt: skip
keyless = sa.Table(
    "keyless", Base.metadata, sa.Column("slug", sa.String(20), unique=True, nullable=False, server_default="made"),
    sa.Column("n", sa.Integer),
)  # fmt: skip


class Slug(Resource):
    slug: str = Field(identity=True)
    n: int | None = None


class Keyless(Slug):
    pass


def test_a_table_is_written_by_statements(database_url: str) -> None:
    with serving_models(Base.metadata, database_url, model_at("/odd", odd)) as served:
        first = created(served, "/odd", Full_Name="N")
        assert first.pop("made").endswith("Z")
        assert first == {"Id_No": 1, "Full_Name": "N", "pct": 5, "called": "called", "order": 10}
        assert created(served, "/odd", Full_Name="O", pct=None, called="z")["pct"] is None
        assert changed(served, "/odd/1", pct=6)["order"] == 12
        assert [each["Id_No"] for each in items(served, "/odd?sort=-pct")] == [2, 1]
        assert [each["Id_No"] for each in items(served, "/odd?Full_Name[starts]=N&order[eq]=12")] == [1]
        before = served.send("GET", "/odd/1", accept=JSON)
        served.change('UPDATE "Odd Table" SET "Full Name" = ?', "P")
        assert is_problem(served.send("DELETE", "/odd/1", {"If-Match": before["etag"]}), 412)
        assert served.send("DELETE", "/odd/1").status == 204


def test_an_identity_beside_the_primary_key_may_be_made_by_the_database(database_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/slugs", model=slugs, read=public(), write=public())(Slug)
        api.resource("/keyless", model=keyless, read=public(), write=public())(Keyless)

    with serving_models(Base.metadata, database_url, register) as served:
        for path in ("/slugs", "/keyless"):
            assert created(served, path, n=1) == {"slug": "made", "n": 1}
            assert created(served, path, slug="mine") == {"slug": "mine"}
            assert served.send("PUT", f"{path}/put", content={"n": 2}).status == 201
            taken = served.send("POST", path, content={"n": 1})
            assert (taken.status, pointers(taken)) == (409, ["/slug"])


TRIGGERS = {
    "sqlite": """
        CREATE TRIGGER doubled AFTER INSERT ON slugs BEGIN UPDATE slugs SET n = NEW.n * 2 WHERE id = NEW.id; END
        ----
        CREATE TRIGGER refused BEFORE UPDATE ON slugs WHEN NEW.n = 13 BEGIN SELECT RAISE(ABORT, 'not thirteen'); END
    """,
    "postgresql": """
        CREATE FUNCTION doubled() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.n := NEW.n * 2; RETURN NEW; END $$
        ----
        CREATE TRIGGER doubled BEFORE INSERT ON slugs FOR EACH ROW EXECUTE FUNCTION doubled()
        ----
        CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF NEW.n = 13 THEN RAISE EXCEPTION 'not thirteen'; END IF; RETURN NEW; END $$
        ----
        CREATE TRIGGER refused BEFORE UPDATE ON slugs FOR EACH ROW EXECUTE FUNCTION refused()
    """,
}


def test_triggers_of_the_table_hold_and_are_seen(database_url: str) -> None:
    statements = tuple(TRIGGERS[database_url.partition(":")[0]].split("----"))

    def register(api: Api) -> None:
        api.resource("/slugs", model=slugs, read=public(), write=public())(Slug)

    with serving_models(Base.metadata, database_url, register, statements=statements) as served:
        assert created(served, "/slugs", slug="a", n=4)["n"] == 8
        assert served.send("PATCH", "/slugs/a", MERGE, {"n": 13}).status in {409, 422}
        assert changed(served, "/slugs/a", n=14)["n"] == 14


# -- what else models have ----------------------------------------------------------------------------------


@dataclass
class Point:
    x: int
    y: int


class Upper(sa.types.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True
    python_type = str

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value == "bad":
            raise ValueError("not this word")
        return value and value.upper()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return value


BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class Place(Base):
    __tablename__ = "places"
    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True
    )
    title: Mapped[str]
    label: Mapped[str | None] = mapped_column(Upper)
    x: Mapped[int] = mapped_column(default=1)
    y: Mapped[int] = mapped_column(default=2)
    seen: Mapped[datetime | None] = mapped_column(
        onupdate=lambda: datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    )
    point: Mapped[Point] = composite(Point, "x", "y")
    name: Mapped[str] = synonym("title")

    @hybrid_property
    def sum(self) -> Any:
        return self.x + self.y

    @validates("title")
    def not_blank(self, _: str, value: str) -> str:
        if not value.strip():
            raise AssertionError("is blank")
        return value.strip()


@sa.event.listens_for(Place, "before_insert")
@sa.event.listens_for(Place, "before_update")
def no_negative(_: Any, __: Any, place: Place) -> None:
    if (place.x or 0) < 0:
        raise ValueError("x is negative")


@sa.event.listens_for(Place, "before_delete")
def not_the_origin(_: Any, __: Any, place: Place) -> None:
    if place.x == place.y == 0:
        raise ValueError("The origin stays.")


@pytest.fixture
def places(database_url: str) -> Any:
    with serving_models(Base.metadata, database_url, model_at("/places", Place)) as served:
        yield served


def test_synonyms_composites_and_hybrids_are_what_they_stand_for(places: Served) -> None:
    first = created(places, "/places", title=" T ", label="abc")
    assert first == {"id": 1, "title": "T", "label": "ABC", "x": 1, "y": 2, "sum": 3}
    created(places, "/places", title="U", x=5)
    assert [each["id"] for each in items(places, "/places?sort=-sum")] == [2, 1]
    assert [each["id"] for each in items(places, "/places?sum[gt]=3")] == [2]
    assert [each["id"] for each in items(places, "/places?label=abc")] == [1]
    refused = places.send("POST", "/places", content={"title": "T", "sum": 3})
    assert (refused.status, pointers(refused)) == (422, ["/sum"])


def test_what_is_made_at_a_change_is_in_its_answer(places: Served) -> None:
    created(places, "/places", title="T")
    assert changed(places, "/places/1", x=7) == {
        "id": 1, "title": "T", "x": 7, "y": 2, "seen": "2026-01-01T00:00:00Z", "sum": 9,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content, said, member",
    [
        ({"title": " "}, "is blank", "/title"),
        ({"title": "T", "x": -1}, "x is negative", ""),
        ({"title": "T", "label": "bad"}, "not this word", "/label"),
    ],
    ids=["a validator", "an event", "a type"],
)
def test_what_the_code_of_a_model_refuses_is_said_in_its_words(
    places: Served, content: dict[str, Any], said: str, member: str
) -> None:
    created(places, "/places", title="here")
    for answer in (
        places.send("POST", "/places", content=content),
        places.send("PATCH", "/places/1", MERGE, content),
        places.send("PUT", "/places/1", content=content),
    ):
        assert is_problem(answer, 422)
        [error] = answer.json()["errors"]
        assert (error["detail"], error["pointer"]) == (said, member)
    assert items(places, "/places") == [{"id": 1, "title": "here", "x": 1, "y": 2, "sum": 3}]


def test_a_filter_that_a_type_refuses_is_a_bad_request(places: Served) -> None:
    assert is_problem(places.send("GET", "/places?label=bad"), 400)


def test_an_event_may_refuse_that_something_is_deleted(places: Served) -> None:
    created(places, "/places", title="O", x=0, y=0)
    answer = places.send("DELETE", "/places/1")
    assert is_problem(answer, 409)
    assert answer.json()["detail"] == "The origin stays."
    assert len(items(places, "/places")) == 1


def test_an_imperative_mapping_is_served(database_url: str) -> None:
    class Thing:
        pass

    metadata = sa.MetaData()
    table = sa.Table(
        "things", metadata, sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("thing_name", sa.String(20), nullable=False), sa.Column("n", sa.Integer),
    )  # fmt: skip
    registry(metadata=metadata).map_imperatively(Thing, table, properties={"name": table.c.thing_name})
    with serving_models(metadata, database_url, model_at("/things", Thing)) as served:
        assert created(served, "/things", name="a", n=1) == {"id": 1, "name": "a", "n": 1}
        assert changed(served, "/things/1", name="b")["name"] == "b"
        missing = served.send("POST", "/things", content={"n": 1})
        assert (missing.status, pointers(missing)) == (422, ["/name"])


def test_a_view_is_a_table_that_is_only_read(database_url: str) -> None:
    statements = ("CREATE VIEW loud AS SELECT id, upper(title) AS title FROM places",)
    view = sa.Table("loud", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.Text))
    models = (model_at("/places", Place), model_at("/loud", view, write=None))
    with serving_models(Base.metadata, database_url, *models, statements=statements) as served:
        created(served, "/places", title="here")
        first = served.send("GET", "/loud/1", accept=JSON)
        assert first.json() == {"id": 1, "title": "HERE"}
        changed(served, "/places/1", title="there")
        assert served.send("GET", "/loud/1", {"If-None-Match": first["etag"]}, accept=JSON).json()["title"] == "THERE"
        assert is_problem(served.send("DELETE", "/loud/1"), 405)


def test_a_table_of_the_same_name_stays_that_of_the_application(database_url: str) -> None:
    with serving_models(Base.metadata, database_url, model_at("/places", Place)) as served:
        created(served, "/places", title="here")
    with engine_of(database_url).connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Place)) == 1
