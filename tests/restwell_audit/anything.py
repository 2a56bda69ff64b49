"""Answers of any kind, for tests that nothing a server says makes the auditor fail."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests.restwell_audit.apis import HTML, PROBLEM, Response

REFERENCES = [
    "/", "/a", "/a/", "/a/1", "?x=1", "#f", "//", "http://localhost/b", "http://x.example/", "http://localhost:99999/",
    "http://localhost:x/", "/{id}", "/{?q}", "/{", "}", "%zz", "\ud800", "é", "a b", "javascript:1", "http://☃.example/",
    f"http://{'a' * 300}/", "http://localhost/\x7f", "http://.../", "http://xn--/", "http:", "\u2028", "",
    "http://[::1", "//[x",
]  # fmt: skip
MEMBERS = [
    "$ref", "/a", "/a/{id}", "@context", "@id", "@type", "_embedded", "_links", "_templates", "actions", "anchor",
    "application/json", "attributes", "code", "collection", "components", "content", "data", "entities", "error",
    "errors", "example", "get", "href", "id", "in", "info", "item", "items", "jsonrpc", "links", "linkset", "member",
    "message", "method", "name", "openapi", "operation", "parameters", "paths", "post", "queries", "rel",
    "relationships", "requestBody", "schema", "self", "servers", "status", "target", "template", "templated", "title",
    "type", "url", "version",
]  # fmt: skip
"""What the members of the formats that the auditor reads are called."""
MEDIA_TYPES = [
    "application/json", "application/hal+json", "application/prs.hal-forms+json", "application/ld+json",
    "application/vnd.siren+json", "application/vnd.collection+json", "application/vnd.api+json",
    "application/linkset+json", "application/openapi+json", "application/yaml", PROBLEM, HTML, "text/plain",
    "", ";", "/",
]  # fmt: skip
FIELDS = [
    "Location", "Link", "Link-Template", "Allow", "ETag", "Last-Modified", "Cache-Control", "Vary", "Set-Cookie",
    "Content-Location", "Expires",
]  # fmt: skip
STATUSES = [200, 200, 200, 200, 201, 204, 301, 302, 304, 400, 401, 404, 405, 412, 500]


def sendable(value: str) -> str:
    """A text as a field may have it: in Latin-1, on one line."""
    return value.encode("latin-1", "replace").decode("latin-1").translate(dict.fromkeys(map(ord, "\r\n\0"), " "))


references = st.one_of(st.sampled_from(REFERENCES), st.text(max_size=8))
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), references),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5)
    ),
    max_leaves=15,
)  # fmt: skip
values = st.one_of(references, references.map("<{}>; rel=next".format), st.text(max_size=10))
fields = st.lists(st.tuples(st.sampled_from(FIELDS), values.map(sendable)), max_size=3)
contents = st.one_of(
    documents.map(lambda document: json.dumps(document).encode()),
    references.map(
        lambda link: f'<a href="{link}">x</a><form action="{link}"><input name=a>'.encode("utf-8", "replace")
    ),
    st.binary(max_size=20),
)
responses = st.builds(
    lambda status, media_type, some, content: Response(status, (("Content-Type", media_type), *some), content),
    st.sampled_from(STATUSES), st.sampled_from(MEDIA_TYPES), fields, contents,
)  # fmt: skip
"""An answer with any status, of any format, with anything in it."""
