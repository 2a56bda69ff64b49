"""A declaration that makes sense is read; one that does not cannot be built, and is told where and how to mend it."""

import inspect
import re
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from restwell import Api
from restwell.access.grant import ANONYMOUS, Grant
from restwell.access.sight import sight_of
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.fields import Field
from restwell.model.policy import public, scope
from restwell.model.resource import Declaration, Resource, expand_iri

Wrong = Callable[[], Declaration]


class Note(Resource):
    """Somebody's note."""

    number: int = Field(identity=True)
    text: str = ""


class Mixed(Enum):
    ONE = 1
    TWO = "two"


class NoIdentity(Resource):
    name: str


class TwoIdentities(Resource):
    name: str = Field(identity=True)
    number: int = Field(identity=True)


class FloatIdentity(Resource):
    weight: float = Field(identity=True)


class MissingIdentity(Resource):
    name: str | None = Field(None, identity=True)


class Bytes(Resource):
    name: str = Field(identity=True)
    content: bytes = b""


class Unions(Resource):
    name: str = Field(identity=True)
    either: int | str = 0


class MixedChoice(Resource):
    name: str = Field(identity=True)
    choice: Mixed = Mixed.ONE


class MixedLiteral(Resource):
    name: str = Field(identity=True)
    choice: Literal["a", 1] = 1


class AutoText(Resource):
    number: int = Field(identity=True)
    created: str = Field(auto="created")


class AutoMissing(Resource):
    number: int = Field(identity=True)
    updated: datetime | None = Field(auto="updated")


class AutoPerson(Resource):
    number: int = Field(identity=True)
    creator: str = Field(auto="creator")


class AutoLimited(Resource):
    number: int = Field(identity=True)
    creator: str | None = Field(auto="creator", max_length=3)


class AutoLimitedWithin(Resource):
    number: int = Field(identity=True)
    creator: Annotated[str, Field(max_length=3)] | None = Field(auto="creator")


class AutoUnique(Resource):
    number: int = Field(identity=True)
    updater: str | None = Field(auto="updater", unique=True)


class ReadOnly(Resource):
    name: str = Field(identity=True)
    serial: int = Field(read_only=True)


class IndexedList(Resource):
    name: str = Field(identity=True)
    tags: list[str] = Field([], index=True)


class Excluded(Resource):
    name: str = Field(identity=True)
    secret: str = Field("", exclude=True)


class Aliased(Resource):
    name: str = Field(identity=True)
    class_: str = Field("", validation_alias="class")


class WrongIri(Resource):
    name: str = Field(identity=True, iri="dc:title")


class WrongDefault(Resource):
    name: str = Field(identity=True)
    year: int = Field("soon")


class DefaultBeyondItsLimit(Resource):
    name: str = Field(identity=True)
    year: int = Field(1000, ge=1989)


class CasesApart(Resource):
    name: str = Field(identity=True)
    Name: str = ""


class SystemColumn(Resource):
    name: str = Field(identity=True)
    xmin: int = 0


class Collection(Resource):
    name: str = Field(identity=True)


class Größe(Resource):  # noqa: PLC2401 -- what it is about
    name: str = Field(identity=True)


class Plain(BaseModel):
    name: str


def note(**options: Any) -> Wrong:
    arguments = {"path": "/notes", "read": public(), **options}
    return lambda: declare(Note, **arguments)


def of(cls: type[Resource], **options: Any) -> Wrong:
    return lambda: declare(cls, "/things", read=public(), **options)


