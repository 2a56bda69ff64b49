"""The header fields of answers: what they vary on, how long they stay fresh, where they link, what is missing."""

from collections.abc import Iterator
from typing import Any

import pytest

from restwell import public, scope
from restwell.http.links import API_DOCUMENTATION, Link
from tests.api import JSON, Answer, Register, Served, frameworks, parse_links, samples, serving

TARGETS = ["/", "/frameworks", "/frameworks/Flask", "/samples", "/openapi.json", "/problems/not-found", "/nowhere"]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(frameworks(), samples()) as found:
        yield found


def vary(answer: Answer) -> set[str]:
    return {word.lower() for word in answer.words("vary")}


@pytest.mark.parametrize("target", ["/", "/frameworks", "/frameworks/Flask", "/frameworks/Nobody"])
def test_who_asks_could_change_the_answer_for_anybody_too(served: Served, target: str) -> None:
    assert {"accept", "authorization"} <= vary(served.send("GET", target))


def test_a_description_is_the_same_for_all(served: Served) -> None:
    assert vary(served.send("GET", "/openapi.json")) == {"accept"}


@pytest.mark.parametrize("target", ["/frameworks", "/frameworks?limit=1", "/frameworks/Flask?fields=name"])
def test_what_a_preference_could_change_varies_on_it(served: Served, target: str) -> None:
    assert "prefer" in vary(served.send("GET", target))
    assert "prefer" not in vary(served.send("GET", "/frameworks/Flask"))


@pytest.mark.parametrize("target", TARGETS)
def test_every_answer_names_its_documentation_literally(served: Served, target: str) -> None:
    first = served.send("GET", target)["link"].split(", ")[0]
    assert first == f'<http://localhost/docs.jsonld>; rel="{API_DOCUMENTATION}"'


@pytest.mark.parametrize("target", TARGETS)
def test_no_answer_is_taken_for_another_type(served: Served, target: str) -> None:
    assert served.send("GET", target)["x-content-type-options"] == "nosniff"


def relations(answer: Answer) -> set[str]:
    return {relation for each in answer.links() for relation in each.relations}


def test_an_item_links_to_its_collection_and_what_describes_it(served: Served) -> None:
    answer = served.send("GET", "/frameworks/Flask", accept=JSON)
    assert answer.link("collection") == "http://localhost/frameworks"
    assert answer.link("describedby") == "http://localhost/schemas/Framework"
    assert answer.link("profile") == "http://localhost/docs.jsonld#Framework"
    assert {"service-desc", "service-doc"} <= relations(answer)
    assert "item" not in relations(answer)


def test_a_page_of_plain_json_links_its_rows_and_says_where_all_of_them_are(served: Served) -> None:
    answer = served.send("GET", "/frameworks", accept=JSON)
    names = [row["name"] for row in answer.json()["frameworks"]]
    assert [each.target for each in answer.links("item")] == [f"http://localhost/frameworks/{name}" for name in names]
    assert answer["link-template"] == '"http://localhost/frameworks/{name}"; rel="item"'


def test_every_link_leads_somewhere(served: Served) -> None:
    for target in TARGETS:
        for each in served.send("GET", target, accept=f"{JSON}, */*;q=0.5").links():
            assert served.send("GET", each.target.partition("#")[0]).status == 200, each


RULES: list[tuple[dict[str, Any], bool, str]] = [
    ({"read": public(max_age=60)}, False, "max-age=60"),
    ({"read": public(max_age=60)}, True, "private, no-cache"),
    ({"read": public()}, False, "no-cache"),
    ({"read": public(no_store=True)}, False, "no-store"),
    ({"read": public(no_store=True)}, True, "no-store"),
    ({"read": public(max_age=60, s_maxage=600, stale_while_revalidate=30)}, False,
     "max-age=60, s-maxage=600, stale-while-revalidate=30"),
    ({"read": scope("frameworks", max_age=5)}, True, "private, max-age=5"),
    ({"read": scope("frameworks")}, True, "private, no-cache"),
    ({"read": scope("frameworks", no_store=True)}, True, "no-store"),
]  # fmt: skip


@pytest.mark.parametrize("rules, known, value", RULES, ids=[f"{place} {case[2]}" for place, case in enumerate(RULES)])
def test_an_answer_stays_fresh_as_declared(rules: dict[str, Any], known: bool, value: str) -> None:
    register: Register = frameworks(**rules)
    with serving(register) as served:
        key = (
            served.key("frameworks:read", "frameworks:write")
            if "read" in rules and not rules["read"].is_public
            else None
        )
        key = key or (served.key() if known else None)
        for target in ("/frameworks", "/frameworks/Flask"):
            answer = served.send("GET", target, key=key)
            assert (answer.status, answer["cache-control"]) == (200, value)


@pytest.mark.parametrize("target", ["/nowhere", "/frameworks/Nobody", "/frameworks?x=1", "/docs?x=1"])
def test_no_refusal_is_stored(served: Served, target: str) -> None:
    assert served.send("GET", target)["cache-control"] == "no-store"


def test_a_challenge_names_no_error_where_no_credential_was_sent(served: Served) -> None:
    content = {"name": "New", "created": 1999}
    assert served.send("POST", "/frameworks", content=content)["www-authenticate"] == 'Bearer realm="restwell"'
    wrong = served.send("POST", "/frameworks", content=content, key="x")["www-authenticate"]
    assert 'error="invalid_token"' in wrong


@pytest.mark.parametrize(
    "method, target, scopes, named",
    [
        ("POST", "/frameworks", "samples:create", "frameworks:create"),
        ("DELETE", "/frameworks/Flask", "frameworks:create", "frameworks:delete"),
        ("PUT", "/frameworks/Flask", "frameworks:create", "frameworks:update"),
        ("PUT", "/frameworks/New", "frameworks:update", "frameworks:create"),
        ("PUT", "/frameworks/New", "samples:update", "frameworks:update frameworks:create"),
    ],
)
def test_a_challenge_names_the_scope_that_is_missing(
    served: Served, method: str, target: str, scopes: str, named: str
) -> None:
    answer = served.send(method, target, content={"created": 1999}, key=served.key(scopes))
    assert (answer.status, answer["www-authenticate"]) == (
        403,
        f'Bearer realm="restwell", error="insufficient_scope", scope="{named}"',
    )


def test_a_link_is_one_that_a_parser_reads() -> None:
    [read] = parse_links(Link("item", "http://localhost/x", "text/html").text)
    assert (read.target, read.parameters) == ("http://localhost/x", (("rel", "item"), ("type", "text/html")))
