"""What an operation can be answered with: the endings of the decisions that it can reach.

The table is followed for one method at one address. A question that method, address and rules decide is answered
by them; every other question may be answered either way. What a store refuses by itself is in no row, and is added.
"""

from __future__ import annotations

from collections.abc import Callable

from ..data.spelling import Spelling
from ..http.problems import Conflict, Problem, ServerError, StorageFull, TooSlow, Unavailable
from ..model.policy import Operation
from ..rates.limiting import NO_LIMITS, Limiter
from ..surface.addresses import Address
from ..surface.affordances import creates, permissions_for
from ..surface.endings import Answer, Endings
from . import changes as change
from . import questions as ask
from . import steps as do
from .decisions import TABLE, Decision, Finish, RefuseWith, Step, exits
from .permissions import DESCRIPTIONS
from .phases import Asked
from .walking import FORESEEN, OF_TARGET

COUNTING = next(row.name for row in TABLE if isinstance(row, Step) and row.act is do.count)
Asking = Callable[..., object]
Exit = str | Finish | RefuseWith


def endings(method: str, address: Address, *, differs: bool = False, limiter: Limiter = NO_LIMITS) -> Endings:
    """What a request with this method for this address can end in.

    `differs`: descriptions differ by caller. `limiter` counts the requests to the API, where there are limits.
    """
    x = Asked.about(method, address)
    known = x.address.resource is not None or x.kind in ask.BY_CALLER or (differs and x.kind in DESCRIPTIONS)
    reached = {TABLE[0].name}
    answers: set[Answer] = set()
    problems: set[type[Problem]] = set()
    for place, row in enumerate(TABLE):  # every exit points down
        if row.name not in reached:
            continue
        step = row.test if isinstance(row, Decision) else row.act
        problems.update(_of_the_store(step, x, known=known))
        for way in _open_exits(place, x, limiter, known=known):
            if isinstance(way, str):
                reached.add(way)
            elif isinstance(way, Finish):
                answers.add(way.answer)
            else:
                problems.update(problem for problem in way.problems if _can_be(step, problem, x))
    return Endings(frozenset(answers), frozenset(problems), is_counted=COUNTING in reached)


def _open_exits(place: int, x: Asked, limiter: Limiter, *, known: bool) -> tuple[Exit, ...]:
    """The exits of a row that are open for what `x` is about; `known` says whether it is asked who asks."""
    row, ways = TABLE[place], exits(place)
    asked = row.test if isinstance(row, Decision) else row.act
    answer = DECIDED[asked](x) if asked in DECIDED else None
    if asked is do.identify and not known:
        answer = True
    if asked is ask.may_try_a_credential:
        answer = None if known and limiter.refused else True
    if asked is ask.is_counted:
        answer = ask.counts(limiter, x)
    return ways if answer is None else ways[:1] if answer else ways[-1:]


def _of_the_store(step: Asking, x: Asked, *, known: bool) -> set[type[Problem]]:
    """What the store may refuse in a step, beside what the row says."""
    if step is do.identify:
        return {Unavailable, TooSlow, ServerError} if known else set()
    if step is ask.store_answers:
        return {Unavailable, TooSlow, ServerError}
    if step in {do.look_up, do.look_up_former}:
        asks = x.address.resource is not None or x.kind == "me"  # for the name of a key
        return {Unavailable, TooSlow, ServerError} if asks else {ServerError}
    # A rule of the database may refuse any change: a unique index, a foreign key, a trigger of its owner.
    if step is not change.carry_out:
        return set()
    return {Unavailable, TooSlow, ServerError, StorageFull, Conflict} | (_refusals_of_hooks(x) or set())


def _can_be(step: Asking, problem: type[Problem], x: Asked) -> bool:
    """Whether a row's problem can arise here: only a JSON Patch can fail to apply to what is there."""
    if step is change.carry_out:
        return _refusals_of_hooks(x) is not None
    return not (step is change.validate and problem is Conflict and x.method != "PATCH")


def _refusals_of_hooks(x: Asked) -> set[type[Problem]] | None:
    """What hooks may refuse the change with, of the kinds that they name; None where none has a part in it."""
    own = x.resource.operations.get(x.address.operation)
    if own is not None:
        return {each for each in own.refuses if issubclass(each, Problem)}
    operations = [each for each in permissions_for(x.method, item=x.kind == "item") if each in x.resource.rules]
    found = [refused for each in operations if (refused := x.resource.hooks.may_refuse(each)) is not None]
    return {each for refused in found for each in refused if issubclass(each, Problem)} if found else None


