"""What an auditor owes the server that it judges: a budget, a pace, and to wait when asked to. No network here."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

AGENT = "restwell-audit"
"""The product token by which robots.txt and logs know the auditor (RFC 9309, section 2.2.1)."""
SAFE = frozenset(["GET", "HEAD", "OPTIONS", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE"])
"""The methods that IANA's registry calls safe, but for PRI, which is no request (RFC 9113, section 11.6)."""


class NotSent(Exception):
    """A request that the auditor may not send; nothing went out.

    BudgetSpent       as many requests as were allowed have been sent
    ForeignOrigin     the URL is not of the origin that is judged
    Excluded          robots.txt excludes the URL
    NotSafe           the method may change something, and nobody has allowed that
    """


class BudgetSpent(NotSent):
    """As many requests as were allowed have been sent."""


class ForeignOrigin(NotSent):
    """The URL is not of the origin that is judged, or it is no absolute URL of HTTP at all."""


class Excluded(NotSent):
    """What robots.txt excludes is not asked for (RFC 9309)."""


class NotSafe(NotSent):
    """The method is not safe (RFC 9110, section 9.2.1), and the audit may only read."""


class Budget:
    """How many requests may be sent, and how many have been."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.spent = 0

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return max(0, self.most - self.spent)

    def spend(self) -> None:
        """Count one request; raises BudgetSpent when there is none left."""
        if not self.left:
            raise BudgetSpent(f"{self.most} requests were allowed, and all have been sent.")
        self.spent += 1


class Pace:
    """At most `per_second` requests a second, evenly, by a clock that nobody sets."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0:
            raise ValueError(f"A pace is more than 0 requests a second, not {per_second}.")
        self.interval = 1 / per_second
        self.clock = clock
        self.sleep = sleep
        self._next = clock()

    def keep(self) -> None:
        """Wait until the next request may be sent. Time that went by unused is not made up for."""
        now = self.clock()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(self._next, now) + self.interval

    def rest(self, seconds: float) -> None:
        """Wait as long as the server has asked for."""
        if seconds > 0:
            self.sleep(seconds)


def retry_after(value: str, now: float) -> float | None:
    """How many seconds a Retry-After field asks to wait from `now`, a Unix time; None when it says nothing valid.

    Either seconds or a date (RFC 9110, section 10.2.3); a date that has passed asks for 0.
    """
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,15}", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        utc = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, utc.timestamp() - now)
    except (ValueError, OverflowError):
        return None
