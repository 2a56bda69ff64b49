"""Every row of the catalogue: its status, and behind it the same rows, the same worker, a canary, and little memory.

Each is sent direct to `restwell serve`, through nginx with its defaults, and to an application whose hook has every
request go through Flask's routing; on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import re
import time
from urllib.parse import unquote_to_bytes

import pytest

from .catalogue import ROWS, Row, Sent
from .stand import RawAnswer, Stand

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MAX_SECONDS, MAX_TOLD = 1.0, 4096
INTERNAL = re.compile(rb"Traceback|sqlite3|psycopg|sqlalchemy|SELECT |INSERT |/site-packages/|\.py\b|restwell_keys")


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number} {row.name}" for row in ROWS])
def test_a_row_is_answered_as_is_right_and_harms_nothing(stand: Stand, row: Row) -> None:
    lines = len(stand.log())
    with stand.unharmed("/frameworks/Django"):
        for sent in row.sent:
            started = time.perf_counter()
            answer = stand.send(sent)
            assert time.perf_counter() - started < MAX_SECONDS
            told = (sent.method, sent.target[:80], (sent.content or b"")[:80], answer.status)
            assert answer.status in row.right, told
            if answer.status >= 400:
                check_refusal(answer, sent)
                assert answer.is_problem or not row.reached or not stand.is_direct, answer.head
            if row.number == 23:
                assert b"cache-control: no-store" in answer.head
            assert b"access-control-allow-origin" not in answer.head
        for line in stand.log()[lines:]:
            assert json.loads(line)["status"] in row.right | {200}


def check_refusal(answer: RawAnswer, sent: Sent) -> None:
    """A refusal is short, is a problem where it is ours, and tells nothing of what is inside."""
    said = set(INTERNAL.findall(answer.content)) - set(INTERNAL.findall(unquote_to_bytes(sent.target)))
    assert not said, answer.content[:400]
    if answer.is_problem:
        assert json.loads(answer.content)["status"] == answer.status
        assert len(answer.content) <= MAX_TOLD
