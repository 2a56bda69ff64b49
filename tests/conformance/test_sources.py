"""Items of an application's own source: everything above it is as over a table."""

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from restwell import Api, Change, DeclarationError, Field, Refuse, Resource, Source, public
from restwell.files import NotImportable, export_rows, import_rows
from restwell.model.source import HeldSource
from tests.arguments import shows

ITEMS = [
    {
        "name": f"n{number:02}",
        "size": None if number % 5 == 0 else number % 4,
        "price": Decimal(number) / 4,
        "day": date(2026, 1, 1 + number % 28),
        "at": datetime(2026, 1, 1, number % 24, tzinfo=UTC),
        "code": UUID(int=number * 7),
        "tags": ["a"] * (number % 3),
        "is_new": number % 2 == 0,
    }
    for number in range(30)
] + [
    {"name": "zStraße", "size": 1, "price": Decimal("1.50"), "day": date(2020, 2, 29), "tags": [], "is_new": False,
     "at": datetime(2000, 1, 1, tzinfo=UTC), "code": UUID(int=3)},
]  # fmt: skip


class Thing(Resource):
    """A thing, wherever it is."""

    name: str = Field(identity=True, pattern=r"^\w+$")
    size: int | None = Field(None, ge=0, le=100)
    price: Decimal = Decimal(1)
    day: date = date(2026, 1, 1)
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    code: UUID = UUID(int=0)
    tags: list[str] = Field(default_factory=list)
    is_new: bool = False


class Shelf(Source):
    """Things in memory."""

    def __init__(self, items: Iterable[Mapping[str, Any]] = ()) -> None:
        self.items = {str(each["name"]): dict(each) for each in items}

    def all(self) -> Iterable[Mapping[str, Any]]:
        return list(self.items.values())

    def get(self, identity: Any) -> Mapping[str, Any] | None:
        return self.items.get(identity)

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[values["name"]] = dict(values)
        return self.items[values["name"]]

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[old["name"]] = dict(values)
        return self.items[old["name"]]

    def delete(self, old: Mapping[str, Any]) -> None:
        del self.items[old["name"]]


class Listed(Source):
    """Things that are only listed."""

    def all(self) -> Iterable[Mapping[str, Any]]:
        return ITEMS


class Served:
    """The same things from a source and from a table."""

    def __init__(self, url: str, source: Source) -> None:
        self.app = Flask(__name__)
        self.app.config["RESTWELL_DATABASE"] = url
        self.api = Api(self.app)
        self.held = self.api.resource("/held", source=source, read=public(), write=public())(
            type("Held", (Thing,), {})
        )
        self.api.resource("/kept", read=public(), write=public(), initial=ITEMS)(type("Kept", (Thing,), {}))

    @property
    def client(self) -> Any:
        return self.app.test_client()

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept": "application/hal+json"})

    def close(self) -> None:
        self.api.binding(self.app).store.close()


@pytest.fixture
def served(sqlite_url: str) -> Iterator[Served]:
    found = Served(sqlite_url, Shelf(ITEMS))
    yield found
    found.close()


QUERIES = [
    "", "sort=name", "sort=-name", "sort=size", "sort=-size", "sort=size,-name", "sort=-size,day", "sort=price",
    "sort=-at,name", "size=1", "size[ne]=1", "size[exists]=false", "size[in]=1,2", "size[gte]=2", "price[lt]=2.5",
    "price=1.50", "day[gt]=2026-01-20", "at[lte]=2026-01-01T05:00:00Z",
    "name[icontains]=STRASSE", "name[icontains]=STRA",
    "name[contains]=1", "name[starts]=n1", "code=00000000-0000-0000-0000-000000000007", "is_new=true",
    "is_new=true&size[exists]=true&sort=-price",
]  # fmt: skip


@shows("Api.resource", "source")
@pytest.mark.parametrize("query", QUERIES)
def test_queries_are_answered_as_over_a_table(served: Served, query: str) -> None:
    def every(path: str) -> tuple[list[str], set[int]]:
        found, totals, url = [], set(), f"/{path}?{query}&limit=4".replace("?&", "?")
        while url:
            page = served.get(url).json
            found += [each["name"] for each in page["_embedded"][path]]
            totals.add(page["totalItems"])
            url = page["_links"].get("next", {}).get("href", "")
        return found, totals

    kept, held = every("kept"), every("held")
    if "sort" not in query:  # a table is in the order in which its rows were made, a source in that of identities
        kept, held = (sorted(kept[0]), kept[1]), (sorted(held[0]), held[1])
    assert held == kept


