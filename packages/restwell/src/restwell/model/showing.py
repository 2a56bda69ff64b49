"""What a member that is not shown can be: one that is only sent, or one that is the application's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import fail
from .fields import FieldSpec
from .marks import Marks
from .resource import Resource

TOLD = "so that a 409 would tell of its value: take one of them away."


def check_sight(cls: type[Resource], spec: FieldSpec) -> None:
    """Refuse `write_only` and `hidden` beside what cannot go with them. Raises DeclarationError."""
    marks = spec.marks
    if marks.is_shown:
        return
    what = "write_only=True" if marks.write_only else "hidden=True"
    if marks.write_only and marks.hidden:
        fail(
            cls,
            spec.attribute,
            "has write_only=True, so that clients set it, and hidden=True, so that none does: choose.",
        )
    if marks.identity:
        fail(cls, spec.attribute, f"has {what} and is in the identity, which every URI shows: take {what} away.")
    if marks.write_only and marks.read_only:
        fail(
            cls,
            spec.attribute,
            f"has {what} and is read-only, so that nobody could send it: use hidden=True instead.",
        )
    if marks.write_only and marks.unique:
        fail(cls, spec.attribute, f"has {what} and is unique, {TOLD}")
    if marks.hidden and spec.required:
        fail(
            cls, spec.attribute, "is hidden and has no default, so that nothing could be created: give it a default."
        )


def check_once(cls: type[Resource], spec: FieldSpec, *, by_source: bool) -> None:
    """Refuse `shown_once` where what is stored would be shown again. Raises DeclarationError."""
    marks = spec.marks
    if not marks.shown_once:
        return
    if not by_source:
        fail(
            cls,
            spec.attribute,
            "has shown_once=True, and a table would keep and show it: that is for the items of a source of your own.",
        )
    if not spec.absent_is_null:
        fail(cls, spec.attribute, "is shown once and is null from then on: give it a type with None, and None.")
    if marks.identity or marks.unique or marks.auto is not None or not marks.is_shown:
        what = "the identity, unique, auto or not shown at all"
        fail(cls, spec.attribute, f"has shown_once=True and is {what}, which does not go together: choose.")


def check_groups(cls: type[Resource], marks: Mapping[str, Marks], together: Iterable[Iterable[str]]) -> None:
    """Refuse members that are not for everybody to read among those that are unique together: `marks` by attribute.

    Raises DeclarationError.
    """
    for group in together:
        names = tuple(group)
        for name in names:
            said = marks.get(name)
            if said is not None and (said.write_only or said.read is not None):
                how = f"unique together with others ({', '.join(names)})" if len(names) > 1 else "unique"
                what = "write_only=True" if said.write_only else "read="
                fail(cls, name, f"has {what} and is {how}, {TOLD}")
