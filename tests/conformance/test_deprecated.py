"""A member that is deprecated works as before, and every description says that it is, and what to use instead."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from openapi_spec_validator import validate
from pydantic import computed_field
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing_extensions import deprecated

from restwell import Api, Change, Field, Resource, Source, public
from tests.api import HAL_FORMS, JSON, MERGE_PATCH, Served, serving
from tests.modelled import create

INSTEAD = "Deprecated: Use title."


class Base(DeclarativeBase):
    pass


class Kept(Base):
    """A book of others."""

    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(sa.String(40), default="")
    name: Mapped[str] = mapped_column(sa.String(40), default="", doc="What it was called.")
    pages: Mapped[int | None]


class Shelf(Source):
    """Books in memory."""

    def __init__(self) -> None:
        self.items: dict[int, Any] = {}

    def all(self) -> list[Any]:
        return list(self.items.values())

    def create(self, values: Any) -> Any:
        return self.items.setdefault(values["id"], dict(values))

    def update(self, old: Any, values: Any) -> Any:
        self.items[old["id"]] = dict(values)
        return self.items[old["id"]]


class Book(Resource):
    """A book."""

    id: int = Field(identity=True)
    title: str = ""
    name: str = Field("", description="What it was called.", deprecated="Use title.")
    pages: int | None = Field(None, deprecated=True)

    @computed_field(deprecated="Use title.")  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def label(self) -> str:
        return self.title.upper()

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    @deprecated("Use title.")
    def caption(self) -> str:
        return self.title.lower()


def books(kind: str) -> Callable[[Api], None]:
    held: dict[str, dict[str, Any]] = {"own": {}, "model": {"model": Kept}, "source": {"source": Shelf()}}

    def register(api: Api) -> None:
        served = api.resource("/books", read=public(), create=public(), update=public(), **held[kind])(Book)

        @api.before(served)
        def look(change: Change) -> None:
            change.new.title = change.new.title or "untitled"

    return register


@pytest.fixture(params=["own", "model", "source"])
def served(request: pytest.FixtureRequest, database_url: str) -> Any:
    if request.param == "model":
        create(Base.metadata, database_url)
    with serving(books(request.param), database=database_url) as served:
        yield served


@pytest.mark.filterwarnings("error")
def test_it_works_as_before_and_nothing_of_ours_warns(served: Served) -> None:
    shown = {"id": 1, "title": "untitled", "name": "A", "label": "UNTITLED", "caption": "untitled"}
    answer = served.send("POST", "/books", content={"id": 1, "name": "A"}, accept=JSON)
    assert (answer.status, answer.json()) == (201, shown)
    headers = {"Content-Type": MERGE_PATCH, "Accept": JSON}
    assert served.send("PATCH", "/books/1", headers, {"pages": 3}).json() == {**shown, "pages": 3}
    assert served.send("GET", "/books?name=A&sort=-name", accept=JSON).json() == {"books": [{**shown, "pages": 3}]}


def test_schemas_and_parameters_say_it(served: Served) -> None:
    properties = served.send("GET", "/schemas/Book").json()["properties"]
    found = {name: (each.get("deprecated"), each.get("description")) for name, each in properties.items()}
    assert found == {
        "id": (None, None), "title": (None, None), "name": (True, f"What it was called. {INSTEAD}"),
        "pages": (True, "Deprecated."), "label": (True, INSTEAD), "caption": (True, INSTEAD),
    }  # fmt: skip
    document = served.send("GET", "/openapi.json").json()
    validate(document)
    parameters = {each["name"]: each for each in document["paths"]["/books"]["get"]["parameters"] if "name" in each}
    for name in ("name", "name[contains]", "pages[gte]"):
        assert parameters[name]["deprecated"] is True
    assert parameters["name"]["description"] == f"Only items whose name is this. What it was called. {INSTEAD}"
    assert not any("deprecated" in parameters[name] for name in ("id", "title", "sort"))
    for schema in ("Book", "Book.creating", "Book.replacing", "Book.merging"):
        members = document["components"]["schemas"][schema]["properties"]
        assert [name for name, each in members.items() if each.get("deprecated")][:2] == ["name", "pages"], schema


def test_hypermedia_and_pages_say_it(served: Served) -> None:
    assert served.send("POST", "/books", content={"id": 1, "name": "A"}).status == 201
    docs = served.send("GET", "/docs.jsonld").json()
    [book] = [each for each in docs["supportedClass"] if each["title"] == "Book"]
    said = {each["title"]: each["property"].get("owl:deprecated") for each in book["supportedProperty"]}
    assert said == {"id": None, "title": None, "name": True, "pages": True, "label": True, "caption": True}
    form = served.send("GET", "/books/1", accept=HAL_FORMS).json()["_templates"]["default"]
    assert INSTEAD in json.dumps(form)
    for target in ("/books/1", "/books", "/docs"):
        assert INSTEAD in served.send("GET", target, accept="text/html").body.decode(), target
