"""Api(app): Restwell as an extension of Flask: what an application calls.

Nothing of an application is kept on the `Api` but weakly, so that one can serve several applications; what belongs
to an application is in `app.extensions["restwell"]`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint, Flask, current_app, has_app_context, has_request_context, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel

from ...access.assumed import assumed_credential, check_assumed
from ...access.authenticators import ApiKeys, Authenticator, authenticators_of
from ...access.grant import Grant
from ...edge.cors import declared_origins
from ...http.limits import MAX_BODY
from ...http.messages import Request
from ...http.problems import Refusal
from ...model import policy
from ...model.declare import declare
from ...model.errors import DeclarationError
from ...model.holding import check_members, holding
from ...model.hooks import When
from ...model.naming import Naming, check_naming
from ...model.operating import operate
from ...model.resource import Declaration, Resource
from ...model.source import Source
from ...rates.declared import RateLimit, declared_limits
from ...representations import Format, every_format
from ...storage.mapped.declaring import declare_model
from ...storage.tables import own_names
from ...surface.addresses import Addresses
from ..installed import installed_formats
from .binding import Binding, Place, place_of
from .fast_path import FastPath
from .hooking import F, check_function, check_refusals, hooking, resources_of
from .key_items import KeyItems
from .key_resource import RULES, ApiKey, narrow
from .keys import Keys
from .unseen import Unseen

if TYPE_CHECKING:
    from flask.testing import FlaskClient  # which servers do without

R = TypeVar("R", bound=type[Resource])


class Api:
    """The resources of an API. `Api(app)` binds it to an application or a blueprint at once, `init_app` later.

    `formats` are media types of the application's own, beside those that every API has (`representations.Format`) and
    those that other distributions add by entry points of `restwell.formats`.
    `engine` is one of SQLAlchemy's, or a function that gives one and is called within the application: it is used as
    it is, and RESTWELL_DATABASE says nothing then. Without either, an API with models uses that of Flask-SQLAlchemy.
    For models of several it is as the `binds` of a session: from classes and tables to engines, the main one first.
    `unseen_by` are hooks, or names of modules such as "flask_login" with hooks in them, that need not see requests to
    the API: what sees them keeps them from the fast path.
    `naming="camelCase"` calls every member `relatedName` over HTTP whose attribute is `related_name`, where it has no
    alias of its own, those of nested models too; in Python, and in what is stored, the attribute stays what it is.
    `authenticate` is what tells who is asking, asked in this order: `ApiKeys()`, which it is without it, `Jwt`,
    `Introspection`, `Basic`, `CurrentUser`, or a function of the request that gives a Grant or None. `cors`
    are origins whose pages may read. `limits` are how many requests a caller may make; they are counted in the Redis
    that the setting RESTWELL_REDIS names, or by each worker for itself.
    """

    def __init__(  # noqa: PLR0913 - one argument a rule; all are named
        self,
        app: Flask | Blueprint | None = None,
        *,
        url_prefix: str = "",
        title: str | None = None,
        description: str = "",
        version: str = "1.0.0",
        formats: Sequence[Format] = (),
        engine: Any = None,
        unseen_by: Sequence[str | Callable[..., Any]] = (),
        naming: Naming | None = None,
        authenticate: Sequence[Authenticator | Callable[[Request], Grant | None]] | None = None,
        cors: Collection[str] | None = None,
        limits: Sequence[RateLimit] = (),
    ) -> None:
        if url_prefix.endswith("/"):
            raise DeclarationError(f"The prefix {url_prefix!r} should not end with '/': write it as in '/api'.")
        self.url_prefix = place_of(url_prefix, "The API")
        check_naming(naming)
        self.naming = naming
        self.title = title
        self.description = description
        self.version = version
        self.formats = every_format([*installed_formats(), *formats])
        self.engine = engine
        self.unseen = Unseen(unseen_by)
        self.authenticators = authenticators_of(authenticate)
        self.cors = declared_origins(cors, "cors")
        self.limits = declared_limits(limits)
        self._declarations: list[Declaration] = []
        self._waiting: dict[str, DeclarationError] = {}
        """By path, why a model is not served: unless a Resource class is declared beside it, at the next occasion."""
        self._bindings: weakref.WeakSet[Binding] = weakref.WeakSet()
        for path in (each.path for each in self.authenticators if isinstance(each, ApiKeys) and each.path):
            self.resource(path, source=KeyItems(), **RULES)(ApiKey)
            self.before(ApiKey, "create")(narrow)
        if app is not None:
            self.init_app(app)

    def resource(  # noqa: PLR0913 - one argument a rule; all are named
        self,
        path: str,
        *,
        model: Any = None,
        query: Any = None,
        source: Source | None = None,
        read: policy.Permission | None = None,
        write: policy.Permission | None = None,
        create: policy.Permission | None = None,
        update: policy.Permission | None = None,
        delete: policy.Permission | None = None,
        require_if_match: bool = False,
        max_body: int = MAX_BODY,
        name: str | None = None,
        iri: str | None = None,
        unique: Sequence[Sequence[str]] = (),
        initial: Sequence[Mapping[str, Any]] = (),
    ) -> Callable[[R], R]:
        """Serve a Resource class at a path; a class decorator. See `resource.declare` for the arguments.

        `model` is a class that SQLAlchemy maps, or a Table: it is served as it is, and nothing is added to it.
        `query` is a select of SQLAlchemy's, which is only read. Neither needs a Resource class; one beside it,
        decorated by this call, chooses among the members and tightens them. `source` is a `Source` of the
        application's own, which holds the items in place of a table.

        Raises DeclarationError, also once the API has answered or its store is open.
        """
        self._raise_waiting()
        given: dict[str, Any] = {
            "read": read, "write": write, "create": create, "update": update, "delete": delete,
            "require_if_match": require_if_match, "max_body": max_body, "name": name, "iri": iri,
            "unique": unique, "initial": initial, "naming": self.naming,
        }  # fmt: skip
        alone: list[Declaration] = []

        def register(cls: R) -> R:
            if model is None and query is None:
                declaration = declare(
                    cls, path, held=None if source is None else holding(source, path, given), **given
                )
                if source is not None:
                    check_members(declaration)
            else:
                declaration = declare_model(cls, path, model=model, query=query, **given)
            self._waiting.pop(path, None)
            self._add(declaration, instead_of=alone[0] if alone else None)
            return cls

        if source is not None and (model is not None or query is not None):
            raise DeclarationError(f"The resource at {path} has source= beside a model: give one of them.")
        if model is not None or query is not None:
            try:
                alone.append(declare_model(None, path, model=model, query=query, **given))
                self._add(alone[0])
            except DeclarationError as error:
                self._waiting[path] = error
        return register

    def before(
        self, resource: type[Any], *operations: str, refuses: Sequence[type[Refusal]] = ()
    ) -> Callable[[F], F]:
        """Call a function in the transaction of a change, before it is written; a decorator.

        `resource` is a declared class, or the model that is served; `operations` are of `create`, `update` and
        `delete`, all of them by default. The function gets a `Change`. What it sets in `change.new` is validated
        again and written; what it raises takes all of the change back. `Refuse(409, "Why.")` or a `Refusal` of its
        own answers so; `refuses` names the kinds for descriptions. Raises DeclarationError.
        """
        return self._hook("before", resource, operations, refuses)

    def after(self, resource: type[Any], *operations: str, refuses: Sequence[type[Refusal]] = ()) -> Callable[[F], F]:
        """As `before`, when the row is written: `change.new` has what the database has made of it.

        What the function writes through `change.session` is committed with the change, or not at all.
        """
        return self._hook("after", resource, operations, refuses)

    def committed(self, resource: type[Any], *operations: str) -> Callable[[F], F]:
        """Call a function once a change is committed, at least once, in a thread; a decorator, as `before`.

        The call is kept in the database with the change. Where the function raises, it is called again later, with
        `change.tries` one more; so it is when a process was killed meanwhile. It cannot refuse anything.
        """
        return self._hook("committed", resource, operations)

    def operation(
        self,
        resource: type[Any],
        name: str,
        *,
        permission: policy.Permission | None = None,
        title: str | None = None,
        input: type[BaseModel] | None = None,  # noqa: A002 - as it is declared everywhere
        refuses: Sequence[type[Refusal]] = (),
    ) -> Callable[[F], F]:
        """Make a function an operation on the items of a resource: POST to `ITEM/NAME`; a decorator.

        `permission` says who may do it. `input` is a class of pydantic's that the content is validated by, strictly;
        without one there is no content. The function gets a `Change` with the item as `old` and `new`, and what was
        given as `input`; what it sets in `new` is validated and written, as an update that hooks see too. The answer
        is the item. `title` is what people read; `refuses` is as in `before`. Raises DeclarationError.
        """
        found = resources_of(self.declarations, f"operation {name!r}", resource)
        check_refusals(f"The operation {name!r} of {found[0].name}", refuses)

        def register(function: F) -> F:
            self._check_time(f"The operation {name!r} of {found[0].name}")
            check_function(f"The operation {name!r} of {found[0].name}", function)
            for declaration in found:
                operate(
                    declaration, name, function, permission=permission, title=title, input=input, refuses=(*refuses,)
                )
                for binding in self._bindings:
                    binding.add_operation(declaration, name)
            return function

        return register

    def _hook(
        self, when: When, resource: object, operations: Sequence[str], refuses: Sequence[type[Refusal]] = ()
    ) -> Callable[[F], F]:
        add = hooking(self.declarations, when, resource, operations, refuses)

        def register(function: F) -> F:
            self._check_time(f"@api.{when} of {getattr(resource, '__name__', resource)}")
            return add(function)

        return register

    def _add(self, declaration: Declaration, instead_of: Declaration | None = None) -> None:
        """Add a resource, or put it in the place of another at the same path."""
        self._check_time(f"{declaration.name} at {declaration.path}")
        if instead_of is not None and (instead_of.hooks.every or instead_of.operations):
            raise DeclarationError(
                f"{declaration.name} comes too late for the hooks and operations of the model at {instead_of.path}: "
                "declare the class first, and what takes part in changes of it behind that."
            )
        others = [each for each in self._declarations if each is not instead_of]
        Addresses([*others, declaration])
        self._declarations = [*others, declaration]
        for binding in self._bindings:
            binding.add_resource(declaration)

    def _raise_waiting(self) -> None:
        """Raise what is wrong with a model that no Resource class was declared beside. Raises DeclarationError."""
        for error in self._waiting.values():
            raise error

    @property
    def declarations(self) -> list[Declaration]:
        """Every resource. Raises DeclarationError for a model that cannot be served."""
        self._raise_waiting()
        return self._declarations

    def _check_time(self, what: str) -> None:
        """Refuse what comes too late for an application that has begun to answer."""
        begun = next((binding.app.name for binding in self._bindings if binding.is_complete), None)
        if begun is None and has_request_context():
            begun = current_app.name
        if begun is not None:
            raise DeclarationError(
                f"{what} is declared too late: the application {begun!r} has "
                "answered a request already, or opened its store. Declare every resource and hook while the "
                "application is made, in a module that is imported before the first request."
            )

    def init_app(self, app: Flask | Blueprint) -> None:
        """Serve this API from an application, or from every application that a blueprint is registered with.

        Raises DeclarationError, also once the application has answered or the blueprint is registered.
        """
        if isinstance(app, Blueprint):
            self._init_blueprint(app)
        else:
            self._bind(app, Place(self.url_prefix))

    def _init_blueprint(self, blueprint: Blueprint) -> None:
        def register(state: BlueprintSetupState) -> None:
            name = f"{state.name_prefix}.{state.name}".lstrip(".")
            if state.subdomain and not (state.app.subdomain_matching and state.app.config["SERVER_NAME"]):
                raise DeclarationError(
                    f"The blueprint {name!r} is on the subdomain {state.subdomain!r}, which the application does not "
                    "look at: make it by Flask(..., subdomain_matching=True) and set SERVER_NAME."
                )
            prefix = place_of(state.url_prefix or "", f"The blueprint {name!r}") + self.url_prefix
            if not isinstance(state.app, Flask):
                raise DeclarationError(f"{state.app!r} is not an application of Flask's.")
            self._bind(state.app, Place(prefix, name, state.subdomain, tuple(state.url_defaults.items())))

        try:
            blueprint.record(register)
        except AssertionError as error:  # as Flask says that it is too late
            raise DeclarationError(
                f"The blueprint {blueprint.name!r} is registered already: give it to Api before that."
            ) from error

    def _bind(self, app: Flask, place: Place) -> None:
        if app._got_first_request:  # noqa: SLF001 - Flask says so itself only by raising
            raise DeclarationError(
                f"The application {app.name!r} has answered a request already: call init_app where it is made."
            )
        bindings: dict[str, Binding] = app.extensions.setdefault("restwell", {})
        if place.prefix in bindings:
            raise DeclarationError(
                f"This application has an API at {place.prefix or '/'} already: give one a url_prefix."
            )
        twin = next((binding for binding in bindings.values() if binding.api is self), None)
        pristine = isinstance(app.wsgi_app, FastPath) or getattr(app.wsgi_app, "__func__", None) is Flask.wsgi_app
        bindings[place.prefix] = binding = Binding(self, app, place, twin, pristine=pristine)
        app.wsgi_app = FastPath(app.wsgi_app, binding)  # type: ignore[method-assign]  # where Flask wants middleware
        self._bindings.add(binding)

    def binding(self, app: Flask | None = None) -> Binding:
        """What binds this API to an application: the given one, or the current one. Raises RuntimeError.

        On a blueprint that is registered twice it is the one that answers the current request, or else the first.
        """
        target = app if app is not None else _current_app()
        if target is None:
            raise RuntimeError("Which application? Give it, or call this within `with app.app_context():`.")
        every: dict[str, Binding] = target.extensions.get("restwell", {})
        ours = [binding for binding in every.values() if binding.api is self]
        if not ours:
            raise RuntimeError(
                f"The application {target.name!r} does not serve this API: call api.init_app(app) first."
            )
        endpoint = (request.endpoint or "") if has_request_context() else ""
        return next((binding for binding in ours if endpoint.startswith(binding.routes.endpoint)), ours[0])

    def test_client(self, as_: Grant | None = None, *, app: Flask | None = None, **options: Any) -> FlaskClient:
        """Flask's test client of the application, whose requests are made with a grant; anonymous without one.

        The credential that it sends is known to this process alone; an Authorization that a test sends itself
        counts instead. `app` is needed where the API is in several applications; `options` are those of
        `Flask.test_client`. Raises TypeError for what is not a grant, and ValueError for one without a subject.
        """
        check_assumed(as_)
        apps = {binding.app for binding in self._bindings}
        target = self.binding(apps.pop() if app is None and len(apps) == 1 else app).app
        client = target.test_client(**options)
        if as_ is not None:
            credential = client.environ_base["HTTP_AUTHORIZATION"] = assumed_credential()
            for binding in target.extensions["restwell"].values():
                if binding.api is self:
                    binding.assume(credential, as_)
        return client

    def include_name(self, name: str | None, type_: str, _: Mapping[str, Any]) -> bool:
        """Whether Alembic is to compare a name: not that of a table which Restwell creates itself.

        For migrations of the application's models in the same database: `Migrate(app, db, include_name=...)`.
        """
        return type_ != "table" or name not in own_names(self.declarations)

    @property
    def keys(self) -> Keys:
        """The API keys of the current application."""
        return Keys(self.binding().store)


def _current_app() -> Flask | None:
    """The application whose context this is; the proxy itself cannot say that there is none."""
    # Flask's documented way to the object itself, which the proxy's type does not show
    return current_app._get_current_object() if has_app_context() else None  # type: ignore[attr-defined]  # noqa: SLF001
