"""What writers were told by a server that is being killed, against what is there in the end.

A writer that is acknowledged enters its write as done. Where it is cut off or gets a 503, it cannot know: such a
write may be there, once, or not.
"""

import threading
import time
from collections import Counter
from functools import partial
from typing import Any

from .clients import CUT, JSON_PATCH, Answer, Client, Served, must_wait, numbers, together


class Ledger:
    """Writers that go on whatever happens, until `stop` is set: of new rows, of numbers, of lists."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.stop = threading.Event()
        self.answers: list[tuple[float, int]] = []
        """When each answer came, by the monotonic clock, and its status."""
        self.cut = 0
        self.posted: set[str] = set()
        self.perhaps_posted: set[str] = set()
        self.put: dict[str, tuple[int, int]] = {}
        """The number last acknowledged and the one last tried, for each counter."""
        self.appended: set[str] = set()

    def run(self) -> None:
        """Two writers of each kind; returns when they have stopped."""
        kinds = (self.post, self.number, self.append)
        together([partial(kind, place) for kind in kinds for place in range(2)])

    def ask(self, client: Client, method: str, path: str, content: object = None, **options: Any) -> Answer | None:
        """The answer, or None when there is none, or none that says what is done now."""
        try:
            answer = client.ask(method, path, content, **options)
        except TimeoutError as error:
            raise AssertionError(f"{method} {path} was never answered") from error
        except CUT:
            self.cut += 1
            time.sleep(0.02)
            return None
        self.answers.append((time.monotonic(), answer.status))
        if answer.status == 503:
            must_wait(answer)
            time.sleep(0.02)
            return None
        return answer

    def post(self, place: int) -> None:
        """New rows, each under a name of its own."""
        client = self.served.client()
        for number in numbers():
            if self.stop.is_set():
                return
            name = f"row-{place}-{number}"
            answer = self.ask(client, "POST", "/counters", {"name": name, "number": number})
            if answer is None:
                self.perhaps_posted.add(name)
            else:
                assert answer.status == 201, answer
                self.posted.add(name)

    def number(self, place: int) -> None:
        """A counter of its own that only grows."""
        client, name = self.served.client(), f"number-{place}"
        self.put[name] = (0, 0)
        for number in numbers():
            if self.stop.is_set():
                return
            done, _ = self.put[name]
            self.put[name] = (done, number)
            answer = self.ask(client, "PUT", f"/counters/{name}", {"number": number})
            if answer is not None:
                assert answer.status in {200, 201}, answer
                self.put[name] = (number, number)
                continue
            now = self.ask(client, "GET", f"/counters/{name}")
            if now is not None and now.status == 200:
                assert done <= now.content["number"] <= number
            elif now is not None:
                assert now.status == 404
                assert done == 0

    def append(self, place: int) -> None:
        """A list that all of them append to, each entry exactly once, guarded by If-Match."""
        client, number = self.served.client(), 1
        while not self.stop.is_set():
            entry = f"{place}-{number}"
            now = self.ask(client, "GET", "/counters/shared")
            if now is None:
                continue
            assert now.status == 200, now
            if entry in now.content["entries"]:  # the answer was lost, the write was not
                self.appended.add(entry)
                number += 1
                continue
            patch = [{"op": "add", "path": "/entries/-", "value": entry}]
            answer = self.ask(client, "PATCH", "/counters/shared", patch, kind=JSON_PATCH, if_match=now.tag)
            if answer is not None and answer.status != 412:
                assert answer.status == 200, answer
                self.appended.add(entry)
                number += 1

    def check(self) -> str:
        """Compare with what is there. Says how much was acknowledged, and what became of what was not."""
        client = self.served.client()
        rows = [row for page in client.pages("/counters?limit=100") for row in page.content["counters"]]
        names = Counter(row["name"] for row in rows)
        values = {row["name"]: row["number"] for row in rows}
        entries = Counter(client.get("/counters/shared").content["entries"])
        there = {name for name in names if name.startswith("row-")}

        assert self.posted - there == set(), "acknowledged rows are lost"
        assert there - self.posted - self.perhaps_posted == set(), "rows that nobody sent"
        assert max(names.values()) == 1, "rows are doubled"
        for name, (done, tried) in self.put.items():
            assert done <= values.get(name, 0) <= tried, name
        assert self.appended - entries.keys() == set(), "acknowledged entries are lost"
        assert max(entries.values(), default=1) == 1, "entries are doubled"
        assert len(self.posted) > 20
        assert len(self.appended) > 20

        acknowledged = len(self.posted) + len(self.appended) + sum(done for done, _ in self.put.values())
        unsure = len(self.perhaps_posted)
        return (
            f"about {acknowledged} writes acknowledged, lost 0, doubled 0; {self.cut} connections cut; "
            f"{len(there & self.perhaps_posted)} of {unsure} POSTs without a 201 are there"
        )
