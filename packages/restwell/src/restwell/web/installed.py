"""Formats that other distributions add to every API of an environment, by entry points of `restwell.formats`.

The name of such an entry point is for people; what it names is a class of formats, called without arguments, or a
format itself (`representations.Format`).
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from ..model.errors import DeclarationError
from ..representations import Format

GROUP = "restwell.formats"


def installed_formats() -> list[Format]:
    """The formats of other distributions, by the names of their entry points. Raises DeclarationError."""
    return [_loaded(each) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)]


def _loaded(entry_point: EntryPoint) -> Format:
    try:
        found = entry_point.load()
        made: Format = found() if isinstance(found, type) else found
        _ = made.media_type, made.documents, made.write
    except Exception as error:
        distribution = entry_point.dist.name if entry_point.dist is not None else "a distribution"
        raise DeclarationError(
            f"{distribution} adds the format {entry_point.name!r} ({entry_point.value}), which cannot be used "
            f"({type(error).__name__}: {error}): correct it, or take the distribution away."
        ) from error
    return made
