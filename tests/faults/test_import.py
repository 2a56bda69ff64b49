"""An import while the API serves: readers see what was there until it is committed, writers never hang."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from .clients import LINKED, MERGE, Answer, Client, Served, must_wait, say, together

ROWS = 50_000
PAGE = "/counters?limit=2"


def rows(path: Path) -> Path:
    with path.open("w") as file:
        file.write("name,number\n")
        file.writelines(f"imported-{number},{number}\n" for number in range(ROWS))
    return path


class Meanwhile:
    """Readers and a writer while an import is at work."""

    def __init__(self) -> None:
        self.slowest = {"read": 0.0, "read beside a write": 0.0, "write": 0.0}
        self.tally: Counter[str] = Counter()
        self.over = threading.Event()

    def ask(self, client: Client, kind: str, *request: Any, **options: Any) -> Answer:
        began = time.monotonic()
        try:
            answer = client.ask(*request, **options)
        except TimeoutError as error:
            raise AssertionError(f"a {kind} is not answered during an import") from error
        self.slowest[kind] = max(self.slowest[kind], time.monotonic() - began)
        self.tally[f"{kind} {answer.status}"] += 1
        if answer.status == 503:
            must_wait(answer)
        return answer

    def read(self, client: Client, kind: str) -> None:
        """The old page until all of the new one is there: some of the rows, and others later, it must never be."""
        tag, known = '"none"', 0
        while not self.over.is_set():
            page = self.ask(client, kind, "GET", PAGE, if_none_match=tag, prefer="count=exact", accept=LINKED)
            if page.status == 200:
                total = page.content["totalItems"]
                assert known <= total
                assert total <= 2 or total >= ROWS, total
                tag, known = page.tag, total
            time.sleep(0.005)

    def write(self, client: Client) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            answer = self.ask(client, "write", "PUT", "/counters/mine", {"number": number})
            assert answer.status in {200, 201, 503}, answer
            time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    "empty", [pytest.param(False, id="beside-rows"), pytest.param(True, id="into-an-empty-table")]
)
def test_reads_go_on_with_the_old_state_during_an_import(counters: Served, tmp_path: Path, empty: bool) -> None:
    first, second = counters.workers()
    third = counters.beside(second)
    meanwhile = Meanwhile()
    file = rows(tmp_path / "rows.csv")

    def load() -> float:
        began = time.monotonic()
        try:
            assert counters.run("import", "counters", str(file)) == ""
        finally:
            meanwhile.over.set()
        return time.monotonic() - began

    work: list[Callable[[], Any]] = [
        load,
        partial(meanwhile.read, first, "read"),
        partial(meanwhile.read, third, "read beside a write"),
    ]
    if empty:  # and nobody writes into it, or it would not be empty
        assert first.ask("DELETE", "/counters/shared").status == 204
    else:
        work.append(partial(meanwhile.write, second))
    seconds = together(work)[0]
    slowest = meanwhile.slowest
    say(
        f"{ROWS} rows imported in {seconds:.1f} s, meanwhile {dict(sorted(meanwhile.tally.items()))}; slowest "
        + ", ".join(f"{kind} {spent:.2f} s" for kind, spent in slowest.items())
    )
    for client in (first, second):
        client.connection.close()  # the server may have ended one that was idle for as long as the import took
        assert client.get(f"/counters/imported-{ROWS - 1}").content["number"] == ROWS - 1
        assert client.ask("PATCH", "/counters/imported-0", {"number": 9}, kind=MERGE).status == 200
    refused = [kind for kind in meanwhile.tally if kind.startswith("read") and kind.endswith("503")]
    assert refused == []
    assert slowest["write"] < 4
    assert max(slowest["read"], slowest["read beside a write"]) < 1.5
