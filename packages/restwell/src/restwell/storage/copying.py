"""Copies of a database in files, as far as Restwell makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class BackupError(Exception):
    """A copy cannot be made, or put back; the message is a sentence that says what to do."""


class Copies(Protocol):
    """Makes copies of a database, and puts them back."""

    def back_up(self, copy: Path) -> int:
        """Copy the database, which may be in use, to a new file; its size in bytes. Raises BackupError."""

    def restore(self, copy: Path) -> Path | None:
        """Put a copy in the place of the database, which nobody uses. Raises BackupError.

        What was there keeps a name, which is given; None where nothing was there.
        """
