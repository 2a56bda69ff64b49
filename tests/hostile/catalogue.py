"""The hostile catalogue as a table: what is sent, and the statuses that are right.

Each row is sent as bytes, with the key of a writer where it needs one, so that nothing but its own fault is refused.
`BY_SERVER` and `BY_NGINX` have the exceptions: what is right behind a server that does not pass on all of a request.
"""

from __future__ import annotations

import gzip
import json
from typing import Any, NamedTuple

FLASK = "/frameworks/Flask"
MIB = 1024 * 1024
JSON, PATCH, MERGE = "application/json", "application/json-patch+json", "application/merge-patch+json"


class Sent(NamedTuple):
    """One request, without Connection; `key` says which key of the stand it carries, such as the writer's."""

    method: str
    target: str | bytes
    fields: tuple[str, ...] = ()
    content: bytes | None = None
    key: str = ""
    host: str = "localhost"


class Row(NamedTuple):
    """Requests that are alike, the statuses that are right, and whether all of them reach the application.

    `head` is in the head of each answer, in lower case; those that are the same differ in nothing but what belongs
    to one answer.
    """

    number: int
    name: str
    right: frozenset[int]
    sent: tuple[Sent, ...]
    reached: bool = True
    head: bytes = b""
    same: bool = False


def get(*targets: str | bytes, fields: tuple[str, ...] = ()) -> tuple[Sent, ...]:
    return tuple(Sent("GET", target, fields) for target in targets)


def write(
    method: str, target: str, *contents: bytes | str, media: str = JSON, key: str = "writer"
) -> tuple[Sent, ...]:
    fields = (f"Content-Type: {media}",) if media else ()
    made = [content.encode() if isinstance(content, str) else content for content in contents]
    return tuple(Sent(method, target, fields, content, key) for content in made)


def post(*contents: bytes | str, media: str = JSON) -> tuple[Sent, ...]:
    return write("POST", "/frameworks", *contents, media=media)


def with_member(name: str, *values: str) -> tuple[str, ...]:
    """New frameworks with one member written out."""
    base = {"name": '"New"', "created": "2000"}
    return tuple(
        "{" + ", ".join(f'"{each}": {text}' for each, text in (base | {name: value}).items()) + "}"
        for value in values
    )


def row(number: int, name: str, right: set[int], *sent: tuple[Sent, ...], **more: Any) -> Row:
    return Row(number, name, frozenset(right), tuple(each for some in sent for each in some), **more)


PROBES = (
    "'", "''", '"', "' OR '1'='1", "'; DROP TABLE frameworks;--", "1 OR 1=1", "1; SELECT pg_sleep(5)", "\\", "%", "_",
    "' UNION SELECT id, digest FROM restwell_keys--", "$1", "?", ":name", "%s", "{}", "/*", "--", "0x27", "CHAR(39)",
    "' || (SELECT 1) || '", "randomblob(1000000000)", "load_extension('x')", "' AND sleep(5)--", "\u2019 OR 1=1",
)  # fmt: skip


NOT_VALID = ("wrong", "unknown", "revoked", "expired", "revoked and wrong", "expired and wrong")
"""Keys of the stand that are refused, and are not to be told apart by what is answered."""
POSTING = write("POST", "/frameworks", '{"name": "New", "created": 2000}')
PUTTING_NEW = write("PUT", "/frameworks/New", '{"created": 2000}')
PUTTING = write("PUT", FLASK, '{"created": 2011}')
PATCHING = write("PATCH", FLASK, '{"created": 2011}', media=MERGE)
DELETING = (Sent("DELETE", FLASK, key="writer"),)
READING = (*get(FLASK, "/frameworks", "/"), Sent("HEAD", FLASK))
GUARDED = (*READING, *POSTING, *PUTTING_NEW, *PUTTING, *PATCHING, *DELETING)
SHORT = b'error="insufficient_scope", scope="%s"'


def by(key: str, *sent: Sent) -> tuple[Sent, ...]:
    """The same with another key of the stand."""
    return tuple(each._replace(key=key) for each in sent)


def each_beside(fields: tuple[str, ...], *sent: Sent) -> tuple[Sent, ...]:
    """The same with each of these fields in turn."""
    return tuple(each._replace(fields=(*each.fields, field)) for each in sent for field in fields)


