"""An exchange as lines of plain text, as in `curl -v`: `>` for the request, `<` for the response."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from ..counting import counted
from ..exchanges import Exchange
from .texts import one_line, visible

MAX_LINES = 40
"""Lines of content that are shown."""


def headline(exchange: Exchange) -> str:
    """One line with the request and its outcome."""
    return f"{exchange.method} {exchange.url} → {outcome(exchange)}, {exchange.seconds * 1000:.0f} ms"


def outcome(exchange: Exchange) -> str:
    """The status with its reason phrase, or the error."""
    if not exchange.status:
        return exchange.error or "no response"
    broken = f", then {exchange.error}" if exchange.error else ""
    return f"{exchange.status} {phrase(exchange.status)}".rstrip() + broken


def phrase(status: int) -> str:
    """The reason phrase of a registered status code (RFC 9110, section 15); "" for others."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def transcript(exchange: Exchange) -> Iterator[str]:
    """The lines of an exchange, without credentials and control characters."""
    shown = exchange.to_dict()
    yield one_line(f"#{exchange.number} {headline(exchange)}")
    yield from _message(">", one_line(f"{exchange.method} {exchange.url}"), shown["request"])
    if exchange.status:
        yield from _message("<", one_line(outcome(exchange)), shown["response"])
    if exchange.status and not exchange.complete:
        yield "< (not read to its end)"


def _message(mark: str, start: str, message: dict[str, Any]) -> Iterator[str]:
    yield f"{mark} {start}"
    yield from (f"{mark} {one_line(f'{name}: {value}')}" for name, value in message["headers"])
    lines = visible(message["body"]).split("\n") if message["body"] else []
    if lines:
        yield mark
    yield from (f"{mark} {line}".rstrip() for line in lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        yield f"{mark} … ({counted(len(lines) - MAX_LINES, 'more line')})"
