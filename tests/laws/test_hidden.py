"""What is hidden leaves no trace: two databases that differ in that alone are told apart by no answer.

Policies, rows and requests are drawn. Nothing is left out of an answer but Date, the id of the request and how long
it took: the clock stands still, and new versions are all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell import Grant
from tests.api import Answer, Served

from . import asked_of_papers as asking
from .asked_of_papers import Ask
from .drawn_rules import FUNCTIONS, LINKED, OF_TEAMS, PLAIN, SECRET, Drawn, Policy, joined, rules_of
from .examples import law_settings
from .hidden import GRANTS, NAMES, TEAMS, TITLES, Drawing, Filled, Truths, World, differing, serving

Pair = tuple[Served, Served]
MAX_PAGES = 8
TAKEN = "Something else has a value already that may be there once."
LINKED_TO = "Something else in the database refers to this, or this refers to something that is not there."

CONFLICT = {
    "@context": "http://localhost/contexts/Problem", "@type": "Error", "type": "http://localhost/problems/conflict",
    "title": "The state of the resource does not allow this", "status": 409,
}  # fmt: skip

SECRETS = st.sampled_from(["s", "t", None])
OPERATIONS = ("read", "create", "update", "delete", "grow")


def papers(titles: tuple[str, ...], teams: tuple[str | None, ...], first: int) -> st.SearchStrategy[Any]:
    """A row for each of some titles; their codes are numbered."""
    return st.tuples(
        *(
            st.fixed_dictionaries(
                {
                    "title": st.just(title), "author": st.sampled_from(NAMES), "team": st.sampled_from(teams),
                    "size": st.integers(0, 3), "code": st.sampled_from([f"k{number}", None]), "secret": SECRETS,
                }
            )
            for number, title in enumerate(titles, first)
        )
    )  # fmt: skip


def teams(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.tuples(
        *(
            st.fixed_dictionaries({"name": st.just(name), "lead": st.sampled_from(NAMES), "level": st.integers(0, 1)})
            for name in names
        )
    )


def is_offered(rules: Policy) -> bool:
    """Whether there is a rule for more than an operation of the application's own."""
    return not rules.keys() <= {"grow"}


FURTHER = st.tuples(papers(TITLES[4:], (*TEAMS, None), 5), teams(TEAMS[2:]))
DRAWINGS = st.builds(
    Drawing, papers(TITLES[:4], (*TEAMS[:2], None), 1), teams(TEAMS[:2]), st.tuples(*([SECRETS] * 4)),
    st.tuples(FURTHER, FURTHER),
)  # fmt: skip


def worlds(atoms: tuple[Drawn, ...], *, of_models: bool) -> st.SearchStrategy[World]:
    """What rules of these come to be declared for; of models some go by what papers refer to."""
    own = rules_of(atoms)
    linked = st.just(LINKED) | st.builds(joined, st.booleans(), st.tuples(st.just(LINKED), st.sampled_from(atoms)))
    drawn = st.one_of(linked, own) if of_models else own
    others = {**dict.fromkeys(OPERATIONS[1:], drawn), "grow": own}
    read = st.fixed_dictionaries({"read": drawn}, optional=others)
    changed = st.fixed_dictionaries(
        {"read": drawn, "update": drawn}, optional={name: each for name, each in others.items() if name != "update"}
    )
    papers = st.one_of(read, changed, changed, st.fixed_dictionaries({}, optional=others))
    teams = st.fixed_dictionaries(dict.fromkeys(OPERATIONS[:4], rules_of(OF_TEAMS) | st.sampled_from(OF_TEAMS[3:])))
    member = st.one_of(own, own, st.none())
    return st.builds(World, papers.filter(is_offered), member, member, teams if of_models else st.none())


def mostly(of_models: bool) -> st.SearchStrategy[World]:
    """Worlds of which few have rules that go by a secret, so that most can differ in it."""
    plain = worlds((*PLAIN, *FUNCTIONS), of_models=of_models)
    return st.one_of(plain, plain, plain, worlds((*PLAIN, *FUNCTIONS, *SECRET), of_models=of_models))


WORLDS_OF_OWN, WORLDS_OF_MODELS = mostly(False), mostly(True)
WRITES = st.builds(
    lambda asked, headers: asked._replace(headers=headers),
    st.one_of(*map(st.sampled_from, asking.CHANGES)),
    st.sampled_from([*([()] * len(asking.CONDITIONS)), *asking.CONDITIONS, (asking.OWN_TAG,)]),
)
REQUESTS = st.tuples(
    st.lists(st.one_of(*map(st.sampled_from, asking.READS)), min_size=20, max_size=30),
    st.lists(WRITES, min_size=10, max_size=20),
    st.lists(st.sampled_from(asking.TAKING), min_size=4, max_size=8),
)


