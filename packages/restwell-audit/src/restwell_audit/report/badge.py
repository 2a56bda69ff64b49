"""The report as a badge: an SVG image with level and verdict, for README files."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..ladder import Grade, Report

COLOURS: Mapping[Grade, str] = {
    "Not to be told from here": "#6c757d",
    "Non-RESTful": "#c0392b",
    "Approaching REST": "#b35900",
    "Approaching REST, not cacheable": "#8a5a00",
    "Approaching REST with Caching": "#7d6608",
    "Likely RESTful": "#3d7a1f",
    "RESTful": "#1a7340",
}
"""The colour of each grade; white text on it has a contrast of 4.5 or more (WCAG 2.2, criterion 1.4.3)."""
LABEL = "REST"
LABEL_COLOUR = "#555"
HEIGHT, SIZE, PADDING = 20, 11, 6
FONTS = "Verdana,Geneva,DejaVu Sans,sans-serif"

# The widths of Verdana's characters, in thousandths of its size, to lay out a badge without the font.
_SAME_WIDTH = {
    274: "il", 344: "j", 352: " f", 364: ".,", 394: "t", 421: "I", 427: "r", 454: ":-()", 523: "csz", 557: "L",
    575: "F", 594: "aekvxy", 605: "oP", 615: "TY", 623: "bdgpq", 634: "hnuE0123456789", 685: "ABSVXZ", 695: "CKR",
    732: "U", 750: "HN", 773: "DG", 787: "OQ", 818: "w", 843: "M", 973: "m", 989: "W",
}  # fmt: skip
_WIDTHS = {char: size for size, chars in _SAME_WIDTH.items() for char in chars}
_OTHER = 1000


def write(report: Report) -> str:
    """The badge of a report."""
    level = f"{report.at_least} to {report.at_most}" if report.level is None else report.level
    return draw(LABEL, f"level {level}: {report.verdict}", COLOURS[report.grade])


def draw(label: str, message: str, colour: str) -> str:
    """An SVG image of two texts beside each other, the second on a background of the given colour."""
    left, right = width(label) + 2 * PADDING, width(message) + 2 * PADDING
    whole, title = left + right, escape(f"{label}: {message}")
    size = f'width="{whole}" height="{HEIGHT}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="round{whole}"><rect {size} rx="3"/></clipPath>
<g clip-path="url(#round{whole})">
<rect width="{left}" height="{HEIGHT}" fill="{LABEL_COLOUR}"/>
<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{escape(colour)}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="{FONTS}" font-size="{SIZE}" aria-hidden="true">
{_text(label, left / 2)}
{_text(message, left + right / 2)}
</g>
</svg>
"""


def _text(text: str, middle: float) -> str:
    """A text element with a fixed length, whatever font is used."""
    return f'<text x="{middle:g}" y="14" textLength="{width(text)}">{escape(text)}</text>'


def width(text: str) -> int:
    """The width of a text in pixels."""
    return round(sum(_WIDTHS.get(char, _OTHER) for char in text) * SIZE / 1000)
