"""Intervals of PostgreSQL as durations; one with months has no length, and cannot be read."""

from __future__ import annotations

import re

from ...model.durations import UNITS, duration_of, is_within_range
from ..errors import InvalidValue

_INTERVAL = re.compile(
    r"P(?:(-?[0-9]+)D)?(?:T(?:(-?[0-9]+)H)?(?:(-?[0-9]+)M)?(?:(-?)([0-9]+)(?:\.([0-9]{1,6}))?S)?)?"
)
"""As `intervalstyle` has it that is set for every session, without years and months."""


def load_interval(text: str) -> str:
    """The duration of an interval. Raises InvalidValue for an interval that is not a duration."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise InvalidValue("not a number of microseconds")
    days, hours, minutes, sign, seconds, fraction = found.groups()
    total = sum(int(number or 0) * UNITS[unit] for number, unit in zip((days, hours, minutes), "DHM", strict=True))
    moment = int(seconds or 0) * UNITS["S"] + int(f"{fraction or '':0<6}")
    total += -moment if sign else moment
    if not is_within_range(total):
        raise InvalidValue("beyond 64 bits of microseconds")
    return duration_of(total)
