"""A table of MariaDB altered: statement by statement, so that what was stopped is gone on with."""

from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from restwell import Field, Resource, public
from restwell.data.store_errors import Busy
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.errors import Violation
from restwell.storage.mariadb import conversions
from restwell.storage.mariadb.dialect import MariadbDialect
from restwell.storage.migrations import apply_difference, find_difference

pytestmark = pytest.mark.slow

ROWS = [{"id": 1, "name": "a", "price": "10.5"}, {"id": 2, "name": "b", "price": "9.50"}]


def things(initial: Any = (), **members: Any) -> Declaration:
    """Things with other members than an id, each a hint and a default or a field."""
    hints = {"id": int, **{name: hint for name, (hint, _) in members.items()}}
    fields = {"id": Field(identity=True), **{name: field for name, (_, field) in members.items()}}
    cls: Any = type("Thing", (Resource,), {"__annotations__": hints, "__module__": __name__, **fields})
    return declare(cls, "/things", read=public(), initial=initial)


NAME, PRICE = (str, Field()), (Decimal, Field())
OLD = things(ROWS, name=NAME, price=PRICE)


def words(url: str, new: Declaration, *, allow_drop: bool = False) -> list[str]:
    """Apply the difference; in words what it was. There is none afterwards."""
    with closing(Store(open_driver(url), [new])) as store:
        found = apply_difference(store, allow_drop=allow_drop).changes
        assert find_difference(store).changes == ()
        store.prepare()
    return [each.words for each in found]


def test_an_index_changes_the_type_of_a_text(mariadb_url: str) -> None:
    Store.open(mariadb_url, [OLD]).close()
    indexed = things(name=(str, Field(max_length=20, unique=True)), price=(Decimal, Field(index=True)))
    assert words(mariadb_url, indexed) == [
        "things: change name from LONGTEXT to VARCHAR(20)",
        "things: change price from TEXT (DECIMAL) to VARCHAR(700) (DECIMAL)",
        "things: create the index ix_things_price",
        "things: create the unique index ux_things_name",
    ]
    with closing(Store(open_driver(mariadb_url), [indexed])) as store:
        assert store.driver.read("SELECT name, price FROM things ORDER BY price") == [
            ("b", "P0019.5 "), ("a", "P00210.5"),
        ]  # fmt: skip
    assert len(words(mariadb_url, things(name=NAME, price=PRICE))) == 4


def test_a_text_that_does_not_fit_is_named(mariadb_url: str) -> None:
    Store.open(mariadb_url, [things([{"id": 1, "name": "much"}], name=NAME)]).close()
    with closing(Store(open_driver(mariadb_url), [things(name=(str, Field(max_length=3, index=True)))])) as store:
        [obstacle] = find_difference(store).obstacles
    assert obstacle == "things.name has values that would not be the same as VARCHAR(3): correct them first."


def test_what_was_stopped_is_gone_on_with(mariadb_url: str) -> None:
    Store.open(mariadb_url, [OLD]).close()
    new = things(name=NAME, price=PRICE, size=(int, Field(7)), kind=(str, Field("x", max_length=9, index=True)))
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        steps = find_difference(store).steps
        with store.driver.transaction() as connection:  # as if it had been killed behind the first of them
            connection.execute(steps[0].text)
    assert len(steps) == 4
    assert words(mariadb_url, new) == [
        "things: size may not be missing, existing rows without one get 7",
        "things: kind may not be missing, existing rows without one get 'x'",
        "things: create the index ix_things_kind",
    ]
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        assert store.driver.read("SELECT size, kind FROM things") == [(7, "x"), (7, "x")]


CONVERTED = (
    things([{"id": 1, "name": "7", "price": "10.5"}, {"id": 2, "name": "8", "price": "9.5"}], name=NAME, price=PRICE),
    things(name=(int, Field()), price=(float, Field())),
)


@pytest.mark.parametrize("done", range(9))
def test_a_conversion_that_was_stopped_is_gone_on_with(mariadb_url: str, done: int) -> None:
    old, new = CONVERTED
    Store.open(mariadb_url, [old]).close()
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        steps = find_difference(store).steps
        assert len(steps) == 8
        with store.driver.transaction() as connection:  # as if it had been killed behind so many of them
            for step in steps[:done]:
                step.run(connection)
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        apply_difference(store)
        assert find_difference(store) == ((), (), ())
        store.prepare()
        assert store.driver.read("SELECT name, price FROM things ORDER BY id") == [(7, 10.5), (8, 9.5)]


