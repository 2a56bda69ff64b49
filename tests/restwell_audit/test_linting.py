from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit import Report
from restwell_audit.exchanges import Exchange
from restwell_audit.findings import Finding
from restwell_audit.guessing import MISSING_NAME
from restwell_audit.linting import MessageNote, finding_class, notes_on, plain
from tests.restwell_audit.apis import Request, Response, said, table
from tests.restwell_audit.cases import GOOD, good, judge, over_a_socket
from tests.restwell_audit.changes import having, responses
from tests.restwell_audit.good import Good

ADDED_BY_SERVERS = {"date-clockless", "date-missing"}


def notes(report: Report) -> dict[str, Finding]:
    """The notes in a report, the first of each kind, by their ids."""
    return {each.id(): each for each in reversed(report.findings) if isinstance(each, MessageNote)}


def answer(fields: tuple[tuple[str, str], ...] = (), body: bytes = b"", method: str = "GET") -> Exchange:
    return Exchange(1, method, "http://a.example/", status=200, headers=fields, body=body)


def test_what_httplint_says_of_a_message_is_a_finding_of_its_own() -> None:
    report = good(having(Age="soon"))()
    bad = notes(report)["age-not-int"]
    assert (bad.severity, bad.bearing, bad.reference.title) == ("warn", 2, "httplint")
    assert bad.line == "http://localhost/: The Age header's value should be an integer."
    assert bad.evidence[0].header("age") == "soon"


def test_each_kind_of_note_is_there_once_for_each_url_that_has_it() -> None:
    report = good(having(Age="soon"))()
    found = [each for each in report.findings if each.id() == "age-not-int"]
    urls = [each.subject for each in found]
    assert len(urls) == len(set(urls)) > 3
    assert all(each.evidence[0].url == each.subject for each in found)
    assert found[0].evidence[0].number == 1


def test_only_what_clients_read_is_linted() -> None:
    """Neither robots.txt, nor guesses that fail, nor what the audit alone sends, nor its own intermediary."""

    def strange(_: Request, response: Response) -> Response:
        return response.having(Age="soon")

    report = over_a_socket(responses(strange)(table({"GET /": said({"a": 1}), "GET /robots.txt": said({})})))
    linted = [each for each in report.findings if each.id() == "age-not-int"]
    asked = {(each.method, each.url) for finding in linted for each in finding.evidence}
    start = report.url
    assert asked == {("GET", start), ("GET", f"{start}{MISSING_NAME}")}
    assert not any(each.intermediary for finding in linted for each in finding.evidence)


def test_no_finding_speaks_of_the_intermediary_of_the_audit() -> None:
    report = over_a_socket(Good())
    for each in report.findings:
        assert not re.search(r"nginx|\bVia\b|restwell-audit", f"{each.line} {each.explanation} {each.remedy}")


def test_what_is_well_is_not_repeated() -> None:
    assert all(each.severity in {"info", "warn"} for each in notes(GOOD()).values())


@pytest.mark.parametrize("fields", [
    {"Cache_Control": "no-store"}, {"Cache_Control": "private, max-age=60"}, {"Cache_Control": "no-cache"},
    {"Last_Modified": "Fri, 02 Jan 2026 00:00:00 GMT"}, {"Cache_Control": "must-revalidate, max-age=60"},
], ids=str)  # fmt: skip
def test_what_a_correct_message_means_is_not_noted(fields: dict[str, str]) -> None:
    """Not that it may be stored, nor how long ago it changed, which would differ in every report."""
    explaining = re.compile(r"store-|stale-|fresh|lm-present")
    assert not [each for each in notes(good(having(**fields))()) if explaining.match(each)]


def test_a_warning_about_freshness_is_noted_and_one_that_a_check_gives_is_not() -> None:
    silent = notes(judge(table({"GET /": said({"a": 1})})))
    assert "freshness-heuristic" not in silent
    assert "freshness-no-cache-no-validator" in notes(
        judge(table({"GET /": said({"a": 1}).having(Cache_Control="no-cache")}))
    )


def test_no_note_costs_a_level() -> None:
    """One message that is wrong is a detail; whether an API keeps to HTTP, the other checks ask."""
    broken = good(having(Age="soon", Expires="never", Cache_Control="max-age=soon", Set_Cookie="a"))()
    assert all(each.severity != "bad" for each in notes(broken).values())


def test_an_application_in_process_is_not_asked_for_what_servers_add() -> None:
    assert not ADDED_BY_SERVERS & set(notes(GOOD()))


def test_over_a_socket_the_date_of_the_server_is_there() -> None:
    report = over_a_socket(table({"GET /": said({"a": 1})}))
    assert not ADDED_BY_SERVERS & set(notes(report))


def test_refusals_are_linted_too() -> None:
    def change(_: Request, response: Response) -> Response:
        return response.having(Retry_After="soon") if response.status == 404 else response

    [note] = [each for each in notes(good(responses(change))()).values() if "Retry-After" in each.line]
    assert note.evidence[0].status == 404


def test_every_note_is_one_sentence_and_explains_itself() -> None:
    for note in notes(judge(table({"GET /": said({"a": 1})}))).values():
        assert "\n" not in note.line
        assert note.line.strip() == note.line != ""
        assert len(note.explanation) > 20
        assert not re.search(r"</?\w+>|&[a-z]+;", note.explanation)
        assert note.reference.url.startswith("https://")


def test_a_kind_of_note_is_declared_once() -> None:
    assert finding_class("BAD_SYNTAX", "warn") is finding_class("BAD_SYNTAX", "warn")
    assert finding_class("BAD_SYNTAX", "warn").id() == "bad-syntax"


def test_a_message_without_content_is_not_blamed_for_its_length() -> None:
    length = (("Content-Length", "10"), ("Content-Type", "text/plain"))
    wrong = {type(note).__name__ for note in notes_on(answer(length, method="GET"))}
    right = {type(note).__name__ for note in notes_on(answer(length, method="HEAD"))}
    assert "CL_INCORRECT" in wrong
    assert "CL_INCORRECT" not in right


FIELDS = ["Age", "Allow", "Cache-Control", "Content-Type", "Content-Length", "Content-Encoding", "Date", "ETag",
    "Expires", "Last-Modified", "Link", "Location", "Retry-After", "Server-Timing", "Set-Cookie", "Vary", "Via",
    "WWW-Authenticate", "Transfer-Encoding", "Strict-Transport-Security", "Content-Range", "P3P", "X-Y"]  # fmt: skip
values = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30),
    st.sampled_from(
        ["", ",", ";", "=", '"', "max-age=60", "a" * 500, "*", "<>", "0", "-1", "1e9", "gzip", "chunked"]
    ),
)


@given(st.lists(st.tuples(st.sampled_from(FIELDS), values), max_size=5), st.binary(max_size=30))
def test_no_fields_are_too_strange_to_be_linted(fields: list[tuple[str, str]], body: bytes) -> None:
    for note in notes_on(answer(tuple(fields), body)):
        assert plain(note.summary)


@pytest.mark.parametrize("text", ["a\n b", "  a   b ", "a\tb"])
def test_a_summary_is_one_line(text: str) -> None:
    assert plain(text) == "a b"
