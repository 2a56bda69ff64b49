"""Tuples, sets and discriminated unions through the whole, by both doors and in both databases."""

import json
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from flask import Flask
from pydantic import BaseModel, Discriminator, Tag, computed_field
from typing_extensions import TypeAliasType

from restwell import Api, DeclarationError, Field, Resource, public
from restwell.model.declare import declare
from tests.api import BASE, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serving


class Species(Enum):
    BIRD = "bird"


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"] = "cat"
    name: str | None = "Tom"
    lives: int = 9


class Dog(BaseModel):
    """A dog, with a member that is called like its tag."""

    kind: Literal["dog", "hound"]
    name: Annotated[str, Field(max_length=3)] | None = None
    dog: list[int] = []
    friends: "list[Pet]" = []


class Bird(BaseModel):
    """A bird."""

    kind: Literal[Species.BIRD]
    sings: bool = True


Pet = Annotated[Cat | Dog | Bird, Field(discriminator="kind")]
Named = TypeAliasType("Named", Pet)
Dog.model_rebuild()


class Spot(BaseModel):
    """What a nested object holds."""

    at: tuple[float, float] = (0.0, 0.0)
    labels: set[str] = set()


class Home(Resource):
    """A home with arrays of several forms and its animals."""

    id: int = Field(identity=True)
    at: tuple[Annotated[int, Field(ge=0, le=90)], int, str] = (1, 2, "x")
    path: tuple[int, ...] = Field((), max_length=3)
    labels: set[str] = Field({"b", "a"})
    prices: frozenset[Decimal] | None = None
    owner: Cat | Dog | Bird = Field(Cat(), discriminator="kind")
    guest: Pet | None = None
    named: Named | None = None
    pets: list[Pet] = Field([])
    spots: list[Spot] = Field([])

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def kinds(self) -> set[str]:
        """Which animals there are."""
        return {str(pet.kind) for pet in [self.owner, *self.pets]}


def register(api: Api) -> None:
    api.resource("/homes", read=public(), write=public())(Home)


@pytest.fixture(params=["fast path", "Flask"])
def served(request: pytest.FixtureRequest, database_url: str) -> Iterator[Served]:
    """Serve homes; a hook of the application's leads every request through Flask."""
    app = Flask("tests")
    if request.param == "Flask":
        app.before_request(lambda: None)
    with serving(register, app=app, database=database_url) as one:
        yield one


FULL = {
    "id": 1,
    "at": [1, 200, "x"],
    "path": [3, 1, 3],
    "labels": ["b", "a", "c"],
    "prices": ["9", 10, "1.50"],
    "owner": {"kind": "dog", "dog": [1], "friends": [{"kind": "cat"}, {"kind": "bird"}]},
    "guest": {"kind": "bird", "sings": False},
    "named": {"kind": "cat", "name": None},
    "pets": [{"kind": "cat"}, {"kind": "hound", "name": "Rex"}],
    "spots": [{"at": [1.5, 2], "labels": ["y", "x"]}],
}
CAT = {"kind": "cat", "name": "Tom", "lives": 9}
SHOWN = {
    **FULL,
    "labels": ["a", "b", "c"],
    "prices": ["1.50", "10", "9"],
    "owner": {"kind": "dog", "name": None, "dog": [1], "friends": [CAT, {"kind": "bird", "sings": True}]},
    "named": {"kind": "cat", "name": None, "lives": 9},
    "pets": [CAT, {"kind": "hound", "name": "Rex", "dog": [], "friends": []}],
    "spots": [{"at": [1.5, 2.0], "labels": ["x", "y"]}],
    "kinds": ["cat", "dog", "hound"],
}


def made(served: Served) -> Answer:
    answer = served.send("PUT", "/homes/1", content=FULL, accept=JSON)
    assert answer.status == 201, answer.body
    return answer


def patched(served: Served, content: Any, media_type: str = MERGE_PATCH) -> Answer:
    return served.send("PATCH", "/homes/1", {"Content-Type": media_type}, content=content, accept=JSON)


def errors_of(answer: Answer) -> list[tuple[str, str, str]]:
    assert answer.status == 422, answer.body
    return [(each["pointer"], each["code"], each["detail"]) for each in answer.json()["errors"]]


