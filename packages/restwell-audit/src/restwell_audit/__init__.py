"""The auditor: judges how RESTful any HTTP API is, with the exchanges as evidence.

from restwell_audit import audit

report = audit("http://127.0.0.1:8000/")   # or a WSGI or ASGI application
print(report.level, report.verdict)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auditing import Unreadable, audit
    from .comparing import NotABaseline, compare
    from .differences import Comparison
    from .findings import Finding, Untested
    from .ladder import Report

__all__ = ["Comparison", "Finding", "NotABaseline", "Report", "Unreadable", "Untested", "audit", "compare"]
_MODULES = {
    "audit": "auditing", "Unreadable": "auditing", "Report": "ladder", "Finding": "findings", "Untested": "findings",
    "compare": "comparing", "NotABaseline": "comparing", "Comparison": "differences",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name on first use, since every run of pytest loads the plugin."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
