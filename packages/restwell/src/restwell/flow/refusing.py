"""Refusals to responses: a problem as JSON, or as a page where HTML is preferred to every form of JSON."""

from __future__ import annotations

from ..http import problems
from ..http.accept import choose
from ..http.links import ROOM, Links, fitted, join
from ..http.masking import masked
from ..http.media_types import HTML, JSON, PROBLEM
from ..http.messages import Response
from ..http.origin import REMEDY
from ..http.problems import Problem
from ..representations.problem import PAGE, write_page, write_problem
from ..surface.addresses import collection_url, path_url
from ..surface.site import alternates, refusal_links
from .headers import NO_SNIFF, NO_STORE, fixed_links, refusal_headers, vary
from .permissions import linked_to, offered
from .phases import Asked
from .questions import accepted_content, brings_content, supported_methods


def refusal(x: Asked, problem: Problem) -> Response:
    """The response for a refusal: a page where HTML is preferred to every form of JSON."""
    base = x.base if x.base is not None else x.request.mount
    paged = _prefers_a_page(x)
    told, instance = _told(x, problem, base), x.request.mount + path_url(x.request.path)
    if paged:
        is_of_the_query = isinstance(problem, (problems.BadParameter, problems.BadCursor))
        plain = collection_url(base, x.resource) if is_of_the_query and x.kind == "collection" else None
        body = write_page(told, base, instance, plain)
    else:
        body = write_problem(told, base, instance)
    links = _refusal_links(x, problem, base)
    headers = (
        *(PAGE if paged else (("Content-Type", PROBLEM),)),
        NO_STORE,
        ("Vary", vary(x)),
        *((("Link", links),) if links else ()),
        NO_SNIFF,
        *problem.headers,
        *refusal_headers(x, problem),
        ("Content-Length", str(len(body))),
    )
    return Response(problem.status, headers, body)


def _prefers_a_page(x: Asked) -> bool:
    accept = x.headers.get("accept")
    if accept is None or "text/" not in accept.lower():
        return False
    # Whoever prefers a JSON of any kind to HTML can read a problem as well.
    return choose(accept, (PROBLEM, JSON, *offered(x))) == HTML


def _refusal_links(x: Asked, problem: Problem, base: str) -> str:
    fixed = fixed_links(base, linked_to(x), x.kind, inside=False)
    more = refusal_links(base)
    if isinstance(problem, problems.NotAcceptable):
        more += alternates(base + masked(path_url(x.request.path)), offered(x))
    return fitted(Links((*fixed.each, *more), f"{fixed.text}, {join(more)}"), ROOM)


def _told(x: Asked, problem: Problem, base: str) -> Problem:
    """The problem with a detail that says what to do here, where it has none yet."""
    if not problem.detail:
        if isinstance(problem, problems.MisdirectedRequest):
            problem.detail = f"The host that was asked for is not allowed here. {REMEDY}"
        elif isinstance(problem, problems.NotFound):
            problem.detail = f"Start at {base}/ and follow the links."
        elif isinstance(problem, problems.MethodNotAllowed):
            problem.detail = f"Use one of {', '.join(supported_methods(x))}."
        elif isinstance(problem, problems.NotAcceptable):
            problem.detail = f"Accept one of {', '.join(offered(x))}."
        elif isinstance(problem, problems.UnsupportedMediaType):
            lacking = "" if brings_content(x) else "The request has no content, and needs some. "
            taken = ", ".join(accepted_content(x))
            problem.detail = f"{lacking}Send one of {taken} in UTF-8, and say so in Content-Type."
    return problem
