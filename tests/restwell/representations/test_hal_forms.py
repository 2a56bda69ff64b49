"""A form that is shown is an operation that succeeds; an operation that is not shown is refused."""

import json
from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any

import pytest

from restwell import Api, public, scope
from restwell.model.kinds import KINDS
from restwell.surface.affordances import JSON_CONTENT
from tests.api import BASE, HAL_FORMS, JSON, Answer, Sample, Served, frameworks, samples, serving

SCOPES = ["frameworks:create", "frameworks:update", "frameworks:delete"]
SETS = list(chain.from_iterable(combinations(SCOPES, size) for size in range(4)))
METHODS = {"create": "POST", "change": "PATCH", "replace": "PUT", "delete": "DELETE"}
MEMBERS: dict[str, Any] = {
    "number": 1,
    "label": "a",
    "weight": 1.5,
    "good": False,
    "price": "12.5",
    "day": "2026-01-31",
    "moment": "2026-01-31T12:00:00Z",
    "colour": "green",
    "site": "https://example.org/",
    "tags": ["x"],
    "extra": {"a": [1, None]},
}


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(frameworks(), samples(require_if_match=True, initial=[MEMBERS])) as found:
        yield found


def show(served: Served, target: str, key: str | None = None) -> Any:
    answer = served.send("GET", target, accept=HAL_FORMS, key=key)
    assert (answer.status, answer["content-type"]) == (200, HAL_FORMS)
    return answer.json()


def templates(served: Served, target: str, key: str | None = None) -> Any:
    return show(served, target, key)["_templates"]


def submit(served: Served, document: Any, form: Any, key: str | None, **values: Any) -> Answer:
    """Send a form as a client would that knows only the format: each field with its value, or the given one."""
    target = form.get("target", document["_links"]["self"]["href"])
    headers = {"Content-Type": form["contentType"]} if "contentType" in form else {}
    content = {each["name"]: each["value"] for each in form["properties"] if "value" in each} | values
    if "If-Match" in form["title"]:
        headers["If-Match"] = served.send("GET", target, accept=HAL_FORMS, key=key)["etag"]
    return served.send(form["method"], target, headers, content if "contentType" in form else None, key=key)


@pytest.mark.parametrize("scopes", SETS, ids=lambda scopes: ", ".join(scopes) or "none")
def test_a_form_that_is_shown_succeeds_and_what_is_not_shown_is_refused(
    served: Served, scopes: tuple[str, ...]
) -> None:
    key = served.key(*scopes) if scopes else None
    shown = set()
    for target in ("/frameworks?limit=2", "/frameworks/Flask"):
        document = show(served, target, key)
        for form in document["_templates"].values():
            shown.add(form["method"])
            made = {"name": "New", "created": 2001} if form["method"] == "POST" else {}
            assert submit(served, document, form, key, **made).status in {200, 201, 204}, form
    content = {"name": "Another", "created": 2001}
    for name, method in METHODS.items():
        if method not in shown:
            target = "/frameworks" if name == "create" else "/frameworks/Django"
            refused = served.send(method, target, content=None if method == "DELETE" else content, key=key)
            assert refused.status in {401, 403}, name
    assert len(shown) == len(scopes) + ("frameworks:update" in scopes)


def test_the_first_form_is_the_default_and_the_others_have_their_names(served: Served) -> None:
    key = served.key("frameworks:write")
    assert list(templates(served, "/frameworks", key)) == ["default"]
    item = templates(served, "/frameworks/Flask", key)
    assert {name: form["method"] for name, form in item.items()} == {
        "default": "PATCH",
        "replace": "PUT",
        "delete": "DELETE",
    }
    assert list(templates(served, "/frameworks/Flask", served.key("frameworks:delete"))) == ["default"]
    assert templates(served, "/", key) == {}


def test_it_is_hal_with_forms(served: Served) -> None:
    for target in ("/", "/frameworks?limit=2", "/frameworks/Flask"):
        document = show(served, target)
        assert document.pop("_templates") == {}
        assert document == served.send("GET", target, accept="application/hal+json").json()


def test_a_form_has_a_target_where_that_is_not_itself(served: Served) -> None:
    key = served.key("frameworks:write")
    assert "target" not in templates(served, "/frameworks", key)["default"]
    assert templates(served, "/frameworks?limit=1", key)["default"]["target"] == f"{BASE}/frameworks"
    assert all("target" not in form for form in templates(served, "/frameworks/Flask?fields=name", key).values())


