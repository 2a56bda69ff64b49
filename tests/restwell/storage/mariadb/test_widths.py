"""How long indexed texts may be: what an index of MariaDB does not take is refused at start, by name."""

from contextlib import closing
from typing import Any, Literal

import pytest

from restwell import DeclarationError, Field, Resource, public
from restwell.data.outcomes import Outcome
from restwell.data.plans import RowChange
from restwell.model.declare import declare
from restwell.model.resource import Declaration
from restwell.storage.engine import Store
from tests.restwell.storage.changing import carry_out


def people(unique: Any = (), **members: Any) -> Declaration:
    hints = {"id": int, **{name: hint for name, (hint, _) in members.items()}}
    fields = {"id": Field(identity=True), **{name: field for name, (_, field) in members.items()}}
    cls: Any = type("Person", (Resource,), {"__annotations__": hints, **fields})
    return declare(cls, "/people", read=public(), unique=unique)


REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    ({"email": (str, Field(unique=True))}, (), "Person.email is indexed, and .* give it a max_length of 766 or less"),
    ({"email": (str, Field(index=True, max_length=767))}, (), "give it a max_length of 766 or less"),
    (
        {"first": (str, Field(max_length=400)), "last": (str, Field(max_length=400))},
        [("first", "last")],
        "first is indexed together with last, and .* give them max_lengths that together come to 766 or less",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("members, unique, says", REFUSED, ids=["no length", "long", "together"])
def test_a_text_that_an_index_does_not_take_is_refused(
    mariadb_url: str, members: dict[str, Any], unique: Any, says: str
) -> None:
    with pytest.raises(DeclarationError, match=says):
        Store.open(mariadb_url, [people(unique, **members)])


@pytest.mark.slow
def test_texts_of_full_length_are_told_apart_to_their_last_space(mariadb_url: str) -> None:
    fields = {"email": (str, Field(unique=True, max_length=766)), "size": (Literal["s", "m"], Field("s", index=True))}
    declaration = people(**fields)
    with closing(Store.open(mariadb_url, [declaration])) as store:
        long = "\U0001f600" * 765
        every = [f"{long}a", f"{long}A", f"{long} ", long, "é", "e", "e\u0301", ""]
        for number, email in enumerate(every):
            values = {"id": number, "email": email, "size": "m"}
            assert carry_out(store, RowChange("insert", declaration, values=values)).kind == "created"
        again = RowChange("insert", declaration, values={"id": 99, "email": f"{long}A", "size": "s"})
        assert carry_out(store, again) == Outcome("taken", members=("email",))
        found = store.driver.read("SELECT email FROM people ORDER BY email")
    assert [email for (email,) in found] == sorted(every)
