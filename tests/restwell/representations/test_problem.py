"""A refusal is a small document, and a small page, whatever was sent."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.http.limits import MAX_ERRORS
from restwell.http.problems import FieldError, InvalidContent, NotFound, Problem, every_problem
from restwell.representations.html import STYLE
from restwell.representations.problem import write_page, write_problem
from restwell.surface.addresses import path_url
from tests.api import JSON, Answer, Served, is_problem, serving
from tests.examples import BASE
from tests.restwell.representations.test_html import links, parse, text_of


def written(problem: Problem, instance: str = "/frameworks") -> dict[str, object]:
    found: dict[str, object] = json.loads(write_problem(problem, BASE, instance))
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


@pytest.mark.parametrize("problem", every_problem(), ids=lambda problem: problem.slug())
def test_every_problem_has_its_type_and_says_what_to_do(problem: type[Problem]) -> None:
    document = written(problem())
    assert document == {
        "@context": f"{BASE}/contexts/Problem",
        "@type": "Error",
        "type": f"{BASE}/problems/{problem.slug()}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.explanation,
        "instance": "/frameworks",
    }


def test_a_detail_stands_for_the_explanation() -> None:
    assert written(NotFound("Start again."))["detail"] == "Start again."


def test_errors_say_where() -> None:
    errors = (FieldError("/name", "Is missing.", "missing"), FieldError("/a~1b", "Is wrong.", "wrong"))
    assert written(InvalidContent(errors=errors))["errors"] == [error._asdict() for error in errors]


texts = st.text(max_size=400)
everything = st.lists(st.builds(FieldError, texts, texts, texts), max_size=40)


@given(texts, everything, texts)
@example("x" * 10_000, [FieldError("/" + "\U0001f600" * 500, "\x00" * 500, "x" * 500)] * 1000, "/" + "ä" * 5000)
@example("\x00" * 500, [], "/" + "\x01" * 300)
@example('"' * 500, [FieldError('"' * 200, "\\" * 200, '"' * 60)] * 20, "\\" * 300)
@example("\ud800", [FieldError("\udfff", "\ud800", "")], "\udcff")
def test_a_refusal_is_at_most_4_kib(detail: str, errors: list[FieldError], instance: str) -> None:
    content = write_problem(InvalidContent(detail, errors=tuple(errors)), BASE, path_url(instance))
    assert len(content) <= 4096
    assert json.loads(content)["status"] == 422


@given(st.integers(0, 60), st.integers(1, 150))
def test_errors_that_are_left_out_are_counted(number: int, length: int) -> None:
    errors = tuple(FieldError(f"/{place}", "x" * length, "wrong") for place in range(number))
    document = json.loads(write_problem(InvalidContent("Correct it.", errors=errors), BASE, "/"))
    shown = document.get("errors", [])
    told = re.search(r"\(and (\d+) more errors\)", document["detail"])
    assert len(shown) <= MAX_ERRORS
    assert len(shown) + (int(told[1]) if told else 0) == number
    assert shown == [error._asdict() for error in errors][: len(shown)]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/nowhere/%C3%A4%20b", "/frameworks/%22%3E%3Cscript%3E", "/a%01%0Ab", "/%FF"]
)
def test_the_instance_is_a_reference_to_what_was_asked_for(served: Served, path: str) -> None:
    """RFC 9457, section 3.1.5: a URI reference, so that nothing in it stands unencoded that must not."""
    refusal = served.send("GET", path)
    assert is_problem(refusal, 404)
    assert re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", refusal.json()["instance"])


def test_a_refusal_repeats_no_credential_and_no_query(served: Served) -> None:
    for target in ("/frameworks?nobody=secret", "/frameworks/Flask?nobody=secret", "/nowhere?x=secret"):
        refusal = served.send("GET", target, {"Authorization": "Bearer rw_secret"})
        assert b"secret" not in refusal.body


# The page.

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SAME_OF_BOTH = [
    "allow",
    "www-authenticate",
    "retry-after",
    "accept-post",
    "accept-patch",
    "link",
    "vary",
    "cache-control",
    "x-content-type-options",
]
REFUSED: list[tuple[str, str, dict[str, str], Any]] = [
    ("GET", "/frameworks/Nobody", {}, None),
    ("GET", "/nowhere/<b>", {}, None),
    ("GET", "/frameworks?nobody=1", {}, None),
    ("POST", "/frameworks", {}, {"name": "New"}),
    ("DELETE", "/frameworks", {}, None),
    ("DELETE", "/frameworks/Flask", {}, None),
    ("GET", "/frameworks", {"Authorization": "Bearer rw_wrong"}, None),
    ("GET", "/frameworks", {"Host": "elsewhere.example"}, None),
    ("GET", "/frameworks", {"If-Match": '"x"'}, None),
    ("BREW", "/frameworks", {}, None),
    ("GET", "/" + "x" * 5000, {}, None),
    ("GET", "/", {"X": "x" * 9000}, None),
]


def refusals(served: Served, accept: str, method: str, target: str, headers: dict[str, str], content: Any) -> Answer:
    environ = {"HTTP_HOST": headers["Host"]} if "Host" in headers else {}
    return served.send(method, target, headers, content, accept=accept, environ=environ)


@pytest.mark.parametrize(
    "request_", REFUSED, ids=[f"{each[0]} {each[1][:30]} {'/'.join(each[2])}" for each in REFUSED]
)
def test_a_refusal_is_a_page_for_people_with_the_same_status_and_fields(served: Served, request_: Any) -> None:
    problem = refusals(served, JSON, *request_)
    page = refusals(served, BROWSER, *request_)
    assert is_problem(problem, problem.status)
    assert page["content-type"] == "text/html; charset=utf-8"
    assert page.status == problem.status
    assert [page.all(name) for name in SAME_OF_BOTH] == [problem.all(name) for name in SAME_OF_BOTH]
    assert "default-src 'none'" in page["content-security-policy"]
    assert page["referrer-policy"] == "no-referrer"
    assert page["content-length"] == str(len(page.body))
    document, tree = problem.json(), parse(page.body.decode())
    assert text_of(tree.find(".//title")) == f"{problem.status} {document['title']}"
    assert text_of(tree.find(".//h1")) == document["title"]
    assert document["detail"].replace("`", "") in text_of(tree.find(".//main"))
    assert document["type"] in links(tree)
    assert len(page.body) <= 32 * 1024


def test_head_of_a_refusal_is_its_page_without_the_page(served: Served) -> None:
    page, head = (served.send(method, "/nowhere", accept=BROWSER) for method in ("GET", "HEAD"))
    assert (head.status, head.body, head["content-length"]) == (404, b"", str(len(page.body)))
    assert head["content-type"] == page["content-type"]


def test_a_page_leads_to_the_entry_point_and_says_how_to_authenticate(served: Served) -> None:
    tree = parse(served.send("POST", "/frameworks", content={"name": "x"}, accept=BROWSER).body.decode())
    assert "http://localhost/" in links(tree)
    assert "Authorization: Bearer KEY" in text_of(tree.find(".//main"))


def test_a_page_lists_every_error_with_its_pointer(served: Served) -> None:
    content = {"name": "New", "created": 1, "<b>": 1}
    headers = {"Authorization": f"Bearer {served.key()}"}
    asked = ("POST", "/frameworks", headers, content)
    problem, page = (refusals(served, accept, *asked) for accept in (JSON, BROWSER))
    tree = parse(page.body.decode())
    assert problem.status == 422
    assert [text_of(found) for found in tree.iterfind(".//dl/div/dt")] == [
        e["pointer"] for e in problem.json()["errors"]
    ]
    for error in problem.json()["errors"]:
        assert error["detail"] in text_of(tree.find(".//main/dl"))


@given(texts, everything, texts)
@example("<script>alert(1)</script>", [FieldError("<b>", "&amp;<i>", '">')], '/"><script>')
@example("\x00" * 500, [FieldError("\x00" * 500, "&" * 500, "\x01")] * 1000, "/" + "\x01" * 300)
@example("\ud800`", [FieldError("\udfff", "\ud800", "")], "\udcff")
def test_a_page_is_html_of_at_most_32_kib_whatever_was_sent(detail: str, errors: list[FieldError], path: str) -> None:
    content = write_page(InvalidContent(detail, errors=tuple(errors)), BASE, path_url(path))
    assert len(content) <= 32 * 1024
    tree = parse(content.decode())
    assert list(tree.iter("script")) == []
    assert [text_of(style) for style in tree.iter("style")] == [STYLE]
    assert len(list(tree.iterfind(".//main/dl/div"))) <= MAX_ERRORS


@pytest.mark.parametrize("problem", every_problem(), ids=lambda problem: problem.slug())
def test_every_problem_has_a_page(problem: type[Problem]) -> None:
    tree = parse(write_page(problem(), BASE, "/frameworks").decode())
    assert text_of(tree.find(".//h1")) == problem.title
    main = text_of(tree.find(".//main"))
    assert main.count(problem.explanation.replace("`", "")) == 1
