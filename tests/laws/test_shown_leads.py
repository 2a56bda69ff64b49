"""Whoever follows links is never refused, and comes to all that they may read: from the entry point, in every format.

Links are those in the Link field, of HAL, of JSON-LD and of pages; forms and templates are walked by other laws.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api import BASE, JSON, JSON_LD, Answer, Served

from .documents import (
    CALLERS,
    EVERY_OWN,
    FORMATS,
    HTML,
    NAMES,
    ROWS,
    check_bytes,
    items,
    may_meet,
    send,
)
from .showing import addresses_in, page_of

CLASSES = re.compile(rf"{BASE}/docs\.jsonld#[A-Za-z0-9./_-]+")
"""What names a class or a property of the vocabulary."""
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("who", CALLERS)]


def links_of(answer: Answer) -> Iterator[str]:
    """Every URL of the API that an answer leads to, without what operations of the application's own are at."""
    found = [link.target for link in answer.links()]
    kind = answer.get("content-type") or ""
    if kind.startswith(HTML):
        found += addresses_in(page_of(answer))
    elif "json" in kind:
        found += strings_in(answer.json())
    for url in found:
        if url.startswith(BASE) and "{" not in url and url.rpartition("/")[2] not in EVERY_OWN:
            yield url


def strings_in(node: Any) -> Iterator[str]:
    """Every text of a document that is a URL, but for those of classes and properties, which name and do not lead."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in {"@type", "expects", "returns", "property", "operation", "domain", "range"}:
                yield from strings_in(value)
    elif isinstance(node, list):
        for each in node:
            yield from strings_in(each)
    elif isinstance(node, str) and node.startswith(BASE):
        yield node


def is_open(served: Served, who: str, method: str, collection: str) -> bool:
    """Whether somebody may do this at a collection, were it with other content."""
    return send(served, who, method, collection, content={}).status not in {401, 403, 404, 405}


def follow(served: Served, who: str, accept: str) -> dict[str, Answer]:
    """Every address that links lead somebody to who begins at the entry point, with what is answered there."""
    found: dict[str, Answer] = {}
    waiting = [f"{BASE}/"]
    while waiting:
        url = waiting.pop().partition("#")[0]
        if url not in found:
            # What describes the API comes in what it is in; what has no such format, in any.
            found[url] = send(served, who, "GET", url, accept=f"{accept}, */*;q=0.1")
            assert found[url].status == 200 or is_open(served, who, "POST", url), (who, accept, url)
            check_bytes(who, found[url])
            is_read = url.partition("?")[0].removeprefix(BASE).split("/")[1] in {"", *ROWS}
            waiting += links_of(found[url]) if is_read else ()
    return found


@pytest.mark.parametrize("accept", FORMATS)
def test_whoever_follows_links_comes_to_all_that_they_may_read_and_is_not_refused(
    documents_here: Served, who: str, accept: str
) -> None:
    met = follow(documents_here, who, accept)
    found = {url.removeprefix(BASE) for url in met}
    there = {target for slug, target, row in items() if may_meet(who, slug, row)}
    every = {target for _, target, _ in items()}
    # Plain JSON links to each item of a page; HAL and JSON-LD name each.
    assert found & every == there
    readable = {slug for slug in ROWS if send(documents_here, who, "GET", f"/{slug}").status == 200}
    usable = {slug for slug in ROWS if slug in readable or is_open(documents_here, who, "POST", f"/{slug}")}
    assert {slug for slug in ROWS if f"/{slug}" in found} == usable
    assert {"/openapi.json", "/docs"} <= found
    vocabulary = send(documents_here, who, "GET", "/docs.jsonld", accept=JSON_LD).body.decode()
    for answer in met.values():  # be it as the class of what an operation takes
        for url in CLASSES.findall(answer.body.decode() + str(answer.headers)):
            assert f'"@id":"{url}"' in vocabulary, (who, url)


def test_every_format_of_the_entry_point_links_to_the_same_collections(documents_here: Served, who: str) -> None:
    linked = {}
    for accept in FORMATS:
        entry = send(documents_here, who, "GET", "/", accept=accept)
        linked[accept] = {url.removeprefix(f"{BASE}/") for url in links_of(entry)} & ROWS.keys()
    assert len({frozenset(each) for each in linked.values()}) == 1, linked
    for slug in ROWS:
        can_be_used = any(is_open(documents_here, who, method, f"/{slug}") for method in ("GET", "POST"))
        assert (slug in linked[JSON]) is can_be_used, (who, slug)


def test_a_refusal_links_to_nothing_that_there_is_not_for_the_caller(documents_here: Served, who: str) -> None:
    led: dict[str, int] = {}
    for slug in ROWS:
        known = send(documents_here, who, "GET", f"/schemas/{NAMES[slug]}").status == 200
        for target in (f"/{slug}", f"/{slug}/never-was", *(place for each, place, _ in items() if each == slug)):
            for method in ("GET", "PUT", "DELETE", "QUERY", "OPTIONS"):
                for accept in (JSON, HTML):
                    answer = send(documents_here, who, method, target, accept=accept, content=[])
                    for url in links_of(answer):
                        if url not in led:
                            led[url] = send(documents_here, who, "GET", url, accept="*/*").status
                        # The address that was asked is below a collection, whether that may be read or not.
                        is_above = url == f"{BASE}/{slug}" and led[url] in {401, 403}
                        assert led[url] == 200 or is_above or url == BASE + target, (who, method, target, url)
                    told = answer.body.decode() + str(answer.headers)
                    assert known or not re.search(rf"\b{NAMES[slug]}\b", told), (who, method, target)
