"""Restwell: declare a resource once, get a REST API that does HTTP right."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .access.authenticators import ApiKeys, Authenticator, Basic, CurrentUser
    from .access.grant import Grant
    from .access.introspection import Introspection
    from .access.tokens import Jwt
    from .http.problems import Refusal, Refuse
    from .model.errors import DeclarationError
    from .model.fields import Field
    from .model.hooks import Change
    from .model.policy import Rule, all_of, any_of, authenticated, owner, public, same_as, scope, when
    from .model.resource import Resource
    from .model.source import Source
    from .rates.declared import RateLimit
    from .web.flask.api import Api

__all__ = [
    "Api",
    "ApiKeys",
    "Authenticator",
    "Basic",
    "Change",
    "CurrentUser",
    "DeclarationError",
    "Field",
    "Grant",
    "Introspection",
    "Jwt",
    "RateLimit",
    "Refusal",
    "Refuse",
    "Resource",
    "Rule",
    "Source",
    "all_of",
    "any_of",
    "authenticated",
    "owner",
    "public",
    "same_as",
    "scope",
    "when",
]

_HOMES = {
    "Api": "web.flask.api",
    "ApiKeys": "access.authenticators",
    "Authenticator": "access.authenticators",
    "Basic": "access.authenticators",
    "Change": "model.hooks",
    "CurrentUser": "access.authenticators",
    "DeclarationError": "model.errors",
    "Field": "model.fields",
    "Grant": "access.grant",
    "Introspection": "access.introspection",
    "Jwt": "access.tokens",
    "RateLimit": "rates.declared",
    "Refusal": "http.problems",
    "Refuse": "http.problems",
    "Resource": "model.resource",
    "Rule": "model.policy",
    "Source": "model.source",
    "all_of": "model.policy",
    "any_of": "model.policy",
    "authenticated": "model.policy",
    "owner": "model.policy",
    "public": "model.policy",
    "same_as": "model.policy",
    "scope": "model.policy",
    "when": "model.policy",
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
