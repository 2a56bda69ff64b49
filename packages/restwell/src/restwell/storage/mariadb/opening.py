"""An engine of Restwell's own for a MariaDB database, with the limits that its sessions have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

MODE = "CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION')"
"""With what the server's owner has set, values that do not fit are refused, and tables are as they are asked for."""
SECONDS = {"innodb_lock_wait_timeout": 1, "lock_wait_timeout": 1, "idle_transaction_timeout": 5}
"""How long a session waits for the lock of a row, and of a table, and may do nothing within a transaction."""
ZERO = "',NO_AUTO_VALUE_ON_ZERO'"
"""What keeps a row's number 0, where rows come with their numbers: in bulk, and when a table is altered."""
UNHURRIED = {
    "innodb_lock_wait_timeout": 50,
    "lock_wait_timeout": 50,
    "idle_transaction_timeout": 0,
    "sql_mode": f"CONCAT(@@sql_mode, {ZERO})",
}
UTC = "'+00:00'"
"""The time zone of a session: moments that MariaDB keeps as such (TIMESTAMP) are shown in it."""
SILENCE = 3.0
"""Seconds after which a server is given up that does not answer: it stops a query after two by itself."""


def assignments(values: Mapping[str, Any]) -> str:
    """The statement that sets variables of a session."""
    return "SET " + ", ".join(f"SESSION {name} = {value}" for name, value in values.items())


def own_engine(url: str, *, read_only: bool, **pool: Any) -> sa.Engine:
    """An engine whose sessions refuse what does not fit, and wait for nothing as long as a client does."""
    begin = assignments({"sql_mode": MODE, "time_zone": UTC, "tx_read_only": int(read_only), **SECONDS})
    limits = {"connect_timeout": 2, "read_timeout": SILENCE, "write_timeout": SILENCE, "init_command": begin}
    return sa.create_engine(url, isolation_level="READ COMMITTED", connect_args=limits, **pool)
