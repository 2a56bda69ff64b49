"""A bound on what is made of mistakes in large content: the first are told one by one, the others are counted.

Pydantic makes some 400 bytes of every mistake and a kilobyte of each that is shown; a megabyte has room for hundreds
of thousands. So each array, object and union is read within a guard, which hands on no more than `MAX_TOLD` of the
mistakes within it, and one of the type `MORE` that says how many there are besides. What is valid stays so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from .nodes import with_parts

MAX_TOLD = 20
MORE = "restwell_more"
"""The type of a mistake that stands for others; `count` in the context of the last one says for how many."""
GUARDED = frozenset(["list", "dict", "model-fields", "union"])


class _State(threading.local):
    """What is known of the validation that this thread is in.

    A frame belongs to each guard that is open: the lines that guards within it have handed on, the mistakes that
    these stand for, and whether any was told. `told` counts the mistakes that are told one by one.
    """

    def __init__(self) -> None:
        self.frames: list[list[int]] = []
        self.told = 0


_STATE = _State()


def guarding(node: Any) -> Any:
    """The node with a guard round everything that may have many mistakes."""
    found = with_parts(node, guarding)
    if node["type"] not in GUARDED:
        return found
    # The reference to a node goes to what stands for it.
    reference = {"ref": found.pop("ref")} if "ref" in found else {}
    function = _guard_union if node["type"] == "union" else _guard
    return {**core_schema.no_info_wrap_validator_function(function, found), **reference}


def _guard_union(value: Any, handler: Callable[[Any], Any]) -> Any:
    """As `_guard`; what was told of the branches that do not fit counts only when none does."""
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
    """What is handed on instead of an error, if anything, how many lines it has, and how many of those tell."""
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
    """What stands for other mistakes: for how many, only the outermost guard says."""
    return PydanticCustomError(MORE, "more") if count is None else PydanticCustomError(MORE, "more", {"count": count})
