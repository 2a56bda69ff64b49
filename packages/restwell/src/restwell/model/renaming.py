"""Names within a value, both ways: what members of nested models are called over HTTP, and their attributes.

Values are stored with the names of attributes, so that another name over HTTP changes nothing that is stored. A
`Renaming` is made of the nodes of a member when it is declared, and only where a name differs. What a value has that
nobody has declared keeps its name, and so do the keys of a dict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .nodes import STORED_BRANCH
from .scalars import Node

Refuse = Callable[[str], object]
"""Raises DeclarationError with what is wrong with the member."""
Names = Mapping[str, str]


class Renaming(NamedTuple):
    """The names within the values of one member. Neither function changes what it is given."""

    to_http: Callable[[Any], Any]
    to_attributes: Callable[[Any], Any]


def renaming_of(node: Node, definitions: Mapping[str, Node], refuse: Refuse) -> Renaming | None:
    """What renames within values of a node; None where every member is called as its attribute.

    Refuses a union whose values would not tell what is called how.
    """
    places = _Places(definitions, refuse)
    place = places.of(node)
    places.note_differing()
    return Renaming(place.to_http, place.to_attributes) if place.differs else None


class _Place:
    """Where values of some types may stand: what objects and arrays there have in them."""

    def __init__(self) -> None:
        self.http: dict[str, str] = {}
        """The name over HTTP of each member, by its attribute."""
        self.attributes: dict[str, str] = {}
        self.members: dict[str, _Place] = {}
        """What the members hold, by attribute."""
        self.others: _Place | None = None
        """What the values of a dict hold, or members that nobody has declared."""
        self.items: list[_Place] = []
        """What items hold: the last one stands for all that follow."""
        self.branches: dict[str, _Place] = {}
        self.branch_over_http: Callable[[Any], str | None] = lambda _: None
        self.branch_of_stored: Callable[[Any], str | None] = lambda _: None
        self.differs = False
        """Whether anything in it is called otherwise over HTTP."""

    def parts(self) -> Iterator[_Place]:
        """All that it holds directly."""
        yield from self.members.values()
        yield from self.items
        yield from self.branches.values()
        if self.others is not None:
            yield self.others

    def to_http(self, value: Any) -> Any:
        """A value whose members are called as attributes are, as it is over HTTP."""
        if isinstance(value, dict) and self.branches:
            branch = self.branches.get(self.branch_of_stored(value) or "")
            return value if branch is None or not branch.differs else branch.to_http(value)
        if isinstance(value, dict):
            return self._renamed(value, self.http, self.attributes, _Place.to_http)
        return self._each(value, _Place.to_http) if isinstance(value, list) else value

    def to_attributes(self, value: Any) -> Any:
        """The reverse of `to_http`."""
        if isinstance(value, dict) and self.branches:
            branch = self.branches.get(self.branch_over_http(value) or "")
            return value if branch is None or not branch.differs else branch.to_attributes(value)
        if isinstance(value, dict):
            return self._renamed(value, self.attributes, self.http, _Place.to_attributes)
        return self._each(value, _Place.to_attributes) if isinstance(value, list) else value

    def _renamed(
        self, value: dict[str, Any], names: Names, back: Names, rename: Callable[[_Place, Any], Any]
    ) -> dict[str, Any]:
        found = {}
        is_http = names is self.http
        for key, held in value.items():
            name = names.get(key)
            if name is None:
                if back.get(key) in value:  # what nobody has declared gives way to a member of that name
                    continue
                name = key
            attribute = key if is_http and key in self.http else self.attributes.get(key, key)
            place = self.members.get(attribute, self.others)
            found[name] = rename(place, held) if place is not None and place.differs else held
        return found

    def _each(self, value: list[Any], rename: Callable[[_Place, Any], Any]) -> list[Any]:
        if not self.items:
            return value
        last = len(self.items) - 1
        return [rename(self.items[min(number, last)], item) for number, item in enumerate(value)]


class _Places:
    """Makes the places of nodes: one stands for several where a union has them, be they within one another."""

    def __init__(self, definitions: Mapping[str, Node], refuse: Refuse) -> None:
        self._definitions = definitions
        self._refuse = refuse
        self._made: dict[frozenset[int], _Place] = {}

    def note_differing(self) -> None:
        """Note which places have anything in them that is called otherwise, be it far within."""
        places = list(self._made.values())
        is_more = True
        while is_more:
            is_more = False
            for place in places:
                names = any(name != attribute for attribute, name in place.http.items())
                if not place.differs and (names or any(part.differs for part in place.parts())):
                    place.differs = is_more = True

    def of(self, *nodes: Node) -> _Place:
        """The place where values of any of these nodes may stand."""
        found = {id(each): each for node in nodes for each in self._alternatives(node)}
        key = frozenset(found)
        if key not in self._made:
            place = self._made[key] = _Place()
            self._fill(place, list(found.values()))
        return self._made[key]

    def _alternatives(self, node: Node) -> Iterator[Node]:
        """The nodes of objects and arrays that a node comes down to."""
        kind = node["type"]
        if kind == "definition-ref":
            yield from self._alternatives(self._definitions[node["schema_ref"]])
        elif kind == "union":
            for each in node["choices"]:
                yield from self._alternatives(each[0] if isinstance(each, tuple) else each)
        elif kind == "chain":
            for each in node["steps"]:
                yield from self._alternatives(each)
        elif "schema" in node and kind != "model-field":
            yield from self._alternatives(node["schema"])
        elif kind in {"model-fields", "list", "tuple", "dict", "tagged-union", "any"}:
            yield node

    def _fill(self, place: _Place, nodes: list[Node]) -> None:
        if len(nodes) == 1 and nodes[0]["type"] == "tagged-union":
            self._tag(place, nodes[0])
            return
        nodes = list(self._without_tags(nodes))
        objects = [each for each in nodes if each["type"] == "model-fields"]
        open_ones = [each for each in nodes if each["type"] in {"dict", "any"}]
        others = [each["values_schema"] for each in open_ones if "values_schema" in each]
        others += [each["extras_schema"] for each in objects if "extras_schema" in each]
        others += [each for each in open_ones if each["type"] == "any"]
        for each in objects:
            self._name(place, each)
        for attribute in place.http:
            held = [each["fields"][attribute]["schema"] for each in objects if attribute in each["fields"]]
            place.members[attribute] = self.of(*held, *(others if len(objects) + len(open_ones) > 1 else ()))
        if others:
            place.others = self.of(*others)
        self._check_open(place, objects, open_ones)
        self._hold_items(place, nodes)

    def _tag(self, place: _Place, node: Node) -> None:
        place.branch_over_http = node["discriminator"]
        place.branch_of_stored = node["metadata"][STORED_BRANCH]
        place.branches = {name: self.of(each) for name, each in node["choices"].items()}

    def _without_tags(self, nodes: list[Node]) -> Iterator[Node]:
        """The nodes with each choice of a discriminated union, where something else may stand in its place."""
        for node in nodes:
            if node["type"] == "tagged-union":
                for each in node["choices"].values():
                    yield from self._without_tags(list(self._alternatives(each)))
            else:
                yield node

    def _name(self, place: _Place, node: Node) -> None:
        for attribute, field in node["fields"].items():
            name = field.get("serialization_alias", attribute)
            called, meant = place.http.setdefault(attribute, name), place.attributes.setdefault(name, attribute)
            if called != name or meant != attribute:
                both = (attribute, called, name) if called != name else (name, meant, attribute)
                self._refuse(
                    f"has a union of models that nothing tells apart, in which {both[0]} is {both[1]} and {both[2]} "
                    "over HTTP: give members of one name one alias, or tell the models apart by "
                    "Field(discriminator=...)."
                )

    def _check_open(self, place: _Place, objects: list[Node], open_ones: list[Node]) -> None:
        """Refuse objects with any keys beside those whose members are called otherwise over HTTP."""
        is_open = bool(open_ones) or (len(objects) > 1 and any("extras_schema" in each for each in objects))
        renamed = [name for attribute, name in place.http.items() if name != attribute]
        if is_open and renamed:
            self._refuse(
                f"has a union of a model whose members are called otherwise over HTTP ({renamed[0]}) and of objects "
                "with any members, which nothing tells apart: take one of them out of the union, or the alias away."
            )

    def _hold_items(self, place: _Place, nodes: list[Node]) -> None:
        arrays = [each for each in nodes if each["type"] in {"list", "tuple"}]
        if len(nodes) == 1 and _is_by_place(nodes[0]):
            place.items = [self.of(each) for each in nodes[0]["items_schema"]]
            return
        items: list[Node] = []
        for each in arrays:
            items += each["items_schema"] if each["type"] == "tuple" else [each["items_schema"]]
        items += [each for each in nodes if each["type"] == "any" and arrays]
        place.items = [self.of(*items)] if items else []


def _is_by_place(node: Node) -> bool:
    """Whether it is a tuple with a type for each position."""
    return node["type"] == "tuple" and "variadic_item_index" not in node
