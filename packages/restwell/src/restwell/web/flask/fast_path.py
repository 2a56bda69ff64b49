"""The fast path: WSGI in, service, WSGI out, before Flask has anything to do with a request.

It stands around the application and answers requests for the API itself, as long as nothing of the application's
would have seen them (`watchers.py`) and no other route has a part in the address (`routes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...http.awaited import Awaited
from ...http.request_target import sent_target, settle_authority
from ..wsgi import as_sent, below, path_of, request_of, send, without_date
from .binding import Binding

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class FastPath:
    """A WSGI application around another, which answers for the API of a binding."""

    def __init__(self, inner: WSGIApplication, binding: Binding) -> None:
        self.inner = inner
        self.prefix = binding.prefix
        self.respond = binding.respond
        self.find = binding.find
        self.sees = binding.watchers.see
        self.may_pass = binding.may_pass

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        target = sent_target(environ)
        if target and target[0] != "/":
            settle_authority(environ, target)
        path = below(self.prefix, path_of(environ)) if self.prefix else path_of(environ)
        if path is None or (self.sees(environ) and not self.may_pass(environ)):
            return self._within(environ, start_response)
        address = self.find(path)
        if address is None:
            return self._within(environ, start_response)
        if target:
            address = as_sent(target, address)
        response = self.respond(request_of(environ, self.prefix, path), address)
        if "werkzeug.socket" in environ:
            response = without_date(response)
        return send(response, start_response)

    def _within(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer, with its hooks, which are to see a request once."""
        content = environ["wsgi.input"]
        if isinstance(content, Awaited):
            content.may_wait = True
        return self.inner(environ, start_response)
