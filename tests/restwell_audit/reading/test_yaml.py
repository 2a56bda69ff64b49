"""YAML is read as JSON would have it, or it is said why not."""

import sys

import pytest

from restwell_audit.reading import yaml
from restwell_audit.reading.yaml import MAX_LENGTH, UnreadableError

pytest.importorskip("yaml", reason="PyYAML is no dependency")


def test_values_are_as_json_has_them() -> None:
    content = b"{200: ok, true: [1, 2.5, null, no], day: 2024-05-17, 'on': &x {a: b}, again: *x}"
    assert yaml.read(content) == {
        "200": "ok",
        "true": [1, 2.5, None, False],
        "day": "2024-05-17",
        "on": {"a": "b"},
        "again": {"a": "b"},
    }


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{each + 1}: &a{each + 1} [{', '.join([f'*a{each}'] * 9)}]\n" for each in range(12)
)


@pytest.mark.parametrize(
    "content, why",
    [
        (BOMB.encode(), "too many values"),
        (b"a: &a [*a]", "too many values"),
        (b"a: [1", "not valid YAML"),
        (b"{[1]: 2}: 3", "not valid YAML"),
        (b"a: 2024-99-99", "not valid YAML"),
        (b"a: !!python/object/apply:os.system [true]", "not valid YAML"),
        (b"\xff\xfe\xff", "not valid YAML"),
        (b"[" * 5000 + b"]" * 5000, "YAML"),
        (b"a" * (MAX_LENGTH + 1), "more than"),
    ],
)
def test_what_is_not_read_has_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        yaml.read(content)


def test_without_its_reader_it_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(UnreadableError, match="not installed"):
        yaml.read(b"a: 1")