@contextmanager
def standing_still() -> Iterator[None]:
    """No time passes, and what is random for each row is not: both databases get the same of each."""
    with ExitStack() as still:
        still.enter_context(patch("time.time", return_value=1_800_000_000.0))
        still.enter_context(patch("secrets.randbits", return_value=7))
        yield


def send(served: Served, grant: Grant | None, asked: Ask) -> Answer:
    headers = list(asked.headers)
    if grant is not None:
        headers.append(("Authorization", served.credential(grant)))
    kind = asking.content_type(asked)
    if kind is not None:
        headers.append(("Content-Type", kind))
    return served.send(asked.method, asked.target, headers, asked.content, accept=asked.accept)


def same(pair: Pair, grant: Grant | None, asked: Ask) -> Answer:
    """The answer to a request, which both give."""
    one, other = (send(each, grant, asked) for each in pair)
    assert one.lasting() == other.lasting(), asked
    return one


def read(pair: Pair, grant: Grant | None, asked: Ask) -> None:
    """Compare what a request reads, that it is the same by its entity tag, and the pages to which it leads."""
    answer = same(pair, grant, asked)
    tag = answer.get("etag")
    if tag is not None and asked.method == "GET":
        assert same(pair, grant, asked.with_field("If-None-Match", tag)).status == 304
        same(pair, grant, asked.with_field("If-Match", tag))
    for relation in ("next", "prev", "last"):
        page = answer
        for _ in range(MAX_PAGES):
            links = page.links(relation)
            if not links:
                break
            page = same(pair, grant, asked._replace(target=links[0].target))
        for back in page.links("prev" if relation == "next" else "first"):
            same(pair, grant, asked._replace(target=back.target))


class Compared:
    """Two databases, who asks, and the keys that something hidden has in one of them."""

    def __init__(self, world: World, grant: Grant | None, pair: Pair, filled: tuple[Filled, Filled]) -> None:
        self.world, self.grant, self.pair = world, grant, pair
        self.truths = Truths(world, world.truths(grant, ()).grant, ())
        self.hidden = [
            {each["title"] for each in one.papers if each["title"] in TITLES[4:]}
            | {each["code"] for each in one.papers if each["title"] in TITLES[4:]} - {None}
            | {each["name"] for each in one.teams if each["name"] in TEAMS[2:]}
            for one in filled
        ]
        self.linked_to = [{each["team"] for each in one.papers if each["title"] in TITLES[4:]} for one in filled]

    def keys_in(self, asked: Ask) -> set[Any]:
        """The keys that a request would have something get, or take from what refers to it."""
        _, slug, *rest = asked.target.split("/")
        names = ("title", "code") if slug == "papers" else ("name",)
        content = asked.content if isinstance(asked.content, dict) else {}
        found = {content.get(each) for each in names}
        if isinstance(asked.content, list):
            found |= {each.get("value") for each in asked.content if each["path"] in {"/title", "/code"}}
        return found | ({rest[0]} if asked.method == "PUT" else set())

    def would_tell(self, asked: Ask) -> bool:
        """Whether who asks may read a member by this change that they may not read now: then it may tell of it."""
        title = asked.target.split("/")[2] if asked.target.startswith("/papers/") else None
        rows = [each for served in self.pair for each in rows_in(served) if each["title"] == title]
        if len(rows) < 2 or rows[0]["secret"] == rows[1]["secret"]:
            return False
        content = asked.content if isinstance(asked.content, dict) else {}
        if isinstance(asked.content, list):
            content = {each["path"][1:]: each.get("value") for each in asked.content if each["path"] != "/secret"}
        if asked.method == "PUT":
            content = {"author": "ada", "team": None, "size": 0, "code": None, **content}
        for row in rows:
            now = {**row, **content, **({"size": row["size"] + 1} if asked.target.endswith("/grow") else {})}
            now["size"] = now["size"] if isinstance(now["size"], int) else 0
            if self.truths.reads_secret(now):
                return True
        return False

    def is_for_a_taken_key(self, asked: Ask) -> list[bool]:
        """Whether a change meets a key in the one database and in the other that something hidden has."""
        links = is_deleting_a_team(asked)
        keys = {asked.target.split("/")[2]} if links else self.keys_in(asked)
        return [bool(keys & each) for each in (self.linked_to if links else self.hidden)]

    def write(self, asked: Ask) -> None:
        """Compare what a change comes to that meets no hidden key."""
        if self.would_tell(asked) or True in self.is_for_a_taken_key(asked):
            return
        if asking.OWN_TAG in asked.headers:
            current = same(self.pair, self.grant, Ask("GET", asked.target)).get("etag") or '"none"'
            asked = asked._replace(headers=(("If-Match", current),))
        same(self.pair, self.grant, asked)

    def take(self, asked: Ask) -> None:
        """Compare what a change comes to that may meet a hidden key; it is taken back."""
        links, taken = is_deleting_a_team(asked), self.is_for_a_taken_key(asked)
        if self.would_tell(asked) or True not in taken:
            return
        answers = []
        for served in self.pair:
            with served.api.binding(served.app).store.restoring():
                answers.append(send(served, self.grant, asked))
        told = [is_taken(answer, LINKED_TO if links else TAKEN) for answer in answers]
        assert all(there or not said for there, said in zip(taken, told, strict=True)) or told == [True, True], asked
        if told == [False, False]:
            assert answers[0].lasting() == answers[1].lasting(), asked
        elif told != [True, True]:
            refused, done = answers if told[0] else answers[::-1]
            assert done.status < 300 or is_taken(done, LINKED_TO), asked
            assert refused.status == 409


