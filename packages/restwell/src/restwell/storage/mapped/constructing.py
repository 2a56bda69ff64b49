"""New items of a mapped class, made as the application makes them: by its constructor, then what that leaves out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import LoaderCallableStatus, Mapper

REFUSALS = (ValueError, AssertionError)
"""What validators of a model raise to refuse a value."""
Arguments = Mapping[str, inspect.Parameter]


def arguments_of(cls: type[Any]) -> Arguments | None:
    """What the constructor of a class takes, by name; None where it takes all that is mapped."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
        return None
    return {each.name: each for each in parameters if each.kind is not inspect.Parameter.VAR_POSITIONAL}


def filled_by(cls: type[Any]) -> frozenset[str]:
    """The arguments to which the constructor of a class gives values of its own, as that of a dataclass does."""
    found = (arguments_of(cls) or {}).values()
    return frozenset(each.name for each in found if _is_value(each.default))


def _is_value(default: Any) -> bool:
    """Whether an argument has a value of its own; since SQLAlchemy 2.1 a dataclass has marks that say it has none."""
    return (
        default is not None
        and default is not inspect.Parameter.empty
        and not isinstance(default, LoaderCallableStatus)
    )


def needed_by(cls: type[Any]) -> frozenset[str]:
    """What the constructor of a class needs that the class does not map, so that nothing can be given for it."""
    mapper: Mapper[Any] = sa.inspect(cls)
    found = (arguments_of(cls) or {}).values()
    return frozenset(
        each.name for each in found if each.default is inspect.Parameter.empty and each.name not in mapper.attrs
    )


def construct(cls: type[Any], values: Mapping[str, Any]) -> Any:
    """A new item of a mapped class. Raises what its constructor and its validators raise."""
    arguments = arguments_of(cls)
    if arguments is None:
        return _made(cls, values, values)
    links = [each for each in sa.inspect(cls).relationships if each.key not in values]
    linked: dict[str, Any] = {each.key: [] if each.uselist else None for each in links}
    given = {name: value for name, value in values.items() if name in arguments}
    for name, argument in arguments.items():
        if name not in given and argument.default is argument.empty:
            given[name] = linked.get(name)
    item = _made(cls, given, values)
    # A link that nobody gave is not one to nothing: it would take the value of its foreign key away.
    state = sa.inspect(item)
    for name in linked:
        if not state.dict.get(name):
            state.dict.pop(name, None)
            state.committed_state.pop(name, None)
    set_values(item, {name: value for name, value in values.items() if name not in arguments})
    return item


def _made(cls: type[Any], given: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    try:
        return cls(**given)
    except REFUSALS:
        blank: Any = sa.inspect(cls).class_manager.new_instance()
        set_values(blank, values)  # one by one, to learn which of them is refused
        raise


def set_values(item: Any, values: Mapping[str, Any]) -> None:
    """Set values of an item. What a validator raises has the member as `restwell_member`."""
    for name, value in values.items():
        try:
            setattr(item, name, value)
        except REFUSALS as error:
            error.restwell_member = name  # type: ignore[union-attr]  # told to whoever catches it
            raise
