"""Which texts stand for what in SQLite: those that Restwell writes, and no others."""

from typing import Any

import pytest

from restwell.storage.sqlite.texts import KINDS, stands_for

RIGHT = {
    "ORDERED_DECIMAL_TEXT": ["P0000", "M9988.4~ ", "P0012", "P0000.5", "P006100000"],
    "DATE_TEXT": ["2020-02-29", "0001-01-01", "9999-12-31"],
    "DATETIME_TEXT": ["2020-02-29T23:59:59.000000Z", "0001-01-01T00:00:00.000001Z"],
    "TIME_TEXT": ["00:00:00.000000", "23:59:59.999999"],
    "UUID_TEXT": ["00000000-0000-4000-8000-00000000000a"],
    "JSON_TEXT": ["[]", '{"a": 1}', "null", "5"],
}
WRONG: dict[str, list[Any]] = {
    "ORDERED_DECIMAL_TEXT": ["", "x", "0", "-1.50", "1E+5", "NaN", "P0021", "P0011.50", 5, None],
    "DATE_TEXT": ["2019-02-29", "20200101", "2020-01-01T00:00:00Z", "2020-W01-1", 5],
    "DATETIME_TEXT": ["2020-02-29T23:59:59Z", "2020-02-29T23:59:59.000000+00:00", "2020-13-29T23:59:59.000000Z", "x"],
    "TIME_TEXT": ["", "24:00:00.000000", "12:00:00", "12:00:00.5", "12:00:00.000000Z", 5],
    "UUID_TEXT": ["0000000000004000800000000000000a", "00000000-0000-4000-8000-00000000000A", "x"],
    "JSON_TEXT": ["", "x", "{", "NaN"],
}


@pytest.mark.parametrize("declared", KINDS)
def test_texts_are_told_apart(declared: str) -> None:
    assert [text for text in RIGHT[declared] if not stands_for(declared, text)] == []
    assert [text for text in WRONG[declared] if stands_for(declared, text)] == []