def test_a_form_to_create_has_defaults_and_what_is_required(served: Served) -> None:
    form = templates(served, "/frameworks", served.key("frameworks:write"))["default"]
    fields = {each["name"]: each for each in form["properties"]}
    assert form["title"] == "Create a Framework"
    assert [name for name, each in fields.items() if each.get("required")] == ["name", "created"]
    assert fields["parent"]["value"] == "Python"
    assert fields["created"] == {"name": "created", "required": True, "type": "number", "min": 1989, "max": 2100}


def test_a_form_of_an_item_has_its_values_whichever_were_asked_for(served: Served) -> None:
    key = served.key("frameworks:write")
    for target in ("/frameworks/Flask", "/frameworks/Flask?fields=name"):
        for name in ("default", "replace"):
            fields = templates(served, target, key)[name]["properties"]
            assert {each["name"]: each["value"] for each in fields} == {
                "name": "Flask",
                "created": 2010,
                "parent": "Python",
                "relatedName": "Flask-RESTPlus",
                "relatedDocs": "https://flask-restplus.readthedocs.io/",
            }
            assert [each["name"] for each in fields if each.get("readOnly")] == ["name"]


def test_a_form_sent_back_as_it_is_changes_nothing(served: Served) -> None:
    key = served.key("samples:write")
    before = served.send("GET", "/samples/1", accept=JSON).json()
    for name in ("default", "replace"):
        document = show(served, "/samples/1", key)
        assert submit(served, document, document["_templates"][name], key).status == 200
        assert served.send("GET", "/samples/1", accept=JSON).json() == before


def test_a_form_says_where_an_entity_tag_is_needed(served: Served) -> None:
    titles = {form["title"] for form in templates(served, "/samples/1", served.key("samples:write")).values()}
    assert titles == {f"{verb} a Sample: send its ETag in If-Match" for verb in ("Change", "Replace", "Delete")}
    assert "If-Match" not in json.dumps(templates(served, "/frameworks/Flask", served.key("frameworks:write")))


def test_options_are_inline_with_what_is_selected(served: Served) -> None:
    fields = {
        each["name"]: each
        for each in templates(served, "/samples/1", served.key("samples:write"))["default"]["properties"]
    }
    assert fields["colour"]["options"] == {
        "inline": ["red", "green", "blue"],
        "minItems": 0,
        "maxItems": 1,
        "selectedValues": ["green"],
    }
    assert fields["good"]["options"]["inline"] == [
        {"prompt": "true", "value": True},
        {"prompt": "false", "value": False},
    ]
    assert fields["good"]["options"]["selectedValues"] == [False]


def test_fields_have_the_inputs_of_their_kinds(served: Served) -> None:
    fields = {
        each["name"]: each.get("type")
        for each in templates(served, "/samples", served.key("samples:write"))["default"]["properties"]
    }
    assert {name: kind for name, kind in fields.items() if kind} == {
        "number": "number",
        "amount": "number",
        "weight": "number",
        "day": "date",
        "site": "url",
    }
    assert "serial" not in fields
    assert {kind.input for kind in KINDS.values() if kind.input} == {"number", "date", "time", "url"}


def test_content_is_of_a_type_that_is_accepted(served: Served) -> None:
    key = served.key("frameworks:write")
    every = [*templates(served, "/frameworks", key).values(), *templates(served, "/frameworks/Flask", key).values()]
    assert {form["contentType"] for form in every if "contentType" in form} == {JSON}
    assert JSON in JSON_CONTENT


def test_what_was_read_can_be_sent_back(served: Served) -> None:
    """Ketting's `put(state)` sends the media type that the state came in."""
    key = served.key("frameworks:write")
    sent = {"Content-Type": HAL_FORMS}
    item = served.send("GET", "/frameworks/Bottle", accept=HAL_FORMS, key=key).json()
    answer = served.send("PUT", "/frameworks/Bottle", sent, {**item, "created": 2008}, key=key, accept=HAL_FORMS)
    assert (answer.status, answer.json()["created"]) == (200, 2008)
    answer = served.send("PATCH", "/frameworks/Bottle", sent, {**item, "created": 2009}, key=key, accept=HAL_FORMS)
    assert (answer.status, answer.json()["created"]) == (200, 2009)
    created = served.send("POST", "/frameworks", sent, {**item, "name": "Copy"}, key=key, accept=HAL_FORMS)
    assert created.status == 201
    assert served.send("DELETE", "/frameworks/Copy", sent, {}, key=key).status == 204


def test_nothing_that_is_only_for_others_is_in_a_form() -> None:
    def register(api: Api) -> None:
        api.resource("/samples", read=public(), create=public(), delete=scope("samples"), initial=[MEMBERS])(Sample)

    with serving(register) as served:
        assert [form["method"] for form in templates(served, "/samples").values()] == ["POST"]
        assert templates(served, "/samples/1") == {}
