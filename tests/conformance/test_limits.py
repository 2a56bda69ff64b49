"""The table of limits: each is refused with its status and a problem, never with an error of the server."""

import io
import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api import JSON, MERGE_PATCH, Answer, Served, frameworks, is_problem, samples, serving

NEW = {"name": "New", "created": 2020}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving(frameworks(), samples()) as served:
        yield served


@pytest.fixture(scope="module")
def writer(server: Served) -> str:
    return server.key("frameworks:write", "samples:write")


def post(api: Served, content: bytes, key: str, **headers: str) -> Answer:
    fields = {"Content-Type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return api.send("POST", "/frameworks", fields, content, key=key)


# Targets and header fields.


@pytest.mark.parametrize("length, status", [(4095, 404), (4096, 404), (4097, 414), (100_000, 414)])
def test_the_length_of_a_path(api: Served, length: int, status: int) -> None:
    assert is_problem(api.send("GET", "/" + "x" * (length - 1)), status)


@pytest.mark.parametrize("length, status", [(4096, 400), (4097, 414), (100_000, 414)])
def test_the_length_of_a_query(api: Served, length: int, status: int) -> None:
    """A value of that length is too long for a filter, but not for the URI."""
    start = "/frameworks?name="
    assert is_problem(api.send("GET", start + "x" * (length - len(start))), status)


@pytest.mark.parametrize("size, status", [(8000, 200), (8300, 431), (70_000, 431)])
def test_the_size_of_a_header_field(api: Served, size: int, status: int) -> None:
    for name in ("X-Long", "Accept-Language", "If-None-Match", "User-Agent", "Cookie"):
        assert api.send("GET", "/frameworks", {name: "x" * size}).status == status, name


def test_the_size_of_all_header_fields(api: Served) -> None:
    assert api.send("GET", "/", {f"X-{n}": "x" * 7500 for n in range(4)}).status == 200
    assert is_problem(api.send("GET", "/", {f"X-{n}": "x" * 7500 for n in range(5)}), 431)


def test_the_number_of_header_fields(api: Served) -> None:
    assert api.send("GET", "/", {f"X-{n}": "x" for n in range(95)}).status == 200
    assert is_problem(api.send("GET", "/", {f"X-{n}": "x" for n in range(101)}), 431)


# Content as it comes over the wire.


class Untouched(io.BytesIO):
    """Content that nobody may read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the content was read")

    readline = read


@pytest.mark.parametrize("length", [MIB + 1, 10**9, 10**30])
def test_too_long_content_is_refused_before_it_is_read(api: Served, key: str, length: int) -> None:
    headers = {"Content-Type": JSON, "Content-Length": str(length)}
    answer = api.send("POST", "/frameworks", headers, key=key, environ={"wsgi.input": Untouched()})
    assert is_problem(answer, 413)
    assert str(MIB) in answer.body.decode() or "1 MiB" in answer.body.decode()


def test_content_of_the_greatest_length(api: Served, key: str) -> None:
    content = json.dumps(NEW).encode().ljust(MIB)
    assert post(api, content, key).status == 201


def test_a_limit_of_its_own() -> None:
    with serving(frameworks(max_body=100)) as api:
        key = api.key()
        assert post(api, json.dumps(NEW).encode().ljust(100), key).status == 201
        assert is_problem(post(api, json.dumps({**NEW, "name": "B"}).encode().ljust(101), key), 413)


@pytest.mark.parametrize("missing", [1, 5, 1000])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_content_that_ends_early(api: Served, key: str, method: str, missing: int) -> None:
    """Reliability: servers hand over what came as if it were complete."""
    content = json.dumps({"created": 2020} if method == "PATCH" else NEW).encode()
    target = {"POST": "/frameworks", "PUT": "/frameworks/New", "PATCH": "/frameworks/Flask"}[method]
    kind = MERGE_PATCH if method == "PATCH" else JSON
    headers = {"Content-Type": kind, "Content-Length": str(len(content) + missing)}
    assert is_problem(api.send(method, target, headers, content, key=key), 400)
    assert api.send("GET", "/frameworks").json()["totalItems"] == 4
    assert api.send("GET", "/frameworks/Flask").json()["created"] == 2010


def test_no_more_is_read_than_the_content(api: Served, key: str) -> None:
    """On a connection that stays open the next request follows."""
    content = json.dumps(NEW).encode()
    stream = io.BytesIO(content + b"GET / HTTP/1.1\r\n")
    headers = {"Content-Type": JSON, "Content-Length": str(len(content))}
    assert api.send("POST", "/frameworks", headers, key=key, environ={"wsgi.input": stream}).status == 201
    assert stream.tell() <= len(content)


class Trickle(io.BytesIO):
    """Content that comes byte by byte."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1)


def test_content_that_comes_in_pieces(api: Served, key: str) -> None:
    content = json.dumps(NEW).encode()
    headers = {"Content-Type": JSON, "Content-Length": str(len(content))}
    answer = api.send("POST", "/frameworks", headers, key=key, environ={"wsgi.input": Trickle(content)})
    assert answer.status == 201


@pytest.mark.parametrize("length", ["x", "-1", "+10", "1e1", "10,10", "0x10", "1_0", " ", "٣", "1.0", "10 10", "-0"])
def test_a_length_that_is_none(api: Served, key: str, length: str) -> None:
    answer = post(api, json.dumps(NEW).encode(), key, Content_Length=length)
    assert answer.status in {400, 411}
    assert is_problem(answer, answer.status)


@pytest.mark.parametrize("coding", ["chunked", "Chunked", "gzip, chunked", "identity"])
def test_chunked_content_is_refused(api: Served, key: str, coding: str) -> None:
    headers = {"Content-Type": JSON, "Transfer-Encoding": coding}
    for environ in ({}, {"wsgi.input_terminated": True}):
        answer = api.send("POST", "/frameworks", headers, b"{}", key=key, environ=environ)
        assert answer.status in ({411} if "hunked" in coding else {400, 411, 501})
        assert is_problem(answer, answer.status)


@pytest.mark.parametrize(
    "method, target", [("POST", "/frameworks"), ("PUT", "/frameworks/New"), ("PATCH", "/frameworks/Flask")]
)
def test_no_content_at_all(api: Served, key: str, method: str, target: str) -> None:
    kind = MERGE_PATCH if method == "PATCH" else JSON
    for headers in (
        {},
        {"Content-Length": "0"},
        {"Content-Type": kind},
        {"Content-Type": kind, "Content-Length": "0"},
    ):
        answer = api.send(method, target, headers, key=key)
        assert answer.status in {400, 411, 415}
        assert is_problem(answer, answer.status)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP", "gzip, identity", "unknown", "zstd"])
def test_coded_content_is_refused(api: Served, key: str, coding: str) -> None:
    """RFC 9110, section 12.5.3: Accept-Encoding in a 415 says what would do."""
    answer = post(api, b"\x1f\x8b", key, Content_Encoding=coding)
    assert is_problem(answer, 415)
    assert answer["accept-encoding"] == "identity"


def test_the_coding_that_is_none(api: Served, key: str) -> None:
    assert post(api, json.dumps(NEW).encode(), key, Content_Encoding="identity").status in {201, 415}


# JSON.


def nested(depth: int) -> Any:
    """A value that is `depth` levels deep."""
    value: Any = 1
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def sample(server: Served, writer: str, number: int, **members: Any) -> Answer:
    answer = server.send("POST", "/samples", content={"number": number, **members}, key=writer)
    server.send("DELETE", f"/samples/{number}", key=writer)
    return answer


def test_the_depth_of_json(server: Served, writer: str) -> None:
    assert sample(server, writer, 1, extra={"x": nested(30)}).status == 201
    assert is_problem(sample(server, writer, 1, extra={"x": nested(31)}), 400)


@pytest.mark.parametrize("text", ['{"a":' * 100_000, "[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":[' * 50_000])
def test_json_without_a_bottom(server: Served, writer: str, text: str) -> None:
    assert is_problem(post(server, text.encode(), writer), 400)


def test_the_members_of_an_object(server: Served, writer: str) -> None:
    assert sample(server, writer, 2, extra={f"m{n}": n for n in range(1000)}).status == 201
    assert is_problem(sample(server, writer, 2, extra={f"m{n}": n for n in range(1001)}), 413)


def test_the_length_of_an_array(server: Served, writer: str) -> None:
    assert sample(server, writer, 3, tags=["x"] * 10_000).status == 201
    assert is_problem(sample(server, writer, 3, tags=["x"] * 10_001), 413)


def test_the_length_of_a_text(server: Served, writer: str) -> None:
    assert sample(server, writer, 4, label="x" * 65536).status == 201
    answer = sample(server, writer, 4, label="x" * 65537)
    assert is_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/label"]
    for members in (
        {"tags": ["x" * 65537]},
        {"extra": {"a": "x" * 65537}},
        {"place": {"latitude": 1.0, "title": "x" * 65537}},
    ):
        assert is_problem(sample(server, writer, 4, **members), 422)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_the_greatest_integers(database_url: str, number: int) -> None:
    with serving(samples(), database=database_url) as api:
        key = api.key("samples:write")
        made = api.send("POST", "/samples", content={"number": number, "amount": number}, key=key, accept=JSON)
        assert made.status == 201
        got = api.send("GET", made["location"], accept=JSON).json()
        assert (got["number"], got["amount"]) == (number, number)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**100])
def test_integers_beyond_64_bits(server: Served, writer: str, number: int) -> None:
    answer = sample(server, writer, 5, amount=number)
    assert is_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/amount"]
    for extra in ({"a": number}, {"a": [number]}):
        assert sample(server, writer, 5, extra=extra).status in {201, 422, 400}
    assert server.send("GET", f"/samples/{number}").status == 404
    assert server.send("GET", f"/samples?amount={number}").status == 400


def test_nul_in_any_text(server: Served, writer: str) -> None:
    for members in (
        {"label": "a\u0000"}, {"tags": ["\u0000"]}, {"extra": {"a": "\u0000"}}, {"extra": {"\u0000": 1}},
        {"place": {"latitude": 1.0, "title": "\u0000"}}, {"site": "https://a.example/\u0000"},
    ):  # fmt: skip
        assert is_problem(sample(server, writer, 6, **members), 422), members


MALFORMED = [
    b"", b" ", b"\n", b"{", b"}", b'{"name"', b'{"name":}', b'{"name": "New", "created": 2020',
    b'{"name": "New", "created": 2020}}',
    b'{"name": "New", "created": 2020} {}', b'{"name": "New", "created": 2020}x',
    b'{"name": "New", "created": 2020}\x00', b"{'name': 'New'}",
    b'{"name": "New", "created": 2020,}', b'{"name": "New", /* */ "created": 2020}',
    b'{"name": "New", "created": 2020, "name": "New"}',
    b'{"name": "New", "created": 2020, "created": 2020}',
    b'{"name": "New", "created": 2020, "n\\u0061me": "Other"}', b'{"created": NaN}',
    b'{"created": Infinity}', b'{"created": -Infinity}', b'{"created": 1e400}', b'{"created": -1e400}',
    b'{"created": 0x10}', b'{"created": 01}',
    b'{"created": +1}', b'{"created": .5}', b'{"created": 1.}', b'{"created": 1e}', b'{"name": "\\ud800"}',
    b'{"name": "\\udc00\\ud800"}',
    b'{"\\ud800": 1}', b'{"name": "\xff"}', b'{"name": "\xc3\x28"}', b'{"name": "\xed\xa0\x80"}',
    b'{"name": "\xc0\x80"}', b'{"name": "a\nb"}',
    b'{"name": "\x00"}', b'{"name": "\\x41"}', b'{"name": "\\u00"}',
    b"\xef\xbb\xbf" + b'{"name": "New", "created": 2020}',
    '{"name": "New", "created": 2020}'.encode("utf-16"), '{"name": "New", "created": 2020}'.encode("utf-16-le"),
    '{"name": "New", "created": 2020}'.encode("utf-32"), b"nul", b"undefined", b"name=New&created=2020",
    b"<xml/>", b"\x1f\x8b\x08", b'"', b"[",
    b'{"extra": {"a": 1, "a": 2}}', b'{"tags": [{"a": 1, "a": 1}]}',
]  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED, ids=lambda content: ascii(content)[:40])
def test_content_that_is_no_json(server: Served, writer: str, content: bytes) -> None:
    for method, target, kind in (
        ("POST", "/frameworks", JSON), ("PUT", "/frameworks/New", "application/ld+json"),
        ("PATCH", "/frameworks/Flask", MERGE_PATCH),
        ("PATCH", "/frameworks/Flask", "application/json-patch+json"), ("POST", "/samples", JSON),
    ):  # fmt: skip
        answer = server.send(method, target, {"Content-Type": kind}, content, key=writer)
        assert is_problem(answer, 400), (method, kind)


@pytest.mark.parametrize(
    "content",
    [
        b' {"name": "Spaced", "created": 2020} \r\n\t',
        b'{"name": "Spac\\u0065d", "created": 2020}',
        b'{"created": 2020, "name": "Spaced", "parent": "\\ud83d\\ude00"}',
        '{"created": 2020, "name": "Spaced", "parent": "😀\u2028"}'.encode(),
    ],
)
def test_content_that_is_json(api: Served, key: str, content: bytes) -> None:
    assert post(api, content, key).status == 201


def test_a_read_only_member_is_refused(server: Served, writer: str) -> None:
    answer = sample(server, writer, 7, serial=1)
    assert is_problem(answer, 422)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/serial"]


def test_json_patch_of_at_most_100_operations(api: Served, key: str) -> None:
    headers = {"Content-Type": "application/json-patch+json"}
    step = {"op": "replace", "path": "/created", "value": 2011}
    assert api.send("PATCH", "/frameworks/Flask", headers, [step] * 100, key=key).status == 200
    assert is_problem(api.send("PATCH", "/frameworks/Flask", headers, [step] * 101, key=key), 422)


def test_json_patch_that_grows_without_end(server: Served, writer: str) -> None:
    """Reliability: the size is checked after each operation."""
    server.send("PUT", "/samples/8", content={"extra": {"a": ["x" * 1000]}}, key=writer)
    steps = [
        {"op": "copy", "from": "/extra", "path": "/extra/b"},
        {"op": "copy", "from": "/extra", "path": "/extra/a/-"},
    ] * 50
    headers = {"Content-Type": "application/json-patch+json"}
    answer = server.send("PATCH", "/samples/8", headers, steps, key=writer)
    assert answer.status in {413, 422}
    assert is_problem(answer, answer.status)


# Anything at all.

tokens = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE", "BREW"]
) | st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~", min_size=1, max_size=12)
segments = st.sampled_from(
    ["frameworks", "samples", "Flask", "1", "-1", "docs", "contexts", "schemas", "problems", ".", "..",
    "%00", "%FF", "%2F", "%C3%A9", ";", "a b", "", "health", "live", ".well-known"]
) | st.text(max_size=6).map(lambda text: "".join(f"%{byte:02X}" for byte in text.encode()))  # fmt: skip
parameters = st.tuples(
    st.sampled_from(["limit", "after", "sort", "fields", "name", "created[gte]", "label[contains]",
    "number[in]", "price", "day", "moment", "code", "weight", "good", "colour", "x", "", "[",
    "number[exists]", "label[starts]"]),
    st.sampled_from(["", "1", "-1", "name", "-created", "x", "%", "%FF", "%00", "a,b", "1e400", "NaN",
    "2020-01-01", "true", "9" * 30, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "P1D", "1/3",
    "\u0661", "+1", "0x1", "1_0", "-0", "1E5", "0" * 400]) | st.text(max_size=5),
)  # fmt: skip
values = st.text(st.characters(min_codepoint=9, max_codepoint=255, exclude_characters="\r\n"), max_size=30)
headers_of_requests = st.dictionaries(
    st.sampled_from(["Accept", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
    "Prefer", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Authorization",
    "Range", "If-Range", "Expect", "X-Request-Id", "Accept-Encoding", "Cookie", "Origin", "Host",
    "Connection", "Upgrade", "Idempotency-Key", "Access-Control-Request-Method"]),
    values | st.sampled_from(["*", "*/*", JSON, MERGE_PATCH, "application/json-patch+json",
    "return=minimal", "bytes=0-1", "100-continue", "Bearer x", "0", "3", "count=exact",
    "handling=lenient"]),
    max_size=4,
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "created",
        "number", "label", "price", "day", "moment", "code", "place", "tags", "extra", "op", "path",
        "value", "from", "@id", "x"]) | st.text(max_size=3), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
