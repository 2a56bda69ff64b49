"""Rows 54 (object access) and 40 (mass assignment), where items are somebody's: `owned.py`, direct and through nginx.

What somebody asks of an item that they do not meet is answered byte for byte, but for Date, request id and timing, as
it is once another program has taken that item away.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import JSON
from tests.modelled import remake

from . import owned
from .assignments import TARGETS, assignments
from .catalogue import Sent
from .objects import FORMATS, ITEMS, Item, attempts, to_json
from .stand import RawAnswer, Stand, standing
from .stored_rows import Rows, StoredRows

pytestmark = pytest.mark.slow

OTHERS = (None, "bob", "eve")
"""Who does not meet what is ada's: an anonymous caller, one who is known, one who may change what they meet."""
TABLES = ("tasks", "teams", "papers", "judged", "memos", "restwell_renames")
CANARY = "/frameworks"


@pytest.fixture(scope="module", params=["direct", "nginx"])
def stand(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    remake(owned.Base.metadata, database)
    text = Path(owned.__file__).read_text()
    with standing(text, tmp_path_factory.mktemp("owned"), database, request.param) as found:
        stored(found).clear()
        fill(found)
        yield found


def stored(stand: Stand) -> StoredRows:
    return StoredRows(stand.database, TABLES)


def fill(stand: Stand) -> None:
    """Items of ada's, some of which others read; what bob and eve have; and a team that nobody is in."""
    hidden, judged, _, _, memo = ITEMS
    paper = {"title": hidden.former, **{name: hidden.values[name] for name in ("code", "size", "notes", "verdict")}}
    assert made(stand, "ada", "POST", "/papers", {**paper, "pin": "1234"}) == 201
    assert made(stand, "ada", "PATCH", f"/papers/{hidden.former}", {"title": hidden.identity}) == 200
    assert made(stand, "ada", "POST", "/papers", {"title": "Open", "code": "K-open", "notes": "private"}) == 201
    assert stand.ask(by("ada", Sent("POST", "/papers/Open/publish"))).status == 200
    assert made(stand, "ada", "POST", "/judged", {"name": judged.identity, "text": "secret-text"}) == 201
    assert made(stand, "ada", "POST", "/teams", {"name": "engines"}) == 201
    assert made(stand, "ada", "POST", "/tasks", {"what": "secret-task", "team_id": 1}) == 201
    assert (
        made(stand, "ada", "POST", "/memos", {"name": memo.identity, "author": "ada", "text": "secret-memo"}) == 201
    )
    for who in ("bob", "eve"):
        assert made(stand, who, "POST", "/papers", {"title": f"{who}s", "code": f"K-{who}"}) == 201
        assert made(stand, who, "POST", "/judged", {"name": f"{who}s"}) == 201
        assert made(stand, who, "POST", "/memos", {"name": f"{who}s", "author": who}) == 201
    for number in range(3):
        assert made(stand, "ada", "POST", "/papers", {"title": f"More-{number}"}) == 201
        assert made(stand, "ada", "POST", "/judged", {"name": f"More-{number}"}) == 201
        assert made(stand, "ada", "POST", "/tasks", {"what": f"more-{number}", "team_id": 1}) == 201
        assert made(stand, "ada", "POST", "/memos", {"name": f"More-{number}", "author": "ada"}) == 201
    fill_for_tom(stand)


def fill_for_tom(stand: Stand) -> None:
    """What tom has, who sets what is not for him to set, and a team of others."""
    teams = [{"id": 2, "name": "wings"}, {"id": 9, "name": "sails"}]
    tasks = [{"id": 8, "what": "x", "team_id": 2}, {"id": 9, "what": "x", "team_id": 9}]
    stored(stand).put_back({"teams": teams, "tasks": tasks})
    assert made(stand, "tom", "POST", "/papers", {"title": "toms", "size": 5}) == 201
    assert made(stand, "tom", "POST", "/judged", {"name": "toms", "text": "x"}) == 201
    assert made(stand, "tom", "POST", "/memos", {"name": "toms", "author": "tom", "text": "x"}) == 201


def by(who: str | None, sent: Sent) -> Sent:
    """The same from somebody."""
    if who is None:
        return sent
    credential = b64encode(f"{who}:x".encode()).decode()
    return sent._replace(fields=(*sent.fields, f"Authorization: Basic {credential}"))


def writing(method: str, target: str, content: dict[str, Any]) -> Sent:
    """Content as JSON, for what is at a target in any state."""
    fields = (f"Content-Type: {JSON}", f"Accept: {JSON}", *(() if method == "POST" else ("If-Match: *",)))
    return Sent(method, target, fields, to_json(content))


def made(stand: Stand, who: str, method: str, target: str, content: dict[str, Any]) -> int:
    return stand.ask(by(who, writing(method, target, content))).status


def told(answer: RawAnswer, name: str) -> list[str]:
    """The values of a header field."""
    return [each.decode() for each in re.findall(rb"\r\n%b: ([^\r]*)" % name.encode(), answer.head)]


def known_to_ada(stand: Stand, item: Item) -> tuple[list[str], list[str]]:
    """The entity tags of an item, and the cursors of the pages that it is on, which its owner was given."""
    tags, cursors = set[str](), set[str]()
    for accept in FORMATS:
        answer = stand.ask(by("ada", Sent("GET", item.url, (f"Accept: {accept}",))))
        assert answer.status == 200, (item, accept)
        tags.update(told(answer, "etag"))
    identity = "title" if item.path == "/papers" else "id" if item.path in {"/teams", "/tasks"} else "name"
    for query in ("limit=1", f"limit=1&sort=-{identity}", f"limit=2&sort={identity}"):
        answer = stand.ask(by("ada", Sent("GET", f"{item.path}?{query}", (f"Accept: {JSON}",))))
        cursors.update(re.findall(r"after=([\w-]+)", answer.content.decode() + str(answer.head)))
    return sorted(tags), sorted(cursors)


def hidden_in(rows: Rows) -> Rows:
    """Those that are ada's, or her team's, but for what everybody reads, and all former addresses."""
    whose = {"teams": ("id", 1), "tasks": ("team_id", 1)}
    found = {}
    for table in TABLES:
        member, value = whose.get(table, ("author", "ada"))
        found[table] = [row for row in rows[table] if row.get(member, value) == value and row.get("title") != "Open"]
    return found


def test_an_item_of_somebody_else_is_as_if_it_had_never_been(stand: Stand) -> None:
    rows = stored(stand).all()
    every = [each for item in ITEMS for each in attempts(item, *known_to_ada(stand, item))]
    asked = [by(who, each) for who in OTHERS for each in every]
    with stand.unharmed(CANARY):
        hidden = [stand.ask(each) for each in asked]
    assert stored(stand).all() == rows
    stored(stand).take_away(hidden_in(rows))
    with stand.unharmed(CANARY):
        missing = [stand.ask(each) for each in asked]
    stored(stand).put_back(hidden_in(rows))
    for sent, one, other in zip(asked, hidden, missing, strict=True):
        assert one.lasting == other.lasting, sent
        assert one.status < 500, sent


@pytest.mark.parametrize("who", ["bob", "eve"])
def test_what_takes_a_value_of_a_hidden_item_is_told_that_and_no_more(stand: Stand, who: str) -> None:
    """In the very words that are said of a value of an item that the caller meets."""
    rows = stored(stand).all()
    collisions = [
        (method, target, {**content, name: taken})
        for name, values in (("title", ("Hidden-One", "Open")), ("code", ("K-one", "K-open")))
        for taken in values
        for method, target, content in (("POST", "/papers", {"title": "New"}), ("PATCH", f"/papers/{who}s", {}))
    ]
    for hidden, met in zip(collisions[::4] + collisions[1::4], collisions[2::4] + collisions[3::4], strict=True):
        answers = [stand.ask(by(who, writing(*each))) for each in (hidden, met)]
        assert [each.status for each in answers] == [409, 409]
        assert answers[0].lasting == answers[1].lasting
    for item in (each for each in ITEMS if each.path in {"/papers", "/judged", "/memos"}):
        name = "title" if item.path == "/papers" else "name"
        content = {"author": who} if item.path == "/memos" else {}
        made = stand.ask(by(who, writing("POST", item.path, {name: item.identity, **content})))
        put = stand.ask(by(who, Sent("PUT", item.url, (f"Content-Type: {JSON}",), to_json(content))))
        assert (made.status, put.status) == (409, 409)
        assert b'"/%b"' % name.encode() in put.content
        for answer in (made, put):
            assert not [each for each in item.values.values() if str(each).encode() in answer.content.lower()]
    assert stored(stand).all() == rows


def test_content_sets_nothing_that_the_server_sets(stand: Stand) -> None:
    rows = stored(stand).all()
    for target in TARGETS:
        with stand.unharmed(CANARY):
            for sent in (by(target.who, each) for each in assignments(target)):
                answer = stand.ask(sent)
                assert answer.status in {400, 403, 409, 415, 422}, (sent, answer.content)
        assert stored(stand).all() == rows, target
    for target in TARGETS:  # and what is left is taken
        for method, url, content in (("PATCH", target.url, {}), ("PUT", target.url, target.content)):
            assert made(stand, target.who, method, url, dict(content)) in {200, 204}, target
