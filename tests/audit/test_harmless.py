"""The auditor harms nobody: servers that a careless one would harm, and their whole state before and after."""

# ruff: noqa: E501 - a table reads best with a line for each server

from __future__ import annotations

from typing import Any

import pytest

from tests.audit.apis import Api, Request, Response, hal, openapi, page, problem, said
from tests.audit.cases import judge, names

# -- servers whose links act ---------------------------------------------------------------------------------


class Acting:
    """Three things, and GET on whatever is not read as a thing removes all of them."""

    def __init__(self, listing: Response | None = None, entry: Response | None = None, **more: Response) -> None:
        self.things = {"1", "2", "3"}
        self.asked: list[str] = []
        self.answers = {"/": entry or hal(things="/things"), "/things": listing or said([]), **more}

    def __call__(self, request: Request) -> Response:
        if request.method in {"GET", "HEAD"}:
            self.asked.append(request.target)
        if request.target in self.answers:
            return self.answers[request.target]
        name = request.path.removeprefix("/things/")
        if name in self.things and not request.query:
            return said({"id": int(name), "name": f"thing {name}"})
        if any(
            word in request.target.lower() for word in ("delete", "remove", "logout", "confirm", "cancel", "purge")
        ):
            self.things.clear()
            return said({"done": True})
        return problem(404)


def things(**more: str) -> list[dict[str, Any]]:
    """Three things, each with further links."""
    return [
        {"id": n, "name": f"thing {n}", "url": f"/things/{n}", **{k: v.format(n) for k, v in more.items()}}
        for n in (1, 2, 3)
    ]


def linked(**links: str) -> Response:
    return said(things(**links))


def anchors(*each: str) -> Response:
    return page(*(one.format(n) for n in (1, 2, 3) for one in each))


SHOW = '<a href="/things/{0}">Thing {0}</a>'
LISTINGS = {
    "delete_url": linked(delete_url="/things/{}/delete"),
    "deleteUrl": linked(deleteUrl="/things/delete/{}"),
    "DELETE_URL": linked(DELETE_URL="/things/x{}-delete"),
    "delete_url of no telling address": linked(delete_url="/act?deletion={}"),
    "a query": linked(url2="/things/{}?action=delete", other_url="/things/{}?delete=1"),
    "a method beside": said([each | {"links": [{"href": f"/x?cancel-{each['id']}", "method": "DELETE"}]} for each in things()]),
    "an anchor": anchors(SHOW, '<a href="/things/{}/delete">x</a>'),
    "the text of an anchor": anchors(SHOW, '<a href="/x?deleted={}"><b>De</b><!-- - -->lete</a>', '<a href="/x?r={}&deleted=">Remove</a>'),
    "a picture": anchors(SHOW, '<a href="/x?deleted={}"><img src="bin.png" alt="Delete"></a>'),
    "a label": anchors(SHOW, '<a href="/x?deleted={}" aria-label="Delete">✗</a>'),
    "an attribute for scripts": anchors(SHOW, '<a href="/x?deleted={}" data-method="delete">✗</a>'),
    "two anchors with one address": anchors(SHOW, '<a href="/x?deleted={0}">✗</a> <a href="/x?deleted={0}">Delete</a>'),
    "a form that gets": anchors(SHOW, '<form action="/x/deleted/{}"><button>Delete</button></form>'),
    "a form with a hidden method": anchors(SHOW, '<form action="/x/deleted"><input type=hidden name=_method value=delete></form>'),
    "HAL": hal(items=[{"_links": {"self": {"href": f"/things/{n}"}, "delete": {"href": f"/x/deleted/{n}"}}} for n in (1, 2, 3)]),
    "HAL, by a curie": hal(items=[{"_links": {"self": {"href": f"/things/{n}"}, "a:delete": {"href": f"/x/deleted/{n}"}}} for n in (1, 2, 3)]),
    "the Link field": linked().having(Link='</x/deleted>; rel="delete", </x/deleted2>; rel="related"; title="Delete all"'),
    "actions as members": said({"items": [{"name": "delete", "url": "/things/delete"}]}),
}  # fmt: skip


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_nothing_is_removed_by_reading(listing: Response) -> None:
    api = Acting(listing)
    report = judge(api)
    assert api.things == {"1", "2", "3"}
    assert "/things" in api.asked
    assert any("may act" in reason for reason in report.coverage["left_out"])


@pytest.mark.parametrize(
    "listing", [LISTINGS["delete_url"], LISTINGS["an anchor"], LISTINGS["HAL"]], ids=["json", "html", "hal"]
)
def test_the_things_themselves_are_read(listing: Response) -> None:
    api = Acting(listing)
    judge(api)
    assert {"/things/1", "/things/2", "/things/3"} <= set(api.asked)


def test_a_redirect_to_a_deed_is_not_followed() -> None:
    api = Acting(**{"/things": Response(302, (("Location", "/things/delete?all=1"),))})
    judge(api)
    assert api.things == {"1", "2", "3"}


@pytest.mark.parametrize("operation, document", [
    ("GET /things/delete", {}), ("GET /logout", {}), ("GET /x/deletion", {"operationId": "deleteThings"}),
])  # fmt: skip
def test_what_is_described_and_acts_is_not_tried(operation: str, document: dict[str, Any]) -> None:
    api = Acting(**{"/openapi.json": openapi({"GET /things": {}, operation: document})})
    report = judge(api)
    assert api.things == {"1", "2", "3"}
    assert any("may act" in reason for reason in report.coverage["left_out"])


def named(*of: str) -> Api:
    """A collection of things with names."""
    answers = {f"/posts/{each}": said({"name": each}) for each in of}
    listed = said([{"name": each, "url": f"/posts/{each}"} for each in of])
    return Acting(entry=hal(posts="/posts"), **{"/posts": listed}, **answers)


@pytest.mark.parametrize("name", ["delete-me", "cancel-culture", "deleting-things", "cancelled", "remove"])
def test_a_thing_may_be_called_like_a_deed(name: str) -> None:
    api = named("one", name)
    judge(api)
    assert isinstance(api, Acting)
    assert (f"/posts/{name}" in api.asked) is (name != "remove")


def test_self_beside_delete_is_read() -> None:
    answer = hal(items=[{"_links": {"self": {"href": "/things/1"}, "delete": {"href": "/things/1"}}}])
    api = Acting(answer)
    judge(api)
    assert "/things/1" in api.asked


def test_a_path_that_acts_is_still_said_to_name_an_action() -> None:
    assert "GetThatChanges" in names(judge(Acting(LISTINGS["delete_url"])))
