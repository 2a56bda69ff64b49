"""One API in one application: its settings, its store and its service."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from os import getpid
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from flask import Flask, has_app_context

from ...access.assumed import AssumedGrants
from ...access.authenticators import Authenticator
from ...access.grant import Grant
from ...access.identifying import Identifying
from ...data.ports import StorePort
from ...data.store_errors import StoreError
from ...edge.cors import Cors, SharingService
from ...flow.service import Closed, Failed, Service, ignore
from ...http.limits import MAX_PREFIX
from ...http.messages import Headers, Request, Response
from ...model.errors import DeclarationError
from ...model.resource import Declaration
from ...observe import logs
from ...rates.declared import RateLimit, check_operations
from ...rates.limiting import Limiter
from ...representations import Format
from ...storage.breaker import FIRST, LATER_PAUSE, PAUSE
from ...storage.engine import Given, Store
from ...surface.addresses import DOCUMENTS, NAMED, OF_CALLERS, OF_TOKENS, Address, Addresses
from ..assembly import about_of, assemble
from ..wsgi import below, path_of
from .databases import check_filters, database_of
from .routes import Routes
from .settings import check_settings, cors_from, counters_from, hosts_from, is_read_only, read_setting
from .unseen import Unseen
from .view import Views
from .watchers import Watchers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BESIDE = frozenset([*OF_CALLERS.values(), *DOCUMENTS.values(), *OF_TOKENS.values(), *NAMED.values()])
"""What is answered however much there is to do."""


class Place(NamedTuple):
    """Where in an application an API is bound: below which prefix, on which blueprint and subdomain, if any."""

    prefix: str
    blueprint: str | None = None
    domain: str | None = None
    defaults: tuple[tuple[str, Any], ...] = ()

    @property
    def endpoint(self) -> str:
        """What endpoints of the API begin with: `restwell:`, `restwell/api:`, or `NAME.restwell:` on a blueprint."""
        return f"{self.blueprint}.restwell:" if self.blueprint else f"restwell{self.prefix}:"


class Declared(Protocol):
    """What a binding asks of an Api."""

    title: str | None
    description: str
    version: str
    formats: tuple[Format, ...]
    engine: Any
    unseen: Unseen
    authenticators: list[Authenticator]
    cors: tuple[str, ...]
    limits: tuple[RateLimit, ...]

    @property
    def declarations(self) -> list[Declaration]: ...


class Binding:
    """One API at one place in one application.

    `twin` is an earlier binding of the same API in the same application, with which it shares the store. `pristine`
    says whether nothing but fast paths stands around the application.
    """

    def __init__(
        self, api: Declared, app: Flask, place: Place, twin: Binding | None = None, *, pristine: bool = True
    ) -> None:
        self.api = api
        self.app = app
        self.prefix = place.prefix
        self.twin = twin
        self._service: Service | None = None
        self._closed: Service | None = None
        self._opener = 0
        """The process whose thread opens the store."""
        self._store: Store | None = None
        self._addresses: Addresses | None = None
        self._assumed: AssumedGrants | None = None
        self._making, self._pid = threading.RLock(), getpid()
        logs.set_up()
        self.routes = Routes(app, place.prefix, place.endpoint, dict(place.defaults), place.domain)
        self.views = Views(app, self.routes, self)
        self._takes_tokens = any(each.issuers for each in api.authenticators)
        self.routes.add_fixed(self.views.known, self.views.last, takes_tokens=self._takes_tokens)
        for declaration in api.declarations:
            self.add_resource(declaration)
        self.watchers = Watchers(app, place.blueprint, api.unseen, api.authenticators, pristine=pristine)

    # -- what is declared -----------------------------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Whether it is too late to declare anything: something was made of what is declared, or answered."""
        # Flask says so itself only by raising; of requests that it has seen nothing else is known here
        return self._addresses is not None or self.app._got_first_request  # noqa: SLF001

    def add_resource(self, declaration: Declaration) -> None:
        """Give a resource its routes."""
        self.routes.add_resource(declaration, self.views.known)

    def add_operation(self, declaration: Declaration, name: str) -> None:
        """Give an operation of the application's own its route."""
        self.routes.add_operation(declaration, name, self.views.known)

    @property
    def addresses(self) -> Addresses:
        """The addresses of the API, collected when they are first needed; none can be declared from then on."""
        if self._addresses is None:
            with self._making:
                if self._addresses is None:
                    self._addresses = Addresses(self.api.declarations, takes_tokens=self._takes_tokens)
        return self._addresses

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every resource as it is declared; none can be declared from then on."""
        return tuple(each.whole for each in self.addresses.declarations)

    # -- what is made of it ---------------------------------------------------------------------------------

    def setting(self, name: str) -> Any:
        """A setting by its name without `RESTWELL_`."""
        return read_setting(self.app.config, name)

    @property
    def store(self) -> Store:
        """The store, opened when it is first needed. Raises UnknownDatabase, SchemaMismatch, DeclarationError."""
        if self.twin is not None:
            return self.twin.store
        if self._store is None:
            with self._making:
                if self._store is None:
                    self._store = self._opened()
        return self._store

    def _opened(self) -> Store:
        return Store.open(self.database, self.declarations, secret=self.setting("READ_ONLY_SECRET"))

    @cached_property
    def database(self) -> str | Given:
        """What the store is opened for: a URL, or an engine of the application's. Raises as `store` does."""
        check_settings(self.app.config)
        check_filters(self.app, self.declarations, self.api.unseen)
        found = database_of(self.app, self.api.engine, self.declarations)
        return found.had_in(self._pid) if isinstance(found, Given) else found

    @property
    def is_open(self) -> bool:
        """Whether the store of this binding itself is open; a twin's is that of the other."""
        return self._store is not None

    def open_store(self) -> None:
        """Open the store, while requests go on being answered. Raises as `store` does."""
        store = self._opened()
        with self._making:
            if self._store is None:
                self._store = store
                return
        store.close()

    @property
    def service(self) -> Service:
        """The service, made when it is first needed: by then every resource is declared."""
        if self._service is None:
            with self._making:
                if self._service is None:
                    self.watchers.unseen.check()
                    self._service = self._make_service(self.store)
                    self.watchers.tell()
        return self._service

    def _make_service(self, store: StorePort) -> Service:
        api = self.api
        about = about_of(
            api.title or f"The {self.app.name} API", api.version, api.description, api.formats, api.authenticators,
            differs=self.addresses.differs, limiter=self.limiter,
        )  # fmt: skip
        hosts = hosts_from(self.app.config, self.routes.domain)
        service = assemble(
            about, api.formats, self.addresses, store, hosts, max_content=self.app.config["MAX_CONTENT_LENGTH"],
            around=self._around, apart=self._apart(),
        )  # fmt: skip
        service.setting.identifying = self._identifying()
        service.setting.limiter = self.limiter
        service.setting.read_only = is_read_only(self.app.config)
        return service if self.cors is None else SharingService(service, self.cors)

    @cached_property
    def cors(self) -> Cors | None:
        """What is said to pages of other origins; None where they are told nothing. Raises DeclarationError."""
        reads = [name for each in self.api.authenticators for name in each.reads]
        return cors_from(self.app.config, self.api.cors, reads)

    @cached_property
    def limiter(self) -> Limiter:
        """What counts requests. Raises DeclarationError."""
        if self.twin is not None:
            return self.twin.limiter
        check_operations(self.api.limits, self.declarations)
        return Limiter(self.api.limits, counters_from(self.app.config))

    def _identifying(self) -> Identifying:
        """What tells who is asking: the grants of test clients, then the authenticators of the API."""
        assumed = [] if self._assumed is None else [self._assumed]
        return Identifying([*assumed, *self.api.authenticators])

    def assume(self, credential: str, grant: Grant) -> None:
        """Take a credential, which a test client sends, for a grant."""
        with self._making:
            assumed = self._assumed = self._assumed or AssumedGrants()
            assumed.add(credential, grant)
            for service in (self._service, self._closed):
                if service is not None:
                    service.setting.identifying = self._identifying()

    def _apart(self) -> dict[Declaration, Hashable]:
        """A name for the database of each resource that is not in the main one."""
        database = (self.twin or self).database
        further = database.beside if isinstance(database, Given) else ()
        return {declaration: place for place, each in enumerate(further) for declaration in each.declarations}

    def _around(self) -> AbstractContextManager[object]:
        """The context in which the application's own code is called: its own, where it is not in it already."""
        return nullcontext() if has_app_context() else self.app.app_context()

    # -- what comes in --------------------------------------------------------------------------------------

    def may_pass(self, environ: WSGIEnvironment) -> bool:
        """Whether a request that the application would have seen may go the fast path all the same.

        One to a host that Flask would not hear of may: it is refused in our words, and probes are answered. If not,
        Flask's routing knows what it has to.
        """
        self.routes.others(self._addresses or self.addresses)
        return self.watchers.refuse_host(environ)

    def find(self, path: str) -> Address | None:
        """What a path below the prefix addresses; None when Flask's routing is to say whose it is."""
        addresses = self._addresses or self.addresses
        address = addresses.find(path)
        if address.kind == "nothing":
            return address if self._is_nothing_of_ours(path) else None
        shared = self.routes.shared(addresses)
        if shared and addresses.root(address) in shared:
            return None
        return address

    def _is_nothing_of_ours(self, path: str) -> bool:
        addresses = self.addresses
        if addresses.is_item_path(path) and path.rpartition("/")[0] not in self.routes.shared(addresses):
            return True
        return self.routes.is_ours(path, addresses)

    def is_beside(self, environ: WSGIEnvironment) -> bool:
        """Whether what a request asks for takes no time: the health of the service, and descriptions."""
        path = below(self.prefix, path_of(environ))
        return path is not None and (self._addresses or self.addresses).find(path).kind in BESIDE

    def shared(self, environ: WSGIEnvironment) -> Headers:
        """The fields of CORS of what the server answers in place of the API; none at addresses of others."""
        if self.cors is None:
            return ()
        path = below(self.prefix, path_of(environ))
        is_ours = path is not None and self.find(path) is not None
        return self.cors.alone(environ.get("HTTP_ORIGIN")) if is_ours else ()

    def respond(self, message: Request, address: Address, failed: Failed = ignore) -> Response:
        """The response to a request for an address; until the store can be opened, what that comes to."""
        service = self._service or self.opened_or_closed()
        return service.respond(message, address, failed)

    def opened_or_closed(self) -> Service:
        """The service, or while the store cannot be opened one that says so.

        One request waits for the store, then a thread of its own tries on, and nobody waits for that.
        """
        with self._making:
            if self._service is not None:
                return self._service
            if self._closed is not None and self._opener == getpid():
                return self._closed
            try:
                return self.service
            except StoreError as error:
                self._closed = self._make_service(Closed(error))
                self._opener = getpid()
        threading.Thread(target=self._open_later, args=(self._closed,), name="restwell-open", daemon=True).start()
        return self._closed

    def _open_later(self, closed: Service) -> None:
        """Try to open the store until it is open, or until that meets what only a request can tell of."""
        begun, owner = time.monotonic(), self.twin or self
        while not owner.is_open:
            time.sleep(PAUSE if time.monotonic() - begun < FIRST else LATER_PAUSE)
            try:
                owner.open_store()
            except StoreError as error:
                closed.setting.store = Closed(error)
            except Exception:  # noqa: BLE001 - the next request meets it, and it is logged and answered there
                break
        self._closed = None


def place_of(prefix: str, where: str) -> str:
    """A prefix without the slash at its end, checked; `where` says whose it is. Raises DeclarationError."""
    text = prefix.rstrip("/")
    if "<" in text:
        raise DeclarationError(
            f"{where} has the prefix {prefix!r}, and an API has one address for each thing: "
            "take the variable out of it, and put what it stands for into the resources."
        )
    if text and not text.startswith("/"):
        raise DeclarationError(f"{where} has the prefix {prefix!r}: begin it with '/', as in '/api'.")
    if len(text) > MAX_PREFIX:
        raise DeclarationError(f"{where} has a prefix of {len(text)} characters: links have room for {MAX_PREFIX}.")
    return text
