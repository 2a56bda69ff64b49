"""What each error of a store is in HTTP. Nothing else says so."""

from __future__ import annotations

from ..data.store_errors import (
    Busy,
    Disallowed,
    Full,
    Incomparable,
    ReadOnly,
    Rejected,
    Rejection,
    StoreError,
    TimedOut,
    Unreachable,
    Unreadable,
    Unusable,
)
from ..http.problems import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    InvalidContent,
    Problem,
    ServerError,
    StorageFull,
    TooSlow,
    Unavailable,
)

PROBLEMS: dict[type[StoreError], type[Problem]] = {
    Busy: Unavailable,
    Unreachable: Unavailable,
    Unusable: Unavailable,
    Full: StorageFull,
    TimedOut: TooSlow,
    ReadOnly: Forbidden,
    Incomparable: BadRequest,
    Unreadable: ServerError,
}
"""The problem of each error, but of `Disallowed`, and of `Rejected`, which `REJECTIONS` knows."""
NOT_ALLOWED = "Is not allowed."
"""What is said where the application refuses without a word."""
REJECTIONS: dict[Rejection, tuple[type[Problem], str, str]] = {
    "missing": (InvalidContent, "has no value, and the database needs one", "missing"),
    "unlinked": (Conflict, "refers to something that is not there", "unlinked"),
    "refused": (InvalidContent, "has a value that a rule of the database does not allow", "refused"),
    "rule": (Conflict, "has a value that a rule of the database does not allow", "refused"),
    "large": (InvalidContent, "is too long for the index that the database keeps of it", "too_long"),
    "long": (InvalidContent, "is too long for its column", "too_long"),
    "value": (InvalidContent, "has a value that the database cannot hold", "invalid"),
}
"""By the reason of a rejection: the problem, and what is said of each member, with its code."""


def as_problem(error: StoreError | Problem) -> Problem:
    """The refusal that an error of the store is; a problem itself, unchanged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Rejected):
        problem, words, code = REJECTIONS[error.reason]
        return problem(str(error), errors=tuple(FieldError(f"/{name}", words, code) for name in error.members))
    if isinstance(error, Disallowed) and error.of_state:
        return Conflict(str(error) or NOT_ALLOWED)
    if isinstance(error, Disallowed):
        pointer = "" if error.member is None else f"/{error.member}"
        return InvalidContent(errors=(FieldError(pointer, str(error) or NOT_ALLOWED, "refused"),))
    headers = (("Retry-After", str(error.retry)),) if error.retry is not None else ()
    return PROBLEMS[type(error)](str(error), headers=headers)
