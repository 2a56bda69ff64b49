"""ASGI's scope, as the server makes it of a request, to the environment that WSGI wants (PEP 3333).

The server speaks ASGI here, since that says more than WSGI does: the path as it was sent, and each header field by
itself and by its own name.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

SOFTWARE = "Restwell"
MAX_NAMES, MAX_NAME = 500, 64
"""Names of header fields that are remembered, and their bytes: names are the client's to choose."""
SMALL_DIGITS = 4
"""Digits of the length of content that need not be read where a request is refused."""


class _Keys(dict[bytes, str]):
    """The WSGI key of a header field; empty for a name with an underscore, which would pass for another one."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1")
        key = "" if "_" in text else f"HTTP_{text.upper().replace('-', '_')}"
        if len(self) < MAX_NAMES and len(name) <= MAX_NAME:
            self[name] = key
        return key


_KEYS = _Keys({b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"})


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """The WSGI environment of a request, but for its content."""
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
    """Whether content comes with a request (RFC 9112, section 6.3)."""
    return "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") != "0"


def refusable(scope: dict[str, Any]) -> dict[str, Any] | None:
    """As much of the environment as a refusal wants; None where content comes that somebody has to read away.

    A small content has come with the head, or will in a moment, and the server itself reads that much away.
    """
    environ = {"REQUEST_METHOD": scope["method"], "PATH_INFO": scope["path"].encode().decode("latin-1")}
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and len(value) > SMALL_DIGITS):
            return None
        if name == b"content-length":
            environ["CONTENT_LENGTH"] = value.decode("latin-1")
    return environ
