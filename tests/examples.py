"""Declarations that tests share: the Frameworks of the contract, and one resource with everything at once."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, HttpUrl

from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public, scope
from restwell.model.resource import Declaration, Resource
from restwell.surface.addresses import Addresses

BASE = "https://api.example/v1"


class Framework(Resource):
    """A Python web framework."""

    name: str = Field(identity=True, iri="schema:name")
    created: int = Field(ge=1989, le=2100, iri="schema:dateCreated")
    parent: str = "Python"
    relatedName: str | None = None  # noqa: N815 -- as the contract writes it
    relatedDocs: HttpUrl | None = None  # noqa: N815 -- as the contract writes it


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    """A point on a map."""

    latitude: float
    title: str | None = None


class Maker(BaseModel):
    """Who made it."""

    title: str = Field(iri="schema:legalName")
    place: Place | None = None
    founded: date | None = None


class Branch(BaseModel):
    """A tree of any depth, which no finite context can describe."""

    label: str
    branches: list["Branch"] = []


class Specimen(Resource):
    """One field of every kind, named to get in the way of everybody else's names."""

    id: UUID = Field(identity=True)
    title: str = Field(max_length=40, description="What it is called.", iri="dcterms:title")
    description: str | None = None
    member: str | None = None
    method: str | None = None
    view: str | None = None
    first: str | None = None
    operation: str | None = None
    schema_: str | None = None
    hydra: str | None = None
    Collection: str | None = None
    limit: int | None = None
    weight: float = 1.0
    good: bool = True
    price: Decimal | None = Field(None, max_digits=6, decimal_places=2)
    day: date | None = None
    moment: datetime | None = None
    home: HttpUrl | None = None
    colour: Colour = Colour.RED
    size: Literal["small", "large"] | None = None
    tags: list[str] = Field([])
    days: list[date] = Field([])
    grid: list[list[int]] = Field([])
    gaps: list[int | None] = Field([])
    maker: Maker | None = None
    makers: list[Maker] = Field([])
    tree: Branch | None = None
    extra: dict[str, Any] | None = None
    anything: Any = None
    serial: int = Field(0, read_only=True)


class Note(Resource):
    """Somebody's note, for them to read only."""

    number: int = Field(identity=True, ge=1)
    text: str = "empty"


FRAMEWORKS: Declaration = declare(
    Framework,
    "/frameworks",
    read=public(max_age=60),
    write=scope("frameworks"),
    iri="schema:SoftwareApplication",
)
SPECIMENS: Declaration = declare(Specimen, "/lab/specimens", read=public(), write=scope("lab"), require_if_match=True)
NOTES: Declaration = declare(Note, "/notes", read=scope("notes"))
ADDRESSES = Addresses([FRAMEWORKS, SPECIMENS, NOTES])

FLASK: dict[str, Any] = {
    "name": "Flask",
    "created": 2010,
    "parent": "Python",
    "relatedName": "Flask-RESTPlus",
    "relatedDocs": "https://flask-restplus.readthedocs.io/",
}
SPECIMEN: dict[str, Any] = {
    "id": "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f",
    "title": "A",
    "description": "B",
    "member": "C",
    "method": "D",
    "view": "E",
    "first": "F",
    "operation": "G",
    "schema_": "H",
    "hydra": "I",
    "Collection": "J",
    "limit": 9007199254740993,
    "weight": 2.0,
    "good": False,
    "price": "12.50",
    "day": "2026-01-31",
    "moment": "2026-01-31T12:00:00Z",
    "home": "https://example.org/home",
    "colour": "blue",
    "size": "large",
    "tags": ["x", "y"],
    "days": ["2026-02-01"],
    "grid": [[1, 2], []],
    "gaps": [1, None, 3],
    "maker": {"title": "Acme", "place": {"latitude": 1.5, "title": "Here"}, "founded": "1999-12-31"},
    "makers": [{"title": "One"}, {"title": "Two"}],
    "tree": {"label": "root", "branches": [{"label": "leaf", "branches": []}]},
    "extra": {"title": [1, None]},
    "anything": "text",
    "serial": 7,
}
