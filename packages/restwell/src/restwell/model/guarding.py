"""A limit on the errors of large content: the first are reported one by one, the others are counted.

Pydantic uses some 400 bytes for each error, and a kilobyte for each that is shown; a megabyte of content can have
hundreds of thousands. So each array, object and union is read within a guard, which passes on at most `MAX_TOLD`
errors, and one of the type `MORE` with the number of the others. Valid content is read as without guards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from .nodes import with_parts

MAX_TOLD = 20
MORE = "restwell_more"
"""The type of an error that stands for others; the outermost has their number as `count` in its context."""
GUARDED = frozenset(["list", "tuple", "dict", "model-fields", "union"])


class _State(threading.local):
    """The state of the validation in this thread.

    Each open guard has a frame: the errors that inner guards passed on, the errors that these stand for, and how
    many of them are reported one by one. `told` counts all errors that are reported one by one.
    """

    def __init__(self) -> None:
        self.frames: list[list[int]] = []
        self.told = 0


_STATE = _State()


def guarding(node: Any) -> Any:
    """The node with a guard round each array, object and union."""
    found = with_parts(node, guarding)
    if node["type"] not in GUARDED:
        return found
    # The reference to a node goes to what stands for it.
    reference = {"ref": found.pop("ref")} if "ref" in found else {}
    function = _guard_union if node["type"] == "union" else _guard
    return {**core_schema.no_info_wrap_validator_function(function, found), **reference}


def _guard_union(value: Any, handler: Callable[[Any], Any]) -> Any:
    """As `_guard`; errors of branches count only if no branch accepts the value."""
    told = _STATE.told
    found = _guard(value, handler)
    _STATE.told = told
    return found


def _guard(value: Any, handler: Callable[[Any], Any]) -> Any:
    frames = _STATE.frames
    if not frames:
        _STATE.told = 0
    frame = [0, 0, 0]
    frames.append(frame)
    try:
        return handler(value)
    except ValidationError as error:
        lines = error.error_count()
        own = max(lines - frame[0], 0)
        bounded, handed_on, told = _bounded(error, lines, own, frame)
        if len(frames) > 1:
            outer = frames[-2]
            outer[0] += handed_on
            outer[1] += own + frame[1]
            outer[2] += told
        if bounded is None:
            raise
    finally:
        frames.pop()
    # Behind the handler and without a name, so that neither the error nor its traceback keeps all those lines.
    waiting = [bounded]
    del bounded
    raise waiting.pop()


def _bounded(
    error: ValidationError, lines: int, own: int, frame: list[int]
) -> tuple[ValidationError | PydanticCustomError | None, int, int]:
    """The error to raise instead, or None; its number of errors, and how many of them are reported one by one."""
    _, mistakes_within, told_within = frame
    room, mistakes = MAX_TOLD - _STATE.told, own + mistakes_within
    is_outermost = len(_STATE.frames) == 1
    if own <= room and lines <= MAX_TOLD + 1 and not (is_outermost and mistakes > own + told_within):
        _STATE.told += own
        return None, lines, own + told_within
    if room <= 0 and not told_within:
        return _more(mistakes if is_outermost else None), 1, 0
    every = error.errors(include_url=False, include_input=False)
    told = [each for each in every if each["type"] != MORE][: max(room, 0) + told_within]
    _STATE.told = min(_STATE.told + own, MAX_TOLD)
    details = [_detail(each["type"], each["msg"], each.get("ctx"), each["loc"]) for each in told]
    if mistakes > len(told):
        details.append(
            InitErrorDetails(type=_more(mistakes - len(told) if is_outermost else None), loc=(), input=None)
        )
    return ValidationError.from_exception_data(error.title, details), len(details), len(told)


def _detail(
    kind: str, message: str, context: dict[str, Any] | None, place: tuple[int | str, ...]
) -> InitErrorDetails:
    plain: Any = PydanticCustomError(kind, message, context)
    return InitErrorDetails(type=plain, loc=place, input=None)


def _more(count: int | None) -> PydanticCustomError:
    """An error that stands for others; only that of the outermost guard has their number."""
    return PydanticCustomError(MORE, "more") if count is None else PydanticCustomError(MORE, "more", {"count": count})
