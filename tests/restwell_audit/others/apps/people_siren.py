# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Items and the people who own them in Siren, by fastapi-hypermodel.

`documented` is as the library's documentation has it: the media type is application/siren+json, the action that
updates says that it takes a form though the view takes JSON, and the one that finds has a template in place of a URL.
`careful` keeps to the specification of Siren: application/vnd.siren+json, the media type that IANA has, and every
action can be taken as it says.
"""

from collections.abc import Sequence

from fastapi import FastAPI, HTTPException
from fastapi_hypermodel import SirenActionFor, SirenHyperModel, SirenLinkFor, SirenResponse
from pydantic import BaseModel

items = {
    "item01": {"id_": "item01", "name": "Foo", "price": 10.2},
    "item02": {"id_": "item02", "name": "Bar", "price": 62},
    "item03": {"id_": "item03", "name": "Baz", "price": 50.2},
}
people = {
    "person01": {"id_": "person01", "name": "Alice", "items": [items["item01"], items["item02"]]},
    "person02": {"id_": "person02", "name": "Bob", "items": [items["item03"]]},
}


class RegisteredResponse(SirenResponse):
    media_type = "application/vnd.siren+json"


class ItemUpdate(BaseModel):
    name: str | None = None
    price: float | None = None


def documented() -> FastAPI:
    find = (SirenActionFor("read_item", templated=True, name="find"),)
    return make(SirenResponse, SirenActionFor("update_item", {"id_": "<id_>"}, name="update"), find)


def careful() -> FastAPI:
    update = SirenActionFor("update_item", {"id_": "<id_>"}, name="update", type_="application/json")
    return make(RegisteredResponse, update, ())


def make(response: type[SirenResponse], update: SirenActionFor, find: Sequence[SirenActionFor]) -> FastAPI:
    app = FastAPI(default_response_class=response)
    SirenHyperModel.init_app(app)

    class Item(SirenHyperModel):
        id_: str
        name: str
        price: float
        links: Sequence[SirenLinkFor] = (SirenLinkFor("read_item", {"id_": "<id_>"}, rel=["self"]),)
        actions: Sequence[SirenActionFor] = (update,)

    class Items(SirenHyperModel):
        items: Sequence[Item]
        links: Sequence[SirenLinkFor] = (SirenLinkFor("read_items", rel=["self"]),)
        actions: Sequence[SirenActionFor] = find

    class Person(SirenHyperModel):
        id_: str
        name: str
        items: Sequence[Item]
        links: Sequence[SirenLinkFor] = (SirenLinkFor("read_person", {"id_": "<id_>"}, rel=["self"]),)

    class People(SirenHyperModel):
        people: Sequence[Person]
        links: Sequence[SirenLinkFor] = (
            SirenLinkFor("read_people", rel=["self"]),
            SirenLinkFor("read_items", rel=["related"]),
        )

    @app.get("/items", response_model=Items, response_model_exclude_unset=True)
    def read_items():
        return {"items": list(items.values())}

    @app.get("/items/{id_}", response_model=Item, response_model_exclude_unset=True)
    def read_item(id_: str):
        return found(items, id_)

    @app.put("/items/{id_}", response_model=Item, response_model_exclude_unset=True)
    def update_item(id_: str, item: ItemUpdate):
        row = found(items, id_)
        row.update(item.model_dump(exclude_none=True))
        return row

    @app.get("/people", response_model=People, response_model_exclude_unset=True)
    def read_people():
        return {"people": list(people.values())}

    @app.get("/people/{id_}", response_model=Person, response_model_exclude_unset=True)
    def read_person(id_: str):
        return found(people, id_)

    return app


def found(rows: dict, id_: str) -> dict:
    if id_ not in rows:
        raise HTTPException(status_code=404, detail=f"No {id_} here")
    return rows[id_]
