from __future__ import annotations

from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.ladder import Grade
from restwell_audit.report import badge
from restwell_audit.report.texts import visible
from tests.restwell_audit.kinds import BROKEN, LEVEL_1, LEVEL_2, LEVEL_3, URL, OneUrlForAll, report, restful, untold

SVG = "{http://www.w3.org/2000/svg}"


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- we have written it


@pytest.mark.parametrize(
    "of, message",
    [
        (report(OneUrlForAll(URL)), "level 0: Non-RESTful"),
        (untold(), "level 0 to 2: Not to be told from here"),
        (report(LEVEL_1, LEVEL_2, BROKEN["cacheable"](URL)), "level 2: Approaching REST, not cacheable"),
        (report(LEVEL_1), "level 1: Approaching REST"),
        (report(LEVEL_1, LEVEL_2), "level 2: Approaching REST with Caching"),
        (report(LEVEL_1, LEVEL_2, LEVEL_3), "level 3: Likely RESTful"),
        (restful(), "level 3: RESTful"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_says_the_level_and_the_verdict(of: Any, message: str) -> None:
    root = read(badge.write(of))
    assert [each.text for each in root.iter(f"{SVG}text")] == ["REST", message]
    assert root.findtext(f"{SVG}title") == f"REST: {message}"
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", f"REST: {message}")


def test_every_verdict_has_its_colour() -> None:
    assert set(badge.COLOURS) == set(get_args(Grade))
    assert len(set(badge.COLOURS.values())) == len(badge.COLOURS)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*badge.COLOURS.values(), badge.LABEL_COLOUR])
def test_white_can_be_read_on_every_colour(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_the_parts_are_as_wide_as_their_texts() -> None:
    root = read(badge.draw("REST", "level 3: RESTful", "#000"))
    left, right = [each for each in root.iter(f"{SVG}rect") if "fill" in each.attrib]
    assert int(left.attrib["width"]) == badge.width("REST") + 12
    assert int(right.attrib["width"]) == badge.width("level 3: RESTful") + 12
    assert int(right.attrib["x"]) == int(left.attrib["width"])
    assert int(root.attrib["width"]) == int(left.attrib["width"]) + int(right.attrib["width"])


def test_widths_are_those_of_verdana_at_11_pixels() -> None:
    # 28.9, 88.1 and 221.7 by the font's own advances.
    assert badge.width("REST") == 29
    assert badge.width("level 3: RESTful") == 88
    assert badge.width("level 2: Approaching REST with Caching") == 222
    assert badge.width("i") < badge.width("n") < badge.width("W")


@given(st.text(st.characters()).map(visible))
def test_whatever_the_text_is_it_is_an_image(text: str) -> None:
    root = read(badge.draw(text, text, "#000"))
    shown = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert shown == [text, text]
