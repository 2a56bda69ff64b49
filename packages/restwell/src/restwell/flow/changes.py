"""What the rows of the table ask of a change, and how it is carried out: from the content to what the store answers.

As in `questions.py`, a question changes nothing and says yes or no, or raises the Problem that answers it with no.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from operator import is_not
from typing import Any, TypeGuard

from ..access.permitting import Permitting
from ..content import (
    MemberTypes,
    checked_input,
    input_without_annotations,
    json_patch,
    merge_patch,
    to_values,
    with_identities,
    without_annotations,
)
from ..data.layout import Layout
from ..data.matching import Matching
from ..data.plans import Action, RowChange
from ..data.store_errors import Disallowed, Rejected
from ..data.units import Unit
from ..http import problems
from ..http.problems import FieldError
from ..model.auto import with_auto
from ..model.conditions import TRUE
from ..model.policy import Operation
from ..surface.references import References
from .hooking import Hooking
from .linking import check_links
from .permissions import exact_permission, is_met, meets, seen_on
from .phases import NO_CONTENT, Asked, Done, Met, Valid
from .questions import is_of_every_item
from .states import item_state

log = logging.getLogger("restwell")
ARRAY = "A merge patch is a JSON object; send the operations of a JSON Patch as application/json-patch+json."

NOTHING: frozenset[str] = frozenset()
STAYS = "Cannot be removed, since clients do not set it: leave it out of the patch."
OWN = "Must name the caller: nobody makes items for others, or gives them away."
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
    asked = _asked_for(x, data, before)
    try:
        wanted = to_values(
            x.resource,
            asked,
            identity=x.address.name if item else None,
            renameable=x.resource.renameable if x.exists else NOTHING,
            current=before,
            fixed=_kept(x) if x.outcome.unread else None,
            # A JSON Patch may copy what is large.
            large=len(x.content.text) > MAX_SMALL or x.content.is_json_patch,
            known=known,
        )
    except problems.InvalidContent as mistakes:
        _leave_out_hidden(x, mistakes)
        raise
    unseen = frozenset(each.name for each in x.resource.write_only if each.name in asked)
    return Valid(x, wanted, before, unseen=unseen)


def _operated(x: Met) -> Valid:
    """The item as it is, which an operation of the application's own is to change, and what that was given."""
    own, given = x.resource.operations[x.address.operation], None
    if x.content is not NO_CONTENT:
        data = input_without_annotations(own, x.content.data, x.content.media_type)
        given = checked_input(own.shape, data)
    members = x.members()
    values = {spec.name: members[spec.name] for spec in x.resource.whole.fields}
    return Valid(x, values, members, given)


