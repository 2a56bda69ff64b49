"""respond(request) -> response: walk the decisions, represent the outcome, say how long it took.

Neither Flask nor WSGI is known here: `web/flask/fast_path.py` and `web/flask/view.py` ask this.
"""

from __future__ import annotations

import itertools
import logging
import math
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from ..data.outcomes import Outcome
from ..data.plans import Plan
from ..data.store_errors import StoreError
from ..http.dates import format_date
from ..http.keeping import kept
from ..http.limits import MAX_METHOD, MAX_TARGET
from ..http.masking import masked
from ..http.messages import Headers, Request, Response
from ..http.origin import WARNINGS
from ..http.problems import InvalidCredential, MisdirectedRequest, Problem, ServerError, Unavailable
from ..http.unread import has_content, leave_unread
from ..observe.events import Answered, Listener
from ..observe.logs import printable
from ..surface.addresses import Address
from . import answers
from .decisions import Finish, Refuse, describe
from .exchange import Exchange, Setting
from .questions import grant_of
from .store_errors import as_problem
from .walking import TraceStep, rehearse, walk

log = logging.getLogger("restwell")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
AGAIN = Finish("again")
MAX_NAMES, MAX_NAME = 20, 50
"""Names of parameters that are logged, and characters of each."""
PATIENCE = 2.0
"""Seconds for which a change is tried again when others change the same thing meanwhile."""


Failed = Callable[[Exception], None]
"""Is told of an error that nobody foresaw."""


def ignore(_: Exception) -> None:
    """Leave an error to the answer that says so."""


class Service:
    """Answers requests for one API."""

    def __init__(self, setting: Setting, responder: answers.Responder, listeners: Sequence[Listener] = ()) -> None:
        self.setting = setting
        self.responder = responder
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
        except (Problem, StoreError) as error:
            response = self._refusal(x, as_problem(error))
        except Exception as error:
            method, path = request.method[:MAX_METHOD], printable(masked(request.path))
            log.exception("request %s failed: %s %s", identifier, method, path)
            failed(error)
            response = self._refusal(x, ServerError("The request id names what happened in the log."))
        if request.method == "HEAD":
            response = response._replace(body=b"")
        if response.status >= 300 and not x.content and has_content(request):
            response = leave_unread(request, response, known=self._is_known(x))
        seconds = time.perf_counter() - started
        self._tell(x, identifier, response, seconds)
        headers = (*response.headers, *self._closing(x, identifier, seconds))
        return Response(response.status, headers, response.body)

    def trace(self, request: Request) -> tuple[list[TraceStep], str]:
        """The decisions that a request takes, up to the change that it would make, and where they end, in words."""
        x = Exchange(request, self.setting.addresses.find(request.path), self.setting)
        steps, ending = rehearse(x)
        if x.problem is not None:
            return steps, describe(Refuse((type(x.problem),)))
        return steps, "the change is made" if ending is None else describe(ending)

    def _answer(self, x: Exchange) -> Response:
        """The answer; what fails with something that is stored is done again, every value held against its kind."""
        try:
            return self._answer_once(x)
        except (Problem, StoreError):
            raise
        except Exception:
            if x.wholly or x.outcome.kind not in {"found", "page"} or x.resource is None:
                raise
            return self._answer_once(x.for_retry(wholly=True))

    def _answer_once(self, x: Exchange) -> Response:
        ending = walk(x)
        if ending == AGAIN:
            x, ending = self._walk_again(x)
        if isinstance(ending, Refuse):
            return self._refusal(x, x.problem or ServerError())
        decided = time.perf_counter()
        response = self.responder.write(x, ending.answer)
        x.seconds["render"] = time.perf_counter() - decided
        return response

    @staticmethod
    def _walk_again(x: Exchange) -> tuple[Exchange, Finish | Refuse]:
        """Walk from the beginning, until nobody has changed meanwhile what the request changes."""
        started = time.monotonic()
        while time.monotonic() <= started + PATIENCE:
            x = x.for_retry()
            if (ending := walk(x)) != AGAIN:
                return x, ending
        raise Unavailable("Others keep changing this; ask again in a moment.", headers=(("Retry-After", "1"),))

    def _refusal(self, x: Exchange, problem: Problem) -> Response:
        if isinstance(problem, MisdirectedRequest):
            WARNINGS.warn(x.request)
        return self.responder.refuse(x, problem)

    def _is_known(self, x: Exchange) -> bool:
        """Whether the caller has a credential that is valid, also where the refusal came before that was asked."""
        credential = x.headers.get("authorization")
        if x.grant.caller is not None or credential is None:
            return x.grant.caller is not None
        try:
            return grant_of(x, credential) is not None
        except Exception:  # noqa: BLE001 - the store is gone, or worse: what is being refused says so already
            return False

    def _identifier(self, request: Request) -> str:
        given = request.headers.get("x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given) and masked(given) == given:
            return given
        return f"{self._stamp}{os.getpid():x}-{next(self._numbers):x}"

    def _closing(self, x: Exchange, identifier: str, seconds: float) -> Headers:
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, format_date(now))
        if isinstance(x.problem, InvalidCredential):  # microseconds would say which ids there are
            timing = f"total;dur={math.ceil(1000 * seconds)}"
        else:
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


class Closed:
    """A store that could not be opened: whatever is asked of it is refused with what came of opening it."""

    def __init__(self, error: StoreError) -> None:
        self.error = error

    def _refuse(self) -> NoReturn:
        raise copy(self.error)  # each request has its own traceback

    @property
    def secret(self) -> bytes:
        """No key: it is in the store."""
        self._refuse()

    @property
    def slow_at(self) -> float:
        """Never: nothing is asked."""
        return -math.inf

    def is_ready(self) -> bool:
        self._refuse()

    def look_up(self, plan: Plan) -> Outcome:  # noqa: ARG002 - as a store has it
        self._refuse()

    def carry_out(self, plan: Plan) -> Outcome:  # noqa: ARG002 - as a store has it
        self._refuse()

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:  # noqa: ARG002 - as a store has it
        self._refuse()


@kept(128 * 1024)
def parameter_names(query: str) -> tuple[str, ...]:
    """The names of the first parameters of a query, each once; never their values."""
    first = "&".join(query[:MAX_TARGET].split("&", MAX_NAMES)[:MAX_NAMES])
    return tuple(dict.fromkeys(masked(name)[:MAX_NAME] for name, _ in parse_qsl(first, keep_blank_values=True)))
