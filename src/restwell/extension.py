"""Api(app): Restwell as an extension of Flask, and the door through Flask's own routing.

Of the package itself this is the only module that imports Flask; `frameworks.py` does as any application. Nothing of
an application is kept on the `Api`, so that one can serve several applications; what belongs to an application is in
`app.extensions["restwell"]`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib import metadata
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import orjson
from flask import Flask, abort, current_app, has_app_context, request, signals
from flask import Response as FlaskResponse
from flask.wrappers import Request as FlaskRequest
from werkzeug.datastructures import Headers
from werkzeug.routing import BaseConverter, Map, Rule

from . import descriptions, formats
from .access import policy
from .access.keys import LIFETIME, issue_key
from .addresses import Address, Addresses
from .answers import Book
from .descriptions.schema import representing
from .exchange import Document, Setting
from .freshness import digest
from .front import Front, below, path_of, request_of
from .hosts import Hosts, hosts_of
from .messages import Request, Response
from .observe import logs
from .plan import Rows
from .problems import Problem
from .resource import MAX_BODY, Declaration, DeclarationError, Resource, declare
from .service import Closed, Service
from .storage.engine import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RELEASE = metadata.version("restwell")
MAX_PREFIX = 100
R = TypeVar("R", bound=type[Resource])
SETTINGS = {"DATABASE": "sqlite:///restwell.db", "BASE_URL": None, "ALLOWED_HOSTS": ""}
"""Every setting and its default: `RESTWELL_NAME` in the application's config, or else in the environment."""


class AnyPath(BaseConverter):
    """Every path, empty ones and `//` too: what they mean is Restwell's own to say."""

    regex = ".*"
    part_isolating = False


class Fields(Headers):
    """Header fields that need no checking: Restwell made them."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._list = list(fields)


class Answer(FlaskResponse):
    """A response of Restwell's as Flask knows responses: hooks may change it, and nothing else does."""

    def __init__(self, answer: Response) -> None:
        # Everything that Werkzeug's own constructor sets, without the guesses that it makes first: 10 us a request.
        self.headers = Fields(answer.headers)
        self.status_code = answer.status
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


class Api:
    """The resources of an API. `Api(app)` binds it to an application at once, `init_app` later."""

    def __init__(
        self,
        app: Flask | None = None,
        *,
        url_prefix: str = "",
        title: str | None = None,
        description: str = "",
        version: str = "1.0.0",
    ) -> None:
        if url_prefix and (not url_prefix.startswith("/") or url_prefix.endswith("/")):
            raise DeclarationError(
                f"The prefix {url_prefix!r} should begin with '/' and not end with it, as in '/api'."
            )
        if len(url_prefix) > MAX_PREFIX:
            raise DeclarationError(f"The prefix has {len(url_prefix)} characters: links have room for {MAX_PREFIX}.")
        self.url_prefix = url_prefix
        self.title = title
        self.description = description
        self.version = version
        self.declarations: list[Declaration] = []
        if app is not None:
            self.init_app(app)

    def resource(  # noqa: PLR0913 - one argument a rule; all are named
        self,
        path: str,
        *,
        read: policy.Rule | None = None,
        write: policy.Rule | None = None,
        create: policy.Rule | None = None,
        update: policy.Rule | None = None,
        delete: policy.Rule | None = None,
        require_if_match: bool = False,
        max_body: int = MAX_BODY,
        iri: str | None = None,
        initial: Sequence[Mapping[str, Any]] = (),
    ) -> Callable[[R], R]:
        """Serve a Resource class at a path; a class decorator. See `resource.declare` for the arguments."""

        def register(cls: R) -> R:
            declaration = declare(
                cls, path, read=read, write=write, create=create, update=update, delete=delete,
                require_if_match=require_if_match, max_body=max_body, iri=iri, initial=initial,
            )  # fmt: skip
            Addresses([*self.declarations, declaration])
            self.declarations.append(declaration)
            return cls

        return register

    def init_app(self, app: Flask) -> None:
        """Serve this API from an application."""
        bindings: dict[str, Binding] = app.extensions.setdefault("restwell", {})
        if self.url_prefix in bindings:
            raise DeclarationError(
                f"This application has an API at {self.url_prefix or '/'} already: give one a url_prefix."
            )
        bindings[self.url_prefix] = Binding(self, app)

    def binding(self, app: Flask | None = None) -> Binding:
        """What binds this API to an application: the given one, or the current one. Raises RuntimeError."""
        target = app if app is not None else _current_app()
        if target is None:
            raise RuntimeError("Which application? Give it, or call this within `with app.app_context():`.")
        bindings: dict[str, Binding] = target.extensions.get("restwell", {})
        if self.url_prefix not in bindings:
            raise RuntimeError(
                f"The application {target.name!r} does not serve this API: call api.init_app(app) first."
            )
        return bindings[self.url_prefix]

    @property
    def keys(self) -> Keys:
        """The API keys of the current application."""
        return Keys(self.binding().store)


