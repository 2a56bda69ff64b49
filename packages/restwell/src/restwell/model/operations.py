"""Operations of an application's own on an item: what is known of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from .fields import FieldSpec
from .hooks import Change
from .shapes import Shape


@dataclass(frozen=True, eq=False)
class OwnOperation:
    """An operation on an item: a function of an application's.

    `input` is the class of the content that it takes, `shape` what validates that, and `fields` are its members; None
    and nothing where it takes no content.
    """

    name: str
    title: str
    function: Callable[[Change], object]
    input: type[BaseModel] | None
    refuses: tuple[type[Exception], ...] = ()
    shape: Shape | None = None
    fields: tuple[FieldSpec, ...] = ()
