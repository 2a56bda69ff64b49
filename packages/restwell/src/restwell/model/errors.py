"""What is raised for a declaration that cannot be served, with the place where it stands."""

from __future__ import annotations

import inspect
import re
from typing import NoReturn


class DeclarationError(Exception):
    """A declaration that cannot be served; the message says where it stands and what to change."""


def fail(cls: type, member: str | None, what: str) -> NoReturn:
    """Raise a DeclarationError that names the class, the member and, where it can be found, the line."""
    subject = f"{cls.__name__}.{member}" if member else cls.__name__
    raise DeclarationError(f"{subject}{_line(cls, member)} {what}")


def _line(cls: type, member: str | None) -> str:
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls)
    except (OSError, TypeError):
        return ""
    pattern = re.compile(rf"\s+(?:def\s+)?{re.escape(member)}\s*[:=(]" if member else r"\s*class ")
    offset = next((number for number, line in enumerate(lines) if pattern.match(line)), 0)
    return f" ({file}, line {first + offset})"
