"""Who has lost a race goes on one at a time: attempts grow as the number of changes, not as its square."""

import os
import threading

import pytest

from restwell.data import turn
from restwell.flow import races, walking
from restwell.flow.races import one_at_a_time
from restwell.surface.addresses import Address
from tests.api import serving

FLASK, DJANGO = Address("item", "/frameworks/Flask"), Address("item", "/frameworks/Django")


@pytest.fixture(autouse=True)
def _seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two addresses have lines of their own, whatever Python's random hashes are."""
    monkeypatch.setattr(races, "hash", len, raising=False)


def test_one_at_a_time_is_there_for_an_address() -> None:
    with one_at_a_time(FLASK, 1) as first, one_at_a_time(FLASK, 0.01) as second, one_at_a_time(DJANGO, 0.01) as other:
        assert (first, second, other) == (True, False, True)
    with one_at_a_time(FLASK, 0.01) as again:
        assert again


def test_only_who_waits_lends_its_turn_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lent: list[str] = []
    monkeypatch.setattr(turn, "lend", lambda: lent.append("lent"))
    with one_at_a_time(FLASK, 1):
        assert lent == []
        with one_at_a_time(FLASK, 0.01):
            assert lent == ["lent"]


def test_an_error_lets_the_next_one_go_on() -> None:
    with pytest.raises(ValueError, match="lost"), one_at_a_time(FLASK, 1):
        raise ValueError("lost")
    with one_at_a_time(FLASK, 0.01) as again:
        assert again


def test_a_forked_process_waits_for_nobody_in_its_parent() -> None:
    with one_at_a_time(FLASK, 1):
        child = os.fork()
        if child == 0:
            with one_at_a_time(FLASK, 0.01) as came:
                os._exit(0 if came else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_changes_of_one_thing_lose_to_each_other_a_bounded_number_of_times(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, statuses, walks = 60, list[int](), list[str]()
    walk = walking._walk  # every attempt is one of it

    def counting(x: object, node: object) -> object:
        walks.append("")
        return walk(x, node)  # type: ignore[arg-type]  # as it was called

    with serving(database=postgresql_url) as served:
        key, ready = served.key(), threading.Barrier(number)

        def write(place: int) -> None:
            ready.wait()
            statuses.append(
                served.send("PUT", "/frameworks/Flask", content={"created": 1991 + place % 30}, key=key).status
            )

        monkeypatch.setattr(walking, "_walk", counting)
        threads = [threading.Thread(target=write, args=(place,)) for place in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * number
    assert len(walks) <= 4 * number  # two each where nobody is faster
