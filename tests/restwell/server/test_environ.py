"""The environment that an application is given says what was sent, and nothing that was not."""

from typing import Any

import pytest

from restwell.server import environ as module
from restwell.server.environ import environ_of, has_content


def scope(*headers: tuple[bytes, bytes], **changes: Any) -> dict[str, Any]:
    """A scope as granian makes it."""
    return {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/",
        "query_string": b"", "server": ("127.0.0.1", "8000"), "client": ("127.0.0.2", "50000"),
        "headers": [(b"host", b"localhost"), *headers], **changes,
    }  # fmt: skip


def test_a_path_is_decoded_as_bytes_and_kept_as_it_was_sent() -> None:
    found = environ_of(scope(raw_path=b"/a%2Fb/%C3%A9%FF", query_string=b"x=%20&y"))
    assert found["PATH_INFO"] == "/a/b/\u00c3\u00a9\u00ff"
    assert found["RAW_URI"] == "/a%2Fb/%C3%A9%FF?x=%20&y"
    assert found["QUERY_STRING"] == "x=%20&y"


def test_header_fields_are_there_by_their_names_in_the_order_they_came() -> None:
    fields = [(b"accept", b"a"), (b"content-type", b"t"), (b"content-length", b"3"), (b"accept", b"b")]
    found = environ_of(
        scope(*fields, (b"cookie", b"c=1"), (b"cookie", b"d=2"), (b"x-odd", "\u00e9".encode("latin-1")))
    )
    assert found["HTTP_ACCEPT"] == "a,b"
    assert (found["CONTENT_TYPE"], found["CONTENT_LENGTH"]) == ("t", "3")
    assert found["HTTP_COOKIE"] == "c=1; d=2"
    assert found["HTTP_X_ODD"] == "\u00e9"
    assert "HTTP_CONTENT_TYPE" not in found


@pytest.mark.parametrize("name", [b"content_type", b"content_length", b"x_forwarded_for", b"if_match", b"_"])
def test_a_name_with_an_underscore_stands_for_no_other(name: bytes) -> None:
    plain = environ_of(scope())
    assert environ_of(scope((name, b"1"))) == plain


def test_two_contents_types_or_hosts_are_seen_as_two() -> None:
    found = environ_of(scope((b"content-type", b"a"), (b"content-type", b"b"), (b"host", b"other")))
    assert (found["CONTENT_TYPE"], found["HTTP_HOST"]) == ("a,b", "localhost,other")


def test_names_that_clients_choose_are_not_kept_without_bound() -> None:
    for number in range(3 * module.MAX_NAMES):
        environ_of(scope((b"x-%d" % number, b""), (b"y" * 1000 + b"%d" % number, b"")))
    assert len(module._KEYS) <= module.MAX_NAMES
    assert all(len(name) <= module.MAX_NAME for name in module._KEYS)


@pytest.mark.parametrize(
    "headers, expected",
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"1")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
)
def test_content_comes_where_its_framing_says_so(headers: list[tuple[bytes, bytes]], expected: bool) -> None:
    assert has_content(environ_of(scope(*headers))) is expected


@pytest.mark.parametrize("version, protocol", [("1", "HTTP/1.0"), ("1.1", "HTTP/1.1")])
def test_the_version_is_that_of_http(version: str, protocol: str) -> None:
    assert environ_of(scope(http_version=version))["SERVER_PROTOCOL"] == protocol
