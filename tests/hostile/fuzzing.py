"""What is sent to be misread: what is right, changed again and again by what has been found to be nasty elsewhere.

`KINDS` has a kind for each parser: it opens what reads it, and gives the cases that can be drawn and what tries one.
`test_fuzzing.py` draws them blindly; `guided.py` is led by what of the code they reach.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from restwell.files.importing import ImportRefused, import_rows
from restwell.files.opening import UnreadableFile
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, frameworks, samples, serving

MAX_SECONDS = 1.0
"""Seconds of the processor that a case takes at most."""
NASTY = [
    "", "\x00", "\n", "\r\n", "%", "%00", "%0a", "%2f", "%252e", "..", "//", "\\", "'", '"', "`", ";", ",", "&", "=",
    "[", "]", "{", "}", "<script>", "\u202e", "\ufeff", "\ud800", "\U0001f600", "\u0130", "\u00df", "9" * 40, "-0",
    "1e999", "NaN", "Infinity", "0x10", "null", "true", "1_0", "\u0663", "*/*", "q=0", "q=", "W/", '"*"', "bytes=0-",
    "chunked", "after", "before", "limit", "sort", "fields", "[in]", "[gte]", "[exists]", "__proto__", "$ref",
    "@context", "@id", "/-", "~0", "~1", "~2", "a" * 300, " " * 50, "\t", "\x7f",
]  # fmt: skip


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


def as_latin(text: str) -> str:
    """A text as PEP 3333 hands it over."""
    return as_bytes(text).decode("latin-1")


class Sent(NamedTuple):
    """One request, its texts as a client has them."""

    method: str = "GET"
    path: str = "/frameworks"
    query: str = ""
    fields: Sequence[tuple[str, str]] = ()
    """By their names in a WSGI environment."""
    content: str | None = None


PATHS = [
    "/", "/frameworks", "/frameworks/Flask", "/samples/1", "/openapi.json", "/docs", "/me", "/contexts/Framework",
    "/schemas/Sample", "/problems/not-found", "/health/live", "/.well-known/api-catalog", "/samples/",
]  # fmt: skip
METHODS = ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "", "G\tT"]
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
PATCHES = [
    '[{"op": "replace", "path": "/created", "value": 2001}]',
    '[{"op": "test", "path": "/name", "value": "Flask"}, {"op": "remove", "path": "/parent"}]',
    '[{"op": "move", "from": "/relatedName", "path": "/parent"}, {"op": "copy", "from": "/name", "path": "/parent"}]',
    '[{"op": "add", "path": "/tags/-", "value": "x"}, {"op": "add", "path": "/extra/a~1b", "value": {}}]',
    '{"created": 2002, "parent": null}',
]
FILES = {
    "csv": [
        'number,label,amount,weight,good\r\n1,a,2,0.5,true\r\n2,"b,""c",,,\r\n',
        "number;label\n1;a\n",
        "\ufeffnumber\tlabel\n1\tx\n",
    ],
    "json": ['[{"number": 1, "label": "a"}, {"number": 2}]', '{"samples": [{"number": 1}]}'],
    "ndjson": ['{"number": 1, "label": "a"}\n{"number": 2, "price": "1.5"}\n'],
}


NOTHING_ELSE: dict[str, Any] = {"fields": st.just(()), "content": st.none()}
"""What hypothesis would make up by the types, keys of an environment that are the server's to set among it."""


def typed(content: str, media: str, target: str, key: str) -> Sent:
    method, path = target.split()
    return Sent(method, path, "", (("HTTP_AUTHORIZATION", f"Bearer {key}"), ("CONTENT_TYPE", media)), content)


def paths(api: Served) -> st.SearchStrategy[Sent]:
    return st.builds(Sent, st.sampled_from(METHODS), changed(PATHS), **NOTHING_ELSE)


def queries(api: Served) -> st.SearchStrategy[Sent]:
    places = st.sampled_from(["/frameworks", "/samples", "/frameworks/Flask"])
    return st.builds(Sent, path=places, query=changed(QUERIES), **NOTHING_ELSE)


def header_fields(api: Served) -> st.SearchStrategy[Sent]:
    field = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), changed(FIELDS[name])))
    methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE"])
    places = st.sampled_from(["/frameworks", "/frameworks/Flask"])
    return st.builds(Sent, methods, places, fields=st.lists(field, min_size=1, max_size=4))


