"""A check: what it asks, of what, and how often. The case holds what all checks share, each experiment done once.

An experiment is a request that several checks look at: a resource that cannot exist, HEAD, OPTIONS, a method that no
resource has. Checks are functions of a case; `CHECKS` has them in the order in which their modules are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from .exchanges import Exchange
from .findings import Bearing, Finding, Untested
from .probe import BudgetSpent, Excluded, ForeignOrigin, Probe
from .survey import ACCEPT, Found, Survey

Said = Iterator[Finding | Untested]
SAMPLE = 5
"""So many resources stand for all where each is asked something."""
UNKNOWN_METHOD = "PROPFIND"
"""A method that is registered as safe (RFC 4918), so that it may be sent to anybody, and that hardly any API has."""
NOBODY = "no-such-thing-here"


Outcome = tuple[list[Finding | Untested], BudgetSpent | None]
"""What a check said, and whether the budget did not suffice for the rest."""


class Check(NamedTuple):
    """One question, and the level or constraint that it bears on."""

    bearing: Bearing
    what: str
    run: Callable[[Case], Said]
    writes: bool = False


CHECKS: list[Check] = []


def check(
    bearing: Bearing, what: str, *, writes: bool = False
) -> Callable[[Callable[[Case], Said]], Callable[[Case], Said]]:
    """Have a function run as a check; a decorator. `what` says what is tested, for when it could not be."""

    def register(run: Callable[[Case], Said]) -> Callable[[Case], Said]:
        CHECKS.append(Check(bearing, what, run, writes))
        return run

    return register


@dataclass
class Case:
    """An API as it was found, and the experiments made with it."""

    survey: Survey
    probe: Probe
    writing: bool = False
    _said: dict[Callable[[Case], Said], Outcome] = field(default_factory=dict)
    _made: dict[tuple[str, ...], Exchange | None] = field(default_factory=dict)

    def said(self, run: Callable[[Case], Said]) -> Outcome:
        """What a check says, asked once: others may build on it."""
        if run not in self._said:
            told: list[Finding | Untested] = []
            spent: BudgetSpent | None = None
            try:
                told += run(self)
            except BudgetSpent as error:
                spent = error
            self._said[run] = (told, spent)
        return self._said[run]

    def ask(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, fresh: bool = False
    ) -> Exchange | None:
        """Send a request; None where it may not be sent (another origin, robots.txt)."""
        try:
            return self.probe.send(method, url, headers={"Accept": ACCEPT} | (headers or {}), fresh=fresh)
        except (ForeignOrigin, Excluded):
            return None

    def change(self, method: str, url: str, *, headers: dict[str, str], content: bytes) -> Exchange | None:
        """Send a request that may change something; only with `writing`."""
        try:
            return self.probe.send(method, url, headers={"Accept": ACCEPT} | headers, content=content)
        except (ForeignOrigin, Excluded):
            return None

    def through(self, via: str, url: str) -> Exchange | None:
        """Send GET through an intermediary."""
        try:
            return self.probe.send("GET", url, headers={"Accept": ACCEPT}, via=via)
        except (ForeignOrigin, Excluded):
            return None

    def once(self, method: str, url: str, **headers: str) -> Exchange | None:
        """Send a request that several checks look at, once."""
        key = (method, url, *sorted(f"{name}:{value}" for name, value in headers.items()))
        if key not in self._made:
            self._made[key] = self.ask(method, url, headers={n.replace("_", "-"): v for n, v in headers.items()})
        return self._made[key]

    def sample(self) -> list[Found]:
        """A few resources that stand for all: of each kind some, the first found first."""
        chosen: list[Found] = []
        kinds = (self.survey.collections(), self.survey.items(), self.survey.resources())
        for some in kinds:
            chosen += [each for each in some if each not in chosen][: max(2, SAMPLE - len(chosen))][:2]
        return chosen[:SAMPLE]

    def missing(self) -> list[Exchange]:
        """The answers to GET on things that cannot exist: an item of each of a few collections, and a path."""
        urls = [missing_item(item.url) for item in self.survey.items()]
        shapes = {re.sub(r"[^/]*/?$", "", url): url for url in urls}
        collections = [f"{each.url.partition('?')[0].rstrip('/')}/{NOBODY}" for each in self.survey.collections()]
        start = urlsplit(self.survey.starts[0])
        wanted = [
            *list(shapes.values())[:2],
            *([] if shapes else collections[:2]),
            f"{start.scheme}://{start.netloc}/{NOBODY}",
        ]
        answers = [self.once("GET", url) for url in wanted]
        return [each for each in answers if each is not None]

    def options(self, found: Found) -> Exchange | None:
        """The answer to OPTIONS."""
        return self.once("OPTIONS", found.url)

    def head(self, found: Found) -> Exchange | None:
        """The answer to HEAD, asked for as GET was."""
        return self.once("HEAD", found.url)

    def unknown_method(self, found: Found) -> Exchange | None:
        """The answer to a method that the resource cannot have."""
        return self.once(UNKNOWN_METHOD, found.url)

    def methods(self, found: Found) -> frozenset[str]:
        """The methods that are known of a resource: by Allow, by its operations, by descriptions."""
        known = {"GET"} if found.alive else set()
        for exchange in (self.options(found), self.unknown_method(found)):
            if exchange is not None and exchange.answered:
                known |= {
                    name.strip().upper() for name in (exchange.header("allow") or "").split(",") if name.strip()
                }
        known |= {each.method for each in found.reading.operations if each.target == found.url}
        for description in self.survey.descriptions:
            known |= {each.method for each in description.operations if description.matches(each, found.url)}
        return frozenset(known)


def missing_item(url: str) -> str:
    """A URL like that of an item, of one that cannot exist: a large number for a number, else a name nobody has."""
    base, slash = url.partition("?")[0], ""
    if base.endswith("/"):
        base, slash = base[:-1], "/"
    parent, _, name = base.rpartition("/")
    return f"{parent}/{'987654321' if name.isdecimal() else quote(NOBODY)}{slash}"


def run_checks(case: Case, checks: Iterable[Check]) -> Iterator[Finding | Untested]:
    """What every check says. One for which the budget does not suffice is not tested, and so said."""
    for each in checks:
        if each.writes and not case.writing:
            yield Untested(each.bearing, each.what, "It changes something, and only reading was allowed.", "--write")
            continue
        told, spent = case.said(each.run)
        yield from told
        if spent is not None:
            yield Untested(each.bearing, each.what, "The budget of requests was used up.", "--max-requests")
