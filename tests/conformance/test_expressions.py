"""Members that the database computes by an expression: shown, filtered by, sorted by, and never set."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import pytest
import sqlalchemy as sa
from openapi_spec_validator import validate
from pydantic import field_validator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from restwell import Api, Change, DeclarationError, Field, Resource, Source, public
from restwell.files import ImportRefused, UnreadableFile, export_rows, import_rows
from restwell.model.declare import declare
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference
from tests.api import JSON, MERGE_PATCH, Colour, Served, is_problem, serving
from tests.arguments import shows
from tests.modelled import create

MERGE = {"Content-Type": MERGE_PATCH, "Accept": JSON}
ROWS = [
    {"id": 1, "title": "bb", "amount": 5},
    {"id": 2, "title": "a", "amount": None},
    {"id": 3, "title": "ccc%s", "amount": 8},
    {"id": 4, "title": "", "amount": 5},
]


class Base(DeclarativeBase):
    pass


class Line(Base):
    __tablename__ = "rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[int] = mapped_column(sa.ForeignKey("notes.id"))


class Kept(Base):
    """A note of others."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(sa.String(40), default="")
    amount: Mapped[int | None]
    lines: Mapped[list[Line]] = relationship()


class Note(Resource):
    """A note."""

    id: int = Field(identity=True)
    title: str = ""
    amount: int | None = None
    length: int = Field(sql=lambda row: sa.func.length(row.title), description="How long the title is.")
    shout: str = Field(sql=lambda row: sa.func.upper(row.title) + "%!")
    half: float | None = Field(sql=lambda row: row.amount / 2.0)
    is_big: bool | None = Field(sql=lambda row: row.amount > 6)


def notes(kind: str, *, hooked: bool = False) -> Callable[[Api], None]:
    held: dict[str, dict[str, Any]] = {
        "own": {}, "hooked": {}, "model": {"model": Kept}, "table": {"model": Kept.__table__},
    }  # fmt: skip

    def register(api: Api) -> None:
        note = api.resource("/notes", read=public(), write=public(), **held[kind])(Note)
        if kind == "hooked":

            @api.before(note)
            def touch(change: Change) -> None:
                assert change.old is None or change.old.length == len(change.old.title)

    return register


