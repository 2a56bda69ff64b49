"""A GET that follows an acknowledged write never shows the old state, whichever worker answers."""

import time
from collections import Counter
from functools import partial
from typing import Any

import pytest

from .clients import JSON_PATCH, LINKED, MERGE, PLAIN, Answer, Client, Served, Until, lasting, say, together

ITEM, PAGE = "/counters/shared", "/counters?limit=50"
OUTDATED = "with a validator that was outdated already"
EVENT = 5
"""After so many writes a row is made, and taken away again."""


class Seen:
    """The state that an answer shows, and when its tag and date were given."""

    def __init__(self, path: str, answer: Answer) -> None:
        content = answer.content
        if path == ITEM:
            rows: list[Any] = [content]
        else:
            rows = content["counters"] if "counters" in content else content["member"]
        shared = next(row for row in rows if row["name"] == "shared")
        self.members = {name: shared[name] for name in ("m0", "m1")}
        self.rows = None if path == ITEM else {row["number"] for row in rows if row["name"].startswith("row-")}
        self.tag = answer.tag
        self.date = answer.headers.get("last-modified")

    def is_older_than(self, floor: dict[str, int], removing: int) -> bool:
        """Whether this lacks what was acknowledged before; a row may be gone when its removal had begun."""
        if any(self.members[name] < floor[name] for name in self.members):
            return True
        if self.rows is None:
            return False
        lacks = floor["made"] > removing and floor["made"] not in self.rows
        return lacks or any(number <= floor["removed"] for number in self.rows)


class World:
    """What is acknowledged: the number of each writer, and rows that were made and taken away, by their numbers."""

    def __init__(self, counters: Served, seconds: float) -> None:
        self.clients = [client for _ in range(3) for client in counters.workers()]
        self.seconds = seconds
        self.known = {"m0": 0, "m1": 0, "made": 0, "removed": 0}
        self.removing = 0
        self.writes = 0
        self.reads: Counter[str] = Counter()
        self.stale: list[str] = []
        self.workers: set[str] = set()

    def write(self, place: int) -> None:
        """Count up a member of the shared item; the second writer makes and removes rows, too."""
        client, number, going = self.clients[place], 0, Until(self.seconds)
        while going:
            number += 1
            if place:
                patch = [{"op": "replace", "path": "/m1", "value": number}]
                answer = client.ask("PATCH", ITEM, patch, kind=JSON_PATCH)
            else:
                answer = client.ask("PATCH", ITEM, {"m0": number}, kind=MERGE)
            assert answer.status == 200, answer
            self.known[f"m{place}"] = number
            self.writes += 1
            self.workers.add(answer.worker)
            if place and number % EVENT == 0:
                self._make_and_remove(client, number)

    def _make_and_remove(self, client: Client, number: int) -> None:
        made = client.ask("POST", "/counters", {"name": f"row-{number}", "number": number})
        assert made.status == 201, made
        self.known["made"] = number
        time.sleep(0.01)
        self.removing = number
        assert client.ask("DELETE", f"/counters/row-{number}").status == 204
        self.known["removed"] = number
        self.writes += 2

    def read(self, place: int) -> None:
        """Ask for item and page, and again by the validators that were got with them."""
        client, going = self.clients[2 + place], Until(self.seconds)
        client.key = None if place < 2 else client.key
        accept = [PLAIN, LINKED][place % 2]
        while going:
            for path in (ITEM, PAGE):
                now = self._ask(client, "plain", path, None, accept=accept)
                now = self._ask(client, "If-None-Match", path, now, accept=accept, if_none_match=now.tag)
                if now.date is not None:
                    self._ask(client, "If-Modified-Since", path, now, accept=accept, if_modified_since=now.date)

    def _ask(self, client: Client, kind: str, path: str, before: Seen | None, **options: Any) -> Seen:
        floor = dict(self.known)
        answer = client.get(path, **options)
        removing = self.removing
        self.workers.add(answer.worker)
        what = f"{'item' if path == ITEM else 'page'}, {kind}"
        self.reads[what] += 1
        if before is not None and before.is_older_than(floor, removing):
            self.reads[OUTDATED] += 1
        if answer.status == 304:
            assert before is not None
            seen = before
            self.reads["304"] += 1
        else:
            assert answer.status == 200, answer
            seen = Seen(path, answer)
        if seen.is_older_than(floor, removing):
            self.stale.append(f"{what}, {answer.status}: {floor} was acknowledged, {vars(seen)} was shown")
        return seen


@pytest.mark.slow
def test_no_read_after_an_acknowledged_write_is_stale(counters: Served) -> None:
    world, began = World(counters, lasting(6)), time.monotonic()
    together([*(partial(world.write, p) for p in range(2)), *(partial(world.read, p) for p in range(4))])
    seconds = time.monotonic() - began
    every = sum(count for kind, count in world.reads.items() if "," in kind)
    say(
        f"2 writers, 4 readers, {len(world.workers)} workers, {seconds:.0f} s: {world.writes} writes, "
        f"{every} reads, {len(world.stale)} stale; {dict(sorted(world.reads.items()))}"
    )
    assert world.stale == []
    assert len(world.workers) == 2
    assert world.reads[OUTDATED] > 50
