"""The page behind each problem's type: what happened and what to do, as RFC 9457 asks for (section 3.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..http.problems import Problem, every_problem
from ..model.resource import Declaration
from ..surface.addresses import context_url, kinds_of, problem_url


def problems_by_slug(declarations: Sequence[Declaration]) -> dict[str, type[Problem]]:
    """Every class of problem by the name in its type URI, the root and the application's own among them."""
    every: list[type[Problem]] = [Problem, *every_problem(), *kinds_of(declarations)]
    return {problem.slug(): problem for problem in every}


def problem_type(slug: str, declarations: Sequence[Declaration], base: str) -> dict[str, Any] | None:
    """The type of that name as a class of Hydra errors; None without one."""
    problem = problems_by_slug(declarations).get(slug)
    if problem is None:
        return None
    broader = problem.__mro__[1]
    return {
        "@context": context_url(base, "Vocabulary"),
        "@id": problem_url(base, slug),
        "@type": "Class",
        "title": problem.title,
        "statusCode": problem.status,
        "description": problem.explanation,
        "subClassOf": problem_url(base, broader.slug()) if issubclass(broader, Problem) else "hydra:Error",
        "seeAlso": rfc_url(problem.section),
    }


def rfc_url(section: str) -> str:
    """The URL of a section of an RFC, which is written like `RFC 9110, section 15.5.13`."""
    rfc, _, number = section.removeprefix("RFC ").partition(", section ")
    return f"https://www.rfc-editor.org/rfc/rfc{rfc}#section-{number}"