def is_deleting_a_team(asked: Ask) -> bool:
    """Whether it would delete what something else may refer to."""
    return asked.method == "DELETE" and asked.target.startswith("/teams/")


def is_taken(answer: Answer, detail: str) -> bool:
    """Whether it is the refusal of a key that is taken, which is to say no more than that."""
    if answer.status != 409 or answer.json()["detail"] != detail:
        return False
    said = answer.json()
    errors = said.pop("errors", [])
    assert [each["message"] for each in said.pop("violations", [])] == [each["detail"] for each in errors]
    assert said == {**CONFLICT, "detail": detail, "instance": said["instance"]}
    assert [each["pointer"] for each in errors] in ([], ["/title"], ["/code"], ["/name"])
    for each in errors:
        assert each["detail"] == "is taken already: choose another"
        assert each["code"] == "taken"
    return True


def rows_in(served: Served) -> list[dict[str, Any]]:
    """The papers that there are, as they are stored."""
    driver = served.api.binding(served.app).store.driver
    names = ("title", "author", "team", "size", "code", "secret")
    rows = driver.read(f"SELECT {', '.join(names)} FROM papers", ())
    return [dict(zip(names, row, strict=True)) for row in rows]


def check(
    databases: tuple[str, str],
    world: World,
    grant: Grant | None,
    drawn: Drawing,
    requests: tuple[list[Ask], list[Ask], list[Ask]],
) -> None:
    filled = differing(world, grant, drawn)
    reads, writes, taking = requests
    with serving(world, databases[0], filled[0]) as one, serving(world, databases[1], filled[1]) as other:
        pair = one, other
        with standing_still():
            compared = Compared(world, grant, pair, filled)
            for asked in (*asking.ALWAYS, *reads):
                read(pair, grant, asked)
            for asked in writes:
                compared.write(asked)
            for asked in (*asking.ALWAYS, *reads[:10]):
                read(pair, grant, asked)
            for asked in (*writes, *taking):
                compared.take(asked)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("hidden")
    return f"sqlite:///{folder / 'one.db'}", f"sqlite:///{folder / 'other.db'}"


@law_settings(0.12)
@given(WORLDS_OF_OWN, st.sampled_from(GRANTS), DRAWINGS, REQUESTS)
def test_nothing_tells_of_what_is_hidden(world: World, grant: Grant | None, drawn: Drawing, requests: Any) -> None:
    check(("sqlite://", "sqlite://"), world, grant, drawn, requests)


@law_settings(0.12)
@given(WORLDS_OF_MODELS, st.sampled_from(GRANTS), DRAWINGS, REQUESTS)
def test_nothing_tells_of_what_is_hidden_among_models(
    files: tuple[str, str], world: World, grant: Grant | None, drawn: Drawing, requests: Any
) -> None:
    check(files, world, grant, drawn, requests)


@pytest.fixture(params=["postgresql", pytest.param("mariadb", marks=pytest.mark.slow)])
def databases(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Two databases for tables of Restwell's own, and two for those of models."""
    if request.param == "mariadb":
        server = request.getfixturevalue("mariadb_server")
        urls = [server.make_database() for _ in range(4)]
        yield urls
        for each in urls:
            server.drop_database(each)
        return
    server = request.getfixturevalue("postgres_server")
    names = [server.take_database() for _ in range(4)]
    yield [*map(server.url, names)]
    for each in names:
        server.give_back_database(each)


@law_settings(0.03)
@given(WORLDS_OF_OWN | WORLDS_OF_MODELS, st.sampled_from(GRANTS), DRAWINGS, REQUESTS)
def test_nothing_tells_of_it_on_a_server(
    databases: list[str], world: World, grant: Grant | None, drawn: Drawing, requests: Any
) -> None:
    one, other = databases[:2] if world.teams is None else databases[2:]
    check((one, other), world, grant, drawn, requests)
