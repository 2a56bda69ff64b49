"""One rule decides what is shown and what is done: of an example with authors, teams, reviewers and private members.

For every caller, item, operation, member and format: what is shown works when it is taken as it stands, what is not
shown is refused, and no value of a private member is in any byte of an answer to who may not read it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

import examples.documents
from restwell import Grant
from restwell.data.plans import RowChange
from restwell.data.units import Unit
from tests.api import BASE, HAL, HAL_FORMS, JSON, JSON_LD, MERGE_PATCH, Answer, Served

pytestmark = pytest.mark.slow
HTML = "text/html"
FORMATS = (JSON, JSON_LD, HAL, HAL_FORMS, HTML)
CALLERS: dict[str, Grant | None] = {
    "anonymous": None,
    "ada": Grant("ada", groups=["engines"]),
    "bob": Grant("bob", groups=["wings"]),
    "tom": Grant("tom", groups=["engines"]),
    "zoe": Grant("zoe"),
    "eve": Grant("eve", scopes=["staff:all"]),
}
REFUSED = {401, 403, 404, 405}
PEOPLE = [{"name": name, "email": f"secret-address-of-{name}"} for name in ("ada", "bob", "tom", "zoe", "eve")]
TEAMS = [{"name": "engines", "lead": "ada"}, {"name": "wings", "lead": "bob"}]
STATES = ("draft", "review", "published")
DOCUMENTS = [
    {
        "title": f"{author}-{status}", "author": author, "team": team, "reviewer": reviewer, "status": status,
        "text": f"secret-text-of-{author}-{status}", "notes": f"secret-notes-of-{author}-{status}", "grade": 4,
    }
    for author, team, reviewer in (("ada", "engines", "bob"), ("bob", None, "ada"), ("tom", "wings", None))
    for status in STATES
]  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {"people": PEOPLE, "teams": TEAMS, "documents": DOCUMENTS}
OTHER: dict[str, Any] = {
    "about": "x", "email": "x", "rank": "x", "lead": "zoe", "purpose": "x", "author": "zoe", "team": "x",
    "reviewer": "zoe", "status": "published", "text": "x", "notes": "x", "grade": 2, "name": "x", "title": "x",
}  # fmt: skip
"""Another value for each member."""
OWN = ("hand-in", "publish")


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    example = importlib.reload(examples.documents)
    example.app.config["RESTWELL_DATABASE"] = database_url
    found = Served(example.app, example.api)
    store = example.api.binding(example.app).store
    fill(store)
    yield found
    found.close()


def fill(store: Any) -> None:
    """Put the rows into the tables, as an import does."""
    for declaration in store.declarations:
        for row in ROWS[declaration.slug]:
            store.carry_out(Unit((RowChange("insert", declaration, values=declaration.shape.initial(row)),)))


def send(served: Served, who: str, method: str, target: str, **more: Any) -> Answer:
    grant = CALLERS[who]
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    if method == "PATCH":
        headers["Content-Type"] = MERGE_PATCH
    return served.send(method, target, headers, **more)


def trying(served: Served) -> AbstractContextManager[None]:
    """What is changed meanwhile is taken back."""
    return served.api.binding(served.app).store.restoring()


def items() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The collection, the address and the values of every item."""
    for slug, rows in ROWS.items():
        for row in rows:
            yield slug, f"/{slug}/{row['title' if slug == 'documents' else 'name']}", row


def may_meet(who: str, slug: str, row: dict[str, Any]) -> bool:
    """Whether somebody may read an item, as the example says it in words."""
    if slug != "documents":
        return slug == "teams" or who != "anonymous"
    handed_in = row["status"] != "draft" and row["team"] is not None and row["team"] in groups(who)
    return who in {row["author"], row["reviewer"], "eve"} or handed_in or row["status"] == "published"


def groups(who: str) -> frozenset[str]:
    grant = CALLERS[who]
    return frozenset() if grant is None else grant.groups


def may_read(who: str, slug: str, row: dict[str, Any], name: str) -> bool:
    """Whether somebody may read a member of an item, as the example says it in words."""
    if not may_meet(who, slug, row):
        return False
    if name == "email":
        return who in {row["name"], "eve"}
    if name == "notes":
        return bool(who == row["author"])
    return name != "grade" or who in {row["author"], row["reviewer"], "eve"}


def check_bytes(who: str, answer: Answer) -> None:
    """No value that is somebody else's is in the answer."""
    told = answer.body.decode() + str(answer.headers)
    for slug, _, row in items():
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("secret-") and not may_read(who, slug, row, name):
                assert value not in told, f"{who} reads {name} of {row}"


def shown_in_jsonld(node: dict[str, Any]) -> set[str]:
    own = {name for name, value in node.items() if isinstance(value, dict) and "operation" in value}
    return {each["method"] for each in node.get("operation", ())} - {"GET"} | own


