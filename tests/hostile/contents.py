"""Contents of up to a megabyte, each sent to an API in a process of its own that says what it took.

`python -m tests.hostile.contents KIND DATABASE` prints the status of the answer, the seconds of computing it took,
and by how many KiB the peak of resident memory grew meanwhile.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel
from pydantic import Field as Limit

from restwell import Field, Resource, public
from tests.api import JSON, JSON_PATCH, MERGE_PATCH, Served, serve
from tests.servers import forget_peak, memory_of

MEGABYTE = 1024 * 1024


class Point(BaseModel):
    """What a list has thousands of."""

    x: int = 0
    y: float | None = None


class Leaf(BaseModel):
    """One of several things that an item of a list may be."""

    leaf: list[int] = []


class Node(BaseModel):
    """Another one, of any depth."""

    nodes: list["Node | Leaf | int"] = []


class Thing(Resource):
    """Something with everything that can be large."""

    name: str = Field(identity=True)
    numbers: list[list[int]] = Field([])
    flat: list[int] = Field([])
    texts: list[str] = Field([])
    points: list[Point] = Field([])
    named: dict[str, Point] = Field({})
    tables: dict[str, dict[str, int]] = Field({})
    mixed: list[int | bool | float | Point | None] = Field([])
    lists: list[list[int] | list[bool] | dict[str, int]] = Field([])
    tree: Node | None = None
    anything: Any = None
    short: list[Annotated[str, Limit(max_length=1)]] = Field([])
    text: str = ""


class Content(NamedTuple):
    """One content, and how it is sent."""

    content: Any
    method: str = "POST"
    media_type: str = JSON


def filled(part: str, head: str, tail: str = "", length: int = MEGABYTE - 100) -> bytes:
    """A content of about so many bytes, with this part as often as there is room for it."""
    return (head + ",".join([part] * ((length - len(head) - len(tail)) // (len(part) + 1))) + tail).encode()


def arrays(part: str, member: str, each: int, values: int = MEGABYTE) -> bytes:
    """A list of lists with so many of the part in each: so many in all, or as many as there is room for."""
    one = f"[{','.join([part] * each)}]"
    many = min(values // each, (MEGABYTE - 100) // (len(one) + 1))
    return f'{{"name":"a","{member}":[{",".join([one] * many)}]}}'.encode()


def members(part: str, member: str, each: int) -> bytes:
    inner = ",".join(f'"{place:x}":{part}' for place in range(each))
    every = (MEGABYTE - 100) // (len(inner) + 12)
    body = ",".join(f'"{place:x}":{{{inner}}}' for place in range(min(every, 1000)))
    return f'{{"name":"a","{member}":{{{body}}}}}'.encode()


def patch(*operations: Any) -> Content:
    return Content(list(operations), "PATCH", JSON_PATCH)


NODES = '{"nodes":['


def deep(levels: int, inner: str, opening: str = "[", closing: str = "]") -> str:
    return opening * levels + inner + closing * levels


KINDS: dict[str, Callable[[], Content]] = {
    "lists of wrong integers": lambda: Content(arrays('"x"', "numbers", 8500)),
    "lists of right integers": lambda: Content(arrays("1234", "numbers", 6500)),
    "short lists of wrong integers": lambda: Content(arrays('"x"', "numbers", 15)),
    "as many wrong integers as are read": lambda: Content(arrays('"x"', "numbers", 8500, 99_000)),
    "as many right integers as are read": lambda: Content(arrays("1234567", "numbers", 8500, 99_000)),
    "as many wrong integers in short lists": lambda: Content(arrays('"x"', "numbers", 9, 89_000)),
    "as many of several lists": lambda: Content(arrays('"x"', "lists", 9, 89_000)),
    "as many short texts as are read": lambda: Content(arrays('"abcdef"', "anything", 9900, 99_900)),
    "as many decimals as are read": lambda: Content(arrays("1.5", "anything", 9900, 99_900)),
    "as many tiny numbers as are read": lambda: Content(arrays("1e-300", "anything", 9900, 99_900)),
    "as many small objects as are read": lambda: Content(arrays('{"":0}', "anything", 9900, 19_900)),
    "as many wrong objects as are read": lambda: Content(arrays('{"a":0,"b":0,"c":0}', "points", 9900, 19_900)),
    "as many right objects as are read": lambda: Content(
        {"name": "a", "points": [{"x": 1, "y": 1.5}] * 9_900, "mixed": [{"x": 1, "y": 1.5}] * 9_900}
    ),
    "a list of wrong integers": lambda: Content(filled('"x"', '{"name":"a","flat":[', "]}")),
    "ten thousand wrong integers": lambda: Content({"name": "a", "flat": ["x"] * 10_000}),
    "objects with unknown members": lambda: Content({"name": "a", "points": [dict.fromkeys("abcdefgh", 1)] * 10_000}),
    "objects in an object": lambda: Content(members('{"z":1}', "named", 20)),
    "wrong integers in objects": lambda: Content(members('"x"', "tables", 100)),
    "right integers in objects": lambda: Content(members("1", "tables", 100)),
    "nothing of several types": lambda: Content({"name": "a", "mixed": ["x"] * 10_000}),
    "nothing of several lists": lambda: Content(arrays('"x"', "lists", 20)),
    "a tree without end": lambda: Content(filled('{"nodes":["x"]}', '{"name":"a","tree":{"nodes":[', "]}}")),
    "a deep tree": lambda: Content(
        f'{{"name":"a","tree":{deep(12, ",".join(["9.5"] * 9000), NODES, "]}")}}}'.encode()
    ),
    "right objects": lambda: Content({"name": "a", "points": [{"x": 1, "y": 1.5}] * 10_000}),
    "empty objects": lambda: Content(filled("{}", '{"name":"a","anything":[', "]}")),
    "small objects": lambda: Content(filled('{"":0}', "[[", "]]")),
    "empty lists": lambda: Content(filled("[]", '{"name":"a","anything":[', "]}")),
    "lists of empty lists": lambda: Content(arrays("[]", "anything", 9000)),
    "numbers": lambda: Content(filled("1", '{"name":"a","anything":[', "]}")),
    "lists of numbers": lambda: Content(arrays("1", "anything", 9900)),
    "decimals": lambda: Content(arrays("1.5", "anything", 9900)),
    "long decimals": lambda: Content(arrays("0.12345678901234567", "anything", 9900)),
    "tiny numbers": lambda: Content(arrays("1e-300", "anything", 9900)),
    "large integers": lambda: Content(arrays("9" * 4000, "anything", 9)),
    "a number of a million digits": lambda: Content(b'{"name":"a","anything":' + b"1" * 1_000_000 + b"}"),
    "a fraction of a million digits": lambda: Content(b'{"name":"a","anything":0.' + b"1" * 1_000_000 + b"}"),
    "a huge exponent": lambda: Content(b'{"name":"a","anything":1e-' + b"9" * 1_000_000 + b"}"),
    "a long text": lambda: Content({"name": "a", "text": "x" * 1_000_000}),
    "an escaped text": lambda: Content(b'{"name":"a","text":"' + b"\\u00e9" * 170_000 + b'"}'),
    "short texts": lambda: Content(arrays('"ab"', "anything", 9900)),
    "long texts in short fields": lambda: Content({"name": "a", "short": ["xy"] * 10_000}),
    "members of one object": lambda: Content(
        f'{{"name":"a",{",".join(f"{chr(34)}{n:x}{chr(34)}:0" for n in range(100_000))}}}'.encode()
    ),
    "thousand members": lambda: Content({f"{n:x}": 0 for n in range(1000)}),
    "one member many times": lambda: Content(filled('"name":"a"', "{", "}")),
    "duplicates in many objects": lambda: Content(filled('{"a":0,"a":0}', "[", "]")),
    "brackets in a text": lambda: Content(b'{"name":"a","text":"' + b"[{" * 30_000 + b'"}'),
    "escapes": lambda: Content(b'{"name":"a","text":"' + b"\\\\" * 500_000 + b'"}'),
    "quotes": lambda: Content(b'"' * MEGABYTE),
    "open brackets": lambda: Content(b"[" * MEGABYTE),
    "pairs of brackets": lambda: Content(b"[]" * (MEGABYTE // 2)),
    "wrong operations": lambda: patch(*[1] * 100),
    "too many operations": lambda: Content(filled('{"op":"remove","path":"/a"}', "[", "]"), "PATCH", JSON_PATCH),
    "a patch with empty lists": lambda: patch(
        {"op": "add", "path": "/anything", "value": [[[]] * 9_000] * 2},
        *[{"op": "add", "path": "/text", "value": ""}] * 98,
    ),
    "a patch with many empty lists": lambda: Content(
        filled("[]", '[{"op":"add","path":"/anything","value":[', "]}," + ",".join(
            ['{"op":"add","path":"/text","value":""}'] * 98) + "]", 847_000), "PATCH", JSON_PATCH),
    "a patch that moves": lambda: patch(
        {"op": "add", "path": "/anything", "value": {"a": {"b": [[1, 2]] * 9_000}}},
        *[{"op": "move", "from": "/anything/a", "path": "/anything/c"},
          {"op": "move", "from": "/anything/c", "path": "/anything/a"}] * 49,
    ),
    "a patch that copies": lambda: patch(
        {"op": "add", "path": "/texts", "value": ["xxxxx"] * 1_000},
        *[{"op": "copy", "from": "/texts", "path": f"/n{place}"} for place in range(99)],
    ),
    "a patch that copies what is wrong": lambda: patch(
        {"op": "add", "path": "/texts", "value": ["x"] * 2_500}, {"op": "add", "path": "/numbers", "value": []},
        *[{"op": "copy", "from": "/texts", "path": "/numbers/-"}] * 98,
    ),
    "a patch that tests": lambda: patch(
        {"op": "add", "path": "/anything", "value": [list(range(1000))] * 10},
        *[{"op": "test", "path": "/anything", "value": [list(range(1000))]}] * 99,
    ),
    "a patch with large integers": lambda: patch(
        {"op": "add", "path": "/anything", "value": [[2**70] * 5000] * 8},
        *[{"op": "add", "path": "/text", "value": ""}] * 99,
    ),
    "long pointers": lambda: patch(*[{"op": "remove", "path": "/ab" * 3_300}] * 100),
    "a long pointer": lambda: patch({"op": "remove", "path": "/a" * 500_000}),
    "a wide merge patch": lambda: Content({f"{n:x}": {"a": None} for n in range(1000)}, "PATCH", MERGE_PATCH),
    "a merge patch with wrong integers": lambda: Content(arrays('"x"', "numbers", 8500), "PATCH", MERGE_PATCH),
    "a merge patch with objects": lambda: Content(
        {"points": [dict.fromkeys("abcdefgh", 1)] * 10_000}, "PATCH", MERGE_PATCH
    ),
    "a deep merge patch": lambda: Content(
        f'{{"anything":{deep(20, "1", chr(123) + chr(34) + "a" * 40_000 + chr(34) + ":", "}")}}}'.encode(),
        "PATCH", MERGE_PATCH,
    ),
    "another list of numbers": lambda: Content(arrays("4321", "numbers", 6500), "PATCH", MERGE_PATCH),
}  # fmt: skip


def main() -> None:
    kind, database = sys.argv[1:]
    served = serve(lambda api: api.resource("/things", read=public(), write=public())(Thing), database=database)
    logging.getLogger("restwell").setLevel(logging.CRITICAL)
    sent = KINDS[kind]()
    numbers = [list(range(5000))] * 19
    sys.stdout.write(json.dumps(taken_by(served, sent, {"name": "b", "numbers": numbers})))


def taken_by(served: Served, sent: Content, stored: Any) -> dict[str, Any]:
    assert served.send("POST", "/things", {}, stored).status == 201
    assert served.send("POST", "/things", {}, {"name": "", "text": "x" * 20_000}).status == 422
    patched = served.send("PATCH", "/things/b", {"Content-Type": JSON_PATCH}, [])
    assert patched.status == 200, patched.body
    content = (
        sent.content if isinstance(sent.content, bytes) else json.dumps(sent.content, separators=(",", ":")).encode()
    )
    assert len(content) <= MEGABYTE
    target = "/things" if sent.method == "POST" else "/things/b"
    forget_peak()
    before, started = memory_of()["VmRSS"], time.process_time()
    answer = served.send(sent.method, target, {"Content-Type": sent.media_type}, content)
    seconds = time.process_time() - started
    return {
        "status": answer.status, "seconds": seconds, "peak": memory_of()["VmHWM"] - before, "sent": len(content),
        "told": answer.body.decode()[:4000] if answer.status >= 400 else "", "bytes": len(answer.body),
    }  # fmt: skip


if __name__ == "__main__":
    main()
