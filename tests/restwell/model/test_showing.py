"""What is only sent, or hidden, cannot be what would show it: each is refused where it is declared."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from restwell import Api, DeclarationError, Field, Resource, public, scope
from restwell.model.declare import declare


def declared(annotation: Any, field: Any, **options: Any) -> None:
    members = {"__annotations__": {"name": str, "secret": annotation}, "secret": field}
    if not options.pop("is_identity", False):
        members["name"] = Field(identity=True)
    declare(type("Note", (Resource,), members), "/notes", read=public(), write=public(), **options)


@pytest.mark.parametrize(
    "annotation, field, options, what, remedy",
    [
        (str, Field(write_only=True, hidden=True), {}, "write_only=True", "choose"),
        (
            str,
            Field(write_only=True, identity=True),
            {"is_identity": True},
            "every URI shows",
            "take write_only=True away",
        ),
        (
            str,
            Field("", hidden=True, identity=True),
            {"is_identity": True},
            "every URI shows",
            "take hidden=True away",
        ),
        (str | None, Field(write_only=True, auto="creator"), {}, "is read-only", "use hidden=True instead"),
        (str, Field("", write_only=True, read_only=True), {}, "nobody could send it", "use hidden=True instead"),
        (str, Field(write_only=True, unique=True), {}, "a 409 would tell", "take one of them away"),
        (str, Field(hidden=True), {}, "hidden and has no default", "give it a default"),
    ],
)
def test_what_would_show_it_is_refused(
    annotation: Any, field: Any, options: dict[str, Any], what: str, remedy: str
) -> None:
    with pytest.raises(DeclarationError, match=r"^Note") as caught:
        declared(annotation, field, **options)
    assert what in str(caught.value)
    assert remedy in str(caught.value)


class Pair(Resource):
    id: int = Field(identity=True)
    place: str
    secret: str = Field(write_only=True)


def test_it_is_not_unique_with_others() -> None:
    with pytest.raises(
        DeclarationError, match=r"Pair\.secret .*a 409 would tell of its value: take one of them away"
    ):
        declare(Pair, "/pairs", read=public(), write=public(), unique=[("place", "secret")])


def test_nor_is_what_not_everybody_may_read() -> None:
    class Seat(Resource):
        id: int = Field(identity=True)
        place: str = ""
        guest: str | None = Field(None, read=scope("guests"))

    with pytest.raises(DeclarationError, match=r"Seat\.guest .*has read= and is unique .*tell of its value"):
        declare(Seat, "/seats", read=public(), write=public(), unique=[("place", "guest")])


def test_neither_is_said_within_an_object() -> None:
    class Inner(BaseModel):
        key: str = Field(write_only=True)

    class Outer(Resource):
        id: int = Field(identity=True)
        inner: Inner

    with pytest.raises(DeclarationError, match=r"Inner\.key .*member of a nested object"):
        declare(Outer, "/outers", read=public())


METADATA = sa.MetaData()
ROWS = sa.Table(
    "pairs", METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("place", sa.String(10), nullable=False),
    sa.Column("secret", sa.String(10), nullable=False, unique=True),
    sa.Column("shout", sa.String(20), sa.Computed("upper(secret)")),
)  # fmt: skip


class Shouting(Resource):
    id: int
    place: str
    shout: str | None = Field(None, write_only=True)


class Lacking(Resource):
    id: int
    place: str
    secret: str = Field(hidden=True)


@pytest.mark.parametrize(
    "cls, what",
    [
        (Pair, "Pair.secret .*is unique, so that a 409 would tell"),
        (Shouting, "Shouting.shout .*is read-only"),
        (Lacking, "Lacking.secret .*is hidden and has no default"),
    ],
)
def test_what_the_model_says_counts_too(cls: type[Resource], what: str) -> None:
    with pytest.raises(DeclarationError, match=what):
        Api().resource("/pairs", model=ROWS, read=public(), update=public())(cls)


WORDS: list[Callable[[sa.Column[str], sa.Column[str]], sa.UniqueConstraint | sa.Index]] = [
    sa.UniqueConstraint,
    lambda _, word: sa.Index("ux", sa.func.lower(word), unique=True),
    lambda _, word: sa.Index("ux", word, unique=True, sqlite_where=word > "m"),
]


@pytest.mark.parametrize("unique", WORDS, ids=["constraint", "expression", "some rows"])
def test_no_unique_index_of_the_model_has_it_be_it_of_expressions_or_of_what_is_no_member(
    unique: Callable[[sa.Column[str], sa.Column[str]], sa.UniqueConstraint | sa.Index],
) -> None:
    place, word = sa.Column("place", sa.Text), sa.Column("word", sa.Text)
    table = sa.Table(
        "words", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), place, word, unique(place, word)
    )

    class Word(Resource):
        id: int
        word: str | None = Field(None, write_only=True)

    class Guarded(Resource):
        id: int
        word: str | None = Field(None, read=scope("words"))

    for cls, what in ((Word, "write_only=True"), (Guarded, "read=")):
        with pytest.raises(DeclarationError, match=rf"\.word .*has {what} and is unique.* a 409 would tell"):
            Api().resource("/words", model=table, read=public(), update=public())(cls)
