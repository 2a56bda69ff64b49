"""What fields may say goes together: names over HTTP, renaming, members that are not shown, and computed ones."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, Field, Resource, public
from tests.modelled import engine_of


class Plant(Resource):
    """A plant."""

    plant_name: str = Field(identity=True, renameable=True)
    secret_word: str | None = Field(None, write_only=True)
    inner_note: str | None = Field(None, hidden=True)
    name_length: int | None = Field(sql=lambda row: sa.func.length(row.plant_name))
    total_height: int = Field(1, alias="height")


class Base(DeclarativeBase):
    pass


class Grown(Base):
    __tablename__ = "grown"

    plant_name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    secret_word: Mapped[str | None] = mapped_column(sa.String(40))
    inner_note: Mapped[str | None] = mapped_column(sa.String(40))
    total_height: Mapped[int] = mapped_column(default=1)


Garden = tuple[Any, list[Any]]


@pytest.fixture(params=["own", "model", "table"])
def garden(request: pytest.FixtureRequest, database_url: str) -> Iterator[Garden]:
    """A client of the plants, and what a hook saw of each change."""
    engine = engine_of(database_url)
    app = Flask("garden")
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app, naming="camelCase")
    whats: dict[str, dict[str, Any]] = {"own": {}, "model": {"model": Grown}, "table": {"model": Grown.__table__}}
    what = whats[request.param]
    cls = type("Plant", (Plant,), {"__doc__": "A plant."})
    if what:
        Base.metadata.create_all(engine)
    resource: Any = api.resource("/plants", **what, read=public(), write=public())(cls)
    seen: list[Any] = []

    @api.after(resource)
    def note(change: Change) -> None:
        seen.append(change.new and (change.new.plant_name, change.new.secret_word, change.new.total_height))

    engine.dispose()
    yield app.test_client(), seen
    api.binding(app).store.close()


def test_a_member_of_every_kind_is_called_as_over_http(garden: Garden) -> None:
    client, seen = garden
    made = client.post("/plants", json={"plantName": "Rose", "secretWord": "s3", "height": 2})
    assert (made.status_code, made.headers["Location"]) == (201, "http://localhost/plants/Rose")
    plain = {"Accept": "application/json"}
    assert client.get("/plants/Rose", headers=plain).get_json() == {"plantName": "Rose", "nameLength": 4, "height": 2}
    found = client.get("/plants?nameLength[gte]=4&sort=-nameLength&fields=plantName", headers=plain).get_json()
    assert found == {"plants": [{"plantName": "Rose"}]}
    for wrong in (
        "/plants?secretWord=s3",
        "/plants?innerNote=x",
        "/plants?total_height=2",
        "/plants?sort=secretWord",
    ):
        assert client.get(wrong).status_code == 400
    for name in ("innerNote", "inner_note", "nameLength", "total_height"):
        assert client.post("/plants", json={"plantName": "Lily", name: "7"}).status_code == 422
    assert seen == [("Rose", "s3", 2)]


def test_a_rename_keeps_what_is_not_shown(garden: Garden) -> None:
    client, seen = garden
    assert client.post("/plants", json={"plantName": "Rose", "secretWord": "s3"}).status_code == 201
    renamed = client.patch("/plants/Rose", json={"plantName": "Violet", "height": 3})
    assert (renamed.status_code, renamed.headers["Content-Location"]) == (200, "http://localhost/plants/Violet")
    assert renamed.get_json()["nameLength"] == 6
    assert client.get("/plants/Rose").headers["Location"] == "http://localhost/plants/Violet"
    put = client.put("/plants/Violet", json={"plantName": "Iris", "height": 4})
    assert (put.status_code, put.get_json()["nameLength"]) == (200, 4)
    assert client.patch("/plants/Iris", json={"secretWord": "s4"}).status_code == 200
    assert seen == [("Rose", "s3", 1), ("Violet", "s3", 3), ("Iris", "s3", 4), ("Iris", "s4", 4)]
    taken = client.post("/plants", json={"plantName": "Iris"})
    assert (taken.status_code, taken.get_json()["errors"][0]["pointer"]) == (409, "/plantName")


def test_descriptions_have_the_names_over_http_alone(garden: Garden) -> None:
    client, _ = garden
    for target in ("/openapi.json", "/schemas/Plant", "/docs.jsonld", "/plants"):
        text = client.get(target, headers={"Accept": "text/html" if target == "/plants" else "*/*"}).get_data(
            as_text=True
        )
        assert "secretWord" in text
        assert not any(
            name in text for name in ("plant_name", "secret_word", "name_length", "innerNote", "inner_note")
        )
