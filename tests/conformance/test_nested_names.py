"""What members of nested models are called over HTTP, through the whole: in content, formats, files and tables."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, RootModel, computed_field, field_validator
from pydantic import Field as PydanticField
from pydantic.alias_generators import to_camel
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Change, DeclarationError, Field, Refuse, Resource, Source, public
from restwell.content.patches import merge_patch
from restwell.files import export_rows, import_rows
from restwell.files.opening import Format
from restwell.model.declare import declare
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serve
from tests.modelled import engine_of


class Spot(BaseModel):
    """Where something is, as pydantic names it by itself."""

    model_config = ConfigDict(alias_generator=to_camel)
    map_sheet: str = "A1"
    grid_size: int | None = Field(None, alias="grid")


class Cat(BaseModel):
    """A cat."""

    pet_kind: Literal["cat"]
    nine_lives: int = Field(9, le=9)


class Dog(BaseModel):
    """A dog."""

    pet_kind: Literal["dog"]
    best_friend: Cat | None = None
    old_names: list[str] = []
    all_friends: "list[Pet]" = Field([], alias="friends")


Pet = Annotated[Cat | Dog, Field(discriminator="pet_kind")]
Dog.model_rebuild()


class Street(BaseModel):
    """A street, with what belongs to it."""

    street_name: str = Field(alias="name", examples=["High"])
    short_name: str | None = PydanticField(None, alias="short")
    near_spot: Spot = Field(Spot(), examples=[{"map_sheet": "B2"}])
    further_notes: dict[str, Any] = {}
    by_number: dict[str, Spot] = {}
    side_streets: "list[Street]" = []

    @field_validator("street_name")
    @classmethod
    def no_digits(cls, value: str) -> str:
        if any(map(str.isdigit, value)):
            raise ValueError("Must have no digits.")
        return value


class Rows(RootModel[list[Spot]]):
    """Spots alone."""


class Swap(BaseModel):
    """Each is called as the other is in Python."""

    one: int = Field(alias="two")
    two: int = Field(alias="one")


class Card(Resource):
    """What somebody wrote on a card."""

    card_no: int = Field(identity=True)
    home_street: Street | None = None
    first_pet: Cat | Dog | None = Field(None, discriminator="pet_kind")
    all_pets: list[Pet] = Field([])
    pairs: tuple[Spot, Cat] | None = None
    spot_rows: Rows | None = None
    either: list[Cat | Spot] = Field([])
    free_words: dict[str, Any] = Field({})
    secret_spot: Spot | None = Field(None, write_only=True)

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def nearest(self) -> list[Spot]:
        """Where the street is."""
        return [self.home_street.near_spot] if self.home_street is not None else []


class Moving(BaseModel):
    """What is needed to move."""

    to_street: Street
    with_pets: list[Pet] = []


OLD: dict[str, Any] = {"petKind": "dog", "bestFriend": None, "oldNames": [], "friends": []}
STREET: dict[str, Any] = {
    "name": "High", "short": None, "nearSpot": {"mapSheet": "A1", "grid": None}, "furtherNotes": {}, "byNumber": {},
    "sideStreets": [],
}  # fmt: skip
CARD: dict[str, Any] = {
    "cardNo": 1,
    "homeStreet": {
        **STREET,
        "nearSpot": {"mapSheet": "C3", "grid": 4},
        "furtherNotes": {"map_sheet": 1, "mapSheet": {"grid_size": 2}},
        "byNumber": {"grid_size": {"mapSheet": "D4", "grid": 1}},
        "sideStreets": [{**STREET, "name": "Low"}],
    },
    "firstPet": {
        "petKind": "dog",
        "bestFriend": {"petKind": "cat", "nineLives": 3},
        "oldNames": ["pet_kind"],
        "friends": [{"petKind": "dog", "bestFriend": None, "oldNames": [], "friends": []}],
    },
    "allPets": [
        {"petKind": "cat", "nineLives": 9},
        {"petKind": "dog", "bestFriend": {"petKind": "cat", "nineLives": 2}, "oldNames": [], "friends": []},
    ],
    "pairs": [{"mapSheet": "E5", "grid": None}, {"petKind": "cat", "nineLives": 1}],
    "spotRows": [{"mapSheet": "F6", "grid": 6}],
    "either": [{"mapSheet": "G7", "grid": None}, {"petKind": "cat", "nineLives": 9}],
    "freeWords": {"pet_kind": "x", "petKind": [{"near_spot": 1}]},
    "nearest": [{"mapSheet": "C3", "grid": 4}],
}
STORED: dict[str, Any] = {
    "home_street": {
        "street_name": "High",
        "short_name": None,
        "near_spot": {"map_sheet": "C3", "grid_size": 4},
        "further_notes": {"map_sheet": 1, "mapSheet": {"grid_size": 2}},
        "by_number": {"grid_size": {"map_sheet": "D4", "grid_size": 1}},
        "side_streets": [
            {
                "street_name": "Low", "short_name": None, "near_spot": {"map_sheet": "A1", "grid_size": None},
                "further_notes": {}, "by_number": {}, "side_streets": [],
            }
        ],
    },
    "first_pet": {
        "pet_kind": "dog", "best_friend": {"pet_kind": "cat", "nine_lives": 3}, "old_names": ["pet_kind"],
        "all_friends": [{"pet_kind": "dog", "best_friend": None, "old_names": [], "all_friends": []}],
    },
    "all_pets": [
        {"pet_kind": "cat", "nine_lives": 9},
        {"pet_kind": "dog", "best_friend": {"pet_kind": "cat", "nine_lives": 2}, "old_names": [], "all_friends": []},
    ],
    "pairs": [{"map_sheet": "E5", "grid_size": None}, {"pet_kind": "cat", "nine_lives": 1}],
    "spot_rows": [{"map_sheet": "F6", "grid_size": 6}],
    "either": [{"map_sheet": "G7", "grid_size": None}, {"pet_kind": "cat", "nine_lives": 9}],
    "free_words": {"pet_kind": "x", "petKind": [{"near_spot": 1}]},
}  # fmt: skip
INITIAL = {"card_no": 1, **STORED}
WITHIN = {
    "map_sheet",
    "grid_size",
    "nine_lives",
    "best_friend",
    "street_name",
    "near_spot",
    "by_number",
    "side_streets",
}
SECRET = {"mapSheet": "Z9", "grid": 9}


class Seen(list[Any]):
    """What hooks have been given."""


def cards(api: Api, seen: Seen | None = None) -> None:
    api.resource("/cards", read=public(), write=public())(Card)

    @api.before(Card)
    def note(change: Change) -> None:
        if seen is not None and change.new is not None and change.new.home_street is not None:
            seen.append((change.new.home_street.street_name, change.new.home_street.near_spot.grid_size))
        if change.new is not None and change.new.card_no == 99:
            change.new.home_street = Street(street_name="Hook", short="h")
            change.new.first_pet = {"pet_kind": "cat", "nine_lives": 4}
            change.new.secret_spot = {"map_sheet": "Q"}

    @api.operation(Card, "move", permission=public(), input=Moving)
    def move(change: Change) -> None:
        change.new.home_street = change.input.to_street
        change.new.all_pets = change.input.with_pets


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def called(database_url: str, seen: Seen) -> Iterator[Served]:
    served = serve(lambda api: cards(api, seen), database=database_url, naming="camelCase")
    with closing(served):
        made = served.send("POST", "/cards", content=sent(CARD), accept=JSON)
        assert (made.status, made.json()) == (201, CARD)
        yield served


def sent(card: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if name != "nearest"}


def errors(answer: Answer) -> list[tuple[str, str]]:
    return sorted((each["pointer"], each["code"]) for each in answer.json()["errors"])


def stored(url: str) -> dict[str, Any]:
    with closing(open_driver(url)) as driver:
        [row] = driver.read(f"SELECT {', '.join(STORED)} FROM cards WHERE card_no = 1")
    return {
        name: json.loads(value) if isinstance(value, str) else value for name, value in zip(STORED, row, strict=True)
    }


def test_what_is_stored_has_attributes(called: Served, database_url: str) -> None:
    assert stored(database_url) == STORED


def test_hooks_have_attributes(called: Served, seen: Seen) -> None:
    assert seen == [("High", 4)]
    made = called.send("PUT", "/cards/99", content={}, accept=JSON)
    assert made.json()["homeStreet"] == {**STREET, "name": "Hook", "short": "h"}
    assert made.json()["firstPet"] == {"petKind": "cat", "nineLives": 4}


@pytest.mark.parametrize("media_type", [JSON, JSON_LD, HAL, HAL_FORMS])
def test_what_was_read_can_be_sent_back(called: Served, media_type: str) -> None:
    before = called.send("GET", "/cards/1", accept=media_type)
    found = before.json()
    assert {name: found[name] for name in CARD} == CARD
    again = called.send("PUT", "/cards/1", {"Content-Type": media_type}, before.body, accept=media_type)
    assert (again.status, again["etag"], again.body) == (200, before["etag"], before.body)
    page = called.send("GET", "/cards?fields=homeStreet,cardNo", accept=JSON).json()
    assert page == {"cards": [{"cardNo": 1, "homeStreet": CARD["homeStreet"]}]}


@pytest.mark.parametrize("media_type", [JSON, JSON_LD, HAL, HAL_FORMS, "text/html"])
def test_no_format_has_attributes(called: Served, media_type: str) -> None:
    content = {**sent(CARD), "homeStreet": STREET, "firstPet": None, "freeWords": {}}
    assert called.send("PUT", "/cards/1", content=content).status == 200
    for path in ("/cards", "/cards/1"):
        text = called.send("GET", path, accept=media_type).body.decode()
        assert "nearSpot" in text
        assert not [name for name in WITHIN if re.search(rf"\b{name}\b", text)], (media_type, path)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs.jsonld", "/contexts/Card", "/schemas/Card"])
def test_no_description_has_attributes(called: Served, path: str) -> None:
    text = called.send("GET", path, accept="*/*").body.decode()
    assert "homeStreet" in text
    assert not [name for name in WITHIN if re.search(rf"\b{name}\b", text)]


def test_the_schema_tells_what_is_taken(called: Served) -> None:
    schema = called.send("GET", "/schemas/Card").json()
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(sent(CARD))
    assert list(schema["$defs"]["Street"]["properties"]) == list(STREET)
    assert schema["$defs"]["Street"]["required"] == ["name"]
    assert schema["$defs"]["Street"]["properties"]["nearSpot"] == {
        "$ref": "#/$defs/Spot",
        "default": {"mapSheet": "A1", "grid": None},
        "examples": [{"mapSheet": "B2"}],
    }
    [pet, _] = schema["properties"]["firstPet"]["anyOf"]
    assert pet["discriminator"]["propertyName"] == "petKind"
    assert pet["required"] == ["petKind"]
    assert not validator.is_valid({"cardNo": 1, "homeStreet": {"street_name": "x"}})
    openapi = called.send("GET", "/openapi.json").json()["components"]["schemas"]
    assert list(openapi["Card.move"]["properties"]) == ["toStreet", "withPets"]
    assert list(openapi["Card.move.Street"]["properties"]) == list(STREET)
    context = called.send("GET", "/contexts/Card").json()["@context"]
    spot = context["homeStreet"]["@context"]["nearSpot"]
    assert spot["@context"]["mapSheet"]["@id"].endswith("#Card/homeStreet/nearSpot/mapSheet")


@pytest.mark.parametrize(
    "change, wrong",
    [
        (
            {"homeStreet": {"street_name": "x"}},
            [("/homeStreet/name", "missing"), ("/homeStreet/street_name", "extra_forbidden")],
        ),
        ({"homeStreet": {"name": "7"}}, [("/homeStreet/name", "value_error")]),
        (
            {"homeStreet": {"name": "x", "nearSpot": {"gridSize": 1}}},
            [("/homeStreet/nearSpot/gridSize", "extra_forbidden")],
        ),
        (
            {"homeStreet": {"name": "x", "byNumber": {"a": {"grid": "1"}}}},
            [("/homeStreet/byNumber/a/grid", "int_type")],
        ),
        ({"homeStreet": {"name": "x", "sideStreets": [{}]}}, [("/homeStreet/sideStreets/0/name", "missing")]),
        ({"firstPet": {"pet_kind": "cat"}}, [("/firstPet/petKind", "missing")]),
        ({"firstPet": {"petKind": "cow"}}, [("/firstPet/petKind", "literal_error")]),
        ({"allPets": [{"petKind": "cat", "nineLives": 10}]}, [("/allPets/0/nineLives", "less_than_equal")]),
        ({"pairs": [{"grid": True}, {"petKind": "cat"}]}, [("/pairs/0/grid", "int_type")]),
        ({"spotRows": [{"grid": ""}]}, [("/spotRows/0/grid", "int_type")]),
    ],
)  # fmt: skip
def test_mistakes_point_to_the_names_of_http(called: Served, change: Any, wrong: Any) -> None:
    for headers, method, content in (
        ({}, "PUT", {**sent(CARD), **change}),
        ({"Content-Type": JSON_LD}, "PUT", {**sent(CARD), **change}),
        ({"Content-Type": JSON_PATCH}, "PATCH", [
            {"op": "add", "path": f"/{name}", "value": value} for name, value in change.items()
        ]),
    ):  # fmt: skip
        refused = called.send(method, "/cards/1", headers, content)
        assert (refused.status, errors(refused)) == (422, wrong), (method, content)


def test_merge_patches_have_the_names_of_http(called: Served, database_url: str) -> None:
    patch = {
        "homeStreet": {"short": "H", "nearSpot": {"grid": None}, "byNumber": {"grid_size": {"grid": None}}},
        "firstPet": {"bestFriend": None},
    }
    found = called.send("PATCH", "/cards/1", {"Content-Type": MERGE_PATCH}, patch, accept=JSON).json()
    street, pet = found["homeStreet"], found["firstPet"]
    assert (street["short"], street["nearSpot"]) == ("H", {"mapSheet": "C3", "grid": None})
    assert street["byNumber"] == {"grid_size": {"mapSheet": "D4", "grid": None}}
    assert pet == {"petKind": "dog", "bestFriend": None, "oldNames": ["pet_kind"], "friends": [OLD]}
    assert stored(database_url)["home_street"]["near_spot"] == {"map_sheet": "C3", "grid_size": None}
    refused = called.send("PATCH", "/cards/1", {"Content-Type": MERGE_PATCH}, {"homeStreet": {"short_name": "x"}})
    assert errors(refused) == [("/homeStreet/short_name", "extra_forbidden")]
    # A member that may be null is removed by becoming null, and not by its default.
    assert merge_patch({"grid": 1, "mapSheet": "x"}, {"grid": None, "mapSheet": None}, Spot) == {"grid": None}


def test_json_patches_have_the_names_of_http(called: Served) -> None:
    operations = [
        {"op": "test", "path": "/homeStreet/nearSpot/mapSheet", "value": "C3"},
        {"op": "replace", "path": "/homeStreet/nearSpot/mapSheet", "value": "Y"},
        {"op": "remove", "path": "/homeStreet/nearSpot/grid"},
        {"op": "copy", "from": "/firstPet/bestFriend", "path": "/allPets/1/bestFriend"},
        {"op": "move", "from": "/allPets/0", "path": "/firstPet"},
    ]
    found = called.send("PATCH", "/cards/1", {"Content-Type": JSON_PATCH}, operations, accept=JSON).json()
    assert found["homeStreet"]["nearSpot"] == {"mapSheet": "Y", "grid": None}
    assert found["firstPet"] == {"petKind": "cat", "nineLives": 9}
    assert found["allPets"] == [
        {"petKind": "dog", "bestFriend": {"petKind": "cat", "nineLives": 3}, "oldNames": [], "friends": []}
    ]
    missing = [{"op": "remove", "path": "/homeStreet/near_spot"}]
    assert called.send("PATCH", "/cards/1", {"Content-Type": JSON_PATCH}, missing).status == 409


def test_what_is_only_sent_has_them_too(called: Served, database_url: str) -> None:
    assert called.send("PATCH", "/cards/1", {"Content-Type": MERGE_PATCH}, {"secretSpot": SECRET}).status == 200
    with closing(open_driver(database_url)) as driver:
        [[found]] = driver.read("SELECT secret_spot FROM cards")
    assert (json.loads(found) if isinstance(found, str) else found) == {"map_sheet": "Z9", "grid_size": 9}


def test_operations_take_the_names_of_http(called: Served) -> None:
    content = {"toStreet": {"name": "New", "nearSpot": {"grid": 5}}, "withPets": [{"petKind": "cat", "@type": "Cat"}]}
    moved = called.send("POST", "/cards/1/move", {"Content-Type": JSON_LD}, content, accept=JSON).json()
    assert moved["homeStreet"] == {**STREET, "name": "New", "nearSpot": {"mapSheet": "A1", "grid": 5}}
    assert moved["allPets"] == [{"petKind": "cat", "nineLives": 9}]
    refused = called.send("POST", "/cards/1/move", content={"toStreet": {"name": "1", "near_spot": {}}})
    assert errors(refused) == [("/toStreet/name", "value_error"), ("/toStreet/near_spot", "extra_forbidden")]


def test_keywords_of_json_ld_are_left_out_within(called: Served) -> None:
    street = {
        **STREET,
        "@id": "_:a",
        "nearSpot": {"@type": "Spot", "grid": 1},
        "sideStreets": [{**STREET, "@id": "_:b"}],
    }
    changed = called.send("PUT", "/cards/2", {"Content-Type": JSON_LD}, {"homeStreet": street}, accept=JSON).json()
    assert changed["homeStreet"]["nearSpot"] == {"mapSheet": "A1", "grid": 1}
    assert changed["homeStreet"]["sideStreets"] == [STREET]


def test_a_change_of_names_changes_nothing_that_is_stored(database_url: str) -> None:
    before = declare(Card, "/cards", read=public(), initial=[INITIAL])
    with closing(Store.open(database_url, [before])):
        pass
    assert stored(database_url) == STORED
    after = declare(Card, "/cards", read=public(), naming="camelCase")
    with closing(Store(open_driver(database_url), [after])) as store:
        assert find_difference(store) == ((), (), ())
        store.prepare()
    with closing(serve(cards, database=database_url, naming="camelCase")) as called:
        assert called.send("GET", "/cards/1", accept=JSON).json() == CARD
    with closing(serve(cards, database=database_url)) as called:
        found = called.send("GET", "/cards/1", accept=JSON).json()
        assert found["first_pet"].pop("friends")[0]["old_names"] == []
        assert found["first_pet"] == {
            name: value for name, value in STORED["first_pet"].items() if name != "all_friends"
        }
        assert found["home_street"]["name"] == "High"
        assert found["home_street"]["near_spot"] == {"mapSheet": "C3", "grid": 4}


def test_rows_that_are_there_get_a_default_by_its_attributes(database_url: str) -> None:
    class Before(Resource):
        """What was there before."""

        name: str = Field(identity=True)

    class After(Before):
        """What is there from now on, with members called as others are in Python."""

        held: Street = Street(street_name="Given", short="g")
        made: Swap = Field(default_factory=lambda: Swap(one=1, two=2))

    before = declare(Before, "/held", read=public(), initial=[{"name": "a"}])
    with closing(Store.open(database_url, [before])):
        pass
    after = declare(After, "/held", read=public(), naming="camelCase")
    with closing(Store(open_driver(database_url), [after])) as store:
        apply_difference(store)
        store.prepare()
        [[row]] = store.stream(after)
        assert row[4:] == ({**STREET, "name": "Given", "short": "g"}, {"two": 1, "one": 2})
    with closing(open_driver(database_url)) as driver:
        [found] = driver.read("SELECT held, made FROM held")
    street, swap = (json.loads(each) if isinstance(each, str) else each for each in found)
    assert (street["street_name"], street["near_spot"]["map_sheet"]) == ("Given", "A1")
    assert swap == {"one": 1, "two": 2}


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_files_have_the_names_of_http(database_url: str, form: Format, tmp_path: Path) -> None:
    path = tmp_path / f"cards.{form}"
    cls = declare(Card, "/cards", read=public(), naming="camelCase", initial=[INITIAL])
    with closing(Store.open("sqlite://", [cls])) as store, path.open("wb") as out:
        assert export_rows(store, cls, out, form) == 1
    text = path.read_text()
    assert "nearSpot" in text
    assert "near_spot" not in text.replace('near_spot": 1', "").replace('near_spot"": 1', "").replace(
        'near_spot":1', ""
    ).replace('near_spot"":1', "")
    cls = declare(Card, "/cards", read=public(), naming="camelCase")
    with closing(Store.open(database_url, [cls])) as store:
        assert import_rows(store, cls, path) == (1, 0)
    assert stored(database_url) == STORED


def test_a_row_that_is_not_as_declared_is_shown_as_far_as_it_is_known(called: Served) -> None:
    """Names of what nobody has declared stay, and a stray member gives way to one that has its name."""
    odd = {"street_name": "x", "older_name": {"map_sheet": 1}, "short": "stray", "short_name": "s", "near_spot": 7}
    called.change("UPDATE cards SET home_street = '" + json.dumps(odd) + '\', first_pet = \'{"pet_kind": "cow"}\'')
    found = called.send("GET", "/cards/1?fields=homeStreet,firstPet", accept=JSON).json()
    assert found["homeStreet"] == {"name": "x", "older_name": {"map_sheet": 1}, "short": "s", "nearSpot": 7}
    assert found["firstPet"] == {"pet_kind": "cow"}


def test_what_a_hook_refuses_has_the_pointer_that_it_names() -> None:
    def register(api: Api) -> None:
        api.resource("/cards", write=public(), read=public())(Card)

        @api.before(Card)
        def refuse(change: Change) -> None:
            raise Refuse(422, "No.", pointer="/homeStreet/nearSpot")

    with closing(serve(register, naming="camelCase")) as called:
        assert errors(called.send("POST", "/cards", content={"cardNo": 1})) == [("/homeStreet/nearSpot", "refusal")]


def test_calls_after_a_commit_have_attributes(database_url: str) -> None:
    told: list[Any] = []

    def register(api: Api) -> None:
        api.resource("/cards", read=public(), write=public())(Card)

        @api.committed(Card)
        def tell(change: Change) -> None:
            told.append((change.new.home_street.near_spot.grid_size, change.new.first_pet))

    with closing(serve(register, database=database_url, naming="camelCase")) as called:
        assert called.send("POST", "/cards", content=sent(CARD)).status == 201
        until = time.monotonic() + 20
        while not told and time.monotonic() < until:
            time.sleep(0.02)
    friends: list[Cat | Dog] = [Dog(pet_kind="dog")]
    cat = Cat(pet_kind="cat", nine_lives=3)
    assert told == [(4, Dog(pet_kind="dog", best_friend=cat, old_names=["pet_kind"], all_friends=friends))]


# -- models, sources ------------------------------------------------------------------------------------------------


def test_an_engine_of_the_application_stores_attributes(database_url: str) -> None:
    drivers = ["psycopg", "psycopg2"] if database_url.startswith("postgresql://") else [""]
    for driver in drivers:
        engine = sa.create_engine(database_url.replace("postgresql://", f"postgresql+{driver}://"))
        with closing(serve(cards, database=None, engine=engine, naming="camelCase")) as called:
            assert called.send("POST", "/cards", content=sent(CARD), accept=JSON).json() == CARD
            page = called.send("GET", "/cards?fields=cardNo,allPets", accept=JSON).json()
            assert page == {"cards": [{"cardNo": 1, "allPets": CARD["allPets"]}]}
            changed = called.send("PUT", "/cards/1", content={"firstPet": OLD}, accept=JSON).json()
            assert changed["firstPet"] == OLD
            with engine.connect() as connection:
                [[found]] = connection.execute(sa.text("SELECT first_pet FROM cards"))
            assert (json.loads(found) if isinstance(found, str) else found) == STORED["first_pet"]["all_friends"][0]
            assert called.send("DELETE", "/cards/1").status == 204
        engine.dispose()


def test_models_keep_attributes_in_columns_of_json(database_url: str) -> None:
    class Base(DeclarativeBase):
        pass

    class Kept(Base):
        __tablename__ = "kept"
        id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
        home_street: Mapped[Any] = mapped_column(sa.JSON)
        free_words: Mapped[Any] = mapped_column(sa.JSON)
        hidden_note: Mapped[str] = mapped_column(sa.String(9), default="n")

    class PublicKept(Resource):
        """What is shown of it."""

        id: int
        home_street: Street
        free_words: dict[str, Any]

    engine = engine_of(database_url)
    Base.metadata.create_all(engine)
    tables = {"/kept": Kept, "/rows": Kept.__table__}

    def register(api: Api) -> None:
        for path, model in tables.items():
            cls = type(f"Public{path[1:].capitalize()}", (PublicKept,), {"__doc__": "It."})
            api.resource(path, model=model, read=public(), write=public())(cls)

    street, free = CARD["homeStreet"], {"street_name": {"near_spot": 1}}
    with closing(serve(register, database=database_url, naming="camelCase")) as called:
        for number, path in enumerate(tables):
            if path == "/rows":  # which has no default of Python's
                with engine.begin() as connection:
                    connection.execute(sa.insert(Kept).values(id=1, home_street={"street_name": "x"}, free_words={}))
                made = called.send("PUT", f"{path}/1", content={"homeStreet": street, "freeWords": free}, accept=JSON)
            else:
                content = {"id": number, "homeStreet": street, "freeWords": free}
                made = called.send("POST", path, content=content, accept=JSON)
            assert made.json() == {"id": number, "homeStreet": street, "freeWords": free}
            patch = {"homeStreet": {"nearSpot": {"grid": 8}}}
            changed = called.send("PATCH", f"{path}/{number}", {"Content-Type": MERGE_PATCH}, patch, accept=JSON)
            assert changed.json()["homeStreet"]["nearSpot"] == {"mapSheet": "C3", "grid": 8}
            same = called.send("PUT", f"{path}/{number}", content=changed.json(), accept=JSON)
            assert same["etag"] == changed["etag"]
            with engine.connect() as connection:
                found = connection.execute(sa.select(Kept.home_street, Kept.free_words).where(Kept.id == number))
                [row] = found
            near = {**STORED["home_street"], "near_spot": {"map_sheet": "C3", "grid_size": 8}}
            assert tuple(row) == (near, free)
    engine.dispose()


class Shelf(Source):
    """Cards in memory."""

    def __init__(self) -> None:
        self.items: list[Mapping[str, Any]] = [INITIAL]

    def all(self) -> list[Mapping[str, Any]]:
        return self.items

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items.append(dict(values))
        return values

    def update(self, old: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items[:] = [values]
        return values

    def delete(self, old: Mapping[str, Any]) -> None:
        self.items.remove(old)


def test_sources_have_attributes() -> None:
    source = Shelf()

    def register(api: Api) -> None:
        api.resource("/cards", source=source, read=public(), write=public())(Card)

    with closing(serve(register, naming="camelCase")) as called:
        assert called.send("GET", "/cards/1", accept=JSON).json() == CARD
        made = called.send("POST", "/cards", content={**sent(CARD), "cardNo": 2}, accept=JSON)
        assert made.json() == {**CARD, "cardNo": 2}
        assert source.items[1] == {**INITIAL, "card_no": 2, "secret_spot": None}


# -- what is refused ------------------------------------------------------------------------------------------------


class Twice(BaseModel):
    one_name: int = 1
    other: int = Field(2, alias="oneName")


class Dashed(BaseModel):
    one: int = PydanticField(1, alias="the-one")


class TwoAliases(BaseModel):
    one: Annotated[int, PydanticField(alias="first")] = Field(1, alias="second")


class Populated(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    one_name: int = 1


class Choice(BaseModel):
    one: int = PydanticField(1, validation_alias="uno")


class Shown(BaseModel):
    one: int = PydanticField(1, serialization_alias="uno")


class Left(BaseModel):
    tag: Literal["left"] = Field(alias="side")


class Right(BaseModel):
    tag: Literal["right"] = Field(alias="way")


class Up(BaseModel):
    one: int = Field(alias="up")


class Down(BaseModel):
    one: int = Field(alias="down")


class Under(BaseModel):
    down: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    own_name: int = 1


@pytest.mark.parametrize(
    "hint, said",
    [
        (Twice, r"Twice\.other .*is called oneName over HTTP, and so is one_name"),
        (list[Dashed], r"Dashed\.one .*has the alias 'the-one': call it as an attribute could be called"),
        (TwoAliases, r"TwoAliases\.one .*"),
        (Populated, r"Populated .*has populate_by_name in its model_config"),
        (dict[str, Choice], r"Choice\.one .*has an alias of pydantic's for one way alone"),
        (Shown, r"Shown\.one .*has an alias of pydantic's for one way alone"),
        (Annotated[Left | Right, Field(discriminator="tag")],
         r"Holder\.held .*tells models apart by tag, which they call side and way over HTTP: give it one alias"),
        (list[Up | Down], r"Holder\.held .*nothing tells apart, in which one is up and down over HTTP"),
        (list[Down | Under], r"Holder\.held .*nothing tells apart, in which down is one and down over HTTP"),
        (list[Up | dict[str, int]], r"Holder\.held .*a model whose members are called otherwise over HTTP \(up\)"),
        (list[Up | Open], r"^Holder\.held .*of a model whose members are called otherwise over HTTP \(up\)"),
    ],
)  # fmt: skip
def test_what_has_no_one_name_is_refused(hint: Any, said: str) -> None:
    holder = type(
        "Holder", (Resource,),
        {"__annotations__": {"name": str, "held": hint | None}, "name": Field(identity=True), "held": None},
    )  # fmt: skip
    with pytest.raises(DeclarationError, match=said):
        declare(holder, "/things", read=public(), naming="camelCase")


def test_members_that_nobody_has_declared_are_not_called_as_attributes(database_url: str) -> None:
    """Or else two members would be stored by one name."""

    class Loose(Resource):
        """It holds what may have any members."""

        name: str = Field(identity=True)
        held: Open | None = None

    def register(api: Api) -> None:
        api.resource("/loose", read=public(), write=public())(Loose)

    with closing(serve(register, database=database_url, naming="camelCase")) as called:
        content = {"name": "a", "held": {"ownName": 2, "other_name": {"own_name": 1}}}
        assert called.send("POST", "/loose", content=content, accept=JSON).json() == content
        content["held"]["own_name"] = 3  # type: ignore[index]  # it is an object
        refused = called.send("PUT", "/loose/a", content=content)
        assert (refused.status, errors(refused)) == (422, [("/held/own_name", "extra_forbidden")])
        with closing(open_driver(database_url)) as driver:
            [[found]] = driver.read("SELECT held FROM loose")
        assert (json.loads(found) if isinstance(found, str) else found) == {
            "own_name": 2, "other_name": {"own_name": 1},
        }  # fmt: skip
