"""Limits that protect the audited server: a budget of requests, their rate, and Retry-After. Sends nothing itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

from .counting import counted

AGENT = "restwell-audit"
"""The product token of the auditor, for robots.txt and logs (RFC 9309, section 2.2.1)."""
VIA = f"1.1 {AGENT}"
"""By this the intermediary of the auditor says that a message went through it (RFC 9110, section 7.6.3)."""
SAFE = frozenset(["GET", "HEAD", "OPTIONS", "PROPFIND", "TRACE"])
"""The methods that an audit sends while it only reads: safe ones, by RFC 9110, section 9.2.1, and RFC 4918.

Others that IANA's registry lists as safe, such as REPORT and SEARCH, are not needed, and a server that knows none of
them may take one for POST.
"""


PER_SECOND = 50.0
"""Requests a second, unless told otherwise, to a server that is not on this machine."""
LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])


class NotSent(Exception):
    """A request was not sent, since the auditor may not send it.

    BudgetSpent       all allowed requests have been sent
    ForeignOrigin     the URL is not on the origin that is audited
    Excluded          robots.txt excludes the URL
    NotSafe           the method is not safe, and the audit only reads
    """


class BudgetSpent(NotSent):
    """All allowed requests have been sent."""


class ForeignOrigin(NotSent):
    """The URL is not on the origin that is audited, or is not an absolute http or https URL."""


class Excluded(NotSent):
    """robots.txt excludes the URL (RFC 9309)."""


class NotSafe(NotSent):
    """The method is not safe (RFC 9110, section 9.2.1), and the audit only reads."""


class Budget:
    """The number of requests that may be sent, and of those that have been sent."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.spent = 0

    @property
    def left(self) -> int:
        """The number of requests that may still be sent."""
        return max(0, self.maximum - self.spent)

    def spend(self) -> None:
        """Count one request; raises BudgetSpent when there is none left."""
        if not self.left:
            whole = counted(self.maximum, "!The one allowed request has", "All # allowed requests have")
            raise BudgetSpent(f"{whole} been sent.")
        self.spent += 1


class Pace:
    """At most `per_second` requests a second, evenly spaced, by the monotonic clock."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0:
            raise ValueError(f"The rate has to be more than 0 requests a second, not {per_second}.")
        self.interval = 1 / per_second
        self.clock = clock
        self.sleep = sleep
        self._next = clock()

    def keep(self) -> None:
        """Wait until the next request may be sent. Unused time is not made up for by faster requests."""
        now = self.clock()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(self._next, now) + self.interval

    def rest(self, seconds: float) -> None:
        """Wait for a number of seconds."""
        if seconds > 0:
            self.sleep(seconds)


def usual_rate(host: str) -> float:
    """The requests a second that a host is sent unless told otherwise.

    One's own machine needs no pauses: it is asked one request after the other, so that its speed sets the rate.
    """
    return float("inf") if host in LOOPBACK else PER_SECOND


def retry_after(value: str, now: float) -> float | None:
    """The seconds to wait from `now`, a Unix time, according to a Retry-After field; None for an invalid value.

    The value is a number of seconds or a date (RFC 9110, section 10.2.3); a date in the past gives 0.
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
