"""Case-insensitive comparison of texts, the same in every database and locale.

The rule is Unicode's simple case folding (core specification, section 5.18), which maps single characters: the three
sigmas of Greek are equal, and K and the Kelvin sign; a sharp s and ss are not, nor are i and the dotted capital I of
Turkish. The text to find becomes a regular expression that names every form of each letter, so that the collation of
the database does not matter.
"""

from __future__ import annotations

from functools import lru_cache

from ..http.keeping import kept

LAST_CASED = 0x1FFFF
"""No letter after this code point has another case."""


def _fold(character: str) -> str:
    folded = character.casefold()
    if len(folded) > 1:  # a full folding: the simple one is the lower case, or none
        folded = character.lower()
    return folded if len(folded) == 1 else character


@lru_cache(1)
def _forms() -> dict[str, str]:
    """Every character that has forms of another case, mapped to all forms."""
    classes: dict[str, list[str]] = {}
    for character in map(chr, range(LAST_CASED + 1)):
        if character.casefold() != character and (folded := _fold(character)) != character:
            classes.setdefault(folded, [folded]).append(character)
    return {each: "".join(forms) for forms in classes.values() for each in forms}


@kept(256 * 1024)
def pattern_of(text: str) -> str:
    """A regular expression, for Python and for databases, that matches this text in any case."""
    forms = _forms()
    return "".join(f"[{forms[each]}]" if each in forms else _literal(each) for each in text)


def _literal(character: str) -> str:
    return f"\\{character}" if character.isascii() and not character.isalnum() and character > " " else character


def folded(text: str) -> str:
    """The text with each letter replaced by the first of its forms."""
    return text.lower() if text.isascii() else text.translate(_folding())


@lru_cache(1)
def _folding() -> dict[int, str]:
    """Every character that has several forms, mapped to the first of them."""
    return {ord(each): forms[0] for each, forms in _forms().items()}
