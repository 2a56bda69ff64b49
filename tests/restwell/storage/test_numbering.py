"""Identities that the database counts, or that are made: by requests, initial rows, imports, hooks and migrations."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from restwell import Api, Change, DeclarationError, Field, Resource, Source, public
from restwell.data.layout import Layout
from restwell.data.outbox import START
from restwell.data.plans import RowChange
from restwell.data.store_errors import Full
from restwell.files import ImportRefused, export_rows, import_rows
from restwell.files.opening import Format
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import NotMigrated, apply_difference, find_difference
from restwell.storage.schema import SchemaMismatch
from tests.api import JSON, JSON_LD, MERGE_PATCH, Served, is_problem, serve
from tests.restwell.files.declared import import_skipping
from tests.restwell.storage.changing import carry_out

UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Note(Resource):
    """A note."""

    id: int | None = Field(default=None, identity=True)
    title: str
    rank: int | None = Field(None, index=True)


class Token(Resource):
    """What is told apart by what nobody guesses."""

    id: UUID | None = Field(default=None, identity=True)
    title: str = ""


def notes(**options: Any) -> Callable[[Api], Any]:
    return lambda api: api.resource("/notes", read=public(), write=public(), **options)(Note)


def tokens(**options: Any) -> Callable[[Api], Any]:
    return lambda api: api.resource("/tokens", read=public(), write=public(), **options)(Token)


def note(cls: type[Resource] = Note, **options: Any) -> Declaration:
    return declare(cls, "/notes", read=public(), **options)


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with closing(serve(notes(), database=database_url)) as served:
        yield served


def titles(served: Served, query: str = "") -> list[tuple[Any, str]]:
    found = served.send("GET", f"/notes{query}", accept=JSON).json()["notes"]
    return [(each["id"], each["title"]) for each in found]


def test_the_database_numbers_new_items_and_gives_no_number_twice(served: Served) -> None:
    for number, title in enumerate(("a", "b", "c"), 1):
        made = served.send("POST", "/notes", content={"title": title}, accept=JSON)
        assert (made.status, made["location"]) == (201, f"http://localhost/notes/{number}")
        assert made.json() == {"id": number, "title": title}
        assert served.send("GET", f"/notes/{number}", accept=JSON).json() == made.json()
    assert served.send("DELETE", "/notes/3").status == 204
    assert served.send("POST", "/notes", content={"title": "d"}, accept=JSON).json()["id"] == 4
    assert titles(served) == [(1, "a"), (2, "b"), (4, "d")]
    assert titles(served, "?sort=-id&limit=2") == [(4, "d"), (2, "b")]
    assert titles(served, "?id[gt]=1&sort=rank") == [(2, "b"), (4, "d")]


def test_pages_follow_the_numbers_in_every_order(served: Served) -> None:
    for rank in (3, None, 1, None, 2):
        served.send("POST", "/notes", content={"title": "n", "rank": rank})
    for query, expected in {
        "": [1, 2, 3, 4, 5],
        "sort=rank": [3, 5, 1, 2, 4],
        "sort=-rank": [4, 2, 1, 5, 3],
        "sort=title,-rank": [2, 4, 1, 5, 3],
        "sort=-id": [5, 4, 3, 2, 1],
    }.items():
        found, target = [], f"/notes?limit=2&{query}"
        while target:
            page = served.send("GET", target, accept=JSON)
            found += [each["id"] for each in page.json()["notes"]]
            target = next((link.target for link in page.links("next")), "")
        assert found == expected, query


@pytest.mark.parametrize("given", [7, None, "x"])
def test_a_client_cannot_give_the_number(served: Served, given: Any) -> None:
    refused = served.send("POST", "/notes", content={"id": given, "title": "a"})
    assert is_problem(refused, 422)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/id", "read_only")]


def test_put_creates_nothing_and_replaces_what_is_there(served: Served) -> None:
    assert served.send("PUT", "/notes/1", content={"title": "a"}).status == 404
    served.send("POST", "/notes", content={"title": "a"})
    replaced = served.send("PUT", "/notes/1", content={"id": 1, "title": "b"}, accept=JSON)
    assert (replaced.status, replaced.json()) == (200, {"id": 1, "title": "b"})
    patched = served.send("PATCH", "/notes/1", {"Content-Type": MERGE_PATCH}, {"id": 2})
    assert [(each["pointer"], each["code"]) for each in patched.json()["errors"]] == [("/id", "read_only")]
    assert served.send("PATCH", "/notes/1", {"Content-Type": MERGE_PATCH}, {"title": "c"}).status == 200
    assert titles(served) == [(1, "c")]


def test_descriptions_have_it_in_what_is_shown_and_not_in_what_is_sent(served: Served) -> None:
    document = served.send("GET", "/openapi.json").json()
    schemas = document["components"]["schemas"]
    shown = schemas["Note"]
    assert schemas["Note.whole"]["required"] == ["id", "title"]
    assert shown["properties"]["id"]["type"] == "integer"
    assert "id" not in schemas["Note.creating"]["properties"]
    schema = served.send("GET", "/schemas/Note").json()
    assert schema["properties"]["id"]["readOnly"] is True
    assert schema["properties"]["id"]["type"] == "integer"
    assert "default" not in schema["properties"]["id"]
    assert "id" not in schema["required"]
    forms = served.send("GET", "/notes", accept="application/prs.hal-forms+json").json()["_templates"]
    assert [each["name"] for form in forms.values() for each in form.get("properties", ())] == ["title", "rank"]


@pytest.mark.parametrize(
    "register, path, form",
    [(notes, "/notes", re.compile("3")), (tokens, "/tokens", UUID_4)],
)
def test_hooks_have_it_once_it_is_written(database_url: str, register: Any, path: str, form: re.Pattern[str]) -> None:
    seen: list[tuple[str, Any]] = []

    def before(change: Change) -> None:
        seen.append(("before", change.new.id))

    def after(change: Change) -> None:
        seen.append(("after", str(change.new.id)))

    def watched(api: Api) -> object:
        cls = register(initial=[{"title": "x"}, {"title": "y"}])(api)
        api.before(cls)(before)
        api.after(cls)(after)
        return cls

    with closing(serve(watched, database=database_url)) as served:
        made = served.send("POST", path, content={"title": "a"}, accept=JSON)
        assert made.status == 201
        assert form.fullmatch(str(made.json()["id"]))
        assert seen == [("before", None), ("after", str(made.json()["id"]))]


def test_a_hook_cannot_give_it(database_url: str) -> None:
    def giving(change: Change) -> None:
        change.new.id = 9

    def watched(api: Api) -> object:
        cls = notes()(api)
        api.before(cls, "create")(giving)
        return cls

    with closing(serve(watched, database=database_url)) as served:
        refused = served.send("POST", "/notes", content={"title": "a"})
        assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/id")


def test_initial_rows_may_have_theirs_and_counting_goes_on_behind_them(database_url: str) -> None:
    rows = [{"title": "a"}, {"id": 5, "title": "b"}, {"title": "c"}, {"id": 2, "title": "d"}]
    with closing(serve(notes(initial=rows), database=database_url)) as served:
        assert titles(served) == [(1, "a"), (2, "d"), (5, "b"), (6, "c")]
        assert served.send("POST", "/notes", content={"title": "e"}, accept=JSON).json()["id"] == 7


def test_uuids_are_made_and_kept(database_url: str) -> None:
    given = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"
    with closing(serve(tokens(initial=[{"id": UUID(given)}, {"title": "b"}]), database=database_url)) as served:
        first, second = served.send("GET", "/tokens", accept=JSON).json()["tokens"]
        assert first["id"] == given
        assert UUID_4.fullmatch(second["id"])
        made = served.send("POST", "/tokens", content={"title": "c"}, accept=JSON)
        assert made.status == 201
        assert UUID_4.fullmatch(made.json()["id"])
        assert made["location"] == f"http://localhost/tokens/{made.json()['id']}"
        assert served.send("POST", "/tokens", content={"id": given}).status == 422
        assert served.send("PUT", f"/tokens/{given[:-1]}0", content={}).status == 404


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_what_is_exported_is_imported_with_its_numbers_and_counting_goes_on(
    database_url: str, form: Format, tmp_path: Path
) -> None:
    path = tmp_path / f"notes.{form}"
    rows = [{"id": 3, "title": "a"}, {"id": 8, "title": "b"}]
    with closing(Store.open("sqlite://", [declaration := note(initial=rows)])) as store, path.open("wb") as out:
        assert export_rows(store, declaration, out, form) == 2
    with closing(Store.open(database_url, [declaration := note()])) as store:
        assert import_rows(store, declaration, path) == (2, 0)
    with closing(serve(notes(), database=database_url)) as served:
        assert titles(served) == [(3, "a"), (8, "b")]
        assert served.send("POST", "/notes", content={"title": "c"}, accept=JSON).json()["id"] == 9


@pytest.mark.parametrize("there", [(), ({"id": 4, "title": "there"},)])
def test_rows_of_a_file_are_numbered_where_they_have_none(
    database_url: str, there: tuple[dict[str, Any], ...], tmp_path: Path
) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text(
        '{"title": "a"}\n{"id": 20, "title": "b"}\n{"id": null, "title": "c"}\n{"id": 20, "title": "d"}\n'
    )
    with closing(Store.open(database_url, [declaration := note(initial=there)])) as store:
        imported, refused = import_skipping(store, path, declaration)
        assert (imported.rows, [each.line for each in refused]) == (3, [4])
        assert refused[0].reason == "id: 20 is taken already, by an earlier record of the file."
        found = [row for batch in store.stream(declaration) for row in batch]
        numbers = {row[4]: row[3] for row in found if row[4] != "there"}
        behind_refused = database_url.startswith("mariadb")  # which goes on behind a number that it has refused
        assert numbers["a"] > 20 if behind_refused else numbers["a"] == (5 if there else 1)
        assert numbers["b"] == 20
        assert numbers["c"] > max(numbers["a"], 20)
    with closing(serve(notes(initial=there), database=database_url)) as served:
        assert served.send("POST", "/notes", content={"title": "e"}, accept=JSON).json()["id"] > numbers["c"]


LAST = 2**62


def test_a_number_that_leaves_none_behind_it_is_refused(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text(f'{{"id": {LAST + 1}, "title": "a"}}\n{{"title": "b"}}\n')
    with closing(Store.open(database_url, [declaration := note()])) as store:
        with pytest.raises(ImportRefused, match=r"at 1: id: has a value that the database cannot hold\."):
            import_rows(store, declaration, path)
        path.write_text(f'{{"id": {LAST}, "title": "a"}}\n{{"title": "b"}}\n{{"id": -5, "title": "c"}}\n')
        assert import_rows(store, declaration, path) == (3, 0)
    with closing(serve(notes(), database=database_url)) as served:
        given = served.send("POST", "/notes", content={"title": "d"}, accept=JSON).json()["id"]
        # MariaDB keeps a number for each row of a statement that adds several, and leaves out those of given ones
        assert given in (range(LAST + 2, LAST + 5) if database_url.startswith("mariadb") else [LAST + 2])
        assert titles(served) == [(-5, "c"), (LAST, "a"), (LAST + 1, "b"), (given, "d")]
        assert served.send("GET", "/notes/-5").status == 200


def test_when_every_number_is_given_nothing_can_be_added(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text('{"title": "b"}\n')
    with closing(serve(notes(initial=[{"title": "a"}]), database=database_url)) as served:
        assert titles(served) == [(1, "a")]
        with closing(open_driver(database_url)) as driver:
            driver.write(f"UPDATE notes SET id = {2**63 - 1}")
            if driver.name == "sqlite":
                driver.write(f"UPDATE sqlite_sequence SET seq = {2**63 - 1} WHERE name = 'notes'")
            elif driver.name == "postgresql":
                driver.write(f"SELECT setval(pg_get_serial_sequence('notes', 'id'), {2**63 - 1})")
        assert is_problem(served.send("POST", "/notes", content={"title": "b"}), 507)
    with closing(Store.open(database_url, [declaration := note()])) as store, pytest.raises(Full):
        import_rows(store, declaration, path)


def test_counting_goes_on_behind_a_number_that_another_program_has_set(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text('{"title": "b"}\n')
    with closing(Store.open(database_url, [declaration := note(initial=[{"title": "a"}])])) as store:
        with closing(open_driver(database_url)) as driver:
            driver.write("UPDATE notes SET id = 2 WHERE id = 1")
        assert import_rows(store, declaration, path) == (1, 0)
    with closing(serve(notes(), database=database_url)) as served:
        assert titles(served) == [(2, "a"), (3, "b")]


def test_an_estimated_total_is_a_count_of_few_rows_and_else_by_the_numbers() -> None:
    few: list[dict[str, Any]] = [{"title": "a"}, {"id": 10**15, "title": "b"}]
    many: list[dict[str, Any]] = [{"title": "a"}] * 10_005
    for rows, total in ((few, 2), (many, 10_005)):
        with closing(serve(notes(initial=rows))) as served:
            page = served.send("GET", "/notes?limit=1", {"Prefer": "count=estimated"}, accept=JSON_LD).json()
            assert page["totalItems"] == total


@pytest.mark.parametrize("spelling", ["007", "+7", "7.0", "7e0", "0x7", "%207"])
def test_a_number_has_one_spelling(database_url: str, spelling: str) -> None:
    with closing(serve(notes(initial=[{"id": 7, "title": "a"}]), database=database_url)) as served:
        assert served.send("GET", "/notes/7").status == 200
        assert served.send("GET", f"/notes/{spelling}").status == 404
        assert served.send("DELETE", f"/notes/{spelling}").status == 404
        assert served.send("PUT", f"/notes/{spelling}", content={"title": "b"}).status == 404
        assert titles(served) == [(7, "a")]


@pytest.mark.parametrize(
    "rows, said",
    [
        ([{"title": "a"}, {"id": 1, "title": "b"}], r"initial row 2 with the identity of row 1"),
        ([{"id": LAST + 1, "title": "a"}], rf"id .*is {LAST + 1} in initial row 1, .*: give at most {LAST}\."),
    ],
)
def test_initial_rows_have_numbers_that_can_be_kept(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        note(initial=rows)


def test_several_at_once_get_numbers_of_their_own(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text('{"title": "file"}\n{"id": 1000, "title": "file"}\n' + '{"title": "file"}\n' * 60)
    with closing(Store.open(database_url, [declaration := note()])) as store:
        insert = RowChange("insert", declaration, values={"id": None, "title": "a", "rank": None})

        def add(_: int) -> Any:
            return declaration.compiled[Layout].identity(carry_out(store, insert).row)

        with ThreadPoolExecutor(4) as threads:
            made = threads.map(add, range(40))
            assert import_rows(store, declaration, path) == (62, 0)
            given = set(made)
        found = [declaration.compiled[Layout].identity(row) for batch in store.stream(declaration) for row in batch]
    assert len(given) == 40
    assert len(found) == 102
    assert {1000, *given} < {*found}


def test_a_zero_that_is_given_stays(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.ndjson"
    path.write_text('{"id": 0, "title": "b"}\n{"title": "c"}\n')
    with closing(Store.open(database_url, [declaration := note(initial=[{"id": 5, "title": "a"}])])) as store:
        assert import_rows(store, declaration, path) == (2, 0)
    with closing(serve(notes(), database=database_url)) as served:
        assert titles(served)[:2] == [(0, "b"), (5, "a")]


# -- migrations -----------------------------------------------------------------------------------------------------


class Numbered(Resource):
    id: int = Field(identity=True)
    title: str
    rank: int | None = Field(None, index=True)


class Texted(Resource):
    id: str = Field(identity=True)
    title: str
    rank: str | None = Field(None, max_length=9)


class Named(Resource):
    title: str = Field(identity=True)
    rank: int | None = Field(None, index=True)


def migrated(url: str, before: type[Resource], rows: list[dict[str, Any]], after: type[Resource]) -> list[str]:
    """What is said of the difference between two declarations of one table, which is removed."""
    with closing(Store.open(url, [note(before, initial=rows)])):
        pass
    with closing(Store(open_driver(url), [note(after)])) as store:
        with pytest.raises(SchemaMismatch, match="restwell migrate"):
            store.prepare()
        said = [change.words for change in apply_difference(store).changes]
        assert find_difference(store) == ((), (), ())
        store.prepare()
    return said


@pytest.mark.parametrize(
    "before, rows, expected",
    [
        (Numbered, [{"id": 7, "title": "a", "rank": 1}, {"id": 3, "title": "b"}], [(3, "b"), (7, "a")]),
        (Named, [{"title": "a"}, {"title": "b"}], [(1, "a"), (2, "b")]),
        (Texted, [{"id": "7", "title": "a", "rank": "1"}, {"id": "3", "title": "b"}], [(3, "b"), (7, "a")]),
    ],
)
def test_a_table_is_migrated_to_numbers_of_the_database(
    database_url: str, before: type[Resource], rows: list[dict[str, Any]], expected: list[tuple[int, str]]
) -> None:
    said = migrated(database_url, before, rows, Note)
    assert "notes: id numbers the rows, and the database makes it" in said
    with closing(serve(notes(), database=database_url)) as served:
        assert titles(served) == expected
        etag = served.send("GET", f"/notes/{expected[0][0]}", accept=JSON)["etag"]
        last = expected[-1][0]
        made = served.send("POST", "/notes", content={"title": "c"}, accept=JSON)
        assert (made.status, made.json()["id"]) == (201, last + 1)
        path = f"/notes/{expected[0][0]}"
        assert served.send("PATCH", path, {"Content-Type": MERGE_PATCH, "If-Match": etag}, {"rank": 5}).status == 200


def test_uuids_become_numbers_where_there_are_none(database_url: str) -> None:
    said = migrated(database_url, Token, [], Note)
    assert "notes: id numbers the rows, and the database makes it" in said
    with closing(serve(notes(), database=database_url)) as served:
        assert served.send("POST", "/notes", content={"title": "a"}, accept=JSON).json() == {"id": 1, "title": "a"}


def test_uuids_that_are_there_do_not_become_numbers(database_url: str) -> None:
    given = UUID(int=7)
    with closing(Store.open(database_url, [note(Token, initial=[{"id": given}])])):
        pass
    said = r"notes\.id has values that would not be the same as .*: correct them first"
    with closing(Store(open_driver(database_url), [note()])) as store, pytest.raises(NotMigrated, match=said):
        apply_difference(store)
    with closing(serve(lambda api: api.resource("/notes", read=public())(Token), database=database_url)) as served:
        assert served.send("GET", f"/notes/{given}").status == 200


def test_numbers_that_went_stay_gone_when_the_table_is_altered(database_url: str) -> None:
    class Longer(Note):
        more: str | None = None

    with closing(serve(notes(), database=database_url)) as served:
        for title in "abc":
            served.send("POST", "/notes", content={"title": title})
        served.send("DELETE", "/notes/3")
    with closing(Store(open_driver(database_url), [note(Longer)])) as store:
        apply_difference(store)
        assert find_difference(store) == ((), (), ())
    register = lambda api: api.resource("/notes", read=public(), write=public())(Longer)  # noqa: E731
    with closing(serve(register, database=database_url)) as served:
        assert served.send("POST", "/notes", content={"title": "d"}, accept=JSON).json()["id"] == 4


def test_a_table_with_numbers_of_the_database_does_not_go_back(database_url: str) -> None:
    with closing(Store.open(database_url, [note()])):
        pass
    with closing(Store(open_driver(database_url), [note(Numbered)])) as store:
        with pytest.raises(SchemaMismatch, match=r"notes\._id is missing"):
            store.prepare()
        with pytest.raises(NotMigrated, match="export the rows, drop the table, and import them"):
            apply_difference(store)


@pytest.mark.parametrize("rows", [[], [{"title": "a"}]])
def test_what_numbers_the_rows_is_not_another_column(database_url: str, rows: list[dict[str, Any]]) -> None:
    class Renamed(Resource):
        number: int | None = Field(default=None, identity=True)
        title: str
        rank: int | None = Field(None, index=True)

    with closing(Store.open(database_url, [note(initial=rows)])):
        pass
    with closing(Store(open_driver(database_url), [note(Renamed)])) as store:
        with pytest.raises(NotMigrated, match=r"notes\.number is to number the rows, .*: rename that"):
            apply_difference(store, allow_drop=True)
        with closing(open_driver(database_url)) as driver:
            driver.write("ALTER TABLE notes RENAME COLUMN id TO number")
        apply_difference(store)
        assert find_difference(store) == ((), (), ())
        store.prepare()
    register = lambda api: api.resource("/notes", read=public(), write=public())(Renamed)  # noqa: E731
    with closing(serve(register, database=database_url)) as served:
        made = served.send("POST", "/notes", content={"title": "b"}, accept=JSON).json()
        assert made == {"number": len(rows) + 1, "title": "b"}


def test_a_table_with_numbers_has_no_other_identity(database_url: str) -> None:
    with closing(Store.open(database_url, [note()])):
        pass
    said = "its identity numbers the rows, and the declaration has one that does not: export the rows"
    with closing(Store(open_driver(database_url), [note(Token)])) as store, pytest.raises(NotMigrated, match=said):
        apply_difference(store, allow_drop=True)


def test_a_table_of_somebody_else_is_told_apart(database_url: str) -> None:
    with closing(open_driver(database_url)) as driver:
        driver.write("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT)")
    with pytest.raises(SchemaMismatch, match=r"notes is not ours.* as it has no _version"):
        Store.open(database_url, [note()])


def test_the_version_of_a_row_that_another_program_changes_is_another(served: Served, database_url: str) -> None:
    served.send("POST", "/notes", content={"title": "a"})
    before = served.send("GET", "/notes/1")["etag"]
    with closing(open_driver(database_url)) as driver:
        driver.write("UPDATE notes SET title = 'b' WHERE id = 1")
        driver.write("INSERT INTO notes (title) VALUES ('by SQL')")
    assert served.send("GET", "/notes/1")["etag"] != before
    assert titles(served) == [(1, "b"), (2, "by SQL")]


def test_a_number_that_another_program_has_taken_is_passed(postgresql_url: str) -> None:
    with closing(serve(notes(), database=postgresql_url)) as served:
        assert titles(served) == []
        with closing(open_driver(postgresql_url)) as driver:
            driver.write("INSERT INTO notes (id, title) VALUES (1, 'by SQL')")
        first = served.send("POST", "/notes", content={"title": "a"})
        assert (first.status, first["retry-after"]) == (503, "1")
        assert served.send("POST", "/notes", content={"title": "a"}, accept=JSON).json()["id"] == 2


# -- sources, outboxes, engines of applications, mistakes -----------------------------------------------------------


class Ledger(Source):
    """A list in memory that counts by tens."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.given: list[Any] = []

    def all(self) -> list[dict[str, Any]]:
        return self.items

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.given.append(values["id"])
        self.items.append({**values, "id": 10 * len(self.given) or None})
        return self.items[-1]


