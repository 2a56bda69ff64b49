"""The shape of a resource: the validators of content, the writer of values, and the computed members.

Made once from the nodes of the declared class, in two forms: `content` has everything that is declared; `plain` has
no validators of the application's, which must not run on their own results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cached_property
from typing import Any

from pydantic import AnyUrl, BaseModel, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from .computing import Computing, Part, StoredMember, getter_of
from .errors import fail
from .guarding import guarding
from .naming import Naming, with_article
from .nodes import Making
from .renaming import Renaming, renaming_of
from .revising import revising, types_of, types_reader
from .scalars import Node

Values = Mapping[str, Any]


class InvalidDefault(Exception):
    """A factory gave a value that the declaration does not allow: a mistake of the application's."""


class Shape:
    """The validators and the writer of one resource. Raises DeclarationError for what cannot be kept as declared."""

    def __init__(
        self,
        root: type[BaseModel],
        base: type[BaseModel],
        identity: tuple[str, ...] = (),
        names: Mapping[str, str] | None = None,
        *,
        any_text: bool = False,
        naming: Naming | None = None,
    ) -> None:
        if not root.__pydantic_complete__:
            root.model_rebuild()
        self.root = root
        self.base = base
        self.identity = identity
        """The attributes that an item is told apart by."""
        self._names = names or {}
        """What members are called in values, where that is not the name of the attribute."""
        self._any_text = any_text
        self.naming = naming
        """How members of nested models are called that have no alias."""
        content, plain = self._making(functions=True), self._making(functions=False)
        self.content = content.read(root.__pydantic_core_schema__)
        self.plain = plain.read(root.__pydantic_core_schema__)
        self.has_names = plain.has_names
        """Whether a member of a nested model is called otherwise over HTTP than its attribute."""
        self.has_functions = content.has_functions
        """Whether validators of the application's take part."""
        self.defaults: dict[str, Any] = {}
        """The default of each member that has one, as it stands in JSON."""
        for written, unwritten in zip(content.defaults, plain.defaults, strict=True):
            self._check_default(*written, unwritten[2])
        self.computed = {name: types_of(node) for name, node in plain.computed.items()}
        """The type of each computed member."""
        self.serializer = SchemaSerializer(self.plain, _use_prebuilt=False)
        self._validator = _validator(self.content)
        self._plain_validator = _validator(self.plain)
        fields = fields_of(self.plain)
        every = ((self._name(each), self.renaming(node["schema"], each)) for each, node in fields.items())
        self.renamings = {name: found for name, found in every if found is not None}
        """What renames within the values of the members that hold models with other names over HTTP."""

    def _making(self, *, functions: bool) -> Making:
        return Making(
            self.root, self.base, self.identity, self._names, functions, any_text=self._any_text, naming=self.naming
        )

    # -- content ----------------------------------------------------------------------------------------------

    def validate(self, content: Values, *, large: bool = False) -> dict[str, Any]:
        """The values of new content, as they stand in JSON. Raises ValidationError, with a bound for `large` ones."""
        model = (self._guarded if large else self._validator).validate_python(content)
        if not self.has_functions:
            return self._written(model)
        return self._written(self._plain_validator.validate_python(self._written(model)))

    def revise(self, content: Values, stored: Values, *, large: bool = False) -> dict[str, Any]:
        """As `validate`; parts that equal the stored values are not validated again. Raises ValidationError."""
        if not self.has_functions:
            try:
                return self._written((self._guarded if large else self._validator).validate_python(content))
            except ValidationError:
                pass  # it may be what is stored that is not valid any more
        validator = self._guarded_revising if large else self._revising
        written = self._written(validator.validate_python(content, context=[stored]))
        if not self.has_functions:
            return written
        return self._written(self._plain_revising.validate_python(written, context=[stored]))

    def initial(self, row: Values) -> dict[str, Any]:
        """The values of a row that the application declares itself, in types of Python. Raises ValidationError."""
        model = self.root.__pydantic_validator__.validate_python(row, strict=False, by_alias=False, by_name=True)
        return self._written(self._plain_validator.validate_python(self._written(model)))

    def written(self, instance: Any) -> dict[str, Any]:
        """The values of an item as they stand in JSON, whatever code of the application's has set in it."""
        if not self.renamings:
            return self._written(instance)
        # A dict that was set where a model is declared has the attributes, as the model would.
        found = self.serializer.to_python(instance, mode="json", warnings=False, by_alias=False)
        named = {self._name(attribute): value for attribute, value in found.items()}
        for name, renaming in self.renamings.items():
            named[name] = renaming.to_http(named[name])
        return named

    def _written(self, model: Any) -> dict[str, Any]:
        # Validators may give anything: what does not fit is found when it is read again.
        return self.serializer.to_python(model, mode="json", warnings=False, by_alias=True)  # type: ignore[no-any-return]  # a dict

    @cached_property
    def _revising(self) -> SchemaValidator:
        return _validator(revising(self.content, fields_config(self.content)))

    @cached_property
    def _guarded(self) -> SchemaValidator:
        return _validator(guarding(self.content))

    @cached_property
    def _guarded_revising(self) -> SchemaValidator:
        return _validator(guarding(revising(self.content, fields_config(self.content))))

    @cached_property
    def _plain_revising(self) -> SchemaValidator:
        return _validator(revising(self.plain, fields_config(self.plain)))

    @cached_property
    def described(self) -> Node:
        """The nodes that schemas are written from: what is computed is there as a member."""
        return _with_fields(
            self.content,
            {
                attribute: {"type": "model-field", "schema": node, "validation_alias": self._name(attribute)}
                for attribute, node in self.computed.items()
            },
        )

    @cached_property
    def computing(self) -> Computing:
        """What computes the members that are not stored."""
        parts = [self._part_of(attribute, node) for attribute, node in self.computed.items()]
        return Computing(self.root, self._stored(), parts)

    def _part_of(self, attribute: str, node: Node) -> Part:
        schema, get = _with_definitions(node, self.plain), getter_of(self.root, attribute)
        return Part(self._name(attribute), attribute, schema, get, has_names=self.has_names)

    def _stored(self) -> list[StoredMember]:
        definitions = self.plain["definitions"] if self.plain["type"] == "definitions" else None
        config = fields_config(self.plain)
        return [
            StoredMember(self._name(attribute), attribute, types_reader(node["schema"], definitions, config))
            for attribute, node in fields_of(self.plain).items()
        ]

    def _name(self, attribute: str) -> str:
        return self._names.get(attribute, attribute)

    # -- names within members ---------------------------------------------------------------------------------

    def renaming(self, node: Node, member: str | None = None) -> Renaming | None:
        """What renames within values of a node of this shape; None where nothing is called otherwise over HTTP.

        Raises DeclarationError, with the member.
        """
        if not self.has_names:
            return None
        definitions = self.plain["definitions"] if self.plain["type"] == "definitions" else ()
        named = {each["ref"]: each for each in definitions}
        return renaming_of(node, named, lambda what: fail(self.root, member, what))

    def in_json(self, node: Node, value: Any) -> Any:
        """A value of a node as it stands in JSON."""
        return self._serializer_of(node).to_python(value, mode="json", by_alias=True)

    def _serializer_of(self, node: Node) -> SchemaSerializer:
        # What pydantic made of nested models before has none of our names.
        return SchemaSerializer(_with_definitions(node, self.plain), _use_prebuilt=not self.has_names)

    # -- single members ---------------------------------------------------------------------------------------

    def member(self, name: str, *, listed: bool = False) -> SchemaValidator:
        """What validates a value of one member by itself, or a list of them, without the application's validators."""
        node = self._node(name)
        return self._part(core_schema.list_schema(node) if listed else node)

    def storing(self, name: str) -> Callable[[object], Any]:
        """What gives a value of one member as it stands in JSON, of its type or of that. It raises ValueError."""
        node = self._node(name)
        serializer = SchemaSerializer(_with_definitions(node, self.plain), _use_prebuilt=False)
        validator = self._part(node)
        return lambda value: serializer.to_python(validator.validate_python(value), mode="json")

    def _node(self, name: str) -> Any:
        attributes = {each: attribute for attribute, each in self._names.items()}
        return fields_of(self.plain)[attributes.get(name, name)]["schema"]

    def _part(self, node: Any) -> SchemaValidator:
        return _validator(_with_definitions(node, self.plain), fields_config(self.plain))

    # -- defaults ---------------------------------------------------------------------------------------------

    def _check_default(self, cls: type[BaseModel], member: str, node: Node, plain: Node) -> None:
        """Hold a default, or what a factory gives, against its type as strictly as content; keep it as it is read."""
        inner = plain["schema"]
        validator, serializer = self._part(inner), self._serializer_of(inner)

        def read(value: Any) -> Any:
            typed = validator.validate_python(value, by_alias=False, by_name=True)
            if not _fits(value, typed):
                is_a, no = with_article(type(value).__name__), with_article(type(typed).__name__)
                raise ValueError(f"it is {is_a}, and not {no}")
            return validator.validate_python(serializer.to_python(typed, mode="json", by_alias=True))

        has_factory = "default_factory" in node
        given = node["default_factory"]() if has_factory else node["default"]
        try:
            typed = read(given)
        except ValueError as error:  # as a ValidationError is
            what = "a default factory that gives what is" if has_factory else "a default that is"
            fail(cls, member, f"has {what} not valid itself ({_reason(error)}): correct the default or the limits.")
        if has_factory:
            node["default_factory"] = plain["default_factory"] = _factory(cls, member, node["default_factory"], read)
        else:
            node["default"] = plain["default"] = typed
            if cls is self.root:
                self.defaults[self._name(member)] = serializer.to_python(typed, mode="json", by_alias=True)


