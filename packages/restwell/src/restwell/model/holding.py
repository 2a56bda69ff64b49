"""A source of an application's own as what holds the items of a resource. Mistakes are DeclarationErrors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .declare import Held
from .errors import DeclarationError
from .policy import WRITES
from .resource import Declaration
from .source import NEEDED, HeldSource, Source, can


def check_members(declaration: Declaration) -> None:
    """Refuse what is declared of members of a source and nobody would see to."""
    for spec in declaration.fields:
        member = f"{declaration.name}.{spec.attribute}"
        if spec.marks.sql is not None:
            raise DeclarationError(
                f"{member} has sql=, and the items are in a source of your own, which no "
                "database computes with: use @computed_field, or let the source give the value."
            )
        if spec.marks.unique:
            raise DeclarationError(
                f"{member} has unique=True, which nobody would see to, as the items are in a "
                "source of your own: leave it out, and let create() and update() raise a Refusal."
            )
        if spec.marks.renameable:
            raise DeclarationError(
                f"{member} is renameable, and the items are in a source of your own, beside "
                "which nothing notes where an item was before: leave renameable=True out."
            )


def holding(source: Source, path: str, given: Mapping[str, Any]) -> Held:
    """What a declaration holds of a source, which has to have what the rules that are `given` permit."""
    place = f"The resource at {path}"
    if not isinstance(source, Source):
        raise DeclarationError(f"{place} has {source!r} as its source: give an instance of a class below Source.")
    for name in ("unique", "initial"):
        if given.get(name):
            raise DeclarationError(f"{place} has {name}= beside source=, which nobody would see to: leave it out.")
    wanted = {name for name in ("read", *WRITES) if given.get(name) or (name in WRITES and given.get("write"))}
    for operation, method in NEEDED.items():
        needed = operation in wanted or method == "all"
        if needed and not can(source, method):
            raise DeclarationError(
                f"{place} has a rule for {operation}, and its source has no {method}(): write it, or take the "
                "rule away."
            )
    return Held(HeldSource(source), {})
