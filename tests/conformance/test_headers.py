"""The fields of responses: caching, variation, lengths, timings, request ids; and the line in the log."""

import json
import logging
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from restwell import public, scope
from tests.api import (
    API_DOCUMENTATION,
    BASE,
    JSON,
    JSON_LD,
    MERGE_PATCH,
    PER_ANSWER,
    Answer,
    Served,
    frameworks,
    is_problem,
    serving,
)  # fmt: skip

NEW = {"name": "New", "created": 2020}
REQUESTS: list[tuple[str, str, dict[str, str], Any, bool]] = [
    ("GET", "/", {}, None, False), ("HEAD", "/", {}, None, False), ("OPTIONS", "/", {}, None, False),
    ("GET", "/frameworks", {}, None, False), ("GET", "/frameworks?limit=1&sort=name", {"Accept": JSON}, None, True),
    ("OPTIONS", "/frameworks", {}, None, False), ("OPTIONS", "/frameworks/Flask", {}, None, False),
    ("GET", "/frameworks/Flask", {}, None, False), ("HEAD", "/frameworks/Flask", {"Accept": JSON}, None, True),
    ("GET", "/frameworks/Flask", {"If-None-Match": "*"}, None, False),
    ("GET", "/frameworks", {"If-None-Match": "*"}, None, True),
    ("POST", "/frameworks", {}, NEW, True), ("PUT", "/frameworks/Flask", {}, {"created": 2011}, True),
    ("PUT", "/frameworks/Other", {"Prefer": "return=minimal"}, {"created": 2011}, True),
    ("PATCH", "/frameworks/Flask", {"Content-Type": MERGE_PATCH}, {"created": 2012}, True),
    ("PATCH", "/frameworks/Flask", {"Content-Type": MERGE_PATCH, "Prefer": "return=minimal"},
    {"created": 2013}, True),
    ("DELETE", "/frameworks/Flask", {}, None, True), ("GET", "/frameworks/Nobody", {}, None, False),
    ("GET", "/nowhere", {}, None, False),
    ("POST", "/frameworks", {}, NEW, False), ("POST", "/frameworks", {}, {}, True),
    ("POST", "/frameworks", {}, {"name": "Django", "created": 2000}, True),
    ("POST", "/frameworks", {"Content-Type": "text/plain"}, b"x", True),
    ("POST", "/frameworks", {"Content-Type": JSON}, b"{", True),
    ("DELETE", "/frameworks", {}, None, True), ("BREW", "/frameworks", {}, None, False),
    ("GET", "/frameworks", {"Accept": "image/png"}, None, False),
    ("GET", "/frameworks?x=1", {}, None, False), ("GET", "/frameworks", {"Authorization": "Bearer x"}, None, False),
    ("DELETE", "/frameworks/Django", {"If-Match": '"x"'}, None, True),
    ("GET", "/" + "x" * 5000, {}, None, False), ("GET", "/", {"X": "x" * 9000}, None, False),
    ("GET", "/docs.jsonld", {}, None, False), ("GET", "/openapi.json", {}, None, False),
    ("GET", "/docs", {}, None, False),
    ("GET", "/contexts/Framework", {}, None, False), ("GET", "/contexts/Nobody", {}, None, False),
    ("GET", "/schemas/Framework", {}, None, False),
    ("GET", "/problems/not-found", {}, None, False), ("GET", "/.well-known/api-catalog", {}, None, False),
    ("GET", "/health/live", {}, None, False),
    ("GET", "/health/ready", {}, None, False),
]  # fmt: skip


def answers(api: Served, key: str) -> Iterator[tuple[str, Answer]]:
    for method, target, headers, content, known in REQUESTS:
        answer = api.send(method, target, headers, content, key=key if known else None)
        yield f"{method} {target[:60]} {str(headers)[:60]}: {answer.status}", answer


def test_what_every_response_has(api: Served, key: str) -> None:
    ids = set()
    for name, answer in answers(api, key):
        fields = [field for field, _ in answer.headers]
        assert len(set(fields)) == len(fields), f"{name} repeats a field"
        assert answer["x-content-type-options"] == "nosniff", name
        assert parsedate_to_datetime(answer["date"]).year > 2000, name
        assert re.fullmatch(r"[^;,]+;dur=[\d.]+(, [^;,]+;dur=[\d.]+)*", answer["server-timing"]), name
        assert answer["x-request-id"], name
        ids.add(answer["x-request-id"])
        assert answer.get("cache-control"), name
        assert "set-cookie" not in fields, name
        assert answer.get("server") is None, name
        for _, value in answer.headers:
            assert "\r" not in value, name
            assert "\n" not in value, name
            value.encode("latin-1")
    assert len(ids) == len(REQUESTS)


