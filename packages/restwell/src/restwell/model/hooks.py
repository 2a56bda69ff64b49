"""The code of an application that has a part in changes: hooks, and what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .policy import WRITES, Operation

When = Literal["before", "after", "committed"]
"""In the transaction, before a row is written or after it; or once the transaction is committed."""


@dataclass(slots=True)
class Change:
    """One change, as a hook sees it.

    `old` and `new` are the item before and after it, instances of the declared class with values of their types;
    there is no `old` where it is created, and no `new` where it is deleted. Before it is written, what a hook sets in
    `new` is validated again and written. `caller` is the subject who asks, None for an anonymous one, and `grant` is
    all that is known of them, a Grant; None once that is committed, and where nobody asks over HTTP.

    `session` is a Session of SQLAlchemy's in the transaction of the change; None once that is committed. `tries` is
    how often a hook was called for this change, this time included. `input` is what an operation of the application's
    own takes, an instance of that class.
    """

    operation: Operation
    old: Any
    new: Any
    caller: str | None
    request_id: str
    session: Any = None
    tries: int = 1
    input: Any = None
    grant: Any = None


Function = Callable[[Change], object]


@dataclass(frozen=True, slots=True)
class Hook:
    """A function of an application's that is called for changes. `name` stays the same from process to process."""

    when: When
    operations: frozenset[Operation]
    function: Function
    refuses: tuple[type[Exception], ...] = ()

    @property
    def name(self) -> str:
        """What the function is called."""
        return f"{self.function.__module__}.{getattr(self.function, '__qualname__', type(self.function).__name__)}"


@dataclass(eq=False)
class Hooks:
    """The hooks of one resource, in the order in which they were declared."""

    every: list[Hook] = field(default_factory=list)

    def add(self, hook: Hook) -> None:
        """Add a hook. Raises ValueError for a second one of its name that is called once a change is committed."""
        if hook.when == "committed" and any(each.name == hook.name and each.when == hook.when for each in self.every):
            raise ValueError(f"{hook.name} is there already, and a call that was not made yet knows it by its name")
        self.every.append(hook)

    def of(self, when: When, operation: Operation) -> list[Hook]:
        """Those that are called then, for this operation."""
        return [hook for hook in self.every if hook.when == when and operation in hook.operations]

    def named(self, name: str) -> Hook | None:
        """The hook for committed changes of that name."""
        return next((hook for hook in self.every if hook.when == "committed" and hook.name == name), None)

    @property
    def kinds(self) -> tuple[type[Exception], ...]:
        """The kinds of refusals that hooks name."""
        return tuple(dict.fromkeys(each for hook in self.every for each in hook.refuses))

    @property
    def has_committed(self) -> bool:
        """Whether one is called once a change is committed."""
        return any(hook.when == "committed" for hook in self.every)

    def may_refuse(self, operation: Operation) -> tuple[type[Exception], ...] | None:
        """What hooks may refuse an operation with, beside what every one may; None where no hook has a part in it."""
        parts = [*self.of("before", operation), *self.of("after", operation)]
        return tuple(each for hook in parts for each in hook.refuses) if parts else None


def operations_of(names: Iterable[str]) -> frozenset[Operation]:
    """The operations with these names, or all that change anything. Raises ValueError for others."""
    given = tuple(names) or WRITES
    for name in given:
        if name not in WRITES:
            raise ValueError(f"{name!r} is not an operation that changes anything: name some of {', '.join(WRITES)}")
    return frozenset(given)
