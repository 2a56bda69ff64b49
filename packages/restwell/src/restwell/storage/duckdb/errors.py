"""What the exceptions of DuckDB's library mean, by their classes: it has no codes."""

from __future__ import annotations

from ..errors import Meaning, translated

MEANINGS: dict[str, Meaning] = {
    "InterruptException": "slow",
    "OutOfMemoryException": "slow",  # less of the same is answered
    "IOException": "unusable",  # another process has locked the file, or it is not there
    "HTTPException": "unusable",
    "ConnectionException": "unusable",  # closed, or opened in two ways at once
    "FatalException": "unusable",
    "PermissionException": "unusable",
    "CatalogException": "changed",  # no such table,
    "BinderException": "changed",  # nor such a column
    "ConversionException": "value",
    "InvalidInputException": "value",
    "InvalidTypeException": "value",
    "OutOfRangeException": "value",
    "TypeMismatchException": "value",
    "TransactionException": "busy",
}
"""Every other error is a bug of ours."""
LOST = "Connection already closed"


def is_lost(error: Exception) -> bool:
    """Whether the connection was closed by somebody else."""
    return LOST in str(error)


def translate(error: Exception) -> Exception:
    """The StoreError or Violation for an error of a statement; the error itself if it is a bug of ours."""
    found = (MEANINGS[each.__name__] for each in type(error).__mro__ if each.__name__ in MEANINGS)
    return translated(error, next(found, "ours"))
