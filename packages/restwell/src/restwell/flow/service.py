"""respond(request) -> response: admit the request, act on it, represent what came of it, say how long it took.

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
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qsl

from ..data.outcomes import Outcome
from ..data.plans import Plan
from ..data.store_errors import StoreError
from ..data.units import Result, Unit
from ..http.dates import format_date
from ..http.keeping import kept
from ..http.limits import MAX_METHOD, MAX_TARGET
from ..http.masking import masked
from ..http.messages import Headers, Request, Response
from ..http.origin import WARNINGS
from ..http.problems import Forbidden, InvalidCredential, MisdirectedRequest, Problem, ServerError
from ..http.unread import has_content, leave_unread
from ..model.conditions import TRUE
from ..observe.events import Answered, Listener
from ..observe.logs import printable
from ..surface.addresses import Address
from . import answers
from .decisions import Finish, RefuseWith, describe
from .phases import Admitted, Arrived, Asked, Done, Known, Met
from .refusing import refusal
from .setting import Setting
from .store_errors import as_problem
from .walking import CHANGING, ROUTE, Ended, TraceStep, Way, act, admit, recording

log = logging.getLogger("restwell")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
REFUSED = RefuseWith((Problem,))
APART = (InvalidCredential, Forbidden)
"""Refusals that depend on keys, or on items, that the caller may not meet."""
MAX_NAMES, MAX_NAME = 20, 50
"""Names of parameters that are logged, and characters of each."""


Failed = Callable[[Exception], None]
"""Is told of an error that nobody foresaw."""


def ignore(_: Exception) -> None:
    """Leave an error to the answer that says so."""


class Traced(NamedTuple):
    """The decisions that a request takes, where they end, in words, and the phase that it came to."""

    steps: list[TraceStep]
    ending: str
    x: Asked


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
        identifier = self._identifier(request)
        ended, response = self._answer(request, address, identifier)
        if response is None:
            response = self._unforeseen(ended, identifier, failed)
        x = ended.x
        if request.method == "HEAD":
            response = answers.without_content(response)
        if response.status >= 300 and not x.content.text and has_content(request):
            response = leave_unread(request, response, known=self._is_known(x))
        seconds = time.perf_counter() - started
        self._tell(x, identifier, response, seconds)
        headers = (*response.headers, *self._closing(ended, identifier, seconds))
        return Response(response.status, headers, response.body)

    def admit(self, request: Request, address: Address | None = None, way: Way | None = None) -> Admitted | Ended:
        """A request as far as it comes before the store is asked for what it addresses, or how it ended before."""
        return admit(Arrived(request, self.setting, address), way)

    act = staticmethod(act)

    def trace(self, request: Request) -> Traced:
        """The decisions that a request takes, up to the change that it would make, and where they end."""
        steps = [TraceStep(ROUTE, None)]
        way = recording(steps)
        admitted = self.admit(request, way=way)
        ended = admitted if isinstance(admitted, Ended) else self.act(admitted, way)
        if isinstance(ended.error, Problem):
            return Traced(steps, describe(RefuseWith((type(ended.error),))), ended.x)
        if ended.error is not None:
            raise ended.error
        if ended.ending is None:
            return Traced([*steps, TraceStep(CHANGING, None)], "the change is made", ended.x)
        return Traced(steps, describe(ended.ending), ended.x)

    def _answer(self, request: Request, address: Address, identifier: str) -> tuple[Ended, Response | None]:
        """How a request ended, and the response; None for what nobody foresaw.

        What fails with something that is stored is done again, every value held against its kind. No change is.
        """
        admitted = admit(Arrived(request, self.setting, address, identifier))
        ended, response = self._written(admitted if isinstance(admitted, Ended) else act(admitted))
        if (
            response is None
            and isinstance(x := ended.x, Met)
            and x.shows_rows
            and not (x.wholly or _has_changed(ended))
        ):
            return self._written(act(Admitted(x, x.format, wholly=True)))
        return ended, response

    def _written(self, ended: Ended) -> tuple[Ended, Response | None]:
        """The response for how a request ended, or how writing it ended; None for what nobody foresaw."""
        x, ending, error, _ = ended
        if isinstance(ending, Finish):
            started = time.perf_counter()
            try:
                response = self.responder.write(x, ending.answer)
            except (Problem, StoreError) as refusal:
                error = as_problem(refusal)
            except Exception as unforeseen:  # noqa: BLE001 - `respond` tells of it
                error = unforeseen
            else:
                x.seconds["render"] = time.perf_counter() - started
                return ended, response
            ended = Ended(x, REFUSED, error)
        return ended, self._refusal(x, error) if isinstance(error, Problem) else None

    def _unforeseen(self, ended: Ended, identifier: str, failed: Failed) -> Response:
        """Tell of an error that nobody foresaw, and answer that it happened."""
        error, request = ended.error, ended.x.request
        where = f"{request.method[:MAX_METHOD]} {printable(masked(request.path_sent or request.path))}"
        log.error("request %s failed: %s", identifier, where, exc_info=error)
        if error is not None:
            failed(error)
        return self._refusal(ended.x, ServerError("The request id names what happened in the log."))

    def _refusal(self, x: Asked, problem: Problem) -> Response:
        if isinstance(problem, MisdirectedRequest):
            WARNINGS.warn(x.request)
        return refusal(x, problem)

    def _is_known(self, x: Asked) -> bool:
        """Whether the caller has a credential that is valid, also where the refusal came before that was asked."""
        identifying = x.setting.identifying
        if x.grant.subject is not None or identifying.fields.isdisjoint(x.headers):
            return x.grant.subject is not None
        try:
            return identifying.is_known(x.request, x.base, x.setting.store.find_key)
        except Exception:  # noqa: BLE001 - the store is gone, or worse: what is being refused says so already
            return False

    def _identifier(self, request: Request) -> str:
        given = request.headers.get("x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given) and masked(given) == given:
            return given
        return f"{self._stamp}{os.getpid():x}-{next(self._numbers):x}"

    def _closing(self, ended: Ended, identifier: str, seconds: float) -> Headers:
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, format_date(now))
        x, error = ended.x, ended.error
        if isinstance(error, APART) or (isinstance(x, Known) and x.sight.rows is not TRUE):
            # Microseconds would tell of what the caller is not told: which keys there are, and which hidden items.
            timing = f"total;dur={math.ceil(1000 * seconds)}"
        else:
            timing = ""
            for stage, spent in x.seconds.items():
                timing += f"{stage};dur={1000 * spent:.3f}, "
            timing += f"total;dur={1000 * seconds:.3f}"
        return (*x.quotas, ("Server-Timing", timing), ("X-Request-Id", identifier), ("Date", self._date[1]))

    def _tell(self, x: Asked, identifier: str, response: Response, seconds: float) -> None:
        request = x.request
        names = parameter_names(request.query) if request.query else ()
        event = Answered(
            identifier,
            request.method,
            request.path_sent or request.path,
            x.address,
            names,
            response.status,
            x.grant.subject,
            seconds,
            x.seconds,
        )
        for listener in self.listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed at request %s", identifier)


def _has_changed(ended: Ended) -> bool:
    """Whether a change was made, or was tried: code of an application may have been called for it."""
    return ended.row == CHANGING or isinstance(ended.x, Done)


class Closed:
    """A store that could not be opened: whatever is asked of it is refused with what came of opening it."""

    def __init__(self, error: StoreError) -> None:
        self.error = error

    def _refuse(self) -> NoReturn:
        raise copy(self.error)  # each request has its own traceback

    calls = None
    """None are made: they are in the store."""

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

    def paused_for(self) -> float:
        self._refuse()

    def look_up(self, plan: Plan) -> Outcome:  # noqa: ARG002 - as a store has it
        self._refuse()

    def carry_out(self, unit: Unit) -> Result:  # noqa: ARG002 - as a store has it
        self._refuse()

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:  # noqa: ARG002 - as a store has it
        self._refuse()


@kept(128 * 1024)
def parameter_names(query: str) -> tuple[str, ...]:
    """The names of the first parameters of a query, each once; never their values."""
    first = "&".join(query[:MAX_TARGET].split("&", MAX_NAMES)[:MAX_NAMES])
    return tuple(dict.fromkeys(masked(name)[:MAX_NAME] for name, _ in parse_qsl(first, keep_blank_values=True)))
