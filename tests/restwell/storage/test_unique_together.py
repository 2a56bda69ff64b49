"""Members that are unique together: refused by the database with their names, made by migrate, told by imports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from restwell import DeclarationError, Field, Resource, public
from restwell.data.plans import Plan
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference
from restwell.storage.schema import SchemaMismatch
from tests.api import MERGE_PATCH, Served, is_problem, serve
from tests.arguments import shows
from tests.restwell.files.declared import import_skipping
from tests.restwell.storage.uniqueness import become_unique

TOGETHER = [("title", "author")]


class Book(Resource):
    """A book."""

    number: int = Field(identity=True)
    title: str = ""
    author: str | None = None


class Member(Resource):
    """Of a list."""

    number: int = Field(identity=True)
    email: str = Field("", unique=True)
    tags: list[str] = Field([])
    name: str = ""


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    resource = lambda api: api.resource("/books", read=public(), write=public(), unique=TOGETHER)(Book)  # noqa: E731
    served = serve(resource, database=database_url)
    for number, title in ((1, "Emma"), (2, "Persuasion")):
        content = {"number": number, "title": title, "author": "Jane Austen"}
        assert served.send("POST", "/books", content=content).status == 201
    yield served
    served.close()


def books(unique: Any = (), **options: Any) -> Declaration:
    return declare(Book, "/books", read=public(), unique=unique, **options)


@shows("Api.resource", "unique")
@pytest.mark.parametrize(
    "method, target, content_type, content",
    [
        ("POST", "/books", "application/json", {"number": 3, "title": "Emma", "author": "Jane Austen"}),
        ("PUT", "/books/3", "application/json", {"title": "Emma", "author": "Jane Austen"}),
        ("PUT", "/books/2", "application/json", {"title": "Emma", "author": "Jane Austen"}),
        ("PATCH", "/books/2", MERGE_PATCH, {"title": "Emma"}),
    ],
)
def test_what_is_taken_together_is_409_with_each_member(
    served: Served, method: str, target: str, content_type: str, content: Any
) -> None:
    answer = served.send(method, target, {"Content-Type": content_type}, content)
    assert is_problem(answer, 409)
    errors = answer.json()["errors"]
    assert [(each["pointer"], each["code"]) for each in errors] == [("/title", "taken"), ("/author", "taken")]
    assert {each["detail"] for each in errors} == {"is taken already, together with the others: choose another"}
    assert served.send("GET", "/books/2", accept="application/json").json()["title"] == "Persuasion"


def test_one_of_them_may_be_there_again_and_null_is_like_nothing(served: Served) -> None:
    others = [("Emma", "Kingsley Amis"), ("Sanditon", "Jane Austen"), ("Emma", None), ("Emma", None)]
    for number, (title, author) in enumerate(others, 3):
        content = {"number": number, "title": title, "author": author}
        assert served.send("POST", "/books", content=content).status == 201


def test_it_is_created_by_migrate_and_not_served_before(database_url: str) -> None:
    rows = [{"number": number, "title": "Emma", "author": "Jane Austen"} for number in (1, 2)]
    Store.open(database_url, [books(initial=rows)]).close()
    with closing(Store(open_driver(database_url), [books(TOGETHER)])) as store:
        refusal, correction = "cannot be unique, as rows have the same values", "DELETE FROM books WHERE number = 2"
        become_unique(store, "books", "title and author", "ux_books_title-author", refusal, correction)
    with closing(Store(open_driver(database_url), [books([("author", "title")])])) as store:
        store.prepare()  # which is as good in the other order
    with closing(Store(open_driver(database_url), [books()])) as store:
        words = [each.words for each in apply_difference(store).changes]
        assert words == ["books: drop the index ux_books_title-author"]


def test_an_index_that_somebody_made_of_one_of_them_is_enough(database_url: str) -> None:
    Store.open(database_url, [books()]).close()
    with closing(Store(open_driver(database_url), [books(TOGETHER)])) as store:
        store.driver.write("CREATE UNIQUE INDEX own ON books (title, number)")
        with pytest.raises(SchemaMismatch):
            store.prepare()
        store.driver.write("CREATE UNIQUE INDEX other ON books (title)")
        store.prepare()


def added(**options: Any) -> type[Resource]:
    """Books that have an edition, too."""
    hints = {"number": int, "title": str, "author": str | None, "edition": str, "printed": datetime | None}
    members = {
        "__annotations__": hints,
        "__module__": __name__, "number": Field(identity=True), "title": "", "author": None, "printed": None,
    }  # fmt: skip
    made: Any = type("Book", (Resource,), {**members, "edition": Field(**options)})
    return made  # type: ignore[no-any-return]  # a Resource


@pytest.mark.parametrize(
    "names, titles, obstacle",
    [
        (("title", "edition"), ("Emma", "Persuasion"), False),
        (("title", "edition"), ("Emma", "Emma"), True),
        (("edition", "printed"), ("Emma", "Emma"), False),
    ],
)
def test_a_new_member_has_its_default_in_every_row(
    database_url: str, names: tuple[str, ...], titles: tuple[str, str], obstacle: bool
) -> None:
    rows = [{"number": number, "title": title} for number, title in enumerate(titles)]
    Store.open(database_url, [books(initial=rows)]).close()
    after = declare(added(default="first"), "/books", read=public(), unique=[names])
    with closing(Store(open_driver(database_url), [after])) as store:
        assert bool(find_difference(store).obstacles) is obstacle
        if not obstacle:
            apply_difference(store)
            store.prepare()
            assert len(store.look_up(Plan("page", after)).rows) == 2


def test_a_new_member_with_a_factory_makes_each_row_another(database_url: str) -> None:
    rows = [{"number": number, "title": "Emma"} for number in (1, 2)]
    Store.open(database_url, [books(initial=rows)]).close()
    editions = map(str, range(1000))
    made = added(default_factory=lambda: next(editions))
    after = declare(made, "/books", read=public(), unique=[("title", "edition")])
    with closing(Store(open_driver(database_url), [after])) as store:
        assert find_difference(store).steps[-1].text.startswith("CREATE UNIQUE INDEX")
        apply_difference(store)
        store.prepare()


def test_an_import_refuses_the_row_whose_values_are_taken(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text("number,title,author\n1,Emma,Jane Austen\n2,Emma,Jane Austen\n3,Emma,\n4,Emma,\n")
    with closing(Store.open(database_url, [books(TOGETHER)])) as store:
        done, refused = import_skipping(store, path, next(iter(store.statements)))
    assert done == (3, 1)
    assert [each.line for each in refused] == [3]
    assert refused[0].reason == "title, author: taken already, together, by another row."


def test_initial_rows_that_repeat_it_are_refused_at_start() -> None:
    rows = [
        {"number": number, "title": "Emma", "author": author} for number, author in ((1, None), (2, "a"), (3, "a"))
    ]
    with pytest.raises(DeclarationError, match="row 3 with the title and author of row 2"):
        books(TOGETHER, initial=rows)


@pytest.mark.parametrize(
    "unique, says",
    [
        ("title", r"write the names of several members, as in unique=\[\('a', 'b'\)\]"),
        (["title"], "write the names of several members"),
        ([("title",)], "write the names of several members"),
        ([("title", 1)], "write the names of several members"),
        ([5], "write the names of several members"),
        (7, "write the names of several members"),
        ([{"title", "author"}], "write the names of several members"),
        ([("title", "nobody")], "has no field nobody to be unique with others"),
        ([("name", "tags")], "which a list cannot be"),
        ([("name", "email")], "and is so alone: take it away there"),
        ([("name", "number")], "and is so alone: take it away there"),
    ],
)
def test_what_cannot_be_unique_together_is_refused_at_start(unique: Any, says: str) -> None:
    cls = Member if "name" in str(unique) else Book
    with pytest.raises(DeclarationError, match=says):
        declare(cls, "/things", read=public(), unique=unique)


@pytest.mark.parametrize("unique", [[("title", "author"), ("author", "title")], [("title", "title")]])
def test_what_is_named_twice_is_refused_at_start(unique: Any) -> None:
    with pytest.raises(DeclarationError, match="with a repetition"):
        books(unique)


def test_a_moment_that_sets_itself_tells_nothing_apart() -> None:
    members = {"__annotations__": {"number": int, "title": str, "created": datetime, "creator": str | None}}
    fields = {"number": Field(identity=True), "created": Field(auto="created"), "creator": Field(auto="creator")}
    cls: Any = type("Note", (Resource,), {**members, **fields})
    with pytest.raises(DeclarationError, match="a moment tells nothing apart"):
        declare(cls, "/notes", read=public(), unique=[("title", "created")])
    assert declare(cls, "/notes", read=public(), unique=[("title", "creator")]).unique == (("title", "creator"),)


@pytest.mark.parametrize("title, obstacle", [("none", True), ("other", False)])
def test_a_null_that_is_filled_is_compared_with_what_is_there(database_url: str, title: str, obstacle: bool) -> None:
    def of(hint: Any, default: Any) -> type[Resource]:
        hints = {"number": int, "title": hint, "author": str}
        fields = {"number": Field(identity=True), "title": default, "author": "A"}
        made: Any = type("Book", (Resource,), {"__annotations__": hints, "__module__": __name__, **fields})
        return made  # type: ignore[no-any-return]  # a Resource

    rows: list[dict[str, Any]] = [{"number": 1, "title": None}, {"number": 2, "title": title}]
    Store.open(database_url, [declare(of(str | None, None), "/books", read=public(), initial=rows)]).close()
    after = declare(of(str, "none"), "/books", read=public(), unique=[("title", "author")])
    with closing(Store(open_driver(database_url), [after])) as store:
        assert bool(find_difference(store).obstacles) is obstacle
        if not obstacle:
            apply_difference(store)
            store.prepare()


def test_texts_that_are_too_long_together_for_an_index_are_named(postgresql_url: str) -> None:
    texts = ["".join(chr(0x100 + (number * step) % 20_000) for number in range(900)) for step in (7919, 6007)]
    resource = lambda api: api.resource("/books", read=public(), write=public(), unique=TOGETHER)(Book)  # noqa: E731
    with closing(serve(resource, database=postgresql_url)) as served:
        answer = served.send("PUT", "/books/1", content={"title": texts[0], "author": texts[1]})
        assert is_problem(answer, 422)
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/title", "/author"]
