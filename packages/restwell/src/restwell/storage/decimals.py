"""Decimals as texts that sort by value, for databases whose own decimals are not exact at every size. Pure.

    9.50  ->  `P0019.5 `       -9.50  ->  `M9980.4~ `       12  ->  `P00212`       0.05  ->  `P0000.05`

A sign (M is before P), how many digits stand before the point (0 for a zero there), and the digits; of a negative
number both as what is left to nines, and `~` behind them, so that the larger one comes first. The zeros at the end
of a fraction, and a point that has nothing else behind it, are spaces: under a collation that does not tell spaces at
the end, which the database itself has and the columns are of, 1.5 and 1.50 are equal, and each comes back as it was
written. So every program that can read the database can sort, check, index and copy such a table.
"""

from __future__ import annotations

import re
from decimal import Decimal

PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
FORM = re.compile(r"(P|M)([0-9]{3})(0|[1-9][0-9]*)((?:\.[0-9]*[1-9])?)( *)")
"""The stored form of a positive number."""
MAX_WHOLE = 999
"""Digits before the point. A decimal from a client has at most 309."""
_NINES = str.maketrans("0123456789", "9876543210")


def encode(text: str) -> str:
    """A decimal of any notation in stored form. Raises ValueError for what is not a decimal, or is too large."""
    if PLAIN.fullmatch(text) is None:
        text = _plain(text)
    is_negative = text[0] == "-"
    written = text[1:] if is_negative else text
    value = written.rstrip("0").rstrip(".") if "." in written else written
    padding = " " * (len(written) - len(value))
    whole = 0 if value[0] == "0" else len(value.partition(".")[0])
    if whole > MAX_WHOLE:
        raise ValueError(f"more than {MAX_WHOLE} digits before the point")
    if is_negative and value != "0":
        return f"M{MAX_WHOLE - whole:03}{value.translate(_NINES)}~{padding}"
    return f"P{whole:03}{value}{padding}"


def _plain(text: str) -> str:
    if DECIMAL.fullmatch(text) is None:
        raise ValueError("not a decimal")
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_WHOLE:
        raise ValueError(f"beyond {MAX_WHOLE} digits")
    return format(number, "f")


def decode(stored: str) -> str:
    """A stored decimal in plain form. Raises ValueError for what `encode` does not produce."""
    is_negative = stored[:1] == "M"
    found = FORM.fullmatch(_positive(stored) if is_negative else stored)
    if found is None:
        raise ValueError("not a stored decimal")
    _, size, whole, fraction, padding = found.groups()
    if int(size) != (len(whole) if whole != "0" else 0):
        raise ValueError("not a stored decimal")
    text = f"-{whole}{fraction}" if is_negative else whole + fraction
    if not padding:
        return text
    return f"{text}{padding.replace(' ', '0')}" if fraction else f"{text}.{'0' * _behind_point(padding)}"


def _behind_point(padding: str) -> int:
    if len(padding) == 1:
        raise ValueError("a point with nothing behind it")
    return len(padding) - 1


def _positive(stored: str) -> str:
    """The stored form of a negative number's absolute value."""
    value, end, padding = stored.partition("~")
    if not end or value.translate(_NINES)[4:] == "0":
        raise ValueError("not a stored decimal")
    return value.translate(_NINES) + padding
