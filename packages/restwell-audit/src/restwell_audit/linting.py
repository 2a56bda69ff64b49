"""The notes of httplint on what clients read, as findings: each kind of note with the URLs that have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from httplint import HttpResponseLinter
from httplint.note import Note, levels

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, Reference, Severity
from .guessing import MISSING_NAME
from .politeness import SAFE

SEVERITIES: dict[str, Severity] = {"good": "good", "info": "info", "warning": "warn", "bad": "warn"}
"""httplint's levels as severities. What it calls bad is a warning here: one message costs no maturity level."""
MAX_LINTED = 100
MAX_PLACES = 10
"""URLs at which a kind of note is reported."""
TAG = re.compile(r"<[^>]*>")
ADDED_BY_SERVERS = frozenset(["DATE_CLOCKLESS", "DATE_CLOCKLESS_BAD_HDR", "NO_DATE_304"])
SAID_BETTER = frozenset(["FRESHNESS_HEURISTIC"])
"""Notes on what a check of our own reports once for all resources: that nothing is said about caching."""
EXPLAINING = ("STORE_", "STALE_", "FRESH", "LM_PRESENT")
"""How the names of notes begin that explain what a correct message means, where httplint calls them information."""


@check(2, "what httplint says about the messages")
def lint_messages(case: Case) -> Results:
    """Each kind of note for each URL, including those on redirects and refusals."""
    places: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for exchange in list(read_by_clients(case))[:MAX_LINTED]:
        for note in notes_on(exchange):
            name = type(note).__name__
            if is_irrelevant(note, case) or (name, exchange.url) in seen:
                continue
            seen.add((name, exchange.url))
            places[name] += 1
            if places[name] > MAX_PLACES:
                continue
            finding = finding_class(name, SEVERITIES[note.level.value])(
                exchange.url, exchange, note=plain(note.summary)
            )
            finding.explanation = plain(unescape(TAG.sub("", str(note.detail)))) or MessageNote.explanation  # type: ignore[misc]  # its own
            yield finding


def read_by_clients(case: Case) -> Iterator[Exchange]:
    """The responses that clients read: those of what was found, for what is missing, and to changes.

    What only the audit asks for is left aside: robots.txt, guesses that failed, methods that few servers have, and
    all that went through its own intermediary.
    """
    found = {each.exchange.number for each in case.survey.found.values() if each.exchange is not None}
    for exchange in case.probe.exchanges:
        missing = exchange.method == "GET" and MISSING_NAME in exchange.url
        wanted = exchange.number in found or missing or exchange.method not in SAFE
        if wanted and exchange.answered and not exchange.intermediary:
            yield exchange


def notes_on(exchange: Exchange) -> list[Note]:
    """The notes of httplint on the response of an exchange."""
    linter = HttpResponseLinter(no_content=exchange.method == "HEAD")
    linter.base_uri = exchange.url
    linter.process_response_topline(b"HTTP/1.1", str(exchange.status).encode())
    linter.process_headers([(name.encode(), value.encode("latin-1", "replace")) for name, value in exchange.headers])
    if exchange.method != "HEAD":
        linter.feed_content(exchange.body)
    linter.finish_content(exchange.complete)
    return list(linter.notes)


def is_irrelevant(note: Note, case: Case) -> bool:
    """Whether there is nothing to change, it is said already, or servers add it to an application in process."""
    name = type(note).__name__
    if note.level == levels.GOOD or name in SAID_BETTER or name.startswith("STATUS_"):
        return True
    if note.level == levels.INFO and name.startswith(EXPLAINING):
        return True
    return case.probe.in_process and name in ADDED_BY_SERVERS


def plain(text: str) -> str:
    """A text in one line."""
    return " ".join(str(text).split())


class MessageNote(Finding):
    """A note of httplint. `finding_class` makes a subclass for each kind of note."""

    severity = "info"
    bearing = 2
    summary = "{subject}: {note}"
    explanation = "A rule of HTTP for single messages, checked by httplint."
    remedy = "Correct what the note names, or leave it out. The explanation (in text with --verbose) says why."
    reference = Reference("httplint", "https://github.com/mnot/httplint")


@lru_cache(1000)
def finding_class(name: str, severity: Severity) -> type[Finding]:
    """The class of finding for a kind of note; its name is that of the note."""
    return type(name.title().replace("_", ""), (MessageNote,), {"severity": severity})
