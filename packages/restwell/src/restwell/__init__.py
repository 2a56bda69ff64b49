"""Restwell: declare a resource once, get a REST API that does HTTP right."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .access.policy import Rule, public, scope
    from .extension import Api
    from .fields import Field
    from .resource import DeclarationError, Resource

__all__ = ["Api", "DeclarationError", "Field", "Resource", "Rule", "public", "scope"]

_HOMES = {
    "Api": "extension",
    "DeclarationError": "resource",
    "Field": "fields",
    "Resource": "resource",
    "Rule": "access.policy",
    "public": "access.policy",
    "scope": "access.policy",
}


if not TYPE_CHECKING:  # or else every name would seem to be there

    def __getattr__(name: str) -> Any:
        """Import what is asked for when it is (PEP 562): Flask and SQLAlchemy take 0.5 s, of no use to `--help`."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