class Forgetful(Ledger):
    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return values


def test_a_source_makes_it(caplog: pytest.LogCaptureFixture) -> None:
    source = Ledger()
    register = lambda api: api.resource("/notes", source=source, read=public(), create=public())(Note)  # noqa: E731
    with closing(serve(register)) as served:
        for number in (10, 20):
            made = served.send("POST", "/notes", content={"title": "a"}, accept=JSON)
            assert (made.status, made["location"]) == (201, f"http://localhost/notes/{number}")
        assert source.given == [None, None]
        assert served.send("POST", "/notes", content={"id": 1, "title": "a"}).status == 422
    register = lambda api: api.resource("/notes", source=Forgetful(), read=public(), create=public())(Note)  # noqa: E731
    with closing(serve(register)) as served:
        assert served.send("POST", "/notes", content={"title": "a"}).status == 500


@pytest.mark.parametrize("cls", [Note, Token])
def test_the_outbox_tells_of_it(database_url: str, cls: type[Resource]) -> None:
    declaration = note(cls)
    with closing(Store.open(database_url, [declaration], outbox=True)) as store:
        outcome = carry_out(store, RowChange("insert", declaration, values={"id": None, "title": "a", "rank": None}))
        assert store.outbox is not None
        [line] = store.outbox.changes_after(START)
        assert (line.identity, line.action) == (str(declaration.compiled[Layout].identity(outcome.row)), "insert")


def test_an_engine_of_an_application_numbers_items_too(database_url: str) -> None:
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    app = Flask(__name__)
    api = Api(app, engine=engine)
    notes(initial=[{"id": 4, "title": "a"}])(api)
    client = app.test_client()
    assert client.post("/notes", json={"title": "b"}).headers["Location"] == "http://localhost/notes/5"
    engine.dispose()


class Limited(Resource):
    id: int | None = Field(default=None, identity=True, ge=100)


class Chosen(Resource):
    id: str | None = Field(default=None, identity=True)


class Given(Resource):
    id: int | None = Field(default=5, identity=True)


@pytest.mark.parametrize(
    "cls, said",
    [
        (Limited, r"Limited\.id .*is an identity that is made, which no limits hold for: take the limits away"),
        (Chosen, r"Chosen\.id .*cannot be an identity: use str, int or UUID, never None\.$"),
        (Given, r"Given\.id .*never None, or Field\(default=None, identity=True\), so that it is made"),
    ],
)
def test_what_cannot_be_made_is_refused(cls: type[Resource], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        note(cls)
