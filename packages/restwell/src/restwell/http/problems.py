"""Problems (RFC 9457): one class for each kind of refusal, with status, title, explanation and section of the RFC.

    Problem
    ├── BadRequest 400 ── MalformedContent, BadParameter, BadCursor
    ├── Unauthorized 401 ── InvalidCredential
    ├── Forbidden 403 ── InsufficientScope
    ├── NotFound 404
    ├── MethodNotAllowed 405          NotAcceptable 406
    ├── Conflict 409                  LengthRequired 411
    ├── Refusal 409, and those of an application's own below it
    ├── PreconditionFailed 412        ContentTooLarge 413
    ├── UriTooLong 414                UnsupportedMediaType 415
    ├── MisdirectedRequest 421        InvalidContent 422
    ├── PreconditionRequired 428      TooManyRequests 429
    ├── HeadersTooLarge 431
    └── ServerError 500 ── UnreadableItem 500, NotImplementedMethod 501, Unavailable 503, TooSlow 504, StorageFull 507

A problem is raised where it is found and rendered by `representations/problem.py`. Its detail is for the client: it
never has SQL, a path of the server, a class name, a trace or a version.
"""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

from .messages import Headers


class FieldError(NamedTuple):
    """An error in one member of the content, or in one parameter (RFC 9457, section 3.2).

    `pointer` is a JSON Pointer into the content (RFC 6901), or the name of the query parameter.
    """

    pointer: str
    detail: str
    code: str


