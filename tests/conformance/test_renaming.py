"""Items whose identity is declared to be renameable: their former addresses lead to where they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from restwell import Api, Change, DeclarationError, Field, Resource, public, scope
from restwell.access.sight import Sight
from restwell.data.outbox import START
from restwell.data.plans import Plan, RowChange
from restwell.data.units import Unit
from restwell.model.conditions import Comparison
from restwell.model.policy import OPERATIONS
from restwell.storage.engine import Store
from tests.api import JSON, JSON_PATCH, MERGE_PATCH, Answer, Served, is_problem, serving
from tests.arguments import shows
from tests.conformance.test_changed_meanwhile import meanwhile
from tests.modelled import create

HOST = "http://localhost"
MERGE = {"Content-Type": MERGE_PATCH}


class Plant(Resource):
    """A plant in the garden."""

    name: str = Field(identity=True, renameable=True)
    height: int = 1
    code: str | None = Field(None, unique=True, max_length=100)


class Tag(Resource):
    """What is named by a UUID."""

    id: UUID = Field(identity=True, renameable=True)
    text: str = ""


class Base(DeclarativeBase):
    pass


class Genus(Base):
    __tablename__ = "genera"
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    species: Mapped[int] = mapped_column(default=1)
    sorts: Mapped[list[Sort]] = relationship(lazy="joined")


class Sort(Base):
    """Refers to a genus, and follows it where it is renamed."""

    __tablename__ = "sorts"
    id: Mapped[int] = mapped_column(primary_key=True)
    genus: Mapped[str] = mapped_column(sa.ForeignKey("genera.name", onupdate="CASCADE"))


class Bed(Base):
    """Refers to a genus, and keeps it from being renamed."""

    __tablename__ = "beds"
    id: Mapped[int] = mapped_column(primary_key=True)
    genus: Mapped[str] = mapped_column(sa.ForeignKey("genera.name"))


rows = sa.Table(
    "plots", Base.metadata, sa.Column("field", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("plot", sa.String(20), primary_key=True), sa.Column("crop", sa.String(20)),
)  # fmt: skip


class GenusOf(Resource):
    """A genus, as it is served."""

    name: str = Field(identity=True, renameable=True, max_length=40)
    species: int = 1


class Plot(Resource):
    """A part of a field: its name may change, that of the field does not."""

    field: int = Field(identity=True)
    plot: str = Field(identity=True, renameable=True, max_length=20)
    crop: str | None = None


def plants(**options: Any) -> Callable[[Api], None]:
    def register(api: Api) -> None:
        api.resource("/plants", **{"read": public(max_age=60), "write": public(), **options})(Plant)

    return register


def tags(api: Api) -> None:
    api.resource("/tags", read=public(), write=public())(Tag)


def others(api: Api) -> None:
    api.resource("/genera", model=Genus, read=public(), write=public())(GenusOf)
    api.resource("/sorts", model=Sort, read=public(), write=public())
    api.resource("/beds", model=Bed, read=public(), write=public())
    api.resource("/plots", model=rows, read=public(), write=public())(Plot)


@pytest.fixture
def garden(database_url: str) -> Iterator[Served]:
    with serving(plants(), tags, database=database_url) as served:
        yield served


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    url = request.getfixturevalue(f"{request.param}_url")
    create(Base.metadata, url)
    with serving(others, database=url) as found:
        yield found


def rename(served: Served, at: str, **identity: Any) -> Answer:
    return served.send("PATCH", at, MERGE, content=identity, accept=JSON)


def leads(served: Served, path: str) -> str:
    """Where an address leads to."""
    answer = served.send("GET", path)
    assert answer.status == 308, answer.status
    return answer["location"].removeprefix(HOST)


def codes(answer: Answer) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


# -- renaming ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["merge patch", "JSON Patch", "PUT"])
@shows("Field", "renameable")
def test_what_is_renamed_says_where_it_is(garden: Served, how: str) -> None:
    garden.send("PUT", "/plants/Rose", content={"height": 3})
    answer = {
        "merge patch": lambda: rename(garden, "/plants/Rose", name="Rosa"),
        "JSON Patch": lambda: garden.send(
            "PATCH", "/plants/Rose", {"Content-Type": JSON_PATCH}, accept=JSON,
            content=[{"op": "replace", "path": "/name", "value": "Rosa"}],
        ),
        "PUT": lambda: garden.send("PUT", "/plants/Rose", content={"name": "Rosa", "height": 3}, accept=JSON),
    }[how]()  # fmt: skip
    assert (answer.status, answer["content-location"]) == (200, f"{HOST}/plants/Rosa")
    assert answer.json() == {"name": "Rosa", "height": 3}
    now = garden.send("GET", "/plants/Rosa", accept=JSON)
    assert (now.body, now["etag"]) == (answer.body, answer["etag"])
    assert leads(garden, "/plants/Rose") == "/plants/Rosa"
    assert garden.send("GET", "/plants", accept=JSON).json() == {"plants": [{"name": "Rosa", "height": 3}]}


def test_a_brief_answer_says_where_it_is_too(garden: Served) -> None:
    """As RFC 5789, section 2.1, has it: a 204 with Content-Location, and the entity tag of what is there now."""
    garden.send("PUT", "/plants/Rose", content={})
    brief = {**MERGE, "Prefer": "return=minimal"}
    same = garden.send("PATCH", "/plants/Rose", brief, content={"height": 2}, accept=JSON)
    assert (same.status, same.get("content-location")) == (204, None)
    answer = garden.send("PATCH", "/plants/Rose", brief, content={"name": "Rosa"}, accept=JSON)
    assert (answer.status, answer["content-location"]) == (204, f"{HOST}/plants/Rosa")
    assert answer["etag"] == garden.send("GET", "/plants/Rosa", accept=JSON)["etag"]


def test_preconditions_hold_as_ever(garden: Served) -> None:
    made = garden.send("PUT", "/plants/Rose", content={}, accept=JSON)
    late = garden.send("PATCH", "/plants/Rose", {**MERGE, "If-Match": '"x"'}, content={"name": "Rosa"})
    assert is_problem(late, 412)
    there = garden.send("PUT", "/plants/Rose", {"If-None-Match": "*"}, content={"name": "Rosa"})
    assert is_problem(there, 412)
    fine = garden.send("PATCH", "/plants/Rose", {**MERGE, "If-Match": made["etag"]}, content={"name": "Rosa"})
    assert fine.status == 200
    # It is another item's state now, even where the address is the same.
    again = garden.send("PATCH", "/plants/Rosa", {**MERGE, "If-Match": made["etag"]}, content={"height": 9})
    assert is_problem(again, 412)


def test_a_name_that_is_taken_is_refused_and_nothing_is_changed(garden: Served) -> None:
    for name in ("Rose", "Rosa"):
        garden.send("PUT", f"/plants/{name}", content={"code": name})
    for answer in (
        rename(garden, "/plants/Rose", name="Rosa"),
        garden.send("PUT", "/plants/Rose", content={"name": "Rosa"}),
    ):
        assert is_problem(answer, 409)
        assert codes(answer) == [("/name", "taken")]
    assert codes(rename(garden, "/plants/Rose", name="New", code="Rosa")) == [("/code", "taken")]
    assert garden.send("GET", "/plants/Rose").status == 200
    assert garden.send("GET", "/plants/New").status == 404


@pytest.mark.parametrize(
    "name, code",
    [
        ("", "string_too_short"), ("a/b", "string_pattern_mismatch"), ("..", "string_pattern_mismatch"),
        ("x" * 129, "string_too_long"), (7, "string_type"), ("ä", "string_pattern_mismatch"),
    ],
)  # fmt: skip
def test_what_is_no_identity_is_refused(garden: Served, name: Any, code: str) -> None:
    garden.send("PUT", "/plants/Rose", content={})
    answer = rename(garden, "/plants/Rose", name=name)
    assert is_problem(answer, 422)
    assert codes(answer) == [("/name", code)]


def test_an_identity_cannot_be_taken_away(garden: Served) -> None:
    garden.send("PUT", "/plants/Rose", content={})
    assert is_problem(rename(garden, "/plants/Rose", name=None), 422)
    remove = [{"op": "remove", "path": "/name"}]
    assert is_problem(garden.send("PATCH", "/plants/Rose", {"Content-Type": JSON_PATCH}, content=remove), 422)


def test_a_put_that_creates_names_what_its_address_names(garden: Served) -> None:
    answer = garden.send("PUT", "/plants/Rose", content={"name": "Rosa"})
    assert is_problem(answer, 422)
    assert codes(answer) == [("/name", "identity_mismatch")]


def test_without_the_declaration_all_stays_as_it_is() -> None:
    class Stone(Resource):
        """It keeps its name."""

        name: str = Field(identity=True)
        weight: int = 1

    with serving(lambda api: api.resource("/stones", read=public(), write=public())(Stone)) as served:
        served.send("PUT", "/stones/Opal", content={})
        answer = rename(served, "/stones/Opal", name="Ruby")
        assert is_problem(answer, 422)
        assert codes(answer) == [("/name", "identity_mismatch")]
        tables = served.api.binding(served.app).store.driver.read("SELECT name FROM sqlite_master")
        assert ("restwell_renames",) not in [tuple(row) for row in tables]


# -- former addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_every_method_is_led_on_and_nothing_is_done(garden: Served, method: str) -> None:
    garden.send("PUT", "/plants/Rose", content={})
    rename(garden, "/plants/Rose", name="Rosa")
    content = {"height": 7} if method in {"PUT", "PATCH"} else None
    headers = {"PATCH": MERGE}.get(method, {})
    query = "?fields=name" if method in {"GET", "HEAD"} else ""
    answer = garden.send(method, f"/plants/Rose{query}", headers, content=content)
    assert (answer.status, answer["location"], answer.body) == (308, f"{HOST}/plants/Rosa{query}", b"")
    assert garden.send("GET", "/plants/Rosa", accept=JSON).json() == {"name": "Rosa", "height": 1}


def test_it_may_be_kept_as_the_resource_may(garden: Served) -> None:
    garden.send("PUT", "/plants/Rose", content={})
    rename(garden, "/plants/Rose", name="Rosa")
    found, led = garden.send("GET", "/plants/Rosa", accept=JSON), garden.send("GET", "/plants/Rose", accept=JSON)
    for name in ("cache-control", "vary"):
        assert led[name] == found[name]
    assert led.get("etag") is None
    assert garden.send("DELETE", "/plants/Rose")["cache-control"] == "private, no-cache"


def test_there_are_no_chains(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    for before, after in ("AB", "BC", "CD"):
        rename(garden, f"/plants/{before}", name=after)
    assert [leads(garden, f"/plants/{name}") for name in "ABC"] == ["/plants/D"] * 3


def test_what_is_renamed_back_is_there_again(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    for before, after in ("AB", "BA"):
        rename(garden, f"/plants/{before}", name=after)
    assert garden.send("GET", "/plants/A").status == 200
    assert leads(garden, "/plants/B") == "/plants/A"


def test_what_is_created_at_a_former_address_is_there(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={"height": 1})
    rename(garden, "/plants/A", name="B")
    # A PUT means the item that was there, and is led on to it; a POST names what it makes.
    assert garden.send("PUT", "/plants/A", content={"height": 2}).status == 308
    assert garden.send("POST", "/plants", content={"name": "A", "height": 2}).status == 201
    assert garden.send("GET", "/plants/A", accept=JSON).json()["height"] == 2
    assert garden.send("DELETE", "/plants/A").status == 204
    assert garden.send("GET", "/plants/A").status == 404
    assert garden.send("GET", "/plants/B", accept=JSON).json()["height"] == 1


def test_what_leads_to_an_item_goes_with_it(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    for before, after in ("AB", "BC"):
        rename(garden, f"/plants/{before}", name=after)
    assert garden.send("DELETE", "/plants/C").status == 204
    for name in "ABC":
        assert is_problem(garden.send("GET", f"/plants/{name}"), 404)
    assert garden.send("PUT", "/plants/C", content={}).status == 201
    assert is_problem(garden.send("GET", "/plants/A"), 404)


def test_what_another_program_has_renamed_or_removed_leads_nowhere(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    rename(garden, "/plants/A", name="B")
    garden.change("UPDATE plants SET name = 'C' WHERE name = 'B'")
    assert garden.send("GET", "/plants/A").status == 404
    garden.change("UPDATE plants SET name = 'A' WHERE name = 'C'")
    assert garden.send("GET", "/plants/A").status == 200


def test_uuids_are_renamed_and_have_one_spelling(garden: Served) -> None:
    first, second = "0af7651a-16cd-43dd-8448-eb211c80319c", "1af7651a-16cd-43dd-8448-eb211c80319c"
    garden.send("PUT", f"/tags/{first}", content={})
    answer = rename(garden, f"/tags/{first}", id=second.upper())
    assert (answer.status, answer["content-location"]) == (200, f"{HOST}/tags/{second}")
    assert leads(garden, f"/tags/{first}") == f"/tags/{second}"
    assert leads(garden, f"/tags/{first.upper()}") == f"/tags/{first}"


MEANWHILE = {
    "what it changes": (("PATCH", "/plants/A", {"height": 2}), ("PATCH", "/plants/A", {"name": "C"}), 308),
    "what it removes": (("DELETE", "/plants/A", None), ("PATCH", "/plants/A", {"name": "C"}), 308),
    "what it renames": (("PATCH", "/plants/A", {"name": "D"}), ("PATCH", "/plants/A", {"name": "C"}), 308),
    "to its new name": (("PATCH", "/plants/A", {"name": "C"}), ("PATCH", "/plants/B", {"name": "C"}), 409),
    "to what it makes": (("PUT", "/plants/C", {"height": 2}), ("PATCH", "/plants/B", {"name": "C"}), 200),
    "from what it makes": (("POST", "/plants", {"name": "B"}), ("PATCH", "/plants/B", {"name": "C"}), 201),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_is_renamed_meanwhile_was_renamed_before(
    garden: Served, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    for name in "AB":
        garden.send("PUT", f"/plants/{name}", content={})
    (method, target, content), other, status = MEANWHILE[case]
    meanwhile(garden, monkeypatch, other)
    headers = MERGE if method == "PATCH" else {}
    assert garden.send(method, target, headers, content=content).status == status


def test_what_is_imported_at_a_former_address_goes_for_good(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    rename(garden, "/plants/A", name="B")
    garden.change("INSERT INTO plants (name, height) VALUES ('A', 7)")
    assert garden.send("GET", "/plants/A", accept=JSON).json()["height"] == 7
    assert rename(garden, "/plants/A", name="C").status == 200
    assert leads(garden, "/plants/A") == "/plants/C"
    garden.change("INSERT INTO plants (name, height) VALUES ('A', 7)")
    assert garden.send("DELETE", "/plants/A").status == 204
    assert garden.send("GET", "/plants/A").status == 404


# -- who may be told --------------------------------------------------------------------------------------------


def test_only_who_may_read_is_led_on() -> None:
    with serving(plants(read=scope("plants"), write=scope("plants"))) as served:
        reader, writer = (
            {"Authorization": f"Bearer {served.key(*scopes)}"}
            for scopes in (("plants:read",), ("plants:create", "plants:update"))
        )
        served.send("PUT", "/plants/A", writer, content={})
        answer = served.send("PATCH", "/plants/A", {**writer, **MERGE}, content={"name": "B"})
        assert (answer.status, answer["content-location"]) == (204, f"{HOST}/plants/B")
        led = served.send("GET", "/plants/A", reader)
        assert (led.status, led["location"]) == (308, f"{HOST}/plants/B")
        assert led["cache-control"].startswith("private")
        assert served.send("GET", "/plants/A").status == 401
        assert is_problem(served.send("PATCH", "/plants/A", {**writer, **MERGE}, content={}), 404)
        # Who cannot know that it was another's makes a new one.
        assert served.send("PUT", "/plants/A", writer, content={}).status == 201


def test_what_the_caller_may_not_see_leads_nowhere(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={"height": 20})
    rename(garden, "/plants/A", name="B")
    low = Sight(OPERATIONS, None, None, Comparison("height", "lt", (10,)))
    setting = garden.api.binding(garden.app).service.setting
    setting.sight = lambda *_: low
    former, never = (garden.send("GET", f"/plants/{name}") for name in ("A", "X"))
    assert (former.status, former.body.replace(b"/A", b"/X")) == (404, never.body)
    assert former.lasting()[1] == never.lasting()[1]


def test_who_may_not_write_the_identity_renames_nothing(garden: Served) -> None:
    garden.send("PUT", "/plants/A", content={})
    narrow = Sight(OPERATIONS, None, frozenset(["height"]))
    garden.api.binding(garden.app).service.setting.sight = lambda *_: narrow
    answer = rename(garden, "/plants/A", name="B")
    assert (answer.status, codes(answer)) == (422, [("/name", "read_only")])
    assert rename(garden, "/plants/A", name="A", height=2).status == 200


def test_who_may_not_update_renames_nothing() -> None:
    with serving(plants(update=scope("plants"))) as served:
        served.send("PUT", "/plants/A", content={})
        assert rename(served, "/plants/A", name="B").status == 401


# -- code of the application's ----------------------------------------------------------------------------------


def test_hooks_see_both_names_and_may_choose_another() -> None:
    seen: list[Any] = []

    def register(api: Api) -> None:
        plants()(api)

        @api.before(Plant, "update")
        def tidy(change: Change) -> None:
            seen.append((change.old.name, change.new.name))
            change.new.name = change.new.name.capitalize()

        @api.after(Plant, "update")
        def note(change: Change) -> None:
            seen.append((change.old.name, change.new.name))

        @api.operation(Plant, "clone-name", permission=public())
        def clone(change: Change) -> None:
            change.new.name = f"{change.old.name}-2"

    with serving(register) as served:
        served.send("PUT", "/plants/Rose", content={})
        answer = rename(served, "/plants/Rose", name="rosa")
        assert (answer.status, answer["content-location"]) == (200, f"{HOST}/plants/Rosa")
        assert seen == [("Rose", "rosa"), ("Rose", "Rosa")]
        led = served.send("POST", "/plants/Rose/clone-name")
        assert (led.status, led["location"]) == (308, f"{HOST}/plants/Rosa/clone-name")
        done = served.send("POST", "/plants/Rosa/clone-name", accept=JSON)
        assert (done.status, done["content-location"]) == (200, f"{HOST}/plants/Rosa-2")
        assert [leads(served, f"/plants/{name}") for name in ("Rose", "Rosa")] == ["/plants/Rosa-2"] * 2
        served.send("PUT", "/plants/Other", content={})
        taken = rename(served, "/plants/Other", name="Rosa-2")
        assert (taken.status, codes(taken)) == (409, [("/name", "taken")])


def test_a_hook_that_refuses_takes_it_all_back() -> None:
    def register(api: Api) -> None:
        plants()(api)

        @api.after(Plant, "update")
        def never(_: Change) -> None:
            raise RuntimeError("no")

    with serving(register, config={"PROPAGATE_EXCEPTIONS": False}) as served:
        served.send("PUT", "/plants/Rose", content={})
        assert rename(served, "/plants/Rose", name="Rosa").status == 500
        assert served.send("GET", "/plants/Rose").status == 200
        assert served.send("GET", "/plants/Rosa").status == 404


# -- models and tables of others --------------------------------------------------------------------------------


def test_a_mapped_class_is_renamed_and_what_refers_to_it_follows(served: Served) -> None:
    served.send("POST", "/genera", content={"name": "Rosa"})
    served.send("POST", "/sorts", content={"genus": "Rosa"})
    answer = rename(served, "/genera/Rosa", name="Röslein x")
    assert (answer.status, answer["content-location"]) == (200, f"{HOST}/genera/R%C3%B6slein%20x")
    assert answer.json() == {"name": "Röslein x", "species": 1}
    assert leads(served, "/genera/Rosa") == "/genera/R%C3%B6slein%20x"
    assert served.send("GET", "/sorts/1").json()["genus"] == f"{HOST}/genera/R%C3%B6slein%20x"
    assert served.send("DELETE", "/sorts/1").status == 204
    assert served.send("DELETE", "/genera/R%C3%B6slein%20x").status == 204
    assert served.send("GET", "/genera/Rosa").status == 404


def test_what_a_foreign_key_holds_is_not_renamed(served: Served) -> None:
    served.send("POST", "/genera", content={"name": "Rosa"})
    served.send("POST", "/beds", content={"genus": "Rosa"})
    assert is_problem(rename(served, "/genera/Rosa", name="Salvia"), 409)
    assert served.send("GET", "/genera/Rosa").status == 200
    assert served.send("GET", "/genera/Salvia").status == 404


def test_a_part_of_an_identity_may_be_renamed_alone(served: Served) -> None:
    for plot in ("a,1", "b"):
        assert served.send("POST", "/plots", content={"field": 1, "plot": plot, "crop": "rye"}).status == 201
    answer = rename(served, "/plots/1,a%252C1", plot="c")
    assert (answer.status, answer["content-location"]) == (200, f"{HOST}/plots/1,c")
    assert answer.json() == {"field": 1, "plot": "c", "crop": "rye"}
    assert leads(served, "/plots/1,a%252C1") == "/plots/1,c"
    assert codes(rename(served, "/plots/1,c", field=2)) == [("/field", "identity_mismatch")]
    assert codes(rename(served, "/plots/1,c", plot="b")) == [("/field", "taken"), ("/plot", "taken")]
    put = served.send("PUT", "/plots/1,c", content={"plot": "d"}, accept=JSON)
    assert (put["content-location"], put.json()) == (f"{HOST}/plots/1,d", {"field": 1, "plot": "d"})
    assert leads(served, "/plots/1,a%252C1") == "/plots/1,d"


def test_it_is_noted_in_the_transaction_of_the_change(database_url: str) -> None:
    create(Base.metadata, database_url)
    with serving(others, plants(), database=database_url) as served:
        served.send("PUT", "/plants/Rose", content={})
        served.send("POST", "/genera", content={"name": "Rose"})
        store = served.api.binding(served.app).store
        served.change("ALTER TABLE restwell_renames RENAME TO elsewhere")
        for path in ("/plants", "/genera"):
            assert rename(served, f"{path}/Rose", name="Rosa").status == 503
            assert served.send("GET", f"{path}/Rose").status == 200
        served.change("ALTER TABLE elsewhere RENAME TO restwell_renames")
        assert rename(served, "/plants/Rose", name="Rosa").status == 200
        assert [tuple(row) for row in store.driver.read("SELECT path, identity FROM restwell_renames")] == [
            ("/plants", "Rosa")
        ]


def test_the_outbox_says_both_names(database_url: str) -> None:
    declarations = []

    def register(api: Api) -> None:
        plants()(api)
        declarations.extend(api.declarations)

    with serving(register, database=database_url):
        pass
    with closing(Store.open(database_url, declarations, outbox=True)) as store:
        [plant] = declarations
        values = {"name": "Rose", "height": 1, "code": None}
        [made] = store.carry_out(Unit((RowChange("insert", plant, values=values),))).outcomes
        change = RowChange("replace", plant, "Rose", made.row[1], {**values, "name": "Rosa"})
        assert store.carry_out(Unit((change,))).outcomes[0].kind == "replaced"
        assert store.outbox is not None
        lines = [(line.action, line.identity, line.renamed) for line in store.outbox.changes_after(START)]
        assert lines == [("insert", "Rose", None), ("replace", "Rose", "Rosa")]
        assert store.look_up(Plan("item", plant, "Rose")).kind == "missing"
        assert store.look_up(Plan("item", plant, "Rose", former=True)).row[3] == "Rosa"


def test_a_table_for_it_is_made_where_a_database_has_none_yet(database_url: str) -> None:
    class Before(Resource):
        """What a plant was before it could be renamed."""

        name: str = Field(identity=True)
        height: int = 1
        code: str | None = Field(None, unique=True, max_length=100)

    def register(api: Api) -> None:
        api.resource("/plants", read=public(), write=public())(Before)

    with serving(register, database=database_url) as old:
        old.send("PUT", "/plants/Rose", content={})
    with serving(plants(), database=database_url) as served:
        rename(served, "/plants/Rose", name="Rosa")
        assert leads(served, "/plants/Rose") == "/plants/Rosa"


# -- at the same time -------------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], Answer]) -> list[int]:
    """The statuses of requests that are sent at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [answer.status for answer in pool.map(lambda call: call(), calls)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "database, path",
    [(database, path) for database in ("sqlite", "postgresql", "mariadb") for path in ("/genera", "/plants")][:-1],
)
def test_renames_at_the_same_time_end_in_an_answer(request: pytest.FixtureRequest, database: str, path: str) -> None:
    """Two that swap names wait for one another, so that a database may end one of them, which is to be sent again."""
    url = request.getfixturevalue(f"{database}_url")
    create(Base.metadata, url)
    with serving(others if path == "/genera" else plants(), database=url) as served:
        for name in "ABCD":
            assert served.send("POST", path, content={"name": name}).status == 201
        seen: Counter[int] = Counter()
        for one, other in ("AB", "BC", "CD", "DA") * 4:
            swap = ((one, other), (other, one))
            found = at_once(*(partial(rename, served, f"{path}/{before}", name=after) for before, after in swap))
            assert set(found) <= {409, 503}
            seen.update(found)
            around = [(name, f"{name}-x") for name in (one, other)]
            found = at_once(*(partial(rename, served, f"{path}/{before}", name=after) for before, after in around))
            assert set(found) <= {200, 503}
            seen.update(found)
            for name, after in around:
                back = rename(served, f"{path}/{after}", name=name)
                assert back.status in {200, 404}
                assert served.send("GET", f"{path}/{name}").status == 200
        assert seen[200] > 20


