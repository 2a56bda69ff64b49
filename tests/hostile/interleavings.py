"""Requests of several clients to the same items, some at the same time, and an oracle that says what is right.

The oracle takes one request after another, by RFC 9110, section 13, as `tests/conformance/model.py` has it. What was
sent at the same time is right if there is an order in which the oracle gives all its answers. Each change writes a
text of its own, which stands for the state: whoever has read an item knows the text and its tag, and may name it in
a condition.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPResponse
from typing import NamedTuple

from tests.conformance.model import State, outcome

from .catalogue import JSON, MERGE

NAMES = ("Race-1", "Race-2")
CLIENTS = 3
METHODS = {
    "GET": ("", "If-None-Match"),
    "PUT": ("", "If-Match", "If-None-Match"),
    "PATCH": ("", "If-Match"),
    "DELETE": ("", "If-Match"),
    "POST": ("",),
}
MAY_BE_ANY = 0.3
"""How often a condition is `*` where a state could be named."""
WRITES = {"PUT", "PATCH", "POST"}
Texts = tuple[str | None, ...]
"""The text of each item, by its place in NAMES; None for one that is not there."""


class Asked(NamedTuple):
    """A request to the item at a place; the condition is `*` or names a text; `text` is what it writes."""

    client: int
    method: str
    place: int
    field: str = ""
    condition: str = ""
    text: str = ""


class Told(NamedTuple):
    """The answer: its status, and the text of the item where it shows one."""

    status: int
    text: str | None = None


def right(texts: Texts, asked: Asked) -> tuple[Told, Texts]:
    """What the oracle answers, and what is there then."""
    now = texts[asked.place]
    if asked.method == "POST":
        status = 201 if now is None else 409
    else:
        state = State(now is not None, now or "", frozenset({now} if now else ()))
        condition = asked.condition if asked.condition in {"", "*"} else f'"{asked.condition}"'
        status = outcome(asked.method, state, {asked.field: condition} if asked.field else {})
    if status >= 300:
        return Told(status), texts
    then = now if asked.method == "GET" else asked.text or None
    return Told(status, then), (*texts[: asked.place], then, *texts[asked.place + 1 :])


def explained(texts: Texts, both: Sequence[tuple[Asked, Told]]) -> Iterator[Texts]:
    """What may be there after requests that were sent at the same time: an outcome for each order that is right."""
    for order in itertools.permutations(both):
        then = texts
        for asked, told in order:
            expected, then = right(then, asked)
            if expected != told:
                break
        else:
            yield then


class Interleaving:
    """Clients with a connection each, what they know, and what may be there as far as the oracle can tell."""

    def __init__(self, port: int, key: str, seed: int) -> None:
        self.answered: list[tuple[str, int]] = []
        self.possible: set[Texts] = {(None,) * len(NAMES)}
        self._fields = {"Authorization": f"Bearer {key}", "Host": "localhost", "Accept": JSON}
        self._random = random.Random(seed)
        self._clients = [HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(CLIENTS)]
        self._known: list[dict[int, str]] = [{} for _ in range(CLIENTS)]
        self._tags: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def step(self) -> None:
        """Send one to three requests at the same time, and ask the oracle."""
        clients = self._random.sample(range(CLIENTS), self._random.randint(1, CLIENTS))
        self.ask([self._choose(client) for client in clients])

    def ask(self, every: Sequence[Asked]) -> None:
        """Send requests of different clients before any answer is read, and look for an order that explains them."""
        for asked in every:
            self._send(asked)
        told = [(asked, self._read(asked)) for asked in every]
        found = {then for texts in self.possible for then in explained(texts, told)}
        assert found, f"from one of {self.possible}, no order explains {told}"
        self.possible = found

    def clear(self) -> None:
        """Remove what is there."""
        for place in range(len(NAMES)):
            self.ask([Asked(0, "DELETE", place)])
        assert self.possible == {(None,) * len(NAMES)}

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _choose(self, client: int) -> Asked:
        method = self._random.choice(list(METHODS))
        place, field = self._random.randrange(len(NAMES)), self._random.choice(METHODS[method])
        known = self._known[client].get(place)
        condition = ""
        if field:
            condition = "*" if known is None or self._random.random() < MAY_BE_ANY else known
        text = f"text-{next(self._numbers)}" if method in WRITES else ""
        return Asked(client, method, place, field, condition, text)

    def _send(self, asked: Asked) -> None:
        fields = dict(self._fields)
        if asked.field:
            fields[asked.field] = self._tags.get(asked.condition, asked.condition)
        content = {"created": 2000, "parent": asked.text} if asked.text else None
        target = f"/frameworks/{NAMES[asked.place]}"
        if content is not None:
            fields["Content-Type"] = MERGE if asked.method == "PATCH" else JSON
        if asked.method == "POST" and content is not None:
            target, content["name"] = "/frameworks", NAMES[asked.place]
        body = None if content is None else json.dumps(content)
        self._clients[asked.client].request(asked.method, target, body, fields)

    def _read(self, asked: Asked) -> Told:
        response = self._clients[asked.client].getresponse()
        content = response.read()
        self.answered.append((response.headers["X-Request-Id"], response.status))
        if response.status not in {200, 201}:
            return Told(response.status)
        text = str(json.loads(content)["parent"])
        self._learn(asked, text, response)
        return Told(response.status, text)

    def _learn(self, asked: Asked, text: str, response: HTTPResponse) -> None:
        """Remember the tag of a text; it is the same wherever the text is shown, and no other text has it."""
        tag = self._tags.setdefault(text, response.headers["ETag"])
        assert tag == response.headers["ETag"]
        assert len(set(self._tags.values())) == len(self._tags)
        self._known[asked.client][asked.place] = text
