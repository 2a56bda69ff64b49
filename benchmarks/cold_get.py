"""Where the time of one cold GET of an item goes, on the straight door: `python -m benchmarks.cold_get`.

Each part is timed by itself in a loop, by the processor's clock; the smallest of several loops counts.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable

from restwell.data.plans import Plan
from restwell.flow.exchange import Exchange
from restwell.flow.questions import look_up
from restwell.frameworks import api, app
from restwell.web.wsgi import request_of

ENVIRON = {
    "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/frameworks/Flask", "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "Granian",
    "HTTP_HOST": "127.0.0.1:8000", "HTTP_ACCEPT": "application/json", "HTTP_USER_AGENT": "profile",
    "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
}  # fmt: skip


def microseconds(part: Callable[[], object], loops: int = 15, calls: int = 1000) -> float:
    """The time of one call."""
    best = float("inf")
    for _ in range(loops):
        started = time.process_time()
        for _ in range(calls):
            part()
        best = min(best, (time.process_time() - started) / calls)
    return best * 1e6


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as directory:
        app.config["RESTWELL_DATABASE"] = f"sqlite:///{directory}/profile.db"
        binding = api.binding(app)
        service, store = binding.service, binding.store
        request, address = (
            request_of(ENVIRON, "", "/frameworks/Flask"),
            service.setting.addresses.find("/frameworks/Flask"),
        )
        x = Exchange(request, address, service.setting)
        response = service._answer(x)  # noqa: SLF001 - a look inside is what this is for
        plan = Plan("item", api.declarations[0], "Flask")
        parts = {
            "the whole": lambda: app.wsgi_app(dict(ENVIRON), lambda *_: None),  # type: ignore[arg-type,return-value]  # nobody reads it
            "request from WSGI": lambda: request_of(ENVIRON, "", "/frameworks/Flask"),
            "decisions, with the look-up": lambda: service._answer(Exchange(request, address, service.setting)),  # noqa: SLF001
            "... of it the look-up": lambda: look_up(x),
            "... of that the database": lambda: store.look_up(plan),
            "... of it the representation and its header fields": lambda: service.book.write(x, "representation"),
            "... of that the entity tag": x.entity_tag,
            "log line": lambda: service._tell(x, "1", response, 0.0),  # noqa: SLF001
            "timing, request id and date": lambda: service._closing(x, "1", 0.0),  # noqa: SLF001
        }
        figures = {name: microseconds(part) for name, part in parts.items()}
    sys.stdout.write(
        "\n".join(["| part | µs |", "|---|---|", *(f"| {n} | {f:.1f} |" for n, f in figures.items()), ""])
    )


if __name__ == "__main__":
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - the log's lines go nowhere
        os.dup2(nowhere.fileno(), 2)
        main()
