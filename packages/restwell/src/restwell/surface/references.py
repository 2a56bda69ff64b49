"""Members that refer to an item by its identity: to which resource each leads, resolved among all that are declared.

A foreign key to the column by which another resource names its items is such a member. Its value is the identity, in
storage and in plain data; formats with links show the URL of the item.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from ..access.linking import Targets
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from .addresses import identity_at, item_url, segments


class References(dict[str, Declaration]):
    """The resource that each member leads to, of those that refer to one: `declaration.compiled[References]`.

    They are known once `resolve` has seen all resources.
    """

    __slots__ = ()

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        if declaration.whole is not declaration:
            every = declaration.whole.compiled[References]
            self.update({name: target for name, target in every.items() if name in declaration.names})


def resolve(
    declarations: Iterable[Declaration], apart: Mapping[Declaration, Hashable] = MappingProxyType({})
) -> None:
    """Note of each resource which of its members refer to items of which; of resources of one table the first wins.

    What nobody may read is not linked to, nor what is in another database, where a table of the same name is another.
    `apart` names the database of resources that are not in the main one.
    """
    every = tuple(declarations)
    holders: dict[Hashable, dict[Hashable, Declaration]] = {}
    for each in every:
        column = None if each.source is None else each.source.columns.get(each.identity.attribute)
        if column is not None and "read" in each.rules:
            holders.setdefault(apart.get(each), {}).setdefault(column, each)
    for each in every:
        found = _targets(each, holders.get(apart.get(each), {}))
        each.compiled[References].update(found)
        each.compiled[Targets].update({each.specs[name].attribute: target for name, target in found.items()})


def _targets(declaration: Declaration, holders: Mapping[Hashable, Declaration]) -> dict[str, Declaration]:
    referred = {} if declaration.source is None else declaration.source.referred
    found = {}
    for spec in declaration.fields:
        targets = [holders[column] for column in referred.get(spec.attribute, ()) if column in holders]
        target = next((each for each in targets if _is_identity_of(spec, each)), None)
        if target is not None:
            found[spec.name] = target
    return found


def _is_identity_of(spec: FieldSpec, target: Declaration) -> bool:
    """Whether the values of a member are written as the identities of a resource are."""
    return spec.kind is target.identity.kind


def reference_urls(base: str, target: Declaration, values: Sequence[object]) -> list[str | None]:
    """The URL of the item that each value refers to; None where a value is null."""
    if None in values:
        return [None if value is None else item_url(base, target, value) for value in values]
    start = f"{base}{target.path}/"
    return [start + each for each in segments(values)]


def with_identities(base: str, declaration: Declaration, query: str) -> str:
    """A query component with the identity in place of the URL of an item, where a filter has that as its value.

    Clients of API Platform know items by their URLs alone. It is meant for members that refer to an item, and for the
    identity of the items that are asked for.
    """
    if "/" not in query and "%2" not in query:  # as most have none, of which nothing else is to be asked
        return query
    if "://" not in query and "%3a%2f%2f" not in query.lower():
        return query
    targets = dict(declaration.compiled[References])
    if not declaration.parts and not declaration.has_deep_identities:
        targets.setdefault(declaration.identity.name, declaration)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError:  # it is refused for that
        return query
    found = [(name, _identity(base, targets.get(name.partition("[")[0]), text)) for name, text in pairs]
    return query if found == pairs else urlencode(found)


def _identity(base: str, target: Declaration | None, text: str) -> str:
    identity = None if target is None else identity_at(base, target, text)
    return text if identity is None else str(identity)
