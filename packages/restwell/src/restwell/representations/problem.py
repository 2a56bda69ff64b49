"""Refusals: `application/problem+json` (RFC 9457), a Hydra error at the same time; and a page for people."""

from __future__ import annotations

import re
from typing import Any

from ..http.limits import MAX_ERRORS
from ..http.masking import masked
from ..http.media_types import PROBLEM
from ..http.messages import Headers
from ..http.problems import Problem
from ..surface.addresses import context_url, problem_url
from ..surface.site import description_links
from .html import Html, fit, templates
from .json import dump

PAGE: Headers = (("Content-Type", Html.content_type), *Html.headers)
"""The header fields that a page brings with it."""
MAX_BYTES = 4096
MAX_INSTANCE = 1500


def write_problem(problem: Problem, base: str, instance: str) -> bytes:
    """The problem document; `instance` is the path in its percent-encoded form. At most 4 KiB, whatever was sent."""
    return dump(_bounded(problem, base, instance))


def write_page(problem: Problem, base: str, instance: str, plain: str | None = None) -> bytes:
    """The same for people, with what can be done next. At most 32 KiB, since it says no more.

    `plain` is the URL of the same without the query that was refused.
    """
    document = _bounded(problem, base, instance)
    page = templates().get_template("refusal.html")
    return fit(
        page.render(
            base=base,
            canonical=None,
            links=(),
            descriptions=description_links(base, None),
            others=[PROBLEM],
            problem=document,
            errors=document.get("errors", ()),
            explanation=problem.explanation,
            plain=plain,
        )
    )


def _bounded(problem: Problem, base: str, instance: str) -> dict[str, Any]:
    errors = [
        {"pointer": _short(e.pointer), "detail": _short(e.detail, 300), "code": _short(e.code, 60)}
        for e in problem.errors[:MAX_ERRORS]
    ]
    document = _document(problem, base, instance, errors)
    while errors and len(dump(document)) > MAX_BYTES:
        errors.pop()
        document = _document(problem, base, instance, errors)
    return document


def _document(problem: Problem, base: str, instance: str, errors: list[dict[str, str]]) -> dict[str, Any]:
    left = len(problem.errors) - len(errors) + problem.more
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
    if errors:
        data["errors"] = errors
    if violations := [_violation(each) for each in errors if each["pointer"].startswith("/")]:
        data["violations"] = violations
    return data


def _violation(error: dict[str, str]) -> dict[str, str]:
    """What is wrong with a member, as clients of API Platform look for it: by a path, `places[0].name`."""
    parts = [each.replace("~1", "/").replace("~0", "~") for each in error["pointer"][1:].split("/")]
    path = "".join(f"[{each}]" if each.isdecimal() else f".{each}" for each in parts)
    return {"propertyPath": path.removeprefix("."), "message": error["detail"]}


def _reference(path: str) -> str:
    """The path without keys; of one that is too long the beginning, up to a whole character."""
    path = masked(path)
    return path if len(path) <= MAX_INSTANCE else re.sub(r"(?:%[0-9A-F]{0,2})+\Z", "", path[:MAX_INSTANCE])


def _short(text: str, most: int = 150) -> str:
    """The text, or its beginning, in so many bytes of JSON."""
    plain = masked(text.encode("utf-8", "replace").decode())
    if len(dump(plain)) <= most + 2:
        return plain
    plain = plain[:most]
    while len(dump(plain)) > most:
        plain = plain[: len(plain) * 4 // 5]
    return f"{plain}…"