def contents(api: Served) -> st.SearchStrategy[Sent]:
    media = st.sampled_from([JSON, JSON_LD, "application/hal+json"])
    targets = st.sampled_from(["PUT /frameworks/New", "PUT /samples/7", "POST /samples", "POST /frameworks"])
    return st.builds(typed, changed(CONTENTS), media, targets, st.just(key_of(api)))


def patches(api: Served) -> st.SearchStrategy[Sent]:
    media = st.sampled_from([JSON_PATCH, MERGE_PATCH, JSON])
    targets = st.sampled_from(["PATCH /frameworks/Flask", "PATCH /samples/1"])
    return st.builds(typed, changed(PATCHES), media, targets, st.just(key_of(api)))


def cursors(api: Served) -> st.SearchStrategy[Sent]:
    links = api.send("GET", "/frameworks?limit=1&sort=-created", accept=JSON).links("next")
    cursor = links[0].target.partition("after=")[2]
    queries = changed([cursor]).map(lambda text: f"limit=1&sort=-created&after={text}")
    return st.builds(Sent, query=queries, **NOTHING_ELSE)


def key_of(api: Served) -> str:
    return api.key("frameworks:write", "samples:write")


def send(api: Served, sent: Sent) -> None:
    """Send a request, and look at how it is answered."""
    # A server lets no line end and no NUL through (RFC 9110, section 5.5).
    fields = {name: as_latin(value).translate({0: "", 10: "", 13: ""}) for name, value in sent.fields}
    environ = {"PATH_INFO": as_latin(sent.path), "QUERY_STRING": as_latin(sent.query), **fields}
    content = None if sent.content is None else as_bytes(sent.content)
    began = time.thread_time()
    answer = api.send(sent.method, "/", content=content, environ=environ)
    check(answer, time.thread_time() - began)
    assert api.send("GET", "/frameworks/Django", accept=JSON).status == 200


def check(answer: Answer, seconds: float) -> None:
    """It was answered soon, as HTTP wants it, and nothing unforeseen happened."""
    assert answer.status not in {500, 502, 504}, answer.body
    assert seconds < MAX_SECONDS
    if answer.status >= 400:
        assert len(answer.body) <= 4096 or answer["content-type"].startswith("text/html")
        assert b"Traceback" not in answer.body
    for name, value in answer.headers:
        assert value.isprintable(), f"{name}: {value!r}"


def read_file(stored: Served, directory: str, form: str, text: str) -> None:
    """Import a file, and forget what came of it."""
    path = Path(directory) / f"rows.{form}"
    path.write_bytes(as_bytes(text))
    binding = stored.api.binding(stored.app)
    began = time.thread_time()
    with contextlib.suppress(UnreadableFile, ImportRefused):
        import_rows(binding.store, binding.declarations[0], path)
    assert time.thread_time() - began < MAX_SECONDS
    stored.change("DELETE FROM samples")


class Fuzzed(NamedTuple):
    """What can be drawn, and what tries it."""

    cases: st.SearchStrategy[Any]
    attempt: Callable[[Any], None]


Open = Callable[[str], AbstractContextManager[Fuzzed]]
"""Opens what reads a kind, behind a door: `straight`, or `flask`, in which a hook of the application's stands."""


@contextmanager
def behind(door: str) -> Iterator[Served]:
    """The Frameworks and the Samples, behind a door."""
    with serving(frameworks(), samples()) as api:
        if door == "flask":
            api.app.before_request(lambda: None)
        yield api


def requests(cases: Callable[[Served], st.SearchStrategy[Sent]]) -> Open:
    @contextmanager
    def opened(door: str) -> Iterator[Fuzzed]:
        with behind(door) as api:
            yield Fuzzed(cases(api), lambda sent: send(api, sent))

    return opened


def files(form: str) -> Open:
    @contextmanager
    def opened(door: str) -> Iterator[Fuzzed]:
        with serving(samples()) as stored, tempfile.TemporaryDirectory() as directory:
            yield Fuzzed(changed(FILES[form]), lambda text: read_file(stored, directory, form, text))

    return opened


REQUESTS: dict[str, Open] = {
    cases.__name__.replace("_", " "): requests(cases)
    for cases in (paths, queries, header_fields, contents, patches, cursors)
}
KINDS: dict[str, Open] = {**REQUESTS, **{form: files(form) for form in FILES}}