def fields_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The nodes of a resource's fields."""
    return _model_fields(schema)["fields"]  # type: ignore[no-any-return]  # a node's


def fields_config(schema: Mapping[str, Any]) -> Any:
    """The configuration of the resource."""
    while schema["type"] != "model":
        schema = schema["schema"]
    return schema["config"]


def _model_fields(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    return schema


def _with_fields(schema: Mapping[str, Any], more: Mapping[str, Any]) -> Node:
    """The nodes of a resource with further fields."""
    if schema["type"] == "model-fields":
        return {**schema, "fields": {**schema["fields"], **more}}
    return {**schema, "schema": _with_fields(schema["schema"], more)}


def _validator(schema: Any, config: Any = None) -> SchemaValidator:
    # What pydantic made of nested models before has none of our limits.
    return SchemaValidator(schema, config, _use_prebuilt=False)


def _with_definitions(node: Any, schema: Mapping[str, Any]) -> Any:
    if schema["type"] != "definitions":
        return node
    return core_schema.definitions_schema(node, schema["definitions"])


def _fits(given: Any, typed: Any) -> bool:
    """Whether a default has the type itself, and is not something that could be read as it."""
    if isinstance(typed, (set, frozenset)):
        return isinstance(given, type(typed)) and all(any(_fits(each, other) for other in typed) for each in given)
    if isinstance(typed, (list, tuple, dict)):
        pairs = zip(given.values(), typed.values()) if isinstance(typed, dict) else zip(given, typed)  # noqa: B905
        return isinstance(given, type(typed)) and all(_fits(*pair) for pair in pairs)
    if isinstance(typed, AnyUrl):
        return isinstance(given, (str, AnyUrl))
    if isinstance(given, Enum) or type(typed) is float:
        return True
    return type(given) is type(typed) or (isinstance(given, type(typed)) and not hasattr(typed, "isoformat"))


def _reason(error: Exception) -> str:
    return error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)


def _factory(
    cls: type[BaseModel], member: str, factory: Callable[[], Any], read: Callable[[Any], Any]
) -> Callable[[], Any]:
    """The factory, what it gives held against the declaration each time."""

    def make() -> Any:
        try:
            return read(factory())
        except ValueError as error:
            raise InvalidDefault(
                f"The default factory of {cls.__name__}.{member} gave what is not valid: {_reason(error)}"
            ) from None  # which would show the value, of a member that is never shown, too

    return make
