"""A refusal is a small document, whatever was sent."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.formats.problem import MAX_ERRORS, write_problem
from restwell.problems import FieldError, InvalidContent, NotFound, Problem, every_problem
from tests.api import Served, is_problem, serving
from tests.examples import BASE


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
@example("\ud800", [FieldError("\udfff", "\ud800", "")], "\ud800")
def test_a_refusal_is_at_most_4_kib(detail: str, errors: list[FieldError], instance: str) -> None:
    content = write_problem(InvalidContent(detail, errors=tuple(errors)), BASE, instance)
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