# -- what is said of it -----------------------------------------------------------------------------------------


def test_descriptions_say_what_may_be_renamed(served: Served) -> None:
    api = served.send("GET", "/openapi.json").json()
    schemas = api["components"]["schemas"]
    assert "name" in schemas["GenusOf.replacing"]["properties"]
    assert "name" not in schemas["GenusOf.replacing"].get("required", [])
    assert set(schemas["Plot.merging"]["properties"]) == {"plot", "crop"}
    assert schemas["GenusOf.merging"]["properties"]["name"]["type"] == "string"
    for method in ("get", "put", "patch", "delete"):
        found = api["paths"]["/genera/{name}"][method]["responses"]["308"]
        assert found["description"].startswith("The item was given another identity, and had this one before.")
        assert "308" not in api["paths"]["/sorts/{id}"][method]["responses"]
    assert "Content-Location" in api["paths"]["/genera/{name}"]["patch"]["responses"]["204"]["headers"]
    assert "Content-Location" not in api["paths"]["/sorts/{id}"]["patch"]["responses"]["204"]["headers"]
    assert "308" not in api["paths"]["/genera"]["get"]["responses"]


def test_forms_let_people_change_it(served: Served) -> None:
    served.send("POST", "/plots", content={"field": 1, "plot": "a"})
    forms = served.send("GET", "/plots/1,a", accept="application/prs.hal-forms+json").json()["_templates"]
    for method in ("PATCH", "PUT"):
        [form] = [each for each in forms.values() if each["method"] == method]
        found = {each["name"]: each for each in form["properties"]}
        assert found["field"]["readOnly"] is True
        assert "readOnly" not in found["plot"]
        assert found["plot"]["value"] == "a"
    classes = served.send("GET", "/docs.jsonld").json()["supportedClass"]
    [plot] = [each for each in classes if each["title"] == "Plot"]
    writeable = {each["title"]: each["writeable"] for each in plot["supportedProperty"] if "writeable" in each}
    assert writeable["plot"] is True


# -- what is refused at the start -------------------------------------------------------------------------------


def test_only_an_identity_is_renameable() -> None:
    class Wrong(Resource):
        """x"""

        name: str = Field(identity=True)
        note: str = Field("", renameable=True)

    with pytest.raises(DeclarationError, match=r"Wrong\.note .* is renameable and not the identity"):
        Api().resource("/wrong", write=public())(Wrong)


def test_what_nobody_may_update_is_not_renameable() -> None:
    with pytest.raises(DeclarationError, match="is renameable, and nobody may update"):
        Api().resource("/plants", read=public(), create=public())(Plant)


def test_what_nobody_can_set_is_not_renameable() -> None:
    class Numbered(Base):
        __tablename__ = "numbered"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Wrong(Resource):
        """x"""

        id: int = Field(identity=True, renameable=True)

    with pytest.raises(DeclarationError, match="is renameable and read-only"):
        Api().resource("/numbered", model=Numbered, write=public())(Wrong)
