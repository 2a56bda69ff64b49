"""What a database refuses is told with the members: 409 for what is taken, 422 for what it cannot hold, at once."""

import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from restwell import Field, Resource, public
from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.files import ImportRefused, import_rows
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.marks import Marks
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference
from tests.api import JSON_PATCH, MERGE_PATCH, Answer, Register, Served, is_problem, serve
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.uniqueness import become_unique

LONG = "".join(chr(0x100 + (number * 7919) % 20_000) for number in range(20_000))
"""A text that hardly can be compressed."""


class Person(Resource):
    id: int = Field(identity=True)
    email: str | None = Field(None, unique=True)
    first: str = "a"
    last: str = "b"
    age: int | None = None
    price: Decimal | None = None
    text: str | None = Field(None, index=True)


def people(**options: Any) -> Register:
    return lambda api: api.resource("/people", read=public(), write=public(), **options)(Person)


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    served = serve(people(), database=database_url)
    for number in (1, 2):
        values = {"id": number, "email": f"{number}@x", "first": f"f{number}", "last": f"l{number}", "age": number}
        assert served.send("POST", "/people", [], values).status == 201
    yield served
    served.close()


def errors_of(answer: Answer, status: int) -> list[tuple[str, str]]:
    """The pointers and codes of a refusal that came at once."""
    assert is_problem(answer, status)
    return [(each["pointer"], each["code"]) for each in answer.json().get("errors", [])]


WAYS = [
    ("POST", "/people", {}, {"id": 3, "email": "1@x"}),
    ("PUT", "/people/2", {}, {"email": "1@x"}),
    ("PUT", "/people/3", {}, {"email": "1@x"}),
    ("PUT", "/people/3", {"If-None-Match": "*"}, {"email": "1@x"}),
    ("PATCH", "/people/2", {"Content-Type": MERGE_PATCH}, {"email": "1@x"}),
    ("PATCH", "/people/2", {"Content-Type": JSON_PATCH}, [{"op": "replace", "path": "/email", "value": "1@x"}]),
]


@pytest.mark.parametrize(
    "method, target, fields, content", WAYS, ids=[f"{w[0]} {w[1]} {[*w[2].values()]}" for w in WAYS]
)
def test_a_unique_value_that_is_taken_is_409_at_once_with_its_pointer(
    served: Served, method: str, target: str, fields: dict[str, str], content: Any
) -> None:
    started = time.monotonic()
    assert errors_of(served.send(method, target, fields, content), 409) == [("/email", "taken")]
    assert time.monotonic() - started < 1


def test_an_identity_that_is_taken_is_409_with_its_pointer(served: Served) -> None:
    assert errors_of(served.send("POST", "/people", [], {"id": 1}), 409) == [("/id", "taken")]


def test_a_unique_value_may_be_missing_often_kept_and_used_again(served: Served) -> None:
    for number in (3, 4):
        assert served.send("POST", "/people", [], {"id": number}).status == 201
    assert served.send("PUT", "/people/1", [], {"email": "1@x", "first": "other"}).status == 200
    assert served.send("DELETE", "/people/1").status == 204
    assert served.send("POST", "/people", [], {"id": 5, "email": "1@x"}).status == 201


OTHERS = [
    ("CREATE UNIQUE INDEX theirs ON people (age)", {"age": 1}, [("/age", "taken")]),
    (
        "CREATE UNIQUE INDEX theirs ON people (first, last)",
        {"first": "f1", "last": "l1"},
        [("/first", "taken"), ("/last", "taken")],
    ),
    ("CREATE UNIQUE INDEX theirs ON people (age) WHERE age < 100", {"age": 1}, [("/age", "taken")]),
    ("CREATE UNIQUE INDEX theirs ON people (lower(first))", {"first": "F1"}, []),
    ("CREATE UNIQUE INDEX theirs ON people (lower(first), age)", {"first": "F1", "age": 1}, None),
]


