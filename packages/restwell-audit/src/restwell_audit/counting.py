"""Counts in sentences: "1 collection has", "2 collections have". Every count that a report shows is written here."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{\w+(?::(?P<spec>[^{}]*))?\}")
"""A place of a summary, such as `{number}`, `{number:path}` or `{number:path names|paths name}`.

The words may have another place in them: `{of:!The one path|{number} of # paths}`.
"""
SHARE = "{of:!The one representation that was looked at|{number} of # representations that were looked at}"
"""The beginning of a summary that counts those `of` which it is about in a sample."""


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its words: `one` for 1, else `many`, which is by default `one` with an s.

    The words may be a phrase that goes on to the verb. The number is put before them, or where they have a `#`; words
    that begin with `!` stand apart from their number, and have none.
    """
    return _worded(str(count), one if count == 1 else many or f"{one}s")


def _worded(number: str, words: str) -> str:
    if words.startswith("!"):
        return words[1:]
    return words.replace("#", number) if "#" in words else f"{number} {words}"


class _Sentence(string.Formatter):
    """Formats a summary, in which a count has its words behind a colon, as in `{number:path names|paths name}`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """A count with its words; other values as they are."""
        if not format_spec:
            return str(value)
        one, _, many = format_spec.partition("|")
        return counted(int(value), one, many)


def sentence_of(summary: str, details: Mapping[str, object]) -> str:
    """A summary with the details of an instance."""
    return _Sentence().vformat(summary, (), details)


def general(summary: str) -> str:
    """A summary without the details of an instance, in the plural."""
    return PLACE.sub(_general, PLACE.sub(lambda place: "…" if place["spec"] is None else place[0], summary))


def _general(place: re.Match[str]) -> str:
    if not place["spec"]:
        return "…"
    one, _, many = place["spec"].partition("|")
    return _worded("…", many or f"{one}s")
