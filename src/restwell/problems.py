"""Every refusal, one class each: status, type, title and the section of the RFC that it stands on.

    Problem
    ├── BadRequest 400 ── MalformedContent, BadParameter, BadCursor
    ├── Unauthorized 401 ── InvalidCredential
    ├── Forbidden 403 ── InsufficientScope
    ├── NotFound 404
    ├── MethodNotAllowed 405          NotAcceptable 406
    ├── Conflict 409                  LengthRequired 411
    ├── PreconditionFailed 412        ContentTooLarge 413
    ├── UriTooLong 414                UnsupportedMediaType 415
    ├── MisdirectedRequest 421        InvalidContent 422
    ├── PreconditionRequired 428      HeadersTooLarge 431
    └── ServerError 500 ── NotImplementedMethod 501, Unavailable 503, TooSlow 504, StorageFull 507

A problem is raised where it is found and rendered by `formats/problem.py`. Its detail is for the client:
it never holds SQL, a path of the server, a class name, a trace or a version.
"""

from __future__ import annotations

import re
from typing import ClassVar, NamedTuple

from .messages import Headers


class FieldError(NamedTuple):
    """What is wrong with one member of the content, or one parameter (RFC 9457, section 3.2).

    `pointer` is a JSON Pointer into the content (RFC 6901), or the name of the query parameter.
    """

    pointer: str
    detail: str
    code: str


class Problem(Exception):
    """A refusal (RFC 9457). `detail` tells this client what to do about this occurrence."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong here"
    section: ClassVar[str] = "RFC 9110, section 15.6.1"
    explanation: ClassVar[str] = (
        "The server met something that it was not prepared for. It is logged under the request id of the "
        "response; nothing was changed."
    )

    def __init__(self, detail: str = "", *, errors: tuple[FieldError, ...] = (), headers: Headers = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.headers = headers

    @classmethod
    def slug(cls) -> str:
        """The name of this problem in its type URI, such as `precondition-failed`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class BadRequest(Problem):
    status = 400
    title = "The request is not well formed"
    section = "RFC 9110, section 15.5.1"
    explanation = "Something in the request breaks the syntax of HTTP or of this API; the detail says what."


class MalformedContent(BadRequest):
    title = "The content cannot be read"
    explanation = (
        "The content is not what its Content-Type says: JSON in UTF-8 (RFC 8259), each member once in its "
        "object, numbers within the range of a double, at most 32 levels deep."
    )


class BadParameter(BadRequest):
    title = "A query parameter is not understood"
    explanation = (
        "Only declared parameters are accepted, each once, so that a misspelt filter never shows everything. "
        "With `Prefer: handling=lenient` unknown parameters are ignored."
    )


class BadCursor(BadRequest):
    title = "The cursor is not one of ours, or not for this order"
    explanation = (
        "Cursors come from the links of a page and are valid for its sort order; start again without `after`."
    )


class Unauthorized(Problem):
    status = 401
    title = "Who is asking?"
    section = "RFC 9110, section 15.5.2"
    explanation = "This needs a credential: `Authorization: Bearer KEY`."


class InvalidCredential(Unauthorized):
    title = "The credential is not valid"
    section = "RFC 6750, section 3.1"
    explanation = (
        "The key is unknown, expired or revoked. A wrong credential is refused where none would be needed too, "
        "so that nobody believes to be signed in who is not."
    )


class Forbidden(Problem):
    status = 403
    title = "This is not allowed"
    section = "RFC 9110, section 15.5.4"
    explanation = "The credential is valid and does not permit this operation."


class InsufficientScope(Forbidden):
    title = "The credential lacks a scope"
    section = "RFC 6750, section 3.1"
    explanation = "The operation needs a scope that the credential does not have; WWW-Authenticate names it."


class NotFound(Problem):
    status = 404
    title = "There is nothing here"
    section = "RFC 9110, section 15.5.5"
    explanation = (
        "Nothing has this address, or nothing that this caller may see. Every address starts at the entry point."
    )