@pytest.mark.parametrize("statement, content, expected", OTHERS, ids=[case[0] for case in OTHERS])
def test_a_unique_index_of_others_is_409_at_once_with_the_members_that_it_names(
    served: Served, statement: str, content: Any, expected: list[tuple[str, str]] | None
) -> None:
    served.change(statement)
    started = time.monotonic()
    found = errors_of(served.send("PATCH", "/people/2", {"Content-Type": MERGE_PATCH}, content), 409)
    assert time.monotonic() - started < 1
    assert expected is None or found == expected
    assert served.send("GET", "/people/2").json()["first"] == "f2"
    post = served.send("POST", "/people", [], {"id": 9, "first": "f1", "last": "l1", **content})
    assert is_problem(post, 409)


def test_a_table_of_others_that_collides_names_no_member(served: Served, database_url: str) -> None:
    served.change("CREATE TABLE log (email text UNIQUE)")
    if database_url.startswith("sqlite"):
        served.change("CREATE TRIGGER log AFTER INSERT ON people BEGIN INSERT INTO log VALUES ('x'); END")
    else:
        served.change(
            "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO log VALUES ('x'); RETURN NEW; END $$"
        )
        served.change("CREATE TRIGGER log AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION log()")
    assert served.send("POST", "/people", [], {"id": 3}).status == 201
    assert errors_of(served.send("POST", "/people", [], {"id": 4}), 409) == []


@pytest.mark.parametrize("field", ["text", "email"])
def test_a_text_that_is_too_long_for_its_index_is_422_with_its_pointer(postgresql_url: str, field: str) -> None:
    served = serve(people(), database=postgresql_url)
    assert errors_of(served.send("POST", "/people", [], {"id": 1, field: LONG}), 422) == [(f"/{field}", "too_long")]
    assert errors_of(served.send("POST", "/people", [], {"id": 1, field: LONG[:1500]}), 422) == [
        (f"/{field}", "too_long")
    ]
    assert served.send("POST", "/people", [], {"id": 1, field: LONG[:500]}).status == 201
    assert errors_of(served.send("PUT", "/people/1", [], {field: LONG}), 422) == [(f"/{field}", "too_long")]
    served.close()


def test_a_number_beyond_the_database_is_422_with_its_pointer(postgresql_url: str) -> None:
    served = serve(people(), database=postgresql_url)
    found = errors_of(served.send("POST", "/people", [], {"id": 1, "price": "1e140000", "age": 1}), 422)
    assert [pointer for pointer, _ in found] == ["/price"]
    served.close()


RULES = [
    ("age integer CHECK (age < 100)", "ALTER TABLE people ADD CHECK (age < 100)", {"age": 100}, 422, ["/age"]),
    (
        "age integer CONSTRAINT young CHECK ((age) < 100)",
        "ALTER TABLE people ADD CONSTRAINT young CHECK (age < 100)",
        {"age": 100},
        422,
        ["/age"],
    ),
    ("age integer NOT NULL", "ALTER TABLE people ALTER age SET NOT NULL", {"age": None}, 422, ["/age"]),
]


@pytest.mark.parametrize("sqlite, postgresql, content, status, pointers", RULES, ids=[case[1] for case in RULES])
def test_a_rule_of_the_owners_is_422_with_the_member(
    served: Served, database_url: str, sqlite: str, postgresql: str, content: Any, status: int, pointers: list[str]
) -> None:
    if database_url.startswith("sqlite"):
        served.change("PRAGMA writable_schema = ON")
        served.change(
            "UPDATE sqlite_master SET sql = replace(sql, 'age INTEGER', ?) WHERE name = 'people'",
            sqlite.replace("integer", "INTEGER"),
        )
        served.api.binding(served.app).store.close()
    else:
        served.change(postgresql)
    for answer in (
        served.send("POST", "/people", [], {"id": 3, "age": 1, **content}),
        served.send("PUT", "/people/2", [], {"age": 1, **content}),
    ):
        assert [pointer for pointer, _ in errors_of(answer, status)] == pointers
        assert b"young" not in answer.body
        assert b"100" not in answer.body


