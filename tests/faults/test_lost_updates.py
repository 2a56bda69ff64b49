"""No update is lost, however many write at once."""

import time
from collections import Counter
from functools import partial
from itertools import chain

import pytest

from .clients import JSON_PATCH, MEMBERS, MERGE, Served, Until, lasting, must_wait, numbers, say, together

WRITERS = 64
RACED = 20
"""So many changes have to be made for their count to say something; how many are made is the machine's speed."""


@pytest.mark.slow
def test_concurrent_writers_with_if_match_lose_nothing(counters: Served) -> None:
    seconds, began = lasting(3), time.monotonic()
    tally: Counter[str] = Counter()

    def write(place: int) -> list[str]:
        client, going = counters.client(), Until(seconds)
        done: list[str] = []
        mine: Counter[str] = Counter()
        while going:
            now = client.get("/counters/shared")
            assert now.status == 200, now
            entry = f"{place}-{len(done)}"
            number, entries = now.content["number"] + 1, [*now.content["entries"], entry]
            method, content, kind = [
                ("PUT", {"number": number, "entries": entries}, "application/json"),
                ("PATCH", {"number": number, "entries": entries}, MERGE),
                (
                    "PATCH",
                    [
                        {"op": "replace", "path": "/number", "value": number},
                        {"op": "add", "path": "/entries/-", "value": entry},
                    ],
                    JSON_PATCH,
                ),
            ][place % 3]
            answer = client.ask(method, "/counters/shared", content, kind=kind, if_match=now.tag)
            mine[str(answer.status)] += 1
            if answer.status == 200:
                done.append(entry)
            elif answer.status == 503:
                must_wait(answer)
            else:
                assert answer.status == 412, answer
        tally.update(mine)
        return done

    done = list(chain.from_iterable(together([partial(write, place) for place in range(WRITERS)])))
    final = counters.client().get("/counters/shared").content
    say(
        f"{WRITERS} writers with If-Match: {len(done)} writes acknowledged, {tally['412']} times 412, {tally['503']} "
        f"times 503, {time.monotonic() - began:.1f} s; counted {final['number']}, lost {len(done) - final['number']}"
    )
    assert final["number"] == len(done)
    assert sorted(final["entries"]) == sorted(done)
    assert len(done) >= RACED, "too few to show anything"


@pytest.mark.slow
def test_concurrent_patches_of_different_members_lose_nothing(counters: Served) -> None:
    seconds, began = lasting(2), time.monotonic()
    appended: list[str] = []
    tally: Counter[int] = Counter()

    def member(place: int) -> int:
        client, going, done = counters.client(), Until(seconds), 0
        for number in numbers():
            if not going:
                return done
            answer = client.ask("PATCH", "/counters/shared", {f"m{place}": number}, kind=MERGE)
            tally[answer.status] += 1
            if answer.status == 503:
                must_wait(answer)
            else:
                assert answer.status == 200, answer
                assert answer.content[f"m{place}"] == number
                done = number
        raise AssertionError

    def entry(place: int) -> None:
        client, going = counters.client(), Until(seconds)
        for number in numbers():
            if not going:
                return
            patch = [{"op": "add", "path": "/entries/-", "value": f"{place}-{number}"}]
            answer = client.ask("PATCH", "/counters/shared", patch, kind=JSON_PATCH)
            tally[answer.status] += 1
            if answer.status == 503:
                must_wait(answer)
            else:
                assert answer.status == 200, answer
                appended.append(f"{place}-{number}")

    members = [partial(member, place) for place in range(MEMBERS)]
    done = together([*members, *(partial(entry, place) for place in range(4))])[:MEMBERS]
    final = counters.client().get("/counters/shared").content
    say(
        f"{MEMBERS} members and a list patched without If-Match: {tally[200]} acknowledged, {tally[503]} times 503, "
        f"{time.monotonic() - began:.1f} s, lost 0"
    )
    assert [final[f"m{place}"] for place in range(MEMBERS)] == done
    assert sorted(final["entries"]) == sorted(appended)
    assert min(done) > 0
