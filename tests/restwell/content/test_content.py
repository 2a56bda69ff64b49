"""What `restwell.content` reads, drops, patches, accepts and refuses."""

import copy
import json
import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl, field_validator

from restwell.content import decode, json_patch, merge_patch, to_values, without_annotations
from restwell.http.problems import Conflict, ContentTooLarge, FieldError, InvalidContent, MalformedContent
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.model.written import ExactNumber

UUID_TEXT = "0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11"


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Maker(BaseModel):
    name: str
    since: int = 2000
    opened: datetime | None = None
    notes: dict[str, Any] = {}
    parent: "Maker | None" = None


class Thing(Resource):
    """A thing with every kind of field."""

    name: str = Field(identity=True)
    text: str = ""
    count: int = 0
    weight: float = 0.5
    sold: bool = False
    price: Decimal = Decimal("1.50")
    day: date | None = None
    moment: datetime | None = None
    token: UUID | None = None
    site: HttpUrl | None = None
    size: Size = Size.SMALL
    colour: Literal["red", "blue"] = "red"
    tags: list[str] = Field(default=[])
    numbers: list[int] = Field(default=[])
    weights: list[float] = Field(default=[])
    mixed: list[int | str | Maker | HttpUrl] = Field(default=[])
    maker: Maker | None = None
    makers: list[Maker] = Field(default=[])
    free: dict[str, Any] = Field(default={})
    anything: Any = None
    long: str = Field(default="", max_length=200_000)


class Ticket(Resource):
    """A thing with fields that clients cannot set."""

    number: int = Field(identity=True)
    title: str = "untitled"
    state: str = Field(default="open", read_only=True)
    score: float = Field(default=1.0, read_only=True)


class Session(Resource):
    """A thing that is named by a UUID."""

    key: UUID = Field(identity=True)


class Tag(Resource):
    """A thing whose name is always stored in lower case."""

    label: str = Field(identity=True)
    id: int | None = None

    @field_validator("label")
    @classmethod
    def lowered(cls, label: str) -> str:
        return label.lower()

    @field_validator("id")
    @classmethod
    def even(cls, value: int | None) -> int | None:
        if value is not None and value % 2:
            raise ValueError("odd numbers are taken")
        return value


def declared(cls: type[Resource], path: str) -> Declaration:
    return declare(cls, path, read=public(), write=public())


THING = declared(Thing, "/things")
TICKET = declared(Ticket, "/tickets")
SESSION = declared(Session, "/sessions")
TAG = declared(Tag, "/tags")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def errors_of(act: Callable[[], object]) -> dict[str, str]:
    """Return the codes of the errors that the refusal holds, by their pointers."""
    with pytest.raises(InvalidContent) as refusal:
        act()
    return {error.pointer: error.code for error in refusal.value.errors}


def refused(data: Any, declaration: Declaration = THING, **more: Any) -> dict[str, str]:
    return errors_of(lambda: to_values(declaration, data, **more))


# Reading JSON.


@pytest.mark.parametrize(
    "body, value",
    [
        (b'{"a": [1, -2.5, true, null, "x"]}', {"a": [1, -2.5, True, None, "x"]}),
        (b' \r\n\t"a" ', "a"),
        (b"304.0", 304),
        (b"3.04e2", 304),
        (b"0.0", 0),
        (b"-1E3", -1000),
        (b"9007199254740991.0", 2**53 - 1),
        (b"9007199254740992.0", float(2**53)),
        (b"1e300", 1e300),
        (b"18446744073709551616", 2**64),
        (b"1" + b"0" * 4000, 10**4000),
        ('"gr\u00f6\u00dfe \U0001f600"'.encode(), "gr\u00f6\u00dfe \U0001f600"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\\ud83d"', "\\ud83d"),
        (rb'"\u0000"', "\0"),
        (b'"' + b"[{" * 500 + b'"', "[{" * 500),
        (b'["\\"[[[[", "' + b"[" * 40 + b'"]', ['"[[[[', "[" * 40]),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b"[" + b"[]," * 500 + b"{}]", [[]] * 500 + [{}]),
    ],
)
def test_json_is_read(body: bytes, value: Any) -> None:
    read = decode(body)
    assert read == value
    assert type(read) is type(value)


def test_negative_zero_stays_a_float_with_its_sign() -> None:
    assert math.copysign(1, decode(b"-0.0")) == -1


