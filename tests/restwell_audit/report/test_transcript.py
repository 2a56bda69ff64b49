from __future__ import annotations

from dataclasses import replace

import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.report.transcript import MAX_LINES, headline, outcome, phrase, transcript
from tests.restwell_audit.kinds import GET, POST, SILENCE, URL


def test_both_messages_are_shown() -> None:
    assert list(transcript(POST)) == [
        f"#2 POST {URL}rpc → 200 OK, 500 ms",
        f"> POST {URL}rpc",
        "> Content-Type: application/json",
        ">",
        '> {"do": "remove", "id": 1}',
        "< 200 OK",
        "< Content-Type: text/plain",
        "<",
        "< ok",
    ]


def test_credentials_are_not_shown() -> None:
    assert "> Authorization: (not shown)" in list(transcript(GET))


def test_where_no_response_came_it_is_said_why() -> None:
    assert list(transcript(SILENCE)) == [
        f"#3 GET {URL}slow → no answer within 10 s, 10000 ms",
        f"> GET {URL}slow",
    ]


@pytest.mark.parametrize(
    "exchange, said",
    [
        (GET, "200 OK"),
        (replace(GET, status=599), "599"),
        (replace(GET, error="it broke off"), "200 OK, then it broke off"),
        (replace(SILENCE, error=""), "no response"),
    ],
)
def test_the_outcome_is_the_status_or_why_there_is_none(exchange: Exchange, said: str) -> None:
    assert outcome(exchange) == said
    assert said in headline(exchange)


def test_what_was_not_read_whole_is_said_to_be_so() -> None:
    assert list(transcript(replace(GET, complete=False)))[-1] == "< (not read to its end)"


def test_long_contents_are_cut() -> None:
    lines = list(transcript(replace(GET, body=b"line\n" * 100)))
    assert lines.count("< line") == MAX_LINES
    assert lines[-1] == "< … (61 more lines)"


def test_a_field_cannot_make_a_line_of_its_own() -> None:
    hostile = replace(GET, headers=(("X", "one\r\n< 500 Internal Server Error"),))
    assert "< X: one < 500 Internal Server Error" in list(transcript(hostile))
    assert not any("\n" in line for line in transcript(hostile))


def test_a_status_that_nobody_knows_has_no_phrase() -> None:
    assert (phrase(404), phrase(999)) == ("Not Found", "")
