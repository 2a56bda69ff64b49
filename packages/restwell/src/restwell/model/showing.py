"""What a member that is not shown can be: one that is only sent, or one that is the application's own."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import fail
from .fields import FieldSpec
from .resource import Resource


def check_sight(cls: type[Resource], spec: FieldSpec) -> None:
    """Refuse `write_only` and `hidden` beside what cannot go with them. Raises DeclarationError."""
    marks = spec.marks
    if marks.is_shown:
        return
    what = "write_only=True" if marks.write_only else "hidden=True"
    if marks.write_only and marks.hidden:
        fail(
            cls, spec.name, "has write_only=True, so that clients set it, and hidden=True, so that none does: choose."
        )
    if marks.identity:
        fail(cls, spec.name, f"has {what} and is in the identity, which every URI shows: take {what} away.")
    if marks.write_only and marks.read_only:
        fail(cls, spec.name, f"has {what} and is read-only, so that nobody could send it: use hidden=True instead.")
    if marks.write_only and marks.unique:
        fail(
            cls, spec.name,
            f"has {what} and is unique, so that a 409 would tell that another item has the same: take one away.",
        )  # fmt: skip
    if marks.hidden and spec.required:
        fail(cls, spec.name, "is hidden and has no default, so that nothing could be created: give it a default.")


def check_groups(cls: type[Resource], specs: Sequence[FieldSpec], together: Sequence[Sequence[str]]) -> None:
    """Refuse what is only sent among members that are unique together. Raises DeclarationError."""
    blind = {spec.name for spec in specs if spec.marks.write_only}
    for group in together:
        for name in blind.intersection(group):
            fail(
                cls, name,
                f"has write_only=True and is unique together with others ({', '.join(group)}), so that a 409 would "
                "tell of its value: take one of them away.",
            )  # fmt: skip