def test_the_documentation_is_linked_literally_from_every_response(api: Served, key: str) -> None:
    """Contract, 4; 304 has what section 5 lists, and updates a response that has the link."""
    literal = f'<{BASE}/docs.jsonld>; rel="{API_DOCUMENTATION}"'
    for name, answer in answers(api, key):
        if answer.status == 304:
            continue
        assert literal in ", ".join(answer.all("link")), name
        assert answer.links(API_DOCUMENTATION), name


def test_lengths(api: Served, key: str) -> None:
    """RFC 9110, section 8.6: no Content-Length with 204; with 304 only that of 200."""
    for name, answer in answers(api, key):
        if answer.status == 204:
            assert answer.get("content-length") is None, name
            assert answer.get("content-type") is None, name
        elif answer.status != 304 and not name.startswith("HEAD"):
            assert answer["content-length"] == str(len(answer.body)), name
        assert answer.get("transfer-encoding") is None, name


def test_refusals_are_never_stored(api: Served, key: str) -> None:
    for name, answer in answers(api, key):
        if answer.status >= 400:
            assert answer["cache-control"] == "no-store", name


# Vary: all that can change an answer, and nothing that cannot.

PROBES: dict[str, list[str]] = {
    "Accept": [JSON, JSON_LD, "text/html", "image/png"],
    "Accept-Encoding": ["gzip", "identity;q=0"],
    "Accept-Language": ["de", "en"],
    "Prefer": ["count=none", "return=minimal", "handling=lenient", "return=representation"],
    "Origin": ["https://elsewhere.example"],
    "User-Agent": ["curl", "Mozilla/5.0"],
    "Cookie": ["a=b"],
    "X-Forwarded-Proto": ["https"],
    "Referer": ["https://elsewhere.example"],
}


@pytest.mark.parametrize(
    "target",
    ["/", "/frameworks", "/frameworks?limit=1", "/frameworks?unknown=1", "/frameworks/Flask",
    "/frameworks/Flask?fields=name", "/frameworks/Flask?unknown=1", "/frameworks/Nobody", "/nowhere",
    "/docs.jsonld", "/openapi.json", "/docs", "/contexts/Framework", "/schemas/Framework",
    "/problems/not-found", "/.well-known/api-catalog", "/health/live"],
)  # fmt: skip
def test_whatever_changes_an_answer_is_in_vary(api: Served, key: str, target: str) -> None:
    plain = api.send("GET", target)
    vary = {word.lower() for word in plain.words("vary")}
    for name, values in [*PROBES.items(), ("Authorization", [f"Bearer {key}"])]:
        for value in values:
            answer = api.send("GET", target, {name: value})
            if answer.lasting() != plain.lasting():
                assert name.lower() in vary, f"{name}: {value} changes {target}"


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/frameworks", {"accept", "authorization", "prefer"}),
        ("/frameworks?limit=1", {"accept", "authorization", "prefer"}),
        ("/frameworks/Flask", {"accept", "authorization"}),
    ],
)
def test_vary_is_exact(api: Served, key: str, target: str, expected: set[str]) -> None:
    for headers in (
        {},
        {"Accept": JSON},
        {"Authorization": f"Bearer {key}"},
        {"Prefer": "count=none"},
        {"If-None-Match": "*"},
    ):
        for method in ("GET", "HEAD"):
            answer = api.send(method, target, headers)
            words = [word.lower() for word in answer.words("vary")]
            assert sorted(words) == sorted(expected), headers


# Cache-Control, as declared.


def directives(answer: Answer) -> set[str]:
    return set(answer.words("cache-control"))


@pytest.mark.parametrize(
    "rule, expected",
    [
        (public(), "no-cache"),
        (public(max_age=60), "max-age=60"),
        (public(max_age=0), "max-age=0"),
        (public(max_age=60, s_maxage=600), "max-age=60, s-maxage=600"),
        (public(max_age=60, stale_while_revalidate=30), "max-age=60, stale-while-revalidate=30"),
        (public(max_age=60, must_revalidate=True), "max-age=60, must-revalidate, public"),
        (public(no_store=True), "no-store"),
    ],
    ids=str,
)
def test_caching_as_declared(rule: Any, expected: str) -> None:
    anonymous = set(expected.split(", "))
    with serving(frameworks(read=rule)) as api:
        key = api.key()
        for target in ("/frameworks", "/frameworks/Flask", "/frameworks?limit=1"):
            for method in ("GET", "HEAD"):
                found = directives(api.send(method, target))
                assert found | ({"public"} & anonymous) == anonymous
                mine = directives(api.send(method, target, key=key))
                assert mine == ({"no-store"} if anonymous == {"no-store"} else {"private", "no-cache"})
            fresh = api.send("GET", target)
            again = api.send("GET", target, {"If-None-Match": fresh["etag"]})
            assert (again.status, again["cache-control"]) == (304, fresh["cache-control"])


