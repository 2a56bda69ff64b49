"""What descriptions say to a caller is what there is for them: resources, operations, members, and what is sent.

OpenAPI, Hydra, JSON Schema, contexts, the guide and the catalogue say the same; of what there is not for a caller
they have no word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.api import BASE, HAL, HAL_FORMS, JSON, JSON_LD, Served

from .documents import (
    CALLERS,
    EVERY_OWN,
    IDENTITY,
    MEMBERS,
    NAMES,
    OWN,
    REFUSED,
    ROWS,
    STAFF,
    check_bytes,
    items,
    may_read,
    may_set_of_some,
    send,
    trying,
)
from .showing import content_of, shown_in_forms

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("who", CALLERS)]
DOCUMENTS = ("/openapi.json", "/docs", "/docs.jsonld", "/.well-known/api-catalog", "/contexts/Entrypoint", "/")
CONTENTS = ("creating", "replacing", "merging")
ASKED = {"people": ("email",), "teams": (), "documents": (), "complaints": ()}
"""The members of which a function says who may read them, for all that descriptions know: it is given an item."""
READERS = {"people": {*CALLERS} - {"anonymous"}, "teams": {*CALLERS}, "documents": {*CALLERS}, "complaints": {STAFF}}
"""Who may read items of a collection, if there are any for them."""


def document(served: Served, who: str, target: str) -> Any:
    answer = send(served, who, "GET", target, accept="*/*" if target != "/docs" else JSON)
    assert answer.status == 200
    check_bytes(who, answer)
    return answer.json()


def allowed(served: Served, target: str) -> set[str]:
    return set(served.send("OPTIONS", target).words("allow")) - {"HEAD", "OPTIONS"}


def described(served: Served, who: str) -> dict[str, Any]:
    """The paths of each resource that OpenAPI describes, by the collection, as what stands behind its own path."""
    found: dict[str, Any] = {}
    for path, each in document(served, who, "/openapi.json")["paths"].items():
        slug = path.split("/")[1]
        if slug in ROWS:
            found.setdefault(slug, {})[path.removeprefix(f"/{slug}")] = each
    return found


def members_of(schemas: dict[str, Any], slug: str) -> dict[str, Any]:
    return schemas[NAMES[slug]]["properties"]  # type: ignore[no-any-return]  # an object


def contents_of(schemas: dict[str, Any], slug: str) -> dict[str, set[str]]:
    """The members that the content of each operation of a resource may have."""
    return {
        what: set(schemas[f"{NAMES[slug]}.{what}"]["properties"])
        for what in CONTENTS if f"{NAMES[slug]}.{what}" in schemas
    }  # fmt: skip


def test_a_resource_is_described_with_all_that_is_done_with_it_or_not_at_all(
    documents_here: Served, who: str
) -> None:
    found = described(documents_here, who)
    # Of people a function says who may change them, for all that descriptions know: it is given an item.
    assert found.keys() == {slug for slug in ROWS if who != "anonymous" or slug != "complaints"}
    for slug, rows in ROWS.items():
        identity = IDENTITY[slug]
        there = f"/{slug}/{rows[0][identity]}"
        if slug in found:
            places = {"": f"/{slug}", f"/{{{identity}}}": there}
            places |= {f"/{{{identity}}}/{own}": f"{there}/{own}" for own in OWN.get(slug, ())}
            said = {place: {method.upper() for method in methods} for place, methods in found[slug].items()}
            assert said == {place: allowed(documents_here, target) for place, target in places.items()}, (who, slug)
            continue
        for target in (f"/{slug}", there, *(f"{there}/{own}" for own in OWN.get(slug, ()))):
            for method in allowed(documents_here, target):
                with trying(documents_here):
                    answer = send(documents_here, who, method, target, content={"text": "x"})
                assert answer.status in REFUSED - {404, 405}, (who, method, target)
        text = "".join(send(documents_here, who, "GET", target, accept="*/*").body.decode() for target in DOCUMENTS)
        assert not re.search(rf"\b({slug}|{NAMES[slug]})\b", text, re.IGNORECASE), (who, slug)
        for kind in ("schemas", "contexts"):
            assert send(documents_here, who, "GET", f"/{kind}/{NAMES[slug]}").status == 404


def is_theirs(who: str, slug: str, name: str) -> bool:
    """Whether there is some item, be it one that they could make, of which somebody may read a member."""
    theirs = {} if who == "anonymous" else {"author": who, "reviewer": who, "name": who, "lead": who}
    rows: Iterable[dict[str, Any]] = (each for row in ROWS[slug] for each in (row, row | theirs))
    return name in ASKED[slug] or any(may_read(who, slug, row, name) for row in rows)


def test_the_members_that_are_described_are_those_of_the_caller(documents_here: Served, who: str) -> None:
    schemas = document(documents_here, who, "/openapi.json")["components"]["schemas"]
    vocabulary = {each["title"]: each for each in document(documents_here, who, "/docs.jsonld")["supportedClass"]}
    guide = {each["name"]: each for each in document(documents_here, who, "/docs")["resources"]}
    for slug in described(documents_here, who):
        name, own = NAMES[slug], set(OWN.get(slug, ()))
        shown, contents = members_of(schemas, slug), contents_of(schemas, slug)
        settable = set().union(*contents.values())
        readable = {each for each in MEMBERS[slug] if is_theirs(who, slug, each)}
        if who in READERS[slug]:
            assert set(shown) == readable, (who, slug)
        assert settable == {each for each in MEMBERS[slug] if may_set_of_some(who, slug, each)}, (who, slug)
        assert {each for each in shown if not shown[each].get("readOnly")} == settable & set(shown), (who, slug)
        schema = document(documents_here, who, f"/schemas/{name}")["properties"]
        assert set(schema) == set(shown) | settable, (who, slug)
        assert {each for each in schema if not schema[each].get("readOnly")} == settable, (who, slug)
        context = document(documents_here, who, f"/contexts/{name}")["@context"]
        terms = (
            context if isinstance(context, dict) else {key: each for part in context for key, each in part.items()}
        )
        assert set(terms) & set(MEMBERS[slug]) == set(schema), (who, slug)
        properties = {each["title"]: each for each in vocabulary[name]["supportedProperty"]}
        assert properties.keys() == set(schema) | own, (who, slug)
        assert {each for each in properties if properties[each]["writeable"]} == settable, (who, slug)
        assert {each for each in properties if properties[each]["readable"]} == set(shown) | own, (who, slug)
        assert {each["name"] for each in guide[name]["fields"]} == set(schema), (who, slug)


def test_operations_are_described_alike(documents_here: Served, who: str) -> None:
    vocabulary = {each["title"]: each for each in document(documents_here, who, "/docs.jsonld")["supportedClass"]}
    entry = {each["title"]: each["property"] for each in vocabulary["Entrypoint"]["supportedProperty"]}
    guide = {each["url"]: each["operations"] for each in document(documents_here, who, "/docs")["resources"]}
    catalog = document(documents_here, who, "/.well-known/api-catalog")["linkset"][1]["item"]
    found = described(documents_here, who)
    assert entry.keys() == {each["title"] for each in catalog} == found.keys()
    assert guide.keys() == {each["href"] for each in catalog} == {f"{BASE}/{slug}" for slug in found}
    for slug, paths in found.items():
        of_class = vocabulary[NAMES[slug]]
        own = [each["property"] for each in of_class["supportedProperty"] if each["title"] in EVERY_OWN]
        said = {
            "": operations_in(entry[slug]), f"/{{{IDENTITY[slug]}}}": operations_in(of_class),
            **{f"/{{{IDENTITY[slug]}}}/{each['label']}": operations_in(each) for each in own},
        }  # fmt: skip
        assert said == {place: {method.upper() for method in each} for place, each in paths.items()}, (who, slug)
        listed = {(each["method"], each["url"].removeprefix(f"{BASE}/{slug}")) for each in guide[f"{BASE}/{slug}"]}
        assert listed == {(method, place) for place, methods in said.items() for method in methods}, (who, slug)


def operations_in(node: dict[str, Any]) -> set[str]:
    return {each["method"] for each in node["supportedOperation"]}


def test_every_field_of_a_form_is_described_as_content(documents_here: Served, who: str) -> None:
    schemas = document(documents_here, who, "/openapi.json")["components"]["schemas"]
    for slug in described(documents_here, who):
        contents = contents_of(schemas, slug)
        for target in (f"/{slug}", *(place for each, place, _ in items() if each == slug)):
            node = send(documents_here, who, "GET", target, accept=HAL_FORMS)
            for name, form in shown_in_forms(node.json() if node.status == 200 else {}).items():
                fields = {each["name"] for each in form["properties"] if not each.get("readOnly")}
                if name == "POST":  # descriptions have what may be set of some item, be it none that is new
                    assert fields == contents["creating"] - ({"grade"} if slug == "documents" else set()), (
                        who,
                        target,
                    )
                elif name in {"PUT", "PATCH"}:
                    assert fields <= contents["replacing" if name == "PUT" else "merging"], (who, target, name)
                elif name in EVERY_OWN and fields:
                    assert fields == set(schemas[f"{NAMES[slug]}.{name}"]["properties"])


def test_what_is_sent_is_as_it_is_described(documents_here: Served, who: str) -> None:
    whole = document(documents_here, who, "/openapi.json")
    found, components = described(documents_here, who), {"components": whole["components"]}
    for slug, target, _ in items():
        item = f"/{{{IDENTITY[slug]}}}"
        for accept in (JSON, JSON_LD, HAL, HAL_FORMS):
            for place, where in (("", f"/{slug}"), (item, target)):
                answer = send(documents_here, who, "GET", where, accept=accept)
                if answer.status == 200:
                    schema = found[slug][place]["get"]["responses"]["200"]["content"][accept]["schema"]
                    Draft202012Validator(schema | components).validate(answer.json())
            node = send(documents_here, who, "GET", target, accept=HAL_FORMS)
            form = shown_in_forms(node.json() if node.status == 200 else {}).get("PATCH")
            if form is not None:
                with trying(documents_here):
                    answer = send(documents_here, who, "PATCH", target, accept=accept, content=content_of(form, {}))
                schema = found[slug][item]["patch"]["responses"]["200"]["content"][accept]["schema"]
                Draft202012Validator(schema | components).validate(answer.json())
        plain = send(documents_here, who, "GET", target, accept=JSON)
        if plain.status == 200:
            assert plain.json().keys() <= members_of(whole["components"]["schemas"], slug).keys(), (who, target)
