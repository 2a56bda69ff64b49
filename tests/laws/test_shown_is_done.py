"""One rule decides what is shown and what is done: of an example with authors, teams, reviewers and private members.

For every caller, item, operation, member and format: what is shown works when it is taken as it stands, what is not
shown is refused, and no value of a private member is in any byte of an answer to who may not read it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, Answer, Served

from .documents import (
    CALLERS,
    EVERY_OWN,
    FORMATS,
    HTML,
    IDENTITY,
    MEMBERS,
    OTHER,
    OWN,
    REFUSED,
    ROWS,
    STAFF,
    check_bytes,
    items,
    may_meet,
    may_read,
    send,
    trying,
)
from .showing import fields_of, page_of, shown_in_forms, shown_in_jsonld, shown_on_page, table_of, take

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("who", CALLERS)]
WRITES = {"PATCH", "PUT", "DELETE"}
REQUIRED: dict[str, dict[str, Any]] = {
    "people": {"name": "x"}, "teams": {"name": "x", "lead": "zoe"}, "documents": {"title": "x"},
    "complaints": {"text": "x"},
}  # fmt: skip


def forms_at(served: Served, who: str, target: str) -> dict[str, dict[str, Any]] | None:
    """The forms that somebody is shown at an address, by method or name; None where they may not read it."""
    node = send(served, who, "GET", target, accept=HAL_FORMS)
    assert node.status == 200 or node.status in REFUSED
    return shown_in_forms(node.json()) if node.status == 200 else None


def titles_of(served: Served, who: str) -> dict[str, str]:
    """The names of the application's own operations by their titles."""
    paths = send(served, who, "GET", "/openapi.json").json()["paths"]
    own = {path.rpartition("/")[2]: each for path, each in paths.items() if path.rpartition("/")[2] in EVERY_OWN}
    return {each["post"]["summary"]: name for name, each in own.items()}


def attempt(served: Served, who: str, target: str, name: str) -> Answer:
    """Do with an item what was not shown, and take it back."""
    where, method = (f"{target}/{name}", "POST") if name in EVERY_OWN else (target, name)
    row = next(row for _, place, row in items() if place == target)
    known = {key: value for key, value in row.items() if key in {"lead", "about", "text"}}
    content = {} if name in {"DELETE", *OWN["documents"]} else {"content": known}  # those take none
    with trying(served):
        return send(served, who, method, where, **content)


def test_every_format_shows_the_same_items_and_none_a_private_value(documents: Served, who: str) -> None:
    for slug, rows in ROWS.items():
        meets = [row for row in rows if may_meet(who, slug, row)]
        for accept in FORMATS:
            page = send(documents, who, "GET", f"/{slug}?limit=100", accept=accept)
            assert page.status in ({200} if meets or slug in {"teams", "documents"} else {401, 403})
            check_bytes(who, page)
            if page.status == 200 and accept == JSON_LD:
                assert page.json()["totalItems"] == len(meets)
                assert len(page.json()["member"]) == len(meets)
    for slug, target, row in items():
        for accept in FORMATS:
            answer = send(documents, who, "GET", target, accept=accept)
            assert (answer.status == 200) is may_meet(who, slug, row), (accept, target)
            assert answer.status == 200 or answer.status in REFUSED
            check_bytes(who, answer)
            if answer.status == 200 and accept == JSON:
                named = {name for name in row if name in answer.json()}
                assert named == {name for name in row if row[name] is not None and may_read(who, slug, row, name)}, (
                    target
                )


def test_a_page_of_a_collection_shows_of_each_item_what_its_address_shows(documents: Served, who: str) -> None:
    for slug in ROWS:
        for query in ("", "?limit=2", f"?fields={IDENTITY[slug]}", f"?{IDENTITY[slug]}=0"):
            answer = send(documents, who, "GET", f"/{slug}{query}", accept=JSON)
            if answer.status != 200:
                continue
            items_there = [
                send(documents, who, "GET", f"/{slug}/{each[IDENTITY[slug]]}", accept=JSON).json()
                for each in answer.json()[slug]
            ]
            if query.startswith("?fields"):
                items_there = [{IDENTITY[slug]: each[IDENTITY[slug]]} for each in items_there]
            assert answer.json()[slug] == items_there, (who, slug)
            linked = send(documents, who, "GET", f"/{slug}{query}", accept=JSON_LD).json()["member"]
            assert [{name: node[name] for name in node if name in MEMBERS[slug]} for node in linked] == items_there
            embedded = send(documents, who, "GET", f"/{slug}{query}", accept=HAL).json()["_embedded"][slug]
            assert [{name: node[name] for name in node if name in MEMBERS[slug]} for node in embedded] == items_there
            cells = table_of(page_of(send(documents, who, "GET", f"/{slug}{query}", accept=HTML)))
            assert cells == [{name: str(value) or "empty" for name, value in each.items()} for each in items_there]


