"""Shells: pages without content, which a script fills. Most servers of such a page give it at every path.

A shell says nothing about the API that its script uses, neither by a 200 for what does not exist nor by its links.
"""

from __future__ import annotations

import re

from .exchanges import Exchange
from .reading.html import TYPES

MAX_SHELL = 200_000
"""Characters of a page that may be a shell."""
MAX_TEXT = 100
"""Characters that a shell shows, such as "Loading..."."""
NAME_THE_API = "Name the URL of the API that its script uses on the command line, or give --openapi."
_HIDDEN = re.compile(r"<(script|style|noscript|title|template)(?=[\s/>])[^<>]*>|<!--", re.IGNORECASE)
_LEADS_ON = re.compile(r"<(?:a\s[^<>]*href|form[\s>])", re.IGNORECASE)
_WAITING = re.compile(r"load|wait|javascript|\.\.\.|…", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")


def is_shell(exchange: Exchange) -> bool:
    """Whether a response is a page that has a script, and neither a text nor a link nor a form of its own."""
    text = exchange.text
    if not exchange.succeeded or exchange.media_type not in TYPES or not exchange.complete or len(text) > MAX_SHELL:
        return False
    shown = _without_hidden(text)
    return "<script" in text.lower() and not _LEADS_ON.search(shown) and _asks_to_wait(_MARKUP.sub(" ", shown))


def _asks_to_wait(text: str) -> bool:
    """Whether a page shows nothing, or that it is not there yet."""
    words = " ".join(text.split())
    return not words or (len(words) <= MAX_TEXT and _WAITING.search(words) is not None)


def _without_hidden(text: str) -> str:
    """A page without comments and without the elements that are not shown where scripts run."""
    lower, shown, position = text.lower(), list[str](), 0
    while (opening := _HIDDEN.search(text, position)) is not None:
        shown.append(text[position : opening.start()])
        ending = f"</{opening[1].lower()}" if opening[1] else "-->"
        end = lower.find(ending, opening.end())
        position = len(text) if end < 0 else lower.find(">", end) + 1 or len(text)
    return "".join([*shown, text[position:]])
