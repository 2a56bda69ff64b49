"""respond(request) -> response: walk the decisions, represent the outcome, say how long it took.

Neither Flask nor WSGI is known here: `front.py` and `web/view.py` ask this.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl

from . import answers
from .addresses import Address
from .decisions import Finish, Refuse, Step, describe, rehearse, walk
from .exchange import Exchange, Setting
from .freshness import format_date
from .messages import Headers, Request, Response, read_fully
from .observe.events import Answered, Listener
from .problems import Problem, ServerError, Unavailable

log = logging.getLogger("restwell")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
MOST_DISCARDED = 1024 * 1024
"""Bytes of refused content that are read for the sake of the connection."""
AGAIN = Finish("again")
PATIENCE = 2.0
"""Seconds for which a change that named no state is tried again when others change the same thing."""


Failed = Callable[[Exception], None]
"""Is told of an error that nobody foresaw."""


def ignore(_: Exception) -> None:
    """Leave an error to the answer that says so."""


class Service:
    """Answers requests for one API."""

    def __init__(self, setting: Setting, book: answers.Book, listeners: Sequence[Listener] = ()) -> None:
        self.setting = setting
        self.book = book
        self.listeners = tuple(listeners)
        self._numbers = itertools.count(1)
        self._stamp = os.urandom(6).hex()
        self._date = (0, "")

    def respond(self, request: Request, address: Address, failed: Failed = ignore) -> Response:
        """The response to a request for an address.

        The unforeseen is logged, told to `failed`, which may raise it, and answered with 500.
        """
        started = time.perf_counter()
        x = Exchange(request, address, self.setting)
        identifier = self._identifier(request)
        try:
            response = self._answer(x)
        except Problem as problem:
            response = self._refusal(x, problem)
        except Exception as error:
            log.exception("request %s failed: %s %s", identifier, request.method, request.path)
            failed(error)
            response = self._refusal(x, ServerError("The request id names what happened in the log."))
        if response.status >= 400 and not x.content and request.headers.get("content-length", "0") != "0":
            response = leave_unread(x, response)
        seconds = time.perf_counter() - started
        self._tell(x, identifier, response, seconds)
        headers = (*response.headers, *self._closing(x, identifier, seconds))
        return Response(response.status, headers, b"" if request.method == "HEAD" else response.body)

    def trace(self, request: Request) -> tuple[list[Step], str]:
        """The decisions that a request takes, up to the change that it would make, and where they end, in words."""
        x = Exchange(request, self.setting.addresses.find(request.path), self.setting)
        steps, ending = rehearse(x)
        if x.problem is not None:
            return steps, describe(Refuse((type(x.problem),)))
        return steps, "the change is made" if ending is None else describe(ending)

    def _answer(self, x: Exchange) -> Response:
        started = time.monotonic()
        while (ending := walk(x)) == AGAIN:
            if time.monotonic() > started + PATIENCE:
                raise Unavailable(
                    "Others keep changing this; ask again in a moment.", headers=(("Retry-After", "1"),)
                )
            x = x.afresh()
        if isinstance(ending, Refuse):
            return self._refusal(x, x.problem or ServerError())
        decided = time.perf_counter()
        response = self.book.write(x, ending.answer)
        x.seconds["render"] = time.perf_counter() - decided
        return response

    def _refusal(self, x: Exchange, problem: Problem) -> Response:
        return self.book.refuse(x, problem)

    def _identifier(self, request: Request) -> str:
        given = request.headers.get("x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given):
            return given
        return f"{self._stamp}{os.getpid():x}-{next(self._numbers):x}"

    def _closing(self, x: Exchange, identifier: str, seconds: float) -> Headers:
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, format_date(now))
        stages = [f"{name};dur={1000 * spent:.3f}" for name, spent in x.seconds.items()]
        timing = ", ".join([*stages, f"total;dur={1000 * seconds:.3f}"])
        return (("Server-Timing", timing), ("X-Request-Id", identifier), ("Date", self._date[1]))

    def _tell(self, x: Exchange, identifier: str, response: Response, seconds: float) -> None:
        request = x.request
        names = parameter_names(request.query) if request.query else ()
        event = Answered(
            identifier,
            request.method,
            request.path,
            x.address,
            names,
            response.status,
            x.grant.caller,
            seconds,
            x.seconds,
        )
        for listener in self.listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed at request %s", identifier)


def leave_unread(x: Exchange, response: Response) -> Response:
    """A refusal of content that was not read, so that the client sees it (RFC 9112, section 9.6).

    A server ends a connection on which unread content waits. Content that is not much is read and thrown away for
    a caller who is known, and while the store is gone, when nobody can be; a stranger could keep us waiting
    for the rest, so that there the connection ends, and the response says so.
    """
    headers = x.request.headers
    length = headers.get("content-length", "")
    little = length.isdecimal() and int(length) <= MOST_DISCARDED and "expect" not in headers
    if little and (x.grant.caller is not None or response.status == 503):
        with contextlib.suppress(Problem):  # it is gone already
            read_fully(x.request.body, int(length))
        return response
    if x.request.may_close:
        return response._replace(headers=(*response.headers, ("Connection", "close")))
    return response


@lru_cache(1024)
def parameter_names(query: str) -> tuple[str, ...]:
    """The names of the parameters of a query, each once; never their values."""
    return tuple(dict.fromkeys(name[:50] for name, _ in parse_qsl(query, keep_blank_values=True)))
