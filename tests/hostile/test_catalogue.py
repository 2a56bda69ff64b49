"""Every row of the catalogue: its status, and behind it the same rows, the same worker, a canary, and little memory.

Each is sent direct to `restwell serve`, through nginx with its defaults, and to an application whose hook has every
request go through Flask's routing; on SQLite and on PostgreSQL. Where the others stand:

- rows 1 to 9, 11, 13 to 16, 18 and 19: `test_framing.py`
- 48 to 50: `test_tokens.py`
- 40, where items are somebody's, and 54: `test_objects.py`
- 51 (how long it takes), 52 and 58, which ask all workers: `test_workers.py`
- 64, where some origins are allowed: `test_cors.py`
- 56: `tests/conformance/test_access.py`, and the command in `tests/cli/test_serving.py`; a declaration that says
  nothing of who may use it is refused where it is made, before there is a door, a proxy or a database
- 65: `test_slow_clients.py`
"""

from __future__ import annotations

import pytest

from .catalogue import BY_NGINX, BY_SERVER, ROWS, Row
from .keys import misplaced, secret
from .stand import Stand

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number} {row.name}" for row in ROWS])
def test_a_row_is_answered_as_is_right_and_harms_nothing(stand: Stand, row: Row) -> None:
    answers = []
    with stand.unharmed("/frameworks/Django"):
        for sent in row.sent:
            answer = stand.ask(sent)
            told = (sent.method, sent.target[:80], (sent.content or b"")[:80], answer.status)
            right = (BY_SERVER if stand.is_direct else BY_NGINX).get(sent, row.right)
            assert answer.status in right, told
            if answer.status >= 400:
                assert answer.is_problem or not row.reached or not stand.is_direct, answer.head
            assert row.head in answer.head
            answers.append((sent.method, answer.lasting))
    assert not row.same or all(each == answers[0] for each in answers), answers


def test_a_key_in_the_wrong_place_is_neither_logged_nor_repeated(stand: Stand) -> None:
    """Row 63; that the log has one line for each, and no secret, is asked behind every row."""
    hidden = secret(stand.key).encode()
    with stand.unharmed("/frameworks/Django"):
        for sent in misplaced(stand.key):
            answer = stand.ask(sent)
            told = (sent.method, sent.target, sent.fields, sent.content, answer.status)
            assert 200 <= answer.status < 500 or answer.status == 501, told
            assert hidden not in answer.content, told
            assert hidden.lower() not in answer.head, told
