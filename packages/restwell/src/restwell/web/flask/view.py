"""The view of every rule of ours: the way through Flask's routing, with all that an application has put there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from flask import Flask, request, signals
from flask import Response as FlaskResponse
from flask.wrappers import Request as FlaskRequest
from werkzeug.datastructures import Headers

from ...flow.service import Failed
from ...http.messages import Request, Response
from ...http.request_target import sent_target
from ...surface.addresses import Address, Addresses
from ..wsgi import STATUS_LINES, as_sent, below, path_of, without_date
from .requests import KeptContent, message_of
from .routes import Routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Fields(Headers):
    """Header fields that need no checking: Restwell made them."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._list = list(fields)


class Answer(FlaskResponse):
    """A response of Restwell's as Flask knows responses: hooks may change it, and nothing else does."""

    def __init__(self, answer: Response) -> None:
        # Everything that Werkzeug's own constructor sets, without the guesses that it makes first: 10 us a request.
        self.headers = Fields(answer.headers)
        self._status, self._status_code = STATUS_LINES[answer.status], answer.status
        self.response = self._made = [answer.body] if isinstance(answer.body, bytes) else answer.body
        self.direct_passthrough = False
        self._on_close = []

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002 - Werkzeug's signature
        """The header fields as they are: they are complete, and Location is what was meant."""
        return self.headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the response; one that no hook has changed is sent without Werkzeug's preparations, 5 us a request."""
        if self.response is not self._made or self._on_close:
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        return self._made


class Answering(Protocol):
    """What answers: a binding."""

    @property
    def addresses(self) -> Addresses: ...

    def respond(self, message: Request, address: Address, failed: Failed) -> Response: ...


class Views:
    """The two views of an API: of its addresses, and of whatever no other route has."""

    def __init__(self, app: Flask, routes: Routes, answering: Answering) -> None:
        self.app = app
        self.routes = routes
        self.answering = answering

    def known(self, **_: str) -> FlaskResponse:
        """Answer at an address of ours; the values of the rule are for hooks."""
        # Once for all: each look through the proxy costs a microsecond.
        current: FlaskRequest = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - documented
        environ = current.environ
        path = below(self.routes.prefix, path_of(environ)) or "/"
        content = KeptContent(current)
        message = message_of(current, content, self.routes.prefix, path)
        target = sent_target(environ)
        address = self.answering.addresses.find(path)
        if target:
            address = as_sent(target, address)
        answer = self.answering.respond(message, address, self._failed)
        content.give_back()
        return Answer(without_date(answer) if "werkzeug.socket" in environ else answer)

    def last(self, **_: str) -> FlaskResponse:
        """Answer where no other route does, unless the application would have said something itself."""
        self.routes.raise_for_others(self.answering.addresses)
        return self.known()

    def _failed(self, error: Exception) -> None:
        """Let Flask do with an error what its settings say: raise it, as in tests, or tell who listens."""
        propagate = self.app.config["PROPAGATE_EXCEPTIONS"]
        if (self.app.testing or self.app.debug) if propagate is None else propagate:
            raise error
        signals.got_request_exception.send(self.app, _async_wrapper=self.app.ensure_sync, exception=error)
