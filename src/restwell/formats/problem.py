"""`application/problem+json` (RFC 9457): every refusal, and a Hydra error at the same time."""

from __future__ import annotations

from typing import Any

from ..addresses import context_url, problem_url
from ..problems import Problem
from .json import dump

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20
MOST_TEXT = 150


def write_problem(problem: Problem, base: str, instance: str) -> bytes:
    """The problem document; `instance` is the path of the request. At most 4 KiB, whatever was sent."""
    data: dict[str, Any] = {
        "@context": context_url(base, "Problem"),
        "@type": "Error",
        "type": problem_url(base, problem.slug()),
        "title": problem.title,
        "status": problem.status,
        "detail": _short(problem.detail or problem.explanation, 500),
        "instance": _short(instance, 300),
    }
    errors = [
        {"pointer": _short(e.pointer), "detail": _short(e.detail), "code": _short(e.code, 60)} for e in problem.errors
    ]
    if errors:
        data["errors"] = errors[:MOST_ERRORS]
        if len(errors) > MOST_ERRORS:
            data["detail"] += f" (and {len(errors) - MOST_ERRORS} more errors)"
    return _within(data, 4096)


def _within(data: dict[str, Any], size: int) -> bytes:
    """Leave the last errors out until the document fits."""
    content = dump(data)
    while len(content) > size and data.get("errors"):
        data["errors"] = data["errors"][: len(data["errors"]) // 2]
        content = dump(data)
    return content


def _short(text: str, most: int = MOST_TEXT) -> str:
    plain = text.encode("utf-8", "replace").decode()
    return plain if len(plain) <= most else plain[: most - 1] + "…"
