"""Durations as text: which forms of ISO 8601 are accepted, and the one form that is written.

A duration is a number of microseconds, so that any two can be compared. Years and months are not accepted, since
their length varies; a day has 24 hours, and a week seven days. What is written is xsd:dayTimeDuration in its
canonical form (XML Schema 1.1 part 2, section 3.4.27): `P400DT1H2M3.5S`, `-P1D`, `PT0S`.
"""

from __future__ import annotations

import re

from ..http.limits import MAX_INTEGER

_SECONDS = r"[0-9]{1,13}(?:\.[0-9]{1,12})?S"
_MINUTES = rf"[0-9]{{1,12}}M(?:{_SECONDS})?"
_TIME = rf"T(?:[0-9]{{1,10}}H(?:{_MINUTES}|{_SECONDS})?|{_MINUTES}|{_SECONDS})"
DURATION_PATTERN = rf"^-?P(?:[0-9]{{1,8}}W|[0-9]{{1,9}}D(?:{_TIME})?|{_TIME})$"
"""The durations of RFC 3339, appendix A, without years and months, and with the sign and the fraction of a second
that ISO 8601 and xsd:dayTimeDuration have."""
UNITS = {"W": 604_800_000_000, "D": 86_400_000_000, "H": 3_600_000_000, "M": 60_000_000, "S": 1_000_000}
_FORM = re.compile(DURATION_PATTERN)
_PART = re.compile(r"([0-9]+)(?:\.([0-9]+))?([WDHMS])")
CALENDAR = re.compile(r"-?P(?=[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+[WD])?(?:T.+)?")
"""Texts that may be durations with years or months."""


def microseconds_of(text: str) -> int | None:
    """The microseconds of a duration, further digits dropped; None for a text of another form."""
    if _FORM.fullmatch(text) is None:
        return None
    total = sum(
        int(whole) * UNITS[unit] + int(f"{fraction:0<6}"[:6]) for whole, fraction, unit in _PART.findall(text)
    )
    return -total if text[0] == "-" else total


def is_within_range(microseconds: int) -> bool:
    """Whether 64 bits hold it: some 106 million days, or 292 thousand years, either way."""
    return -MAX_INTEGER - 1 <= microseconds <= MAX_INTEGER


def duration_of(microseconds: int) -> str:
    """The text of so many microseconds."""
    rest, written = abs(microseconds), ""
    for unit in "DHM":
        number, rest = divmod(rest, UNITS[unit])
        written += "T" if number and unit in "HM" and "T" not in written else ""
        written += f"{number}{unit}" if number else ""
    if rest or not written:
        seconds, fraction = divmod(rest, UNITS["S"])
        written += f"{'' if 'T' in written else 'T'}{seconds}"
        written += f"{f'.{fraction:06}'.rstrip('0') if fraction else ''}S"
    return f"{'-' if microseconds < 0 else ''}P{written}"