def test_what_is_sent_is_shown_in_one_form(served: Served) -> None:
    assert made(served).json() == SHOWN
    assert served.send("GET", "/homes/1", accept=JSON).json() == SHOWN
    [member] = served.send("GET", "/homes", accept=JSON_LD).json()["member"]
    assert {name: member[name] for name in SHOWN} == SHOWN
    assert "hound" in served.send("GET", "/homes/1", accept="text/html").body.decode()
    assert served.send("POST", "/homes", content={"id": 2}, accept=JSON).json() == {
        "id": 2, "at": [1, 2, "x"], "path": [], "labels": ["a", "b"], "owner": CAT, "pets": [], "spots": [],
        "kinds": ["cat"],
    }  # fmt: skip


def test_equal_values_change_nothing(served: Served) -> None:
    first = made(served)
    spots = [{"at": [1.5, 2], "labels": ["x", "y"]}]
    turned = {**FULL, "labels": ["c", "b", "a"], "prices": ["10", "9", "1.50"], "spots": spots}
    for content in (FULL, turned, SHOWN):
        again = served.send("PUT", "/homes/1", content=content, accept=JSON)
        assert (again.status, again["etag"], again.body) == (200, first["etag"], first.body)
    again = patched(served, {"labels": ["b", "c", "a"], "owner": {"kind": "dog"}})
    assert (again.status, again["etag"]) == (200, first["etag"])


