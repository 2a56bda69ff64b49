"""Content without a length is read where what broke off cannot pass for what is complete (RFC 9112, section 8)."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from restwell.http.servers import SERVERS
from tests.api import JSON, JSON_PATCH, MERGE_PATCH, Answer, Served, frameworks, is_problem, serving
from tests.wsgi_servers import NAMES, WsgiServer

CONTENT = b'{"name": "New", "created": 1999}'
CHUNKED = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
READING = ["Granian", "gunicorn/27.0.1", "Werkzeug/3.1.9"]


@pytest.fixture(params=["straight", "flask"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(frameworks(max_body=1000)) as served:
        if request.param == "flask":
            served.app.before_request(lambda: None)
        yield served


def send(api: Served, software: str, content: bytes | io.BytesIO = CONTENT, **fields: Any) -> Answer:
    body = io.BytesIO(content) if isinstance(content, bytes) else content
    environ = {"SERVER_SOFTWARE": software, "wsgi.input": body, "wsgi.input_terminated": True}
    headers = CHUNKED | {name.replace("_", "-"): value for name, value in fields.items()}
    return api.send("POST", "/frameworks", headers, key=api.key(), environ=environ)


@pytest.mark.parametrize("software", READING)
def test_chunked_content_is_read(api: Served, software: str) -> None:
    assert send(api, software).status == 201
    assert api.send("GET", "/frameworks/New").status == 200


@pytest.mark.parametrize("software", READING)
@pytest.mark.parametrize("method, kind, change", [
    ("PUT", JSON, {"created": 2001}), ("PATCH", MERGE_PATCH, {"created": 2001}),
    ("PATCH", JSON_PATCH, [{"op": "replace", "path": "/created", "value": 2001}]),
])  # fmt: skip
def test_so_is_that_of_put_and_patch(api: Served, software: str, method: str, kind: str, change: Any) -> None:
    environ = {"SERVER_SOFTWARE": software, "wsgi.input": io.BytesIO(json.dumps(change).encode())}
    headers = CHUNKED | {"Content-Type": kind}
    assert api.send(method, "/frameworks/Flask", headers, key=api.key(), environ=environ).status == 200
    assert api.send("GET", "/frameworks/Flask").json()["created"] == 2001


@pytest.mark.parametrize("software", READING)
@pytest.mark.parametrize("coding", ["CHUNKED", " chunked "])
def test_the_case_of_the_coding_does_not_matter(api: Served, software: str, coding: str) -> None:
    assert send(api, software, Transfer_Encoding=coding).status == 201


@pytest.mark.parametrize("software", [*READING, "uWSGI", "", "another/1.0"])
@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked", "gzip", "identity"])
def test_no_other_coding_is(api: Served, software: str, coding: str) -> None:
    assert is_problem(send(api, software, Transfer_Encoding=coding), 411)


@pytest.mark.parametrize("software", ["", "uWSGI", "another/1.0", "gevent/26.9 Python/3.11"])
def test_where_nothing_is_known_of_the_server_a_length_is_required(api: Served, software: str) -> None:
    assert is_problem(send(api, software), 411)


@pytest.mark.parametrize("software", READING)
def test_a_length_beside_the_coding_is_refused(api: Served, software: str) -> None:
    """RFC 9112, section 6.3: one of the two may have been put there to deceive."""
    answer = send(api, software, Content_Length=str(len(CONTENT)))
    assert is_problem(answer, 411)
    assert "Content-Length alone" in answer.json()["detail"]


@pytest.mark.parametrize("software", READING)
@pytest.mark.parametrize("length, status", [(1000, 201), (1001, 413), (100_000, 413)])
def test_no_more_is_read_than_the_limit(api: Served, software: str, length: int, status: int) -> None:
    assert send(api, software, CONTENT.ljust(length)).status == status


class Broken(io.BytesIO):
    """Content that breaks off with an error, as gunicorn and Werkzeug tell of it."""

    def read(self, size: int | None = -1, /) -> bytes:
        if found := super().read(10):
            return found
        raise SyntaxError("Invalid chunk size")


@pytest.mark.parametrize("software", READING)
def test_a_broken_end_that_the_server_tells_of_is_refused(api: Served, software: str) -> None:
    answer = send(api, software, Broken(CONTENT))
    assert is_problem(answer, 400)
    assert "broke off" in answer.json()["detail"]
    assert api.send("GET", "/frameworks/New").status == 404


@pytest.mark.parametrize("cut", range(1, len(CONTENT)))
def test_an_object_that_was_cut_off_is_never_an_object(api: Served, cut: int) -> None:
    """granian does not tell, and JSON does: an object or an array ends with its bracket."""
    assert is_problem(send(api, "Granian", CONTENT[:cut]), 400)


@pytest.mark.parametrize("content", [b"12", b"true", b'"a"', b"null", b""])
def test_what_does_not_tell_its_own_end_is_refused_where_the_server_does_not_either(
    api: Served, content: bytes
) -> None:
    assert SERVERS["Granian"].chunked == "stops"
    assert is_problem(send(api, "Granian", content), 400)


# -- over sockets ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[(name, door) for name in NAMES for door in ("straight", "flask")], ids=str)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiServer]:
    with WsgiServer(request.param[0], tmp_path_factory.mktemp("server"), request.param[1]) as started:
        yield started


FIVE = CONTENT[:5]
BROKEN = {
    "within a chunk": b"%x\r\n%s" % (len(CONTENT), CONTENT[:-1]),
    "between chunks": b"5\r\n%s\r\n" % FIVE,
    "within the size of a chunk": b"5\r\n%s\r\n1" % FIVE,
    "by a size that is none": b"5\r\n%s\r\nzz\r\n%s\r\n0\r\n\r\n" % (FIVE, CONTENT[5:]),
}
COMPLETE = b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (FIVE, len(CONTENT) - 5, CONTENT[5:])


@pytest.mark.slow
def test_each_server_is_as_the_table_says(server: WsgiServer) -> None:
    """Complete: read, but by uWSGI. Cut off, anyhow: never stored."""
    head = server.head("POST", "/frameworks", f"Content-Type: {JSON}", "Transfer-Encoding: chunked")
    wanted = 411 if server.name == "uWSGI" else 201
    for form, chunks in BROKEN.items():
        reply = server.exchange(head + chunks, half_close=True)
        # A server may refuse this itself, and waitress and uWSGI's router answer nobody who is gone.
        assert reply.status in {0, 400, 411}, form
        assert server.get("/frameworks/New").status == 404, form
    assert server.exchange(head + COMPLETE).status == wanted
    assert server.get("/frameworks/New").status == (200 if wanted == 201 else 404)


@pytest.mark.slow
def test_a_length_beside_the_coding_is_never_believed(server: WsgiServer) -> None:
    """Some servers refuse it themselves, others forget the length, as RFC 9112, section 6.3 has it: `{}` is 422."""
    fields = (f"Content-Type: {JSON}", "Transfer-Encoding: chunked", "Content-Length: 5")
    reply = server.exchange(server.head("POST", "/frameworks", *fields) + b"2\r\n{}\r\n0\r\n\r\n")
    assert reply.status in {400, 411, 422}
