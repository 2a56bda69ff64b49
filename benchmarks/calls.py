"""How far a request walks through the house: `python -m benchmarks.calls [--show]`.

One warm request through `app.wsgi_app` on the fast path: an anonymous GET of an item as JSON-LD, and a PATCH (merge
patch, If-Match) of it where writing is public. Counted by `sys.setprofile` are the calls of Python functions in the
package's own files, those files, how often the next call is in another file, and the calls up the reading order of
`docs/architecture.md`. `--show` prints each call, indented by its depth.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from flask import Flask

from restwell import Api, Field, Resource, public
from tests.test_architecture import PAGE, SOURCES, listed_modules

SOURCE = str(SOURCES["restwell"])
WARM = 5
"""Requests of each kind before the one that is counted."""


class Framework(Resource):
    """What is asked for."""

    name: str = Field(identity=True)
    year: int


class Walk(NamedTuple):
    """The calls of one request: for each the module, the function, its depth, and the module that called it."""

    calls: list[tuple[str, str, int, str]]

    @property
    def files(self) -> set[str]:
        """The modules that were called."""
        return {module for module, *_ in self.calls}

    @property
    def changes(self) -> int:
        """How often a call is in another module than the one before."""
        return sum(one[0] != other[0] for one, other in zip(self.calls, self.calls[1:], strict=False))

    def up(self) -> list[tuple[str, str]]:
        """The calls from a module to one that comes later in the reading order: who called what."""
        place = {name: number for number, name in enumerate(listed_modules(PAGE.read_text()))}
        return [
            (caller, f"{module}.{function}")
            for module, function, _, caller in self.calls
            if caller and place[module] > place[caller]
        ]


def module_of(frame: FrameType | None) -> str:
    """The module of the package that a frame is in; "" for another's."""
    path = frame.f_code.co_filename if frame is not None else ""
    if not path.startswith(SOURCE):
        return ""
    return path[len(SOURCE) + 1 : -3].replace("/", ".").removesuffix(".__init__")


def walked(app: Flask, environ: dict[str, Any]) -> Walk:
    """The calls of one request."""
    calls: list[tuple[str, str, int, str]] = []
    depth = 0

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal depth
        if event not in {"call", "return"} or not (module := module_of(frame)):
            return
        if event == "return":
            depth -= 1
            return
        calls.append((module, frame.f_code.co_qualname, depth, module_of(frame.f_back)))
        depth += 1

    sys.setprofile(watch)
    try:
        answer(app, environ)
    finally:
        sys.setprofile(None)
    return Walk(calls)


def answer(app: Flask, environ: dict[str, Any]) -> dict[str, str]:
    """The header fields of the answer to a request, which must not be a refusal."""
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        told.extend([status, headers])
        return told.append

    b"".join(app.wsgi_app(dict(environ), start))
    status, headers = told
    if not status.startswith("2"):
        raise RuntimeError(f"{environ['REQUEST_METHOD']} was answered {status}")
    return dict(headers)


def environ_of(method: str, content: bytes = b"", **more: str) -> dict[str, Any]:
    """A request for the item."""
    return {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": "/frameworks/Flask", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/ld+json", "CONTENT_LENGTH": str(len(content)) if content else "",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(content), "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        **more,
    }  # fmt: skip


def patch(app: Flask, year: int) -> dict[str, Any]:
    """A request that sets the year, naming the state that is there."""
    tag = answer(app, environ_of("GET"))["ETag"]
    content = b'{"year":%d}' % year
    return environ_of("PATCH", content, CONTENT_TYPE="application/merge-patch+json", HTTP_IF_MATCH=tag)


def walks() -> dict[str, Walk]:
    """The walk of a GET and of a PATCH, each warm."""
    app = Flask("calls")
    app.config["RESTWELL_DATABASE"] = "sqlite:///:memory:"
    rows = [{"name": "Flask", "year": 2010}]
    Api(app).resource("/frameworks", read=public(), write=public(), require_if_match=True, initial=rows)(Framework)
    for year in range(WARM):
        answer(app, patch(app, year))
    return {"GET": walked(app, environ_of("GET")), "PATCH": walked(app, patch(app, WARM))}


def main() -> None:
    """Print the figures."""
    for name, walk in walks().items():
        up = walk.up()
        figures = f"{len(walk.calls)} calls, {len(walk.files)} files, {walk.changes} changes of file, {len(up)} up"
        sys.stdout.write(f"{name}: {figures}\n")
        if "--show" in sys.argv:
            sys.stdout.writelines(f"    {'  ' * depth}{module}.{call}\n" for module, call, depth, _ in walk.calls)
            sys.stdout.writelines(f"    up: {caller} -> {callee}\n" for caller, callee in up)


if __name__ == "__main__":
    main()
