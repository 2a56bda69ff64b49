"""The walk of a request through the decisions, from the first row to an ending.

What a question asks of the method, of the kind of address and of the resource alone has the same answer for every
request that has them in common. Such rows are left out of the walk, once for these; `restwell trace` shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from ..data.store_errors import StoreError
from ..http.problems import Problem, ServerError
from ..model.resource import Declaration
from . import changes as change
from . import questions as ask
from .decisions import TABLE, Decision, Finish, Refuse, Step, describe, exits, refuse
from .exchange import Exchange
from .store_errors import as_problem

Question = Callable[[Exchange], object]
FAILED = refuse(ServerError)


class Foreseen(NamedTuple):
    """What an exchange is about, as far as it is foreseen: asking it for anything else is an AttributeError."""

    method: str
    kind: str
    resource: Declaration | None


OF_TARGET = (
    ask.is_known_method, ask.is_a_probe, ask.is_an_address, ask.is_spelled_otherwise, ask.asks_for_options,
    ask.asks_for_liveness, ask.asks_for_readiness, ask.carries_content, ask.is_reading, change.is_deleting,
)  # fmt: skip
"""The questions that need nothing else."""


def _would_create(x: Exchange) -> bool:
    return x.kind == "item" and ask.would_create_here(x)


def _needs_no_condition(x: Exchange) -> bool | None:
    required = x.method in {"PUT", "PATCH", "DELETE"} and x.kind == "item" and x.resource.require_if_match
    return None if required else True


FORESEEN: dict[Question, Callable[[Exchange], bool | None]] = {
    **{question: question for question in OF_TARGET},
    ask.supports_method: ask.supports_method,
    ask.would_create_here: _would_create,
    ask.may_do_exactly_this: lambda x: True if x.method != "PUT" else None,
    ask.is_as_conditional_as_required: _needs_no_condition,
}
"""What method, kind of address and resource say to a question; None where the rest of the request is asked."""


class _Node:
    """A row with its exits found: what the walk follows. A step leads on whatever it says."""

    __slots__ = ("ask", "ending", "failed", "name", "no", "yes")

    def __init__(self, name: str, ending: Finish | Refuse | None = None) -> None:
        self.name = name
        self.ending = ending
        self.ask: Callable[[Exchange], object] = bool
        self.yes: _Node = self
        self.no: _Node = self
        self.failed: _Node = self


def _link(target: Foreseen | None = None) -> _Node:
    """The first row; for a target the first that it does not answer itself, and behind it none that it does."""
    nodes = {row.name: _Node(row.name) for row in TABLE}

    def leads_to(way: str | Finish | Refuse) -> _Node:
        return nodes[way] if isinstance(way, str) else _Node(describe(way), way)

    for place in reversed(range(len(TABLE))):  # every exit points down, where what is left out is known
        row = TABLE[place]
        node, ways = nodes[row.name], [leads_to(way) for way in exits(place)]
        node.yes, node.no = ways[0], ways[-1]
        if isinstance(row, Step):
            node.ask, node.no, node.failed = row.act, ways[0], leads_to(row.refused or FAILED)
            continue
        node.ask, node.failed = row.test, node.no
        answer = _foreseen(row, target)
        if answer is not None:
            nodes[row.name] = node.yes if answer else node.no
    return nodes[TABLE[0].name]


def _foreseen(row: Decision, target: Foreseen | None) -> bool | None:
    foresee = FORESEEN.get(row.test) if target is not None else None
    return None if foresee is None else foresee(cast("Exchange", target))


EVERY_ROW = _link()


def walk(x: Exchange) -> Finish | Refuse:
    """Take a request through the table to its ending. For a refusal the problem is in `x.problem`."""
    node: _Node = x.setting.starts.get((x.method, x.kind, x.resource)) or _start(x)
    try:
        while node.ending is None:
            node = node.yes if node.ask(x) else node.no
    except (Problem, StoreError) as error:
        x.problem = as_problem(error)
        node = node.failed
    return _end(x, node)


def _start(x: Exchange) -> _Node:
    """Where the walk begins; it is kept for methods that are known, of which there are few."""
    if x.method not in ask.KNOWN_METHODS:
        return EVERY_ROW
    node = x.setting.starts[x.method, x.kind, x.resource] = _link(Foreseen(x.method, x.kind, x.resource))
    return node


class TraceStep(NamedTuple):
    """One row as a request met it; `answer` is None for a step that was done."""

    name: str
    answer: bool | None


def rehearse(x: Exchange) -> tuple[list[TraceStep], Finish | Refuse | None]:
    """The rows that a request meets and its ending; None for the ending when something would be changed there."""
    node = EVERY_ROW
    steps: list[TraceStep] = []
    try:
        while node.ending is None:
            if node.ask is change.carry_out:
                return [*steps, TraceStep(node.name, None)], None
            answer = node.ask(x)
            steps.append(TraceStep(node.name, answer if isinstance(answer, bool) else None))
            node = node.yes if answer else node.no
    except (Problem, StoreError) as error:
        x.problem = as_problem(error)
        steps.append(TraceStep(node.name, False))
        node = node.failed
    return steps, _end(x, node)


def _end(x: Exchange, node: _Node) -> Finish | Refuse:
    ending = node.ending or FAILED
    if isinstance(ending, Refuse) and x.problem is None:
        x.problem = ending.problems[0]()
    return ending
