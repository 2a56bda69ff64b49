"""Laws of names within nested models: whatever they are called over HTTP, what is stored is the same, both ways.

One table is served twice: by the attributes, and by other names, some of which are attributes of others. What
pydantic makes of its own aliases says what each is called.
"""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic import Field as PydanticField

from restwell import Field, Resource, public
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serving
from tests.laws.examples import law_settings
from tests.servers import PostgresServer

pytestmark = pytest.mark.slow

NUMBERS = itertools.count(1)
Data = dict[str, Any]
NAMES = {"root_branch": "root", "first_part": "rootBranch"}
"""What the members of the resource are called."""


def tree_resource(*, named: bool) -> type[Resource]:
    """The resource, by its attributes, or with an alias for each."""

    def called(alias: str, default: Any = ...) -> Any:
        return PydanticField(default, alias=alias) if named else PydanticField(default)

    class Leaf(BaseModel):
        leaf_kind: Literal["leaf"] = called("kind")
        one_word: str = called("two_word", "")
        two_word: int | None = called("oneWord", None)

    class Twig(BaseModel):
        leaf_kind: Literal["twig"] = called("kind")
        one_word: bool = called("word", False)
        by_word: dict[str, Leaf] = called("words", {})

    class Branch(BaseModel):
        free_json: Any = called("by_word", None)
        by_word: dict[str, int] = called("free_json", {})
        all_parts: list[Annotated[Leaf | Twig, Field(discriminator="leaf_kind")]] = called("parts", [])
        first_pair: tuple[Leaf, int, Twig] | None = called("pair", None)
        plain_either: list[Leaf | int | list[Leaf]] = called("either", [])
        sub_branches: "list[Branch]" = called("branches", [])

    class Tree(Resource):
        """A tree."""

        id: int = Field(identity=True)
        root_branch: Branch | None = Field(None, alias=NAMES["root_branch"] if named else None)
        first_part: Leaf | Twig | None = Field(
            None, discriminator="leaf_kind", alias=NAMES["first_part"] if named else None
        )

    return Tree


PLAIN, NAMED = tree_resource(named=False), tree_resource(named=True)
WORDS = st.text("a_β~/", max_size=3)
KEYS = st.sampled_from(["by_word", "words", "free_json", "one_word", "kind", "leaf_kind", "x", ""]) | WORDS
LEAVES = st.fixed_dictionaries(
    {"leaf_kind": st.just("leaf"), "one_word": WORDS, "two_word": st.none() | st.integers(-2, 2)}
)
TWIGS = st.fixed_dictionaries(
    {"leaf_kind": st.just("twig"), "one_word": st.booleans(), "by_word": st.dictionaries(KEYS, LEAVES, max_size=2)}
)
PARTS: st.SearchStrategy[Data] = LEAVES | TWIGS
FREE = st.recursive(
    st.none() | st.booleans() | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


def branches(inner: st.SearchStrategy[list[Data]]) -> st.SearchStrategy[Data]:
    return st.fixed_dictionaries(
        {
            "free_json": FREE,
            "by_word": st.dictionaries(KEYS, st.integers(0, 3), max_size=2),
            "all_parts": st.lists(PARTS, max_size=2),
            "first_pair": st.none() | st.tuples(LEAVES, st.integers(0, 1), TWIGS).map(list),
            "plain_either": st.lists(LEAVES | st.integers(0, 3) | st.lists(LEAVES, max_size=2), max_size=2),
            "sub_branches": inner,
        }
    )


BRANCHES = branches(st.lists(branches(st.just([])), max_size=2))
TREES = st.fixed_dictionaries({"root_branch": st.none() | BRANCHES, "first_part": st.none() | PARTS})


class Both(NamedTuple):
    """The two APIs of one table."""

    plain: Served
    named: Served


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Serve the table in both ways, once for each database."""

    def serve(cls: type[Resource], url: str) -> Any:
        return serving(lambda api: api.resource("/trees", read=public(), write=public())(cls), database=url)

    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('laws') / 'trees.db'}"
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            name = server.take_database()
            stack.callback(server.give_back_database, name)
            url = server.url(name)
        yield Both(*(stack.enter_context(serve(cls, url)) for cls in (PLAIN, NAMED)))


def as_named(values: Data) -> Data:
    """Values by their attributes, by what they are called over HTTP."""
    tree = NAMED.model_validate({"id": 1, **values}, strict=False, by_name=True, by_alias=False)
    written = tree.model_dump(mode="json", by_alias=True)
    return {NAMES[attribute]: written[attribute] for attribute in values}


def put(served: Served, content: Data, number: int | None = None) -> tuple[int, Answer]:
    number = number or next(NUMBERS)
    answer = served.send("PUT", f"/trees/{number}", content=content, accept=JSON)
    assert answer.status in {200, 201}, answer.body
    return number, answer


def shown(both: Both, number: int) -> tuple[Data, Data]:
    """An item as each of the APIs shows it, with the members that are left out since they are null."""
    plain, named = (served.send("GET", f"/trees/{number}", accept=JSON).json() for served in both)
    return (
        {attribute: plain.get(attribute) for attribute in NAMES},
        {name: named.get(name) for name in NAMES.values()},
    )


@law_settings(0.5)
@given(values=TREES)
def test_what_is_stored_is_the_same_whatever_it_is_called(both: Both, values: Data) -> None:
    number, _ = put(both.plain, values)
    assert shown(both, number) == (values, as_named(values))
    other, _ = put(both.named, as_named(values))
    assert shown(both, other) == (values, as_named(values))


@law_settings(0.3)
@given(values=TREES)
def test_what_is_shown_can_be_sent_back_and_changes_nothing(both: Both, values: Data) -> None:
    number, _ = put(both.named, as_named(values))
    for media_type in (JSON, JSON_LD):
        before = both.named.send("GET", f"/trees/{number}", accept=media_type)
        headers = {"Content-Type": media_type}
        again = both.named.send("PUT", f"/trees/{number}", headers, before.body, accept=media_type)
        assert (again.status, again["etag"], again.body) == (200, before["etag"], before.body)


@law_settings(0.3)
@given(values=TREES, others=TREES)
def test_patches_do_the_same_whatever_it_is_called(both: Both, values: Data, others: Data) -> None:
    number, _ = put(both.plain, values)
    other, _ = put(both.plain, values)
    merge = {"Content-Type": MERGE_PATCH}
    answers = [
        both.plain.send("PATCH", f"/trees/{number}", merge, others, accept=JSON),
        both.named.send("PATCH", f"/trees/{other}", merge, as_named(others), accept=JSON),
    ]
    assert answers[0].status == answers[1].status, [answer.body for answer in answers]
    assert shown(both, number) == shown(both, other)
    operations = [{"op": "add", "path": f"/{name}", "value": value} for name, value in as_named(others).items()]
    assert both.named.send("PATCH", f"/trees/{other}", {"Content-Type": JSON_PATCH}, operations).status == 200
    assert shown(both, other) == (others, as_named(others))
    tests = [{"op": "test", "path": f"/{name}", "value": value} for name, value in as_named(others).items()]
    assert both.named.send("PATCH", f"/trees/{other}", {"Content-Type": JSON_PATCH}, tests).status == 200
