"""Rows 1 to 9, 11 to 16, 18 and 19: how messages are framed, in bytes.

Each is sent direct to `restwell serve`, through nginx and through Flask's door, on both databases. What the parser of
the server or of the proxy refuses has its own answer, without our body.
"""

from __future__ import annotations

import json
import re

import pytest

from .stand import Stand

pytestmark = [pytest.mark.slow, pytest.mark.alone]
JSON = "Content-Type: application/json"
BODY = b'{"name": "Smuggled", "created": 2020}'
FLASK = "/frameworks/Flask"
CLOSED = 0
"""Stands for a connection that ends without an answer."""


def post(*fields: str, content: bytes = BODY, key: str = "{key}") -> bytes:
    lines = ["POST /frameworks HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", JSON, *fields]
    return "\r\n".join([*lines, "", ""]).encode() + content


def get(*fields: str, line: str = f"GET {FLASK} HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: localhost", *fields, "", ""]).encode()


SMUGGLED = b"GET /frameworks/Django HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
LENGTH = len(BODY)

LONG_FIELD, LONG_FIELDS = get(f"X-Long: {'x' * 9000}"), get(*[f"X-{n}: {'x' * 7000}" for n in range(6)])
HTTP_0_9, SPACES = b"GET /\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n"
OTHER_HOST, OTHER_LETTERS = (b"GET / HTTP/1.1\r\nHost: %s.example\r\n\r\n" % name for name in (b"evil", b"\xc3\xbc"))
HTTP_1_2 = b"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n"
BY_NGINX = {
    HTTP_0_9: {CLOSED},  # it is answered as in HTTP/0.9, without a status
    SPACES: {200},
    OTHER_HOST: {200},  # Host is the address that nginx itself asks, with its defaults
    OTHER_LETTERS: {200},
    HTTP_1_2: {200},
    LONG_FIELD: {400},
    LONG_FIELDS: {400},
}
"""What is right instead through nginx, which reads, or passes on, something else than what was sent."""

