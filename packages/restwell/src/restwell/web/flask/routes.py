"""The addresses of an API among the routes of an application.

Flask's own routing decides whose a path is: each address is a rule in its map, beside which a rule of the
application's wins where it says more (`/frameworks/special`) or the same (`/`), and loses where it says less
(`/<path:rest>`). One more rule stands behind all others, for what only Restwell would answer: unknown paths.
What is read of the map here is kept until there is another route: no request pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask import Flask, has_request_context, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Map, Rule

from ...model.resource import Declaration
from ...surface.addresses import DOCUMENTS, ENTRY, ME, NAMED, OF_TOKENS, Addresses, Kind, segment

DOMAIN = "restwell_domain"
"""The variable that stands for any host, or subdomain, in an application that matches them."""
View = Callable[..., Any]


class Segment(BaseConverter):
    """An identity, or the name of a description: what it means is Restwell's own to say. After Flask's converters."""

    weight = 150

    def to_url(self, value: Any) -> str:
        """The one spelling that it has in a path."""
        return segment(value)


class AnyPath(BaseConverter):
    """Every path, empty ones and `//` too. After everything else."""

    regex = r"[\s\S]*"
    part_isolating = False
    weight = 10_000


class AnyDomain(BaseConverter):
    """Every host: which ones are ours, `http/origin.py` says."""

    regex = "[^/]*"
    part_isolating = True
    weight = 10_000


class Ours(Rule):
    """A route of an API; `owner` is the Routes that it belongs to."""

    owner: Routes

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        """What makes URLs of this rule; made when one is first wanted, since it is most of what a rule costs."""
        make = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Ours, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(make(append_unknown))
            return made[0](rule, **values)

        return build


def _variable(declaration: Declaration) -> str:
    """What the variable of a rule is called: as the identity, if that is a name in Python."""
    name = declaration.identity.name
    return name if name.isascii() and name.isidentifier() else "identity"


class Others(NamedTuple):
    """What the application, and other APIs in it, have at or below the prefix.

    `views` is the number of views that there were then. `has_routes` does not count static files; `beginnings` are
    what paths of others begin with, `shared` the roots of addresses that others have a part in.
    """

    views: int
    has_routes: bool
    beginnings: tuple[str, ...]
    shared: frozenset[str]
    map: Map


class Routes:
    """The rules of one API in one application, below a prefix; `domain` is the subdomain that it is on, if any."""

    def __init__(self, app: Flask, prefix: str, endpoint: str, defaults: dict[str, Any], domain: str | None) -> None:
        self.app = app
        self.prefix = prefix
        self.endpoint = endpoint
        self.defaults = defaults
        self.domain = domain
        self._rules: list[Ours] = []
        self._others: Others | None = None
        app.url_map.converters.update(restwell=Segment, restwell_path=AnyPath, restwell_domain=AnyDomain)

    # -- our own --------------------------------------------------------------------------------------------

    def add_fixed(self, view: View, last: View, *, takes_tokens: bool = False) -> None:
        """Add what every API has; `view` answers known addresses, `last` everything that nobody else does."""
        self._add(self.prefix + ENTRY, "entry", view, strict_slashes=False)
        self._add(self.prefix + ME, "me", view)
        documents: dict[str, Kind] = DOCUMENTS | (OF_TOKENS if takes_tokens else {})
        for path, kind in documents.items():
            self._add(self.prefix + path, kind, view)
        for path, kind in NAMED.items():
            self._add(f"{self.prefix}{path}/<restwell:name>", kind, view)
        self._add(f"{self.prefix}/<restwell_path:path>", "other", last)
        self._add(f"{self.prefix}/<restwell_path:path>", "upgrade", last, websocket=True)
        if self._any_domain():
            self.app.url_default_functions[None].append(self._give_domain)

    def add_resource(self, declaration: Declaration, view: View) -> None:
        """Add the collection and the items of a resource, under one endpoint."""
        variable, path = _variable(declaration), self.prefix + declaration.path
        self._add(path, declaration.name, view)
        self._add(f"{path}/<restwell:{variable}>", declaration.name, view)
        if declaration.has_deep_identities:
            self._add(f"{path}/<restwell_path:{variable}>", declaration.name, view)
        for operation in declaration.operations:
            self.add_operation(declaration, operation, view)

    def add_operation(self, declaration: Declaration, name: str, view: View) -> None:
        """Add an operation of the application's own on the items of a resource, under the endpoint of that."""
        self._add(
            f"{self.prefix}{declaration.path}/<restwell:{_variable(declaration)}>/{name}", declaration.name, view
        )

    def _add(self, text: str, name: str, view: View, **options: Any) -> None:
        endpoint = f"{self.endpoint}{name}"
        if self._any_domain():
            options["host" if self.app.url_map.host_matching else "subdomain"] = f"<restwell_domain:{DOMAIN}>"
        else:
            options["subdomain"] = self.domain
        # No methods: which ones there are, and what is said of others, is Restwell's to decide.
        rule = Ours(text, endpoint=endpoint, merge_slashes=False, defaults=self.defaults or None, **options)
        rule.owner = self
        self._rules.append(rule)
        self.app.url_map.add(rule)
        self.app.view_functions[endpoint] = view

    def _any_domain(self) -> bool:
        return self.app.url_map.host_matching or (self.app.subdomain_matching and not self.domain)

    def _give_domain(self, endpoint: str, values: dict[str, Any]) -> None:
        """Fill in the host of the URLs that Flask makes of ours."""
        if endpoint.startswith(self.endpoint):
            matching = self.app.url_map.host_matching
            here = request.host if has_request_context() else self.app.config["SERVER_NAME"]
            values.setdefault(DOMAIN, here if matching else "")

    # -- those of others ------------------------------------------------------------------------------------

    def shared(self, addresses: Addresses) -> frozenset[str]:
        """The roots of our addresses that others have a part in."""
        found = self._others
        if found is None or found.views != len(self.app.view_functions):
            found = self.others(addresses)
        return found.shared

    def others(self, addresses: Addresses) -> Others:
        """What others have, looked up again when there is another view.

        Flask takes no further routes behind its first request; it has not seen those that the fast path answers.
        """
        found = self._others
        if found is None or found.views != len(self.app.view_functions):
            found = self._others = self._look(addresses)
        return found

    def _look(self, addresses: Addresses) -> Others:
        views = len(self.app.view_functions)
        every = list(self.app.url_map.iter_rules())
        own = [rule for rule in every if not isinstance(rule, Ours)]
        others = [rule for rule in every if not (isinstance(rule, Ours) and rule.owner is self)]
        texts = {(rule.host, rule.subdomain, rule.rule) for rule in own}
        for rule in self._rules:
            if (rule.host, rule.subdomain, rule.rule) in texts:  # ours may be the first of two that say the same
                rule.methods = set()
        return Others(
            views,
            not all(map(is_static, own)),
            tuple({beginning_of(rule.rule) for rule in others}),
            frozenset(self._shared(addresses, others)),
            self._map_of(own),
        )

    def _shared(self, addresses: Addresses, others: list[Rule]) -> Iterator[str]:
        """The roots of our addresses of which others may have a part: at it, below it, or wherever one is."""
        texts = {rule.rule for rule in others}
        everywhere = any("<" in rule.rule.split("/")[1] and not is_static(rule) for rule in others)
        for root in (ENTRY, *addresses.paths()):
            path = self.prefix + root
            lower = f"{path}/" if root != ENTRY else f"{path}<"
            if everywhere or path in texts or any(text.startswith(lower) for text in texts):
                yield root
        if self.prefix in texts:
            yield ENTRY

    def _map_of(self, rules: list[Rule]) -> Map:
        """The application's map as it would be without us."""
        theirs = self.app.url_map
        return Map(
            [copy_of(rule) for rule in rules],
            default_subdomain=theirs.default_subdomain,
            strict_slashes=theirs.strict_slashes,
            merge_slashes=theirs.merge_slashes,
            redirect_defaults=theirs.redirect_defaults,
            converters=theirs.converters,
            host_matching=theirs.host_matching,
        )

    def is_ours(self, path: str, addresses: Addresses) -> bool:
        """Whether an unknown path below the prefix is ours to refuse, for certain: nobody else has any like it.

        Without a prefix that takes an application without routes of its own (contract, section 3).
        """
        others = self.others(addresses)
        if others.has_routes and not self.prefix:
            return False
        merged = re.sub("/{2,}", "/", self.prefix + path)
        return not any(merged.startswith(beginning) for beginning in others.beginnings)

    def raise_for_others(self, addresses: Addresses) -> None:
        """Raise what Flask would have raised without us, where that is not ours to say.

        A method that their route does not have, a slash that is missing, and, without a prefix, nothing at all.
        """
        others = self.others(addresses)
        try:
            self._adapter(others.map).match()
        except NotFound as error:
            if others.has_routes and not self.prefix:
                request.routing_exception = error
        except HTTPException as error:
            request.routing_exception = error
        if request.routing_exception is not None:
            self.app.raise_routing_exception(request)

    def _adapter(self, routes: Map) -> Any:
        """As `Flask.create_url_adapter` binds its own map."""
        server, subdomain = self.app.config["SERVER_NAME"], None
        if routes.host_matching:
            server = None
        elif not self.app.subdomain_matching:
            subdomain = routes.default_subdomain or ""
        return routes.bind_to_environ(request.environ, server_name=server, subdomain=subdomain)


def is_static(rule: Rule) -> bool:
    """Whether a rule is of static files, of the application's or of a blueprint's."""
    return str(rule.endpoint).rpartition(".")[2] == "static"


def copy_of(rule: Rule) -> Rule:
    """A rule for another map; Werkzeug's own copy leaves two things out."""
    copy = rule.empty()
    copy.websocket, copy.merge_slashes = rule.websocket, rule.merge_slashes
    return copy


def beginning_of(rule: str) -> str:
    """What every path that a rule has to do with begins with: a missing slash at its end is its own, too."""
    literal, variable, _ = rule.partition("<")
    return literal if variable else literal.rstrip("/")
