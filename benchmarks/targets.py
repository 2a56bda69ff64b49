"""The applications that are compared, each a WSGI application on a database of its own.

Of Restwell only what applications use is asked for, so that the same file serves whatever commit is measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmarks.handwritten import app as handwritten
from restwell.frameworks import app as frameworks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY = b'{"name":"Flask","created":2010,"parent":"Python"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def bare(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """What the server itself costs."""
    start_response("200 OK", HEADERS)
    return (BODY,)


if os.environ.get("BENCHMARK_TARGET") == "routed":
    frameworks.before_request(lambda: None)  # a hook has to see every request, so that all go through Flask
straight = routed = frameworks

__all__ = ["bare", "handwritten", "routed", "straight"]
