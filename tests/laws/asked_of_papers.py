"""What papers, and the teams that they may be of, are asked: every way to read, and every way to write."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH

from .hidden import MEMBERS, TEAMS, TITLES

HTML = "text/html"
FORMATS = ("*/*", JSON, JSON_LD, HAL, HAL_FORMS, HTML)
NEVER = "n"
"""A name that nothing has in any database."""


class Ask(NamedTuple):
    """A request, but for who sends it."""

    method: str
    target: str
    accept: str = "*/*"
    headers: tuple[tuple[str, str], ...] = ()
    content: Any = None

    def with_field(self, name: str, value: str) -> Ask:
        return self._replace(headers=(*self.headers, (name, value)))


VALUES = {
    "title": ("a", "c,x,n"), "author": ("ada", "b"), "team": ("red", "pink"), "size": ("1", "2"),
    "code": ("k1", "k5"), "secret": ("s", "new"), "name": ("red", "pink"), "lead": ("ada", "eve"),
    "level": ("0", "1"), "nothing": ("x",),
}  # fmt: skip
OPERATORS = ("", "[eq]", "[ne]", "[gt]", "[gte]", "[lt]", "[lte]", "[in]", "[contains]", "[icontains]", "[starts]")
OF_TEAMS = ("name", "lead", "level")


def queries_of(members: tuple[str, ...]) -> list[str]:
    """Every kind of query about some members, of which some are not there for everybody, and one is for nobody."""
    named = (*members, "nothing")
    found = ["", "limit=1", "limit=2", "limit=0", "page=1&itemsPerPage=2", "page=2&itemsPerPage=2", "page=3&limit=1"]
    found += ["page=9", "after=none", "unknown=1", "limit=2&unknown=1", "fields=", "sort="]
    found += [f"{name}{operator}={value}" for name in named for operator in OPERATORS for value in VALUES[name]]
    found += [f"{name}[exists]={said}" for name in named for said in ("true", "false")]
    found += [f"exists[{name}]=true" for name in named] + [f"order[{name}]=desc" for name in named]
    found += [
        f"sort={sign}{name}{more}" for name in named for sign in ("", "-") for more in ("", "&limit=1", ",size")
    ]
    found += [f"fields={name}" for name in named] + [f"fields={','.join(members)}&limit=2"]
    return found


COLLECTIONS = [
    *(f"/papers?{query}".rstrip("?") for query in queries_of(MEMBERS)),
    *(f"/teams?{query}".rstrip("?") for query in queries_of(OF_TEAMS)),
]
ITEMS = [
    *(f"/papers/{title}" for title in (*TITLES, *(f"was-{each}" for each in TITLES[4:]), NEVER)),
    *(f"/teams/{name}" for name in (*TEAMS, NEVER)),
]
DOCUMENTS = [
    "/", "/me", "/openapi.json", "/docs", "/docs.jsonld", "/contexts/Paper", "/contexts/Team", "/schemas/Paper",
    "/schemas/Team", "/problems/conflict", "/problems/not-found", "/.well-known/api-catalog", "/health/live",
]  # fmt: skip
NOWHERE = ["/paper", "/papers/a/b", "/papers/x/y", "/papers/", "/papers/x/grow", "/papers/n/grow", "/papers/%78"]
PREFERENCES = ("", "count=exact", "count=estimated", "count=none", "handling=lenient")
ALWAYS = [
    *(Ask("GET", each, JSON_LD, (("Prefer", "count=exact"),)) for each in ("/papers", "/teams", "/papers?limit=1")),
    Ask("GET", "/papers?limit=2&sort=-size"), Ask("GET", "/papers?limit=1&sort=title"),
    Ask("GET", "/papers?page=2&itemsPerPage=2&sort=title"),
    Ask("GET", "/papers", HTML), Ask("GET", "/papers", HAL_FORMS),
    *(Ask("GET", target) for target in ITEMS),
]  # fmt: skip
"""Which every example reads."""
PAGES = [each for each in COLLECTIONS if "=" not in each or "page=" in each or "limit=" in each or "sort=" in each]
READS = (
    [Ask("GET", *each) for each in product(COLLECTIONS, FORMATS)],
    [Ask("GET", target, JSON_LD, (("Prefer", each),)) for target in COLLECTIONS for each in PREFERENCES[1:]],
    [Ask("GET", *each) for each in product(PAGES, FORMATS)],
    [
        *(Ask("GET", *each) for each in product(ITEMS, FORMATS)),
        *(Ask("GET", f"{target}?fields={name}") for target in ITEMS for name in ("secret", "size", "nothing")),
    ],
    [Ask("GET", *each) for each in product(DOCUMENTS, ("*/*", JSON, HTML))],
    [Ask(method, target) for method in ("HEAD", "OPTIONS") for target in (*PAGES, *ITEMS, *DOCUMENTS)],
    [
        *(Ask("GET", target, "image/png") for target in ("/papers", *ITEMS, "/", "/openapi.json")),
        *(Ask(*each) for each in product(("GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "BREW"), NOWHERE)),
        *(Ask(*each) for each in product(("DELETE", "PUT", "PATCH"), ("/papers", "/teams", "/"))),
    ],
)
"""What changes nothing, also by being refused, by its kind."""

CONTENTS: tuple[dict[str, Any], ...] = (
    {}, {"size": 9}, {"size": 2, "author": "bob"}, {"author": "ada"}, {"team": "red"}, {"team": "pink", "size": 2},
    {"team": "grey"}, {"team": NEVER}, {"team": None, "code": "k9"}, {"code": "k1"}, {"code": "k5", "team": NEVER},
    {"secret": "new"}, {"secret": "s", "size": 3}, {"secret": None, "team": "pink", "author": "joe"}, {"nothing": 1},
    {"size": "much"}, {"secret": 7}, {"author": "ada", "size": 2, "team": "blue", "code": "k8"},
    {"team": "pink", "code": "k1"},
)  # fmt: skip
PATCHES: tuple[list[dict[str, Any]], ...] = (
    [{"op": "test", "path": "/secret", "value": "s"}], [{"op": "test", "path": "/secret", "value": None}],
    [{"op": "copy", "from": "/secret", "path": "/author"}], [{"op": "move", "from": "/secret", "path": "/code"}],
    [{"op": "remove", "path": "/secret"}], [{"op": "replace", "path": "/size", "value": 5}],
    [{"op": "add", "path": "/secret", "value": "t"}, {"op": "test", "path": "/secret", "value": "t"}],
    [{"op": "replace", "path": "/team", "value": "pink"}], [{"op": "replace", "path": "/title", "value": "x"}],
    [{"op": "test", "path": "/team", "value": "red"}, {"op": "replace", "path": "/size", "value": 0}],
)  # fmt: skip
PAPERS = [f"/papers/{title}" for title in (*TITLES, "was-x", NEVER)]
OF_A_TEAM: tuple[dict[str, Any], ...] = ({}, {"lead": "ada", "level": 1}, {"level": 0}, {"lead": "eve"})
CONDITIONS: tuple[tuple[tuple[str, str], ...], ...] = (
    (), (("If-Match", "*"),), (("If-Match", '"made-up"'),), (("If-None-Match", "*"),),
    (("Prefer", "return=minimal"),), (("Prefer", "return=representation"),),
    (("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:01 GMT"),),
)  # fmt: skip
OWN_TAG = ("If-Match", "")
"""Stands for the entity tag that a GET has given."""
CHANGES = (
    [Ask("POST", "/papers", content={"title": title, **each}) for title in (NEVER, "m", "a") for each in CONTENTS],
    [Ask("PUT", target, content=each) for target in (*PAPERS, "/papers/m") for each in CONTENTS],
    [Ask("PATCH", target, content=each) for target in PAPERS for each in (*CONTENTS, {"title": "o"})],
    [Ask("PATCH", target, content=each) for target in PAPERS for each in PATCHES],
    [Ask("PATCH", target, content=each) for target in PAPERS[:4] for each in PATCHES[:5]],
    [
        *(Ask("DELETE", target) for target in PAPERS if target != "/papers/d"),
        *(Ask("POST", f"{target}/grow") for target in PAPERS),
        *(Ask("DELETE", f"/teams/{name}") for name in (*TEAMS, NEVER)),
    ],
    [
        *(Ask("POST", "/teams", content={"name": name, **each}) for name in (NEVER, "red") for each in OF_A_TEAM),
        *(Ask("PUT", f"/teams/{name}", content=each) for name in (*TEAMS, NEVER) for each in OF_A_TEAM),
        *(Ask("PATCH", f"/teams/{name}", content=each) for name in (*TEAMS, NEVER) for each in OF_A_TEAM),
    ],
)  # fmt: skip
"""What changes something, by its kind; most of it is for some callers, and may be asked under a condition."""
TAKING = [
    *(Ask("POST", "/papers", content={"title": title, **each}) for title in TITLES[4:] for each in CONTENTS),
    *(Ask("PATCH", f"/papers/{of}", content={"title": title}) for of in TITLES[:4] for title in TITLES[4:]),
    *(Ask("PUT", f"/papers/{title}", content=each) for title in TITLES[4:] for each in CONTENTS),
    *(Ask("PATCH", f"/papers/{of}", content={"code": code}) for of in TITLES[:4] for code in ("k5", "k6", "k7")),
    *(Ask("POST", "/papers", content={"title": NEVER, "code": code}) for code in ("k5", "k6", "k7")),
    *(Ask("POST", "/teams", content={"name": name, **each}) for name in TEAMS[2:] for each in OF_A_TEAM),
    *(Ask("PUT", f"/teams/{name}", content=each) for name in TEAMS[2:] for each in OF_A_TEAM),
    *(Ask("DELETE", f"/teams/{name}") for name in TEAMS[:2]),
]
"""Writes that may meet a key that something hidden has."""


def content_type(asked: Ask) -> str | None:
    """The media type of the content of a request."""
    if asked.content is None:
        return None
    if asked.method != "PATCH":
        return JSON
    return JSON_PATCH if isinstance(asked.content, list) else MERGE_PATCH
