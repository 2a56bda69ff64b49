"""A mixed load for long: memory and descriptors of the workers stay as they are.

20 seconds by default; by hand `RESTWELL_FAULT_SECONDS=1800 python -m pytest tests/faults/test_soak.py -m slow -s`.
"""

import statistics
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.servers import children, memory_of

from .clients import JSON_PATCH, LINKED, MERGE, Client, Served, Until, lasting, say, together

CLIENTS = 6
PAUSE = 0.002
"""Seconds between two requests of a client, so that the machine has something left."""
MAX_GROWTH = 4 * 1024
"""KiB of a worker, from the first half to the second."""
MAX_DESCRIPTORS = 8
"""Descriptors of a worker, likewise: connections of clients come and go."""


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(36_000)
def test_memory_and_descriptors_stay_as_they_are_under_a_mixed_load(counters: Served) -> None:
    seconds = lasting(20)
    workers = children(counters.server.process.pid)
    told = Counter[str]()
    samples: list[list[tuple[int, int]]] = []

    def watch() -> None:
        going = Until(seconds)
        while going:
            samples.append([(memory_of(pid)["VmRSS"], descriptors_of(pid)) for pid in workers])
            time.sleep(seconds / 100)

    together([watch, *(partial(use, counters, place, seconds, told) for place in range(CLIENTS))])
    assert children(counters.server.process.pid) == workers
    for place in range(len(workers)):
        warm = samples[len(samples) // 4 :]  # what every worker needs once is there by then
        first, second = warm[: len(warm) // 2], warm[len(warm) // 2 :]
        (before, opened), (after, open_now) = (
            tuple(statistics.median(sample[place][kind] for sample in half) for kind in range(2))
            for half in (first, second)
        )
        hours = seconds * 3 / 8 / 3600
        say(
            f"{sum(told.values())} requests in {seconds:.0f} s: a worker has {after / 1024:.1f} MiB, "
            f"{(after - before) / 1024 / hours:+.1f} MiB an hour, and {open_now:.0f} descriptors, {opened:.0f} before"
        )
        assert after - before <= MAX_GROWTH
        assert open_now - opened <= MAX_DESCRIPTORS
    assert set(told) <= {"200", "201", "204", "304", "400", "401", "404", "412", "422"}, told


def descriptors_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def use(counters: Served, place: int, seconds: float, told: Counter[str]) -> None:
    """One client: it reads, changes, makes and removes, asks for what is wrong, and connects anew."""
    going, begun = Until(seconds), 0
    while going:
        client = counters.client()
        begun += 50
        for number in range(begun, begun + 50):
            told.update(one_of_each(client, place, number))
            time.sleep(PAUSE)
        client.connection.close()


def one_of_each(client: Client, place: int, number: int) -> list[str]:
    item, own = "/counters/shared", f"/counters/soak-{place}"
    shared = client.get(item)
    answers = [
        shared,
        client.get(item, if_none_match=shared.tag),
        client.get("/counters?sort=-number&limit=20", accept=LINKED),
        client.get(f"/counters?number[gt]={number}&name[icontains]=s{number}"),
        client.ask("PATCH", item, {f"m{place}": number}, kind=MERGE),
        client.ask("PATCH", item, [{"op": "replace", "path": f"/m{place}", "value": number}], kind=JSON_PATCH),
        client.ask("PUT", own, {"number": number}),
        client.ask("PUT", own, {"number": number + 1}, if_match='"another"'),
        client.ask("POST", "/counters", {"name": f"soak-{place}-{number}", "note": "x" * (number % 1000)}),
        client.ask("DELETE", f"/counters/soak-{place}-{number}"),
        client.ask("POST", "/counters", {"name": 1, f"none{number}": []}),
        client.get(f"/counters/none-{number}"),
        client.get(f"/counters?none{number}=1"),
        client.ask("DELETE", own, anonymous=True),
    ]
    return [str(answer.status) for answer in answers]
