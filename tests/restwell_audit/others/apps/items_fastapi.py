# mypy: ignore-errors
# Its packages are in an environment of their own.
"""The items of FastAPI's tutorial: query parameters, request bodies, response status, errors, body updates."""

from fastapi import FastAPI, HTTPException, status
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str | None = None
    description: str | None = None
    price: float | None = None
    tax: float = 10.5
    tags: list[str] = []


items = {
    "foo": {"name": "Foo", "price": 50.2},
    "bar": {"name": "Bar", "description": "The bartenders", "price": 62, "tax": 20.2},
    "baz": {"name": "Baz", "description": None, "price": 50.2, "tax": 10.5, "tags": []},
}


@app.get("/")
async def root():
    return {"message": "Hello World"}


@app.get("/items/")
async def read_items(skip: int = 0, limit: int = 10) -> list[Item]:
    return [Item(**item) for item in list(items.values())[skip : skip + limit]]


@app.post("/items/", status_code=status.HTTP_201_CREATED)
async def create_item(item: Item) -> Item:
    items[f"item{len(items)}"] = jsonable_encoder(item)
    return item


@app.get("/items/{item_id}")
async def read_item(item_id: str) -> Item:
    if item_id not in items:
        raise HTTPException(status_code=404, detail="Item not found")
    return items[item_id]


@app.put("/items/{item_id}")
async def update_item(item_id: str, item: Item) -> Item:
    items[item_id] = jsonable_encoder(item)
    return items[item_id]


@app.patch("/items/{item_id}")
async def change_item(item_id: str, item: Item) -> Item:
    if item_id not in items:
        raise HTTPException(status_code=404, detail="Item not found")
    changed = Item(**items[item_id]).model_copy(update=item.model_dump(exclude_unset=True))
    items[item_id] = jsonable_encoder(changed)
    return changed
