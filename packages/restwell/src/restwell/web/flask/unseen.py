"""Which hooks and receivers of an application need not see the requests to an API."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...model.errors import DeclarationError

KNOWN = frozenset(
    [
        ("flask_sqlalchemy.extension", "SQLAlchemy._teardown_session"),
        ("flask_sqlalchemy_lite._extension", "_close_sessions"),
        ("flask_sqlalchemy_lite._extension", "_close_async_sessions"),
    ]
)
"""Those that have nothing to do where no context of the application was pushed, by module and name."""


class Unseen:
    """What an application says that need not see requests: functions, and names of modules with all below them."""

    def __init__(self, given: Iterable[str | Callable[..., Any]]) -> None:
        every = [given] if isinstance(given, str) or callable(given) else list(given)
        for each in every:
            if not (isinstance(each, str) or callable(each)):
                raise DeclarationError(
                    f"unseen_by has {each!r}: give it functions, or names of modules as in 'flask_login'."
                )
        self._functions = [each for each in every if callable(each)]
        self._modules = [each for each in every if isinstance(each, str)]

    def check(self) -> None:
        """Refuse a name that nothing can have, once the application is made. Raises DeclarationError."""
        for name in self._modules:
            if name not in sys.modules:
                raise DeclarationError(
                    f"unseen_by names the module {name!r}, which nothing has imported: write it as in "
                    "`import flask_login`, or leave it out."
                )

    def has(self, function: Any) -> bool:
        """Whether a hook or a receiver need not see requests."""
        module = getattr(function, "__module__", None) or ""
        if (module, getattr(function, "__qualname__", "")) in KNOWN or function in self._functions:
            return True
        return any(module == name or module.startswith(f"{name}.") for name in self._modules)

    def has_all(self, functions: Sequence[Any]) -> bool:
        """Whether none of them has to see requests."""
        return all(map(self.has, functions))


def name_of(function: Any) -> str:
    """A hook or a receiver by its module and name."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"
