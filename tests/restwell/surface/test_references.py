"""Which members refer to items of which resources, and the URLs that they show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from restwell.content import with_identities
from restwell.http.links import Link
from restwell.http.media_types import JSON, JSON_LD
from restwell.http.problems import FieldError
from restwell.model.declare import Held, declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.representations.hal import Hal
from restwell.surface.affordances import Affordances
from restwell.surface.documents import Item
from restwell.surface.references import References, reference_urls
from restwell.surface.site import reference_links
from restwell.surface.surface import compile_all
from tests.examples import BASE, NOTES


@dataclass(frozen=True)
class Source:
    """Where items are, as far as references are concerned."""

    columns: Mapping[str, str]
    referred: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = "elsewhere"


class Person(Resource):
    """Somebody."""

    id: int = Field(identity=True)
    boss: int | None = None


class Human(Resource):
    """The same table again."""

    id: int = Field(identity=True)


class Code(Resource):
    """What a text names."""

    id: str = Field(identity=True)


class Letter(Resource):
    """Members that are called like link relations, or like nothing."""

    id: int = Field(identity=True)
    collection: int | None = None
    profile: str | None = None
    self: int | None = None
    other: int | None = None


PEOPLE = Source({"id": "people.id", "boss": "people.boss"}, {"boss": ("people.id",)})
LETTERS = Source(
    {"id": "letters.id", "collection": "letters.collection"},
    {
        "collection": ("people.id",),
        "profile": ("codes.id",),
        "self": ("letters.id",),
        "other": ("nowhere.id", "people.id"),
    },
)


def declared(cls: type[Resource], path: str, source: Any, **rules: Any) -> Declaration:
    return declare(cls, path, held=Held(source, {}), **(rules or {"read": public()}))


def letters(referred: Mapping[str, tuple[str, ...]], *others: Declaration) -> References:
    """What the members of the letters refer to, beside these resources."""
    found = declared(Letter, "/letters", Source({"id": "letters.id"}, referred))
    compile_all([found, *others])
    return found.compiled[References]


def test_a_member_refers_to_the_resource_whose_identity_has_its_column() -> None:
    people, codes = declared(Person, "/people", PEOPLE), declared(Code, "/codes", Source({"id": "codes.id"}))
    found = letters(LETTERS.referred, people, codes)
    assert {name: target.path for name, target in found.items()} == {
        "collection": "/people",
        "profile": "/codes",
        "self": "/letters",
        "other": "/people",
    }
    assert people.compiled[References] == {"boss": people}
    assert codes.compiled[References] == {}


def test_a_column_that_names_no_items_is_referred_to_by_nothing() -> None:
    people = declared(Person, "/people", PEOPLE)
    assert letters({"collection": ("people.boss",), "other": ("elsewhere.id",)}, people) == {}


def test_the_resource_that_was_declared_first_is_referred_to() -> None:
    people, humans = declared(Person, "/people", PEOPLE), declared(Human, "/humans", PEOPLE)
    assert letters({"other": ("people.id",)}, humans, people) == {"other": humans}
    assert letters({"other": ("people.id",)}, people, humans) == {"other": people}


def test_what_nobody_may_read_is_referred_to_by_nothing() -> None:
    closed = declared(Human, "/humans", PEOPLE, create=public())
    people = declared(Person, "/people", PEOPLE)
    assert letters({"other": ("people.id",)}, closed) == {}
    assert letters({"other": ("people.id",)}, closed, people) == {"other": people}


def test_values_of_another_kind_are_no_identities() -> None:
    assert letters({"other": ("codes.id",)}, declared(Code, "/codes", Source({"id": "codes.id"}))) == {}


def test_a_resource_of_restwells_own_refers_to_nothing() -> None:
    compile_all([NOTES])
    assert NOTES.compiled[References] == {}


def test_who_does_not_see_a_member_does_not_see_what_it_refers_to() -> None:
    people = declared(Person, "/people", PEOPLE)
    compile_all([people])
    assert people.seen(frozenset(["id"]), None).compiled[References] == {}
    assert people.seen(frozenset(["id", "boss"]), frozenset()).compiled[References] == {"boss": people}


def test_urls_are_those_of_the_items() -> None:
    people, codes = declared(Person, "/people", PEOPLE), declared(Code, "/codes", Source({"id": "codes.id"}))
    assert reference_urls(BASE, people, [1, 20]) == [f"{BASE}/people/1", f"{BASE}/people/20"]
    assert reference_urls(BASE, codes, ["a b", "c"]) == [f"{BASE}/codes/a%20b", f"{BASE}/codes/c"]
    assert reference_urls(BASE, codes, ["a b", None]) == [f"{BASE}/codes/a%20b", None]
    assert reference_urls(BASE, people, []) == []


def test_in_hal_a_member_that_is_called_like_a_relation_stands_beside_what_has_that() -> None:
    people, codes = declared(Person, "/people", PEOPLE), declared(Code, "/codes", Source({"id": "codes.id"}))
    found = declared(Letter, "/letters", LETTERS)
    compile_all([found, people, codes])
    item = Item(found, BASE, (1, 1, None, 5, 1, "x", 6, 2), None, found.compiled[Affordances].open_to[()].item)
    links = orjson.loads(Hal().write(item))["_links"]
    assert links["self"] == {"href": f"{BASE}/letters/5"}
    assert links["collection"] == [{"href": f"{BASE}/letters"}, {"href": f"{BASE}/people/1"}]
    assert links["profile"] == [{"href": f"{BASE}/docs.jsonld#Letter"}, {"href": f"{BASE}/codes/x"}]
    assert links["other"] == {"href": f"{BASE}/people/2"}


def test_the_iri_of_a_member_names_the_link_to_what_it_refers_to() -> None:
    class Named(Resource):
        """A member with a term of its own, and one without."""

        id: int = Field(identity=True)
        author: int = Field(iri="schema:author")
        editor: int | None = None

    people = declared(Person, "/people", PEOPLE)
    referred = {"author": ("people.id",), "editor": ("people.id",)}
    found = declared(Named, "/named", Source({"id": "named.id"}, referred))
    compile_all([found, people])
    whole = Item(found, BASE, (1, 1, None, 5, 1, 2), None, found.compiled[Affordances].open_to[()].item)
    assert reference_links(whole) == [
        Link("https://schema.org/author", f"{BASE}/people/1"),
        Link(f"{BASE}/docs.jsonld#Named/editor", f"{BASE}/people/2"),
    ]
    assert [link.url for link in reference_links(whole._replace(row=(1, 1, None, 5, 1, None)))] == [
        f"{BASE}/people/1"
    ]
    assert reference_links(whole._replace(fields=("id",))) == []


def test_content_in_json_ld_may_have_urls() -> None:
    people, codes = declared(Person, "/people", PEOPLE), declared(Code, "/codes", Source({"id": "codes.id"}))
    found = declared(Letter, "/letters", LETTERS)
    compile_all([found, people, codes])
    data = {"collection": f"{BASE}/people/1", "profile": {"@id": f"{BASE}/codes/a%20b"}, "self": 3, "other": None}
    assert with_identities(found, data, JSON_LD, BASE) == (
        {"collection": 1, "profile": "a b", "self": 3, "other": None},
        (),
    )
    assert with_identities(found, data, JSON, BASE) == (data, ())
    assert with_identities(found, [data], JSON_LD, BASE) == ([data], ())
    wrong = {"other": f"{BASE}/codes/1", "id": f"{BASE}/people/1"}
    detail = f"Must be the identity of an item of /people, or its URL below {BASE}/people/."
    assert with_identities(found, wrong, JSON_LD, BASE) == (wrong, (FieldError("/other", detail, "reference"),))
