"""WSGI in, service, WSGI out: the straight door, and the translation that both doors share.

The straight door stands before the application and answers requests for the API itself, as long as nothing of
the application's would have seen them; `extension.py` decides that and gives it as `is_open`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from .messages import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_NAMES: dict[str, str] = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
_OTHERS: set[str] = set()


def header_name(key: str) -> str | None:
    """The name of the header field that a WSGI key stands for, in lower case; None for other keys."""
    name = _NAMES.get(key)
    if name is None and key not in _OTHERS:
        if key.startswith("HTTP_"):
            name = key[5:].replace("_", "-").lower()
            if len(_NAMES) < 1000:
                _NAMES[key] = name
        elif len(_OTHERS) < 1000:
            _OTHERS.add(key)
    return name


def headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The header fields of a request, names in lower case."""
    return {name: value for key, value in environ.items() if (name := header_name(key)) is not None and value != ""}


def path_of(environ: WSGIEnvironment) -> str:
    """The path of a request, percent-decoded, as text; PEP 3333 hands bytes over as Latin-1."""
    path: str = environ.get("PATH_INFO", "") or "/"
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")


def request_of(environ: WSGIEnvironment, prefix: str, path: str) -> Request:
    """The request in a WSGI environment, for an API below `prefix`; `path` is relative to that."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return Request(
        environ["REQUEST_METHOD"],
        path,
        environ.get("QUERY_STRING", ""),
        headers_of(environ),
        environ["wsgi.input"],
        f"{environ['wsgi.url_scheme']}://{host}",
        environ.get("SCRIPT_NAME", "") + prefix,
    )


def send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    """Give a response to a WSGI server."""
    start_response(REASONS.get(response.status, f"{response.status} "), list(response.headers))
    return (response.body,) if isinstance(response.body, bytes) else response.body


class Front:
    """The straight door: a WSGI application around another."""

    def __init__(
        self,
        inner: WSGIApplication,
        prefix: str,
        respond: Callable[[Request], Response],
        is_ours: Callable[[str], bool],
        is_open: Callable[[WSGIEnvironment], bool],
    ) -> None:
        self.inner = inner
        self.prefix = prefix
        self.respond = respond
        self.is_ours = is_ours
        self.is_open = is_open

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = path_of(environ)
        relative = below(self.prefix, path)
        if relative is None or not self.is_open(environ) or not self.is_ours(relative):
            return self.inner(environ, start_response)
        return send(self.respond(request_of(environ, self.prefix, relative)), start_response)


def below(prefix: str, path: str) -> str | None:
    """The rest of a path behind a prefix, beginning with a slash; None when the path is elsewhere."""
    if not prefix:
        return path
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None
