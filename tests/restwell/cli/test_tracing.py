"""restwell trace: the decisions of a request, and nothing changed."""

import json

import pytest

from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, Ran, Run, Write


@pytest.fixture
def trace(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell trace`."""
    app = write()

    def command(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return command


def test_each_decision_has_a_line_and_the_ending_the_last(trace: Run) -> None:
    ran = trace("trace", "GET", "/books/Emma?fields=title")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[:2] == ["done   find what is addressed", "yes    is the service available?"]
    assert "done   look up" in lines
    assert lines[-1].split() == ["->", "representation"]


@pytest.mark.parametrize(
    "arguments, ending",
    [
        (("GET", "/books/None"), "404 not-found"),
        (("GET", "/books?nonsense=1"), "400"),
        (("BREW", "/books"), "501"),
        (("DELETE", "/books/Emma"), "401 unauthorized"),
        (("GET", "/books", "-H", "Accept: image/png"), "406"),
        (("GET", "/books", "-H", "Host: elsewhere.example"), "421"),
        (("GET", "/books/Emma", "-H", "If-None-Match: *"), "not modified"),
    ],
)
@shows("restwell trace", "method", "path", "headers")
def test_a_refusal_is_the_ending(arguments: tuple[str, ...], ending: str, trace: Run) -> None:
    assert ending in trace("trace", *arguments).out.splitlines()[-1]


@shows("restwell trace", "data")
def test_a_change_is_not_made(trace: Run) -> None:
    key = trace("keys", "create", "me", "--scope", "books:write").out.strip()
    credential = ("-H", f"Authorization: Bearer {key}")
    ran = trace("trace", "PUT", "/books/Persuasion", "-d", '{"year": 1817}', *credential)
    assert ran.out.splitlines()[-1] == "would  carry out"
    ran = trace("trace", "DELETE", "/books/Emma", *credential)
    assert ran.out.splitlines()[-1] == "would  carry out"
    rows = trace("export", "books").out
    assert "Emma" in rows
    assert "Persuasion" not in rows


def test_no_use_of_a_key_is_noted(trace: Run) -> None:
    key = trace("keys", "create", "me", "--scope", "books:write").out.strip()
    assert "401" not in trace("trace", "DELETE", "/books/Emma", "-H", f"Authorization: Bearer {key}").out
    [record] = json.loads(trace("keys", "list", "--format", "json").out)
    assert record["used"] is None


@shows("restwell trace", "form")
def test_the_same_as_json(trace: Run) -> None:
    told = json.loads(trace("trace", "GET", "/books/None", "--format", "json").out)
    assert told["ending"] == "404 not-found"
    assert {"question": "does it exist?", "answer": False} in told["steps"]


def test_a_field_that_is_none_is_refused(trace: Run) -> None:
    assert trace("trace", "GET", "/books", "-H", "nonsense").code == 2


def test_a_path_below_a_prefix(run: Run, write: Write) -> None:
    app = write(BOOKS.replace("Api(app)", "Api(app, url_prefix='/api')"))
    options = ("--app", app, "--database", "sqlite://")
    assert "representation" in run("trace", "GET", "/api/books/Emma", *options).out
    ran = run("trace", "GET", "/books/Emma", *options)
    assert ran.code == 2
    assert "begin it with /api" in ran.err


def test_a_step_that_is_refused_fails(trace: Run) -> None:
    lines = trace("trace", "GET", "/books", "-H", "Accept: image/png").out.splitlines()
    assert lines[-2] == "fails  choose a representation"
    assert "done   identify the caller" in lines
