"""Settings of a session or a transaction: limits of time, and how values are written."""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS = {
    "statement_timeout": "2s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
    "intervalstyle": "iso_8601",
}
UNBOUNDED = {"statement_timeout": "500ms", "lock_timeout": "400ms"}
"""For a query whose cost grows with the table, in elapsed time: PostgreSQL does not limit CPU time."""
UNHURRIED = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}


def set_local(settings: Mapping[str, str]) -> str:
    """Statements that set settings until the end of the transaction."""
    return "".join(f"SET LOCAL {name} = '{value}'; " for name, value in settings.items())
