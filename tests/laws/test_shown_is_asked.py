"""What is shown of what a collection can be asked for works, and whatever else is asked of its members is refused.

For every caller: each parameter that OpenAPI lists, each variable of the templates of JSON-LD and HAL, each option of
the form on a page and each head of its table that sorts; none of them names a member that the caller may not read.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from tests.api import BASE, HAL, HAL_FORMS, JSON, JSON_LD, Answer, Served

from .documents import CALLERS, HTML, IDENTITY, MEMBERS, ROWS, check_bytes, may_read, may_read_always, send
from .showing import addresses_in, controls_of, page_of, text_of, ways_to_fill

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("who", CALLERS)]
PAGING = {"limit", "after", "page", "itemsPerPage"}
"""Parameters that name no member."""
FORMS = (
    "{}=1", "{}[eq]=1", "{}[ne]=1", "{}[gte]=1", "{}[lt]=1", "{}[in]=1", "{}[contains]=1", "{}[icontains]=1",
    "{}[starts]=1", "{}[exists]=true", "sort={}", "sort=-{}", "fields={}", "order[{}]=asc", "{}[between]=1..2",
    "exists[{}]=true", "{}[0]=1",
)  # fmt: skip
"""How a query may name a member, here and as clients of API Platform do."""


def parameters_of(served: Served, who: str, slug: str, *, item: bool = False) -> dict[str, dict[str, Any]]:
    """The parameters of the query that OpenAPI lists, by name, with their schemas; none where it has no such path."""
    paths = send(served, who, "GET", "/openapi.json").json()["paths"]
    path = f"/{slug}/{{{IDENTITY[slug]}}}" if item else f"/{slug}"
    listed = paths.get(path, {}).get("get", {}).get("parameters", ())
    return {each["name"]: each["schema"] for each in listed if each.get("in") == "query"}


def values_for(schema: dict[str, Any]) -> list[str]:
    """Every value that a parameter lists, or one that it takes."""
    if "enum" in schema:
        return list(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return values_for(schema["items"])
    if ".." in schema.get("pattern", "").replace("\\", ""):
        return ["1..2"]
    return ["true"] if schema.get("type") == "boolean" else [str(max(1, schema.get("minimum", 1)))]


def named_in(parameter: str, value: str, members: tuple[str, ...]) -> set[str]:
    """The members of a resource that a parameter with a value names."""
    words = re.split(r"[\[\],]", parameter)
    words += re.split(r"[,-]", value) if parameter in {"sort", "fields"} else []
    return set(words) & set(members)


def ask(served: Served, who: str, target: str, accept: str = JSON) -> Answer:
    answer = send(served, who, "GET", target, accept=accept)
    check_bytes(who, answer)
    return answer


def may_see_a_page(served: Served, who: str, slug: str) -> bool:
    return ask(served, who, f"/{slug}").status == 200


def test_every_parameter_that_is_described_works_and_names_what_the_caller_may_read(
    documents: Served, who: str
) -> None:
    for slug, members in MEMBERS.items():
        for item in (False, True):
            described = parameters_of(documents, who, slug, item=item)
            # Of one item a member may be picked that is there with every item alone, as of all of them.
            assert not item or set(described) <= {"fields"}
            target = f"/{slug}/{ROWS[slug][-1][IDENTITY[slug]]}" if item else f"/{slug}"
            can_ask = ask(documents, who, target).status == 200
            for name, schema in described.items():
                for value in values_for(schema) if name != "after" else ():
                    assert all(may_read_always(who, slug, each) for each in named_in(name, value, members)), (
                        who, slug, name, value,
                    )  # fmt: skip
                    answer = ask(documents, who, f"{target}?{urlencode({name: value})}")
                    assert (answer.status == 200) is can_ask, (who, target, name, value, answer.body)


def test_no_query_names_a_member_otherwise_than_is_described(documents: Served, who: str) -> None:
    for slug in ROWS:
        if not may_see_a_page(documents, who, slug):
            continue
        described = parameters_of(documents, who, slug)
        for member in {name for names in MEMBERS.values() for name in names}:
            for form in FORMS:
                name, _, value = form.format(member).partition("=")
                is_described = name in described and (
                    name not in {"sort", "fields"} or value in values_for(described[name])
                )
                answer = ask(documents, who, f"/{slug}?{urlencode({name: value})}")
                # The value may be none of a choice, and an index has no end, so that none is listed.
                told = (answer.status, *(each["code"] for each in answer.json().get("errors", ())))
                unlisted = name.endswith("[0]") and f"{member}[in]" in described
                works = {(200,), (400, "invalid")} if is_described or unlisted else {(400, "unknown_parameter")}
                of_several = {(400, "invalid")} if name in {"sort", "fields"} else set()
                assert told in works | of_several, (who, slug, name, value, answer.body)
                if name in {"sort", "fields"}:
                    assert (answer.status == 200) is is_described, (who, slug, name, value)


@pytest.mark.parametrize("accept", [JSON_LD, HAL, HAL_FORMS])
def test_every_variable_of_a_template_is_described(documents: Served, who: str, accept: str) -> None:
    for slug in ROWS:
        page = ask(documents, who, f"/{slug}", accept)
        if page.status != 200:
            continue
        node = page.json()
        template = node["search"]["template"] if accept == JSON_LD else node["_links"]["search"]["href"]
        start, _, names = template.removesuffix("}").partition("{?")
        assert start == f"{BASE}/{slug}"
        described = parameters_of(documents, who, slug)
        variables = [unquote(name) for name in names.split(",")]
        assert set(variables) <= described.keys(), (who, slug)
        if accept == JSON_LD:
            assert {unquote(each["variable"]) for each in node["search"]["mapping"]} == set(variables)
        filters = {name for name in described if "[" not in name} - PAGING - {"sort", "fields"}
        assert filters <= set(variables), (who, slug)


def test_every_option_of_a_form_leads_to_a_page(documents: Served, who: str) -> None:
    for slug in ROWS:
        first = ask(documents, who, f"/{slug}", HTML)
        if first.status != 200:
            continue
        described, offered = parameters_of(documents, who, slug), set[str]()
        [form] = page_of(first).iter("form")
        for pairs in ways_to_fill(controls_of(form)):
            led = ask(documents, who, f"/{slug}?{urlencode(pairs)}", HTML)
            assert led.status == 303, (who, slug, pairs)
            place = led["location"]
            assert ask(documents, who, place, HTML).status == 200, (who, place)
            for parameter in unquote(place.partition("?")[2]).split("&"):
                name, _, value = parameter.partition("=")
                assert not name or name in described, (who, place)
                offered |= named_in(name, value, MEMBERS[slug])
        assert offered == named_in(",".join(described), "", MEMBERS[slug]), (who, slug)


def test_every_head_that_sorts_and_every_part_of_a_query_leads_to_a_page(documents: Served, who: str) -> None:
    for slug in ROWS:
        for query in ("", "?limit=1", f"?sort=-{IDENTITY[slug]}", f"?fields={IDENTITY[slug]}&limit=2"):
            answer = ask(documents, who, f"/{slug}{query}", HTML)
            if answer.status != 200:
                continue
            page = page_of(answer)
            columns = {text_of(each) for each in page.iterfind(".//thead/tr/th")}
            for name in columns:  # of which each is there for some item at least
                theirs = any(may_read(who, slug, row, name) for row in ROWS[slug])
                assert theirs or may_read_always(who, slug, name), (who, slug, name)
            sorting = {text_of(each) for each in page.iterfind(".//thead/tr/th/a")}
            assert all(may_read_always(who, slug, name) for name in sorting), (who, slug, sorting)
            queries = {url for url in addresses_in(page) if url.startswith(f"{BASE}/{slug}?")}
            assert len(queries) > 1 or slug == "complaints"
            for url in queries:
                assert ask(documents, who, url, HTML).status == 200, (who, url)