def _kept(x: Met) -> dict[str, Any]:
    """What clients do not set, or need not, of an item that is replaced since some of it cannot be read."""
    unread = {name for row in x.outcome.unread for name in row.members}
    members = x.values()
    return {
        spec.name: members[spec.name]
        for spec in (*x.resource.read_only, *x.resource.hidden, *x.resource.write_only)
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
        wanted = _patched_by_places(x, data, now)
    elif isinstance(data, list):
        error = problems.FieldError("", "Must be a JSON object.", "model_type")
        raise problems.InvalidContent(ARRAY, errors=(error,))
    else:
        data = without_annotations(x.resource, data, x.content.media_type)
        wanted = merge_patch(now, data, x.resource.compiled[MemberTypes], x.resource.naming)
        for spec in x.resource.write_only if isinstance(data, dict) else ():
            if spec.name in data and spec.name not in wanted:  # it is taken away, and cannot be null
                wanted[spec.name] = x.resource.shape.defaults.get(spec.name)
    if isinstance(wanted, dict) and not now.keys() <= wanted.keys():
        staying = [
            spec.name for spec in (*x.resource.identifying, *x.resource.read_only) if now.get(spec.name) is not None
        ]
        errors = [FieldError(f"/{name}", STAYS, "read_only") for name in staying if name not in wanted]
        if errors:
            raise problems.InvalidContent(errors=tuple(errors))
    return wanted


def _patched_by_places(x: Met, data: Any, now: dict[str, Any]) -> Any:
    """What a JSON Patch makes of what the caller may read; all else can be set by it, and is not there to be read."""
    seen = now if is_met(x, x.outcome.row) else {each.name: now[each.name] for each in x.resource.identifying}
    unseen = {spec.name for spec in x.resource.write_only} | (now.keys() - seen.keys())
    types, naming = x.resource.compiled[MemberTypes], x.resource.naming
    wanted = json_patch(seen, data, max_bytes=x.resource.max_body, model=types, naming=naming, unseen=unseen)
    return {**now, **wanted} if seen is not now and isinstance(wanted, dict) else wanted


def may_become_this(x: Valid) -> bool:
    """Whether the caller may create such an item, or have one become this: it stays theirs, if it has to be."""
    if is_of_every_item(x) or x.address.operation:
        return True
    permission = exact_permission(x)
    whole = x.resource.whole
    # Not as the sight has it, which leaves out what every item that is met meets: it is to become another one.
    condition = whole.compiled[Permitting].condition(permission, x.grant)
    if condition == TRUE and not x.sight.writable_where:
        return True
    owned = whole.compiled[Permitting].owned_by(x.grant, permission)
    wanted, values = to_be(x, permission, owned)
    matching = whole.compiled[Matching]
    errors = _not_settable(x, wanted) if permission == "create" else ()
    if not errors and meets(x, condition, values):
        return True
    errors += tuple(
        FieldError(f"/{name}", OWN, "owner")
        for name, is_own in owned.items() if name in x.resource.known and not matching.meets(is_own, wanted)
    )  # fmt: skip
    raise problems.Forbidden("The caller may not have it become that.", errors=errors)


def to_be(x: Valid, permission: Operation, owned: Iterable[str]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """What an item is to become, and what a rule is held against: of a change some of its members alone."""
    whole = x.resource.whole
    wanted = with_auto(x.wanted, whole.auto, x.grant.subject, is_new=not x.exists or x.kind == "collection")
    if permission == "create":
        return wanted, wanted
    names = (*owned, *whole.compiled[Permitting].linked(permission))
    return wanted, whole.compiled[Layout].named(x.outcome.row) | {name: wanted[name] for name in names}


def _not_settable(x: Valid, wanted: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """An error for each member of a new item that is set, and that who asks may not set of such an item."""
    matching, defaults = x.resource.whole.compiled[Matching], x.resource.whole.shape.defaults
    return tuple(
        FieldError(f"/{name}", "May not be set by the caller: leave it out.", "read_only")
        for name, condition in x.sight.writable_where.items()
        if wanted[name] != defaults.get(name) and not matching.meets(condition, wanted)
    )


def changes_anything(x: Valid) -> bool:
    before = x.before
    return (
        bool(x.address.operation or x.unseen)
        or before is None
        or any(map(is_not, x.wanted.values(), map(before.get, x.wanted)))
    )


def carry_out(x: Met) -> Done:
    started = time.perf_counter()
    try:
        if isinstance(x, Valid) and x.resource.whole.compiled[References]:
            check_links(x)
        outcome = x.setting.store.carry_out(_unit(x)).outcomes[0]
    except Rejected as error:  # may be about members that the caller does not see
        error.members = tuple(name for name in error.members if name in x.resource.known)
        raise
    except Disallowed as error:
        error.member = error.member if error.member in x.resource.known else None
        raise
    except problems.InvalidContent as mistakes:
        _leave_out_hidden(x, mistakes)
        raise
    if x.setting.calling is not None:
        x.setting.calling.notice()
    x.seconds["store"] = x.seconds.get("store", 0.0) + time.perf_counter() - started
    return Done(x, outcome, item_state(x.resource, outcome.row), seen_on(x, outcome.row) if x.sight.varies else None)


def _leave_out_hidden(x: Met, mistakes: problems.InvalidContent) -> None:
    """Log what is wrong with members that there are not for clients, and tell it to none: they have not set them."""
    hidden = {spec.name for spec in x.resource.hidden}
    own = [
        each for each in mistakes.errors
        if each.pointer[1:].partition("/")[0] in hidden and each.code != "extra_forbidden"
    ]  # fmt: skip
    for each in own:
        log.error("%s%s, which is hidden, is not valid: %s", x.resource.name, each.pointer, each.detail)
    mistakes.errors = tuple(each for each in mistakes.errors if each not in own)


def _unit(x: Met) -> Unit:
    """The change that is asked for, with the hooks that take part in it."""
    change = _change(x)
    own = x.address.operation
    if not (own or x.resource.hooks.every):
        return Unit((change,))
    operation = own or OPERATIONS[change.action]
    given = x.given if isinstance(x, Valid) else None
    hooking = Hooking(change.resource, operation, x.grant, x.identifier, x.setting.around, given)
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
    unseen = x.unseen if isinstance(x, Valid) else NOTHING
    return RowChange(
        action, resource, resource.identity_from(x.address.name), version, values, condition=x.sight.rows,
        unseen=unseen, of_unread=bool(x.outcome.unread),
    )  # fmt: skip


def every_value_was_free(x: Done) -> bool:
    return x.outcome.kind != "taken"


def was_the_identity_taken(x: Done) -> bool:
    if {*x.outcome.members} != {spec.name for spec in x.resource.identifying}:
        raise taken(x)
    return True


def taken(x: Done) -> problems.Conflict:
    """What is said of values that are taken."""
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


def wants_little(x: Met) -> bool:
    """Whether nobody is shown what the item is now: never of one of which this answer alone shows something."""
    minimal = x.intent.preferences.returns == "minimal" and not x.resource.shows_once
    return minimal or not is_met(x, x.outcome.row)


def is_addressed_itself(x: Done) -> bool:
    if x.kind == "collection" or x.was_there:  # what is taken is a name that it was to get
        raise taken(x)
    return True


def may_be_taken_unseen(x: Asked) -> TypeGuard[Done]:
    """Whether what was to be created at its address was there by then, and may not be met when it is looked up again.

    What others have created is met; what a hook creates is taken back with all, and some rows are not for the caller.
    """
    return isinstance(x, Done) and x.outcome.kind == "taken" and (
        bool(x.resource.hooks.every) or x.sight.rows is not TRUE
    )  # fmt: skip
