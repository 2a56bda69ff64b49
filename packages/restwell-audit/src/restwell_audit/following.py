"""What following a link shows: whether it is dead, cannot be judged by reading, or leads to what has no end."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .exchanges import Exchange

WAITS = frozenset(["follow", "longpoll", "long_poll", "poll", "stream", "tail", "wait", "watch"])
"""Parameters by which a server is asked to answer when something happens, and segments of paths that say so."""
FEEDS = frozenset(["continuous", "eventsource", "longpoll"])
"""Values of the parameter `feed` (CouchDB)."""
OFF = frozenset(["0", "false", "no", "off"])
_SEPARATOR = re.compile(r"[-.]")


def is_dead(exchange: Exchange | None) -> bool:
    """Whether there is nothing at the target of a link, by its response to GET: 404, 410 or a failure of the server.

    401 and 403 ask for a credential, 405 and 501 for another method, and Retry-After for time.
    """
    return exchange is not None and (exchange.is_gone or has_failed(exchange))


def has_failed(exchange: Exchange) -> bool:
    """Whether a server failed, other than by not having a method, or for a time that it names."""
    return exchange.status >= 500 and exchange.status != 501 and exchange.header("retry-after") is None


class Reason(NamedTuple):
    """Why the target of a link was not read, of one and of several."""

    one: str
    several: str


CREDENTIAL = Reason("needs a credential", "need a credential")
REFUSAL = Reason("refuses GET", "refuse GET")
STREAM = Reason("is a stream", "are streams")
SILENCE = Reason("did not answer in time or completely", "did not answer in time or completely")
LATER = Reason("asks to come again later", "ask to come again later")
BY_STATUS = {401: CREDENTIAL, 403: CREDENTIAL, 405: REFUSAL, 501: REFUSAL, 429: LATER, 503: LATER}


def why_unread(exchange: Exchange) -> Reason | None:
    """Why the target of a link was not read although it is not dead; None if it was."""
    if exchange.endless:
        return STREAM
    if exchange.error or not exchange.status:
        return SILENCE
    if exchange.status < 400 or exchange.status in BY_STATUS:
        return BY_STATUS.get(exchange.status)
    return Reason(f"was answered with {exchange.status}", f"were answered with {exchange.status}")


def may_wait(url: str) -> bool:
    """Whether a URL says that the server answers when something happens: `?watch=true`, `/events/stream`."""
    parts = urlsplit(url)
    named = _SEPARATOR.sub("", parts.path.rstrip("/").rpartition("/")[2].lower())
    asked = parse_qsl(parts.query[:2000], keep_blank_values=True)
    return named in WAITS or any(
        (name.lower() in WAITS and value.lower() not in OFF) or (name == "feed" and value in FEEDS)
        for name, value in asked
    )