@pytest.mark.parametrize(
    "body, advice",
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-le"), "UTF-16"),
        ('{"a": 1}'.encode("utf-32-be"), "UTF-32"),
        (b'{"a": "\xff"}', "no UTF-8 at byte 7"),
        (b'"\xed\xa0\x80"', "no UTF-8"),
        (b'{"a": 1} {}', "Something follows"),
        (b"01", "Something follows"),
        (b'{"a": 1', "line 1, column 8"),
        (b"{'a': 1}", "no JSON"),
        (b"[1,]", "no JSON"),
        (b'"a\nb"', "control character"),
        (b"nul", "no JSON"),
        (b'{"b": {"a": 1, "a": 1}}', 'member "a" is there twice'),
        (b'{"a": 1, "\\u0061": 2}', 'member "a" is there twice'),
        (b'{"\\ud800": 1, "\\ud800": 2}', "is there twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b"1e400", "1e400"),
        (b"[-1.5e999]", "-1.5e999"),
        (b"1" * 5000, "thousands of digits"),
        (rb'"\ud83d"', r"\ud83d is half"),
        (rb'{"\udc00": 1}', r"\udc00 is half"),
        (rb'"\ude00\ud83d"', "is half"),
        (b"[" * 33 + b"]" * 33, "32 levels"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "32 levels"),
        (b"[" + b"[]," * 40 + b"[" * 32 + b"]" * 33, "32 levels"),
        (b"[" * 100_000, "32 levels"),
        (b'["' + b"\\" * 33 + b'[" ' + b"[" * 40, "32 levels"),
        (b"]" * 40 + b"[" * 20, "no JSON"),
    ],
    ids=range(33),
)
def test_what_is_no_json_is_refused_with_advice(body: bytes, advice: str) -> None:
    with pytest.raises(MalformedContent) as refusal:
        decode(body)
    assert advice in refusal.value.detail
    refusal.value.detail.encode()


def test_an_object_has_at_most_1000_members() -> None:
    assert len(decode(json.dumps(dict.fromkeys(map(str, range(1000)))).encode())) == 1000
    with pytest.raises(ContentTooLarge, match="1001 members"):
        decode(json.dumps({"a": [dict.fromkeys(map(str, range(1001)))]}).encode())


def test_an_array_has_at_most_10000_items() -> None:
    assert len(decode(json.dumps([0] * 10_000).encode())) == 10_000
    assert len(decode(json.dumps([[0] * 6000, [0] * 6000]).encode())) == 2
    with pytest.raises(ContentTooLarge, match="10001 items"):
        decode(json.dumps([{"a": [0] * 10_001}]).encode())


@given(JSON)
def test_valid_json_is_read_as_python_reads_it(value: Any) -> None:
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=40) | st.text('[]{}",:\\u0dD8-.eE1 \n', max_size=40).map(str.encode))
def test_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        value = decode(body)
    except (MalformedContent, ContentTooLarge) as problem:
        assert problem.detail  # noqa: PT017 - what is raised is checked, and that nothing else is
    else:
        assert value == json.loads(body)


# Dropping what hypermedia clients send along.


@pytest.mark.parametrize(
    "sent, media_type, kept",
    [
        ({"@id": "/x", "@context": "http://evil/", "name": "a"}, "application/json", {"name": "a"}),
        ({"_links": {}, "_embedded": {}, "_templates": {}}, "application/hal+json", {}),
        ({"id": 1, "originId": 2, "text": "a"}, "application/merge-patch+json", {"text": "a"}),
        ({"operation": [], "hydra:member": []}, "application/ld+json", {}),
        ({"operation": [], "hydra:x": 1}, 'Application/LD+JSON; profile="x"', {}),
        ({"operation": 1, "hydra:x": 1}, "application/json", {"operation": 1, "hydra:x": 1}),
        ({"_other": 1, "": 2, "ID": 3}, "application/ld+json", {"_other": 1, "": 2, "ID": 3}),
        ({"free": {"@type": "T", "id": 1}}, "application/ld+json", {"free": {"@type": "T", "id": 1}}),
        ({"anything": [{"@id": 1}]}, "application/ld+json", {"anything": [{"@id": 1}]}),
        (
            {"maker": {"@id": "x", "name": "m", "id": 1}},
            "application/json",
            {"maker": {"name": "m", "id": 1}},
        ),
        ({"makers": [{"@id": "x"}, None, 3]}, "application/json", {"makers": [{}, None, 3]}),
        ({"maker": {"parent": {"@id": "x"}}}, "application/json", {"maker": {"parent": {}}}),
        ({"maker": {"notes": {"@id": "x"}}}, "application/json", {"maker": {"notes": {"@id": "x"}}}),
        ({"maker": "@x"}, "application/json", {"maker": "@x"}),
        ([{"@id": 1}], "application/ld+json", [{"@id": 1}]),
        (None, "application/json", None),
    ],
    ids=range(16),
)
def test_annotations_are_dropped(sent: Any, media_type: str, kept: Any) -> None:
    before = copy.deepcopy(sent)
    assert without_annotations(THING, sent, media_type) == kept
    assert sent == before


def test_a_declared_id_is_no_annotation() -> None:
    assert without_annotations(TAG, {"id": 2}, "application/ld+json") == {"id": 2}


# JSON Merge Patch.


@pytest.mark.parametrize(
    "target, patch, result",
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
    ids=range(15),
)
def test_a_merge_patch_is_applied(target: Any, patch: Any, result: Any) -> None:
    before = copy.deepcopy((target, patch))
    assert merge_patch(target, patch) == result
    assert (target, patch) == before


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return value


def difference(one: Any, other: Any) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    gone: dict[str, Any] = {name: None for name in one if name not in other}
    return gone | {name: difference(one.get(name), value) for name, value in other.items()}


@given(JSON, JSON)
def test_the_difference_as_a_merge_patch_leads_to_the_other(one: Any, other: Any) -> None:
    wanted = without_nulls(other)
    assert merge_patch(one, difference(one, wanted)) == wanted