def test_what_a_scope_protects_is_private() -> None:
    with serving(frameworks(read=scope("frameworks"))) as api:
        key = api.key("frameworks:read")
        assert directives(api.send("GET", "/frameworks", key=key)) == {"private", "no-cache"}
    with serving(frameworks(read=scope("frameworks", max_age=10))) as api:
        assert directives(api.send("GET", "/frameworks", key=api.key("frameworks:read"))) == {"private", "max-age=10"}
    with serving(frameworks(read=scope("frameworks", no_store=True))) as api:
        assert directives(api.send("GET", "/frameworks", key=api.key("frameworks:read"))) == {"no-store"}


def test_answers_to_writes_are_not_fresh_for_others(api: Served, key: str) -> None:
    for method, target, content in (
        ("POST", "/frameworks", NEW),
        ("PUT", "/frameworks/New", {"created": 2021}),
        ("DELETE", "/frameworks/New", None),
    ):
        found = directives(api.send(method, target, content=content, key=key))
        assert found <= {"private", "no-cache", "no-store"}
        assert found & {"private", "no-store"}


# Request ids, and the log.


@pytest.mark.parametrize("request_id", ["abc", "a-b_c.d", "0123456789abcdef", "550e8400-e29b-41d4-a716-446655440000"])
def test_a_sane_request_id_is_taken_over(api: Served, request_id: str) -> None:
    for target in ("/frameworks/Flask", "/nowhere"):
        assert api.send("GET", target, {"X-Request-Id": request_id})["x-request-id"] == request_id


@pytest.mark.parametrize(
    "request_id",
    [
        "",
        " ",
        "a b",
        "a\tb",
        "x" * 300,
        "é",
        '"><script>',
        "a,b",
        "a;b",
        "${jndi:ldap://x}",
        "a\x00b",
        "a\\b",
        "\x7f",
    ],
)
def test_another_request_id_is_replaced(api: Served, request_id: str) -> None:
    found = api.send("GET", "/frameworks/Flask", {"X-Request-Id": request_id})["x-request-id"]
    assert found != request_id
    assert re.fullmatch(r"[\w.-]{1,128}", found, re.ASCII)


def test_one_line_for_each_request(api: Served, key: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "restwell.requests")
    answer = api.send("GET", "/frameworks?name=sesame&limit=3&x", {"X-Request-Id": "mine"}, key=key)
    [record] = [record for record in caplog.records if record.name == "restwell.requests"]
    line = json.loads(record.getMessage())
    assert (line["method"], line["path"], line["status"]) == ("GET", "/frameworks", answer.status)
    assert line["request_id"] == "mine"
    assert line["duration_ms"] >= 0
    assert "sesame" not in record.getMessage()
    assert "\n" not in record.getMessage()
    caplog.clear()
    for number, (_, answer) in enumerate(answers(api, key), 1):
        lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "restwell.requests"]
        assert len(lines) == number
        assert (lines[-1]["status"], lines[-1]["request_id"]) == (answer.status, answer["x-request-id"])


def test_a_path_cannot_forge_a_line(api: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "restwell.requests")
    api.send("GET", '/a%0A{"status":200}%0D%1B[31m')
    [record] = [record for record in caplog.records if record.name == "restwell.requests"]
    assert not re.search(r"[\x00-\x1f]", record.getMessage())


def test_a_location_goes_with_201_only(api: Served, key: str) -> None:
    for name, answer in answers(api, key):
        if answer.get("location"):
            assert answer.status == 201, name


def test_dates_are_those_of_http(api: Served) -> None:
    for name in ("date", "last-modified"):
        value = api.send("GET", "/frameworks/Flask")[name]
        assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", value)


def test_fields_of_an_answer_do_not_depend_on_the_names_case(api: Served, key: str) -> None:
    left = api.send("GET", "/frameworks/Flask", {"aCCept": JSON})
    assert {f for f in left.headers if f[0] not in PER_ANSWER} == {
        f for f in api.send("GET", "/frameworks/Flask", accept=JSON).headers if f[0] not in PER_ANSWER
    }
    assert is_problem(api.send("GET", "/frameworks", {"authorization": "Bearer x"}), 401)
