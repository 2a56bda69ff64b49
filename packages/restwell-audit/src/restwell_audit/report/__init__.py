"""The report of an audit, for people and for machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..ladder import Report
from . import badge, document, junit, page, sarif, terminal
from .terminal import Progress, render

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": terminal.write,
    "json": document.write,
    "html": page.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "badge": badge.write,
}
"""The writer of each format, which gives a text that can be encoded in UTF-8."""

__all__ = ["FORMATS", "Progress", "render"]
