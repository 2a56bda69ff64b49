"""The hooks of a resource in one change: what they are given, and what becomes of what they set.

A store calls `before` and `after` within its transaction; what a hook raises takes all of it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import orjson

from ..access.grant import Grant
from ..content import checked_again
from ..data.units import Call, Effect, Stored
from ..http.problems import Refusal, Refuse
from ..model.hooks import Change, Hook
from ..model.policy import Operation
from ..model.resource import Declaration

Around = Callable[[], AbstractContextManager[object]]
"""Gives what code of the application's is called in."""


class Hooking:
    """The hooks that take part in the change that a request asks for."""

    def __init__(
        self,
        resource: Declaration,
        operation: Operation,
        grant: Grant,
        request_id: str,
        around: Around,
        given: Any = None,
    ) -> None:
        self._resource = resource
        self._operation = operation
        self._given = given
        self._own = resource.operations.get(operation)
        self._kind = operation if self._own is None else "update"
        self._grant = grant
        self._request_id = request_id
        self._around = around

    def before(self, old: Stored | None, new: Stored | None, session: Any) -> Stored | None:
        """The values that are to be written: what hooks have set in them is validated again."""
        hooks = self._resource.hooks.of("before", self._kind)
        if self._own is not None:  # what it changes is an update, which hooks see as one
            hooks = [Hook("before", frozenset(), self._own.function, self._own.refuses), *hooks]
        if not hooks:
            return new
        before = None if old is None else as_json(old)
        change = self._change(before, new, session)
        with self._around():
            for hook in hooks:
                _call(hook, change)
        if new is None:
            return None
        written = self._resource.shape.written(change.new)
        return new if written == dict(new) else checked_again(self._resource, written, new, before)

    def after(self, old: Stored | None, new: Stored | None, session: Any) -> Sequence[Effect]:
        """Call the hooks behind the change; what is to be called once it is committed is written beside it."""
        hooks = self._resource.hooks.of("after", self._kind)
        before, now = (None if each is None else as_json(each) for each in (old, new))
        if hooks:
            change = self._change(before, now, session)
            with self._around():
                for hook in hooks:
                    _call(hook, change)
        return [
            Call(hook.name, self._resource.path, self._operation, self._text(before), self._text(now),
                 self._grant.subject, self._request_id)
            for hook in self._resource.hooks.of("committed", self._kind)
        ]  # fmt: skip

    def _text(self, values: Mapping[str, Any] | None) -> str | None:
        """An item as it is kept for later: by its attributes, as members may have other names by then."""
        return None if values is None else orjson.dumps(dict(self._resource.by_attribute(values))).decode()

    def _change(self, old: Stored | None, new: Stored | None, session: Any) -> Change:
        return Change(
            self._operation,
            item_of(self._resource, old),
            item_of(self._resource, new),
            self._grant.subject,
            self._request_id,
            session,
            input=self._given,
            grant=self._grant,
        )


def _call(hook: Hook, change: Change) -> None:
    """Call a hook. Raises TypeError for a refusal of a kind that it does not name, as nothing describes it."""
    try:
        hook.function(change)
    except Refusal as error:
        if type(error) not in (*hook.refuses, Refuse, Refusal):
            name = type(error).__name__
            raise TypeError(f"{hook.name} refuses with {name}: name it, as in refuses=[{name}]") from error
        raise


def item_of(resource: Declaration, values: Mapping[str, Any] | None) -> Any:
    """An instance of the declared class with these values, as they stand in JSON; None without any."""
    return None if values is None else resource.shape.computing.instance(values)


def as_json(values: Stored) -> dict[str, Any]:
    """The values of a row as they stand in JSON."""
    return orjson.loads(orjson.dumps(dict(values), option=orjson.OPT_UTC_Z))  # type: ignore[no-any-return]  # an object
