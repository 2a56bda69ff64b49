"""What members are called over HTTP: the attribute, what an alias says, or the attribute as an API names them all.

Here is too how a sentence names one of something, with its article.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from .errors import DeclarationError

Naming = Literal["camelCase"]
"""How every member of an API is named that has no alias of its own."""
_WORD = re.compile(r"(?<=[^\W_])_+([^\W_])")
_LIKE_A_VOWEL = re.compile(
    r"(?!eu|one(?![a-z])|uni|us|ut|url|uuid|uk)[aeiou]|hour|honest|honou?r|heir", re.IGNORECASE
)
"""How the names begin that are spoken with a vowel first: `Unit` and `User` are not, and `Hour` is."""


def with_article(name: str) -> str:
    """One of what has this name: `a Book`, `an Order`, `a User`."""
    return f"{'an' if _LIKE_A_VOWEL.match(name) else 'a'} {name}"


def camel_case(attribute: str) -> str:
    """`related_name` as `relatedName`; what has no underscore within stays as it is."""
    return _WORD.sub(lambda found: found[1].upper(), attribute)


_NAMED: Mapping[Naming, Callable[[str], str]] = {"camelCase": camel_case}


def wire_name(attribute: str, alias: str | None, naming: Naming | None) -> str:
    """What a member is called over HTTP."""
    if alias is not None:
        return alias
    return attribute if naming is None else _NAMED[naming](attribute)


def is_name(alias: object) -> bool:
    """Whether a member can be called so: in JSON, in parameters of queries, in csv and in pointers."""
    return isinstance(alias, str) and alias.isidentifier() and not alias.startswith("_")


def check_naming(naming: object) -> None:
    """Refuse a way of naming that there is not. Raises DeclarationError."""
    if naming is not None and naming not in get_args(Naming):
        known = " or ".join(map(repr, get_args(Naming)))
        raise DeclarationError(f"The API has naming={naming!r}: it can be {known}, or left out.")
