"""References are followed within a document, not out of it and not in circles."""

from typing import Any

import pytest

from restwell_audit.reading.references import Document

DATA: dict[str, Any] = {
    "a": {"x": 1},
    "b": {"$ref": "#/a"},
    "c/d~e f": {"x": 2},
    "list": [{"x": 3}],
    "loop": {"$ref": "#/pool"},
    "pool": {"$ref": "#/loop"},
    "self": {"$ref": "#/self"},
    "text": "x",
}


@pytest.mark.parametrize(
    "reference, expected",
    [
        ("#/a", {"x": 1}),
        ("#/b", {"x": 1}),
        ("#/c~1d~0e%20f", {"x": 2}),
        ("#/list/0", {"x": 3}),
        ("#", DATA),
        ("#/nowhere", {}),
        ("#/list/1", {}),
        ("#/list/x", {}),
        ("#/text/x", {}),
        ("#/text", {}),
        ("#anchor", {}),
        ("other.json#/a", {}),
        ("#/loop", {}),
        ("#/self", {}),
        ("#" + "/a" * 100_000, {}),
    ],
)
def test_a_reference_is_followed(reference: str, expected: Any) -> None:
    assert Document(DATA).follow({"$ref": reference}) == expected


def test_what_is_no_reference_is_itself() -> None:
    assert Document({}).follow({"x": 1}) == {"x": 1}
    assert Document({}).follow({"$ref": 3}) == {"$ref": 3}
    assert Document({}).follow(None) == {}
