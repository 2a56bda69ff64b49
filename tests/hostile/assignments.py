"""Row 40: members that are not for clients to set, put into content of every type that is taken, at every place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.api import HAL, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH

from .catalogue import Sent

WHOLE = (JSON, JSON_LD, HAL)
"""The types of what stands for all of an item."""
SHOWN = {"publish"}
"""What JSON-LD has beside the members, so that it may be sent back."""
PROTOTYPES: dict[str, Any] = {
    "__proto__": {"author": "bob"}, "constructor": {"prototype": {"author": "bob"}}, "prototype": {"author": "bob"},
    "__class__": "Admin", "__dict__": {"author": "bob"}, "__init__": {}, "__pydantic_fields_set__": [],
    "__pydantic_extra__": {"author": "bob"}, "model_config": {"extra": "allow"}, "model_extra": {}, "toString": "x",
    "hasOwnProperty": 1, "_sa_instance_state": {}, "__mapper__": {}, "metadata": {}, "registry": {},
    "__tablename__": "teams",
}  # fmt: skip
"""What would reach behind the members in JavaScript, in Python, in pydantic and in SQLAlchemy."""
ROW: dict[str, Any] = {"_id": 7, "_version": 1, "_modified": 1, "version": 1, "etag": "x", "rowid": 7, "xmin": 1}
"""What a row has beside its members, or what databases call it."""
OTHERWISE: dict[str, Any] = {
    "Author": "bob", "AUTHOR": "bob", "author ": "bob", " author": "bob", "author[]": "bob", "author.name": "bob",
    "[author]": "bob", "$author": "bob", "$set": {"author": "bob"}, "\uff41uthor": "bob", "a\u0443thor": "bob",
    "author\u200b": "bob", "/author": "bob", "author~1": "bob", "": "bob", "owner": "bob", "user": "bob",
    "user_id": "bob", "is_admin": True, "isAdmin": True, "admin": True, "roles": ["admin"], "scopes": ["papers:edit"],
    "grant": {"subject": "bob"},
}  # fmt: skip
"""Names that look like that of who an item is of, or that others use for it."""


class Target(NamedTuple):
    """An item of the caller's, content that would be taken, and members that are not for the caller to set.

    `own` are other members than PROTOTYPES, ROW and OTHERWISE.
    """

    who: str
    path: str
    identity: str
    content: Mapping[str, Any]
    new: Mapping[str, Any]
    own: tuple[Mapping[str, Any], ...]

    @property
    def url(self) -> str:
        return f"{self.path}/{quote(self.identity)}"


PAPER: tuple[Mapping[str, Any], ...] = (
    {"author": "bob"}, {"author": None}, {"editor": "bob"}, {"status": "published"}, {"status": None},
    {"plan": "gold"}, {"shouted": "x"}, {"length": 99}, {"due_date": "2027"}, {"verdict": "good"},
    {"place": {"owner": "bob"}}, {"place": {"number_of": 5}}, {"place": {"numberOf": 5, "number_of": 5}},
    {"place": {"__proto__": {"numberOf": 5}}}, {"place": {"__class__": "x"}}, {"place": {"author": "bob"}},
    {"place": {"": 1}}, {"publish": True}, {"relation": {}},
)  # fmt: skip
TARGETS = (
    Target("tom", "/papers", "toms", {"size": 5}, {"title": "New"}, PAPER),
    Target("tom", "/judged", "toms", {"text": "x"}, {"name": "New"}, ({"author": "bob"}, {"author": None})),
    Target(
        "tom",
        "/memos",
        "toms",
        {"author": "tom", "text": "x"},
        {"name": "New", "author": "tom"},
        ({"role": "admin"}, {"author": "bob"}, {"name": "Other"}),
    ),
    Target(
        "tom",
        "/tasks",
        "9",
        {"what": "x", "team_id": 9},
        {"what": "x", "team_id": 9},
        ({"id": 77}, {"team_id": 1}, {"team_id": 77}, {"team_id": None}, {"team": {"id": 1}}, {"team": 1}),
    ),
    Target("tom", "/teams", "9", {"name": "sails"}, {"name": "sails"}, ({"id": 77}, {"tasks": [1]})),
)
"""What somebody has who has no scope at all."""


def assignments(target: Target) -> Iterator[Sent]:
    """Content that has one such member, as each method and type of content has it; the other names by turns."""
    for each in target.own:
        for media in WHOLE:
            yield from as_a_whole(target, each, media)
        for media in (MERGE_PATCH, JSON, JSON_LD):
            if media != JSON_LD or not each.keys() <= SHOWN:
                yield sent("PATCH", target.url, media, each)
        for operations in patches(target, each):
            yield sent("PATCH", target.url, JSON_PATCH, operations)
    for number, (name, value) in enumerate({**PROTOTYPES, **ROW, **OTHERWISE}.items()):
        yield from as_a_whole(target, {name: value}, WHOLE[number % len(WHOLE)])
        yield sent("PATCH", target.url, MERGE_PATCH, {name: value})
        every = patches(target, {name: value})
        yield sent("PATCH", target.url, JSON_PATCH, every[number % len(every)])
    yield from in_other_places(target)


def as_a_whole(target: Target, each: Mapping[str, Any], media: str) -> Iterator[Sent]:
    """It as a part of a new item, and of one that is replaced."""
    if media == JSON_LD and each.keys() <= SHOWN:
        return
    if not each.keys() <= target.new.keys() - {"author", "team_id"}:  # a new item may have another name
        yield sent("POST", target.path, media, {**target.new, **each})
    yield sent("PUT", target.url, media, {**target.content, **each})


def patches(target: Target, each: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The same as JSON Patch, member by member and as all of the item."""
    [(name, value)] = each.items()
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    first = next(iter(target.content))
    put = {"op": "add", "path": f"/{first}", "value": value}
    return [
        [{"op": "add", "path": pointer, "value": value}],
        [{"op": "replace", "path": pointer, "value": value}],
        [{"op": "replace", "path": "", "value": {**target.content, **each}}],
        [put, {"op": "move", "from": f"/{first}", "path": pointer}],
        [put, {"op": "copy", "from": f"/{first}", "path": pointer}],
    ]