def test_pages_lead_back(served: Served) -> None:
    first = served.get("/held?sort=-size&limit=7").json
    second = served.get(first["_links"]["next"]["href"]).json
    assert served.get(second["_links"]["prev"]["href"]).json["_embedded"] == first["_embedded"]


def test_items_are_created_changed_and_removed(served: Served) -> None:
    client = served.client
    answer = client.post("/held", json={"name": "new", "size": 1})
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/held/new")
    assert client.post("/held", json={"name": "new"}).status_code == 409
    tag = client.get("/held/new").headers["ETag"]
    assert client.patch("/held/new", json={"size": 2}, headers={"If-Match": tag}).json["size"] == 2
    assert client.patch("/held/new", json={"size": 3}, headers={"If-Match": tag}).status_code == 412
    assert client.patch("/held/new", json={"size": 300}).status_code == 422
    assert client.put("/held/other", json={"size": 4}).status_code == 201
    assert client.delete("/held/new").status_code == 204
    assert client.get("/held/new").status_code == 404
    assert "Last-Modified" not in client.get("/held/other").headers


def test_copies_are_revalidated(served: Served) -> None:
    tag = served.client.get("/held/n01").headers["ETag"]
    assert served.client.get("/held/n01", headers={"If-None-Match": tag}).status_code == 304


def test_hooks_and_operations_take_part(served: Served) -> None:
    seen = []
    served.api.before(served.held)(lambda change: seen.append((change.operation, change.session)))

    @served.api.operation(served.held, "grow", permission=public())
    def grow(change: Change) -> None:
        if change.new.size is None:
            raise Refuse(409, "It has no size.")
        change.new.size += 1

    assert served.client.post("/held/n01/grow").json["size"] == 2
    assert served.client.post("/held/n05/grow").status_code == 409
    assert seen == [("grow", None)]
    with pytest.raises(DeclarationError, match="would have nowhere to keep its calls"):
        served.api.committed(served.held)(print)


def test_a_source_may_only_list(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app)
    api.resource("/things", source=Listed(), read=public())(Thing)
    client: Any = app.test_client()
    assert client.get("/things/n07", headers={"Accept": "application/json"}).json["size"] == 3
    assert client.get("/things/x").status_code == 404
    assert client.options("/things/n07").headers["Allow"] == "GET, HEAD, OPTIONS"
    api.binding(app).store.close()


