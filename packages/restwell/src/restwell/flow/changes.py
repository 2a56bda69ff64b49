"""What the rows of the table ask of a change, and how it is carried out: from the content to what the store answers.

As in `questions.py`, a question changes nothing and says yes or no, or raises the Problem that answers it with no.
"""

from __future__ import annotations

import time
from operator import is_not
from typing import Any

from ..content import (
    checked_input,
    input_without_annotations,
    json_patch,
    merge_patch,
    to_values,
    with_identities,
    without_annotations,
)
from ..data.layout import Layout
from ..data.plans import Action, RowChange
from ..data.store_errors import Rejected
from ..data.units import Unit
from ..http import problems
from ..http.problems import FieldError
from ..model.auto import with_auto
from ..model.policy import Operation
from ..surface.references import References
from .hooking import Hooking
from .phases import Asked, Done, Met, Understood, Valid
from .states import item_state

ARRAY = "A merge patch is a JSON object; send the operations of a JSON Patch as application/json-patch+json."

STAYS = "Cannot be removed, since clients do not set it: leave it out of the patch."
MAX_SMALL = 16 * 1024
"""Bytes of content in which there cannot be too many mistakes to tell them all."""


def is_deleting(x: Asked) -> bool:
    return x.method == "DELETE"


def validate(x: Met) -> Valid:
    item = x.kind == "item"
    if x.address.operation:
        return _operated(x)
    before = x.members() if x.exists and item and not x.outcome.unread else None
    data: Any = x.content.data
    known: tuple[FieldError, ...] = ()
    if x.resource.compiled[References]:
        data, known = with_identities(x.resource, data, x.content.media_type, x.base)
    wanted = to_values(
        x.resource,
        _asked_for(x, data, before),
        identity=x.address.name if item else None,
        current=before,
        fixed=_kept(x) if x.outcome.unread else None,
        # A JSON Patch may copy what is large.
        large=len(x.content.text) > MAX_SMALL or x.content.is_json_patch,
        known=known,
    )
    return Valid(x, wanted, before)


def _operated(x: Met) -> Valid:
    """The item as it is, which an operation of the application's own is to change, and what that was given."""
    own, given = x.resource.operations[x.address.operation], None
    if own.shape is not None:
        given = checked_input(own.shape, input_without_annotations(own, x.content.data, x.content.media_type))
    members = x.members()
    values = {spec.name: members[spec.name] for spec in x.resource.whole.fields}
    return Valid(x, values, members, given)


def _kept(x: Met) -> dict[str, Any]:
    """The read-only members of an item that is replaced since some of it cannot be read, as far as they can be."""
    unread = {name for row in x.outcome.unread for name in row.members}
    members = x.values()
    return {
        spec.name: members[spec.name]
        for spec in (*x.resource.read_only, *x.resource.hidden)
        if not spec.is_computed and spec.name not in unread
    }


def _asked_for(x: Met, data: Any, now: dict[str, Any] | None) -> Any:
    """What the content asks the resource to become."""
    if x.method == "PATCH":
        return _patched(x, data, {name: value for name, value in (now or {}).items() if name in x.resource.names})
    return without_annotations(x.resource, data, x.content.media_type)


def _patched(x: Met, data: Any, now: dict[str, Any]) -> Any:
    """What a patch makes of the item. Raises InvalidContent where it takes something away that stays."""
    if x.content.is_json_patch:
        wanted = json_patch(now, data, max_bytes=x.resource.max_body, model=x.resource.content)
    elif isinstance(data, list):
        error = problems.FieldError("", "Must be a JSON object.", "model_type")
        raise problems.InvalidContent(ARRAY, errors=(error,))
    else:
        wanted = merge_patch(now, without_annotations(x.resource, data, x.content.media_type), x.resource.content)
    if isinstance(wanted, dict) and not now.keys() <= wanted.keys():
        staying = [
            spec.name for spec in (*x.resource.identifying, *x.resource.read_only) if now.get(spec.name) is not None
        ]
        errors = [FieldError(f"/{name}", STAYS, "read_only") for name in staying if name not in wanted]
        if errors:
            raise problems.InvalidContent(errors=tuple(errors))
    return wanted


def changes_anything(x: Valid) -> bool:
    before = x.before
    return (
        bool(x.address.operation) or before is None or any(map(is_not, x.wanted.values(), map(before.get, x.wanted)))
    )


def carry_out(x: Met) -> Done:
    started = time.perf_counter()
    try:
        outcome = x.setting.store.carry_out(_unit(x)).outcomes[0]
    except Rejected as error:  # may be about members that the caller does not see
        error.members = tuple(name for name in error.members if name in x.resource.names)
        raise
    if x.setting.calling is not None:
        x.setting.calling.notice()
    x.seconds["store"] = x.seconds.get("store", 0.0) + time.perf_counter() - started
    return Done(x, outcome, item_state(x.resource, outcome.row))


def _unit(x: Met) -> Unit:
    """The change that is asked for, with the hooks that take part in it."""
    change = _change(x)
    own = x.address.operation
    if not (own or x.resource.hooks.every):
        return Unit((change,))
    operation = own or OPERATIONS[change.action]
    given = x.given if isinstance(x, Valid) else None
    hooking = Hooking(change.resource, operation, x.grant.subject, x.identifier, x.setting.around, given)
    return Unit((change,), taking=hooking)


OPERATIONS: dict[Action, Operation] = {"insert": "create", "replace": "update", "delete": "delete"}
"""What an action on a row is to who asks for it."""


def _change(x: Met) -> RowChange:
    """The change that is asked for, guarded by the version of what was met."""
    resource, is_new = x.resource.whole, x.outcome.kind != "found"
    values = x.wanted if isinstance(x, Valid) else None
    if values is not None and resource.auto:
        values = with_auto(values, resource.auto, x.grant.subject, is_new=is_new)
    if is_new:
        return RowChange("insert", resource, values=values)
    version = resource.compiled[Layout].version(x.outcome.row)
    action: Action = "delete" if values is None else "replace"
    return RowChange(
        action, resource, resource.identity_from(x.address.name), version, values, condition=x.sight.rows
    )


def every_value_was_free(x: Done) -> bool:
    return x.outcome.kind != "taken"


def was_the_identity_taken(x: Done) -> bool:
    if {*x.outcome.members} != {spec.name for spec in x.resource.identifying}:
        raise _taken(x)
    return True


def _taken(x: Done) -> problems.Conflict:
    members = [name for name in x.outcome.members if name in x.resource.names]
    several = len(x.outcome.members) > 1
    words = f"is taken already{', together with the others' if several else ''}: choose another"
    errors = tuple(FieldError(f"/{name}", words, "taken") for name in members)
    return problems.Conflict("Something else has a value already that may be there once.", errors=errors)


def was_still_the_same(x: Done) -> bool:
    return x.outcome.kind != "lost"


def was_named_by_a_date(x: Asked) -> bool:
    """Two states may have one date, so that looking again would not tell them apart; an entity tag does."""
    return "if-unmodified-since" in x.headers and "if-match" not in x.headers


def was_deleted(x: Done) -> bool:
    return x.outcome.kind == "deleted"


def was_created(x: Done) -> bool:
    return x.outcome.kind == "created"


def wants_little(x: Understood) -> bool:
    return x.intent.preferences.returns == "minimal" or "read" not in x.sight.operations


def is_addressed_itself(x: Done) -> bool:
    if x.kind == "collection":
        raise _taken(x)
    return True