# What is declared, the class and member that the sentence begins with, what it says, and the remedy in it.
WRONG: list[tuple[Wrong, str, str, str]] = [
    (of(NoIdentity), "NoIdentity", "no identity", "Field(identity=True)"),
    (of(TwoIdentities), "TwoIdentities", "2 identities (name, number)", "mark the one field"),
    (of(FloatIdentity), "FloatIdentity.weight", "cannot be an identity", "use str, int or UUID"),
    (of(MissingIdentity), "MissingIdentity.name", "cannot be an identity", "never None"),
    (of(Bytes), "Bytes.content", "has a type that is not one that Restwell stores", "use str, int"),
    (of(Unions), "Unions.either", "has a type that is not one that Restwell stores", "use str, int"),
    (of(MixedChoice), "MixedChoice.choice", "values of a choice", "all texts or all integers"),
    (of(MixedLiteral), "MixedLiteral.choice", "values of a choice", "all texts or all integers"),
    (of(AutoText), "AutoText.created", "auto='created', which is a moment", "give it the type datetime"),
    (of(AutoMissing), "AutoMissing.updated", "which is a moment", "give it the type datetime"),
    (of(AutoPerson), "AutoPerson.creator", "a text or null", "give it the type str | None"),
    (of(AutoLimited), "AutoLimited.creator", "and limits beside it", "take the limits away"),
    (of(AutoLimitedWithin), "AutoLimitedWithin.creator", "and limits beside it", "take the limits away"),
    (of(AutoUnique), "AutoUnique.updater", "cannot be an identity or unique", "take that away"),
    (of(ReadOnly), "ReadOnly.serial", "nothing could ever set it", "give it a default"),
    (of(IndexedList), "IndexedList.tags", "a list cannot have", "take index=True away"),
    (of(Excluded), "Excluded.secret", "is excluded", "use Field(write_only=True) or Field(hidden=True)"),
    (of(Aliased), "Aliased.class_", "has an alias of pydantic's", "the alias of restwell's Field"),
    (of(WrongIri), "WrongIri.name", "the iri 'dc:title'", "write an absolute IRI, or a name after one of schema:"),
    (of(WrongDefault), "WrongDefault.year", "default", "default"),
    (of(DefaultBeyondItsLimit), "DefaultBeyondItsLimit.year", "default", "default"),
    (of(CasesApart), "CasesApart.", "case", "name"),
    (of(SystemColumn), "SystemColumn.xmin", "xmin", "name"),
    (of(Collection), "Collection", "vocabulary", "call the class otherwise"),
    (of(Größe), "Größe", "not ASCII", "or say by name= what clients are told"),
    (note(name="note"), "Note", "name='note'", "begin it with a capital letter"),
    (note(name="A note"), "Note", "name='A note'", "letters, digits and underscores"),
    (note(name="Größe"), "Note", "name='Größe'", "of ASCII"),
    (note(name="Note\n"), "Note", "name='Note", "as in name='Customer'"),
    (note(name=""), "Note", "name=''", "as in name='Customer'"),
    (note(name="N" * 101), "Note", "name='NN", "99 at most"),
    (note(name=Note), "Note", "name=<class", "as in name='Customer'"),
    (note(name="Collection"), "Note", "the API's own vocabulary uses", "what clients are told"),
    (note(iri="Note"), "Note", "the iri 'Note'", "write an absolute IRI"),
    (note(iri="schema:"), "Note", "the iri 'schema:'", "write an absolute IRI"),
    (note(read=None), "Note", "nothing is permitted by default", "add read=public() or read=scope('name')"),
    (note(read="public"), "Note", "'public' as its rule for read", "use public(), scope('name') or another"),
    (note(write=public), "Note", "as its rule for create", "use public(), scope('name') or another"),
    (note(path="notes"), "Note", "the path 'notes'", "begin it with '/'"),
    (note(path="/notes/"), "Note", "the path '/notes/'", "end it without"),
    (note(path="/"), "Note", "the path '/'", "as in '/frameworks'"),
    (note(path=""), "Note", "the path ''", "as in '/frameworks'"),
    (note(path="/notes/<name>"), "Note", "the path '/notes/<name>'", "as in '/frameworks'"),
    (note(path="/no tes"), "Note", "the path '/no tes'", "as in '/frameworks'"),
    (note(path="/notes\n"), "Note", "the path", "as in '/frameworks'"),
    (note(path="/a/../b"), "Note", "uses itself", "choose another"),
    (note(path="/a/."), "Note", "uses itself", "choose another"),
    (note(path="/docs"), "Note", "uses itself", "choose another first segment"),
    (note(path="/problems/notes"), "Note", "uses itself", "choose another first segment"),
    (note(path="/.well-known/notes"), "Note", "uses itself", "choose another first segment"),
    (note(path="/restwell_keys"), "Note", "Restwell's own", "choose another"),
    (note(initial=[{"number": "x"}]), "Note", "initial row 1 that is not valid at number", "valid integer"),
    (note(initial=[{"number": 1}, {"text": "a"}]), "Note", "initial row 2 that is not valid at number", "required"),
    (note(initial=[{"number": 1}, {"number": 1}]), "Note", "initial row 2", "1"),
    (note(initial=[{"number": 1, "texts": "a"}]), "Note", "initial row 1 that is not valid at texts", "permitted"),
]  # fmt: skip