def shown_in_forms(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The forms of HAL-FORMS by method, those of own operations by name."""
    found = {}
    for name, form in node.get("_templates", {}).items():
        own = form.get("target", "").rpartition("/")[2]
        found[own if own in OWN else form["method"]] = {**form, "key": name}
    return found


def content_of(form: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """What a form sends as it stands: what it holds, and something for what it asks for and does not hold."""
    fields = [each for each in form["properties"] if not each.get("readOnly")]
    filled = {each["name"]: each["value"] for each in fields if "value" in each}
    empty = {each["name"]: OTHER[each["name"]] for each in fields if each.get("required") and "value" not in each}
    return {**empty, **filled, **more}


def take(
    served: Served, who: str, target: str, name: str, form: dict[str, Any], more: dict[str, Any] | None = None
) -> Answer:
    """Send what a form at an address stands for, and take it back."""
    sent = {"content": content_of(form, more or {})} if "contentType" in form else {}
    where = form.get("target", f"{BASE}{target}").removeprefix(BASE)
    with trying(served):
        return send(served, who, "POST" if name in OWN else form["method"], where, **sent)


@pytest.mark.parametrize("who", CALLERS)
def test_every_format_shows_the_same_items_and_none_a_private_value(served: Served, who: str) -> None:
    for slug, rows in ROWS.items():
        meets = [row for row in rows if may_meet(who, slug, row)]
        for accept in FORMATS:
            page = send(served, who, "GET", f"/{slug}?limit=100", accept=accept)
            assert page.status in ({200} if meets or slug != "people" else {401})
            check_bytes(who, page)
            if page.status == 200 and accept == JSON_LD:
                assert page.json()["totalItems"] == len(meets)
                assert len(page.json()["member"]) == len(meets)
    for slug, target, row in items():
        for accept in FORMATS:
            answer = send(served, who, "GET", target, accept=accept)
            assert (answer.status == 200) is may_meet(who, slug, row), (accept, target)
            assert answer.status == 200 or answer.status in REFUSED
            check_bytes(who, answer)
            if answer.status == 200 and accept == JSON:
                named = {name for name in row if name in answer.json()}
                assert named == {name for name in row if row[name] is not None and may_read(who, slug, row, name)}, (
                    target
                )


@pytest.mark.parametrize("who", CALLERS)
def test_every_operation_that_is_shown_works_and_every_other_is_refused(served: Served, who: str) -> None:
    for slug, target, row in items():
        node = send(served, who, "GET", target, accept=HAL_FORMS)
        met = node.status == 200
        forms = shown_in_forms(node.json()) if met else {}
        if met:
            assert shown_in_jsonld(send(served, who, "GET", target, accept=JSON_LD).json()) == forms.keys(), target
        for name, form in forms.items():
            taken = take(served, who, target, name, form)
            assert taken.status in {200, 204}, (who, target, name, taken.body)
            check_bytes(who, taken)
        for name in {"PATCH", "PUT", "DELETE", *(OWN if slug == "documents" else ())} - forms.keys():
            where, method = (f"{target}/{name}", "POST") if name in OWN else (target, name)
            known = {key: value for key, value in row.items() if key in {"lead", "about", "text"}}
            content = {} if name == "DELETE" or name in OWN else {"content": known}
            with trying(served):
                refused = send(served, who, method, where, **content)
            taken_already = {409} if name == "PUT" and not met else set[int]()  # what is hidden has the name
            assert refused.status in REFUSED | taken_already, (who, where, name, refused.body)
            check_bytes(who, refused)


@pytest.mark.parametrize("who", CALLERS)
def test_every_member_that_a_form_has_can_be_set_and_no_other(served: Served, who: str) -> None:
    for _, target, row in items():
        node = send(served, who, "GET", target, accept=HAL_FORMS)
        forms = shown_in_forms(node.json()) if node.status == 200 else {}
        for name, form in forms.items():
            if name not in {"PATCH", "PUT"}:
                continue
            open_to = {each["name"] for each in form["properties"] if not each.get("readOnly")}
            for member in (each for each in row if row[each] != OTHER[each]):
                taken = take(served, who, target, name, form, {member: OTHER[member]})
                check_bytes(who, taken)
                if member not in open_to:
                    assert taken.status in {403, 409, 422}, (who, target, name, member, taken.body)
                elif OTHER[member] != "zoe":  # whose an item is, is not given away
                    assert taken.status in {200, 204}, (who, target, name, member, taken.body)
                else:
                    assert taken.status in {200, 204, 403}, (who, target, name, member, taken.body)


@pytest.mark.parametrize("who", CALLERS)
def test_collections_are_as_their_forms_say(served: Served, who: str) -> None:
    for slug in ROWS:
        node = send(served, who, "GET", f"/{slug}", accept=HAL_FORMS)
        forms = shown_in_forms(node.json()) if node.status == 200 else {}
        if "POST" in forms:
            made = take(served, who, f"/{slug}", "POST", forms["POST"])
            assert made.status == 201, (who, slug, made.body)
            check_bytes(who, made)
        else:
            with trying(served):
                content = {"name": "x", "lead": "x"} if slug == "teams" else {"name": "x"}
                assert send(served, who, "POST", f"/{slug}", content=content).status in REFUSED


@pytest.mark.parametrize("who", CALLERS)
def test_descriptions_have_the_operations_that_there_are_for_the_caller(served: Served, who: str) -> None:
    described = send(served, who, "GET", "/openapi.json", accept="*/*")
    assert described.status == 200
    check_bytes(who, described)
    paths = described.json()["paths"]
    for slug, target, _ in items():
        node = send(served, who, "GET", target, accept=HAL_FORMS)
        if node.status == 200:
            [path] = [each for each in paths if each.startswith(f"/{slug}/{{") and each.endswith("}")]
            told = {method.upper() for method in paths[path]}
            assert {name for name in shown_in_forms(node.json()) if name not in OWN} <= told
        if f"/{slug}" not in paths:
            assert send(served, who, "GET", f"/{slug}").status in REFUSED
