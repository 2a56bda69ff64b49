"""Noise: what differs between responses to one request by itself, told from what depends on how it was requested.

Lists in another order, dates, and what is different each time although nothing else is, such as identifiers of
requests, nonces and measurements, say nothing about the state of a client. A difference between two ways of
requesting counts only if it repeats: each way has the same response whenever it is tried, and the ways differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from .exchanges import Exchange
from .politeness import VIA

Place = tuple[str, ...]
"""Where a value stands: the names of the members that lead to it, or the tag or the beginning of the line."""
Ask = Callable[[], Exchange | None]

MAX_VALUES = 50_000
"""Values of one content that are compared one by one; those of a larger content are not told apart."""
REPEATS = 3
MEASUREMENTS = 3
"""Values that change by themselves in a content that consists of measurements, such as Prometheus reads."""
WAYS: Final = (0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1)
"""The order in which two ways are tried (Thue-Morse): what alternates or comes by chance does not fit it."""
TIMES = re.compile(
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:\d{1,2}[ -])?[A-Z][a-z]{2}[ -] ?(?:\d{1,2} )?"
    r"(?:\d{2,4} )?\d\d:\d\d:\d\d(?: (?:GMT|UTC|[+-]\d{4}|\d{4}))?"
    r"|(?<![\w.])\d{10,}(?:\.\d+)?\b|\b\d\.\d+e\+(?:09|1\d)\b"
)
"""Dates and times, as ISO 8601, HTTP and C write them, or as a number of seconds since 1970."""
_NUMBER = re.compile(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b")
_SEGMENT = re.compile(r"[^<\n]+")
_PARTICULAR = re.compile(r"\"[^\"]*\"|'[^']*'|\S*\d\S*")


class Noise:
    """What was seen to change by itself, in any response."""

    def __init__(self) -> None:
        self._places: set[Place] = set()
        self._branches: set[Place] = set()
        """Places below which names come and go."""

        self._measured: set[str] = set()
        """URLs whose contents are measurements, of which any number may be another the next time."""

        self._repeated: dict[str, list[Exchange]] = {}

    def same(self, first: Exchange, second: Exchange) -> bool:
        """Whether two responses are the same but for the order of lists, dates and what changes by itself."""
        if (first.status, first.media_type) != (second.status, second.media_type):
            return False
        if first.body == second.body:
            return True
        measured = first.url in self._measured
        one, other = (_without_numbers(values_of(each)) if measured else values_of(each) for each in (first, second))
        differing = {place for place, _ in (one - other) + (other - one)}
        return all(map(self._is_known, differing))

    def repeat(self, url: str, ask: Ask) -> list[Exchange]:
        """The responses to a request that is repeated with no other in between, once for each URL.

        What differs between them is remembered.
        """
        if url not in self._repeated:
            answers = [each for _ in range(REPEATS) if (each := ask()) is not None]
            self._repeated[url] = answers
            changing = self._learn([_by_place(values_of(each)) for each in answers])
            if len(changing) >= MEASUREMENTS:
                self._measured.add(url)
                if answers[0].data is None:  # further lines of what is measured, as for another status code
                    self._branches |= {place[:1] for place in changing}
        return self._repeated[url]

    def _learn(self, seen: list[dict[Place, Counter[str]]]) -> list[Place]:
        """Remember the places that change, and return them."""
        changing = [
            place for place in set().union(*seen) if any(each.get(place) != seen[0].get(place) for each in seen)
        ]
        for place in changing:
            self._places.add(place)
            if not all(place in each for each in seen):
                self._branches |= _branch_of(place, seen)
        return changing

    def _is_known(self, place: Place) -> bool:
        return place in self._places or any(place[:depth] in self._branches for depth in range(1, len(place) + 1))

    def difference(self, one: Ask, other: Ask) -> tuple[Exchange, Exchange] | None:
        """A response of each of two ways to request one resource, if they differ whenever they are tried."""
        return difference(one, other, self.same)


def difference(one: Ask, other: Ask, same: Callable[[Exchange, Exchange], bool]) -> tuple[Exchange, Exchange] | None:
    """A response of each of two ways of requesting, if those of a way are the same and those of both never are.

    This takes two requests where nothing differs, and seldom more than four where something differs by chance.
    """
    seen: tuple[list[Exchange], list[Exchange]] = ([], [])
    for way in WAYS:
        answer = (one, other)[way]()
        if answer is None or not answer.answered:
            return None
        if any(not same(each, answer) for each in seen[way][:1]) or any(same(each, answer) for each in seen[1 - way]):
            return None
        seen[way].append(answer)
    return seen[0][0], seen[1][0]


def same(first: Exchange, second: Exchange) -> bool:
    """Whether two responses are the same but for the order of lists and dates."""
    return Noise().same(first, second)


def values_of(exchange: Exchange) -> Counter[tuple[Place, str]]:
    """The values of a content, each with its place; of JSON the scalars, of other text the tags and lines."""
    data = exchange.data
    values = _scalars(data) if isinstance(data, (dict, list)) else _segments(exchange.text)
    found = Counter[tuple[Place, str]]()
    for number, (place, value) in enumerate(values):
        if number == MAX_VALUES:
            break
        if VIA not in value:  # what tells of the request tells of the intermediary, too
            found[place, TIMES.sub("", value)] += 1
    return found


def _without_numbers(values: Counter[tuple[Place, str]]) -> Counter[tuple[Place, str]]:
    found = Counter[tuple[Place, str]]()
    for (place, value), number in values.items():
        found[place, _NUMBER.sub("", value)] += number
    return found


def _scalars(data: Any) -> Iterator[tuple[Place, str]]:
    """The scalars of JSON. The entries of a list have one place, as they may come in any order."""
    left: list[tuple[Place, Any]] = [((), data)]
    while left:
        place, value = left.pop()
        if isinstance(value, dict) and value:
            left += [((*place, name), each) for name, each in value.items()]
        elif isinstance(value, list) and value:
            left += [((*place, "[]"), each) for each in value]
        else:
            yield place, repr(value)


def _segments(text: str) -> Iterator[tuple[Place, str]]:
    """The tags and lines of a text; the place is the first word, and the rest without quotations and numbers."""
    for found in _SEGMENT.finditer(text):
        segment = found[0].strip()
        if segment:
            yield (segment.partition(" ")[0].partition("{")[0], _PARTICULAR.sub("", segment)), segment


def _by_place(values: Counter[tuple[Place, str]]) -> dict[Place, Counter[str]]:
    places: dict[Place, Counter[str]] = {}
    for (place, value), number in values.items():
        places.setdefault(place, Counter())[value] += number
    return places


def _branch_of(place: Place, seen: Iterable[dict[Place, Counter[str]]]) -> set[Place]:
    """The beginning of a place that all contents have in common, without that of everything."""
    common = [
        depth for depth in range(1, len(place))
        if all(any(each[:depth] == place[:depth] for each in places) for places in seen)
    ]  # fmt: skip
    return {place[: common[-1]]} if common else set()
