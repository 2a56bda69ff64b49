"""Links: every one that can be reached from the entry point answers, and says what it is."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.api import BASE, JSON, JSON_LD, Answer, Served, frameworks, is_problem, samples, serving

TYPES = [JSON_LD, JSON, "text/html", "application/hal+json", "application/prs.hal-forms+json"]
IGNORED = {"template", "href-template"}


class Anchors(HTMLParser):
    """Every address in a page that a person or a browser would follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]


def strings(value: Any, name: str = "") -> Iterator[str]:
    """Every text in a JSON document that could be a link."""
    if isinstance(value, dict):
        if value.get("templated"):
            return
        for key, inner in value.items():
            if key not in IGNORED:
                yield from strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, name)
    elif isinstance(value, str) and value.startswith(BASE) and "{" not in value:
        yield value


def links_of(answer: Answer) -> set[str]:
    found = {link.target for link in answer.links()}
    found |= {answer[name] for name in ("location", "content-location") if answer.get(name)}
    kind = (answer.get("content-type") or "").partition(";")[0]
    if kind == "text/html":
        anchors = Anchors()
        anchors.feed(answer.body.decode())
        found |= {
            BASE + href if href.startswith("/") and not href.startswith("//") else href for href in anchors.found
        }
    elif "json" in kind and answer.body:
        found |= set(strings(answer.json()))
    return {target for target in found if target.startswith(BASE)}


def crawl(api: Served, key: str | None, accept: str | None) -> dict[str, Answer]:
    """Every address that can be reached from `/`, with its answer."""
    waiting, seen = [f"{BASE}/"], {}
    while waiting:
        target = waiting.pop().partition("#")[0]
        if target in seen:
            continue
        answer = api.send("GET", target, accept=accept, key=key)
        if answer.status == 406:  # one document in one type
            answer = api.send("GET", target, key=key)
        seen[target] = answer
        assert len(seen) < 2000
        waiting += sorted(links_of(answer))
    return seen


@pytest.fixture(params=[False, True], ids=["anonymous", "with a key"])
def caller(request: pytest.FixtureRequest) -> Iterator[tuple[Served, str | None]]:
    with serving(frameworks(), samples(initial=[{"number": number} for number in range(3)])) as api:
        yield api, api.key("frameworks:write", "samples:write") if request.param else None


@pytest.mark.parametrize("accept", [f"{kind}, */*;q=0.1" for kind in TYPES])
def test_no_link_is_dead(caller: tuple[Served, str | None], accept: str) -> None:
    api, key = caller
    seen = crawl(api, key, accept)
    assert {target: answer.status for target, answer in seen.items() if answer.status != 200} == {}
    for path in (
        "/",
        "/frameworks",
        "/frameworks/Flask",
        "/samples/1",
        "/docs.jsonld",
        "/openapi.json",
        "/docs",
        "/schemas/Framework",
    ):
        assert BASE + path in seen, path


def test_fragments_name_something(api: Served) -> None:
    """A term of the vocabulary is defined in the document that its address leads to."""
    for target, answer in crawl(api, None, None).items():
        for link in links_of(answer):
            document, _, fragment = link.partition("#")
            if fragment:
                text = api.send("GET", document).body.decode()
                assert f'"{link}"' in text or f'"#{fragment}"' in text or f'id="{fragment}"' in text, (target, link)


def test_links_of_refusals_answer(api: Served, key: str) -> None:
    refusals = [
        api.send("GET", "/nowhere"), api.send("GET", "/frameworks/Nobody"), api.send("POST", "/frameworks"),
        api.send("DELETE", "/frameworks"),
        api.send("GET", "/frameworks", accept="image/png"),
        api.send("POST", "/frameworks", content={}, key=key), api.send("GET", "/frameworks?x=1"),
    ]  # fmt: skip
    for refusal in refusals:
        assert is_problem(refusal, refusal.status)
        targets = links_of(refusal)
        assert f"{BASE}/" in targets
        for target in targets:
            assert api.send("GET", target.partition("#")[0]).status == 200, target


EVERYWHERE = ["describedby", "service-desc", "service-doc", "profile"]


@pytest.mark.parametrize("accept", [JSON, JSON_LD])
def test_relations(api: Served, accept: str) -> None:
    item = api.send("GET", "/frameworks/Flask", accept=accept)
    collection = api.send("GET", "/frameworks?limit=2", accept=accept)
    for relation in EVERYWHERE:
        assert item.links(relation), relation
        assert collection.links(relation), relation
    assert item.link("collection") == f"{BASE}/frameworks"
    assert item.link("describedby") == f"{BASE}/schemas/Framework"
    assert item.link("service-desc") == f"{BASE}/openapi.json"
    assert item.link("service-doc") == f"{BASE}/docs"
    assert collection.links("next")
    assert collection.links("first")
    assert not item.links("next")


@pytest.mark.parametrize("accept", [JSON, JSON_LD])
def test_a_collection_links_to_its_items(api: Served, accept: str) -> None:
    """By `item` links, by @id, or by a Link-Template (RFC 9652)."""
    answer = api.send("GET", "/frameworks", accept=accept)
    members = {link.target for link in answer.links("item")}
    if not members and accept == JSON_LD:
        members = {member["@id"] for member in answer.json()["member"]}
    if not members:
        template = re.match(r'"([^"]*)";.*rel="?item"?', answer["link-template"])
        assert template
        members = {template[1].replace("{name}", row["name"]) for row in answer.json()["frameworks"]}
    assert members == {f"{BASE}/frameworks/{name}" for name in ("Flask", "Django", "Bottle", "Tornado")}


def test_prev_leads_back(api: Served) -> None:
    """Contract, 4: next, prev and first."""
    first = api.send("GET", "/frameworks?limit=2", accept=JSON)
    second = api.send("GET", first.link("next"), accept=JSON)
    assert api.send("GET", second.link("first"), accept=JSON).json() == first.json()
    assert api.send("GET", second.link("prev"), accept=JSON).json() == first.json()
    assert not first.links("prev")


def test_every_context_is_served_by_the_api_itself(api: Served) -> None:
    for answer in crawl(api, None, JSON_LD).values():
        kind = answer["content-type"].partition(";")[0]
        if kind == JSON_LD:
            for context in strings(answer.json().get("@context")):
                assert api.send("GET", context)["content-type"].startswith(JSON_LD)


def test_the_catalogue(api: Served) -> None:
    """RFC 9727."""
    answer = api.send("GET", "/.well-known/api-catalog")
    assert answer.status == 200
    assert answer["content-type"].partition(";")[0] == "application/linkset+json"
    assert f"{BASE}/" in str(answer.json())
    head = api.send("HEAD", "/.well-known/api-catalog")
    assert head.status == 200


def test_health(stored: Served) -> None:
    assert stored.send("GET", "/health/live").status == 200
    assert stored.send("GET", "/health/ready").status == 200
