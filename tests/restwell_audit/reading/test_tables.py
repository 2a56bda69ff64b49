"""Lists in other formats than JSON become what JSON would have."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading.tables import data_of

TWO = [{"id": "1", "x": "a"}, {"id": "2", "x": "b"}]


@pytest.mark.parametrize("kind, content, data", [
    ("text/csv", b"id,x\r\n1,a\r\n2,b\r\n", TWO),
    ("text/csv", b"id;x\n1;a\n2;b\n", TWO),
    ("text/tab-separated-values", b"id\tx\n1\ta\n2\tb\n", TWO),
    ("text/csv", b"id,x\n1\n2,b,c\n", [{"id": "1"}, {"id": "2", "x": "b"}]),
    ("text/csv", b"", []),
    ("application/x-ndjson", b'{"id": 1}\n\n{"id": 2}\n', [{"id": 1}, {"id": 2}]),
    ("application/json-seq", b'\x1e{"id": 1}\n\x1e{"id": 2}\n', [{"id": 1}, {"id": 2}]),
    ("application/x-ndjson", b"{", None),
    ("application/yaml", b"- id: 1\n", [{"id": 1}]),
    ("text/x-yaml", b"a: [", None),
    ("text/plain", b"one\ntwo\n", ["one", "two"]),
    ("text/plain", b"one\n", None),
    ("text/plain", b"a sentence\nand one\n", None),
    ("image/png", b"one\ntwo\n", None),
])  # fmt: skip
def test_a_list_is_read(kind: str, content: bytes, data: Any) -> None:
    assert data_of(kind, content) == data
