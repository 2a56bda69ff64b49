"""The walk of a request through the decisions, from the first row to an ending.

`admit` takes a request as far as it can come before the store is asked for what is addressed, `act` takes it from
there to its end, and may do so again. What a question asks of the method, of the kind of address and of the resource
alone has the same answer for every request that has them in common. Such rows are left out of the walk, once for
these; `restwell trace` shows them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ..data.store_errors import StoreError
from ..http.problems import Conflict, Problem, ServerError, Unavailable
from ..model.resource import Declaration
from ..surface.addresses import Address
from . import changes as change
from . import questions as ask
from . import steps as do
from .decisions import TABLE, Decision, Finish, RefuseWith, Step, describe, exits, refuse
from .phases import Admitted, Arrived, Asked
from .races import one_at_a_time
from .store_errors import as_problem

Question = Callable[[Any], Any]
AGAIN, FAILED = Finish("again"), refuse(ServerError)
PATIENCE = 2.0
"""Seconds for which a change is tried again when others change the same thing meanwhile."""
KEEP_CHANGING, SOON = "Others keep changing this; ask again in a moment.", (("Retry-After", "1"),)


class Ended(NamedTuple):
    """How a request ended and at which phase; for a refusal with the problem, or with an error that nobody foresaw.

    The ending is None for a rehearsal that has come to the change. `row` is where the walk was by then.
    """

    x: Asked
    ending: Finish | RefuseWith | None
    error: Exception | None = None
    row: str = ""


OF_TARGET = (
    ask.is_known_method, ask.is_a_probe, ask.is_an_address, ask.is_spelled_otherwise, ask.asks_for_options,
    ask.asks_for_liveness, ask.asks_for_readiness, ask.is_reading, change.is_deleting,
)  # fmt: skip
"""The questions that need nothing else."""


def _would_create(x: Asked) -> bool:
    return x.kind == "item" and ask.would_create_here(x)


def _needs_no_condition(x: Asked) -> bool | None:
    return None if ask.changes_guarded(x) else True


def _carries_content(x: Asked) -> bool | None:
    return ask.carries_content(x) if x.method not in ask.CARRYING or ask.needs_content(x) else None


def _is_from_a_form(x: Asked) -> bool | None:
    return None if x.kind == "collection" and x.method in ask.READING else False


FORESEEN: dict[Question, Callable[[Asked], bool | None]] = {
    **{question: question for question in OF_TARGET},
    ask.carries_content: _carries_content,
    ask.supports_method: ask.supports_method,
    ask.may_try_a_credential: lambda x: None if x.setting.limiter.refused else True,
    ask.is_counted: ask.is_counted,
    ask.may_change_now: lambda x: None if x.method in ask.CHANGING else True,
    ask.is_from_a_form: _is_from_a_form,
    ask.would_create_here: _would_create,
    ask.may_do_exactly_this: lambda x: True if x.method != "PUT" else None,
    ask.may_do_it_with_this: lambda x: True if ask.is_of_every_item(x) else None,
    change.may_become_this: lambda x: True if ask.is_of_every_item(x) else None,
    ask.is_as_conditional_as_required: _needs_no_condition,
    ask.may_be_led_on: lambda x: None if x.kind == "item" and x.resource.whole.renameable else False,
    ask.is_at_its_address: lambda x: None if x.kind == "item" and can_be_elsewhere(x.resource.whole) else True,
}
"""What method, kind of address and resource say to a question; None where the rest of the request is asked."""


def can_be_elsewhere(resource: Declaration) -> bool:
    """Whether an item may be found by another address than its own: by a former one, or another spelling."""
    return bool(resource.renameable) or resource.has_stored_spelling


class _Node:
    """A row with its exits found: what the walk follows. A step leads on to `yes`, whatever it makes.

    The walk stops where nothing is asked: at an ending, or before a row.
    """

    __slots__ = ("act", "ending", "failed", "name", "no", "test", "yes")

    def __init__(self, name: str, ending: Finish | RefuseWith | None = None) -> None:
        self.name = name
        self.ending = ending
        self.test: Question | None = None
        self.act: Question | None = None
        self.yes: _Node = self
        self.no: _Node = self
        self.failed: _Node = self


class Way(NamedTuple):
    """Where the walk goes on once a request is routed, and once it is admitted."""

    routed: _Node
    admitted: _Node


def _link(target: Asked | None = None, told: Callable[[str, Question], Question | None] | None = None) -> Way:
    """The way through the table; for a target without the rows that it answers itself.

    `told` gives what is to be asked in place of what a row asks; None where the walk is to stop.
    """
    nodes = {row.name: _Node(row.name) for row in TABLE}
    admitted = nodes[ADMITTED]

    def leads_to(way: str | Finish | RefuseWith) -> _Node:
        return nodes[way] if isinstance(way, str) else _Node(describe(way), way)

    for place in reversed(range(len(TABLE))):  # every exit points down, where what is left out is known
        row = TABLE[place]
        node, ways = nodes[row.name], [leads_to(way) for way in exits(place)]
        node.yes, node.no = ways[0], ways[-1]
        asks: Question = row.act if isinstance(row, Step) else row.test
        asked = asks if told is None else told(row.name, asks)
        if isinstance(row, Step):
            node.act, node.failed = asked, leads_to(row.refused or FAILED)
        else:
            node.test, node.failed = asked, node.no
            answer = _foreseen(row, target)
            if answer is not None:
                nodes[row.name] = node.yes if answer else node.no
        if node is admitted:
            nodes[ADMITTED] = _Node(ADMITTED)  # where nothing is asked: the rows before it lead no further
    return Way(nodes[TABLE[1].name], admitted)


def _foreseen(row: Decision, target: Asked | None) -> bool | None:
    foresee = FORESEEN.get(row.test) if target is not None else None
    return None if foresee is None or target is None else foresee(target)


ROUTE, ADMITTED, CHANGING = TABLE[0].name, "look up", "carry out"
"""The row that every request begins with, the one before which it is admitted, and the one that changes anything."""


EVERY_ROW = _link()


def admit(arrived: Arrived, way: Way | None = None) -> Admitted | Ended:
    """A request as far as it comes before the store is asked for what it addresses, or how it ended before."""
    x = do.find_address(arrived)
    way = way or x.setting.starts.get((x.method, x.kind, x.address.resource, x.address.operation)) or _start(x)
    admitted: Any
    admitted, node, error = _walk(x, way.routed)
    return admitted if node.ending is None else Ended(admitted, node.ending, error)


def act(admitted: Admitted, way: Way | None = None) -> Ended:
    """What becomes of a request that is admitted.

    Where others have changed meanwhile what it changes, it waits in line for up to PATIENCE, and is looked up again,
    once at least and for what is left of that.
    """
    if way is None:
        address = admitted.address
        target = (admitted.method, admitted.kind, address.resource, address.operation)
        way = admitted.setting.starts.get(target, EVERY_ROW)
    met, node, error = _walk(admitted, way.admitted)
    if node.ending == AGAIN:
        end = time.monotonic() + PATIENCE
        with one_at_a_time(admitted.address, PATIENCE) as came:
            goes_on = came
            while goes_on and node.ending == AGAIN:
                was_taken = change.may_be_taken_unseen(met)
                met, node, error = _walk(admitted, way.admitted)
                goes_on = time.monotonic() < end
                if was_taken and change.may_be_taken_unseen(met):
                    return Ended(met, refuse(Conflict), change.taken(met))
        if node.ending == AGAIN:
            return Ended(met, FAILED, Unavailable(KEEP_CHANGING, headers=SOON))
    return Ended(met, node.ending, error, node.name)


def _walk(x: Asked, node: _Node) -> tuple[Asked, _Node, Exception | None]:
    """Follow the rows to where nothing is asked: the phase that was reached, the row or ending, and the error."""
    try:
        while True:
            while (test := node.test) is not None:
                node = node.yes if test(x) else node.no
            if node.act is None:
                break
            x, node = node.act(x), node.yes
    except (Problem, StoreError) as error:
        return x, node.failed, as_problem(error)
    except Exception as error:  # noqa: BLE001 - the service tells of it, and what was known of the request
        return x, _Node(node.name, FAILED), error
    if isinstance(node.ending, RefuseWith):
        return x, node, node.ending.problems[0]()
    return x, node, None


def _start(x: Asked) -> Way:
    """Where the walk goes on; it is kept for methods that are known, of which there are few."""
    if x.method not in ask.KNOWN_METHODS:
        return EVERY_ROW
    resource, operation = x.address.resource, x.address.operation
    about = Asked.about(x.method, Address(x.kind, "", resource, operation=operation))
    about.setting = x.setting
    way = x.setting.starts[x.method, x.kind, resource, operation] = _link(about)
    return way


class TraceStep(NamedTuple):
    """One row as a request met it; `answer` is None for a step that was done."""

    name: str
    answer: bool | None


def recording(steps: list[TraceStep]) -> Way:
    """The way of a rehearsal: every row tells `steps` what became of it, and no change is carried out."""

    def told(name: str, asks: Question) -> Question | None:
        return None if name == CHANGING else _telling(name, asks, steps)

    return _link(told=told)


def _telling(name: str, asks: Question, steps: list[TraceStep]) -> Question:
    """What a row asks, with a note of what came of it."""

    def asking(x: Asked) -> Any:
        try:
            answer = asks(x)
        except (Problem, StoreError):
            steps.append(TraceStep(name, False))
            raise
        steps.append(TraceStep(name, answer if isinstance(answer, bool) else None))
        return answer

    return asking