def test_every_operation_that_is_shown_works_and_every_other_is_refused(documents: Served, who: str) -> None:
    for slug, target, _ in items():
        forms = forms_at(documents, who, target)
        for name, form in (forms or {}).items():
            taken = take(documents, who, target, name, form)
            assert taken.status in {200, 204}, (who, target, name, taken.body)
            check_bytes(who, taken)
        for name in {*WRITES, *OWN.get(slug, ())} - (forms or {}).keys():
            refused = attempt(documents, who, target, name)
            taken_already = {409} if name == "PUT" and forms is None else set[int]()  # what is hidden has the name
            assert refused.status in REFUSED | taken_already, (who, target, name, refused.body)
            check_bytes(who, refused)
            if (refused.get("www-authenticate") or "").count("scope="):  # which whoever has it is not asked for
                assert 'scope="staff:all"' in refused["www-authenticate"]
                assert "scope=" not in (attempt(documents, STAFF, target, name).get("www-authenticate") or "")


def test_every_format_shows_the_same_operations(documents: Served, who: str) -> None:
    titles = titles_of(documents, who)
    for slug, target, _ in items():
        forms = forms_at(documents, who, target)
        if forms is None:
            continue
        linked = send(documents, who, "GET", target, accept=JSON_LD).json()
        assert shown_in_jsonld(linked) == forms.keys(), target
        said = shown_on_page(page_of(send(documents, who, "GET", target, accept=HTML)), titles)
        assert said.open == {name: fields_of(form) for name, form in forms.items()}, (who, target)
        # What is not offered to anybody is not said not to be open either.
        there = (WRITES if slug != "complaints" else {"DELETE"}) | {*OWN.get(slug, ())}
        assert said.closed == there - forms.keys(), (who, target)


def test_every_page_of_a_collection_shows_what_its_items_do(documents: Served, who: str) -> None:
    titles = titles_of(documents, who)
    for slug in ROWS:
        for query in ("", "?limit=2", "?sort=-" + IDENTITY[slug], f"?{IDENTITY[slug]}=0"):
            answer = send(documents, who, "GET", f"/{slug}{query}", accept=JSON_LD)
            if answer.status != 200:
                continue
            by_item = [shown_in_jsonld(node) for node in answer.json()["member"]]
            for node, shown in zip(answer.json()["member"], by_item, strict=True):
                assert shown == (forms_at(documents, who, node["@id"]) or {}).keys(), (who, node["@id"])
            said = shown_on_page(page_of(send(documents, who, "GET", f"/{slug}{query}", accept=HTML)), titles)
            assert by_item == [] or said.each == set.intersection(*by_item), (who, slug)
            assert said.none.isdisjoint(set().union(*by_item)), (who, slug)
            open_here = forms_at(documents, who, f"/{slug}{query}") or {}
            assert said.open == {name: fields_of(form) for name, form in open_here.items()}, (who, slug)
            assert said.closed == {"POST"} - open_here.keys(), (who, slug)
            assert shown_in_jsonld(answer.json()) == open_here.keys(), (who, slug)


def test_every_member_that_a_form_has_can_be_set_and_no_other(documents: Served, who: str) -> None:
    for _, target, row in items():
        for name, form in (forms_at(documents, who, target) or {}).items():
            if name not in {"PATCH", "PUT"}:
                continue
            open_to = {each["name"] for each in form["properties"] if not each.get("readOnly")}
            for member in (each for each in row if row[each] != OTHER[each]):
                taken = take(documents, who, target, name, form, {member: OTHER[member]})
                check_bytes(who, taken)
                if member not in open_to:
                    assert taken.status in {403, 409, 422}, (who, target, name, member, taken.body)
                elif OTHER[member] != "zoe":  # whose an item is, is not given away
                    assert taken.status in {200, 204}, (who, target, name, member, taken.body)
                else:
                    assert taken.status in {200, 204, 403}, (who, target, name, member, taken.body)


def test_collections_are_as_their_forms_say(documents: Served, who: str) -> None:
    for slug in ROWS:
        form = (forms_at(documents, who, f"/{slug}") or {}).get("POST")
        if form is not None:
            made = take(documents, who, f"/{slug}", "POST", form)
            assert made.status == 201, (who, slug, made.body)
            check_bytes(who, made)
        elif not (slug == "complaints" and who != "anonymous"):  # which they may make, and have no page of
            with trying(documents):
                assert send(documents, who, "POST", f"/{slug}", content=REQUIRED[slug]).status in REFUSED


def test_every_member_that_a_new_item_may_have_is_in_the_form_for_it(documents: Served, who: str) -> None:
    for slug in ROWS:
        form = (forms_at(documents, who, f"/{slug}") or {}).get("POST")
        if form is None:
            continue
        fields = {each["name"] for each in form["properties"]}
        for member, value in OTHER.items():
            # What is the reviewer's to set may be set by who makes a document that they are to review.
            contents = [REQUIRED[slug] | {member: value}, REQUIRED[slug] | {member: value, "reviewer": who}]
            with trying(documents):
                first = send(documents, who, "POST", f"/{slug}", content=contents[0])
            with trying(documents):
                second = send(documents, who, "POST", f"/{slug}", content=contents[1])
            check_bytes(who, first)
            is_settable = 201 in {first.status, second.status}
            assert is_settable is (member in fields), (who, slug, member, first.body, second.body)