def test_what_a_stopped_conversion_has_left_goes_without_being_allowed_to(mariadb_url: str) -> None:
    old, new = CONVERTED
    Store.open(mariadb_url, [old]).close()
    with closing(Store(open_driver(mariadb_url), [new])) as store, store.driver.transaction() as connection:
        for step in find_difference(store).steps[:3]:
            step.run(connection)
    assert sorted(words(mariadb_url, old)) == [
        "things: drop _new_name, which a migration that was stopped has left",
        "things: drop _new_price, which a migration that was stopped has left",
    ]


def test_a_conversion_is_shown_as_what_no_other_program_can_do(mariadb_url: str) -> None:
    old, new = CONVERTED
    Store.open(mariadb_url, [old]).close()
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        texts = [str(step) for step in find_difference(store).steps]
    assert texts[:1] == ["LOCK TABLES things WRITE;"]
    assert texts[2:4] == [
        "UPDATE things SET _new_name = restwell_converted(name);",
        "UPDATE things SET _new_price = restwell_converted(price);",
    ]
    assert texts[5] == "UNLOCK TABLES;"


def test_a_value_that_comes_meanwhile_stops_a_conversion_and_is_not_lost(
    mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = CONVERTED
    Store.open(mariadb_url, [old]).close()
    seen = MariadbDialect.loses_value

    def losing(self: MariadbDialect, connection: Any, alteration: Any, column: str) -> bool:
        found = seen(self, connection, alteration, column)
        with closing(open_driver(mariadb_url)) as driver:
            driver.write("UPDATE things SET name = 'a text' WHERE id = 2")
        return found

    with monkeypatch.context() as patched, closing(Store(open_driver(mariadb_url), [new])) as store:
        patched.setattr(MariadbDialect, "loses_value", losing)
        with pytest.raises(Violation, match=r"things\.name has a value that the database cannot hold"):
            apply_difference(store)
    with closing(Store(open_driver(mariadb_url), [new])) as store:
        assert store.driver.read("SELECT name FROM things ORDER BY id") == [("7",), ("a text",)]
        assert find_difference(store).obstacles == (
            "things.name has values that would not be the same as BIGINT(20): correct them first.",
        )
        store.driver.write("UPDATE things SET name = '9' WHERE id = 2")
    assert "things: change name from LONGTEXT to BIGINT(20)" in words(mariadb_url, new)


def test_nobody_writes_what_a_conversion_would_lose(mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = CONVERTED
    Store.open(mariadb_url, [old]).close()
    seen: list[str] = []
    filled = conversions._each_converted

    def each(*arguments: Any) -> Any:
        yield from filled(*arguments)
        with closing(open_driver(mariadb_url)) as driver:
            try:
                driver.write("UPDATE things SET name = '9' WHERE id = 2")
                seen.append("written")
            except Busy:
                seen.append("busy")

    with monkeypatch.context() as patched, closing(Store(open_driver(mariadb_url), [new])) as store:
        difference = find_difference(store)
        patched.setattr(conversions, "_each_converted", each)
        with store.driver.transaction(unhurried=True) as connection:
            for step in difference.steps:
                step.run(connection)
    assert seen == ["busy", "busy"]


def test_many_rows_are_converted_each_to_its_own_value(mariadb_url: str) -> None:
    initial = [{"id": number, "name": f"{number % 7}.{number}" + "0" * (number % 3)} for number in range(2500)]
    Store.open(mariadb_url, [things(initial, name=NAME)]).close()
    assert words(mariadb_url, things(name=(Decimal, Field(index=True)))) == [
        "things: change name from LONGTEXT to VARCHAR(700) (DECIMAL)", "things: create the index ix_things_name",
    ]  # fmt: skip
    again = things(name=NAME)
    words(mariadb_url, again)
    with closing(Store.open(mariadb_url, [again])) as store:
        found = store.driver.read("SELECT id, name FROM things ORDER BY id")
    assert found == [(row["id"], row["name"]) for row in initial]


def test_the_zero_among_numbers_that_the_database_goes_on_with_stays(mariadb_url: str) -> None:
    class Note(Resource):
        id: int | None = Field(default=None, identity=True)
        name: str

    cls: Any = type("Note", (Resource,), {
        "__annotations__": {"id": int, "name": str}, "__module__": __name__, "id": Field(identity=True),
    })  # fmt: skip
    rows = [{"id": 5, "name": "1"}, {"id": 0, "name": "2"}, {"id": -(2**63), "name": "3"}]
    Store.open(mariadb_url, [declare(cls, "/notes", read=public(), initial=rows)]).close()
    words(mariadb_url, declare(Note, "/notes", read=public()))
    with closing(open_driver(mariadb_url)) as driver:
        assert driver.read("SELECT id, name FROM notes ORDER BY id") == [(-(2**63), "3"), (0, "2"), (5, "1")]
        assert driver.write("INSERT INTO notes (name) VALUES ('4') RETURNING id") == [(6,)]
        words(
            mariadb_url, declare(type("Note", (Note,), {"__annotations__": {"name": int}}), "/notes", read=public())
        )
        assert driver.read("SELECT id, name FROM notes ORDER BY id") == [(-(2**63), 3), (0, 2), (5, 1), (6, 4)]


def test_an_index_of_others_has_as_much_of_a_text_as_it_can(mariadb_url: str) -> None:
    rows = [{"id": 1, "name": "7", "note": ""}, {"id": 2, "name": "8", "note": ""}]
    Store.open(mariadb_url, [things(rows, name=NAME, note=NAME)]).close()
    parts = (
        "SELECT index_name, sub_part FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND LEFT(index_name, 6) = 'theirs' ORDER BY 1"
    )
    with closing(open_driver(mariadb_url)) as driver:
        driver.write("CREATE INDEX theirs ON things (name(20))")
        driver.write("CREATE UNIQUE INDEX theirs_once ON things (name)")
        driver.write("CREATE INDEX theirs_too ON things (note(9), name(20))")
        words(mariadb_url, things(name=(int, Field())), allow_drop=True)
        assert driver.read(parts) == [("theirs", None), ("theirs_once", None), ("theirs_too", None)]
        words(mariadb_url, things(name=NAME))
        assert driver.read(parts) == [("theirs", 255), ("theirs_once", None), ("theirs_too", 255)]
        with pytest.raises(Violation):
            driver.write("UPDATE things SET name = '7'")


def test_a_decimal_that_its_column_has_no_room_for_is_refused(mariadb_url: str) -> None:
    Store.open(mariadb_url, [things([{"id": 1, "name": "0." + "1" * 65_534}], name=NAME)]).close()
    for field in (Field(), Field(index=True)):
        with closing(Store(open_driver(mariadb_url), [things(name=(Decimal, field))])) as store:
            [obstacle] = find_difference(store).obstacles
        assert obstacle.startswith("things.name has values that would not be the same as ")


def test_a_column_that_others_refer_to_keeps_its_type_and_values(mariadb_url: str) -> None:
    named = things([{"id": 1, "name": "7"}], name=(str, Field(unique=True, max_length=9)))
    Store.open(mariadb_url, [named]).close()
    with closing(open_driver(mariadb_url)) as driver:
        [(collation,)] = driver.read(
            "SELECT collation_name FROM information_schema.columns WHERE column_name = 'name' "
            "AND table_name = 'things' AND table_schema = DATABASE()"
        )
        of = f"VARCHAR(9) CHARACTER SET utf8mb4 COLLATE {collation}"
        driver.write(
            f"CREATE TABLE loans (thing {of}, CONSTRAINT of_thing FOREIGN KEY (thing) REFERENCES things (name))"
        )
        driver.write("INSERT INTO loans VALUES ('7')")
        new = things(name=(int, Field(unique=True)))
        with closing(Store(open_driver(mariadb_url), [new])) as store, pytest.raises(Exception, match="foreign key"):
            apply_difference(store)
        assert driver.read("SELECT things.name FROM things JOIN loans ON loans.thing = things.name") == [("7",)]
        driver.write("ALTER TABLE loans DROP FOREIGN KEY of_thing")
        words(mariadb_url, new)
        assert driver.read("SELECT name FROM things") == [(7,)]
