"""What WSGI servers do with content: how it ends, who may end the connection, how long a read can take.

PEP 3333 leaves all of this open. What stands here was found out over sockets, server by server, and
`tests/restwell/http/test_unread.py` and `tests/test_chunked.py` ask each of them again.

| server   | a chunked transfer that breaks off                                  | a read that waits is ended by |
|----------|---------------------------------------------------------------------|-------------------------------|
| Restwell | never gets here: `server/` reads content, and answers 400           | nothing waits                 |
| granian  | looks finished: `read` gives what came, then nothing                | the end of the connection     |
| gunicorn | `read` raises, whatever the worker                                  | a timeout on its socket       |
| Werkzeug | `read` raises OSError                                               | a timeout on its socket       |
| waitress | never gets here: content is kept until it is complete, then counted | nothing waits                 |
| uWSGI    | looks empty: `wsgi.input` gives nothing of chunked content          | asking its descriptor first   |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple


class ServerTraits(NamedTuple):
    """How a server treats the content of requests.

    chunked: what becomes of content without a length. `raises`: a broken end is an error. `stops`: a broken end
        looks like an end, so that only content which tells its own end can be trusted. `refused`: it cannot be read.
    waiting: what limits the time that a read takes. `socket`: a timeout on the socket that `socket` of the
        WSGI environment holds. `descriptor`: nothing, so that only what has come is read (uWSGI waits 4 s, or what
        `socket-timeout` says). `connection`: the end of the connection,
        and no thread may go on reading behind the response: granian 2.8 then holds the interpreter's lock until the
        client goes. `memory`: nothing waits, since content is here before it is read, or is `Awaited` (`restwell
        serve`). `none`: there is nothing to wait for, or
        nothing is known.
    may_close: a response may say `Connection: close`.
    continues: whoever expects 100 Continue has got it before the application is called.
    """

    chunked: Literal["raises", "stops", "refused"] = "refused"
    waiting: Literal["socket", "descriptor", "connection", "memory", "none"] = "none"
    socket: str = ""
    may_close: bool = False
    continues: bool = False


OTHER = ServerTraits()
"""A server of which nothing is known: nothing is taken for granted."""
UWSGI = ServerTraits(waiting="descriptor")
SERVERS = {
    "Restwell": ServerTraits("raises", "memory", may_close=True, continues=True),
    "Granian": ServerTraits("stops", "connection", may_close=True),
    "gunicorn": ServerTraits("raises", "socket", "gunicorn.socket", continues=True),
    "Werkzeug": ServerTraits("raises", "socket", "werkzeug.socket", continues=True),
}
"""By the name in SERVER_SOFTWARE, which the server sets, and no client can."""

_known = dict(SERVERS)


def server_of(environ: Mapping[str, Any]) -> ServerTraits:
    """The server that made this WSGI environment."""
    software = environ.get("SERVER_SOFTWARE", "")
    found = _known.get(software)
    if found is not None:
        return found
    if not software:  # uWSGI does not say there what it is
        return UWSGI if "uwsgi.version" in environ else OTHER
    _known[software] = SERVERS.get(software.partition("/")[0], OTHER)
    return _known[software]
