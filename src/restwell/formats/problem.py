"""`application/problem+json` (RFC 9457): every refusal, and a Hydra error at the same time."""

from __future__ import annotations

import re
from typing import Any

from ..addresses import context_url, problem_url
from ..problems import Problem
from .json import dump

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20
MOST_BYTES = 4096
MOST_INSTANCE = 1500


def write_problem(problem: Problem, base: str, instance: str) -> bytes:
    """The problem document; `instance` is the path in its percent-encoded form. At most 4 KiB, whatever was sent."""
    errors = [
        {"pointer": _short(e.pointer), "detail": _short(e.detail), "code": _short(e.code, 60)}
        for e in problem.errors[:MOST_ERRORS]
    ]
    content = dump(_document(problem, base, instance, errors))
    while errors and len(content) > MOST_BYTES:
        errors.pop()
        content = dump(_document(problem, base, instance, errors))
    return content


def _document(problem: Problem, base: str, instance: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    left = len(problem.errors) - len(errors)
    detail = _short(problem.detail or problem.explanation, 500) + (f" (and {left} more errors)" if left else "")
    data: dict[str, Any] = {
        "@context": context_url(base, "Problem"),
        "@type": "Error",
        "type": problem_url(base, problem.slug()),
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": _reference(instance),
    }
    return data | {"errors": errors} if errors else data


def _reference(path: str) -> str:
    """The path; of one that is too long the beginning, up to a whole character."""
    return path if len(path) <= MOST_INSTANCE else re.sub(r"(?:%[0-9A-F]{0,2})+\Z", "", path[:MOST_INSTANCE])


def _short(text: str, most: int = 150) -> str:
    """The text, or its beginning, in so many bytes of JSON."""
    plain = text.encode("utf-8", "replace").decode()
    if len(dump(plain)) <= most + 2:
        return plain
    plain = plain[:most]
    while len(dump(plain)) > most:
        plain = plain[: len(plain) * 4 // 5]
    return f"{plain}…"