def test_what_a_source_gives_is_held_against_the_declaration(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = Served(sqlite_url, Shelf([{"name": "a", "size": "many"}]))
    answer = served.client.get("/held")
    assert answer.status_code == 500
    assert "What the source of Held gives is not as declared" in answer.json["detail"]
    served.close()


@pytest.mark.parametrize(
    "given, said",
    [
        ({"source": Listed(), "write": public()}, "has a rule for create, and its source has no create"),
        ({"source": 7}, "has 7 as its source: give an instance of a class below Source"),
        ({"source": Listed(), "initial": ITEMS}, "has initial= beside source="),
        ({"source": Listed(), "model": Thing}, "has source= beside a model"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        Api().resource("/things", read=public(), **given)(Thing)


def test_a_unique_member_that_nobody_would_see_to_is_refused() -> None:
    class Numbered(Resource):
        name: str = Field(identity=True)
        number: int = Field(unique=True)

    with pytest.raises(DeclarationError, match=r"Numbered\.number has unique=True, which nobody would see to"):
        Api().resource("/things", source=Shelf(), read=public())(Numbered)


def test_an_operation_needs_a_source_that_can_be_changed() -> None:
    class Listed(Source):
        def all(self) -> Iterable[Mapping[str, Any]]:
            return []

    api = Api()
    api.resource("/things", source=Listed(), read=public())(Thing)
    with pytest.raises(DeclarationError, match=r"changes items, and their source has no update\(\)"):
        api.operation(Thing, "grow", permission=public())(print)


class Hooked(Resource):
    """Where somebody is told of changes."""

    number: str | None = Field(None, identity=True)
    url: str
    secret: str | None = Field(None, shown_once=True)


class Hooks(Source):
    """What makes its own numbers, and a secret with each item, of which it keeps nothing."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def all(self) -> Iterable[Mapping[str, Any]]:
        return self.items.values()

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        assert values["number"] is None
        number = f"h{len(self.items)}"
        self.items[number] = {"number": number, "url": values["url"]}
        return {**self.items[number], "secret": f"secret of {number}"}

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[old["number"]] = {"number": old["number"], "url": values["url"]}
        return self.items[old["number"]]


@shows("Field", "shown_once")
def test_what_is_shown_once_is_in_the_answer_that_makes_the_item_alone(sqlite_url: str) -> None:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = sqlite_url
    api = Api(app)
    api.resource("/hooks", source=Hooks(), read=public(max_age=60), create=public(), update=public())(Hooked)
    client, accept = app.test_client(), {"Accept": "application/json"}
    headers = {**accept, "Prefer": "return=minimal"}
    made = client.post("/hooks", json={"url": "https://a.example"}, headers=headers)
    assert (made.status_code, made.json) == (
        201, {"number": "h0", "url": "https://a.example", "secret": "secret of h0"}
    )  # fmt: skip
    assert made.headers["Cache-Control"] == "no-store"
    assert "Preference-Applied" not in made.headers
    again = client.get("/hooks/h0", headers=accept)
    assert again.json == {"number": "h0", "url": "https://a.example"}
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (made.headers["ETag"], "max-age=60")
    assert client.get("/hooks", headers=accept).json == {"hooks": [again.json]}
    for content in ({"secret": "mine"}, {"number": "h9"}):
        answer = client.post("/hooks", json={"url": "https://a.example", **content}, headers=accept)
        assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "read_only")
    for query in ("secret=secret+of+h0", "sort=secret"):
        assert client.get(f"/hooks?{query}", headers=accept).status_code == 400
    page = client.get("/hooks", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "secret" not in page.partition("<table")[2].partition("</table")[0]
    match = {**accept, "If-Match": made.headers["ETag"], "Content-Type": "application/merge-patch+json"}
    assert client.patch("/hooks/h0", json={"url": "https://b.example"}, headers=match).status_code == 200
    assert client.put("/hooks/h7", json={"url": "https://b.example"}, headers=accept).status_code == 404
    api.binding(app).store.close()


@pytest.mark.parametrize(
    "declared, said",
    [
        ((str | None, Field(None, shown_once=True)), "a table would keep and show it"),
        ((str | None, Field(None, identity=True)), "cannot be an identity"),
    ],
)
def test_only_a_source_shows_once_and_makes_texts(declared: tuple[Any, Any], said: str) -> None:
    kind, field = declared
    is_identity = "identity" in said
    members = {"__annotations__": {"x": kind} if is_identity else {"name": str, "x": kind}, "x": field}
    members |= {} if is_identity else {"name": Field(identity=True)}
    with pytest.raises(DeclarationError, match=said):
        Api().resource("/things", read=public())(type("Odd", (Resource,), members))


@pytest.mark.parametrize(
    "kind, options, said",
    [
        (str, {"default": "x"}, "is shown once and is null from then on"),
        (str | None, {"default": None, "hidden": True}, "does not go together"),
        (str | None, {"default": None, "write_only": True}, "read-only"),
        (str | None, {"auto": "creator"}, "does not go together"),
        (str | None, {"default": None, "unique": True}, "does not go together"),
    ],
)
def test_what_is_shown_once_is_nothing_else(kind: Any, options: dict[str, Any], said: str) -> None:
    members = {"__annotations__": {"name": str, "x": kind}, "name": Field(identity=True)}
    odd = type("Odd", (Resource,), {**members, "x": Field(shown_once=True, **options)})
    with pytest.raises(DeclarationError, match=said):
        Api().resource("/things", source=Hooks(), read=public())(odd)


def test_items_of_a_source_are_exported_and_not_imported(tmp_path: Path, sqlite_url: str) -> None:
    served = Served(sqlite_url, Shelf(ITEMS[::-1]))
    store, declaration = served.api.binding(served.app).store, served.api.declarations[0]
    assert isinstance(declaration.source, HeldSource)
    out = io.BytesIO()
    assert export_rows(store, declaration, out, "csv") == len(ITEMS)
    lines = out.getvalue().decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == sorted(str(each["name"]) for each in ITEMS)
    (tmp_path / "more.csv").write_bytes(out.getvalue())
    with pytest.raises(NotImportable, match="is served from a source of the application's own"):
        import_rows(store, declaration, tmp_path / "more.csv")
    served.close()
