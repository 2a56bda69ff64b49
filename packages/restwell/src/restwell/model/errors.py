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
    place = place_of(cls, member)
    return f" ({place[0]}, line {place[1]})" if place else ""


def place_of(cls: type, member: str | None = None) -> tuple[str, int] | None:
    """The file and the line where a class stands, or a member of it; None where that cannot be found."""
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls)
    except (OSError, TypeError):
        return None
    pattern = re.compile(rf"\s+(?:def\s+)?{re.escape(member)}\s*[:=(]" if member else r"\s*class ")
    offset = next((number for number, line in enumerate(lines) if pattern.match(line)), 0)
    return str(file), first + offset
