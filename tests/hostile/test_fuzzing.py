"""Fuzzing: whatever is sent, wherever it is read, is answered or refused, soon, and nothing unforeseen happens.

What is right is changed, again and again, by what has been found to be nasty elsewhere. CI takes some seconds for
each; an hour by hand is `RESTWELL_EXAMPLES=100000 python -m pytest -m slow tests/hostile/test_fuzzing.py`.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restwell.transfer.files import UnreadableFile
from restwell.transfer.importing import ImportRefused, import_rows
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, frameworks, samples, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200), pytest.mark.usefixtures("little_to_collect")]
EXAMPLES = int(os.environ.get("RESTWELL_EXAMPLES", "250"))
fuzzed = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NASTY = [
    *(
        "",
        "\x00",
        "\n",
        "\r\n",
        "%",
        "%00",
        "%0a",
        "%2f",
        "%252e",
        "..",
        "//",
        "\\",
        "'",
        '"',
        "`",
        ";",
        ",",
        "&",
        "=",
    ),
    *("[", "]", "{", "}", "<script>", "\u202e", "\ufeff", "\ud800", "\U0001f600", "\u0130", "\u00df", "9" * 40, "-0"),
    *(
        "1e999",
        "NaN",
        "Infinity",
        "0x10",
        "null",
        "true",
        "1_0",
        "\u0663",
        "*/*",
        "q=0",
        "q=",
        "W/",
        '"*"',
        "bytes=0-",
    ),
    *("chunked", "after", "before", "limit", "sort", "fields", "[in]", "[gte]", "[exists]", "__proto__", "$ref"),
    *("@context", "@id", "/-", "~0", "~1", "~2", "a" * 300, " " * 50, "\t", "\x7f"),
]


@st.composite
def changed(draw: st.DrawFn, right: Sequence[str]) -> str:
    """A text that is right, after some changes."""
    text = draw(st.sampled_from(right))
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(text)))
        end = draw(st.integers(place, min(len(text), place + 12)))
        put = draw(st.sampled_from(NASTY) | st.text(max_size=6) | st.just(text[place:end] * 2))
        text = text[:place] + put + text[end:]
    return text


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module", params=["straight", "flask"])
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    """The Frameworks and the Samples, by each door."""
    with serving(frameworks(), samples()) as served:
        if request.param == "flask":
            served.app.before_request(lambda: None)
        yield served


@pytest.fixture(scope="module")
def key(api: Served) -> str:
    return api.key("frameworks:write", "samples:write")


def check(api: Served, began: float, answer: Answer) -> None:
    """It was answered soon, as HTTP wants it, and nothing unforeseen happened."""
    assert answer.status not in {500, 502, 504}, answer.body
    assert time.thread_time() - began < 1
    if answer.status >= 400:
        assert len(answer.body) <= 4096 or answer["content-type"].startswith("text/html")
        assert b"Traceback" not in answer.body
    for name, value in answer.headers:
        assert value.isprintable(), f"{name}: {value!r}"
    assert api.send("GET", "/frameworks/Django", accept=JSON).status == 200


def send(api: Served, method: str, path: str, query: str = "", **environ: object) -> None:
    began = time.thread_time()
    given_ = {
        "PATH_INFO": as_bytes(path).decode("latin-1"),
        "QUERY_STRING": as_bytes(query).decode("latin-1"),
        **environ,
    }
    content = given_.pop("content", None)
    check(api, began, api.send(method, "/", content=content, environ=given_))


PATHS = [
    "/",
    "/frameworks",
    "/frameworks/Flask",
    "/samples/1",
    "/openapi.json",
    "/docs",
    "/contexts/Framework",
    "/schemas/Sample",
    "/problems/not-found",
    "/health/live",
    "/.well-known/api-catalog",
    "/samples/",
]


@fuzzed
@given(
    path=changed(PATHS), method=st.sampled_from(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "", "G\tT"])
)
def test_paths_and_methods(api: Served, path: str, method: str) -> None:
    send(api, method, path)


QUERIES = [
    "limit=2&sort=-created,name",
    "created[gte]=2009&fields=name",
    'name[in]="a,b",c',
    "relatedName[exists]=true",
    "name[contains]=a",
    "after=abc&limit=1",
    "amount[lt]=5&price[in]=1.5,2&good=true",
    "moment[gte]=2000-01-01T00:00:00Z",
    "day=2000-01-01&code[exists]=false",
    "label[icontains]=A&label[starts]=b",
    "sort=price,-moment&weight[ne]=0.1",
]


@fuzzed
@given(query=changed(QUERIES), path=st.sampled_from(["/frameworks", "/samples", "/frameworks/Flask"]))
def test_queries(api: Served, query: str, path: str) -> None:
    send(api, "GET", path, query)


FIELDS = {
    "HTTP_ACCEPT": ["application/json", "text/html;q=0.5, */*;q=0.1", 'application/ld+json; profile="x y"'],
    "HTTP_PREFER": ["return=minimal", "handling=lenient, count=exact", 'return="representation"; x=1'],
    "HTTP_IF_MATCH": ['"abc"', '"a", W/"b"', "*"],
    "HTTP_IF_NONE_MATCH": ['"abc"', '"a", W/"b"', "*"],
    "HTTP_IF_MODIFIED_SINCE": ["Thu, 26 Nov 2026 17:30:50 GMT", "Thursday, 26-Nov-26 17:30:50 GMT"],
    "HTTP_IF_UNMODIFIED_SINCE": ["Thu, 26 Nov 2026 17:30:50 GMT"],
    "HTTP_AUTHORIZATION": ["Bearer rw_abc_def", "Basic YTpi", "Bearer"],
    "HTTP_HOST": ["localhost", "localhost:8000", "[::1]:80", "127.0.0.1"],
    "HTTP_X_REQUEST_ID": ["abc-1"],
    "HTTP_RANGE": ["bytes=0-1"],
    "HTTP_EXPECT": ["100-continue"],
    "HTTP_COOKIE": ["session=a; b=c"],
    "CONTENT_TYPE": ["application/json; charset=utf-8", "application/merge-patch+json"],
    "CONTENT_LENGTH": ["2", "00", "+2"],
    "HTTP_TRANSFER_ENCODING": ["chunked", "gzip, chunked"],
}
fields = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), changed(FIELDS[name])))


@fuzzed
@given(
    sent=st.lists(fields, min_size=1, max_size=4),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"]),
    path=st.sampled_from(["/frameworks", "/frameworks/Flask"]),
)
def test_header_fields(api: Served, sent: list[tuple[str, str]], method: str, path: str) -> None:
    # A server lets no line end and no NUL through (RFC 9110, section 5.5).
    clean = {name: as_bytes(value).decode("latin-1").translate({0: "", 10: "", 13: ""}) for name, value in sent}
    send(api, method, path, **clean)


CONTENTS = [
    '{"name": "a", "created": 2000, "parent": "Python"}',
    '{"created": 2000, "relatedDocs": "https://example.org/a?b#c"}',
    '{"number": 1, "label": "x", "amount": 5, "weight": 1.5, "good": true, "price": "1.50", "tags": ["a"]}',
    '{"day": "2000-01-01", "moment": "2000-01-01T00:00:00Z", "place": {"title": "x", "lat": 1}}',
    '{"extra": {"a": [1, {"b": null}]}, "tags": []}',
    '{"@context": "x", "@id": "y", "_links": {}, "code": "00000000-0000-0000-0000-000000000000", "colour": "red"}',
    "[]",
    "null",
    '"x"',
]
TYPES = [JSON, JSON_LD, "application/hal+json"]


TARGETS = ["PUT /frameworks/New", "PUT /samples/7", "POST /samples", "POST /frameworks"]


@fuzzed
@given(content=changed(CONTENTS), media=st.sampled_from(TYPES), target=st.sampled_from(TARGETS))
@example(content="[" * 100_000, media=JSON, target="POST /samples")
@example(content='{"a":' * 50_000, media=JSON, target="POST /samples")
def test_contents(api: Served, key: str, content: str, media: str, target: str) -> None:
    method, path = target.split()
    send(api, method, path, content=as_bytes(content), HTTP_AUTHORIZATION=f"Bearer {key}", CONTENT_TYPE=media)


PATCHES = [
    '[{"op": "replace", "path": "/created", "value": 2001}]',
    '[{"op": "test", "path": "/name", "value": "Flask"}, {"op": "remove", "path": "/parent"}]',
    '[{"op": "move", "from": "/relatedName", "path": "/parent"}, {"op": "copy", "from": "/name", "path": "/parent"}]',
    '[{"op": "add", "path": "/tags/-", "value": "x"}, {"op": "add", "path": "/extra/a~1b", "value": {}}]',
    '{"created": 2002, "parent": null}',
]


@fuzzed
@given(
    patch=changed(PATCHES),
    media=st.sampled_from([JSON_PATCH, MERGE_PATCH, JSON]),
    path=st.sampled_from(["/frameworks/Flask", "/samples/1"]),
)
def test_patches(api: Served, key: str, patch: str, media: str, path: str) -> None:
    send(api, "PATCH", path, content=as_bytes(patch), HTTP_AUTHORIZATION=f"Bearer {key}", CONTENT_TYPE=media)


@fuzzed
@given(data=st.data())
def test_cursors(api: Served, data: st.DataObject) -> None:
    links = api.send("GET", "/frameworks?limit=1&sort=-created", accept=JSON).links("next")
    cursor = links[0].target.partition("after=")[2]
    send(api, "GET", "/frameworks", f"limit=1&sort=-created&after={data.draw(changed([cursor]))}")


@pytest.fixture(scope="module")
def stored() -> Iterator[Served]:
    """The Samples alone, to import into."""
    with serving(samples()) as served:
        yield served


@pytest.fixture(scope="module")
def directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as path:
        yield path


FILES = {
    "csv": [
        'number,label,amount,weight,good\r\n1,a,2,0.5,true\r\n2,"b,""c",,,\r\n',
        "number;label\n1;a\n",
        "\ufeffnumber\tlabel\n1\tx\n",
    ],
    "json": ['[{"number": 1, "label": "a"}, {"number": 2}]', '{"samples": [{"number": 1}]}'],
    "ndjson": ['{"number": 1, "label": "a"}\n{"number": 2, "price": "1.5"}\n'],
}


@fuzzed
@pytest.mark.parametrize("form", sorted(FILES))
@given(data=st.data())
def test_files(stored: Served, directory: str, form: str, data: st.DataObject) -> None:
    text = data.draw(changed(FILES[form]))
    path = Path(directory) / f"rows.{form}"
    path.write_bytes(as_bytes(text))
    binding = stored.api.binding(stored.app)
    began = time.thread_time()
    with contextlib.suppress(UnreadableFile, ImportRefused):
        import_rows(binding.store, binding.declarations[0], path)
    assert time.thread_time() - began < 1
    stored.change("DELETE FROM samples")
