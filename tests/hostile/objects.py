"""Row 54: every way to get at an item of somebody else's that its address, its state and its values lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH

from .catalogue import Sent, quoted

FORMATS = (JSON, JSON_LD, HAL, HAL_FORMS, "text/html")
SINCE, LATER = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


class Item(NamedTuple):
    """An item that others do not meet: where it is, its values, and members that only its owner may read."""

    path: str
    identity: str
    values: Mapping[str, Any]
    operations: tuple[str, ...] = ()
    former: str = ""
    spellings: tuple[str, ...] = ()
    """Segments that are another spelling of its identity, or look like one."""

    @property
    def url(self) -> str:
        return f"{self.path}/{quote(self.identity)}"


def of_text(text: str) -> tuple[str, ...]:
    """Texts that stand for another, or look as if they did, percent-encoded or not."""
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)
    return (
        quoted(text), quoted(text).lower(), quoted(text.upper()), quoted(text.lower()), quoted(wide),
        f"{quote(text)}/", quoted(f"{text} "), quoted(f" {text}"), quoted(f"{text}\0"), f"{quote(text)};x",
        f"{quote(text)}%2F", f".%2F{quote(text)}", f"x%2F..%2F{quote(text)}", quoted(quoted(text)),
        quoted(f"{text},"), quoted(f'"{text}"'),
        quoted(text.replace("-", "\u2010")), quoted(f"{text}\u200b"), f"{quote(text)}.json", f"{quote(text)}?",
    )  # fmt: skip


def of_number(number: str) -> tuple[str, ...]:
    """Texts that Python or a database would read as this number."""
    arabic = "".join(chr(0x0660 + int(digit)) for digit in number)
    return (
        f"0{number}", f"+{number}", f"{number}.0", f"{number}e0", f"%20{number}", f"{number}%20", f"%3{number}",
        quoted(arabic), f"-{number}", f"0x{number}", f"{number},", f"{number}_0", f"{number}/", "9" * 30,
    )  # fmt: skip


ITEMS = (
    Item(
        "/papers",
        "Hidden-One",
        {"author": "ada", "code": "K-one", "size": 77, "notes": "secret-notes", "status": "draft", "verdict": "bad"},
        ("publish",),
        "Former-One",
        of_text("Hidden-One"),
    ),
    Item("/judged", "Hidden-One", {"author": "ada", "text": "secret-text"}, (), "", of_text("Hidden-One")),
    Item("/teams", "1", {"name": "engines"}, (), "", of_number("1")),
    Item("/tasks", "1", {"what": "secret-task", "team_id": 1}, (), "", of_number("1")),
    Item(
        "/memos",
        "Caf\u00e9",
        {"author": "ada", "text": "secret-memo"},
        (),
        "",
        (*of_text("Caf\u00e9"), quoted("Cafe\u0301")),
    ),
)


def attempts(item: Item, tags: list[str], cursors: list[str]) -> Iterator[Sent]:
    """All of them, by whoever asks: with the entity tags that its owner has seen, and the cursors of its pages."""
    yield from reading(item, tags)
    yield from changing(item, tags)
    yield from elsewhere(item)
    yield from asking(item, cursors)


def reading(item: Item, tags: list[str]) -> Iterator[Sent]:
    """Its address, in every format, under every condition, with every preference."""
    every = ", ".join(tags)
    for accept in FORMATS:
        yield Sent("GET", item.url, (f"Accept: {accept}",))
    for fields in (
        (f"If-None-Match: {every}",), ("If-None-Match: *",), (f"If-Match: {every}",), ("If-Match: *",),
        ('If-Match: "x"',), (f"If-Modified-Since: {LATER}",), (f"If-Unmodified-Since: {SINCE}",),
        (f"If-Unmodified-Since: {LATER}",), ("Range: bytes=0-9", f"If-Range: {tags[0]}"),
        ("Prefer: return=minimal, handling=lenient",),
    ):  # fmt: skip
        yield Sent("GET", item.url, fields)
    yield Sent("HEAD", item.url, (f"If-None-Match: {every}",))
    yield Sent("OPTIONS", item.url)
    for name in (*item.values, "nothing"):
        yield Sent("GET", f"{item.url}?fields={name}")
    for operation in (*item.operations, "nothing"):
        yield Sent("GET", f"{item.url}/{operation}")


def changing(item: Item, tags: list[str]) -> Iterator[Sent]:
    """What would change it, remove it, or ask for its values."""
    every = ", ".join(tags)
    merge, patch = f"Content-Type: {MERGE_PATCH}", f"Content-Type: {JSON_PATCH}"
    for name, value in item.values.items():
        yield Sent("PATCH", item.url, (merge, f"If-Match: {every}"), to_json({name: value}))
        patches: tuple[dict[str, Any], ...] = (
            {"op": "test", "path": f"/{name}", "value": value}, {"op": "test", "path": f"/{name}", "value": "other"},
            {"op": "copy", "from": f"/{name}", "path": "/code"}, {"op": "move", "from": f"/{name}", "path": "/text"},
            {"op": "remove", "path": f"/{name}"},
        )  # fmt: skip
        for each in patches:
            yield Sent("PATCH", item.url, (patch, f"If-Match: {every}"), to_json([each]))
    conditions: tuple[tuple[str, ...], ...] = (
        (),
        (f"If-Match: {every}",),
        ('If-Match: "x"',),
        (f"If-Unmodified-Since: {LATER}",),
    )
    for condition in conditions:
        yield Sent("PATCH", item.url, (merge, *condition), b"{}")
        yield Sent("PATCH", item.url, (f"Content-Type: {JSON_LD}", *condition), b'{"@id": "http://x.example/1"}')
        yield Sent("DELETE", item.url, condition)
        for operation in (*item.operations, "nothing"):
            yield Sent("POST", f"{item.url}/{operation}", condition)
    for content in (b"{", b"[]", b'{"none": 1}', b'{"size": "x", "author": 1}'):
        yield Sent("PATCH", item.url, (merge,), content)
    yield Sent("POST", item.url, (f"Content-Type: {JSON}",), b"{}")
    # With these a PUT makes nothing at an address that is free.
    for needed in (f"If-Match: {every}", "If-Match: *", f"If-Unmodified-Since: {SINCE}"):
        yield Sent("PUT", item.url, (f"Content-Type: {JSON}", needed), to_json(dict(item.values)))


def elsewhere(item: Item) -> Iterator[Sent]:
    """Other spellings of its address, and the one that it had before."""
    for number, segment in enumerate(item.spellings):
        yield Sent("GET" if number % 2 else "DELETE", f"{item.path}/{segment}")
    if item.former:
        for method in ("GET", "HEAD", "DELETE"):
            yield Sent(method, f"{item.path}/{item.former}")
        yield Sent("PATCH", f"{item.path}/{item.former}", (f"Content-Type: {MERGE_PATCH}",), b"{}")


def asking(item: Item, cursors: list[str]) -> Iterator[Sent]:
    """The collection that it is in: filters by its values, orders, totals, pages, and cursors of its owner's."""
    identity = {"/papers": "title", "/judged": "name", "/memos": "name"}.get(item.path, "id")
    for name, value in {identity: item.identity, **item.values}.items():
        text = quote(str(value))
        for operator in ("", "[ne]", "[gte]", "[lt]", "[in]", "[contains]", "[icontains]", "[starts]", "[exists]"):
            yield Sent("GET", f"{item.path}?{name}{operator}={'true' if operator == '[exists]' else text}")
        yield Sent("GET", f"{item.path}?sort={name}&limit=1")
        yield Sent("GET", f"{item.path}?sort=-{name}&limit=1&fields={name}")
        yield Sent("GET", f"{item.path}?order[{name}]=desc&itemsPerPage=1&page=2")
    for accept in FORMATS:
        yield Sent("GET", item.path, (f"Accept: {accept}", "Prefer: count=exact"))
        yield Sent("GET", f"{item.path}?limit=1", (f"Accept: {accept}",))
    for cursor in cursors:
        yield Sent("GET", f"{item.path}?limit=1&after={cursor}")
    yield Sent("HEAD", item.path)
    for accept in ("text/html", JSON):
        form = f"_form=search&_filter={identity}&_value={quote(item.identity)}"
        yield Sent("GET", f"{item.path}?{form}", (f"Accept: {accept}",))


def to_json(data: Any) -> bytes:
    return json.dumps(data).encode()
