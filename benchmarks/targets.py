"""The applications that are compared, each a WSGI application on a database of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.handwritten import app as handwritten
from restwell.frameworks import api
from restwell.frameworks import app as frameworks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY = b'{"name":"Flask","created":2010,"parent":"Python"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def bare(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """What the server itself costs."""
    start_response("200 OK", HEADERS)
    return (BODY,)


def fill(rows: int, key_file: str) -> None:
    """Make the tables of the Frameworks API, put rows into them, and a key into a file."""
    with frameworks.app_context():
        store = api.binding().store
        statements = store.statements[api.declarations[0]]
        with store.driver.transaction(unhurried=True) as connection:
            for number in range(rows):
                values = {"name": f"framework{number}", "created": 2000 + number % 25, "parent": "Python"}
                parameters = statements.row_parameters(values | {"relatedName": None, "relatedDocs": None})
                connection.execute(statements.insert_many.text, statements.insert_many.parameters(parameters))
        key = api.keys.create("benchmark", "frameworks:write")
    Path(key_file).write_text(key)


straight = frameworks.wsgi_app
if os.environ.get("BENCHMARK_DOOR") == "routed":
    # A hook of the application's would close the straight door too, and be measured with Flask's.
    api.binding(frameworks).front.is_open = lambda _: False
routed = frameworks

if __name__ == "__main__":
    fill(int(sys.argv[1]), sys.argv[2])

__all__ = ["bare", "fill", "handwritten", "routed", "straight"]