def test_a_trigger_of_the_owners_that_refuses_is_409(served: Served, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        served.change("CREATE TRIGGER no BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'secret'); END")
    else:
        served.change("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'secret'; END $$")
        served.change("CREATE TRIGGER no BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION no()")
    answer = served.send("DELETE", "/people/1")
    assert errors_of(answer, 409) == []
    assert b"secret" not in answer.body


def test_what_others_refer_to_is_409_when_it_is_deleted(served: Served) -> None:
    served.change("CREATE TABLE pets (owner bigint REFERENCES people (id))")
    served.change("INSERT INTO pets VALUES (1)")
    assert errors_of(served.send("DELETE", "/people/1"), 409) == []
    assert served.send("DELETE", "/people/2").status == 204


def test_a_reference_of_the_owners_to_what_is_not_there_is_409_with_the_member(postgresql_url: str) -> None:
    served = serve(people(), database=postgresql_url)
    served.change("CREATE TABLE ages (age bigint PRIMARY KEY)")
    served.change("ALTER TABLE people ADD FOREIGN KEY (age) REFERENCES ages (age)")
    assert errors_of(served.send("POST", "/people", [], {"id": 1, "age": 7}), 409) == [("/age", "unlinked")]
    served.close()


def test_an_exclusion_constraint_of_the_owners_is_409_with_the_member(postgresql_url: str) -> None:
    served = serve(people(), database=postgresql_url)
    served.change("ALTER TABLE people ADD EXCLUDE USING btree (age WITH =)")
    assert served.send("POST", "/people", [], {"id": 1, "age": 7}).status == 201
    assert errors_of(served.send("POST", "/people", [], {"id": 2, "age": 7}), 409) == [("/age", "taken")]
    served.close()


def test_a_number_of_a_row_that_others_have_used_is_503_and_then_goes_well(postgresql_url: str) -> None:
    served = serve(people(), database=postgresql_url)
    served.change("INSERT INTO people (_id, id, first, last) VALUES (1, 1, 'a', 'b')")
    answer = served.send("POST", "/people", [], {"id": 2})
    assert is_problem(answer, 503)
    assert answer["retry-after"] == "1"
    assert served.send("POST", "/people", [], {"id": 2}).status == 201
    served.close()


def test_a_field_says_whether_it_is_unique_and_indexed() -> None:
    assert [Marks(unique=True).is_unique, Marks(identity=True).is_unique, Marks(index=True).is_unique] == [
        True,
        True,
        False,
    ]
    assert not Marks().is_indexed


DUPLICATE: list[dict[str, Any]] = [{"id": 1, "email": "a@x"}, {"id": 2}, {"id": 3}, {"id": 4, "email": "a@x"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    "annotation, marks, says",
    [
        (list[str], {}, "a list cannot be"),
        (dict, {}, "a json cannot be"),
        (Marks, {}, "not one that Restwell stores"),
        (str, {"identity": True}, "which is unique already"),
    ],
)
def test_what_cannot_be_unique_is_refused_at_start(annotation: Any, marks: dict[str, Any], says: str) -> None:
    members = {"id": int, "value": annotation}
    fields = {"id": Field(identity=not marks), "value": Field(unique=True, **marks)}
    cls: Any = type("Thing", (Resource,), {"__annotations__": members, **fields})
    with pytest.raises(DeclarationError, match=says):
        declare(cls, "/things", read=public())


def test_initial_rows_that_repeat_a_unique_value_are_refused_at_start() -> None:
    with pytest.raises(DeclarationError, match="row 4 with the email of row 1"):
        declare(Person, "/people", read=public(), initial=DUPLICATE)


def test_a_unique_field_is_created_by_migrate_and_not_served_before(database_url: str) -> None:
    plain: Any = type("Person", (Resource,), {**PLAIN, "email": Field(None)})
    before = declare(plain, "/people", read=public(), initial=DUPLICATE)
    Store.open(database_url, [before]).close()
    unique: Any = type("Person", (Resource,), {**PLAIN, "email": Field(None, unique=True)})
    after = declare(unique, "/people", read=public())
    with closing(Store(open_driver(database_url), [after])) as store:
        refusal, correction = "cannot be unique", "DELETE FROM people WHERE id = 4"
        become_unique(store, "people", "email", "ux_people_email", refusal, correction)
        taken = carry_out(store, RowChange("insert", after, values={"id": 5, "email": "a@x"}))
        assert taken == Outcome("taken", members=("email",))
    with closing(Store(open_driver(database_url), [before])) as store:
        assert [c.words for c in apply_difference(store).changes] == ["people: drop the index ux_people_email"]


PLAIN: dict[str, Any] = {
    "__annotations__": {"id": int, "email": str | None},
    "__module__": __name__,
    "id": Field(identity=True),
}


def with_code(**options: Any) -> Any:
    annotations = {**PLAIN["__annotations__"], "code": UUID}
    return type(
        "Person", (Resource,), {**PLAIN, "__annotations__": annotations, "email": None, "code": Field(**options)}
    )


def test_a_new_unique_field_has_a_value_of_its_own_in_every_row(database_url: str) -> None:
    plain: Any = type("Person", (Resource,), {**PLAIN, "email": None})
    Store.open(database_url, [declare(plain, "/people", read=public(), initial=[{"id": 1}, {"id": 2}])]).close()
    same = declare(with_code(default=UUID(int=1), unique=True), "/people", read=public())
    with closing(Store(open_driver(database_url), [same])) as store:
        assert "people.code cannot be unique" in find_difference(store).obstacles[0]
    own = declare(with_code(default_factory=uuid4, unique=True), "/people", read=public())
    with closing(Store(open_driver(database_url), [own])) as store:
        assert find_difference(store).steps[-1].text.startswith("CREATE UNIQUE INDEX ux_people_code")
        apply_difference(store)
        assert find_difference(store).changes == ()
        store.prepare()
        assert len({row[5] for row in store.look_up(Plan("page", own)).rows}) == 2


LINES = "id,email,age\n1,a@x,1\n2,b@x,2\n3,a@x,3\n4,,4\n5,,5\n6,c@x,6\n"
PEOPLE = declare(Person, "/people", read=public())


@pytest.mark.parametrize("there", [False, True])
def test_an_import_refuses_rows_by_line_whose_unique_value_is_taken(
    database_url: str, tmp_path: Path, there: bool
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(LINES)
    told: list[tuple[int, str]] = []
    with closing(Store.open(database_url, [PEOPLE])) as store:
        if there:
            values = {"id": 9, "email": "c@x", "first": "", "last": "", "age": None, "price": None, "text": None}
            assert carry_out(store, RowChange("insert", PEOPLE, values=values)).kind == "created"
        with pytest.raises(ImportRefused):
            import_rows(store, PEOPLE, path)
        done = import_rows(store, PEOPLE, path, skip_invalid=True, refused=told.append)
    assert done == (4, 2) if there else (5, 1)
    assert told[0] == (4, "email: 'a@x' is taken already, by an earlier record of the file.")
    assert told[1:] == ([(7, "email: 'c@x' is taken already, by a row of the table.")] if there else [])


def test_an_import_refuses_rows_by_line_that_a_rule_of_the_owners_refuses(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(LINES.replace("a@x,3", "d@x,2"))
    told: list[tuple[int, str]] = []
    with closing(Store.open(database_url, [PEOPLE])) as store:
        with store.driver.transaction() as connection:
            connection.execute("CREATE UNIQUE INDEX theirs ON people (age)")
        done = import_rows(store, PEOPLE, path, skip_invalid=True, refused=told.append)
    assert done == (5, 1)
    assert told == [(4, "age: taken already, by another row.")]
