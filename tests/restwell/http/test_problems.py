"""The catalogue of refusals is complete, and its page tells the truth about it."""

import ast
import inspect
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from restwell.flow.decisions import TABLE, RefuseWith, exits
from restwell.flow.store_errors import PROBLEMS
from restwell.http import problems
from restwell.http.problems import FieldError, Problem, every_problem

SOURCES = Path(problems.__file__).parents[1]
EVERY = every_problem()
GROUPS = {"Problem", "BadRequest", "Forbidden", "ServerError"}
"""Classes that others stand for, or that stand for what was not foreseen."""


def names(classes: list[type[Problem]]) -> list[str]:
    return [each.__name__ for each in classes]


@pytest.mark.parametrize("problem", EVERY, ids=names(EVERY))
def test_every_problem_says_what_it_is(problem: type[Problem]) -> None:
    assert HTTPStatus(problem.status) >= 400
    assert re.fullmatch(r"[A-Z][^.]+[^.\s]", problem.title)
    assert re.fullmatch(r"RFC \d{4}, section \d+(\.\d+)*", problem.section)
    assert problem.explanation.endswith(".")
    assert len(problem.explanation) < 300


@pytest.mark.parametrize("problem", EVERY, ids=names(EVERY))
def test_every_problem_is_told_from_the_one_that_it_refines(problem: type[Problem]) -> None:
    parent = problem.__mro__[1]
    assert issubclass(parent, Problem)
    if parent is not Problem:
        assert problem.status // 100 == parent.status // 100
        assert "title" in vars(problem) or problem.__name__ == "ServerError"


def test_slugs_are_unique_and_made_of_words() -> None:
    slugs = [problem.slug() for problem in EVERY]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in slugs)
    assert problems.PreconditionFailed.slug() == "precondition-failed"


def test_titles_are_unique_but_for_the_unforeseen() -> None:
    titles = [problem.title for problem in EVERY]
    assert len(set(titles)) == len(titles)


def drawn_tree() -> dict[str, tuple[int, str]]:
    """The tree in the module's docstring: for each name its status and the name of its parent."""
    found: dict[str, tuple[int, str]] = {}
    for branch in re.findall(r"[├└]── (.*)", inspect.getdoc(problems) or ""):
        heads, _, leaves = branch.partition(" ── ")
        found |= {name: (int(status), "Problem") for name, status in re.findall(r"([A-Z]\w+) (\d{3})", heads)}
        [parent, status] = heads.split()[:2]
        for name, own in re.findall(r"([A-Z]\w+)(?: (\d{3}))?", leaves):
            found[name] = (int(own or status), parent)
    return found


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    real = {problem.__name__: (problem.status, problem.__mro__[1].__name__) for problem in EVERY}
    assert drawn_tree() == real


def raised_names() -> set[str]:
    """The names of classes that a module raises or makes, an ending refuses with, or an error of the store is."""
    found = {problem.__name__ for place in range(len(TABLE)) for problem in of_row(place)}
    found |= {problem.__name__ for problem in PROBLEMS.values()}
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                found.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
    return found


def of_row(place: int) -> list[type[Problem]]:
    return [problem for way in exits(place) if isinstance(way, RefuseWith) for problem in way.problems]


def test_every_problem_is_raised_somewhere() -> None:
    assert set(names(EVERY)) - raised_names() - GROUPS == set()


def test_a_problem_carries_what_is_wrong_and_is_read_by_its_detail() -> None:
    error = FieldError("/name", "Is missing.", "missing")
    problem = problems.InvalidContent("Mend it.", errors=(error,), headers=(("Retry-After", "1"),))
    assert (str(problem), problem.errors, problem.headers) == ("Mend it.", (error,), (("Retry-After", "1"),))


def test_a_problem_without_a_detail_is_read_by_its_title() -> None:
    assert str(problems.NotFound()) == problems.NotFound.title
    assert problems.NotFound().detail == ""
