"""WSGI in and out: a request is read as it was sent, and a response given as it is."""

from typing import Any

import pytest

from restwell.http.messages import Response as Message
from restwell.web.wsgi import NAMES, below, headers_of, path_of, request_of, send
from tests.api import JSON, Client


@pytest.mark.parametrize(
    "prefix, path, rest",
    [
        ("", "/x", "/x"),
        ("/api", "/api", "/"),
        ("/api", "/api/", "/"),
        ("/api", "/api/x/y", "/x/y"),
        ("/api", "/api//x", "//x"),
        ("/api", "/apix", None),
        ("/api", "/", None),
        ("/api", "/x/api", None),
    ],
)
def test_what_lies_below_a_prefix(prefix: str, path: str, rest: str | None) -> None:
    assert below(prefix, path) == rest


def test_header_fields_have_their_names() -> None:
    environ = {"HTTP_IF_MATCH": '"a"', "CONTENT_TYPE": JSON, "CONTENT_LENGTH": "3", "HTTP_X": "y", "wsgi.input": "x"}
    assert headers_of(environ) == {"if-match": '"a"', "content-type": JSON, "content-length": "3", "x": "y"}


def test_a_field_without_a_value_is_not_a_field_that_is_missing() -> None:
    """RFC 9110, section 5.6.1: an empty list in If-Match names no tag; without If-Match none is asked for."""
    assert headers_of({"HTTP_IF_MATCH": ""}) == {"if-match": ""}


def test_names_of_header_fields_do_not_pile_up() -> None:
    for number in range(3000):
        headers_of({f"HTTP_X_{number}": "x"})
    assert len(NAMES) <= 1100


@pytest.mark.parametrize("path, text", [("", "/"), ("/a", "/a"), ("/\xc3\xa4", "/ä"), ("/\xff", "/\udcff")])
def test_a_path_is_text(path: str, text: str) -> None:
    assert path_of({"PATH_INFO": path}) == text


def test_a_request_of_http_1_0_without_host_is_to_the_servers_own_address() -> None:
    environ = Client(lambda *_: []).environ("GET", "/api/x?a=%20", [("Accept", "a/b")], b"")
    changes = {"SCRIPT_NAME": "/mount", "PATH_INFO": "/api/x", "HTTP_HOST": "", "SERVER_PROTOCOL": "HTTP/1.0"}
    request = request_of({**environ, **changes}, "/api", "/x")
    assert not request.is_named
    assert (request.origin, request.mount, request.query) == ("http://127.0.0.1:8000", "/mount/api", "a=%20")
    assert request.path_sent == "/mount/api/x"
    assert request.headers["accept"] == "a/b"


@pytest.mark.parametrize("status, line", [(200, "200 OK"), (422, "422 "), (299, "299 ")])
def test_a_response_is_given_to_the_server(status: int, line: str) -> None:
    told: list[Any] = []

    def start_response(*arguments: Any) -> Any:
        told.extend(arguments)

    assert list(send(Message(status, (("Vary", "Accept"),), b"x"), start_response)) == [b"x"]
    assert told[0].startswith(line)
    assert told[1] == [("Vary", "Accept")]


def test_a_stream_is_given_as_it_is() -> None:
    stream = iter([b"a", b"b"])
    assert send(Message(200, (), stream), lambda *_: lambda _: None) is stream
