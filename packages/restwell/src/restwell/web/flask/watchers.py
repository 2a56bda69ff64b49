"""Whether anything of an application's would have seen a request: only if not, it goes the fast path."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Flask, signals
from flask.sessions import SecureCookieSessionInterface
from flask.wrappers import Request as FlaskRequest
from flask.wrappers import Response as FlaskResponse
from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

from ...access.authenticators import Authenticator
from ...http.keeping import kept
from .unseen import Unseen, name_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STEPS = (
    "full_dispatch_request", "dispatch_request", "preprocess_request", "process_response", "make_response",
    "finalize_request", "do_teardown_request", "do_teardown_appcontext", "handle_exception", "handle_user_exception",
    "create_url_adapter", "request_context", "app_context", "ensure_sync",
)  # fmt: skip
"""What Flask does with a request, of which a subclass, or somebody who replaces it, may make something else."""
MAX_LABEL = 63
"""Characters of one part of a name (RFC 1035, section 2.3.4)."""
SIGNALS = (
    signals.request_started, signals.request_finished, signals.request_tearing_down, signals.got_request_exception,
    signals.appcontext_pushed, signals.appcontext_popped, signals.appcontext_tearing_down,
)  # fmt: skip
"""Those that a request gives rise to."""
RECEIVERS = tuple(signal.receivers for signal in SIGNALS)
"""Of each signal, which blinker keeps in one dict for good."""
log = logging.getLogger("restwell")


def _key_of(field: str) -> str:
    """Where a header field is in the environment of WSGI (PEP 3333)."""
    return f"HTTP_{field.upper().replace('-', '_')}"


class Watchers:
    """What of an application's sees requests to an API; `blueprint` is the name of the one that the API is on.

    `pristine` says whether `app.wsgi_app` was Flask's own when the fast path was put around it, and `unseen` what
    need not see them. Of the `authenticators` some ask the application who has signed in.
    """

    def __init__(
        self, app: Flask, blueprint: str | None, unseen: Unseen, authenticators: Sequence[Authenticator], *,
        pristine: bool,
    ) -> None:  # fmt: skip
        self.app = app
        self._asked = [key for each in authenticators if each.needs_context for key in map(_key_of, each.reads)]
        self.pristine = pristine
        self.unseen = unseen
        parts = blueprint.split(".") if blueprint else []
        self._names = (None, *(".".join(parts[: place + 1]) for place in range(len(parts))))

    def see(self, environ: WSGIEnvironment) -> bool:
        """Whether something of the application's would have seen a request to an address of the API."""
        app = self.app
        config = app.config
        if config["TESTING"] or config["DEBUG"] or "werkzeug.debug.preserve_context" in environ or not self._is_plain:
            return True
        if app.teardown_appcontext_funcs and not self.unseen.has_all(app.teardown_appcontext_funcs):
            return True
        if any(RECEIVERS) and any(True for _ in self._receivers()):
            return True
        if (
            app.before_request_funcs
            or app.after_request_funcs
            or app.teardown_request_funcs
            or app.url_value_preprocessors
        ) and self._have_hooks():
            return True
        return (
            app.request_class is not FlaskRequest
            or app.response_class is not FlaskResponse
            or ("HTTP_COOKIE" in environ and self._has_session(environ["HTTP_COOKIE"]))
            or (bool(self._asked) and any(key in environ for key in self._asked))
        )

    def _have_hooks(self) -> bool:
        """Whether there are hooks for our requests, and not only for those of a blueprint that we are not on."""
        app = self.app
        every: tuple[Mapping[str | None, Sequence[Any]], ...] = (
            app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs,
            app.url_value_preprocessors,
        )  # fmt: skip
        for hooks in every:  # written out: a generator costs more than it says
            for name in self._names:
                found = hooks.get(name)
                if found and not self.unseen.has_all(found):
                    return True
        return False

    def _receivers(self) -> Iterator[Any]:
        """The receivers of signals that have to see requests."""
        for receivers in RECEIVERS:
            for reference in tuple(receivers.values()):
                receiver = reference() if isinstance(reference, weakref.ref) else reference
                if receiver is not None and not self.unseen.has(receiver):
                    yield receiver

    def tell(self) -> None:
        """Log what keeps every request from the fast path, by name, but for the modes of who develops or tests."""
        config = self.app.config
        if config["TESTING"] or config["DEBUG"]:
            return
        reasons = [*self._replaced(), *map(name_of, self._every_hook()), *map(name_of, self._receivers())]
        if reasons:
            log.warning(
                "requests to the API do not take the fast path, as they would be seen by %s; "
                "what need not see them is named by Api(unseen_by=[...])",
                ", ".join(dict.fromkeys(reasons)),
            )

    def _every_hook(self) -> Iterator[Any]:
        """The hooks that have to see requests."""
        app = self.app
        every: tuple[Mapping[str | None, Sequence[Any]], ...] = (
            app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs,
            app.url_value_preprocessors, {None: app.teardown_appcontext_funcs},
        )  # fmt: skip
        for hooks in every:
            for name in self._names:
                yield from (each for each in hooks.get(name, ()) if not self.unseen.has(each))

    def _replaced(self) -> Iterator[str]:
        """What the application does otherwise than Flask."""
        app = self.app
        if not self.pristine:
            yield "what stands around app.wsgi_app since before the API"
        for step in STEPS:
            if getattr(getattr(app, step), "__func__", None) is not getattr(Flask, step):
                yield f"{type(app).__qualname__}.{step}"
        for part, usual in (
            (type(app.session_interface), SecureCookieSessionInterface),
            (app.request_class, FlaskRequest),
            (app.response_class, FlaskResponse),
        ):
            if part is not usual:
                yield name_of(part)
        if app.url_map.host_matching or app.subdomain_matching:
            yield "the matching of hosts or subdomains"
        if app.config["PROPAGATE_EXCEPTIONS"]:
            yield "PROPAGATE_EXCEPTIONS"

    def _has_session(self, cookies: str) -> bool:
        """Whether Flask would open a session, and renew its cookie perhaps."""
        return bool(self.app.secret_key) and self.app.config["SESSION_COOKIE_NAME"] in cookies

    @cached_property
    def _is_plain(self) -> bool:
        """Whether the application does with a request what Flask does, without regard to the host."""
        app = self.app
        replaced = any(getattr(getattr(app, step), "__func__", None) is not getattr(Flask, step) for step in STEPS)
        hosts = app.url_map.host_matching or app.subdomain_matching
        sessions = type(app.session_interface) is not SecureCookieSessionInterface
        raising = app.config["PROPAGATE_EXCEPTIONS"]
        return self.pristine and not (replaced or hosts or sessions or raising)

    def refuse_host(self, environ: WSGIEnvironment) -> bool:
        """Whether Flask would not hear of the host of a request: by TRUSTED_HOSTS, or as it cannot be a name."""
        if not is_name(environ.get("HTTP_HOST", "")):
            return True
        trusted = self.app.config["TRUSTED_HOSTS"]
        if not trusted:
            return False
        try:
            get_host(environ, trusted)
        except SecurityError:
            return True
        return False


@kept(64 * 1024)
def is_name(host: str) -> bool:
    """Whether Werkzeug can look for the routes of a host: it wants names that are made of labels."""
    if ".." not in host and host[:1] != "." and len(host) <= MAX_LABEL:
        return True
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