@given(JSON, JSON)
def test_a_merge_patch_applied_again_changes_nothing_more(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once


@given(JSON)
def test_the_empty_merge_patch_changes_no_object(target: Any) -> None:
    assert merge_patch(target, {}) == (target if isinstance(target, dict) else {})


# JSON Patch.


def op(name: str, path: str, **members: Any) -> dict[str, Any]:
    """Return an operation; `from_` stands for `from`."""
    return {"op": name, "path": path} | {key.rstrip("_"): value for key, value in members.items()}


@pytest.mark.parametrize(
    "document, operations, result",
    [
        # After the examples of RFC 6902, appendix A.
        ({"foo": "bar"}, [op("add", "/baz", value="qux")], {"baz": "qux", "foo": "bar"}),
        ({"foo": ["bar", "baz"]}, [op("add", "/foo/1", value="qux")], {"foo": ["bar", "qux", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [op("remove", "/baz")], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [op("remove", "/foo/1")], {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, [op("replace", "/baz", value="boo")], {"baz": "boo"}),
        ({"a": {"b": 1}, "c": {}}, [op("move", "/c/d", from_="/a/b")], {"a": {}, "c": {"d": 1}}),
        ({"foo": [1, 2, 3, 4]}, [op("move", "/foo/3", from_="/foo/1")], {"foo": [1, 3, 4, 2]}),
        ({"a": 1, "b": [2]}, [op("test", "/a", value=1), op("test", "/b/0", value=2)], {"a": 1, "b": [2]}),
        ({"foo": "bar"}, [op("add", "/child", value={"grand": {}})], {"foo": "bar", "child": {"grand": {}}}),
        ({"foo": "bar"}, [op("add", "/baz", value=1, xyz=123)], {"foo": "bar", "baz": 1}),
        ({"/": 9, "~1": 10}, [op("test", "/~01", value=10), op("test", "/~1", value=9)], {"/": 9, "~1": 10}),
        ({"foo": ["bar"]}, [op("add", "/foo/-", value=["abc"])], {"foo": ["bar", ["abc"]]}),
        # Whole documents.
        ({"a": 1}, [op("add", "", value=[1])], [1]),
        ({"a": 1}, [op("replace", "", value=None)], None),
        ({"a": 1}, [op("test", "", value={"a": 1})], {"a": 1}),
        ({"a": 1}, [op("copy", "/b", from_="")], {"a": 1, "b": {"a": 1}}),
        ({"a": 1}, [op("move", "", from_="/a")], 1),
        ({"a": 1}, [op("move", "", from_="")], {"a": 1}),
        ("x", [op("test", "", value="x")], "x"),
        ({}, [], {}),
        # Names that look like something else.
        ({"": 1}, [op("replace", "/", value=2)], {"": 2}),
        ({"0": 1, "-": 2, "01": 3}, [op("remove", "/-"), op("remove", "/01")], {"0": 1}),
        ({"a": 1}, [op("add", "/a/".rstrip("/"), value=2)], {"a": 2}),
        ({"a%20": 1}, [op("remove", "/a%20")], {}),
        # Values.
        ({"a": 1}, [op("add", "/a", value=None)], {"a": None}),
        ({"a": None}, [op("test", "/a", value=None), op("remove", "/a")], {}),
        ({"a": 1}, [op("test", "/a", value=1.0)], {"a": 1}),
        ({"a": {"b": 1, "c": [2]}}, [op("test", "/a", value={"c": [2], "b": 1})], {"a": {"b": 1, "c": [2]}}),
        ({"a": 2**70}, [op("copy", "/b", from_="/a")], {"a": 2**70, "b": 2**70}),
        # Positions.
        ([1], [op("add", "/1", value=2), op("add", "/0", value=0)], [0, 1, 2]),
        ([1, 2], [op("move", "/-", from_="/0")], [2, 1]),
        ([1, 2], [op("move", "/1", from_="/1")], [1, 2]),
        ({"a": 1}, [op("move", "/a", from_="/a")], {"a": 1}),
        ({"a": 1, "ab": {}}, [op("move", "/ab/c", from_="/a")], {"ab": {"c": 1}}),
        # What is copied is not shared.
        ({"a": []}, [op("copy", "/b", from_="/a"), op("add", "/b/-", value=1)], {"a": [], "b": [1]}),
    ],
    ids=range(35),
)
def test_a_json_patch_is_applied(document: Any, operations: Any, result: Any) -> None:
    before = copy.deepcopy((document, operations))
    assert json_patch(document, operations) == result
    assert (document, operations) == before


def test_the_result_shares_nothing_with_document_and_patch() -> None:
    document, operations = {"a": [1]}, [op("add", "/b", value=[2]), op("copy", "/c", from_="/b")]
    result = json_patch(document, operations)
    for part in result.values():
        part.append(3)
    assert document == {"a": [1]}
    assert operations[0]["value"] == [2]


@pytest.mark.parametrize(
    "document, operation",
    [
        ({"a": 1}, op("test", "/a", value=True)),
        ({"a": 0}, op("test", "/a", value=False)),
        ({"a": False}, op("test", "/a", value=0)),
        ({"a": [{"b": 1}]}, op("test", "/a", value=[{"b": True}])),
        ({"a": "1"}, op("test", "/a", value=1)),
        ({"a": ""}, op("test", "/a", value=None)),
        ({"a": []}, op("test", "/a", value={})),
        ({"a": [1]}, op("test", "/a", value=[1, 2])),
        ({"a": "ab"}, op("test", "/a", value=["a", "b"])),
        ({}, op("test", "/a", value=None)),
        ({"a": "x"}, op("test", "/a/0", value="x")),
        ([1], op("test", "/-", value=1)),
        ([1], op("test", "/00", value=1)),
        ([1], op("test", "/-1", value=1)),
        ([1, 2], op("test", "/1e0", value=2)),
        ([1, 2], op("test", "/\u0661", value=2)),
    ],
    ids=range(16),
)
def test_a_failing_test_is_a_conflict(document: Any, operation: dict[str, Any]) -> None:
    with pytest.raises(Conflict) as refusal:
        json_patch(document, [op("add", "", value=document), operation])
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/1", "test_failed")]


@pytest.mark.parametrize(
    "document, operation, member",
    [
        ({}, op("remove", "/a"), "path"),
        ({}, op("remove", ""), "path"),
        ([1], op("remove", "/-"), "path"),
        ([1], op("remove", "/1"), "path"),
        ([1], op("remove", "/-1"), "path"),
        ([1], op("remove", "/00"), "path"),
        ([1], op("remove", "/+0"), "path"),
        ([1], op("remove", "/0 "), "path"),
        ([1], op("remove", "/" + "9" * 5000), "path"),
        ([1], op("remove", "/" + "9" * 40), "path"),
        ("text", op("remove", "/0"), "path"),
        ({}, op("replace", "/a", value=1), "path"),
        ([1], op("replace", "/-", value=1), "path"),
        ([1], op("replace", "/1", value=1), "path"),
        ([1], op("replace", "/-1", value=1), "path"),
        ({"a": "x"}, op("replace", "/a/0", value=1), "path"),
        ({"a": 1}, op("add", "/b/c", value=1), "path"),
        ({"a": 1}, op("add", "/a/c", value=1), "path"),
        ({"a": None}, op("add", "/a/c", value=1), "path"),
        ({"a": True}, op("add", "/a/0", value=1), "path"),
        ({"a": "x"}, op("add", "/a/-", value=1), "path"),
        ([1], op("add", "/2", value=1), "path"),
        ([1], op("add", "/-1", value=1), "path"),
        ([1], op("add", "/01", value=1), "path"),
        ([1], op("add", "/1.0", value=1), "path"),
        ([1], op("add", "/a", value=1), "path"),
        ([1], op("add", "/-/a", value=1), "path"),
        ([1], op("add", "/" + "9" * 40, value=1), "path"),
        (1, op("add", "/a", value=1), "path"),
        ({}, op("move", "/b", from_="/a"), "from"),
        ([1], op("move", "/0", from_="/-"), "from"),
        ([1], op("copy", "/0", from_="/-"), "from"),
        ([1], op("copy", "/0", from_="/01"), "from"),
        ({"a": 1}, op("copy", "/b", from_="/a/b"), "from"),
        ({"a": 1}, op("copy", "/b/c", from_="/a"), "path"),
        ({"a": 1}, op("move", "/b/c", from_="/a"), "path"),
        ([1, 2], op("move", "/2", from_="/0"), "path"),
    ],
    ids=range(37),
)
def test_an_operation_without_a_place_is_a_conflict(document: Any, operation: dict[str, Any], member: str) -> None:
    before = copy.deepcopy(document)
    patch = [op("add", "", value=document), operation]
    with pytest.raises(Conflict) as refusal:
        json_patch(document, patch)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [(f"/1/{member}", "not_found")]
    assert document == before


@pytest.mark.parametrize(
    "patch, errors",
    [
        ({}, {"": "list_type"}),
        (op("add", "/a", value=1), {"": "list_type"}),
        (None, {"": "list_type"}),
        ("[]", {"": "list_type"}),
        ([1, "op", None, []], {f"/{number}": "model_type" for number in range(4)}),
        ([{}], {"/0/op": "missing"}),
        ([{"op": "spam", "path": "/a"}], {"/0/op": "unknown_operation"}),
        ([{"op": "append", "path": "/a", "value": ""}], {"/0/op": "unknown_operation"}),
        ([{"op": "Add", "path": "/a", "value": 1}], {"/0/op": "unknown_operation"}),
        (
            [{"op": ["add"], "path": "/a"}, {"op": None}],
            {"/0/op": "unknown_operation", "/1/op": "unknown_operation"},
        ),
        ([{"op": "add"}], {"/0/path": "missing", "/0/value": "missing"}),
        ([{"op": "replace", "path": ""}], {"/0/value": "missing"}),
        ([{"op": "test", "path": "/x"}], {"/0/value": "missing"}),
        ([{"op": "move", "path": "/x"}], {"/0/from": "missing"}),
        ([{"op": "copy", "from": "/x"}], {"/0/path": "missing"}),
        ([{"op": "remove", "path": "a"}], {"/0/path": "json_pointer"}),
        ([{"op": "remove", "path": "#/a"}], {"/0/path": "json_pointer"}),
        ([{"op": "remove", "path": "/~2"}], {"/0/path": "json_pointer"}),
        ([{"op": "remove", "path": "/a~"}], {"/0/path": "json_pointer"}),
        ([{"op": "remove", "path": None}], {"/0/path": "json_pointer"}),
        ([{"op": "remove", "path": ["a"]}], {"/0/path": "json_pointer"}),
        ([{"op": "copy", "path": 1, "from": {}}], {"/0/path": "json_pointer", "/0/from": "json_pointer"}),
        ([op("move", "/a/b", from_="/a")], {"/0/path": "within_itself"}),
        ([op("move", "/a", from_="")], {"/0/path": "within_itself"}),
        ([op("test", "", value=1)] * 101, {"": "too_long"}),
    ],
    ids=range(25),
)
def test_a_malformed_patch_is_refused_with_all_its_mistakes(patch: Any, errors: dict[str, str]) -> None:
    assert errors_of(lambda: json_patch({"a": {"b": 1}}, patch)) == errors


def test_a_patch_has_at_most_100_operations() -> None:
    assert json_patch(1, [op("test", "", value=1)] * 100) == 1


def test_a_result_cannot_grow_beyond_the_limit_at_any_step() -> None:
    doubling = [op("copy", "/b", from_="")] * 90
    assert errors_of(lambda: json_patch({"a": "x" * 100}, doubling, max_bytes=1000)) == {"/3/from": "too_large"}
    shrinking = [op("add", "/b", value="x" * 1000), op("remove", "/b")]
    assert errors_of(lambda: json_patch({}, shrinking, max_bytes=1000)) == {"/0": "too_large"}


def test_copies_that_replace_each_other_cannot_keep_the_server_busy() -> None:
    patch = [op("copy", "/b", from_="/a")] * 100
    assert errors_of(lambda: json_patch({"a": "x" * 400}, patch, max_bytes=1000)) == {"/2/from": "too_large"}


def test_a_result_cannot_become_too_deep() -> None:
    deep = json.loads("[" * 20 + "]" * 20)
    assert errors_of(lambda: json_patch(deep, [op("add", "/0" * 19 + "/-", value=deep)])) == {"/0": "too_deep"}


PLACES = st.sampled_from(["", "/a", "/a/0", "/a/-", "/a/1", "/b", "/b/c", "/~0", "/-1", "a", "/~"])
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": PLACES},
    optional={"from": PLACES, "value": JSON},
)


@given(
    JSON | st.fixed_dictionaries({"a": st.lists(JSON, max_size=2), "b": JSON}),
    st.lists(OPERATIONS, max_size=4),
)
def test_a_patch_works_or_is_refused_and_never_changes_its_document(document: Any, patch: list[Any]) -> None:
    before = copy.deepcopy((document, patch))
    try:
        json_patch(document, patch)
    except (InvalidContent, Conflict) as problem:
        assert all(error.pointer == "" or error.pointer[0] == "/" for error in problem.errors)  # noqa: PT017
    assert (document, patch) == before


@given(JSON, JSON)
def test_anything_is_a_patch_or_refused(document: Any, patch: Any) -> None:
    try:
        json_patch(document, patch)
    except (InvalidContent, Conflict) as problem:
        assert problem.errors  # noqa: PT017 - what is raised is checked, and that nothing else is


# Values.


def test_every_field_has_a_value_in_the_order_of_the_declaration() -> None:
    values = to_values(THING, {"count": 3, "name": "a"})
    assert list(values) == [spec.name for spec in THING.fields]
    assert values["count"] == 3
    assert values["price"] == "1.50"
    assert values["size"] == "small"
    assert values["day"] is None


@pytest.mark.parametrize(
    "field, sent, kept",
    [
        ("text", "gr\u00f6\u00dfe", "gr\u00f6\u00dfe"),
        ("count", 2**63 - 1, 2**63 - 1),
        ("count", -(2**63), -(2**63)),
        ("weight", 3, 3.0),
        ("weight", 10**30, 1e30),
        ("sold", True, True),
        ("price", "12.3400", "12.3400"),
        ("price", 12.5, "12.5"),
        ("price", 10**30, str(10**30)),
        ("day", "2026-01-31", "2026-01-31"),
        ("moment", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("moment", "2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500000Z"),
        ("moment", "2026-01-01T00:00:00+01:00", "2025-12-31T23:00:00Z"),
        ("token", UUID_TEXT.upper(), UUID_TEXT),
        ("site", "HTTPS://Example.org", "https://example.org/"),
        ("size", "large", "large"),
        ("colour", "blue", "blue"),
        ("tags", ["a", "b"], ["a", "b"]),
        ("numbers", [1, 2], [1, 2]),
        ("weights", [1, 10**30], [1.0, 1e30]),
        ("mixed", [1, "a"], [1, "a"]),
        ("free", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
        ("free", {"a": r"\u0000"}, {"a": r"\u0000"}),
        ("free", {"a": 2**60}, {"a": 2**60}),
        ("free", {"a": ["x" * 40_000, "y" * 40_000]}, {"a": ["x" * 40_000, "y" * 40_000]}),
        ("anything", [1, 1.5, "a", None, False], [1, 1.5, "a", None, False]),
        ("maker", None, None),
        ("long", "x" * 100_000, "x" * 100_000),
    ],
    ids=range(28),
)
def test_a_value_is_kept_in_json_form(field: str, sent: Any, kept: Any) -> None:
    value = to_values(THING, {"name": "a", field: sent})[field]
    assert value == kept
    assert type(value) is type(kept)


def test_moments_are_in_utc_at_any_depth_and_exist_there() -> None:
    makers = [{"name": "m", "opened": f"{year}-01-01T00:00:00+01:00"} for year in ["2026", "0001"]]
    assert to_values(THING, {"name": "a", "maker": makers[0]})["maker"]["opened"] == "2025-12-31T23:00:00Z"
    with pytest.raises(InvalidContent) as refused:
        to_values(THING, {"name": "a", "makers": makers})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/makers/1/opened", "datetime_range")]


@pytest.mark.parametrize(
    "sent, pointer, code",
    [
        ({"text": 1}, "/text", "string_type"),
        ({"text": None}, "/text", "string_type"),
        ({"text": "x" * 65_537}, "/text", "string_too_long"),
        ({"text": "a\0"}, "/text", "null_character"),
        ({"long": "a\0"}, "/long", "null_character"),
        ({"long": "x" * 200_001}, "/long", "string_too_long"),
        ({"name": "a/b"}, "/name", "string_pattern_mismatch"),
        ({"count": "1"}, "/count", "int_type"),
        ({"count": True}, "/count", "int_type"),
        ({"count": 1.5}, "/count", "int_type"),
        ({"count": 2**63}, "/count", "less_than_equal"),
        ({"count": -(10**4000)}, "/count", "greater_than_equal"),
        ({"weight": "1"}, "/weight", "float_type"),
        ({"weight": 10**400}, "/weight", "float_type"),
        ({"sold": 1}, "/sold", "bool_type"),
        ({"price": True}, "/price", "decimal_type"),
        ({"price": "dear"}, "/price", "decimal_parsing"),
        ({"price": "NaN"}, "/price", "decimal_parsing"),
        ({"price": 10**309}, "/price", "decimal_range"),
        ({"price": f"0.{'0' * 400}1"}, "/price", "decimal_range"),
        ({"day": "2026-02-30"}, "/day", "date_parsing"),
        ({"day": "1577836800"}, "/day", "date_parsing"),
        ({"day": 1577836800}, "/day", "date_type"),
        ({"moment": "2026-01-31T12:00:00"}, "/moment", "timezone_aware"),
        ({"moment": "1577836800"}, "/moment", "datetime_parsing"),
        ({"moment": "0001-01-01T00:00:00+01:00"}, "/moment", "datetime_range"),
        ({"moment": "9999-12-31T23:59:59-01:00"}, "/moment", "datetime_range"),
        ({"token": "x"}, "/token", "uuid_parsing"),
        ({"site": "/here"}, "/site", "url_parsing"),
        ({"site": "ftp://example.org/"}, "/site", "url_scheme"),
        ({"site": 3}, "/site", "url_type"),
        ({"size": "huge"}, "/size", "enum"),
        ({"colour": "green"}, "/colour", "literal_error"),
        ({"tags": "a"}, "/tags", "list_type"),
        ({"tags": ["a", 2]}, "/tags/1", "string_type"),
        ({"tags": ["a", "\0"]}, "/tags/1", "null_character"),
        ({"tags": ["x" * 65_537]}, "/tags/0", "string_too_long"),
        ({"numbers": [1, 2**63]}, "/numbers/1", "less_than_equal"),
        ({"maker": {}}, "/maker/name", "missing"),
        ({"maker": {"name": "m", "since": "2"}}, "/maker/since", "int_type"),
        ({"maker": {"name": "m", "x": 1}}, "/maker/x", "extra_forbidden"),
        ({"maker": {"name": "m", "since": 2**64}}, "/maker/since", "less_than_equal"),
        ({"maker": {"name": "m", "notes": {"a": -(2**63) - 1}}}, "/maker/notes/a", "integer_range"),
        ({"maker": 3}, "/maker", "model_type"),
        ({"makers": [{"name": "m"}, {"name": 1}]}, "/makers/1/name", "string_type"),
        ({"free": []}, "/free", "dict_type"),
        ({"free": {"a/b": {"c~d": [0, 2**200]}}}, "/free/a~1b/c~0d/1", "integer_range"),
        ({"free": {"a": "\0"}}, "/free/a", "null_character"),
        ({"free": {"\0": 1}}, "/free/\0", "null_character"),
        ({"anything": 2**63}, "/anything", "integer_range"),
        ({"anything": "x" * 65_537}, "/anything", "string_too_long"),
        ({"unknown": 1}, "/unknown", "extra_forbidden"),
        ({"un/known~": 1}, "/un~1known~0", "extra_forbidden"),
        ({"": 1}, "/", "extra_forbidden"),
    ],
    ids=range(54),
)
def test_a_mistake_is_named_at_its_place(sent: dict[str, Any], pointer: str, code: str) -> None:
    assert refused({"name": "a"} | sent) == {pointer: code}


@pytest.mark.parametrize(
    "item, pointers",
    [([], {"/mixed/0"}), ({"name": 1}, {"/mixed/0", "/mixed/0/name"}), ({}, {"/mixed/0", "/mixed/0/name"})],
    ids=range(3),
)
def test_branches_of_a_union_are_not_in_the_pointer(item: Any, pointers: set[str]) -> None:
    assert set(refused({"name": "a", "mixed": [item]})) == pointers


def test_all_mistakes_are_named_at_once() -> None:
    sent = {"count": "x", "moment": "1", "free": {"a": 2**70, "b": "\0"}, "unknown": 1} | {
        "tags": [1] * 300,
        "price": "1e999",
    }
    found = refused(sent)
    assert found.keys() >= {
        "/name",
        "/count",
        "/moment",
        "/free/a",
        "/free/b",
        "/unknown",
        "/price",
        "/tags/299",
    }
    assert len(found) == 307


def test_every_mistake_is_a_plain_sentence_without_python_in_it() -> None:
    wrong: dict[str, Any] = {spec.name: {"x": []} for spec in THING.fields} | {"mixed": [[]], "free": 1}
    with pytest.raises(InvalidContent) as refusal:
        to_values(THING, wrong | {"numbers": 1, "anything": 2**70})
    details = [error.detail for error in refusal.value.errors]
    assert all(detail[0].isupper() and detail[-1] == "." for detail in details)
    words = {word for detail in details for word in detail.replace("'", " ").replace(".", " ").split()}
    assert not words & {
        "Maker",
        "Thing",
        "Size",
        "str",
        "int",
        "dict",
        "list",
        "instance",
        "Input",
        "Decimal",
    }


def test_the_sentence_of_a_users_own_rule_is_passed_on() -> None:
    with pytest.raises(InvalidContent) as refusal:
        to_values(TAG, {"label": "a", "id": 3})
    assert refusal.value.errors == (FieldError("/id", "Odd numbers are taken.", "value_error"),)


class Priced(Resource):
    id: int = Field(identity=True)
    price: Decimal | None = Field(None, max_digits=12, decimal_places=2)
    share: Decimal | None = Field(None, max_digits=3, decimal_places=3)
    count: Decimal | None = Field(None, max_digits=5)
    exact: Decimal | None = Field(None, decimal_places=1)


TOO_WIDE = "Must have no more than 10 digits before the decimal point."
TOO_FINE = "Must have no more than 2 decimal places."


@pytest.mark.parametrize(
    "name, sent, detail",
    [
        ("price", "249999999997.50", TOO_WIDE),
        ("price", ExactNumber("249999999997.50"), "Must have no more than 12 digits in total."),
        ("price", "1.255", TOO_FINE),
        ("price", 1.255, TOO_FINE),
        ("price", "249999999997.555", TOO_FINE),
        ("price", "1e5", 'Must be a decimal number, such as "1.25".'),
        ("price", "1.25\n", 'Must be a decimal number, such as "1.25".'),
        ("share", "10.5", "Must have no more than 0 digits before the decimal point."),
        ("count", "123456", "Must have no more than 5 digits in total."),
        ("count", "1.234567", "Must have no more than 5 digits in total."),
        ("exact", "1.25", "Must have no more than 1 decimal place."),
    ],
    ids=range(11),
)
def test_a_decimal_with_digits_too_many_is_told_how_many_there_may_be(name: str, sent: Any, detail: str) -> None:
    with pytest.raises(InvalidContent) as refusal:
        to_values(declare(Priced, "/priced", read=public()), {"id": 1, name: sent})
    assert [(error.pointer, error.detail) for error in refusal.value.errors] == [(f"/{name}", detail)]


def test_limits_are_said_in_words() -> None:
    with pytest.raises(InvalidContent) as refusal:
        to_values(THING, {"name": "", "count": 2**63})
    assert [error.detail for error in refusal.value.errors] == [
        "Must have at least 1 character.",
        f"Must be less than or equal to {2**63 - 1}.",
    ]


@pytest.mark.parametrize("data", [None, 1, "a", True, [], [{"name": "a"}]])
def test_content_that_is_no_object_is_one_mistake(data: Any) -> None:
    assert refused(data) == {"": "model_type"}


# The identity in the URI.


@pytest.mark.parametrize(
    "declaration, sent, identity, kept",
    [
        (THING, {}, "Flask", "Flask"),
        (THING, {"name": "Flask"}, "Flask", "Flask"),
        (TICKET, {}, "7", 7),
        (TICKET, {"number": 7}, "7", 7),
        (SESSION, {}, UUID_TEXT, UUID_TEXT),
        (SESSION, {"key": UUID_TEXT.upper()}, UUID_TEXT, UUID_TEXT),
        (TAG, {"label": "Web"}, "web", "web"),
    ],
    ids=range(7),
)
def test_the_identity_is_the_one_in_the_uri(
    declaration: Declaration, sent: dict[str, Any], identity: str, kept: Any
) -> None:
    assert to_values(declaration, sent, identity=identity)[declaration.identity.name] == kept


@pytest.mark.parametrize(
    "declaration, sent, identity, errors",
    [
        (THING, {"name": "Django"}, "Flask", {"/name": "identity_mismatch"}),
        (
            THING,
            {"name": "flask", "count": "x"},
            "Flask",
            {"/name": "identity_mismatch", "/count": "int_type"},
        ),
        (THING, {"name": None}, "Flask", {"/name": "string_type"}),
        (THING, {}, "a b", {"/name": "string_pattern_mismatch"}),
        (THING, {}, None, {"/name": "missing"}),
        (TICKET, {"number": 8}, "7", {"/number": "identity_mismatch"}),
        (TICKET, {"number": "7"}, "7", {"/number": "int_type"}),
        (SESSION, {"key": UUID_TEXT.replace("0", "1")}, UUID_TEXT, {"/key": "identity_mismatch"}),
        (SESSION, {"key": 3}, UUID_TEXT, {"/key": "uuid_type"}),
        (TAG, {}, "Web", {"/label": "identity_mismatch"}),
    ],
    ids=range(10),
)
def test_another_identity_is_refused(
    declaration: Declaration, sent: dict[str, Any], identity: str | None, errors: dict[str, str]
) -> None:
    assert refused(sent, declaration, identity=identity) == errors


# Read-only fields.

STORED = {"number": 7, "title": "old", "state": "closed", "score": 2.0}


def test_a_read_only_field_keeps_its_value() -> None:
    assert to_values(TICKET, {"title": "new"}, identity="7", current=STORED) == STORED | {"title": "new"}


def test_a_read_only_field_has_its_default_at_first() -> None:
    assert to_values(TICKET, {"number": 7}) == {
        "number": 7,
        "title": "untitled",
        "state": "open",
        "score": 1.0,
    }


def test_the_current_value_of_a_read_only_field_may_be_sent_back() -> None:
    assert to_values(TICKET, decode(json.dumps(STORED).encode()), identity="7", current=STORED) == STORED


@pytest.mark.parametrize(
    "sent, current, errors",
    [
        ({"state": "open"}, STORED, {"/state": "read_only"}),
        ({"state": "open"}, None, {"/state": "read_only"}),
        (
            {"score": True, "state": 1, "title": 2},
            STORED,
            dict.fromkeys(["/score", "/state"], "read_only") | {"/title": "string_type"},
        ),
        ({"state": None}, STORED, {"/state": "read_only"}),
    ],
    ids=range(4),
)
def test_another_value_for_a_read_only_field_is_refused(
    sent: dict[str, Any], current: dict[str, Any] | None, errors: dict[str, str]
) -> None:
    assert refused(sent, TICKET, identity="7", current=current) == errors


# Laws.

MAKERS = st.fixed_dictionaries(
    {"name": TEXT}, optional={"since": st.integers(0, 3000), "notes": st.dictionaries(TEXT, JSON)}
)
THINGS = st.fixed_dictionaries(
    {"name": st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)},
    optional={
        "text": TEXT,
        "count": st.integers(-(2**63), 2**63 - 1),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "sold": st.booleans(),
        "price": st.decimals(-1000, 1000, places=3).map(str) | st.integers(-1000, 1000),
        "day": st.dates().map(date.isoformat),
        "moment": st.datetimes().map(lambda moment: moment.isoformat() + "+03:00"),
        "token": st.uuids().map(str),
        "site": st.sampled_from(["http://a.example", "https://b.example/%7Ex?q#f", "http://\u00e4.example/\u00e4"]),
        "size": st.sampled_from(["small", "large"]),
        "tags": st.lists(TEXT, max_size=3),
        "weights": st.lists(st.integers() | st.floats(-1, 1), max_size=3),
        "mixed": st.lists(st.integers() | TEXT | MAKERS, max_size=3),
        "maker": st.none() | MAKERS,
        "free": st.dictionaries(TEXT, JSON, max_size=3),
        "anything": JSON,
    },
)


@given(THINGS)
def test_values_are_content_of_the_same_values(sent: dict[str, Any]) -> None:
    before = copy.deepcopy(sent)
    try:
        values = to_values(THING, sent)
    except InvalidContent as problem:
        allowed = {"null_character", "integer_range", "datetime_range", "int_type", "string_type"}
        assert {error.code for error in problem.errors} & allowed  # noqa: PT017
    else:
        assert to_values(THING, values) == values
        assert to_values(THING, decode(json.dumps(values).encode()), identity=values["name"]) == values
    assert sent == before


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from([spec.name for spec in THING.fields]) | TEXT, JSON) | JSON)
def test_json_is_accepted_or_refused_and_nothing_else(data: Any) -> None:
    data = without_annotations(THING, data, "application/ld+json")
    try:
        values = to_values(THING, data)
    except (InvalidContent, Conflict) as problem:
        assert problem.errors  # noqa: PT017 - what is raised is checked, and that nothing else is
    else:
        assert list(values) == [spec.name for spec in THING.fields]
