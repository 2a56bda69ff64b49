"""The values of the `@computed_field`s of a resource, computed from a stored item for each representation.

They are computed on an instance with the stored values as their types, made without any validation: no validator of
the application's runs, and limits that were tightened since are not checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator


class InvalidComputation(Exception):
    """A computed member has a value that its return type does not allow: a mistake of the application's."""


class Part:
    """One computed member: its value held against its return type, and as it stands in JSON."""

    def __init__(
        self, name: str, attribute: str, schema: Any, get: Callable[[BaseModel], Any], *, has_names: bool
    ) -> None:
        self.name = name
        self._attribute = attribute
        self._get = get
        self.schema = schema
        self._read: Callable[..., Any] = SchemaValidator(schema, _use_prebuilt=False).validate_python
        self._write: Callable[..., Any] = SchemaSerializer(schema, _use_prebuilt=False).to_python
        if has_names:  # what is computed has attributes, and what is shown the names of HTTP
            self._read = partial(self._read, by_alias=False, by_name=True)
            self._write = partial(self._write, by_alias=True)

    def of(self, model: BaseModel) -> Any:
        """The member of an item, as it stands in JSON. Raises InvalidComputation."""
        value = self._get(model)
        try:
            return self._write(self._read(value), mode="json")
        except ValidationError as error:
            place = f"{type(model).__name__}.{self._attribute}"
            raise InvalidComputation(f"{place} was computed as {value!r}, which its type is not: {error}") from error


def getter_of(root: type[BaseModel], attribute: str) -> Callable[[BaseModel], Any]:
    """What gives a computed member of an item; of a deprecated one without the warning, which is for others."""
    info = root.model_computed_fields[attribute]
    if not info.deprecated:
        return attrgetter(attribute)
    computed: Any = info.wrapped_property
    function: Any = getattr(computed, "fget", None) or getattr(computed, "func", None)
    if hasattr(function, "__deprecated__"):  # which warns where it is called, too
        own: Callable[[BaseModel], Any] = inspect.unwrap(function)
        return own
    return lambda model: computed.__get__(model, root)


class StoredMember(NamedTuple):
    """A field: its name in values, its attribute, and what reads a stored value as its type."""

    name: str
    attribute: str
    read: Callable[[Any], Any]


class Computing:
    """Computes the members of items."""

    def __init__(self, root: type[BaseModel], stored: Sequence[StoredMember], parts: Sequence[Part]) -> None:
        self._root = root
        self._stored = stored
        self._readers = {each.name: each.read for each in stored}
        self.parts = {each.name: each for each in parts}

    def untyped(self, values: Mapping[str, Any]) -> list[str]:
        """The members of an item whose stored values are not of their types, so that nothing can be computed."""
        wrong = []
        for name, read in self._readers.items():
            try:
                if values[name] is not None:
                    read(values[name])
            except ValidationError:
                wrong.append(name)
        return wrong

    def typed(self, name: str, value: Any) -> Any:
        """A value of a member as its type."""
        return self._readers[name](value)

    def instance(self, values: Mapping[str, Any]) -> BaseModel:
        """An item with these values, each of its type, made without any validation."""
        typed = {
            attribute: None if values[name] is None else read(values[name]) for name, attribute, read in self._stored
        }
        return self._root.model_construct(**typed)

    def of(self, values: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Any]:
        """The computed members of an item: all, or those with these names."""
        model = self.instance(values)
        return {name: self.parts[name].of(model) for name in (self.parts if names is None else names)}
