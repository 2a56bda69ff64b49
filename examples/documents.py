"""Documents with authors and reviewers: who sees what, and what each may do with it, is said by rules alone.

restwell serve examples.documents:app

A document is its author's until it is handed in; then its team and its reviewer read it too, and once it is published
everybody does. Notes are the author's own, the grade is set by the reviewer, who is somebody else, and the staff sees
all but notes. Whoever is known may complain; complaints are read, and replied to, by the staff alone.
"""

from typing import Literal

from flask import Flask
from pydantic import BaseModel

from restwell import (
    Api,
    Change,
    Field,
    Grant,
    Refuse,
    Resource,
    all_of,
    any_of,
    authenticated,
    owner,
    public,
    scope,
    when,
)

app = Flask(__name__)
api = Api(app)

staff = scope("staff:all")
of_team = when(lambda row, grant: row.team.in_(grant.groups))
draft = when(lambda row: row.status == "draft")
handed_in = when(lambda row: row.status != "draft")
in_review = when(lambda row: row.status == "review")


def is_own(grant: Grant, row: "Person") -> bool:
    """Whether somebody is this very person, whichever case the name is written in."""
    return grant.subject is not None and row.name.casefold() == grant.subject.casefold()


@api.resource("/people", read=authenticated(), create=staff, update=any_of(is_own, staff), delete=staff)
class Person(Resource):
    """Who writes and reads. The address is told to them alone."""

    name: str = Field(identity=True)
    about: str = ""
    email: str | None = Field(None, read=any_of(is_own, staff))
    rank: str = Field("member", write=staff)


@api.resource("/teams", read=public(), create=staff, update=any_of(owner("lead"), staff), delete=staff)
class Team(Resource):
    """Who works together."""

    name: str = Field(identity=True)
    lead: str
    purpose: str = ""


@api.resource(
    "/documents",
    read=any_of(
        owner("author"),
        owner("reviewer"),
        staff,
        all_of(of_team, handed_in),
        when(lambda row: row.status == "published"),
    ),
    create=authenticated(),
    update=any_of(all_of(owner("author"), draft), all_of(owner("reviewer"), in_review), staff),
    delete=any_of(all_of(owner("author"), draft), staff),
)
class Document(Resource):
    """What is written."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    team: str | None = Field(None, write=any_of(owner("author"), staff))
    reviewer: str | None = Field(None, write=any_of(owner("author"), staff))
    status: Literal["draft", "review", "published"] = Field("draft", read_only=True)
    text: str = Field("", write=any_of(owner("author"), staff))
    notes: str | None = Field(None, read=owner("author"))
    priority: int = Field(1, ge=1, le=3, read=any_of(owner("author"), staff))
    grade: int | None = Field(
        None,
        ge=1,
        le=5,
        read=any_of(owner("author"), owner("reviewer"), staff),
        write=all_of(owner("reviewer"), in_review),
    )


@api.operation(Document, "hand-in", permission=all_of(owner("author"), draft))
def hand_in(change: Change) -> None:
    """The reviewer is to read it."""
    if change.new.reviewer == change.new.author:
        raise Refuse(409, "Nobody reviews what is their own: name somebody else.", pointer="/reviewer")
    change.new.status = "review"


@api.operation(Document, "publish", permission=any_of(all_of(owner("reviewer"), in_review), staff))
def publish(change: Change) -> None:
    """Everybody may read it."""
    change.new.status = "published"


@api.resource("/complaints", read=staff, create=authenticated(), delete=staff)
class Complaint(Resource):
    """What is wrong."""

    number: int | None = Field(None, identity=True)
    text: str
    answer: str | None = Field(None, write=staff)


class Reply(BaseModel):
    """What is said of a complaint."""

    text: str


@api.operation(Complaint, "reply", permission=staff, input=Reply)
def reply(change: Change) -> None:
    """Say what becomes of it."""
    change.new.answer = change.input.text
