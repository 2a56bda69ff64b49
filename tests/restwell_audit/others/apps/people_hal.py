# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Items and the people who own them in HAL, by fastapi-hypermodel, after the example of its documentation.

The answers are written here, and not by way of `response_model`, which validates a second time and so loses what is
embedded.
"""

from collections.abc import Sequence

from fastapi import FastAPI, HTTPException
from fastapi_hypermodel import FrozenDict, HALFor, HALHyperModel, HALLinks, HALResponse
from fastapi_hypermodel.hal import HALForType
from pydantic import BaseModel, Field

app = FastAPI(default_response_class=HALResponse)


class Item(HALHyperModel):
    id_: str
    name: str
    price: float
    links: HALLinks = FrozenDict({
        "self": HALFor("read_item", {"id_": "<id_>"}),
        "update": HALFor("update_item", {"id_": "<id_>"}),
    })  # fmt: skip


class Items(HALHyperModel):
    items: Sequence[Item] = Field(alias="sc:items")
    links: HALLinks = FrozenDict({
        "self": HALFor("read_items"),
        "find": HALFor("read_item", templated=True),
        "update": HALFor("update_item", templated=True),
    })  # fmt: skip


class Person(HALHyperModel):
    id_: str
    name: str
    items: Sequence[Item] = Field(alias="sc:items")
    links: HALLinks = FrozenDict({"self": HALFor("read_person", {"id_": "<id_>"})})


class People(HALHyperModel):
    people: Sequence[Person]
    links: HALLinks = FrozenDict({
        "self": HALFor("read_people"),
        "find": HALFor("read_person", templated=True),
    })  # fmt: skip


class ItemUpdate(BaseModel):
    name: str | None = None
    price: float | None = None


HALHyperModel.init_app(app)
HALHyperModel.register_curies([HALForType(href="https://schema.org/{rel}", name="sc", templated=True)])

items = {
    "item01": {"id_": "item01", "name": "Foo", "price": 10.2},
    "item02": {"id_": "item02", "name": "Bar", "price": 62},
    "item03": {"id_": "item03", "name": "Baz", "price": 50.2},
}
people = {
    "person01": {"id_": "person01", "name": "Alice", "sc:items": [items["item01"], items["item02"]]},
    "person02": {"id_": "person02", "name": "Bob", "sc:items": [items["item03"]]},
}


def found(rows: dict, id_: str) -> dict:
    if id_ not in rows:
        raise HTTPException(status_code=404, detail=f"No {id_} here")
    return rows[id_]


def hal(kind: type[HALHyperModel], row: dict) -> HALResponse:
    return HALResponse(kind.model_validate(row).model_dump(by_alias=True, exclude_unset=True))


@app.get("/items")
def read_items():
    return hal(Items, {"sc:items": list(items.values())})


@app.get("/items/{id_}")
def read_item(id_: str):
    return hal(Item, found(items, id_))


@app.put("/items/{id_}")
def update_item(id_: str, item: ItemUpdate):
    row = found(items, id_)
    row.update(item.model_dump(exclude_none=True))
    return hal(Item, row)


@app.get("/people")
def read_people():
    return hal(People, {"people": list(people.values())})


@app.get("/people/{id_}")
def read_person(id_: str):
    return hal(Person, found(people, id_))
