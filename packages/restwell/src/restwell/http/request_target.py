"""The target of a request as the client sent it (RFC 9112, section 3.2), where the server shows it.

PEP 3333 has a path that is decoded, and says nothing of the authority of a target in absolute form. gunicorn shows
the target in RAW_URI, waitress, uWSGI and Werkzeug in REQUEST_URI, granian not at all (`docs/servers.md`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ABSOLUTE = re.compile(r"https?://([^/?#]+)([^?]*)", re.IGNORECASE)
OTHERWISE = re.compile(r"//|/\.\.?(?:/|\Z)")
"""In a path: what servers merge or resolve before they hand it over, so that it would be another's path."""


def sent_target(environ: WSGIEnvironment) -> str:
    """The target as it was sent; empty where the server does not show it."""
    return environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""


def settle_authority(environ: WSGIEnvironment, target: str) -> None:
    """Let the authority of a target that is not a path replace Host (RFC 9112, section 3.2.2).

    A target that is neither a path nor a URL that HTTP serves takes the place of Host as it is,
    which is no host then.
    What ProxyFix has put in the place of Host was read from the proxy, and stays.
    """
    if target == "*":
        return
    match = ABSOLUTE.match(target)
    if "werkzeug.proxy_fix.orig" not in environ:
        environ["HTTP_HOST"] = match[1] if match else f"/{target}"
    if match and not environ.get("PATH_INFO", "").startswith("/"):  # uWSGI takes the whole of it for a path
        environ["PATH_INFO"] = unquote_to_bytes(match[2] or "/").decode("latin-1")


def is_spelled_otherwise(target: str, slashes: int = 0) -> bool:
    """Whether the path in a target is a second spelling of the one that servers make of it.

    It is where something of OTHERWISE is in it, or another number of encoded slashes, which servers decode.
    """
    path = target.partition("?")[0]
    if not path.startswith("/"):
        match = ABSOLUTE.match(path)
        path = match[2] if match else path
    encoded = path.upper().count("%2F") if "%" in path else 0
    return encoded != slashes or OTHERWISE.search(path) is not None
