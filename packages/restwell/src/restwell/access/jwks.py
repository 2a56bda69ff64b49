"""The keys of an authorization server, fetched from where it publishes them (RFC 7517, section 5).

What a token says can bring about one fetch in 30 s at most, whatever it says. A fetch runs in a thread of its own, so
that nobody waits longer than WAIT whatever the server does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ..http.problems import Unavailable
from .claims import strict_object
from .fetching import FAULTS, WAIT, checked_url, fetched

log = logging.getLogger("restwell")
MAX_WAITING = 4
"""Requests that wait at the same time: more would take every thread of a server, for tokens that are made up."""
MAX_PARTS = 500
"""Objects and arrays in it: each key is one, and may have a few."""
INTERVAL = 30.0
"""Seconds from one fetch to the next."""
REFRESH = 300.0
"""Seconds for which keys are good before they are asked for again, which nobody waits for."""
ACCEPT = {"Accept": "application/jwk-set+json, application/json"}
NO_KEYS = "The keys of the authorization server cannot be had at the moment: try again later."


class Jwks:
    """The keys at a URL, by `kid`. `read` makes them of the members of `keys`; what it leaves out is not there.

    The last good set is kept while a fetch fails. `generation` changes when the keys do. Raises DeclarationError.
    """

    def __init__(self, url: str, read: Callable[[list[Any]], dict[str | None, Any]]) -> None:
        self.url = checked_url(url, "jwks")
        self.generation = 0
        self._read = read
        self._text = b""
        self._keys: dict[str | None, Any] | None = None
        self._lock = threading.Lock()
        self._running: threading.Thread | None = None
        self._next = self._due = -INTERVAL
        self._waiting = 0
        self._is_late = False
        """Whether keys are fetched that nobody has asked for in REFRESH since they became old: who asks now waits."""

    def find(self, kid: str | None) -> Any:
        """The key of that name, fetched if it is not known; None without it. Raises Unavailable without any keys."""
        if self._keys is None or kid not in self._keys:
            self._fetch(wait=True)
        if self._keys is None:
            raise Unavailable(NO_KEYS)
        return self._keys.get(kid)

    def renew(self) -> None:
        """Have the keys fetched again where they have become old; nobody waits, unless nobody has asked for long.

        Raises Unavailable where too many wait.
        """
        if self._keys is not None and (self._is_late or time.monotonic() >= self._due):
            self._fetch(wait=False)

    def _fetch(self, *, wait: bool) -> None:
        """Fetch the keys, unless that was done lately. Raises Unavailable where too many wait already."""
        with self._lock:
            running = self._running
            if running is None or not running.is_alive():
                now = time.monotonic()
                if now < self._next:
                    return
                self._is_late = self._keys is not None and now >= self._due + REFRESH
                self._next = self._due = now + INTERVAL
                running = self._running = threading.Thread(target=self._load, name="restwell-jwks", daemon=True)
                running.start()
            if not (wait or self._is_late):
                return
            if self._waiting >= MAX_WAITING:
                raise Unavailable(NO_KEYS)
            self._waiting += 1
        try:
            running.join(WAIT)
        finally:
            with self._lock:
                self._waiting -= 1

    def _load(self) -> None:
        try:
            self._take()
        finally:
            self._is_late = False

    def _take(self) -> None:
        """Fetch the keys, and take them where they are a set."""
        try:
            text = fetched(self.url, ACCEPT)
            given = strict_object(text, MAX_PARTS).get("keys")
            if not isinstance(given, list):
                raise ValueError("there are no keys in it")  # noqa: TRY004 - as what else is wrong with it
        except FAULTS as error:
            log.warning("the keys at %s cannot be had, %s (%s)", self.url, self._kept(), type(error).__name__)
            return
        if text != self._text:
            keys = self._read(given)
            if not keys:
                log.warning("of the keys at %s none is for this: no token is valid", self.url)
            self._text, self._keys, self.generation = text, keys, self.generation + 1
        self._due = time.monotonic() + REFRESH

    def _kept(self) -> str:
        return "and no token is valid" if self._keys is None else "and those from before are kept"
