"""Checks, and the case on which they run: what was found at an API, and the experiments that checks share.

An experiment is a request whose response several checks use, and is sent once: GET on a resource that cannot exist,
HEAD, OPTIONS, an unsupported method. Checks are functions of a case; `CHECKS` has them in the order of registration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .exchanges import Exchange
from .findings import Bearing, Finding, Untested
from .found import Found
from .guessing import MISSING_NAME, missing_item
from .negotiation import ACCEPT
from .noise import Noise
from .places import missing_beside
from .probe import BudgetSpent, Excluded, ForeignOrigin, Probe
from .reading.targets import without_query
from .survey import Survey

Results = Iterator[Finding | Untested]
ALLOW_WRITING = "Allow it with --write: what is created is removed again."
SPENT = "The budget of requests was used up."
ALLOW_MORE = "Allow more requests with --max-requests."
SAMPLE_SIZE = 5
"""Resources to which a check sends requests, instead of to all."""
UNKNOWN_METHOD = "PROPFIND"
"""A method that is registered as safe (RFC 4918), so that it may be sent to any server, and that few APIs support."""
"""A segment of a path that does not exist."""
Outcome = tuple[list[Finding | Untested], BudgetSpent | None]
"""The results of a check, and the exception if the budget was spent before its end."""


class Check(NamedTuple):
    """A check: what it tests, and the level or constraint that it bears on; `writes` where it changes something."""

    bearing: Bearing
    what: str
    run: Callable[[Case], Results]
    writes: bool = False


CHECKS: list[Check] = []


def check(
    bearing: Bearing, what: str, *, writes: bool = False
) -> Callable[[Callable[[Case], Results]], Callable[[Case], Results]]:
    """A decorator that registers a function as a check. `what` says what is tested, as in "whether ..."."""

    def register(run: Callable[[Case], Results]) -> Callable[[Case], Results]:
        CHECKS.append(Check(bearing, what, run, writes))
        return run

    return register


@dataclass
class Case:
    """An API as it was found, and the experiments that were made with it."""

    survey: Survey
    probe: Probe
    writing: bool = False
    keeping: bool = False
    """Whether resources are created that may stay behind."""
    noise: Noise = field(default_factory=Noise)
    """What was seen to change by itself."""
    changing: bool = False
    """Whether the check that runs changes something."""
    _outcomes: dict[Callable[[Case], Results], Outcome] = field(default_factory=dict)
    _sent: dict[tuple[str, ...], Exchange | None] = field(default_factory=dict)

    def outcome(self, run: Callable[[Case], Results]) -> Outcome:
        """The outcome of a check, which runs once: other checks may use it."""
        if run not in self._outcomes:
            results: list[Finding | Untested] = []
            spent: BudgetSpent | None = None
            try:
                results += run(self)
            except BudgetSpent as error:
                spent = error
            self._outcomes[run] = (results, spent)
        return self._outcomes[run]

    def accept(self) -> dict[str, str]:
        """Accept as it is sent where a check does not choose another one: that of the user, if there is one.

        A check that changes something asks for data, in which it recognises what is its own, where pages are judged.
        """
        return self.probe.unless_given(Accept=ACCEPT if self.changing else self.survey.accept)

    def ask(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, fresh: bool = False
    ) -> Exchange | None:
        """Send a request; None where it may not be sent (another origin, robots.txt)."""
        try:
            return self.probe.send(method, url, headers=self.accept() | (headers or {}), fresh=fresh)
        except (ForeignOrigin, Excluded):
            return None

    def change(self, method: str, url: str, *, headers: dict[str, str], content: bytes) -> Exchange | None:
        """Send a request that may change something; only with `writing`."""
        try:
            return self.probe.send(method, url, headers=self.accept() | headers, content=content)
        except (ForeignOrigin, Excluded):
            return None

    def through(self, via: str, url: str) -> Exchange | None:
        """Send GET through an intermediary."""
        try:
            return self.probe.send("GET", url, headers=self.accept(), via=via)
        except (ForeignOrigin, Excluded):
            return None

    def once(self, method: str, url: str, **headers: str) -> Exchange | None:
        """Send a request whose response several checks use, once."""
        if method == "GET" and headers.keys() == {"Accept"} and self.survey.choice is not None:
            known = self.survey.choice.known(url, headers["Accept"])
            if known is not None:
                return known
        key = (method, url, *sorted(f"{name}:{value}" for name, value in headers.items()))
        if key not in self._sent:
            self._sent[key] = self.ask(method, url, headers={n.replace("_", "-"): v for n, v in headers.items()})
        return self._sent[key]

    def sample(self) -> list[Found]:
        """A few resources, in the order in which they were found: collections, items and others."""
        chosen: list[Found] = []
        kinds = (self.survey.collections(), self.survey.items(), self.survey.resources())
        for some in kinds:
            others = [each for each in some if each not in chosen and not is_endless(each)]
            chosen += others[: max(2, SAMPLE_SIZE - len(chosen))][:2]
        return chosen[:SAMPLE_SIZE]

    def of_each_kind(self, suits: Callable[[Found], bool] = lambda _: True) -> list[Found]:
        """The first in the sample of each kind that suits, for what a server does everywhere in the same way."""
        return list({each.kind: each for each in reversed(self.sample()) if suits(each)}.values())[::-1]

    def missing(self) -> list[Exchange]:
        """The responses to GET for resources that cannot exist: a few items, and a path beside the start."""
        urls = [missing_item(item.url) for item in self.survey.items()]
        shapes = {re.sub(r"[^/]*/?$", "", url): url for url in urls}
        collections = [f"{without_query(each.url)}/{MISSING_NAME}" for each in self.survey.collections()]
        start = self.survey.beginning()
        wanted = [
            *list(shapes.values())[:2],
            *([] if shapes else collections[:2]),
            missing_beside(start.url, listed=start.is_listed),
        ]
        answers = [self.once("GET", url) for url in dict.fromkeys(wanted)]
        return [each for each in answers if each is not None]

    def options(self, found: Found) -> Exchange | None:
        """The response to OPTIONS."""
        return self.survey.told.get(found.url) or self.once("OPTIONS", found.url)

    def head(self, found: Found) -> Exchange | None:
        """The response to HEAD, with the header fields of GET; the server is to end the connection after it."""
        return self.once("HEAD", found.url, Connection="close")

    def unknown_method(self, found: Found) -> Exchange | None:
        """The response to a method that the resource is unlikely to support, by WebDAV of this resource alone."""
        return self.once(UNKNOWN_METHOD, found.url, Depth="0")

    def methods(self, found: Found) -> frozenset[str]:
        """The methods that a resource supports, according to Allow, its operations and the descriptions."""
        told = self.options(found)
        if told is None or told.header("allow") is None:  # the refusal of an unknown method has it more often
            told = self.unknown_method(found)
        known = {"GET"} if found.alive else set()
        if told is not None and told.answered:
            known |= told.allowed
        known |= {each.method for each in found.reading.operations if each.target == found.url}
        for description in self.survey.descriptions:
            known |= {each.method for each in description.operations if description.matches(each, found.url)}
        return frozenset(known)


def is_endless(found: Found) -> bool:
    """Whether its content has no end, so that it is not read again."""
    return found.exchange is not None and found.exchange.endless


def run_checks(case: Case, checks: Iterable[Check]) -> Iterator[Finding | Untested]:
    """The results of the checks; where the budget was spent before the end of a check, an `Untested` is added."""
    for each in checks:
        if each.writes and not case.writing:
            yield Untested(
                each.bearing,
                each.what,
                "This needs requests that change something, and the audit only reads.",
                ALLOW_WRITING,
            )
            continue
        case.changing = each.writes
        results, spent = case.outcome(each.run)
        yield from results
        if spent is not None:
            yield Untested(each.bearing, each.what, SPENT, ALLOW_MORE)
