"""What `Api.before`, `Api.after` and `Api.committed` do: an application's functions become hooks of its resources."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

from ...http.problems import Refusal
from ...model.errors import DeclarationError
from ...model.hooks import Change, Hook, When, operations_of
from ...model.resource import Declaration, Resource
from ...model.source import HeldSource

F = TypeVar("F", bound=Callable[[Change], object])


def hooking(
    declarations: Sequence[Declaration],
    when: When,
    target: object,
    operations: Sequence[str],
    refuses: Sequence[type[Refusal]] = (),
) -> Callable[[F], F]:
    """A decorator that makes a function a hook of the resource that `target` is. Raises DeclarationError."""
    found = resources_of(declarations, f"@api.{when}", target)
    name = found[0].name
    if when == "committed" and any(isinstance(each.source, HeldSource) for each in found):
        raise DeclarationError(
            f"@api.committed({name}) would have nowhere to keep its calls, as the items are in a source of your own: "
            "call it from there."
        )
    check_refusals(f"@api.{when}({name})", refuses)

    def register(function: F) -> F:
        check_function(f"@api.{when}({name})", function)
        for declaration in found:
            try:
                declaration.hooks.add(Hook(when, operations_of(operations), function, tuple(refuses)))
            except ValueError as error:
                raise DeclarationError(f"@api.{when}({name}): {error}.") from error
        return function

    return register


def check_function(what: str, function: Callable[..., object]) -> None:
    """Raise DeclarationError for a function that nothing would run, or that takes no change."""
    name = getattr(function, "__qualname__", repr(function))
    called = function if inspect.isroutine(function) else getattr(function, "__call__", function)  # noqa: B004 - its code
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(is_kind(each) for each in (function, called) for is_kind in kinds):
        raise DeclarationError(
            f"{what}: {name} is async, or has a yield, so that a call would do nothing: write it as a plain def."
        )
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        raise DeclarationError(
            f"{what}: {name} is called with the change alone: write it as in `def {name}(change)`."
        ) from None
    except ValueError:  # of a function that does not say what it takes
        return


def check_refusals(what: str, refuses: Sequence[object]) -> None:
    """Raise DeclarationError for what is no kind of refusal, which nothing could describe."""
    for each in refuses:
        if not (isinstance(each, type) and issubclass(each, Refusal)):
            raise DeclarationError(f"{what} refuses {each!r}: name classes below restwell.Refusal.")


def resources_of(declarations: Sequence[Declaration], what: str, target: object) -> list[Declaration]:
    """The resources that `target` is the class or the model of. Raises DeclarationError where there is none."""
    found = [each for each in declarations if is_of(each, target)]
    if not found:
        name = getattr(target, "__name__", repr(target))
        raise DeclarationError(
            f"{name} is not a resource of this API, so that {what} would never be called: declare the resource "
            "first, and name its class, or the model that it serves."
        )
    return found


def is_of(declaration: Declaration, target: object) -> bool:
    """Whether a declaration is that of a Resource class, or serves a model."""
    is_declared = isinstance(target, type) and issubclass(target, Resource) and target is not Resource
    if is_declared and issubclass(declaration.content, target):  # type: ignore[arg-type]  # a class, as was asked
        return True
    return declaration.source is not None and declaration.source.serves(target)
