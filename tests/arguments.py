"""Which test shows what an argument does. `tests/test_arguments.py` asks that every argument has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", bound=Callable[..., object])

SHOWN: dict[tuple[str, str], str] = {}
"""The test that shows the effect of an argument: by what takes it (`Field`, `restwell serve`), and its name."""


def shows(taker: str, *names: str) -> Callable[[T], T]:
    """Say that a test shows what these arguments of a function, or options of a command, do."""

    def note(test: T) -> T:
        SHOWN.update({(taker, name): test.__name__ for name in names})
        return test

    return note
