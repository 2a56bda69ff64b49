"""Members that set themselves: what a change sets, and what it leaves; over HTTP see `conformance/test_auto.py`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.model import auto
from restwell.model.auto import CALLERS, LASTING, MOMENTS, Auto, with_auto

EVERY: list[tuple[str, Auto]] = [(name.upper(), name) for name in (*MOMENTS, *CALLERS)]
OLD = {
    "CREATED": "2001-01-01T00:00:00Z",
    "UPDATED": "2002-01-01T00:00:00Z",
    "CREATOR": "a",
    "UPDATER": None,
    "text": "t",
}


@given(st.lists(st.sampled_from(EVERY), unique=True), st.none() | st.text(min_size=1), st.booleans())
def test_a_change_sets_what_is_asked_for_and_nothing_else(
    members: list[tuple[str, Auto]], caller: str | None, is_new: bool
) -> None:
    before = datetime.now(UTC)
    found = with_auto(OLD, members, caller, is_new=is_new)
    set_now = {name for name, each in members if is_new or each not in LASTING}
    assert {name: value for name, value in found.items() if name not in set_now} == {
        name: value for name, value in OLD.items() if name not in set_now
    }
    for name, each in members:
        if name in set_now and each in CALLERS:
            assert found[name] == caller
        elif name in set_now:
            assert before <= datetime.fromisoformat(found[name]) <= datetime.now(UTC)


@pytest.mark.parametrize("seconds", [-3600, 0, 0.5])
def test_a_time_of_change_never_goes_back(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    stored = datetime(2026, 1, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(auto, "now", lambda: stored + timedelta(seconds=seconds))
    values: dict[str, Any] = {"at": "2026-01-01T12:00:00Z"}
    found = datetime.fromisoformat(with_auto(values, [("at", "updated")], None, is_new=False)["at"])
    assert found == stored + timedelta(seconds=max(seconds, 0))
    assert values == {"at": "2026-01-01T12:00:00Z"}