contents = st.none() | st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode())


@pytest.mark.slow
@settings(max_examples=1500)
@given(
    method=tokens, path=st.lists(segments, max_size=4), query=st.lists(parameters, max_size=3),
    headers=headers_of_requests,
    content=contents, known=st.booleans(),
)  # fmt: skip
def test_no_request_is_an_error_of_the_server(
    server: Served,
    writer: str,
    method: str,
    path: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    content: bytes | None,
    known: bool,
) -> None:
    target = "/" + "/".join(path) + ("?" + "&".join("=".join(pair) for pair in query) if query else "")
    target = target.encode("utf-8").decode("latin-1")
    environ = {"HTTP_HOST": headers.pop("Host")} if "Host" in headers else {}
    key = writer if known and "Authorization" not in headers else None
    answer = server.send(method, target, headers, content, key=key, environ=environ)
    assert answer.status < 500 or answer.status == 501
    if answer.status >= 400 and method != "HEAD":
        assert is_problem(answer, answer.status)


@pytest.mark.slow
@settings(max_examples=600)
@given(
    value=json_values,
    kind=st.sampled_from([JSON, MERGE_PATCH, "application/json-patch+json"]),
    target=st.sampled_from(["/samples", "/samples/9", "/frameworks/Flask"]),
)
def test_no_content_is_an_error_of_the_server(
    server: Served, writer: str, value: Any, kind: str, target: str
) -> None:
    server.send("PUT", "/samples/9", content={"label": "a", "tags": ["b"], "extra": {"c": [1]}}, key=writer)
    method = "PATCH" if kind != JSON else "POST" if target == "/samples" else "PUT"
    answer = server.send(method, target, {"Content-Type": kind}, json.dumps(value).encode(), key=writer)
    assert answer.status < 500
    if answer.status < 300:
        assert server.send("GET", target, key=writer).status == 200
    if target != "/samples":
        server.send("PUT", "/frameworks/Flask", content={"created": 2010}, key=writer)


@pytest.mark.slow
@settings(max_examples=400)
@given(
    pairs=st.lists(parameters, min_size=1, max_size=4),
    target=st.sampled_from(["/samples", "/frameworks", "/samples/1"]),
)
def test_no_query_is_an_error_of_the_server(server: Served, pairs: list[tuple[str, str]], target: str) -> None:
    query = "&".join("=".join(pair) for pair in pairs).encode("utf-8", "surrogatepass").decode("latin-1")
    assert server.send("GET", f"{target}?{query}").status in {200, 400, 404}
