"""Nodes of single values: each is read strictly, within Restwell's limits, and written in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NoReturn, Protocol

from pydantic import BaseModel
from pydantic_core import core_schema

from ..http.limits import IDENTITY_LENGTH, MAX_INTEGER, MAX_TEXT
from . import written
from .fields import IDENTITY_PATTERN, UNSUPPORTED

Node = dict[str, Any]


class Member(Protocol):
    """The member that a node belongs to: its model, its name, and whether it is the identity."""

    place: tuple[type[BaseModel], str | None]
    is_identity: bool
    any_text: bool

    def fail(self, what: str) -> NoReturn:
        """Raise DeclarationError for the member."""


def before(read: Callable[[Any], Any], node: Node) -> Node:
    """A node whose value goes through a function first."""
    return dict(core_schema.no_info_before_validator_function(read, node))


def _int(_: Member, node: Node) -> Node:
    node["strict"] = True
    _bound(node, "ge", "gt", -MAX_INTEGER - 1, max)
    _bound(node, "le", "lt", MAX_INTEGER, min)
    return node


def _bound(node: Node, at: str, beyond: str, limit: int, tighter: Callable[..., Any]) -> None:
    """Restwell's bound, where the declaration has none that is tighter."""
    own = [node[name] for name in (at, beyond) if node.get(name) is not None]
    if not own or tighter(limit, tighter(own)) == limit:
        node.pop(beyond, None)
        node[at] = limit


def _float(_: Member, node: Node) -> Node:
    return {**node, "strict": True, "allow_inf_nan": False}


def _bool(_: Member, node: Node) -> Node:
    return {**node, "strict": True}


def _str(member: Member, node: Node) -> Node:
    node["strict"] = True
    if node.get("coerce_numbers_to_str"):
        member.fail("has coerce_numbers_to_str, and values are taken strictly: leave it out.")
    config = member.place[0].model_config
    own_length = config.get("str_max_length")
    if config.get("str_min_length"):
        node.setdefault("min_length", config["str_min_length"])
    if own_length is not None:
        node.setdefault("max_length", own_length)
    has_pattern = "pattern" in node
    if member.is_identity:
        pattern, length = (written.WITHOUT_NUL, MAX_TEXT) if member.any_text else (IDENTITY_PATTERN, IDENTITY_LENGTH)
        node = {"min_length": 1, "max_length": length, "pattern": pattern} | node
    else:
        node = {"max_length": MAX_TEXT, "pattern": written.WITHOUT_NUL} | node
    return before(written.read_text, node) if has_pattern else node


def _decimal(member: Member, node: Node) -> Node:
    if node.pop("allow_inf_nan", False):
        member.fail("has allow_inf_nan, and JSON has neither: leave it out.")
    node.pop("strict", None)
    read = written.decimal_reader(node.get("max_digits"), node.get("decimal_places"))
    # Written so at every depth, since xsd:decimal has no exponent.
    shown = core_schema.plain_serializer_function_ser_schema(written.write_decimal, when_used="json-unless-none")
    return {**before(read, node), "serialization": shown}


def _date(_: Member, node: Node) -> Node:
    return before(written.read_date, {**node, "strict": False})


def _datetime(member: Member, node: Node) -> Node:
    if node.get("tz_constraint") == "naive":
        member.fail("takes moments without an offset, which mean another moment to each reader: use datetime.")
    bounds = [node[name] for name in ("ge", "gt", "le", "lt") if node.get(name) is not None]
    if any(bound.tzinfo is None for bound in bounds):
        member.fail("has a limit without an offset from UTC, which no moment could be compared with: give it one.")
    aware = {**node, "strict": False, "tz_constraint": "aware"}
    return dict(core_schema.no_info_wrap_validator_function(written.read_moment, aware))


def _time(member: Member, node: Node) -> Node:
    bounds = [node[name] for name in ("ge", "gt", "le", "lt") if node.get(name) is not None]
    if any(bound.tzinfo is not None for bound in bounds):
        member.fail("has a limit with an offset from UTC, which no time of day has: leave the offset out.")
    return before(written.read_time, {**node, "strict": False, "tz_constraint": "naive"})


def _duration(_: Member, node: Node) -> Node:
    shown = core_schema.plain_serializer_function_ser_schema(written.write_duration, when_used="json-unless-none")
    return {**before(written.read_duration, {**node, "strict": False}), "serialization": shown}


def _uuid(_: Member, node: Node) -> Node:
    return before(written.read_uuid, {**node, "strict": False})


def _url(_: Member, node: Node) -> Node:
    return {**node, "strict": False}


def _choice(member: Member, node: Node) -> Node:
    expected = node["expected"] if node["type"] == "literal" else node["members"]
    values = [value.value if isinstance(value, Enum) else value for value in expected]
    if not all(type(value) in {str, int, bool, type(None)} or isinstance(value, (str, int)) for value in values):
        member.fail(UNSUPPORTED)
    if node.get("missing") is not None:
        member.fail("is an Enum with a _missing_ of its own, of which no schema can tell: use a BeforeValidator.")
    if node["type"] == "enum":
        node["strict"] = False
    is_of_members = node["type"] == "literal" and any(isinstance(value, Enum) for value in expected)
    if all(isinstance(value, str) for value in values) and not is_of_members:
        return node
    return before(written.choice_reader(tuple(expected)), node)


def _any(_: Member, node: Node) -> Node:
    return before(written.read_json, node)


def _same(_: Member, node: Node) -> Node:
    return node


SCALARS: Mapping[str, Callable[[Member, Node], Node]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "timedelta": _duration,
    "uuid": _uuid,
    "url": _url,
    "literal": _choice,
    "enum": _choice,
    "any": _any,
    "none": _same,
}
"""The function that reads a node, by its type."""