def in_other_places(target: Target) -> Iterator[Sent]:
    """A member in the query, in types of forms and files, in several items at once, and for what takes no content."""
    name, value = next(iter(target.own[0].items()))
    for query in (f"{name}={value}", f"{name}[]={value}", f"_method=PUT&{name}={value}"):
        yield sent("POST", f"{target.path}?{query}", JSON, target.new)
        yield sent("PATCH", f"{target.url}?{query}", MERGE_PATCH, {})
    form = f"{'&'.join(f'{key}={text}' for key, text in target.new.items())}&{name}={value}".encode()
    part = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--x--\r\n'
    for method, url in (("POST", target.path), ("PUT", target.url), ("PATCH", target.url)):
        for media, content in (
            ("application/x-www-form-urlencoded", form),
            ("multipart/form-data; boundary=x", part % (name.encode(), str(value).encode())),
            ("text/csv", f"{name}\n{value}\n".encode()),
            ("application/x-ndjson", json.dumps({**target.new, name: value}).encode()),
        ):
            yield Sent(
                method, url, (f"Content-Type: {media}", "If-Match: *")[: 1 if method == "POST" else 2], content
            )
    yield sent("POST", target.path, JSON, [{**target.new, name: value}])
    yield sent("POST", target.path, JSON, {"items": [{**target.new, name: value}]})
    if target.path == "/papers":
        yield sent("POST", f"{target.url}/publish", JSON, {"author": "bob"})


def sent(method: str, target: str, media: str, data: Any) -> Sent:
    """Data as content of a type, for what is there in any state."""
    fields = (f"Content-Type: {media}", *(() if method == "POST" else ("If-Match: *",)))
    return Sent(method, target, fields, json.dumps(data).encode())
