"""Requests that differ in one thing, sent to an API in a process of its own that says how its memory grew.

`python -m tests.hostile.memory KIND COUNT DATABASE` prints KiB: how much more is resident afterwards than after a
few requests of the same kind, and how much more was at any moment. What each kind sends is as long as it may be, or
longer.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from restwell import Field, Resource, public
from tests.api import Served, frameworks, samples, serve
from tests.servers import forget_peak, memory_of

WARM = 300
"""Requests before the measurement begins: what is made once has been made."""


class Sent(NamedTuple):
    """One request as `Served.send` takes it."""

    method: str = "GET"
    target: str = "/frameworks"
    headers: Mapping[str, str] = {}
    content: Any = None
    environ: Mapping[str, Any] = {}


def text(number: int, length: int) -> str:
    """A text of so many characters that differs from those of all other numbers."""
    return f"{number:x}-".ljust(length, "z")


def names(number: int, length: int) -> str:
    """A query of so many characters in which no name is there twice."""
    return f"{number:x}&{MANY[: length - 20]}"


MANY = "&".join(f"name{place:x}" for place in range(9000))


def some(number: int, every: list[str], most: int) -> list[str]:
    """Some of these, other ones for every number."""
    return [each for place, each in enumerate(every) if number * 2654435761 >> place & 1][:most]


FIELDS = ["label", "amount", "weight", "good", "price", "day", "moment", "code", "colour", "site"]
VALUES = {"amount": "1", "weight": "1.5", "price": "2.5", "label": "ab"}
OPERATORS = [f"{field}[{operator}]" for field in VALUES for operator in ("eq", "ne", "gt", "gte", "lt", "lte")]


def filters(number: int) -> str:
    return "&".join(f"{name}={VALUES[name.partition('[')[0]]}" for name in some(number, OPERATORS, 16))


def listed(number: int) -> str:
    """A filter by one to a hundred values on each of some fields."""
    sizes = {"amount": number % 100 + 1, "weight": number // 100 % 100 + 1, "price": number // 10_000 % 100 + 1}
    return "&".join(f"{name}[in]={','.join(['7'] * size)}" for name, size in sizes.items())


def sorted_by(number: int) -> str:
    fields = [FIELDS[number // 10**place % 10] for place in range(4)]
    return ",".join("-" * (number >> place & 1) + field for place, field in enumerate(dict.fromkeys(fields)))


KINDS: dict[str, Callable[[int], Sent]] = {
    "paths": lambda n: Sent(target=f"/frameworks/{text(n, 200)}"),
    "unknown paths": lambda n: Sent(target=f"/{text(n, 4000)}"),
    "long paths": lambda n: Sent(target=f"/{text(n, 60_000)}"),
    "queries": lambda n: Sent(target=f"/frameworks?parent={text(n, 250)}&name={text(n, 250)}"),
    "unknown names": lambda n: Sent(target=f"/frameworks?{names(n, 500)}"),
    "ignored names": lambda n: Sent(target=f"/frameworks?{names(n, 500)}", headers={"Prefer": "handling=lenient"}),
    "refused queries": lambda n: Sent(target=f"/frameworks?{names(n, 60_000)}"),
    "queries of items": lambda n: Sent(target=f"/frameworks/Flask?{names(n, 4000)}"),
    "queries of nothing": lambda n: Sent(target=f"/nothing?{names(n, 60_000)}"),
    "filter names": lambda n: Sent(target=f"/samples?{filters(n)}"),
    "filter values": lambda n: Sent(target=f"/samples?label[in]={','.join([text(n, 240)] * 13)}"),
    "searched texts": lambda n: Sent(target=f"/samples?label[icontains]={text(n, 256)}"),
    "list lengths": lambda n: Sent(target=f"/samples?{listed(n)}"),
    "orders": lambda n: Sent(target=f"/samples?sort={sorted_by(n)}"),
    "fields": lambda n: Sent(target=f"/samples/1?fields={','.join(['number', *some(n, FIELDS, 10)])}"),
    "fields of pages": lambda n: Sent(target=f"/samples?fields={','.join(['number', *some(n, FIELDS, 10)])}"),
    "cursors": lambda n: Sent(target=f"/frameworks?after={text(n, 3000)}"),
    "limits": lambda n: Sent(target=f"/frameworks?limit={n % 100 + 1}&parent={text(n, 200)}"),
    "hosts": lambda n: Sent(target="/openapi.json", environ={"HTTP_HOST": f"{text(n, 60)}.example.org"}),
    "ports": lambda n: Sent(target="/docs.jsonld", environ={"HTTP_HOST": f"localhost:{n % 65_536}"}),
    "ports of pages": lambda n: Sent(target="/samples", environ={"HTTP_HOST": f"localhost:{n % 65_536}"}),
    "foreign hosts": lambda n: Sent(environ={"HTTP_HOST": text(n, 8000)}),
    "script names": lambda n: Sent(target="/openapi.json", environ={"SCRIPT_NAME": f"/{text(n, 300)}"}),
    "long script names": lambda n: Sent(environ={"SCRIPT_NAME": f"/{text(n, 60_000)}"}),
    "header names": lambda n: Sent(headers={f"X-{text(n, 8000)}": "1"}),
    "long header names": lambda n: Sent(headers={f"X-{text(n, 60_000)}": "1"}),
    "header values": lambda n: Sent(headers={"X-Value": text(n, 60_000)}),
    "request ids": lambda n: Sent(headers={"X-Request-Id": text(n, 128)}),
    "accept": lambda n: Sent(headers={"Accept": f"application/json;a={text(n, 7000)}, */*;q=0.1"}),
    "refused accept": lambda n: Sent(headers={"Accept": f"text/{text(n, 60_000)}"}),
    "pages of refusals": lambda n: Sent(target=f"/{text(n, 3000)}", headers={"Accept": f"text/html;a={text(n, 99)}"}),
    "prefer": lambda n: Sent(headers={"Prefer": f"return=minimal, {text(n, 7000)}"}),
    "conditions": lambda n: Sent(headers={"If-None-Match": ", ".join([f'"{n:032x}"'] * 200)}),
    "dates": lambda n: Sent(target="/frameworks/Flask", headers={"If-Modified-Since": text(n, 7000)}),
    "credentials": lambda n: Sent(headers={"Authorization": f"Bearer rw_{n:016x}_{text(n, 43)}"}),
    "long credentials": lambda n: Sent(headers={"Authorization": f"Bearer {text(n, 8000)}"}),
    "schemes": lambda n: Sent(headers={"Authorization": f"{text(n, 4000)} x"}),
    "cookies": lambda n: Sent(headers={"Cookie": f"session={text(n, 4000)}"}),
    "methods": lambda n: Sent(method=f"M{text(n, 60_000)}"),
    "content types": lambda n: Sent("POST", "/things", {"Content-Type": f"a/b;a={text(n, 7000)}"}, b"{}"),
    "other content types": lambda n: Sent("POST", "/things", {"Content-Type": f"a/{text(n, 7000)}"}, b"{}"),
    "members": lambda n: Sent("POST", "/things", {}, {text(n, 100) + str(place): 1 for place in range(50)}),
    "identities": lambda n: Sent("PUT", f"/things/{text(n, 100)}", {}, {"created": "x"}),
}  # fmt: skip
DATABASES = ("filter names", "filter values", "searched texts", "list lengths", "orders", "fields of pages")
"""The kinds in which a database has a part."""


class Thing(Resource):
    """What anyone may write, if only it were valid."""

    name: str = Field(identity=True)
    created: int


def sent_to(served: Served, sent: Sent) -> int:
    answer = served.send(sent.method, sent.target, sent.headers, sent.content, environ=sent.environ)
    return answer.status


def grown(kind: str, count: int, served: Served, *, warm: int = WARM) -> dict[str, Any]:
    """How much more memory is resident after so many requests, in KiB, and which statuses they had."""
    make = KINDS[kind]
    for number in range(-warm, 0):
        sent_to(served, make(number + (1 << 40)))
    forget_peak()
    before = memory_of()["VmRSS"]
    statuses = {sent_to(served, make(number)) for number in range(count)}
    after = memory_of()
    return {"kept": after["VmRSS"] - before, "peak": after["VmHWM"] - before, "statuses": sorted(statuses)}


def main() -> None:
    kind, count, database = sys.argv[1:]
    served = serve(
        frameworks(), samples(), lambda api: api.resource("/things", read=public(), write=public())(Thing),
        database=database, config={"RESTWELL_ALLOWED_HOSTS": ".example.org"},
    )  # fmt: skip
    logging.getLogger("restwell").setLevel(logging.CRITICAL)
    sys.stdout.write(json.dumps(grown(kind, int(count), served)))


if __name__ == "__main__":
    main()