def _rules(x: Asked, *operations: Operation) -> bool | None:
    """Whether one of these operations is open to everybody (True), to nobody (False), or to some callers (None)."""
    declared = [operation for operation in operations if operation in x.resource.rules]
    if not declared:
        return False
    return True if any(x.resource.rules[operation].is_public for operation in declared) else None


def _might_do_this(x: Asked) -> bool | None:
    if x.address.resource is None:
        return True
    return _rules(x, *permissions_for(x.method, item=x.kind == "item", operation=x.address.operation))


def _is_an_address(x: Asked) -> bool | None:
    return None if x.address.name else True


def _is_spelled_otherwise(x: Asked) -> bool | None:
    return None if x.kind == "item" and x.resource.identity.kind.has_two_cases else False


def _may_do_exactly_this(x: Asked) -> bool | None:
    return _rules(x, "update") if x.method == "PUT" else True


def _creates(x: Asked) -> bool | None:
    return False if x.address.operation else creates(x.resource, x.method)


def _has_unique_values(x: Asked) -> bool:
    """Whether a value beside the identity may be there once. What a database's owner adds is not known here."""
    return x.method != "DELETE" and (bool(x.resource.unique) or any(spec.marks.unique for spec in x.resource.fields))


def _renames(x: Asked) -> bool:
    """Whether the request may give an item that is there another identity."""
    is_update = x.address.operation or (x.method in {"PATCH", "PUT"} and "update" in x.resource.rules)
    return x.kind == "item" and bool(is_update) and bool(x.resource.renameable)


def _was_the_identity_taken(x: Asked) -> bool | None:
    if _creates(x) is False and not _renames(x):
        return False
    return None if _has_unique_values(x) else True


def _is_addressed_itself(x: Asked) -> bool | None:
    return None if _renames(x) and _creates(x) is None else x.kind == "item" and not _renames(x)


def _may_be_led_on(x: Asked) -> bool | None:
    return None if x.kind == "item" and x.resource.renameable and "read" in x.resource.rules else False


def _is_at_its_address(x: Asked) -> bool | None:
    if x.kind != "item":
        return True
    return None if _may_be_led_on(x) is None or x.resource.whole.compiled[Spelling].is_loose else True


def _is_as_conditional_as_required(x: Asked) -> bool | None:
    return None if ask.changes_guarded(x) and _creates(x) is not True else True


DECIDED: dict[Asking, Callable[[Asked], bool | None]] = {
    # by method, address and declaration, as the question itself is
    **{question: question for question in (*OF_TARGET, ask.supports_method, ask.would_create_here)},
    ask.carries_content: FORESEEN[ask.carries_content],
    ask.may_change_now: FORESEEN[ask.may_change_now],
    ask.is_from_a_form: FORESEEN[ask.is_from_a_form],
    ask.is_available: lambda x: True if x.kind == "live" else None,
    ask.is_our_host: lambda x: True if x.kind in {"live", "ready"} else None,
    ask.is_an_address: _is_an_address,
    ask.is_spelled_otherwise: _is_spelled_otherwise,
    ask.might_do_this: _might_do_this,
    ask.exists: lambda x: None if x.kind == "item" else True,
    ask.may_create: lambda x: _rules(x, "create"),
    ask.may_do_exactly_this: _may_do_exactly_this,
    ask.may_do_it_with_this: lambda x: True if ask.is_of_every_item(x) else None,
    ask.can_be_shown: lambda x: None if x.kind == "item" and x.method not in {"PUT", "DELETE"} else True,
    ask.can_be_replaced: lambda x: creates(x.resource, "PUT") is not True,
    ask.is_as_conditional_as_required: _is_as_conditional_as_required,
    change.changes_anything: lambda x: True if x.address.operation else _creates(x) or None,
    ask.may_be_led_on: _may_be_led_on,
    ask.is_at_its_address: _is_at_its_address,
    change.every_value_was_free: lambda x: (
        None if _creates(x) is not False or _renames(x) or _has_unique_values(x) else True
    ),
    change.was_the_identity_taken: _was_the_identity_taken,
    change.is_addressed_itself: _is_addressed_itself,
    change.was_still_the_same: lambda x: True if _creates(x) is True else None,
    change.was_deleted: lambda x: x.method == "DELETE",
    change.was_created: _creates,
    change.may_become_this: lambda x: True if ask.is_of_every_item(x) else None,
    change.wants_little: lambda x: (False if x.resource.shows_once else None) if "read" in x.resource.rules else True,
}
"""What the method, the address and the rules say to a question: None when it may be answered either way."""
