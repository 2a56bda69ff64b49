"""Of those that create the same thing at the same time one does, and the others are told so."""

import threading
from collections import Counter
from functools import partial
from typing import Any

import pytest

from .clients import Client, Served, say, together

pytestmark = pytest.mark.slow

RACERS, ROUNDS = 6, 60


@pytest.mark.parametrize(
    "method, path, condition, winner, loser",
    [
        pytest.param("PUT", "/counters/race-{}", {"if_none_match": "*"}, 201, 412, id="put-if-none-match"),
        pytest.param("PUT", "/counters/race-{}", {}, 201, 200, id="put"),
        pytest.param("POST", "/counters", {}, 201, 409, id="post"),
        pytest.param("DELETE", "/counters/race-{}", {}, 204, 404, id="delete"),
    ],
)
def test_exactly_one_wins(
    counters: Served, method: str, path: str, condition: dict[str, Any], winner: int, loser: int
) -> None:
    start = threading.Barrier(RACERS)
    clients = [*counters.workers(), *(counters.client() for _ in range(RACERS - 2))]
    told = counters.client()
    tally: Counter[int] = Counter()

    def race(client: Client, place: int) -> list[int]:
        statuses = []
        for number in range(ROUNDS):
            if method == "DELETE" and place == 0:
                assert told.ask("PUT", f"/counters/race-{number}", {}).status == 201
            content = None if method == "DELETE" else {"name": f"race-{number}", "number": place}
            start.wait()
            statuses.append(client.ask(method, path.format(number), content, **condition).status)
        return statuses

    rounds = list(zip(*together([partial(race, client, place) for place, client in enumerate(clients)]), strict=True))
    for statuses in rounds:
        tally.update(statuses)
    say(f"{RACERS} at once, {ROUNDS} times, {method} {condition}: {dict(tally)}")
    assert [sorted(statuses) for statuses in rounds] == [sorted([winner, *[loser] * (RACERS - 1)])] * ROUNDS
    if loser in {412, 409}:  # what the winner has sent is what is there
        for number, statuses in enumerate(rounds):
            assert told.get(f"/counters/race-{number}").content["number"] == statuses.index(winner)
