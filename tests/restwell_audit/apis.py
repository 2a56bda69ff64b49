"""APIs for tests of the auditor: an application is a function of a request, changed by functions of applications.

`table()` makes one of plain answers, a `Change` takes a property away from one, `wsgi()` makes it what the auditor
takes in process and `served()` puts it on a socket. Nothing here knows pytest.
"""

from __future__ import annotations

import io
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import reduce
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HAL = "application/hal+json"
HAL_FORMS = "application/prs.hal-forms+json"
HTML = "text/html"
JSON = "application/json"
OPENAPI = "application/openapi+json"
PROBLEM = "application/problem+json"


class Request(NamedTuple):
    """A request as an application sees it; the names of its fields are in lower case."""

    method: str
    path: str
    query: str = ""
    fields: Mapping[str, str] = {}
    content: bytes = b""

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the query."""
        return dict(parse_qsl(self.query))

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def field(self, name: str) -> str:
        """The value of a field; "" without it."""
        return self.fields.get(name.lower(), "")

    def without(self, *names: str) -> Self:
        """The request without some of its fields."""
        gone = {name.lower() for name in names}
        return self._replace(fields={name: value for name, value in self.fields.items() if name not in gone})


class Response(NamedTuple):
    """A response as an application gives it."""

    status: int = 200
    fields: tuple[tuple[str, str], ...] = ()
    content: bytes = b""

    def field(self, name: str) -> str:
        """The value of a field, the first of several; "" without it."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        return self.field("content-type").partition(";")[0]

    def without(self, *names: str) -> Self:
        """The response without some of its fields."""
        gone = {name.lower() for name in names}
        return self._replace(fields=tuple(each for each in self.fields if each[0].lower() not in gone))

    def having(self, **values: str) -> Self:
        """The response with these fields in place of those it has; `Cache_Control` stands for Cache-Control."""
        fields = {name.replace("_", "-"): value for name, value in values.items()}
        return self.without(*fields)._replace(fields=(*self.without(*fields).fields, *fields.items()))


Api = Callable[[Request], Response]
Change = Callable[[Api], Api]
"""One property of an API taken away, or put there."""


# -- answers -------------------------------------------------------------------------------------------------


def said(data: Any, media_type: str = JSON, status: int = 200, **fields: str) -> Response:
    """An answer in JSON."""
    return Response(status, (("Content-Type", media_type),), json.dumps(data).encode()).having(**fields)


def page(*body: str, **fields: str) -> Response:
    """A page in HTML."""
    text = f'<!doctype html><html lang="en"><title>A page</title><body>{"".join(body)}</body></html>'
    return Response(200, (("Content-Type", f"{HTML}; charset=utf-8"),), text.encode()).having(**fields)


def hal(properties: Any = None, items: Any = None, **links: str) -> Response:
    """An answer in HAL; each link is a relation and its target, a `_` in the relation stands for `-`."""
    document: dict[str, Any] = {**(properties or {})}
    document["_links"] = {rel.replace("_", "-"): {"href": target} for rel, target in links.items()}
    if items is not None:
        document["_embedded"] = {"item": list(items)}
    return said(document, HAL)


def problem(status: int, **fields: str) -> Response:
    """A refusal (RFC 9457)."""
    about = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return said(about, PROBLEM, status, **fields)


def openapi(operations: Mapping[str, Mapping[str, Any]], **about: Any) -> Response:
    """An OpenAPI document of operations by method and path, as `{"GET /things/{name}": {}}`."""
    paths: dict[str, dict[str, Any]] = {}
    for line, operation in operations.items():
        method, path = line.split()
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        own = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths.setdefault(path, {})[method.lower()] = {
            "responses": {"200": {"description": "Done."}},
            **operation,
            "parameters": [*own, *operation.get("parameters", ())],
        }
    return said(
        {"openapi": "3.1.0", "info": {"title": "Described", "version": "1"}, "paths": paths, **about}, OPENAPI
    )


# -- an API from a table -------------------------------------------------------------------------------------


def table(answers: Mapping[str, Response | Api]) -> Api:
    """An API of answers, or functions, by method and path, as `{"GET /things": said([])}`.

    What is not there is 404; another method 405 with Allow; OPTIONS and HEAD are answered as they should be.
    """
    lines = [line.split(" ", 1) for line in answers]
    paths = {path for _, path in lines}

    def respond(request: Request) -> Response:
        if request.path not in paths:
            return problem(404)
        known = [method for method, path in lines if path == request.path]
        allow = ", ".join([*known, *(["HEAD"] if "GET" in known else []), "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(204, (("Allow", allow),))
        method = "GET" if request.method == "HEAD" else request.method
        answer = answers.get(f"{method} {request.path}")
        if answer is None:
            return problem(405, Allow=allow)
        return answer if isinstance(answer, Response) else answer(request._replace(method=method))

    return respond


def changed(api: Api, *changes: Change) -> Api:
    """An API after some changes, the last of which sees requests first."""
    return reduce(lambda whole, change: change(whole), changes, api)


# -- WSGI ----------------------------------------------------------------------------------------------------


def wsgi(api: Api) -> WSGIApplication:
    """The API as a WSGI application; HEAD has no content, and content its length."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        request = request_of(environ)
        response = api(request)
        phrase = HTTPStatus(response.status).phrase
        fields = list(response.fields)
        if response.status not in {204, 304} and not response.field("content-length"):
            fields.append(("Content-Length", str(len(response.content))))
        start_response(f"{response.status} {phrase}", fields)
        return [] if request.method == "HEAD" else [response.content]

    return application


def request_of(environ: WSGIEnvironment) -> Request:
    """A request from its WSGI environment."""
    fields = {key[5:].replace("_", "-").lower(): str(environ[key]) for key in environ if key.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        fields["content-type"] = str(environ["CONTENT_TYPE"])
    length = int(environ.get("CONTENT_LENGTH") or 0)
    content = environ["wsgi.input"].read(length)
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "surrogateescape")
    return Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), fields, content)


def asked(application: WSGIApplication) -> Api:
    """A WSGI application as an API, so that it can be changed."""

    def respond(request: Request) -> Response:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, fields: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], object]:
            started.append((status, fields))
            return lambda _: None

        given = application(environ_of(request), start_response)
        try:
            content = b"".join(given)
        finally:
            close: Callable[[], object] = getattr(given, "close", lambda: None)
            close()
        [(status, fields)] = started
        return Response(int(status[:3]), tuple(fields), content)

    return respond


def environ_of(request: Request) -> WSGIEnvironment:
    """The WSGI environment of a request."""
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.fields.items()}
    return {
        **fields,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.field("content-type"),
        "CONTENT_LENGTH": str(len(request.content)) if request.content else "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.content),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


# -- on a socket ---------------------------------------------------------------------------------------------


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """As the base class does, without asking DNS for our name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """A client that does not trust the certificate ends the connection."""
        with suppress(OSError):
            super().handle()


@contextmanager
def served(api: Api, certificate: Path | None = None) -> Iterator[str]:
    """The base URL of the API on a socket of 127.0.0.1, each request in a thread of its own; with TLS, if it has a
    certificate, at the name localhost.
    """
    with _Server(("127.0.0.1", 0), _Quiet) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.set_app(wsgi(api))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            base = "http://127.0.0.1" if certificate is None else "https://localhost"
            yield f"{base}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
