"""Makes the WSGI environment (PEP 3333) of a request from the ASGI scope of the server.

The server is used by ASGI, since that has more than WSGI: the path as it was sent, and each header field separately
with its own name.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

SOFTWARE = "Restwell"
MAX_NAMES, MAX_NAME = 500, 64
"""Limits of the cache of header field names, and of their bytes: clients choose the names."""
SMALL_DIGITS = 4
"""Digits of the Content-Length of content that need not be read when a request is refused."""


class _Keys(dict[bytes, str]):
    """The WSGI keys of header fields; empty for a name with an underscore, which could be mistaken for another."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1")
        key = "" if "_" in text else f"HTTP_{text.upper().replace('-', '_')}"
        if len(self) < MAX_NAMES and len(name) <= MAX_NAME:
            self[name] = key
        return key


_KEYS = _Keys({b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"})


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """The WSGI environment of a request, without its content."""
    raw, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    server = scope["server"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw).decode("latin-1") if "%" in raw else raw,
        "QUERY_STRING": query,
        "RAW_URI": f"{raw}?{query}" if query else raw,
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "SERVER_PROTOCOL": "HTTP/1.0" if scope["http_version"] == "1" else f"HTTP/{scope['http_version']}",
        "SERVER_SOFTWARE": SOFTWARE,
        "REMOTE_ADDR": scope["client"][0],
        "REMOTE_PORT": scope["client"][1],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    keys = _KEYS
    for name, value in scope["headers"]:
        key = keys[name]
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    environ.pop("", None)
    return environ


def has_content(environ: dict[str, Any]) -> bool:
    """Whether a request has content (RFC 9112, section 6.3)."""
    return "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") != "0"


def refusable(scope: dict[str, Any]) -> dict[str, Any] | None:
    """The part of the environment that a refusal needs; None where content has to be read and discarded.

    Small content has arrived with the header section or soon will, and the server itself discards it.
    """
    environ = {"REQUEST_METHOD": scope["method"], "PATH_INFO": scope["path"].encode().decode("latin-1")}
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and len(value) > SMALL_DIGITS):
            return None
        if name == b"content-length":
            environ["CONTENT_LENGTH"] = value.decode("latin-1")
        if name == b"origin":
            environ["HTTP_ORIGIN"] = value.decode("latin-1")
    return environ
