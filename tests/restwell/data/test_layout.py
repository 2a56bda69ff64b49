"""A row is read by name, and nothing but its layout says at which places."""

from restwell.data.layout import Layout
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource


class Book(Resource):
    title: str
    isbn: str = Field(identity=True)
    pages: int | None = None


BOOKS = declare(Book, "/books", read=public())
LAYOUT = BOOKS.compiled[Layout]
VALUES = {"pages": 7, "title": "T", "isbn": "I"}
ROW = LAYOUT.row(3, 12, 1_800_000_000, VALUES)


def test_what_is_put_together_is_read() -> None:
    assert (LAYOUT.key(ROW), LAYOUT.version(ROW), LAYOUT.modified(ROW)) == (3, 12, 1_800_000_000)
    assert LAYOUT.identity(ROW) == "I"
    assert LAYOUT.names == ("title", "isbn", "pages")
    assert LAYOUT.values(ROW) == ("T", "I", 7)
    assert LAYOUT.named(ROW) == VALUES
    assert {name: LAYOUT.value(ROW, name) for name in VALUES} == VALUES
    assert {name: ROW[LAYOUT.index(name)] for name in VALUES} == VALUES


def test_what_stands_behind_the_fields_is_left_alone() -> None:
    counted = (*ROW, 250)
    assert LAYOUT.named(counted) == VALUES
    assert LAYOUT.with_identity(counted, "J")[-1] == 250


def test_another_identity_changes_nothing_else() -> None:
    other = LAYOUT.with_identity(ROW, "J")
    assert LAYOUT.named(other) == {**VALUES, "isbn": "J"}
    assert LAYOUT.with_identity(other, "I") == ROW


def test_a_layout_is_made_once() -> None:
    assert BOOKS.compiled[Layout] is LAYOUT
