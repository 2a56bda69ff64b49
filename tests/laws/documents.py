"""`examples/documents.py` as laws walk it: its callers, its rows, and in words who may read what of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import examples.documents
from restwell import Grant
from restwell.data.plans import RowChange
from restwell.data.units import Unit
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, MERGE_PATCH, Answer, Served

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
STAFF = "eve"
REFUSED = {401, 403, 404, 405}
PEOPLE = [{"name": name, "email": f"secret-address-of-{name}"} for name in ("ada", "bob", "tom", "zoe", "eve")]
TEAMS = [{"name": "engines", "lead": "ada"}, {"name": "wings", "lead": "bob"}]
STATES = ("draft", "review", "published")
DOCUMENTS = [
    {
        "title": f"{author}-{status}", "author": author, "team": team, "reviewer": reviewer, "status": status,
        "text": f"secret-text-of-{author}-{status}", "notes": f"secret-notes-of-{author}-{status}", "priority": 2,
        "grade": 4,
    }
    for author, team, reviewer in (("ada", "engines", "bob"), ("bob", None, "ada"), ("tom", "wings", None))
    for status in STATES
]  # fmt: skip
COMPLAINTS = [{"number": 1, "text": "secret-complaint", "answer": "secret-answer"}]
ROWS: dict[str, list[dict[str, Any]]] = {
    "people": PEOPLE, "teams": TEAMS, "documents": DOCUMENTS, "complaints": COMPLAINTS,
}  # fmt: skip
IDENTITY = {"people": "name", "teams": "name", "documents": "title", "complaints": "number"}
NAMES = {"people": "Person", "teams": "Team", "documents": "Document", "complaints": "Complaint"}
MEMBERS = {
    "people": ("name", "about", "email", "rank"),
    "teams": ("name", "lead", "purpose"),
    "documents": ("title", "author", "team", "reviewer", "status", "text", "notes", "priority", "grade"),
    "complaints": ("number", "text", "answer"),
}
OTHER: dict[str, Any] = {
    "about": "x", "email": "x", "rank": "x", "lead": "zoe", "purpose": "x", "author": "zoe", "team": "x",
    "reviewer": "zoe", "status": "published", "text": "x", "notes": "x", "priority": 3, "grade": 2, "name": "x",
    "title": "x", "number": 9, "answer": "x",
}  # fmt: skip
"""Another value for each member."""
OWN = {"documents": ("hand-in", "publish"), "complaints": ("reply",)}
"""The operations of the application's own on an item."""
EVERY_OWN = frozenset(name for names in OWN.values() for name in names)


@contextmanager
def served_documents(database_url: str) -> Iterator[Served]:
    """The example with its rows, in a database of its own."""
    example = importlib.reload(examples.documents)
    example.app.config["RESTWELL_DATABASE"] = database_url
    found = Served(example.app, example.api)
    store: Any = example.api.binding(example.app).store
    for declaration in store.declarations:
        for row in ROWS[declaration.slug]:  # as an import adds them; numbers are made
            values = declaration.shape.initial({name: row[name] for name in row if name != "number"})
            store.carry_out(Unit((RowChange("insert", declaration, values=values),)))
    yield found
    found.close()


def send(served: Served, who: str, method: str, target: str, **more: Any) -> Answer:
    """Send a request as one of the callers; a patch is a merge patch, unless it says otherwise."""
    grant = CALLERS[who]
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    if method == "PATCH":
        headers["Content-Type"] = MERGE_PATCH
    return served.send(method, target, headers | more.pop("headers", {}), **more)


def trying(served: Served) -> AbstractContextManager[None]:
    """What is changed meanwhile is taken back."""
    return served.api.binding(served.app).store.restoring()


def items() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The collection, the address and the values of every item."""
    for slug, rows in ROWS.items():
        for row in rows:
            yield slug, f"/{slug}/{row[IDENTITY[slug]]}", row


def groups(who: str) -> frozenset[str]:
    grant = CALLERS[who]
    return frozenset() if grant is None else grant.groups


def may_meet(who: str, slug: str, row: dict[str, Any]) -> bool:
    """Whether somebody may read an item, as the example says it in words."""
    if slug != "documents":
        return slug == "teams" or who == STAFF or (slug == "people" and who != "anonymous")
    handed_in = row["status"] != "draft" and row["team"] is not None and row["team"] in groups(who)
    return who in {row["author"], row["reviewer"], STAFF} or handed_in or row["status"] == "published"


def may_read(who: str, slug: str, row: dict[str, Any], name: str) -> bool:
    """Whether somebody may read a member of an item, as the example says it in words."""
    if not may_meet(who, slug, row):
        return False
    if name == "email":
        return who in {row["name"], STAFF}
    if name == "notes":
        return bool(who == row["author"])
    if name == "priority":
        return who in {row["author"], STAFF}
    return name != "grade" or who in {row["author"], row["reviewer"], STAFF}


def may_read_always(who: str, slug: str, name: str) -> bool:
    """Whether somebody may read a member of every item that they may meet, whichever these are."""
    theirs = {"email", "priority", "grade"}  # who is the author, say, decides it, unless the staff asks
    return name != "notes" and (name not in theirs or who == STAFF)


def may_set_of_some(who: str, slug: str, name: str) -> bool:
    """Whether somebody may set a member of some item, there or new, if they may change or make that one at all."""
    if name in {"author", "status", "number"}:
        return False
    if name in {"rank", "answer"}:
        return who == STAFF
    theirs = {
        "team",
        "reviewer",
        "text",
        "notes",
        "priority",
        "grade",
    }  # of the author, or of the reviewer, whoever that is
    return slug != "documents" or name not in theirs or who != "anonymous"


def check_bytes(who: str, answer: Answer) -> None:
    """No value that is somebody else's is in the answer."""
    told = answer.body.decode() + str(answer.headers)
    for slug, _, row in items():
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("secret-") and not may_read(who, slug, row, name):
                assert value not in told, f"{who} reads {name} of {row}"
