"""The metadata of a protected resource: whose tokens it takes, how, and with which scopes (RFC 9728)."""

from __future__ import annotations

from typing import Any

from ..model.resource import Declaration
from ..model.ruling import known_scopes
from .document import About


def protected_resource(declarations: tuple[Declaration, ...], about: About, base: str) -> dict[str, Any]:
    """`/.well-known/oauth-protected-resource`, for the resources as the caller sees them (RFC 9728, section 2)."""
    scopes = sorted(known_scopes(declarations))
    return {
        "resource": base,
        "resource_name": about.title,
        "resource_documentation": f"{base}/docs",
        "authorization_servers": list(about.issuers),
        "bearer_methods_supported": ["header"],
        **about.protection,
        **({"scopes_supported": scopes} if scopes else {}),
    }