ORIGINS = (
    "Origin: https://evil.example", "Origin: null", "Origin: *", "Origin: http://localhost", "Origin: ", "Origin: \xe9",
    "Origin: https://evil.example\r\nOrigin: http://localhost", f"Origin: https://{'e' * 4000}",
)  # fmt: skip
PREFLIGHT = ("Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: authorization, if-match")
BOMB = gzip.compress(bytes(10 * MIB), compresslevel=1)


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


NOT_HOST = Sent("GET", f"http://localhost{FLASK}", host="evil.example")
FOREIGN = get(
    f"http://evil.example{FLASK}", "https://localhost.evil.example/frameworks", "http://evil.example/nothing"
)
MALFORMED = get(f"http://a:b@localhost{FLASK}", f"http://localhost,evil{FLASK}", "localhost:80")
OTHER_SCHEME = Sent("GET", f"ftp://localhost{FLASK}")
NO_AUTHORITY = get("http:///frameworks/Flask", "http:/frameworks/Flask", "frameworks/Flask")

ROWS: tuple[Row, ...] = (
    row(10, "a target in absolute form", {200}, get(*(f"{scheme}://localhost{FLASK}" for scheme in ("http", "HTTP", "https")), "http://localhost", "http://localhost/", f"http://127.0.0.1{FLASK}", "http://localhost/frameworks?limit=1"), (NOT_HOST,)),
    row(10, "the authority of another", {421}, FOREIGN),
    row(10, "an authority that is not one", {400}, MALFORMED, (OTHER_SCHEME,), NO_AUTHORITY, reached=False),
    row(10, "the rest of an absolute form is judged as ever", {400, 404}, get("http://localhost/nothing", "http://localhost//frameworks", "http://localhost/frameworks%2FFlask", "http://localhost/frameworks?none=1", "http://localhost?limit=1")),
    row(12, "fields with underscores are ignored", {200}, each_beside(("If_None_Match: *", 'If_Match: "x"', "If_Modified_Since: Fri, 01 Jan 2100 00:00:00 GMT", "Authorization_: Bearer x", "X_HTTP_Method_Override: DELETE", "X_Forwarded_Host: evil.example", "Content_Length: 5", "Transfer_Encoding: chunked", "Script_Name: /x", "Path_Info: /nothing", "HTTP_HOST: evil.example", "Accept_: image/png"), *get(FLASK))),
    row(12, "nor is content described by them", {422}, each_beside(("Content_Type: text/plain", "Content_Encoding: gzip", "Content_Length: 1", "Transfer_Encoding: gzip", "If_Match: *"), *post("{}"))),
    row(12, "nor a type given", {415}, each_beside((f"Content_Type: {JSON}",), *post("{}", media=""))),
    row(14, "methods", {400, 405, 501}, tuple(Sent(m, FLASK) for m in ("TRACE", "BREW", "PROPFIND", "QUERY", "get")), reached=False),
    row(14, "overrides are ignored", {200}, get(FLASK, fields=("X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE")), get(FLASK, fields=("X-HTTP-Method: PUT",))),
    row(20, "an encoded slash between segments", {404}, get("/frameworks%2FFlask", "/frameworks%2fFlask", "/%2Fframeworks")),
    row(21, "path tricks", {400, 404}, get(
        "/frameworks/../frameworks/Flask", "//frameworks", "/frameworks//Flask", "/./frameworks", "/frameworks/.", "/frameworks/..", "/%2e%2e/frameworks",
        "/frameworks/%2e", "/frameworks/%2e%2e", "/frameworks;x", "/frameworks;jsessionid=1", "/FRAMEWORKS", "/frameworks/Flask/", "/frameworks/flask", "/frameworks/Flask%20",
        "/frameworks%20", "/frameworks\\Flask", "/frameworks/Flask%2F..", "/..%2f..%2fetc/passwd", "/%c0%ae%c0%ae/", "/frameworks/%EF%BC%8E", "/static/../frameworks",
    ), reached=False),
    row(22, "NUL, line ends and bad UTF-8", {400, 404}, get("/frameworks/%00", "/frameworks/Flask%00", "/frameworks/%0d%0aX-A:%20b", "/frameworks/%0A", "/frameworks/%ff%fe", "/frameworks/%ED%A0%80", b"/frameworks/\xff", b"/frameworks/Fl\x00ask"), reached=False),
    row(23, "cache deception", {404}, get("/frameworks/Flask/x.css", "/frameworks/Flask;x.css", "/frameworks/Flask%0Ax.css", "/frameworks/Flask%3Fx.css", "/frameworks/Flask.css", "/frameworks/Flask%23.js"), head=b"cache-control: no-store"),
    row(25, "nesting", {400}, post(*(b"[" * depth + b"]" * depth for depth in (65, 1000, 100_000, 500_000)), b'{"a":' * 10_000, b"[" * 500_000)),
    row(26, "numbers that JSON does not have", {400, 422}, post(*with_member("created", "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "+1", ".5", "1.", "0x10"))),
    row(27, "duplicate members", {400}, post('{"name": "a", "name": "b", "created": 2000}', '{"name": "a", "created": 1, "created": 2000}', '{"name": "a", "n\\u0061me": "b", "created": 2000}')),
    row(29, "NUL in a text", {422}, post(*with_member("name", '"a\\u0000"', '"\\u0000"')), post(*with_member("parent", '"\\u0000b"'))),
    row(30, "large integers", {400, 422}, post(*with_member("created", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" + "0" * 30, "1" * 4000, "2000.0000000000001"))),
    row(31, "wrong types", {422}, post(*with_member("created", '"2010"', "2010.5", "true", "null", "[]", "{}", "[2010]", '""'), *with_member("name", "1", "null", "[]", "{}", "true", '""'), *with_member("relatedDocs", '"x"', "1", '"javascript:alert(1)"', '"//x"', "{}"), "[]", "null", '"x"', "1", "true")),
    row(32, "encodings", {400, 415, 422}, post('{"name": "é", "created": 2000}'.encode("utf-16"), b"\xef\xbb\xbf{}", '{"name": "é"}'.encode("latin-1"), b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "\\ud800", "created": 2000}', b"\x00", b"", b"{} {}", b"{}x", b"'a'"), post(b"{}", media="application/json; charset=utf-16")),
    row(33, "media types", {415}, *(post(b"{}", media=media) for media in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/octet-stream", "json", "application/jsonx", "*/*", "application/*", "", "text/json", "application/json5", "application/msgpack"))),
    row(34, "too much content", {413}, post(b" " * (MIB + 1), b'{"name": "' + b"x" * MIB + b'"}')),
    row(35, "content codings", {415}, *(tuple(each._replace(fields=(*each.fields, f"Content-Encoding: {coding}")) for each in post(BOMB)) for coding in ("gzip", "br", "deflate", "zstd", "gzip, gzip", "x"))),
    row(36, "many parts", {413, 422}, post(json.dumps({f"m{n}": n for n in range(20_000)}), "[" + ",".join(["{}"] * 300_000) + "]", json.dumps({"name": "a", "created": [1] * 200_000}))),
    row(37, "JSON Patch", {400, 409, 413, 422}, write("PATCH", FLASK, "{}", "[1]", '[{"op": "x", "path": ""}]', '[{"op": "replace", "path": "/none", "value": 1}]', '[{"op": "test", "path": "/created", "value": 1}]', '[{"op": "move", "from": "", "path": "/a"}]', '[{"op": "remove", "path": "/name"}]', '[{"op": "add", "path": "/created/x", "value": 1}]', '[{"op": "replace", "path": "/~2", "value": 1}]', json.dumps([{"op": "test", "path": "/name", "value": "Flask"}] * 101), '[{"op": "replace", "path": "", "value": []}]', media=PATCH)),
    row(38, "merge patch", {400, 422}, write("PATCH", FLASK, "[]", "null", '"x"', '{"name": "Other"}', '{"created": null}', '{"none": 1}', '{"created": {"a": 1}}', media=MERGE)),
    row(40, "mass assignment", {422}, post(*(json.dumps({"name": "New", "created": 2000, name: 1}) for name in ("_id", "_version", "_modified", "owner", "admin", "role", "__proto__", "constructor", "__class__", "version", "etag", "Created", "NAME", " name", "name ", "operation", "hydra:operation", "$set", "")))),
    row(41, "sort, filter and fields", {400}, get(*(f"/frameworks?{query}" for query in ("sort=none", "sort=_id", "sort=-_version", "sort=name,name", "sort=", "fields=none", "fields=_id", "fields=", "none=1", "_id=1", "name[none]=1", "name[]=1", "name[gt][lt]=1", "created=x", "created[gt]=x", "created[in]=1,x", "after=x", "after=", "name.x=1", "sort=created,name,parent,relatedName,relatedDocs")))),
    row(42, "SQL in filters", {200, 400}, get(*(f"/frameworks?{name}{operator}={quoted(probe)}" for probe in PROBES for name, operator in (("name", ""), ("created", "[gt]"), ("parent", "[icontains]"), ("name", "[in]"))))),
    row(42, "SQL in names, paths and fields", {200, 400, 404}, get(*(f"/frameworks?{quoted(probe)}=1" for probe in PROBES), *(f"/frameworks/{quoted(probe)}" for probe in PROBES), *(f"/frameworks?sort={quoted(probe)}" for probe in PROBES)), reached=False),
    row(43, "limits", {400}, get(*(f"/frameworks?limit={value}" for value in ("0", "-1", "101", "1e3", "abc", "", "1.0", "+1", "%201", "99999999999999999999", "0x10", "1_0", quoted("\u0661")))), get("/frameworks?page=0", "/frameworks?page=10001", "/frameworks?page=2&after=x", "/frameworks?offset=1")),
    row(45, "repeated, unknown and many parameters", {400, 414}, get("/frameworks?limit=1&limit=2", "/frameworks?sort=name&sort=name", "/frameworks?x=1", "/frameworks?&x", "/frameworks?" + "&".join(f"a{n}=1" for n in range(400)), "/frameworks?" + "a" * 3000, "/frameworks?" + "&" * 3000 + "x")),
    row(46, "many filters and values", {400}, get("/frameworks?" + "&".join(f"name[ne]={n}&created[ne]={n}" for n in range(9)), "/frameworks?created[in]=" + ",".join(map(str, range(101))))),
    row(47, "credentials", {400, 401}, *(get(FLASK, fields=(f"Authorization: {value}",)) for value in ("Bearer", "Bearer x", "Basic dTpw", "Bearer rw_x_y", "bearer rw_0000000000_" + "a" * 43, "Digest x", "Bearer a b", "Bearer " + "a" * 5000, "Negotiate x", ",", "Bearer \xe9", "Token x")), get(FLASK, fields=("Authorization: Bearer x", "Authorization: Bearer y")), get("/frameworks?access_token=rw_0000000000_" + "a" * 43)),
    *(row(51, f"{sent.method} {sent.target!s} by a key that is not valid", {401}, *(by(key, sent) for key in NOT_VALID), head=b'error="invalid_token"', same=True) for sent in GUARDED),
    row(51, "a document, by whoever it is", {200}, *(by(key, *get("/openapi.json")) for key in (*NOT_VALID, "writer")), same=True),
    row(53, "to create", {403}, by("updater", *POSTING, *PUTTING_NEW), by("deleter", *POSTING), head=SHORT % b"frameworks:create"),
    row(53, "to update", {403}, by("creator", *PUTTING, *PATCHING), by("deleter", *PATCHING), head=SHORT % b"frameworks:update"),
    row(53, "to create or update", {403}, by("deleter", *PUTTING, *PUTTING_NEW), head=SHORT % b"frameworks:update frameworks:create"),
    row(53, "to delete", {403}, by("creator", *DELETING), by("updater", *DELETING), head=SHORT % b"frameworks:delete"),
    row(60, "PURGE and BAN", {405, 501}, tuple(Sent(method, FLASK) for method in ("PURGE", "BAN", "REFRESH")), reached=False),
    row(61, "preconditions", {412}, tuple(each._replace(fields=(*each.fields, field)) for field in ('If-Match: "x"', "If-Match: x", 'If-Match: W/"x"', "If-Match: ", "If-None-Match: *", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT") for each in write("PUT", FLASK, '{"created": 2011}'))),
    row(64, "pages of other origins", {200}, each_beside(ORIGINS, *READING)),
    row(64, "pages of other origins, refused", {401, 404}, each_beside(ORIGINS, *get("/nowhere", "/frameworks/Nobody"), *by("unknown", *DELETING))),
    row(64, "preflights of other origins", {204}, tuple(Sent("OPTIONS", target, (origin, *PREFLIGHT)) for origin in ORIGINS for target in ("/", "/frameworks", FLASK))),
)  # fmt: skip

BY_SERVER: dict[Sent, set[int]] = {
    NOT_HOST: {421},
    **dict(zip(FOREIGN, ({200}, {200}, {404}), strict=True)),
    **{sent: {200} for sent in (*MALFORMED, OTHER_SCHEME)},
}
"""What is right instead behind `restwell serve`: granian shows no authority of a target, so that Host counts."""
BY_NGINX: dict[Sent, set[int]] = {
    NOT_HOST: {200},
    **dict(zip(FOREIGN, ({200}, {200}, {404}), strict=True)),
    OTHER_SCHEME: {200},
}
"""What is right instead through nginx, which passes the path on and, with its defaults, the address it asks as Host."""