@pytest.fixture(params=["own", "hooked", "model", "table"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    if request.param in {"model", "table"}:
        create(Base.metadata, database_url)
    with serving(notes(request.param), database=database_url) as served:
        for row in ROWS:
            assert served.send("POST", "/notes", content=row).status == 201
        yield served


def found(served: Served, query: str) -> list[int]:
    """The numbers of all items of a query, page by page."""
    numbers, target = [], f"/notes?{query}"
    while target:
        answer = served.send("GET", target, accept=JSON)
        assert answer.status == 200, answer.body
        numbers += [row["id"] for row in answer.json()["notes"]]
        target = next((link.target for link in answer.links("next")), "")
    return numbers


@shows("Field", "sql")
def test_it_is_what_the_database_makes_of_the_row_at_any_time(served: Served) -> None:
    one = {"id": 1, "title": "bb", "amount": 5, "length": 2, "shout": "BB%!", "half": 2.5, "is_big": False}
    assert served.send("GET", "/notes/1", accept=JSON).json() == one
    created = served.send("POST", "/notes", content={"id": 9, "title": "xyz"}, accept=JSON).json()
    assert created == {
        "id": 9, "title": "xyz", "length": 3, "shout": "XYZ%!", "half": None, "is_big": None,
    }  # fmt: skip
    changed = served.send("PATCH", "/notes/1", MERGE, {"title": "four"}).json()
    assert changed == {**one, "title": "four", "length": 4, "shout": "FOUR%!"}
    replaced = served.send("PUT", "/notes/1", content=one, accept=JSON)
    assert is_problem(replaced, 422)
    assert [error["pointer"] for error in replaced.json()["errors"]] == ["/length", "/shout"]
    assert served.send("PUT", "/notes/1", content=changed, accept=JSON).json() == changed
    assert served.send("DELETE", "/notes/1").status == 204


def test_it_filters_and_sorts_over_pages(served: Served) -> None:
    assert found(served, "length[gte]=2") == [1, 3]
    assert found(served, "shout[starts]=B") == [1]
    assert found(served, "shout=CCC%25S%25!") == [3]
    assert found(served, "is_big=true") == [3]
    assert found(served, "half=2.5") == [1, 4]
    assert found(served, "half[exists]=false") == [2]
    assert found(served, "half[in]=4,2.5&length=0") == [4]
    for limit in (1, 2, 9):
        assert found(served, f"sort=length&limit={limit}") == [4, 2, 1, 3]
        assert found(served, f"sort=-half,length&limit={limit}") == [2, 3, 4, 1]
        assert found(served, f"sort=half&limit={limit}") == [1, 4, 3, 2]
        assert found(served, f"sort=-half&limit={limit}") == [2, 3, 4, 1]
    page = served.send("GET", "/notes?fields=id,length&sort=-length&limit=1", accept=JSON)
    assert page.json()["notes"] == [{"id": 3, "length": 5}]


@pytest.mark.parametrize("kind", ["own", "model"])
def test_its_parameters_may_be_called_as_members_are(kind: str, database_url: str) -> None:
    """A value of the row, and what Restwell compares with, are other parameters of the same statement."""
    if kind == "model":
        create(Base.metadata, database_url)

    class Named(Resource):
        """A note."""

        id: int = Field(identity=True)
        title: str = ""
        amount: int | None = None
        is_big: bool | None = Field(sql=lambda row: row.amount > sa.bindparam("title", 6))
        more: int | None = Field(sql=lambda row: row.amount + sa.bindparam("_identity", 10))
        most: int | None = Field(sql=lambda row: row.amount + sa.bindparam("_limit", 20))

    model: dict[str, Any] = {"model": Kept} if kind == "model" else {}
    with serving(lambda api: api.resource("/notes", read=public(), write=public(), **model)(Named),
                 database=database_url) as served:  # fmt: skip
        for number in (1, 2):
            content = {"id": number, "title": "a", "amount": 6 + number % 2}
            made = served.send("POST", "/notes", content=content, accept=JSON)
            computed = {"is_big": number == 1, "more": 16 + number % 2, "most": 26 + number % 2}
            assert made.json() == content | computed
            assert served.send("GET", f"/notes/{number}", accept=JSON).json() == content | computed
        assert found(served, "more[gte]=16&is_big=true&limit=1") == [1]
        assert found(served, "sort=most&limit=1") == [2, 1]


def test_no_client_sets_it(served: Served) -> None:
    for method, target, headers, content in (
        ("POST", "/notes", {}, {"id": 7, "length": 3}),
        ("PUT", "/notes/1", {}, {"length": 9}),
        ("PATCH", "/notes/1", MERGE, {"length": 9}),
    ):
        answer = served.send(method, target, headers, content)
        assert is_problem(answer, 422)
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/length", "read_only")


def test_descriptions_say_that_it_is_read_only(served: Served) -> None:
    schema = served.send("GET", "/schemas/Note").json()
    assert schema["required"] == ["id"]
    assert schema["properties"]["length"]["readOnly"] is True
    assert schema["properties"]["length"]["description"] == "How long the title is."
    document = served.send("GET", "/openapi.json").json()
    validate(document)
    assert list(document["components"]["schemas"]["Note.creating"]["properties"]) == ["id", "title", "amount"]
    names = [each.get("name") for each in document["paths"]["/notes"]["get"]["parameters"]]
    assert {"length", "length[gte]", "is_big", "half[exists]"} <= {*names}


def test_an_entity_tag_changes_with_what_it_is_computed_of(served: Served) -> None:
    before = served.send("GET", "/notes/1")["etag"]
    assert served.send("PATCH", "/notes/1", {**MERGE, "If-Match": before}, {"title": "four"}).status == 200
    assert served.send("GET", "/notes/1")["etag"] != before
    assert served.send("PATCH", "/notes/1", {**MERGE, "If-Match": before}, {"title": "x"}).status == 412


def test_a_model_can_be_asked_for_more_than_its_columns(database_url: str) -> None:
    create(
        Base.metadata,
        database_url,
        "INSERT INTO notes (id, title) VALUES (1, 'a')",
        "INSERT INTO rules VALUES (5, 1)",
    )

    class Counted(Resource):
        id: int
        lines: int = Field(
            sql=lambda note: sa.select(sa.func.count(Line.id)).where(Line.note == note.id).scalar_subquery()
        )
        has_lines: bool = Field(sql=lambda note: note.lines.any())

    def register(api: Api) -> None:
        api.resource("/notes", model=Kept, read=public())(Counted)

    with serving(register, database=database_url) as served:
        answer = served.send("GET", "/notes/1", accept=JSON)
        assert answer.json() == {"id": 1, "lines": 1, "has_lines": True}
        served.change("DELETE FROM rules")
        later = served.send("GET", "/notes?has_lines=false", {"If-None-Match": answer["etag"]}, accept=JSON)
        assert later.json() == {"notes": [{"id": 1, "lines": 0, "has_lines": False}]}
        assert served.send("GET", "/notes/1")["etag"] != answer["etag"]


def test_files_have_what_is_stored(database_url: str, tmp_path: Path) -> None:
    with serving(notes("own"), database=database_url) as served:
        [declared] = served.api.declarations
        store = served.api.binding(served.app).store
        path = tmp_path / "rows.csv"
        path.write_text("id,title,amount\n1,bb,5\n2,a,\n")
        assert import_rows(store, declared, path).rows == 2
        out = io.BytesIO()
        assert export_rows(store, declared, out, "csv") == 2
        assert out.getvalue() == b"id,title,amount\r\n1,bb,5\r\n2,a,\r\n"
        assert found(served, "sort=length") == [2, 1]
        text = tmp_path / "rows.ndjson"
        text.write_text(json.dumps({"id": 3, "length": 3}))
        with pytest.raises(ImportRefused, match="length: Is read-only"):
            import_rows(store, declared, text)
        path.write_text("id,length,nobody\n1,2,3\n")
        with pytest.raises(UnreadableFile, match="'nobody' is not known; 'length' is computed, and never imported"):
            import_rows(store, declared, path)


def test_a_table_has_no_column_for_it(database_url: str) -> None:
    with serving(notes("own"), database=database_url) as served:
        store = served.api.binding(served.app).store
        [statements] = store.statements.values()
        assert list(statements.table.c.keys()) == ["_id", "id", "title", "amount", "_version", "_modified"]
    with serving(notes("own"), database=database_url) as served:
        assert served.send("GET", "/notes").status == 200


def other(**members: Any) -> type[Resource]:
    hints = {name: hint for name, (hint, _) in members.items()}
    fields = {name: field for name, (_, field) in members.items()}
    namespace = {
        "__annotations__": {"id": int, "title": str, **hints},
        "id": Field(identity=True),
        "title": "",
        **fields,
    }
    return type("Note", (Resource,), namespace)


@pytest.mark.parametrize(
    "member, said",
    [
        ((int, Field(sql=lambda row: sa.func.length(row.nam))), "raises AttributeError .there is no nam, only id"),
        ((int, Field(sql=lambda row: 7)), "gives 7: give an expression"),
        ((int, Field(sql=lambda row: sa.func.no_such_thing(row.title))), "does not take: .*no_such_thing"),
        ((int, Field(sql=lambda row: sa.func.max(row.id))), "does not take|of all rows together"),
        ((int, Field(sql=lambda row: sa.select(sa.func.count(Line.id)).scalar_subquery())), "is of other rows"),
        ((int, Field(sql=lambda row: sa.func.row_number().over(order_by=row.id))), "is of other rows"),
        ((int, Field(sql=lambda row: Line.id + row.id)), "is of other rows"),
        ((list[int], Field(sql=lambda row: row.id)), "neither filters nor sorts: use @computed_field"),
        ((int, Field(sql=lambda row: row.id, index=True)), "index=True, which a column alone can be"),
        ((int, Field(sql=lambda row: row.id, unique=True)), "unique=True, which a column alone can be"),
        ((int, Field(sql=lambda row: row.id, ge=0)), r"and a limit beside it .Ge.ge=0.., .* leave it out"),
        ((Annotated[int, Field(sql=lambda row: row.id)], 5), "and a default beside it: leave that out"),
    ],
)  # fmt: skip
def test_a_bad_expression_is_refused_at_the_start_with_its_place(
    database_url: str, member: tuple[Any, Any], said: str
) -> None:
    def register(api: Api) -> None:
        api.resource("/notes", read=public())(other(sum=member))

    with (
        pytest.raises(DeclarationError, match=rf"Note\.sum.* {said}"),
        serving(register, database=database_url) as served,
    ):
        served.api.binding(served.app).store.prepare()


@pytest.mark.parametrize("wrong", [{"default": 1}, {"default_factory": int}, {"auto": "created"}])
def test_it_has_no_default(wrong: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=r"line \d+\) has sql=.* leave that out"):
        Field(sql=lambda row: row.id, **wrong)
    with pytest.raises(DeclarationError, match="has sql='id': give a function of the row"):
        Field(sql="id")  # type: ignore[arg-type]  # on purpose


def test_sqlite_does_not_compute_with_decimals(sqlite_url: str, postgresql_url: str) -> None:
    def register(api: Api) -> None:
        api.resource("/notes", read=public(), write=public())(
            other(price=(Decimal, Decimal(2)), size=(Decimal, Field(sql=lambda row: sa.func.abs(row.price))))
        )

    with (
        pytest.raises(DeclarationError, match=r"Note\.size.* with decimals, which this database keeps as texts"),
        serving(register, database=sqlite_url) as served,
    ):
        served.api.binding(served.app).store.prepare()
    with serving(register, database=postgresql_url) as served:
        assert served.send("POST", "/notes", content={"id": 1, "price": "1.25"}, accept=JSON).json()["size"] == "1.25"


def test_a_source_and_a_model_of_the_same_name_are_refused() -> None:
    class Empty(Source):
        def all(self) -> list[Any]:
            return []

    with pytest.raises(DeclarationError, match=r"Note\.length has sql=, and the items are in a source"):
        Api().resource("/notes", source=Empty(), read=public())(Note)

    class Same(Resource):
        id: int
        title: str = Field(sql=lambda row: sa.func.upper(row.title))

    with pytest.raises(DeclarationError, match=r"Same\.title.* the model has a member of that name"):
        Api().resource("/notes", model=Kept.__table__, read=public())(Same)
    for what, said in ((lambda row: row.nam, "raises AttributeError"), (lambda row: 1, "gives 1")):
        wrong = type("Wrong", (Resource,), {"__annotations__": {"id": int, "sum": int}, "sum": Field(sql=what)})
        for model in (Kept, Kept.__table__):
            with pytest.raises(DeclarationError, match=rf"Wrong\.sum has sql= that {said}"):
                Api().resource("/notes", model=model, read=public())(wrong)
        with pytest.raises(DeclarationError, match=r"Limited\.sum .*has sql= and a limit beside it"):
            Api().resource("/notes", model=model, read=public())(Limited)


class Limited(Resource):
    id: int
    sum: int = Field(sql=lambda row: row.id, le=5)


def test_a_validator_of_it_is_refused_since_it_would_see_no_value() -> None:
    class Checked(Resource):
        id: int = Field(identity=True)
        sum: int = Field(sql=lambda row: row.id)

        @field_validator("sum")
        @classmethod
        def is_small(cls, value: int) -> int:
            return value

    with pytest.raises(DeclarationError, match=r"Checked\.sum .*has sql= and the validator is_small"):
        Api().resource("/notes", read=public())(Checked)


KINDS: dict[str, tuple[Any, str, str]] = {
    "moment": (datetime, "2026-01-02T03:04:05.678Z", "2025-01-02T03:04:05+02:00"),
    "day": (date, "2026-01-02", "2025-01-02"),
    "time": (time, "03:04:05", "02:04:05.5"),
    "length": (timedelta, "P1DT2H", "PT2H"),
    "code": (UUID, "12345678-1234-1234-1234-123456789abc", "02345678-1234-1234-1234-123456789abc"),
    "colour": (Colour, "red", "green"),
    "text": (str, "\u00c4 \u00df%_x", "a"),
    "number": (float, "1.5", "0.5"),
    "flag": (bool, "true", "false"),
}


class Valued(Base):
    """Values of many kinds, of others."""

    __tablename__ = "values"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moment: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    day: Mapped[date | None]
    time: Mapped[time | None]
    length: Mapped[timedelta | None]
    code: Mapped[UUID | None]
    colour: Mapped[str | None] = mapped_column(sa.String(10))
    text: Mapped[str | None] = mapped_column(sa.String(10))
    number: Mapped[float | None]
    flag: Mapped[bool | None]


def same(name: str) -> Any:
    """A field that the database computes to be what another one is."""
    return Field(sql=lambda row: sa.func.coalesce(getattr(row, name), getattr(row, name)))


def same_values() -> type[Resource]:
    """Fields of many kinds, each with one beside it that has to be what it is."""
    hints = {name: hint | None for name, (hint, *_) in KINDS.items()}
    namespace = {
        "__annotations__": {"id": int, **hints, **{f"same_{name}": hint for name, hint in hints.items()}},
        "id": Field(identity=True), **dict.fromkeys(KINDS), **{f"same_{name}": same(name) for name in KINDS},
    }  # fmt: skip
    return type("Value", (Resource,), namespace)


@pytest.mark.parametrize("model", [None, Valued])
def test_its_filters_read_values_as_those_of_columns_do(database_url: str, model: Any) -> None:
    def register(api: Api) -> None:
        api.resource("/values", read=public(), write=public(), **({} if model is None else {"model": model}))(
            same_values()
        )

    create(*((sa.MetaData(), database_url) if model is None else (Base.metadata, database_url)))
    with serving(register, database=database_url) as served:
        for place in (0, 1):
            row = {name: json.loads(values[place]) if hint in {float, bool} else values[place]
                   for name, (hint, *values) in KINDS.items()}  # fmt: skip
            answer = served.send("POST", "/values", content={"id": place, **row}, accept=JSON).json()
            assert {name: answer[f"same_{name}"] for name in KINDS} == {name: answer[name] for name in KINDS}
        for name, (_, value, _) in KINDS.items():
            for operator in ("", "[ne]", "[gt]", "[gte]", "[lt]", "[in]", "[starts]", "[icontains]"):
                told, wanted = (
                    served.send("GET", f"/values?{each}{operator}={quote(value)}&sort=-{each}", accept=JSON)
                    for each in (f"same_{name}", name)
                )
                assert told.status == wanted.status
                if told.status == 200:
                    assert told.json() == wanted.json(), f"{name}{operator}"


def test_what_its_type_is_not_is_null_and_logged_and_nothing_is_lost(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody but the application can correct an expression: items stay what they are without it."""

    def register(api: Api) -> None:
        api.resource("/notes", read=public(), write=public())(
            other(moment=(datetime, Field(sql=lambda row: row.title)))
        )

    with serving(register, database=sqlite_url) as served:
        made = served.send("POST", "/notes", content={"id": 1, "title": "x"}, accept=JSON)
        assert (made.status, made.json()) == (201, {"id": 1, "title": "x", "moment": None})
        assert served.send("GET", "/notes/1", accept=JSON).json() == made.json()
        assert served.send("GET", "/notes", accept=JSON).json() == {"notes": [made.json()]}
        assert served.send("PATCH", "/notes/1", MERGE, {"title": "y"}).status == 200
    assert "the sql= of Note.moment gives what is not date and time, shown as null: correct it." in caplog.text


def test_an_expression_that_fails_says_so_and_blames_no_value_of_the_uri(
    postgresql_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def register(*, whole: bool) -> Callable[[Api], object]:
        more = {"half": (float, Field(sql=lambda row: 5 / row.size))} if whole else {}
        cls = other(size=(int, 1), **more)
        return lambda api: api.resource("/notes", read=public(), write=public())(cls)

    with serving(register(whole=False), database=postgresql_url) as served:
        assert served.send("POST", "/notes", content={"id": 1, "size": 0}).status == 201
    with serving(register(whole=True), database=postgresql_url) as served:
        for target in ("/notes", "/notes/1", "/notes?sort=half"):
            answer = served.send("GET", target)
            assert is_problem(answer, 500)
            assert answer.json()["detail"] == "What the database computes of a row fails: see the log."
        assert is_problem(served.send("POST", "/notes", content={"id": 2, "size": 0}), 422)
        assert served.send("GET", "/notes/2").status == 404
        assert served.send("PUT", "/notes/1", content={"size": 2}).status == 500
    assert "a sql= of Note fails with a row: DivisionByZero. Correct it." in caplog.text


def test_migrate_neither_makes_a_column_nor_keeps_one_that_became_an_expression(database_url: str) -> None:
    stored = declare(other(length=(int, 0)), "/notes", read=public())
    computed = declare(other(length=(int, Field(sql=lambda row: sa.func.length(row.title)))), "/notes", read=public())
    plain = declare(other(), "/notes", read=public())
    Store.open(database_url, [plain]).close()
    Store.open(database_url, [computed]).close()
    with closing(Store(open_driver(database_url), [computed])) as store:
        assert not find_difference(store).changes
    with closing(Store(open_driver(database_url), [stored])) as store:
        apply_difference(store)
    with closing(Store(open_driver(database_url), [computed])) as store:
        words = [each.words for each in find_difference(store).changes]
        assert [each for each in words if "length" in each] == words
        assert words


def test_models_on_mariadb_have_it(mariadb_url: str) -> None:
    create(Base.metadata, mariadb_url)
    with serving(notes("model"), database=mariadb_url) as served:
        for row in ROWS:
            assert served.send("POST", "/notes", content=row).status == 201
        assert found(served, "length[gte]=2&sort=-shout") == [3, 1]
        assert found(served, "half[exists]=false") == [2]