class MethodNotAllowed(Problem):
    status = 405
    title = "The resource does not support this method"
    section = "RFC 9110, section 15.5.6"
    explanation = "Allow lists the methods that it does support."


class NotAcceptable(Problem):
    status = 406
    title = "No representation is acceptable"
    section = "RFC 9110, section 15.5.7"
    explanation = "None of the media types in Accept is offered here; the response lists what there is."


class Conflict(Problem):
    status = 409
    title = "The state of the resource does not allow this"
    section = "RFC 9110, section 15.5.10"
    explanation = (
        "Something else already has this identity, or the resource is in a state that forbids the operation."
    )


class LengthRequired(Problem):
    status = 411
    title = "The content needs a Content-Length"
    section = "RFC 9110, section 15.5.12"
    explanation = (
        "Chunked content is read where a transfer that broke off can be told from a finished one; this server, or "
        "another transfer coding, does not allow that."
    )


class PreconditionFailed(Problem):
    status = 412
    title = "The precondition does not hold"
    section = "RFC 9110, section 15.5.13"
    explanation = "The resource is not in the state that the request was made for: get it again and decide anew."


class ContentTooLarge(Problem):
    status = 413
    title = "The content is too large"
    section = "RFC 9110, section 15.5.14"
    explanation = "The content, one of its arrays or one of its objects exceeds the limit that the detail names."


class UriTooLong(Problem):
    status = 414
    title = "The URI is too long"
    section = "RFC 9110, section 15.5.15"
    explanation = "A request target may have 4096 bytes."


class UnsupportedMediaType(Problem):
    status = 415
    title = "The content has a type that is not accepted here"
    section = "RFC 9110, section 15.5.16"
    explanation = "Accept-Post, Accept-Patch or Accept-Encoding lists what is accepted."


class MisdirectedRequest(Problem):
    status = 421
    title = "This server does not answer for that host"
    section = "RFC 9110, section 15.5.20"
    explanation = "Host names a host that is not configured. Links are never built from an unchecked host."


class InvalidContent(Problem):
    status = 422
    title = "The content is not valid"
    section = "RFC 9110, section 15.5.21"
    explanation = "The content could be read and breaks the schema of the resource; `errors` lists each place."


class PreconditionRequired(Problem):
    status = 428
    title = "The request must be conditional"
    section = "RFC 6585, section 3"
    explanation = "This resource changes only for who names its current state: send its ETag in If-Match."


class HeadersTooLarge(Problem):
    status = 431
    title = "The header fields are too large"
    section = "RFC 6585, section 5"
    explanation = "A header field may have 8 KiB, all of them 32 KiB, and there may be 100."


class ServerError(Problem):
    status = 500


class NotImplementedMethod(ServerError):
    status = 501
    title = "The method is not known here"
    section = "RFC 9110, section 15.6.2"
    explanation = "No resource of this server implements this method."


class Unavailable(ServerError):
    status = 503
    title = "The service is not available just now"
    section = "RFC 9110, section 15.6.4"
    explanation = (
        "The store cannot be reached or is busy; Retry-After says when to ask again. Should the store have been "
        "lost in the middle of a change, only asking for the state tells whether it was made."
    )


class TooSlow(ServerError):
    status = 504
    title = "The store took too long"
    section = "RFC 9110, section 15.6.5"
    explanation = "The query was stopped after its time was up. A narrower filter or a declared index helps."


class StorageFull(ServerError):
    status = 507
    title = "The store has no room left"
    section = "RFC 4918, section 11.5"
    explanation = "Nothing was changed. Reading goes on; writing works again when there is room."


def every_problem(root: type[Problem] = Problem) -> list[type[Problem]]:
    """Every class of problem, in the order of their definition, but the root itself."""
    children = [child for child in root.__subclasses__() if child.__module__ == __name__]
    return [problem for child in children for problem in (child, *every_problem(child))]