ONE_ANSWER: dict[str, list[tuple[bytes, set[int]]]] = {
    "1 Content-Length and Transfer-Encoding": [
        (post("Content-Length: 5", CHUNKED, content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
        (post(CHUNKED, f"Content-Length: {LENGTH}", content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
        (post("Content-Length: 0", CHUNKED, content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
    ],
    "2 Content-Length that is not one number": [
        (post(f"Content-Length: {value}"), {400})
        for value in ("x", "-1", "+5", "5,6", "5, 5x", "0x5", "5 5", "", " ", "1e1", "99999999999999999999999")
    ] + [(post("Content-Length: 5", "Content-Length: 6"), {400})],
    "4 Transfer-Encoding that is not chunked": [
        (post(f"Transfer-Encoding: {value}", content=b"0\r\n\r\n"), {400, 411, 501})
        for value in ("gzip", "identity", "chunked, gzip", "xchunked", "chunked, identity", "chunk", "",
        "chunked;a=b")
    ],
    "5 chunks that are broken": [
        (post(CHUNKED, content=content), {400, 411})
        for content in (b"x\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\nx", b"5;\nhello\r\n0\r\n\r\n",
                        b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"\r\n\r\n")
    ],
    "8 lines that are malformed": [
        (sent, {400})
        for sent in (
            b"GET\r\n\r\n", HTTP_0_9, SPACES,
            b"GET / HTTP/1.1 x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"G\x00T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        )
    ],
    "9 Host": [
        (b"GET /frameworks HTTP/1.1\r\n\r\n", {400}), (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", {400}),
        (OTHER_LETTERS, {400}), (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", {400}),
        (OTHER_HOST, {421}), (b"GET / HTTP/1.0\r\n\r\n", {200}),
    ],
    "11 fields of proxies, 13 variables of CGI, 14 methods that are not the method": [
        (get("Connection: close", f"{name}: {value}"), {200})
        for value in ("/frameworks/Django", "evil.example", "DELETE", "https")
        for name in (
            "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-Port",
            "X-Forwarded-For", "Forwarded",
            "X-Original-URL", "X-Rewrite-URL", "X-Host", "X-HTTP-Method-Override", "X-HTTP-Method",
            "X-Method-Override",
            "SCRIPT_NAME", "PATH_INFO", "Script-Name", "Path-Info", "REQUEST_METHOD", "Request-Uri",
            "X-Real-IP", "Via",
        )
    ],
    "14 methods": [
        (get(line=f"{method} {FLASK} HTTP/1.1"), statuses)
        for method, statuses in {
            "TRACE": {405}, "POST": {405}, "BREW": {501}, "PURGE": {405, 501}, "BAN": {405, 501}, "get": {400, 501},
            "PROPFIND": {501}, "G": {501},
        }.items()
    ],
    "15 other protocols": [
        (sent, {400, 505, CLOSED})
        for sent in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, b"SSH-2.0-OpenSSH_9\r\n", b"\x00" * 64,
            b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", HTTP_1_2,
            b"GET / HTTP/0.9\r\n\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"*1\r\n$4\r\nPING\r\n", b"GET / FTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n" * 100 + b"x\r\n\r\n",
        )
    ],
    "16 sizes": [
        (get(line=f"GET /{'x' * 5000} HTTP/1.1"), {414}), (get(line=f"GET /{'x' * 70_000} HTTP/1.1"), {414}),
        (get(line=f"GET /frameworks?name={'x' * 5000} HTTP/1.1"), {414}),
        (LONG_FIELD, {431}), (LONG_FIELDS, {431}),
        (get(*[f"X-{n}: x" for n in range(120)]), {431}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("row", ONE_ANSWER)
def test_a_row_has_one_answer_and_no_effect(stand: Stand, row: str) -> None:
    wrong = []
    with stand.unharmed():
        for sent, right in ONE_ANSWER[row]:
            found = stand.statuses(sent)
            statuses = right if stand.is_direct else BY_NGINX.get(sent, right)
            if not (found == [] and CLOSED in statuses) and (len(found) != 1 or found[0] not in statuses):
                wrong.append((sent[:200], found, statuses))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_huge_content_length_is_refused(stand: Stand) -> None:
    """Row 3; hyper takes a number that has no room in 64 bits less one for a field that is too large."""
    with stand.unharmed():
        for length, statuses in {"1048577": {413}, "9999999999": {400, 413}, f"{2**64 - 1}": {400, 413, 431}}.items():
            [status] = stand.statuses(post(f"Content-Length: {length}"), half_close=True)
            assert status in statuses


def test_content_that_ends_early_has_no_effect(stand: Stand) -> None:
    """Row 7."""
    with stand.unharmed():
        for sent in (post(f"Content-Length: {LENGTH + 5}"), post(CHUNKED, content=b"25\r\n" + BODY[:10])):
            assert stand.statuses(sent, half_close=True) in ([], [400], [411])


def test_chunks_that_are_whole_are_read_or_refused(stand: Stand) -> None:
    """Row 6, without an effect: the content is not valid."""
    content = b"%x\r\n%s\r\n0\r\n\r\n" % (2, b"{}")
    with stand.unharmed():
        assert stand.statuses(post(CHUNKED, content=content)) in ([422], [411])


def test_what_comes_behind_the_content_of_a_get_is_the_next_request(stand: Stand) -> None:
    """Row 18."""
    first = get(f"Content-Length: {len(SMUGGLED)}") + SMUGGLED
    with stand.unharmed():
        came = stand.exchange(first + get(line="GET /frameworks/Bottle HTTP/1.1"))
    names = [
        json.loads(body)["name"] for body in re.findall(rb'\r\n\r\n(\{"@context".*?\})(?=HTTP/1|\Z)', came, re.DOTALL)
    ]
    assert names in (["Flask", "Bottle"], ["Flask"])


def test_many_requests_at_once_are_answered_in_order_or_the_connection_ends(stand: Stand) -> None:
    """Row 19; what is answered is a beginning of what was asked."""
    names = ["Flask", "Django", "Bottle", "Tornado"]
    sent = b"".join(get(line=f"GET /frameworks/{names[n % 4]} HTTP/1.1") for n in range(1000))
    with stand.unharmed():
        came = stand.exchange(sent, seconds=5)
    found = re.findall(rb'"@id":"http://[^/"]+/frameworks/(\w+)","@type":"Framework"', came)
    assert found == [names[n % 4].encode() for n in range(len(found))]
    assert found