@pytest.mark.parametrize(
    "content, errors",
    [
        ({"labels": ["a", "b", "a"]}, [("/labels/2", "repeated_item", "Must not be there twice.")]),
        ({"prices": ["1.5", "1.50"]}, [("/prices/1", "repeated_item", "Must not be there twice.")]),
        ({"labels": {"a": 1}}, [("/labels", "list_type", "Must be a JSON array.")]),
        ({"labels": ["a", 1]}, [("/labels/1", "string_type", "Must be text.")]),
        ({"spots": [{}, {"labels": ["a", "a"]}]}, [
            ("/spots/1/labels/1", "repeated_item", "Must not be there twice."),
        ]),
        ({"at": [1, 2]}, [("/at/2", "missing", "Is required.")]),
        ({"at": [1, 2, "x", 3]}, [("/at", "too_long", "Must have at most 3 items, not 4.")]),
        ({"at": [91, 2, 3]}, [
            ("/at/0", "less_than_equal", "Must be less than or equal to 90."),
            ("/at/2", "string_type", "Must be text."),
        ]),
        ({"path": [1, 2, 3, 4]}, [("/path", "too_long", "Must have at most 3 items, not 4.")]),
        ({"path": [1, "2"]}, [("/path/1", "int_type", "Must be an integer.")]),
        ({"at": "1,2"}, [("/at", "tuple_type", "Must be a JSON array.")]),
        ({"owner": {"kind": "cow"}}, [
            ("/owner/kind", "literal_error", "Must be 'cat' or 'dog' or 'hound' or 'bird'."),
        ]),
        ({"owner": {"name": "x"}}, [("/owner/kind", "missing", "Is required.")]),
        ({"owner": {"kind": ["cat"]}}, [
            ("/owner/kind", "literal_error", "Must be 'cat' or 'dog' or 'hound' or 'bird'."),
        ]),
        ({"owner": "cat"}, [("/owner", "model_type", "Must be a JSON object.")]),
        ({"owner": {"kind": "dog", "dog": ["x"], "lives": 3}}, [
            ("/owner/dog/0", "int_type", "Must be an integer."),
            ("/owner/lives", "extra_forbidden", "Is not known here: leave it out."),
        ]),
        ({"owner": {"kind": "dog", "friends": [{"kind": "dog", "name": "Bello"}]}}, [
            ("/owner/friends/0/name", "string_too_long", "Must have at most 3 characters."),
        ]),
        ({"pets": [{"kind": "cat"}, {"kind": "bird", "name": "x"}, 5]}, [
            ("/pets/1/name", "extra_forbidden", "Is not known here: leave it out."),
            ("/pets/2", "model_type", "Must be a JSON object."),
        ]),
        ({"guest": {"kind": "cat", "lives": "9"}}, [("/guest/lives", "int_type", "Must be an integer.")]),
        ({"named": {"kind": "cat", "lives": "9"}}, [("/named/lives", "int_type", "Must be an integer.")]),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_place(served: Served, content: Any, errors: list[tuple[str, str, str]]) -> None:
    answer = served.send("PUT", "/homes/1", content=content, accept=JSON)
    assert errors_of(answer) == errors
    schema = served.send("GET", "/schemas/Home").json()
    if content != {"prices": ["1.5", "1.50"]}:  # two texts to JSON Schema, and one number
        assert not jsonschema.Draft202012Validator(schema).is_valid({"id": 1, **content})


def test_patches_reach_into_what_is_stored(served: Served) -> None:
    made(served)
    operations = [
        {"op": "replace", "path": "/at/0", "value": 7},
        {"op": "add", "path": "/labels/-", "value": "0"},
        {"op": "remove", "path": "/path/1"},
        {"op": "remove", "path": "/pets/1/name"},
        {"op": "remove", "path": "/pets/0/name"},
        {"op": "remove", "path": "/pets/0/lives"},
        {"op": "test", "path": "/owner/friends/1", "value": {"kind": "bird", "sings": True}},
    ]
    found = patched(served, operations, JSON_PATCH).json()
    assert (found["at"], found["path"], found["labels"]) == ([7, 200, "x"], [3, 3], ["0", "a", "b", "c"])
    assert found["pets"] == [{"kind": "cat", "name": None, "lives": 9}, {**SHOWN["pets"][1], "name": None}]  # type: ignore[index]
    assert patched(served, {"owner": {"name": "Bo"}}).json()["owner"]["name"] == "Bo"
    assert patched(served, {"owner": {"name": None}}).json()["owner"]["name"] is None
    assert patched(served, {"named": {"name": None, "lives": None}}).json()["named"] == {**CAT, "name": None}
    twice = patched(served, [{"op": "add", "path": "/labels/-", "value": "a"}], JSON_PATCH)
    assert errors_of(twice) == [("/labels/4", "repeated_item", "Must not be there twice.")]
    longer = patched(served, [{"op": "add", "path": "/at/-", "value": "a"}], JSON_PATCH)
    assert errors_of(longer) == [("/at", "too_long", "Must have at most 3 items, not 4.")]


def test_a_patch_that_makes_another_animal_says_what_is_left_of_the_first(served: Served) -> None:
    made(served)
    left = patched(served, {"guest": {"kind": "cat"}})
    assert errors_of(left) == [("/guest/sings", "extra_forbidden", "Is not known here: leave it out.")]
    assert patched(served, {"guest": {"kind": "cat", "sings": None}}).json()["guest"] == CAT
    replaced = [{"op": "replace", "path": "/guest", "value": {"kind": "bird"}}]
    assert patched(served, replaced, JSON_PATCH).json()["guest"] == {"kind": "bird", "sings": True}


def test_an_equal_value_in_another_place_meets_the_limits_of_that_place(served: Served) -> None:
    made(served)
    assert errors_of(patched(served, {"at": [200, 1, "x"]}))[0][:2] == ("/at/0", "less_than_equal")
    assert patched(served, {"guest": {"kind": "cat", "name": "Felix", "sings": None}}).status == 200
    renamed = patched(served, {"guest": {"kind": "dog", "lives": None}})
    assert errors_of(renamed) == [("/guest/name", "string_too_long", "Must have at most 3 characters.")]


def test_keywords_of_json_ld_are_left_out_of_animals_too(served: Served) -> None:
    pets = [{"kind": "dog", "friends": [{"@id": "x", "kind": "cat"}]}]
    content = {**FULL, "owner": {"@type": "Cat", "kind": "cat"}, "pets": pets}
    answer = served.send("PUT", "/homes/1", {"Content-Type": JSON_LD}, json.dumps(content).encode(), accept=JSON)
    assert answer.status == 201, answer.body
    assert answer.json()["pets"][0]["friends"] == [CAT]


def test_descriptions_say_what_is_taken(served: Served) -> None:
    made(served)
    schema = served.send("GET", "/schemas/Home").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(FULL)
    assert validator.is_valid(SHOWN)
    members = schema["properties"]
    assert members["labels"] | {"items": {}} == {
        "type": "array", "items": {}, "uniqueItems": True, "maxItems": 10000, "default": ["a", "b"],
    }  # fmt: skip
    assert (members["at"]["minItems"], members["at"]["maxItems"], len(members["at"]["prefixItems"])) == (3, 3, 3)
    assert (members["path"]["type"], members["path"]["maxItems"]) == ("array", 3)
    assert members["owner"]["oneOf"] == [{"$ref": f"#/$defs/{name}"} for name in ("Cat", "Dog", "Bird")]
    assert members["owner"]["discriminator"]["propertyName"] == "kind"
    assert members["kinds"]["uniqueItems"] is True
    document = served.send("GET", "/openapi.json").json()
    owner = document["components"]["schemas"]["Home"]["properties"]["owner"]
    place = "#/components/schemas/Home.object."
    assert owner["discriminator"]["mapping"] == {
        "cat": f"{place}Cat", "dog": f"{place}Dog", "hound": f"{place}Dog", "bird": f"{place}Bird",
    }  # fmt: skip
    names = {name.rpartition("/")[2] for name in owner["discriminator"]["mapping"].values()}
    assert names <= set(document["components"]["schemas"])
    context = served.send("GET", "/contexts/Home").json()["@context"]
    found = {
        name: (context[name].get("@type"), context[name].get("@container")) for name in ("at", "labels", "owner")
    }
    assert found == {"at": ("@json", None), "labels": (None, "@set"), "owner": ("@json", None)}
    spots = context["spots"]["@context"]
    assert (spots["at"]["@container"], spots["labels"]["@container"]) == ("@list", "@set")
    forms = served.send("GET", "/homes/1", accept=HAL_FORMS).json()["_templates"]
    fields = {each["name"]: each for form in forms.values() for each in form["properties"]}
    assert (fields["labels"]["value"], fields["owner"]["value"]) == (SHOWN["labels"], SHOWN["owner"])
    assert served.send("GET", "/docs", accept="text/html").status == 200
    assert served.send("GET", "/docs.jsonld").status == 200
    assert f"{BASE}/homes/1" in served.send("GET", "/homes", accept=JSON_LD).body.decode()


def _declared(annotation: Any, **more: Any) -> None:
    members = {"__annotations__": {"id": int, "value": annotation}, "__module__": __name__, **more}
    declare(type("Wrong", (Resource,), {**members, "id": Field(identity=True)}), "/wrong", read=public())


class Loose(BaseModel):
    """A model that nothing tells from another one."""

    name: str = ""


@pytest.mark.parametrize(
    "annotation, remedy",
    [
        (Cat | Dog, "Field\\(discriminator='kind'\\)"),
        (Cat | Loose | None, "Field\\(discriminator='kind'\\)"),
        (set[Cat], "use list"),
        (set, "use list"),
        (list[set[Any]], "use list"),
        (frozenset[tuple[int, int]], "use list"),
        (set[bytes], "use list"),
        (tuple[int, bytes], "is not one that Restwell stores"),
        (tuple[bytes, ...], "is not one that Restwell stores"),
        (
            Annotated[
                Annotated[Cat, Tag("cat")] | Annotated[Loose, Tag("loose")],
                Discriminator(lambda value: "cat" if "kind" in value else "loose"),
            ],
            "Field\\(discriminator='kind'\\)",
        ),
        (
            list[
                Annotated[
                    Annotated[Cat, Tag("cat")] | Annotated[Loose, Tag("loose")],
                    Discriminator(lambda value: "cat" if "kind" in value else "loose"),
                ]
            ],
            "by a function, of which no schema can say",
        ),
    ],
    ids=range(11),
)
def test_what_cannot_be_is_refused_by_name_with_what_to_write(annotation: Any, remedy: str) -> None:
    with pytest.raises(DeclarationError, match=remedy):
        _declared(annotation)


@pytest.mark.parametrize("default", [{1, "a"}, ["a"], {1}, frozenset({"a"})])
def test_a_default_is_of_the_type_itself(default: Any) -> None:
    with pytest.raises(DeclarationError, match="default"):
        _declared(set[str], value=Field(default))


@pytest.mark.parametrize(
    "annotation, default", [(tuple[int, str], [1, "a"]), (tuple[int, ...], [1]), (frozenset[str], {"a"})]
)
def test_a_default_of_another_collection_is_refused(annotation: Any, default: Any) -> None:
    with pytest.raises(DeclarationError, match="default"):
        _declared(annotation, value=Field(default))
