"""What every transport takes, gives and keeps to."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.transports import Arriving, Deadline, Incoming, Limits, Origin, Outgoing, sentence, target_of

# Origins and targets.


@pytest.mark.parametrize(
    "url, origin, authority",
    [
        ("http://example.org", ("http", "example.org", 80), "example.org"),
        ("HTTP://EXAMPLE.org:80/a?b#c", ("http", "example.org", 80), "example.org"),
        ("http://example.org:8080/", ("http", "example.org", 8080), "example.org:8080"),
        ("https://example.org/", ("https", "example.org", 443), "example.org"),
        ("https://example.org:80/", ("https", "example.org", 80), "example.org:80"),
        ("http://user:word@example.org/", ("http", "example.org", 80), "example.org"),
        ("http://example.org@evil.test/", ("http", "evil.test", 80), "evil.test"),
        ("http://[::1]:8000/", ("http", "::1", 8000), "[::1]:8000"),
        ("http://b\u00fccher.example/", ("http", "xn--bcher-kva.example", 80), "xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: tuple[str, str, int], authority: str) -> None:
    assert Origin.of(url) == origin
    assert Origin.of(url).authority == authority
    assert Origin.of(str(Origin.of(url))) == Origin.of(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "/a", "a", "//example.org/", "ftp://example.org/", "mailto:a@example.org", "http:", "http:///a", "http://",
        "http://example.org:99999/", "http://example.org:x/", "http://[::1/", "http://a..\u00fc/", "http://:80/",
        "javascript:alert(1)", "data:,x",
    ],
)  # fmt: skip
def test_what_is_no_absolute_url_of_http_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError):
        Origin.of(url)


@pytest.mark.parametrize(
    "url, target",
    [
        ("http://x", "/"),
        ("http://x?a=b", "/?a=b"),
        ("http://x/a/../b;c=d?e=f&g#h", "/a/../b;c=d?e=f&g"),
        ("http://x/a%2Fb%20c", "/a%2Fb%20c"),
        ("http://x/a b\u00fc", "/a%20b%C3%BC"),
        ('http://x/a{b}|\\^`<>"', "/a%7Bb%7D%7C%5C%5E%60%3C%3E%22"),
        ("http://x/\ud800", "/%ED%A0%80"),
        ("http://x/a\r\nHost: evil", "/aHost:%20evil"),
    ],
)  # fmt: skip
def test_a_target_is_path_and_query_encoded_where_they_must_be(url: str, target: str) -> None:
    assert target_of(url) == target


@given(st.text())
def test_any_path_makes_a_target_that_can_be_sent(path: str) -> None:
    try:
        Origin.of(f"http://x/{path}")
    except ValueError:
        return
    head = Outgoing("GET", f"http://x/{path}", (("Host", "x"),)).head()
    assert head.target.isascii()
    assert not set(head.target) & set(b" \r\n\t")


# Responses as they come in.


def arriving(method: str = "GET", max_bytes: int = 10) -> Arriving:
    return Arriving(method, Limits(1, max_bytes))


@given(st.lists(st.binary(max_size=8)), st.integers(0, 20))
def test_no_more_is_kept_than_may_be_read(parts: list[bytes], most: int) -> None:
    response = arriving(max_bytes=most)
    response.begin(200, ())
    taken = [response.take(part) for part in parts]
    body = b"".join(parts)
    assert response.end() == Incoming(200, (), body[:most], len(body) <= most)
    assert all(taken) is (len(body) <= most)


def test_what_has_an_error_is_not_complete() -> None:
    response = arriving()
    response.begin(200, ())
    response.take(b"hell")
    assert response.end("It broke off.") == Incoming(200, (), b"hell", complete=False, error="It broke off.")


@pytest.mark.parametrize("length, error", [("5", ""), ("4", "says 4"), ("6", "says 6"), ("x", "says x")])
def test_a_content_length_that_does_not_fit_is_an_error(length: str, error: str) -> None:
    response = arriving()
    response.begin(200, (("content-length", length),))
    response.take(b"hello")
    assert response.end_framed().error == (error and f"The content has 5 bytes, and Content-Length {error}.")


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_where_there_is_no_content_its_length_says_what_there_would_be(method: str, status: int) -> None:
    response = arriving(method)
    response.begin(status, (("Content-Length", "5"),))
    assert response.bodiless
    assert response.end_framed().error == ""


def test_what_is_late_is_said() -> None:
    response = arriving()
    assert response.late == "There was no response within 1 s."
    response.begin(200, ())
    assert response.late == "The response was not complete within 1 s."


def test_a_deadline_comes() -> None:
    deadline = Deadline(0.02)
    assert 0 < deadline.left() <= 0.02
    time.sleep(0.03)
    with pytest.raises(TimeoutError):
        deadline.left()


@given(st.text())
def test_a_sentence_is_one_line_and_not_too_long(said: str) -> None:
    line = sentence("The connection failed", said)
    assert line.startswith("The connection failed")
    assert line.endswith(".")
    assert len(line) < 250
    assert len(line.splitlines()) == 1
