"""Whatever a server sends is read: by its media type, by its look, without end or exception."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.exchanges import Exchange
from restwell_audit.reading import Link, Reading, describe, read
from restwell_audit.reading.gathering import MAX_LINKS
from restwell_audit.reading.html import TYPES as PAGES
from restwell_audit.reading.readers import READERS
from tests.restwell_audit.reading.responses import reading, response, text

API = "http://api.example"
TYPES = [
    *READERS,
    *PAGES,
    "application/json",
    "application/problem+json",
    "application/linkset",
    "application/json;odata.metadata=minimal",
    "text/turtle",
    "application/xml",
    "text/plain",
    "",
    "x",
]
NAMES = st.sampled_from([
    "@context", "@id", "@type", "@graph", "@list", "id", "type", "member", "hydra:member", "view", "first", "next",
    "operation", "method", "expects", "search", "template", "supportedProperty", "_links", "_embedded", "_templates",
    "self", "curies", "href", "name", "templated", "rel", "links", "entities", "actions", "fields", "class",
    "properties", "collection", "items", "queries", "data", "attributes", "relationships", "included",
    "errors", "jsonapi", "linkset", "anchor", "item", "error", "status", "url", "results", "total",
    "openapi", "swagger", "paths", "/x", "get", "parameters", "$ref", "schema", "allOf", "servers", "variables",
    "required", "example", "examples", "responses", "value", "@odata.id", "@odata.context", "x@odata.navigationLink",
    "schemas", "Resources", "meta", "location", "$ref", "resourceType", "entry", "resource", "reference", "fullUrl",
    "api_roots", "objects", "collections", "orderedItems", "inbox", "outbox",
    "content", "security", "requestBody", "in", "description", "title", "message",
])  # fmt: skip
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([
        "/x", "/x{?y}", "http://api.example/y", "http://[", "_:b", "#x", "GET", "3.1.0", "2.0", "#/paths",
        "Collection", "http://www.w3.org/ns/hydra/core#member", "{", "//", "?", "\ud800", "query",
    ])
)  # fmt: skip
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5),
    max_leaves=40,
)


def check(exchange: Exchange) -> None:
    """What holds of every reading."""
    found = read(exchange)
    describe(exchange)
    assert len(found.links) <= MAX_LINKS
    for link in found.links:
        assert link.templated or link.target.startswith(("http://", "https://"))
        assert "#" not in link.target.partition("{")[0]
    assert all(operation.method and operation.target for operation in found.operations)


@given(DOCUMENTS, st.sampled_from(TYPES), st.booleans())
def test_any_json_of_any_type_is_read(content: Any, media_type: str, with_context: bool) -> None:
    fields = [("Link", '</c>; rel="http://www.w3.org/ns/json-ld#context"')] if with_context else []
    check(response(json.dumps(content), media_type, *fields))


@given(st.binary(max_size=80), st.sampled_from(TYPES))
def test_any_bytes_of_any_type_are_read(content: bytes, media_type: str) -> None:
    check(response(content, media_type))


@given(st.text(st.sampled_from("<>/!-?='\" \naAformhrefinputbase&;{}:yl[]#"), max_size=60), st.sampled_from(TYPES))
def test_any_text_of_any_type_is_read(content: str, media_type: str) -> None:
    check(response(content, media_type))


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_odd_fields_and_urls_are_read(url: str, media_type: str, link: str) -> None:
    check(response('{"url": "/x", "@id": "y"}', media_type, ("Link", f"<{link}>;{link}"), url=url))


@given(st.sampled_from([{"openapi": "3.1.0"}, {"swagger": "2.0"}]), DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_any_description_is_read(version: dict[str, str], operation: Any, other: Any, more: Any) -> None:
    described = {"operationId": "x", "parameters": [other], "responses": {"200": more}, "requestBody": operation}
    paths = {"/x": {"get": operation, "put": described, "parameters": more}, "/y": other}
    content = {
        **version,
        "paths": paths,
        "servers": more,
        "security": other,
        "components": operation,
        "schemes": other,
    }
    found = describe(response(json.dumps(content), "application/json"))
    assert found is not None
    assert [each.name for each in found.operations if each.method == "PUT" and each.path == "/x"] == ["x"]


MEGABYTES = 2_000_000


def repeated(part: str) -> str:
    return part * (MEGABYTES // len(part))


def numbered(part: str, number: int = 100_000) -> str:
    return "".join(part.replace("%", str(each)) for each in range(number))


def many(entry: str, number: int) -> list[Any]:
    return [json.loads(entry.replace("%", str(each))) for each in range(number)]


HTML, JSON, LD, HAL = "text/html", "application/json", "application/ld+json", "application/hal+json"
ENTRY = '<entry><link href="/%"/></entry>'
KEY = "<Contents><Key>k%</Key></Contents>"
BOMBS: dict[str, tuple[str, Any]] = {
    "tags": (HTML, repeated("<b>")),
    "brackets": (HTML, repeated("<")),
    "comments": (HTML, repeated("<!--")),
    "end tags": (HTML, repeated("</")),
    "sections": (HTML, repeated("<![CDATA[")),
    "quotes": (HTML, repeated('<a href="')),
    "apostrophes": (HTML, repeated("<a b=' ")),
    "dashes": (HTML, "<!--" + repeated("-")),
    "attributes": (HTML, f"<a {repeated('x=1 ')}>"),
    "spaces": (HTML, "<a" + repeated(" ")),
    "references": (HTML, f"<a title='{repeated('&a')}'>"),
    "scripts": (HTML, "<script>" + repeated("</scrip")),
    "links": (HTML, numbered("<a href=/x%>")),
    "unusable links": (HTML, numbered("<a href=mailto:%>")),
    "forms": (HTML, repeated("<form><input name=q></form>")),
    "a long base": (HTML, f"<base href='/{'x' * 1_000_000}'>" + "<a href=y>" * 90_000),
    "brackets without end": (JSON, "[" * MEGABYTES),
    "nested lists": (JSON, "[" * 10_000 + "]" * 10_000),
    "nested objects": (JSON, '{"links":' * 900 + '"/x"' + "}" * 900),
    "nested nodes": (LD, '{"@id":"a","p":[' * 450 + "]}" * 450),
    "urls": (JSON, many(f'"{API}/%"', 60_000)),
    "urls elsewhere": (JSON, many('"http://other.example/%"', 60_000)),
    "paths": (JSON, many('{"url": "/%"}', 90_000)),
    "objects": (JSON, [{}] * 500_000),
    "names": (JSON, {f"k{each}_url": f"/{each}" for each in range(80_000)}),
    "names of a node": (LD, {"@id": "/", **{f"k{each}": f"/{each}" for each in range(80_000)}}),
    "nodes": (LD, {"@context": "x", "member": many('{"@id": "/%", "a": {"@id": "b"}}', 45_000)}),
    "terms": (
        LD,
        {"@context": {f"k{each}": f"k{each + 1}:x" for each in range(50_000)}, "@graph": many("{}", 90_000)},
    ),
    "operations": (LD, {"operation": many('{"method": "A%"}', 90_000)}),
    "embedded": (HAL, {"_embedded": {"x": many('{"_links": {"self": {"href": "/%"}}}', 45_000)}}),
    "embedded by name": (HAL, {"_embedded": dict(enumerate(many('{"_links": {"self": {"href": "/%"}}}', 35_000)))}),
    "entities": ("application/vnd.siren+json", {"entities": many('{"rel": ["item"], "href": "/%"}', 45_000)}),
    "items": (
        "application/vnd.collection+json",
        {"collection": {"items": many('{"href": "/%"}', 80_000), "template": {"data": many('{"name": "a%"}', 5000)}}},
    ),
    "resources": (
        "application/vnd.api+json",
        {"data": many('{"type": "a", "id": "%", "links": {"self": "/%"}}', 40_000)},
    ),
    "a set of links": ("application/linkset", repeated("</x>;rel=y,")),
    "backslashes": ("application/linkset", '</x>;title="' + repeated("\\")),
    "entries": ("application/atom+xml", f'<feed xmlns="http://www.w3.org/2005/Atom">{numbered(ENTRY)}</feed>'),
    "keys": (
        "application/xml",
        f"<ListBucketResult>{numbered('<Contents><Key>k%</Key></Contents>')[:1_900_000]}</ListBucketResult>",
    ),
    "triples": ("text/turtle", numbered("<a%> <b> <c%> .")),
    "texts in turtle": ("text/turtle", '<a> <b> """' + repeated('"" ')),
    "names in turtle": ("text/turtle", repeated("a.")),
    "brackets in turtle": ("text/turtle", "<a> <b> " + repeated("[<c> ")),
    "references in fhir": ("application/fhir+json", {"x": many('{"reference": "A/%"}', 60_000)}),
    "references in scim": ("application/scim+json", {"x": many('{"$ref": "/%"}', 80_000)}),
    "entities in odata": ("application/json;odata.metadata=full", {"value": many('{"@odata.id": "A(%)"}', 60_000)}),
    "semicolons": ("application/linkset", "</x>" + repeated(";")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_two_megabytes_of_anything_are_read_in_no_time(name: str) -> None:
    media_type, content = BOMBS[name]
    exchange = response(text(content)[:MEGABYTES] if isinstance(content, str) else content, media_type)
    assert len(exchange.body) > 10_000 or name.startswith("nested")
    exchange.data  # noqa: B018 -- parsing JSON is json's own time
    began = time.process_time()
    check(exchange)
    assert time.process_time() - began < 3  # a tenth of it on a quiet machine; quadratic time would be hours


def test_only_so_many_links_are_read() -> None:
    content = {"_links": {"item": [{"href": f"/{number}"} for number in range(MAX_LINKS + 5)]}}
    found = reading(content, HAL, ("Link", "</first>; rel=first"))
    assert len(found.links) == MAX_LINKS
    assert found.links[0] == Link(f"{API}/first", "first", place="header")


@pytest.mark.parametrize("media_type", ["", "text/plain", "text/javascript", "application/x-odd"])
def test_content_without_a_telling_type_is_read_by_its_look(media_type: str) -> None:
    assert reading({"_links": {"self": {"href": "/x"}}}, media_type).syntax == "hal"
    assert reading([{"url": "/x"}], media_type).syntax == "json"
    assert reading("42", media_type) == Reading()
    assert reading("no json", media_type) == Reading()


@pytest.mark.parametrize("media_type", ["application/vnd.acme.order+json", "text/json", "application/problem+json"])
def test_json_of_any_type_is_json(media_type: str) -> None:
    assert reading('"text"', media_type).syntax in {"json", "problem"}


def test_a_format_of_which_there_is_nothing_is_searched_for_what_looks_like_links() -> None:
    found = reading({"name": "a", "next": "/b"}, HAL)
    assert (found.syntax, found.links) == ("hal", (Link(f"{API}/b", "next", typed=False),))


def test_a_list_under_a_type_of_objects_is_read_as_it_is() -> None:
    found = reading([{"url": "/1"}], HAL)
    assert (found.syntax, found.hypermedia, len(found.members or ())) == ("json", False, 1)


def test_parameters_and_case_of_a_media_type_do_not_matter() -> None:
    assert reading({"_links": {}}, "Application/HAL+JSON; charset=UTF-8").syntax == "hal"


def test_no_content_has_its_fields_still() -> None:
    found = reading("", "", ("Link", "</x>; rel=next"))
    assert (found.syntax, [link.rel for link in found.links]) == ("none", ["next"])


def test_content_that_broke_off_is_not_guessed_at() -> None:
    whole = response('{"url": "/x"}', JSON)
    broken = Exchange(1, "GET", whole.url, status=200, headers=whole.headers, body=whole.body, complete=False)
    assert read(broken) == Reading()


def test_any_type_may_be_a_problem() -> None:
    assert reading("<problem/>", "application/problem+xml").is_error
    assert reading("nonsense", "application/problem+json").is_error