def _current_app() -> Flask | None:
    """The application whose context this is; the proxy itself cannot say that there is none."""
    # Flask's documented way to the object itself, which the proxy's type does not show
    return current_app._get_current_object() if has_app_context() else None  # type: ignore[attr-defined]  # noqa: SLF001


class Keys:
    """Makes, lists and revokes the API keys in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(self, name: str, *scopes: str, lifetime: int | None = LIFETIME) -> str:
        """Make a key and give it; it cannot be shown again. `lifetime` is in seconds, None for ever.

        Raises ValueError for a scope that no resource knows.
        """
        known = known_scopes(list(self.store.statements))
        unknown = sorted(policy.expand_scopes(scopes) - known)
        if unknown:
            raise ValueError(
                f"No resource knows the scope {unknown[0]!r}: the scopes are {', '.join(sorted(known))}."
            )
        key, record = issue_key(name, scopes, now=time.time(), lifetime=lifetime)
        self.store.add_key(record)
        return key

    def list(self) -> list[Mapping[str, Any]]:
        """What is kept of every key: id, name, scopes, created, expires, revoked; never the key."""
        return [
            {name: value for name, value in record.items() if name != "digest"} for record in self.store.list_keys()
        ]

    def revoke(self, identifier: str) -> bool:
        """Revoke a key by its id, from its next use on; False when there is no such valid key."""
        return self.store.revoke_key(identifier)


def edition_of(declarations: Sequence[Declaration]) -> str:
    """A name for what representations are written by: another release or other fields make other ones."""
    schemas = [representing(declaration) for declaration in declarations]
    return digest(orjson.dumps([RELEASE, schemas]), 16)


def known_scopes(declarations: Sequence[Declaration]) -> set[str]:
    """Every scope that some operation on some resource needs."""
    scopes = {rule.scope_for(operation) for d in declarations for operation, rule in d.rules.items()}
    return {scope for scope in scopes if scope is not None}


class Binding:
    """One API in one application: its settings, its store, and the two doors."""

    def __init__(self, api: Api, app: Flask) -> None:
        self.api = api
        self.app = app
        self._service: Service | None = None
        self._closed: Service | None = None
        self._store: Store | None = None
        self._making = threading.RLock()
        self._routes = 0
        logs.set_up()
        self._mount_routes()
        self._pristine = getattr(app.wsgi_app, "__func__", None) is Flask.wsgi_app or isinstance(app.wsgi_app, Front)
        self.front = Front(app.wsgi_app, api.url_prefix, self.respond, self.find, self.straight_door_is_open)
        app.wsgi_app = self.front  # type: ignore[method-assign]  # where Flask wants middleware to be put

    def setting(self, name: str) -> Any:
        """A setting by its name without `RESTWELL_`."""
        key = f"RESTWELL_{name}"
        found = self.app.config.get(key)
        return found if found is not None else os.environ.get(key, SETTINGS[name])

    @property
    def store(self) -> Store:
        """The store, opened when it is first needed. Raises UnknownDatabase, SchemaMismatch."""
        if self._store is None:
            with self._making:
                if self._store is None:
                    self._store = Store.open(self.setting("DATABASE"), self.api.declarations)
        return self._store

    @property
    def service(self) -> Service:
        """The service, made when it is first needed: by then every resource is declared."""
        if self._service is None:
            with self._making:
                if self._service is None:
                    self._service = self._make_service(self.store)
        return self._service

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the API, collected at the first request."""
        return Addresses(self.api.declarations)

    def _make_service(self, store: Rows) -> Service:
        api, addresses = self.api, self.addresses
        allowed = hosts_of(self.setting("ALLOWED_HOSTS"))
        hosts = Hosts(self.setting("BASE_URL"), [*allowed, *hosts_of(self.app.config.get("TRUSTED_HOSTS"))])
        title = api.title or f"The {self.app.name} API"
        about = descriptions.About(title, api.version, api.description)

        @lru_cache(256)
        def describe(address: Address, base: str) -> Document | None:
            return descriptions.describe(address, addresses, about, base)

        book = Book(formats.FORMATS, formats.described, describe, title, api.description)
        totals = frozenset(each.media_type for each in formats.FORMATS if each.shows_total)
        edition = edition_of(api.declarations)
        setting = Setting(addresses, store, book.offers, describe, hosts.base, totals, edition)
        return Service(setting, book, [logs.write_line])

    def respond(self, message: Request, address: Address) -> Response:
        """The response to a request for an address; until the store can be opened, what that comes to."""
        try:
            service = self.service
        except Problem as problem:
            service = self._closed = self._closed or self._make_service(Closed(problem))
            service.setting.store = Closed(problem)
        return service.respond(message, address)

    # -- the door through Flask's routing -------------------------------------------------------------------

    def _mount_routes(self) -> None:
        app, prefix = self.app, self.api.url_prefix
        app.url_map.converters.setdefault("restwell", AnyPath)
        endpoint = f"restwell{prefix.replace('/', '_')}"
        for text in ["/<restwell:path>"] if not prefix else [prefix, f"{prefix}/<restwell:path>"]:
            # No methods: which ones there are, and what is said of others, is Restwell's to decide.
            app.url_map.add(Rule(text, endpoint=endpoint, strict_slashes=False, merge_slashes=False))
        app.view_functions[endpoint] = self._view

    def _view(self, **_: str) -> FlaskResponse:
        environ = request.environ
        relative = below(self.api.url_prefix, path_of(environ)) or "/"
        address = self.find(relative)
        if address is None:
            self._refuse_for_the_application()
        answer = self.respond(request_of(environ, self.api.url_prefix, relative), address)
        return Answer(answer)

    def _refuse_for_the_application(self) -> NoReturn:
        """Raise what Flask would have raised without us: 404, or 405 for a route of the application's own."""
        own = [rule.empty() for rule in self.app.url_map.iter_rules() if not rule.endpoint.startswith("restwell")]
        routes = Map(own, converters=self.app.url_map.converters)
        routes.bind_to_environ(request.environ).match()
        abort(404)

    def find(self, path: str) -> Address | None:
        """What a path below the prefix addresses; None when it is for the application to answer.

        An unknown path is ours when nobody else would answer it (contract, section 3).
        """
        address = self.addresses.find(path)
        if address.kind == "nothing" and not self.api.url_prefix and self._own_rules():
            return None
        return address

    def _own_rules(self) -> list[str]:
        """The rules of the application's own routes."""
        rules = self.app.url_map.iter_rules()
        return [r.rule for r in rules if r.endpoint != "static" and not r.endpoint.startswith("restwell")]

    def _own_rules_overlap(self) -> bool:
        """Whether a route of the application's own could lie at or below an address of ours."""
        ours = [f"{self.api.url_prefix}{path}" for path in self.addresses.paths()]
        return any(
            "<" in rule.split("/")[1] or any(rule == path or rule.startswith(f"{path}/") for path in ours)
            for rule in self._own_rules()
        )

    # -- the straight door ----------------------------------------------------------------------------------

    def straight_door_is_open(self, environ: WSGIEnvironment) -> bool:
        """Whether nothing of the application's would see a request on its way through Flask."""
        app = self.app
        if app.testing or "werkzeug.debug.preserve_context" in environ or not self._unshared:
            return False
        if app.before_request_funcs or app.after_request_funcs or app.teardown_request_funcs:
            return False
        if app.teardown_appcontext_funcs or app.url_value_preprocessors or any(map(RECEIVERS, SIGNALS)):
            return False
        return app.request_class is FlaskRequest and app.response_class is FlaskResponse

    @cached_property
    def _unshared(self) -> bool:
        """Whether neither a wrapper of `wsgi_app` nor a route of the application's own has a part in our addresses.

        Asked at the first request: Flask takes no further routes behind it.
        """
        overridden = any(getattr(type(self.app), step) is not getattr(Flask, step) for step in STEPS)
        return self._pristine and not overridden and not self._own_rules_overlap()


STEPS = (
    "full_dispatch_request", "dispatch_request", "preprocess_request", "process_response", "make_response",
    "finalize_request", "do_teardown_request", "do_teardown_appcontext", "handle_exception", "handle_user_exception",
    "create_url_adapter", "request_context", "app_context",
)  # fmt: skip
"""What Flask does with a request, of which a subclass may make something else."""
RECEIVERS = attrgetter("receivers")
SIGNALS = (
    signals.request_started,
    signals.request_finished,
    signals.request_tearing_down,
    signals.got_request_exception,
    signals.appcontext_pushed,
    signals.appcontext_popped,
    signals.appcontext_tearing_down,
)