class Problem(Exception):
    """A refusal (RFC 9457). `detail` tells this client what to do about this occurrence."""

    status: int = 500
    title: ClassVar[str] = "Internal server error"
    section: ClassVar[str] = "RFC 9110, section 15.6.1"
    explanation: ClassVar[str] = (
        "The server encountered an unexpected condition, which is logged with the request id of the response. "
        "After a write, get the resource to see whether it was changed."
    )

    def __init__(
        self, detail: str = "", *, errors: tuple[FieldError, ...] = (), headers: Headers = (), more: int = 0
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.more = more
        """The number of errors that are not in `errors`."""
        self.headers = headers

    @classmethod
    def slug(cls) -> str:
        """The name of this problem in its type URI, such as `precondition-failed`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class BadRequest(Problem):
    status = 400
    title = "The request is malformed"
    section = "RFC 9110, section 15.5.1"
    explanation = "The request does not follow the syntax of HTTP or of this API; the detail says where."


class MalformedContent(BadRequest):
    title = "The content cannot be read"
    explanation = (
        "The content is not what its Content-Type says: JSON in UTF-8 (RFC 8259), with unique names of members in "
        "each object, numbers within the range of a double, and at most 32 levels of nesting."
    )


class BadParameter(BadRequest):
    title = "A query parameter is invalid"
    explanation = (
        "Only declared parameters are accepted, each once, so that a misspelt filter is not ignored. "
        "With `Prefer: handling=lenient` unknown parameters are ignored."
    )


class BadCursor(BadRequest):
    title = "The cursor is not valid for this query"
    explanation = (
        "Cursors come from the links of a page and are valid for its sort order; get the first page without `after`."
    )


class Unauthorized(Problem):
    status = 401
    title = "Authentication required"
    section = "RFC 9110, section 15.5.2"
    explanation = "Send a credential: `Authorization: Bearer KEY`."


class InvalidCredential(Unauthorized):
    title = "The credential is not valid"
    section = "RFC 6750, section 3.1"
    explanation = (
        "The key or token is unknown, expired or revoked, or not for this API. An invalid credential is refused on "
        "public resources too; send a valid one, or none."
    )


class Forbidden(Problem):
    status = 403
    title = "The operation is not permitted"
    section = "RFC 9110, section 15.5.4"
    explanation = "The credential is valid and does not permit this operation."


class InsufficientScope(Forbidden):
    title = "The credential lacks a scope"
    section = "RFC 6750, section 3.1"
    explanation = "The operation needs a scope that the credential does not have; WWW-Authenticate names it."


class NotFound(Problem):
    status = 404
    title = "There is no resource at this address"
    section = "RFC 9110, section 15.5.5"
    explanation = "No resource has this address. Start at the entry point and follow the links."


class MethodNotAllowed(Problem):
    status = 405
    title = "The resource does not support this method"
    section = "RFC 9110, section 15.5.6"
    explanation = "Allow lists the methods that it does support."


class NotAcceptable(Problem):
    status = 406
    title = "No representation is acceptable"
    section = "RFC 9110, section 15.5.7"
    explanation = "None of the media types in Accept is available; the response lists those that are."


class Conflict(Problem):
    status = 409
    title = "The state of the resource does not allow this"
    section = "RFC 9110, section 15.5.10"
    explanation = (
        "Another item has this identity, or the operation does not fit the state of the resource: a JSON Patch tests "
        "or removes a value that is different or missing, or the item cannot be replaced."
    )


class LengthRequired(Problem):
    status = 411
    title = "The content needs a Content-Length"
    section = "RFC 9110, section 15.5.12"
    explanation = (
        "Send Content-Length. Chunked content is read only where the server reports an incomplete transfer: "
        "elsewhere a part of the content could be taken for all of it."
    )


class PreconditionFailed(Problem):
    status = 412
    title = "The precondition does not hold"
    section = "RFC 9110, section 15.5.13"
    explanation = (
        "The state of the resource does not match the precondition: get the resource again, and repeat the change if "
        "it still applies."
    )


class ContentTooLarge(Problem):
    status = 413
    title = "The content is too large"
    section = "RFC 9110, section 15.5.14"
    explanation = "The content, one of its arrays or one of its objects exceeds the limit that the detail names."


class UriTooLong(Problem):
    status = 414
    title = "The URI is too long"
    section = "RFC 9110, section 15.5.15"
    explanation = "Path and query may have 4096 characters together."


class UnsupportedMediaType(Problem):
    status = 415
    title = "The format of the content is not supported"
    section = "RFC 9110, section 15.5.16"
    explanation = "Accept-Post, Accept-Patch, Accept or Accept-Encoding lists the supported formats."


class MisdirectedRequest(Problem):
    status = 421
    title = "This server does not answer for that host"
    section = "RFC 9110, section 15.5.20"
    explanation = "Host names a host that is not configured. Links are never built from an unchecked host."


class InvalidContent(Problem):
    status = 422
    title = "The content is not valid"
    section = "RFC 9110, section 15.5.21"
    explanation = (
        "The content is well formed, but does not match the schema of the resource; `errors` lists each error."
    )


class PreconditionRequired(Problem):
    status = 428
    title = "The request must be conditional"
    section = "RFC 6585, section 3"
    explanation = "Get the resource, and send its ETag in If-Match with the change."


class TooManyRequests(Problem):
    status = 429
    title = "Too many requests"
    section = "RFC 6585, section 4"
    explanation = (
        "More was asked for than the limit that the detail names allows, and nothing was done. Retry-After says in "
        "how many seconds to ask again; RateLimit-Policy and RateLimit say what is allowed, and what is left."
    )


class HeadersTooLarge(Problem):
    status = 431
    title = "The header fields are too large"
    section = "RFC 6585, section 5"
    explanation = (
        "A header field may have 8 KiB, and all of them together 32 KiB, names and values included. There may be at "
        "most 100 header fields."
    )


class ServerError(Problem):
    status = 500


class UnreadableItem(ServerError):
    title = "The stored item cannot be read"
    section = "RFC 9110, section 15.6.1"
    explanation = (
        "Another program has stored an invalid value for the member that `errors` names. Replace the item with PUT "
        "or remove it with DELETE, with this entity tag in If-Match. Collections leave it out, and link to it with "
        "the URL of this page as the relation type."
    )


class NotImplementedMethod(ServerError):
    status = 501
    title = "The method is not implemented"
    section = "RFC 9110, section 15.6.2"
    explanation = "No resource of this server implements this method."


class Unavailable(ServerError):
    status = 503
    title = "The service is not available"
    section = "RFC 9110, section 15.6.4"
    explanation = (
        "The database cannot be reached or is busy; Retry-After says when to retry. If the connection was lost "
        "during a change, get the resource to see whether it was made."
    )


class TooSlow(ServerError):
    status = 504
    title = "The database took too long"
    section = "RFC 9110, section 15.6.5"
    explanation = "The query was stopped at its time limit. Use a narrower filter, or sort by an indexed field."


class StorageFull(ServerError):
    status = 507
    title = "The database has no space left"
    section = "RFC 4918, section 11.5"
    explanation = "Nothing was changed. Reading still works; retry the change when there is space."


class Refusal(Problem):
    """A rule of the application's own refuses a change. A class below it is a kind of its own, with a page.

    Such a class has a status from 400 to 499, a `title`, and an `explanation` for the page. `pointer` is the JSON
    Pointer of the member that the refusal is about.
    """

    status = 409
    title = "A rule of this application refuses the change"
    section = "RFC 9110, section 15.5"
    explanation = "The change was not made, and neither was anything beside it; the detail says why."

    def __init_subclass__(cls) -> None:
        if not 400 <= cls.status <= 499:
            raise TypeError(f"{cls.__name__} has the status {cls.status}: a refusal has one from 400 to 499")
        if cls.__module__ == __name__:
            return
        ours: list[type[Problem]] = [Problem, *every_problem()]
        if cls.slug() in {each.slug() for each in ours}:
            raise TypeError(f"{cls.__name__} would have the address of another kind of problem: call it otherwise")

    def __init__(self, detail: str = "", *, pointer: str | None = None, headers: Headers = ()) -> None:
        errors = () if pointer is None else (FieldError(pointer, detail or self.title, self.slug()),)
        super().__init__(detail, errors=errors, headers=headers)


class Refuse(Refusal):
    """A refusal without a kind of its own, with one of these statuses: 403, 404, 409, 422."""

    def __init__(self, status: int, detail: str = "", *, pointer: str | None = None) -> None:
        if status not in STATUSES:
            raise ValueError(
                f"{status} is not a status for this: take one of {', '.join(map(str, STATUSES))}, or declare a class "
                "below restwell.Refusal with a status of its own"
            )
        super().__init__(detail, pointer=pointer)
        self.status = status

    @classmethod
    def slug(cls) -> str:
        """As that of what it is."""
        return Refusal.slug()


STATUSES = (403, 404, 409, 422)
"""What a refusal without a kind of its own may have, and every operation with hooks documents."""


def every_problem(root: type[Problem] = Problem) -> list[type[Problem]]:
    """All classes of problems, without `root`, in the order of their definition."""
    children = [child for child in root.__subclasses__() if child.__module__ == __name__ and child is not Refuse]
    return [problem for child in children for problem in (child, *every_problem(child))]