@pytest.mark.parametrize(
    "wrong, subject, what, remedy", WRONG, ids=[f"{place} {case[1]}" for place, case in enumerate(WRONG)]
)
def test_a_wrong_declaration_is_told_where_it_is_and_how_to_mend_it(
    wrong: Wrong, subject: str, what: str, remedy: str
) -> None:
    with pytest.raises(DeclarationError) as caught:
        wrong()
    sentence = str(caught.value)
    assert sentence.startswith(subject)
    assert what in sentence
    assert remedy in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "wrong, text",
    [
        (of(NoIdentity), "class NoIdentity"),
        (of(FloatIdentity), "    weight: float"),
        (of(ReadOnly), "    serial: int"),
        (of(Unions), "    either: int"),
        (note(path="/"), "class Note"),
    ],
)
def test_the_sentence_names_the_line(wrong: Wrong, text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        wrong()
    found = re.search(r" \((.+), line (\d+)\) ", str(caught.value))
    assert found is not None
    assert found[1] == __file__
    lines = inspect.getsource(inspect.getmodule(test_the_sentence_names_the_line) or object).splitlines()
    assert lines[int(found[2]) - 1].startswith(text)


def test_a_class_without_source_is_named_without_a_line() -> None:
    made = type("Made", (Resource,), {"__annotations__": {"name": str}})
    with pytest.raises(DeclarationError, match=r"^Made has no identity"):
        declare(made, "/made", read=public())


@pytest.mark.parametrize("thing", [Plain, "Note", Note(number=1)])
def test_what_is_no_resource_is_told_how_to_become_one(thing: Any) -> None:
    with pytest.raises(DeclarationError, match=r"is not a resource: write `class \w+\(Resource\):`\.$"):
        declare(thing, "/things", read=public())


def test_a_decorator_refuses_at_once_what_makes_no_sense() -> None:
    api = Api()
    with pytest.raises(DeclarationError, match="nothing is permitted by default"):
        api.resource("/notes")(Note)
    api.resource("/notes", read=public())(Note)
    with pytest.raises(DeclarationError, match="used for one resource only"):
        api.resource("/other", read=public())(Note)
    assert [declaration.path for declaration in api.declarations] == ["/notes"]


@pytest.mark.parametrize("prefix", ["api", "/api/", "/"])
def test_a_wrong_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(DeclarationError, match=r"begin it with '/', as in '/api'|should not end with '/'"):
        Api(url_prefix=prefix)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"auto": "modified"}, r"has auto='modified': it can be created, updated, creator, updater\.$"),
        ({"auto": "created", "default": None}, r"and a default beside it: leave the default out\.$"),
        ({"auto": "updated", "default_factory": datetime.now}, r"and a default beside it: leave the default out\.$"),
    ],
)
def test_what_sets_itself_is_declared_by_one_word(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        Field(**arguments)


# What a right one says.


class Entry(Resource):
    """An entry.

    With more to say.
    """

    id: UUID = Field(identity=True, default_factory=lambda: UUID(int=0))
    version: int = 0
    modified: str = ""
    text: str = Field("", max_length=20)
    year: int | None = Field(None, ge=1989)


def test_a_declaration_is_what_was_declared() -> None:
    rows = [{"text": "a"}]
    read, write = public(max_age=60), scope("entries")
    made = declare(
        Entry,
        "/lab/entries",
        read=read,
        write=write,
        iri="schema:Thing",
        initial=rows,
        max_body=10,
        require_if_match=True,
    )
    assert (made.name, made.path, made.slug, made.iri) == ("Entry", "/lab/entries", "entries", "schema:Thing")
    assert made.description == "An entry.\n\nWith more to say."
    assert [row["text"] for row in made.initial] == ["a"]
    assert (made.max_body, made.require_if_match) == (10, True)
    assert dict(made.rules) == {"read": read, "create": write, "update": write, "delete": write}
    assert made.identity.name == "id"
    assert made.field("year") is made.fields[4]
    assert made.field("nobody") is None


def test_a_class_without_a_docstring_is_described_by_its_name() -> None:
    assert declare(Aliases, "/aliases", read=public()).description == "Aliases"


class Aliases(Resource):
    name: str = Field(identity=True)


def test_a_field_may_have_any_name_that_python_has() -> None:
    assert [spec.name for spec in declare(Entry, "/entries", read=public()).fields][:3] == [
        "id",
        "version",
        "modified",
    ]


def test_one_operation_can_have_a_rule_of_its_own() -> None:
    made = declare(Note, "/notes", read=public(), write=scope("notes"), delete=scope("notes:admin"))
    assert made.rules["delete"] == scope("notes:admin")
    assert made.rules["update"] == scope("notes")


def test_an_operation_without_a_rule_is_offered_to_nobody() -> None:
    made = declare(Note, "/notes", read=public())
    everything = Grant("caller", frozenset(["notes:create", "notes:update", "notes:delete", "notes"]))
    assert sight_of(made, everything).operations == ("read",)


@pytest.mark.parametrize(
    "scopes, permitted",
    [
        ((), ("read",)),
        (("notes:update",), ("read", "update")),
        (("notes:delete", "notes:create", "others:update"), ("read", "create", "delete")),
    ],
)
def test_a_grant_permits_what_its_scopes_say(scopes: tuple[str, ...], permitted: tuple[str, ...]) -> None:
    made = declare(Note, "/notes", read=public(), write=scope("notes"))
    for _ in range(2):  # the second answer is remembered
        assert sight_of(made, Grant("caller", frozenset(scopes))).operations == permitted


def test_anybody_may_do_nothing_where_nothing_is_public() -> None:
    closed = declare(Note, "/notes", read=scope("notes"), write=scope("notes"))
    assert sight_of(closed, ANONYMOUS).operations == ()


@pytest.mark.parametrize(
    "name, value",
    [
        ("text", "x" * 21),
        ("text", "\x00"),
        ("year", 1988),
        ("year", 2**63),
        ("year", "2010"),
        ("year", 2010.0),
        ("version", None),
        ("version", True),
        ("other", 1),
    ],
)
def test_content_is_taken_strictly_and_within_limits(name: str, value: Any) -> None:
    made = declare(Entry, "/entries", read=public())
    assert made.shape.validate({"year": 2010, "text": "x" * 20})["year"] == 2010
    with pytest.raises(ValidationError):
        made.shape.validate({name: value})


@pytest.mark.parametrize("name", ["Flask", "a", "...", "~x", "-", "x" * 128, "a.b"])
def test_an_identity_is_a_segment_of_a_path(name: str) -> None:
    assert declare(Aliases, "/aliases", read=public()).shape.validate({"name": name}) == {"name": name}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "ä", "a%20", "x" * 129, "a\n", "a;b"])
def test_what_is_no_segment_is_no_identity(name: str) -> None:
    with pytest.raises(ValidationError):
        declare(Aliases, "/aliases", read=public()).shape.validate({"name": name})


@pytest.mark.parametrize(
    "iri, expanded",
    [
        ("schema:name", "https://schema.org/name"),
        ("rdfs:label", "http://www.w3.org/2000/01/rdf-schema#label"),
        ("https://example.org/name", "https://example.org/name"),
        ("urn:example:name", "urn:example:name"),
    ],
)
def test_an_iri_is_expanded(iri: str, expanded: str) -> None:
    assert expand_iri(iri) == expanded
