"""WSGI and the messages of Restwell: a request read from an environment, a response given to a server.

`web/flask/fast_path.py` and `web/flask/view.py` both go through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from operator import itemgetter
from typing import TYPE_CHECKING

from ..http.keeping import kept
from ..http.messages import Readable, Request, Response
from ..http.request_target import is_spelled_otherwise
from ..http.servers import server_of
from ..surface.addresses import Address, path_url

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_NAMES, MAX_NAME = 1000, 64
"""Names of header fields that are remembered, and characters of each."""


class StatusLines(dict[int, str]):
    """A status code with its reason phrase, which may be empty (RFC 9112, section 4)."""

    def __missing__(self, status: int) -> str:
        return f"{status} "


STATUS_LINES = StatusLines({status.value: f"{status.value} {status.phrase}" for status in HTTPStatus})


class Names(dict[str, str]):
    """The name of the header field that a WSGI key stands for, in lower case; empty for other keys."""

    def __missing__(self, key: str) -> str:
        name = key[5:].replace("_", "-").lower() if key.startswith("HTTP_") else ""
        if len(key) <= MAX_NAME and len(self) < MAX_NAMES:  # names are the client's to choose
            self[key] = name
        return name


# HTTP_CONTENT_TYPE is what granian makes of a field `Content_Type`, and never the type of the content.
NAMES = Names(
    CONTENT_TYPE="content-type", CONTENT_LENGTH="content-length", HTTP_CONTENT_TYPE="", HTTP_CONTENT_LENGTH=""
)
WITHOUT_HOST = frozenset(["HTTP/1.0", "HTTP/1", "HTTP/0.9"])
"""The protocols in which Host need not be there, as servers write them."""


def headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The header fields of a request, names in lower case."""
    names, take = _fields(tuple(environ))
    return dict(zip(names, take(environ), strict=True))


@kept(256 * 1024)
def _fields(keys: tuple[str, ...]) -> tuple[tuple[str, ...], Callable[[WSGIEnvironment], tuple[str, ...]]]:
    """The names of the fields with these keys, and what takes their values. A client has the same ones always."""
    named = {key: NAMES[key] for key in keys if NAMES[key]}
    take = itemgetter(*named) if len(named) > 1 else lambda environ: tuple(environ[key] for key in named)
    return tuple(named.values()), take


def path_of(environ: WSGIEnvironment) -> str:
    """The path of a request, percent-decoded, as text (`messages.Request.path`)."""
    path: str = environ.get("PATH_INFO", "") or "/"
    return path if path.isascii() else text_of(path)


def text_of(path: str) -> str:
    """The text of a path as PEP 3333 hands it over, as bytes in Latin-1.

    Bytes that are not UTF-8 stay what they are, each a lone surrogate: a path with one is the path of nothing, and
    never the same as another.
    """
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "surrogateescape")


def request_of(
    environ: WSGIEnvironment,
    prefix: str,
    path: str,
    body: Readable | None = None,
    max_content: int | None = None,
) -> Request:
    """The request in a WSGI environment, for an API below `prefix`; `path` is relative to that.

    `body` is the content where it is not to be read from the environment.
    """
    server = server_of(environ)
    host = environ.get("HTTP_HOST", "")
    is_named = bool(host) or environ.get("SERVER_PROTOCOL") not in WITHOUT_HOST
    if not is_named:
        host = server_address(environ)
    script = environ.get("SCRIPT_NAME", "")
    mount = path_sent = ""
    if script or prefix:
        mount, path_sent = mount_of(script, prefix), text_of(script + environ.get("PATH_INFO", ""))
    return Request(
        environ["REQUEST_METHOD"],
        path,
        environ.get("QUERY_STRING", ""),
        headers_of(environ),
        environ["wsgi.input"] if body is None else body,
        f"{environ['wsgi.url_scheme']}://{host}",
        mount,
        server,
        environ.get(server.socket),
        max_content,
        is_named,
        path_sent,
        environ.get("REMOTE_ADDR") or "",
    )


def server_address(environ: WSGIEnvironment) -> str:
    """The address that the server says it is bound to, as a Host; `localhost` for a Unix socket."""
    name, port = environ["SERVER_NAME"], environ["SERVER_PORT"]
    if not name or not port or "/" in name:
        return "localhost"
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


@kept(64 * 1024)
def mount_of(script_name: str, prefix: str) -> str:
    """Where an API is mounted, as it stands in URLs: percent-encoded."""
    return path_url(text_of(script_name) + prefix)


def send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    """Give a response to a WSGI server."""
    start_response(STATUS_LINES[response.status], list(response.headers))
    return (response.body,) if isinstance(response.body, bytes) else response.body


def without_date(response: Response) -> Response:
    """A response without Date, for Werkzeug's own server, which adds one to every answer (RFC 9110, section 5.3)."""
    return response._replace(headers=tuple(field for field in response.headers if field[0] != "Date"))


def below(prefix: str, path: str) -> str | None:
    """The rest of a path behind a prefix, beginning with a slash; None when the path is elsewhere."""
    if not prefix:
        return path
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None


def as_sent(target: str, address: Address) -> Address:
    """What is addressed, where the target shows which slashes were encoded; nothing by a second spelling of it."""
    if not is_spelled_otherwise(target, address.slashes):
        return address
    item = address.as_item
    return item if item and not is_spelled_otherwise(target, item.slashes) else Address("nothing", address.path)
