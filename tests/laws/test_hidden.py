"""What is hidden leaves no trace: two databases that differ in that alone are told apart by no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell import Api, Field, Grant, Resource, Rule, all_of, any_of, authenticated, owner, public, scope, when
from restwell.access.grant import ANONYMOUS
from restwell.access.sight import sight_of
from restwell.data.layout import Layout
from restwell.data.matching import Matching
from restwell.flow.seeing import seen_with
from restwell.model.conditions import fields_in
from restwell.model.resource import Declaration
from tests.api import HAL, JSON, MERGE_PATCH, Answer, Served

GRANTS = (
    None, Grant("ada"), Grant("bob", groups=["red"]), Grant("eve", ["papers:read", "papers:update", "papers:delete"]),
    Grant("joe", ["papers:read", "papers:create", "papers:see"], groups=["red", "blue"]),
)  # fmt: skip
NAMES = ("ada", "bob", "eve", "joe")
TEAMS = ("red", "blue", None)
FORMATS = ("*/*", JSON, HAL, "application/prs.hal-forms+json", "text/html")
TARGETS = (
    "/", "/papers", "/papers?limit=2", "/papers?sort=-author,title", "/papers?sort=size", "/papers?author=ada",
    "/papers?size[gte]=2", "/papers?team[exists]=false", "/papers?title[contains]=a", "/papers?fields=title,size",
    "/papers?secret=x", "/papers?sort=secret", "/papers?fields=secret", "/papers?limit=1&sort=-size", "/openapi.json",
    "/me", "/docs", "/docs.jsonld", "/contexts/Paper", "/schemas/Paper", "/problems/conflict",
    "/.well-known/api-catalog",
)  # fmt: skip
TITLES = ("a", "b", "c", "d", "x", "y", "z")
"""Of which the first are in both databases, and the last three, if at all, in one."""
CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("PATCH", "", {"size": 9}), ("PATCH", "", {"author": "ada"}), ("PATCH", "", {"secret": "new"}), ("PATCH", "", {}),
    ("PUT", "", {"author": "bob", "size": 1}), ("DELETE", "", None),
)  # fmt: skip

atoms: st.SearchStrategy[Rule] = st.one_of(
    st.sampled_from([public(), authenticated(), scope("papers"), scope("papers:see"), owner("author")]),
    st.sampled_from(
        [
            when(lambda row: row.size > 1),
            when(lambda row: row.team == "red"),
            when(lambda row: ~row.team.is_none()),
            when(lambda row, grant: row.team.in_(grant.groups)),
            when(lambda row, grant: (row.author == grant.subject) if grant.subject else False),
            when(lambda row: row.secret == "s"),
        ]
    ),
)
rules: st.SearchStrategy[Rule] = st.recursive(
    atoms,
    lambda inner: st.builds(
        lambda join, several: join(*several),
        st.sampled_from([any_of, all_of]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
papers = st.fixed_dictionaries(
    {
        "author": st.sampled_from(NAMES),
        "team": st.sampled_from(TEAMS),
        "size": st.integers(0, 3),
        "secret": st.sampled_from(["s", "t", None]),
    }
)


def declared(member: Rule | None, written: Rule | None) -> type[Any]:
    class Paper(Resource):
        """A paper."""

        title: str = Field(identity=True)
        author: str = "ada"
        team: str | None = None
        size: int = 0
        secret: str | None = Field(None, read=member, write=written)

    return Paper


@contextmanager
def serving(cls: type[Any], policy: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[Served]:
    """An API with these rows, whose secrets are those of every other one here."""
    app = Flask("papers")
    app.config["RESTWELL_DATABASE"] = "sqlite://"
    api = Api(app)
    api.resource("/papers", **policy)(cls)
    served = Served(app, api)
    api.binding(app).store.__dict__["secret"] = bytes(32)
    for row in rows:
        names = ", ".join(row)
        places = ", ".join("?" * len(row))
        served.change(f"insert into papers (_version, _modified, {names}) values (1, 1, {places})", *row.values())
    try:
        yield served
    finally:
        served.close()


def told(answer: Answer) -> Any:
    """All of an answer but what differs with the time and the request: what is written now has a random version."""
    status, fields, body = answer.lasting()
    apart = {"etag", "last-modified"} if status == 201 else {"last-modified"}
    return status, [field for field in fields if field[0] not in apart], body


def send(served: Served, grant: Grant | None, method: str, target: str, **more: Any) -> Answer:
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    if method == "PATCH":
        headers["Content-Type"] = MERGE_PATCH
    return served.send(method, target, headers, **more)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    policy=st.fixed_dictionaries({}, optional=dict.fromkeys(("read", "create", "update", "delete"), rules)).filter(
        bool
    ),
    accept=st.sampled_from(FORMATS),
    member=st.one_of(st.none(), rules),
    written=st.one_of(st.none(), rules),
    grant=st.sampled_from(GRANTS),
    common=st.lists(papers, min_size=4, max_size=4),
    others=st.lists(papers, min_size=3, max_size=3),
    secrets=st.lists(st.sampled_from(["s", "t", None]), min_size=4, max_size=4),
)
def test_nothing_tells_of_what_is_hidden(
    policy: dict[str, Any],
    accept: str,
    member: Rule | None,
    written: Rule | None,
    grant: Grant | None,
    common: list[dict[str, Any]],
    others: list[dict[str, Any]],
    secrets: list[str | None],
) -> None:
    cls = declared(member, written)
    shown = [{"title": title, **row} for title, row in zip(TITLES, common, strict=False)]
    more = [{"title": title, **row} for title, row in zip(TITLES[4:], others, strict=True)]
    with serving(cls, policy, shown) as one:
        resource = one.api.binding(one.app).addresses.declarations[0].whole
        hidden, changed = differing(resource, grant or ANONYMOUS, more, shown, secrets)
        with serving(cls, policy, changed + hidden) as other:
            for target in (*TARGETS, *(f"/papers/{title}" for title in TITLES)):
                wanted = accept if target.startswith("/papers") else "*/*"
                answers = [told(send(each, grant, "GET", target, accept=wanted)) for each in (one, other)]
                assert answers[0] == answers[1], f"GET {target} as {wanted}"
            # Who takes an item over by a change may see more of it than before: that is no leak.
            stays_hidden = "secret" not in sight_of(resource, grant or ANONYMOUS).readable_where
            for title in TITLES if stays_hidden else TITLES[4:]:
                for method, _, content in CHANGES:
                    if method != "PUT" or title in TITLES[:4]:
                        asked = {"content": content} if content is not None else {}
                        answers = [
                            told(send(each, grant, method, f"/papers/{title}", **asked)) for each in (one, other)
                        ]
                        assert answers[0] == answers[1], f"{method} {title}"
            for method, target, content in (("POST", "/papers", {}), ("PUT", "", {})):
                for row in hidden:
                    collides(other, grant, method, target or f"/papers/{row['title']}", row, content)


def differing(
    resource: Declaration,
    grant: Grant,
    more: list[dict[str, Any]],
    shown: list[dict[str, Any]],
    secrets: list[str | None],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows that a caller does not meet, and others with other secrets: hidden ones, which decide nothing."""
    sight, matching = sight_of(resource, grant), resource.compiled[Matching]
    hidden = [row for row in more if not matching.meets(sight.rows, row)]
    conditions = [sight.rows, *sight.conditions.values(), *sight.writable_where.values()]
    decides = any("secret" in fields_in(each) for each in (*conditions, *sight.readable_where.values()))
    changed = []
    for row, secret in zip(shown, secrets, strict=True):
        seen = seen_with(sight, resource.public, as_row(resource, row))
        is_hidden = "secret" not in {spec.name for spec in seen.fields}
        changed.append({**row, "secret": secret} if is_hidden and not decides else row)
    return hidden, changed


def as_row(resource: Declaration, values: dict[str, Any]) -> tuple[Any, ...]:
    return resource.compiled[Layout].row(1, 1, 1, values)


def collides(
    served: Served, grant: Grant | None, method: str, target: str, row: dict[str, Any], content: dict[str, Any]
) -> None:
    """What would take a key that is hidden is refused as it would be anyway, or 409, and tells nothing else."""
    answer = send(served, grant, method, target, content={**content, "title": row["title"]})
    assert answer.status in {401, 403, 404, 405, 409, 422}, f"{method} {target}"
    if answer.status == 409:
        text = json.dumps({**answer.json(), "instance": ""})
        assert not any(f'"{row[name]}"' in text for name in ("author", "team", "secret") if row[name] is not None)
