"""What the tests of files share: two declarations, stores of them, and files."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, HttpUrl

from restwell.data.layout import Layout
from restwell.files import Imported, Refused, import_rows
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.storage.engine import Store


class Package(Resource):
    """As in examples/packages.py: every field is simple, so that columns are looked at as a whole."""

    name: str = Field(identity=True)
    version: str | None = None
    released: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    rank: int | None = Field(None, ge=1, index=True)


class Maker(BaseModel):
    """Somebody."""

    title: str
    since: date | None = None


class Firm(BaseModel):
    """One of two owners."""

    kind: Literal["firm"]
    title: str


class Person(BaseModel):
    """The other one."""

    kind: Literal["person"]
    born: date | None = None


Owner = Annotated[Firm | Person, Field(discriminator="kind")]


class Thing(Resource):
    """A field of every kind, so that rows are looked at one by one."""

    id: UUID = Field(identity=True)
    title: str
    note: str | None = None
    size: int | None
    weight: float = 1.0
    good: bool = False
    price: Decimal | None = None
    day: date | None = None
    moment: datetime | None = None
    opens: time | None = None
    lasts: timedelta | None = None
    home: HttpUrl | None = None
    colour: Literal["red", "blue"] | None = "red"
    stars: Literal[1, 2, 3] | None = None
    tags: list[str] = Field([])
    maker: Maker | None = None
    spot: tuple[int, str] | None = None
    names: set[str] = Field(set())
    owner: Owner | None = None
    extra: Any = None
    made: int = Field(0, read_only=True)


PACKAGES = declare(Package, "/packages", read=public())
THINGS = declare(Thing, "/things", read=public())

Write = Callable[[str, str | bytes], Path]


@contextmanager
def store_of(url: str, *declarations: Declaration) -> Iterator[Store]:
    with closing(Store.open(url, declarations)) as store:
        yield store


def write_to(path: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def rows_of(store: Store, declaration: Declaration = PACKAGES) -> list[dict[str, Any]]:
    """Every row as the values of its fields, without those that are null."""
    rows = [declaration.compiled[Layout].named(row) for rows in store.stream(declaration) for row in rows]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def import_skipping(store: Store, path: Path, declaration: Declaration = PACKAGES) -> tuple[Imported, list[Refused]]:
    refused: list[Refused] = []
    done = import_rows(store, declaration, path, skip_invalid=True, refused=refused.append)
    return done, refused


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
