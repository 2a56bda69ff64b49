from __future__ import annotations

import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.following import is_dead, may_wait, why_unread


def answered(status: int, *, error: str = "", endless: bool = False, **fields: str) -> Exchange:
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Exchange(1, "GET", "http://a.example/", status=status, headers=headers, error=error, endless=endless)


@pytest.mark.parametrize("exchange, dead", [
    (answered(200), False), (answered(404), True), (answered(410), True), (answered(403), False),
    (answered(500), True), (answered(501), False), (answered(503), True), (answered(503, Retry_After="5"), False),
    (answered(0, error="No answer."), False), (answered(200, error="The response broke off."), False), (None, False),
])  # fmt: skip
def test_a_link_is_dead_where_nothing_is_or_the_server_fails(exchange: Exchange | None, dead: bool) -> None:
    assert is_dead(exchange) is dead


@pytest.mark.parametrize("exchange, why", [
    (answered(401), "needs a credential"), (answered(501), "refuses GET"), (answered(418), "was answered with 418"),
    (answered(503, Retry_After="5"), "asks to come again later"), (answered(200, endless=True), "is a stream"),
    (answered(0, error="Late."), "did not answer in time or completely"),
])  # fmt: skip
def test_why_a_target_was_not_read(exchange: Exchange, why: str) -> None:
    found = why_unread(exchange)
    assert found is not None
    assert found.one == why


@pytest.mark.parametrize("status", [200, 204, 304])
def test_what_was_read_has_no_reason(status: int) -> None:
    assert why_unread(answered(status)) is None


@pytest.mark.parametrize("url, waits", [
    ("http://a.example/v2/keys/one?wait=true", True), ("http://a.example/pods?watch", True),
    ("http://a.example/db/_changes?feed=longpoll", True), ("http://a.example/events/stream", True),
    ("http://a.example/long-poll/", True), ("http://a.example/pods?watch=false", False),
    ("http://a.example/events", False), ("http://a.example/watches/1", False), ("http://a.example/?feed=rss", False),
])  # fmt: skip
def test_a_url_may_say_that_the_server_waits(url: str, waits: bool) -> None:
    assert may_wait(url) is waits
