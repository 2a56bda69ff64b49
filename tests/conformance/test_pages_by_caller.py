"""Pages say who is signed in, and what may not be done with what that takes: no more than descriptions do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask

from restwell import Api, Change, Field, Grant, Resource, all_of, any_of, authenticated, owner, public, scope, when
from tests.api import JSON, MERGE_PATCH, Answer, Served

HTML = "text/html"
ADA, BOB, EVE = Grant("ada"), Grant("bob"), Grant("<b>eve</b>", ["papers:read"])
NAMED: dict[str, tuple[Grant | None, str]] = {
    "anonymous": (None, "You are anonymous."),
    "a subject": (ADA, "Signed in as ada."),
    "a subject with markup": (EVE, "Signed in as <b>eve</b>."),
    "a key": (Grant("abc", credential="abc"), "Signed in as the key abc."),
    "a session": (Grant("ada", credential="session"), "Signed in as ada."),
}


class Paper(Resource):
    """A paper."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    status: str = "draft"
    reviewer: str = Field("zoe", hidden=True)


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource(
        "/papers",
        read=public(),
        create=authenticated(),
        update=any_of(all_of(owner("author"), when(lambda row: row.status == "draft")), scope("papers:edit")),
        delete=owner("reviewer"),
        initial=[{"title": "a", "author": "ada"}, {"title": "b", "author": "bob", "status": "published"}],
    )(Paper)

    @api.operation(Paper, "publish", permission=scope("papers:publish"))
    def publish(change: Change) -> None:
        """Publish it."""

    @api.resource("/notes", read=public(), write=public(), initial=[{"name": "n"}])
    class Note(Resource):
        """A note."""

        name: str = Field(identity=True)
        text: str = ""

    found = Served(app, api)
    yield found
    found.close()


def send(served: Served, grant: Grant | None, target: str, method: str = "GET", **more: Any) -> Answer:
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    accept = more.pop("accept", HTML)
    return served.send(method, target, headers | more.pop("headers", {}), accept=accept, **more)


def texts(page: str, heading: str) -> list[str]:
    """The lines below a heading of what may, or may not, be done."""
    _, found, rest = page.partition(f"<h2>{heading}</h2>")
    items = re.findall(r"<li>(.*?)</li>", rest.partition("</section>")[0], re.DOTALL) if found else []
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", item)).split()) for item in items]


def closed(served: Served, grant: Grant | None, target: str) -> list[str]:
    return texts(send(served, grant, target).body.decode(), "What you may not do here")


@pytest.mark.parametrize("target", ["/", "/papers", "/papers/a", "/notes/n"])
@pytest.mark.parametrize("who", NAMED)
def test_a_page_says_who_is_signed_in(served: Served, who: str, target: str) -> None:
    grant, said = NAMED[who]
    answer = send(served, grant, target)
    [found] = re.findall(r'<p class="who">(.*?)</p>', answer.body.decode())
    assert unescape(re.sub(r'</?strong>|<a href="http://localhost/me">|</a>', "", found)) == said
    assert ("private" in answer["cache-control"]) is (grant is not None)
    assert "Authorization" in answer["vary"]


def test_what_may_not_be_done_has_what_it_takes(served: Served) -> None:
    own = "(an item whose author is the caller and an item that the rule of the resource holds for)"
    update = f"Needs {own} or the scope"
    assert closed(served, None, "/papers/a") == [
        f"PATCH Change a Paper {update} papers:edit.",
        f"PUT Replace a Paper {update} papers:edit.",
        "DELETE Delete a Paper Needs an item that is the caller's own.",
        "POST Publish a Paper Needs the scope papers:publish.",
    ]
    assert [each.split()[0] for each in closed(served, ADA, "/papers/a")] == ["DELETE", "POST"]
    assert [each.split()[0] for each in closed(served, ADA, "/papers/b")] == ["PATCH", "PUT", "DELETE", "POST"]
    assert [each.split()[0] for each in closed(served, Grant("x", ["papers:edit"]), "/papers/b")] == [
        "DELETE",
        "POST",
    ]


def test_it_is_what_descriptions_say(served: Served) -> None:
    described = send(served, None, "/openapi.json", accept="*/*").json()["paths"]
    said = {each["summary"]: each["description"].replace("`", "") for each in described["/papers/{title}"].values()
            if isinstance(each, dict) and "summary" in each}  # fmt: skip
    for line in closed(served, None, "/papers/a")[:3]:
        title, _, needs = line.partition(" ")[2].partition(" Needs ")
        assert f"Needs {needs}" in said[title] or title.startswith("Replace")


def test_a_page_of_a_collection_says_nothing_of_what_is_open_on_some_of_its_items(served: Served) -> None:
    assert [each.split()[0] for each in closed(served, None, "/papers")] == ["POST", "PATCH", "PUT", "DELETE", "POST"]
    assert [each.split()[0] for each in closed(served, ADA, "/papers")] == ["DELETE", "POST"]
    assert [each.split()[0] for each in closed(served, ADA, "/papers?title=nothing")] == []


@pytest.mark.parametrize("target", ["/notes", "/notes/n"])
def test_where_all_is_open_there_is_nothing_that_may_not_be_done(served: Served, target: str) -> None:
    assert b"What you may not do here" not in send(served, None, target).body
    assert b"What you may do here" in send(served, None, target).body


@pytest.mark.parametrize("target", ["/", "/papers", "/papers/a", "/docs", "/docs.jsonld", "/openapi.json"])
def test_a_hidden_member_by_which_a_rule_goes_is_named_nowhere(served: Served, target: str) -> None:
    for grant in (None, ADA):
        assert b"reviewer" not in send(served, grant, target, accept="*/*").body
        assert b"reviewer" not in send(served, grant, target).body


@pytest.mark.parametrize("target", ["/", "/notes", "/notes/n"])
def test_the_page_of_one_caller_is_not_a_copy_of_that_of_another(served: Served, target: str) -> None:
    tags = {name: send(served, grant, target)["etag"] for name, grant in (("ada", ADA), ("bob", BOB), ("no", None))}
    assert len(set(tags.values())) == 3
    mine, theirs = ({"If-None-Match": tags[name]} for name in ("ada", "bob"))
    assert send(served, ADA, target, headers=mine).status == 304
    assert send(served, ADA, target, headers=theirs).status == 200
    assert send(served, ADA, target, accept=JSON)["etag"] == send(served, BOB, target, accept=JSON)["etag"]


def test_the_tag_of_a_page_is_good_for_a_change(served: Served) -> None:
    tag = send(served, ADA, "/notes/n")["etag"]
    headers = {"Content-Type": MERGE_PATCH, "If-Match": tag}
    answer = send(served, ADA, "/notes/n", "PATCH", headers=headers, content={"text": "x"})
    assert answer.status == 200
    assert answer.body.decode().count("Signed in as") == 1
    assert send(served, ADA, "/notes/n", "PATCH", headers=headers, content={"text": "y"}).status == 412
