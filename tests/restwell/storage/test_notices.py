"""One line for each kind of trouble, at most once a minute."""

import pytest

from restwell.storage import notices
from restwell.storage.notices import MAX_TEXT, Notices


def test_a_kind_is_told_once_a_minute(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Notices()
    for _ in range(100):
        told.tell("a", "first")
        told.tell("b", "second")
    assert caplog.messages == ["first", "second"]
    monkeypatch.setattr(notices, "EVERY", 0.0)
    told.tell("a", "again")
    assert caplog.messages[2:] == ["again"]


def test_it_is_one_line_and_short(caplog: pytest.LogCaptureFixture) -> None:
    Notices().tell("a", "what\nthe database\r\n  says " + "x" * 10_000)
    (line,) = caplog.messages
    assert line.startswith("what the database says xxx")
    assert len(line) == MAX_TEXT
