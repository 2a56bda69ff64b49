"""The difference between declarations and database, on both databases; each case once found, once applied."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from restwell import Field, Resource, public
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Order, Query
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.errors import Violation
from restwell.storage.migrations import Migration, NotMigrated, apply_difference, find_difference
from tests.restwell.storage.changing import carry_out

ROWS = ({"title": "A", "price": "10.5", "year": 2001, "note": "n"}, {"title": "B", "price": "9.50", "pages": "12"})


class Book(Resource):
    title: str = Field(identity=True)
    price: Decimal = Field(index=True)
    year: int | None = None
    note: str | None = None
    pages: str = "7"


def book(initial: Any = None, **members: Any) -> Declaration:
    """Declare the book with other members; None takes one away. Only the first one has rows to begin with."""
    annotations = {**Book.__annotations__, **{name: member[0] for name, member in members.items() if member}}
    defaults: dict[str, Any] = {
        "title": Field(identity=True), "price": Field(index=True), "year": None, "note": None, "pages": "7",
        **{name: member[1] for name, member in members.items() if member and len(member) > 1},
    }  # fmt: skip
    for name, member in members.items():
        if member is None or len(member) == 1:
            defaults.pop(name, None)
        if member is None:
            annotations.pop(name)
    cls = type("Book", (Resource,), {"__annotations__": annotations, "__module__": __name__, **defaults})
    if initial is None:
        initial = () if members else ROWS
    return declare(cls, "/books", read=public(), initial=initial)


@contextmanager
def opened(url: str, *declarations: Declaration) -> Iterator[Store]:
    """Give a store on a database as it is, without preparing it."""
    store = Store(open_driver(url), declarations)
    try:
        yield store
    finally:
        store.close()


def prepared(url: str, *declarations: Declaration) -> None:
    with opened(url, *(declarations or [book()])) as store:
        store.prepare()


def find(url: str, *declarations: Declaration) -> Migration:
    with opened(url, *declarations) as store:
        return find_difference(store)


def apply(url: str, *declarations: Declaration, allow_drop: bool = False) -> Migration:
    """Apply the difference; after that there is none, and the store opens."""
    with opened(url, *declarations) as store:
        migration = apply_difference(store, allow_drop=allow_drop)
        assert find_difference(store).changes == ()
        store.prepare()
    return migration


def rows(url: str, declaration: Declaration) -> dict[str, dict[str, Any]]:
    names = ["_id", "_version", "_modified", *(spec.name for spec in declaration.fields)]
    with opened(url, declaration) as store:
        found = [dict(zip(names, row, strict=True)) for page in store.stream(declaration) for row in page]
    return {row["title"]: row for row in found}


def execute(url: str, text: str) -> list[Any]:
    with opened(url) as store, store.driver.transaction(unhurried=True) as connection:
        cursor = connection.execute(text)
        return list(cursor.fetchall()) if cursor.description else []


def words(migration: Migration) -> list[str]:
    return [change.words for change in migration.changes]


def test_a_database_that_fits_has_no_difference(database_url: str) -> None:
    prepared(database_url)
    assert find(database_url, book()) == Migration((), (), ())


def test_an_empty_database_gets_everything(database_url: str) -> None:
    assert words(find(database_url, book())) == [
        "restwell_keys: create the table",
        "restwell_secrets: create the table",
        "books: create the table with its 2 initial rows",
    ]
    apply(database_url, book())
    assert set(rows(database_url, book())) == {"A", "B"}


def test_to_look_changes_nothing(database_url: str, tmp_path: Any) -> None:
    find(database_url, book())
    assert list(tmp_path.iterdir()) == []
    prepared(database_url)
    find(database_url, book(year=None))
    assert find(database_url, book()).changes == ()


class Author(Resource):
    name: str = Field(identity=True)


def test_a_new_resource_gets_its_table(database_url: str) -> None:
    prepared(database_url)
    author = declare(Author, "/authors", read=public(), initial=[{"name": "Jane"}])
    assert words(apply(database_url, book(), author)) == ["authors: create the table with its 1 initial rows"]


def test_a_table_that_is_not_declared_is_left_alone(database_url: str) -> None:
    prepared(database_url, book(), declare(Author, "/authors", read=public(), initial=[{"name": "Jane"}]))
    execute(database_url, "CREATE TABLE theirs (x integer)")
    assert apply(database_url, book(more=(int, 1))).changes
    assert execute(database_url, "SELECT name FROM authors") == [("Jane",)]


Case = tuple[str, tuple[Any, ...], Callable[[Any], bool]]
DEFAULTS: list[Case] = [
    ("text", (str, "it's ?"), lambda value: value == "it's ?"),
    ("integer", (int, 3), lambda value: value == 3),
    ("boolean", (bool, True), lambda value: value is True),
    ("decimal", (Decimal, Decimal("1.50")), lambda value: Decimal(value) == Decimal("1.50")),
    ("list", (list[str], ["a"]), lambda value: value == ["a"]),
    ("moment", (datetime, datetime(2020, 1, 1, tzinfo=UTC)), lambda value: "2020-01-01" in str(value)),
    ("nullable", (str | None, "x"), lambda value: value == "x"),
    ("missing", (str | None, None), lambda value: value is None),
]


@pytest.mark.parametrize("member, right", [case[1:] for case in DEFAULTS], ids=[case[0] for case in DEFAULTS])
def test_rows_that_are_there_get_the_default(
    member: tuple[Any, ...], right: Callable[[Any], bool], database_url: str
) -> None:
    prepared(database_url)
    before = rows(database_url, book())
    new = book(more=member)
    migration = apply(database_url, new)
    assert words(migration)[0].startswith("books: add more (")
    after = rows(database_url, new)
    assert all(right(row["more"]) for row in after.values())
    assert all(after[title]["_version"] > before[title]["_version"] for title in before)  # no copy is good any more
    assert after["A"]["note"] == "n"


def test_a_default_that_is_made_is_made_for_each_row(database_url: str) -> None:
    prepared(database_url)
    new = book(key=(UUID, Field(default_factory=uuid4)))
    assert "existing rows get one each" in words(apply(database_url, new))[0]
    assert len({str(row["key"]) for row in rows(database_url, new).values()}) == 2


def test_a_required_field_without_default_is_refused_where_there_are_rows(database_url: str) -> None:
    prepared(database_url)
    assert "give the field a default" in find(database_url, book(more=(str,))).obstacles[0]
    with (
        opened(database_url, book(more=(str,))) as store,
        pytest.raises(NotMigrated, match=r"books\.more is new and required"),
    ):
        apply_difference(store)
    assert find(database_url, book()).changes == ()


def test_a_required_field_without_default_is_fine_where_there_are_none(database_url: str) -> None:
    prepared(database_url, book(initial=()))
    apply(database_url, book(initial=(), more=(str,)))


@pytest.mark.slow
def test_a_column_is_dropped_only_when_that_is_said(database_url: str) -> None:
    prepared(database_url)
    new = book(note=None)
    assert find(database_url, new).changes[0].loses
    with opened(database_url, new) as store, pytest.raises(NotMigrated, match="books: drop note and its values"):
        apply_difference(store)
    assert rows(database_url, book())["A"]["note"] == "n"
    apply(database_url, new, allow_drop=True)
    assert "note" not in rows(database_url, new)["A"]


def test_what_must_be_there_from_now_on_gets_the_default(database_url: str) -> None:
    prepared(database_url)
    new = book(year=(int, 1999))
    assert words(apply(database_url, new)) == ["books: year may not be missing, existing rows without one get 1999"]
    assert {title: row["year"] for title, row in rows(database_url, new).items()} == {"A": 2001, "B": 1999}


def test_what_must_be_there_from_now_on_and_is_not_is_refused(database_url: str) -> None:
    prepared(database_url)
    assert "is in some rows" in find(database_url, book(year=(int,))).obstacles[0]


def test_what_may_be_missing_from_now_on(database_url: str) -> None:
    prepared(database_url)
    assert words(apply(database_url, book(pages=(str | None, None)))) == ["books: pages may be missing"]


def test_a_type_changes_when_every_value_can(database_url: str) -> None:
    prepared(database_url)
    new = book(pages=(int, 7))
    assert re.match("books: change pages from (LONG)?TEXT to ", words(apply(database_url, new))[0])
    assert {row["pages"] for row in rows(database_url, new).values()} == {7, 12}


@pytest.mark.parametrize("member", [(bool, True), (int, 7)], ids=["boolean", "integer"])
def test_a_type_does_not_change_when_a_value_would_be_lost(member: tuple[Any, ...], database_url: str) -> None:
    prepared(database_url, book(initial=[{"title": "A", "price": "1", "pages": "12 and more"}]))
    assert "would not be the same" in find(database_url, book(pages=member)).obstacles[0]


@pytest.mark.parametrize("rows", [[], [{"title": "A", "price": "1"}]], ids=["no row", "a row"])
@pytest.mark.parametrize(
    "before, after", [(UUID, int), (date, int), (Decimal, UUID), (list[int], datetime), (bool, date)]
)
def test_any_type_becomes_another_where_no_row_has_a_value(
    before: Any, after: Any, rows: list[Any], database_url: str
) -> None:
    prepared(database_url, book(rows, note=(before | None, None)))
    apply(database_url, book(note=(after | None, None)))


@pytest.mark.parametrize("was_unique", [True, False])
def test_values_that_become_equal_are_not_unique(database_url: str, was_unique: bool) -> None:
    initial = [{"title": "A", "price": "1", "pages": "1.5"}, {"title": "B", "price": "1", "pages": "1.50"}]
    prepared(database_url, book(initial=initial, pages=(str, Field("7", max_length=9, unique=was_unique))))
    unique = (Decimal, Field(Decimal(7), unique=True))
    assert find(database_url, book(pages=unique)).obstacles == (
        "books.pages cannot be unique, as rows have the same value: correct that first.",
    )
    execute(database_url, "UPDATE books SET pages = '2' WHERE title = 'A'")
    apply(database_url, book(pages=unique))


def test_another_identity(database_url: str) -> None:
    prepared(database_url)
    new = book(title=(str,), pages=(str, Field("7", identity=True)))
    apply(database_url, new)
    prepared(database_url, new)


def test_an_identity_has_to_tell_rows_apart(database_url: str) -> None:
    same = [{"title": "A", "price": "1"}, {"title": "B", "price": "1"}]
    prepared(database_url, book(initial=same))
    new = book(initial=(), title=(str,), pages=(str, Field("7", identity=True)))
    assert "rows have the same value" in find(database_url, new).obstacles[0]


@pytest.mark.not_on_mariadb
def test_an_index_comes_and_goes(database_url: str) -> None:
    prepared(database_url)
    new = book(price=(Decimal,), year=(int | None, Field(None, index=True)))
    before = rows(database_url, book())
    assert words(apply(database_url, new)) == [
        "books: drop the index ix_books_price",
        "books: create the index ix_books_year",
    ]
    assert rows(database_url, new) == before


def test_indexes_of_others_stay(database_url: str) -> None:
    prepared(database_url)
    execute(database_url, "CREATE INDEX theirs ON books (note)")
    assert find(database_url, book()).changes == ()
    apply(database_url, book(more=(int, 1)))
    assert ("theirs",) in execute(database_url, INDEXES[database_url.partition(":")[0]])


def test_indexes_stay_on_a_column_whose_type_changes(database_url: str) -> None:
    initial = [{"title": "0", "price": "10.5"}, {"title": "1", "price": "9.50", "pages": "12"}]
    prepared(database_url, book(initial=initial, pages=(str, Field("7", max_length=9, index=True))))
    execute(database_url, "CREATE INDEX theirs ON books (pages, year)")
    execute(database_url, "CREATE UNIQUE INDEX theirs_too ON books (pages)")
    new = book(title=(int, Field(identity=True)), pages=(int, Field(7, index=True)))
    apply(database_url, new)
    names = {name for (name,) in execute(database_url, INDEXES[database_url.partition(":")[0]])}
    assert names >= {"theirs", "theirs_too", "ix_books_pages"}
    assert execute(database_url, "SELECT title, pages FROM books ORDER BY title") == [(0, 7), (1, 12)]
    for again in ("INSERT INTO books (title, price) SELECT 1, price FROM books", "UPDATE books SET pages = 7"):
        with opened(database_url, new) as store, pytest.raises(Violation):
            store.driver.write(again)
    apply(database_url, book(title=(int, Field(identity=True)), pages=(str, "7")))
    names = {name for (name,) in execute(database_url, INDEXES[database_url.partition(":")[0]])}
    assert names >= {"theirs", "theirs_too"}
    with opened(database_url, new) as store, pytest.raises(Violation):
        store.driver.write("UPDATE books SET pages = '7'")


INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT relname FROM pg_class",
    "mariadb+pymysql": "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()",
}


def test_what_others_change_still_shows_afterwards(database_url: str) -> None:
    prepared(database_url)
    new = book(more=(int, 1))
    apply(database_url, new)
    before = rows(database_url, new)
    execute(database_url, "UPDATE books SET year = 1 WHERE title = 'A'")
    after = rows(database_url, new)
    assert after["A"]["_version"] == before["A"]["_version"] + 1
    assert after["B"] == before["B"]


def test_a_trigger_that_is_gone_comes_back(database_url: str) -> None:
    prepared(database_url)
    of = " ON books" if database_url.startswith("postgresql") else ""
    execute(database_url, f"DROP TRIGGER books_version{of}")
    assert words(apply(database_url, book())) == ["books: create the trigger that sees changes made by others"]


def test_decimals_still_sort_as_numbers(database_url: str) -> None:
    prepared(database_url)
    new = book(more=(int, 1))
    apply(database_url, new)
    with opened(database_url, new) as store:
        page = store.look_up(Plan("page", new, query=Query(sort=(Order("price"),))))
    assert [row[3] for row in page.rows] == ["B", "A"]


def test_rows_that_refer_to_ours_survive(sqlite_url: str) -> None:
    prepared(sqlite_url)
    execute(sqlite_url, "CREATE TABLE loans (book TEXT REFERENCES books (title) ON DELETE CASCADE)")
    execute(sqlite_url, "INSERT INTO loans VALUES ('A')")
    execute(sqlite_url, "CREATE VIEW cheap AS SELECT title FROM books")
    apply(sqlite_url, book(more=(int, 1)))
    assert execute(sqlite_url, "SELECT book FROM loans") == [("A",)]
    assert len(execute(sqlite_url, "SELECT * FROM cheap")) == 2


@pytest.mark.not_on_mariadb
def test_a_failure_changes_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(database_url)

    def fail(*_: object) -> None:
        raise RuntimeError("just before the end")

    monkeypatch.setattr("restwell.storage.migrations.create_missing", fail)
    with opened(database_url, book(more=(int, 1))) as store, pytest.raises(RuntimeError, match="before the end"):
        apply_difference(store)
    assert find(database_url, book()).changes == ()


def test_a_table_of_somebody_else_is_not_taken_over(database_url: str) -> None:
    execute(database_url, "CREATE TABLE books (title TEXT)")
    execute(database_url, "INSERT INTO books VALUES ('A')")
    assert "was not made by Restwell" in find(database_url, book()).obstacles[0]


def test_the_sql_reads_as_it_would_run(database_url: str) -> None:
    prepared(database_url)
    text = "\n".join(map(str, find(database_url, book(more=(str, "it's ?"))).steps))
    assert "'it''s ?'" in text


def test_a_table_of_before_with_plain_texts_is_migrated_without_loss(sqlite_url: str) -> None:
    """Releases before this one declared every text in SQLite as TEXT."""
    declaration = book(
        initial=[*ROWS],
        day=(date | None, None),
        moment=(datetime | None, None),
        code=(UUID | None, None),
        data=(Any, None),
    )
    with opened(sqlite_url, declaration) as store:
        store.prepare()
        carry_out(store, RowChange("insert", declaration, values=OLD))
    before = rows(sqlite_url, declaration)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for kind in ("ORDERED_DECIMAL", "DATE", "DATETIME", "UUID", "JSON"):
            connection.execute(f"UPDATE sqlite_master SET sql = replace(sql, ' {kind}_TEXT', ' TEXT')")
        for title, price in (("A", "10.5"), ("B", "9.50"), ("C", "1E+5")):
            connection.execute("UPDATE books SET price = ?, _version = _version + 1 WHERE title = ?", (price, title))
    assert [each.words for each in apply(sqlite_url, declaration).changes] == [
        "books: change price from TEXT to ORDERED_DECIMAL_TEXT",
        "books: change day from TEXT to DATE_TEXT",
        "books: change moment from TEXT to DATETIME_TEXT",
        "books: change code from TEXT to UUID_TEXT",
        "books: change data from TEXT to JSON_TEXT",
    ]
    internal = {"_id", "_version", "_modified"}
    after = {
        title: {n: v for n, v in row.items() if n not in internal}
        for title, row in rows(sqlite_url, declaration).items()
    }
    assert {title: row["price"] for title, row in after.items()} == {"A": "10.5", "B": "9.50", "C": "100000"}
    assert after == {title: {n: v for n, v in row.items() if n not in internal} for title, row in before.items()}
    assert after["C"] == {**OLD, "moment": "2020-01-02T03:04:05Z"}


OLD: dict[str, Any] = {
    "title": "C", "price": "100000", "year": None, "note": None, "pages": "1", "day": "2020-01-02",
    "moment": "2020-01-02T03:04:05Z", "code": "00000000-0000-4000-8000-00000000000a", "data": {"a": [1]},
}  # fmt: skip


@pytest.mark.not_on_mariadb
def test_a_trigger_of_a_release_before_is_renewed(database_url: str) -> None:
    prepared(database_url)
    for text in OLD_TRIGGER[database_url.partition(":")[0]]:
        execute(database_url, text)
    assert words(apply(database_url, book())) == ["books: renew the trigger that sees changes made by others"]
    assert find(database_url, book()).changes == ()
    execute(database_url, "UPDATE books SET _modified = 4000000000, _version = _version + 1")
    execute(database_url, "UPDATE books SET pages = '8'")
    assert {row["_modified"] for row in rows(database_url, book()).values()} == {4000000001}


OLD_TRIGGER = {
    "sqlite": [
        "DROP TRIGGER books_version",
        """CREATE TRIGGER books_version AFTER UPDATE ON books WHEN NEW._version = OLD._version BEGIN
        UPDATE books SET _version = OLD._version + 1, _modified = CAST(strftime('%s', 'now') AS INTEGER)
        WHERE _id = NEW._id; END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION restwell_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW._version = OLD._version THEN NEW._version := OLD._version + 1;
        NEW._modified := extract(epoch from clock_timestamp())::bigint; END IF; RETURN NEW; END $$""",
    ],
}
