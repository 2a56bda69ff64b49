"""What all four applications start with: the rows, and what one has to look like."""

import re
from typing import Any

Row = dict[str, Any]

KINDS: dict[str, type] = {"name": str, "created": int, "parent": str, "relatedName": str, "relatedDocs": str}
REQUIRED = ("name", "created")
NAME = r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}"
"""A name is a segment of a path as it stands: unreserved characters only (RFC 3986, section 2.3)."""


def four_rows() -> dict[str, Row]:
    """New copies of the four frameworks, by name."""
    rows: list[Row] = [
        {
            "name": "Flask",
            "created": 2010,
            "parent": "Python",
            "relatedName": "Flask-RESTPlus",
            "relatedDocs": "https://flask-restplus.readthedocs.io/",
        },
        {"name": "Django", "created": 2005, "parent": "Python"},
        {"name": "Bottle", "created": 2009, "parent": "Python"},
        {"name": "Tornado", "created": 2010, "parent": "Python"},
    ]
    return {row["name"]: row for row in rows}


def mistakes(row: Any) -> list[str]:
    """What keeps a value from being a framework, one sentence each; empty for a good one."""
    if not isinstance(row, dict):
        return ["a framework is an object"]
    found = [f"{name} is missing" for name in REQUIRED if name not in row]
    found += [f"{name} is no member of a framework" for name in row if name not in KINDS]
    for name, kind in KINDS.items():
        # The booleans of JSON are integers to Python.
        if name in row and (not isinstance(row[name], kind) or isinstance(row[name], bool)):
            found.append(f"{name} must be {'an integer' if kind is int else 'text'}")
    if isinstance(row.get("name"), str) and not re.fullmatch(NAME, row["name"]):
        found.append("name must be letters, digits, '.', '_', '~' and '-'")
    return found
