"""Validators of the user's run again on import: which declarations have some, and what an export says of rows."""

import io
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, field_validator

from restwell.files import export_rows, import_rows
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from tests.restwell.files.declared import PACKAGES, THINGS, store_of, write_to


class Doubled(Resource):
    """A number that is another one after each validation."""

    id: str = Field(identity=True)
    n: int = 0

    @field_validator("n")
    @classmethod
    def double(cls, value: int) -> int:
        return value * 2


class Stripped(Resource):
    """A text that is the same after a second validation."""

    id: str = Field(identity=True)
    text: Annotated[str, AfterValidator(str.strip)] = ""


class Inner(BaseModel):
    """A member that has a function."""

    text: Annotated[str, AfterValidator(lambda text: f"{text}!")]


class Nested(Resource):
    """A function further in."""

    id: str = Field(identity=True)
    inner: list[Inner] = Field([])


DOUBLED = declare(Doubled, "/doubled", read=public())
STRIPPED = declare(Stripped, "/stripped", read=public())
NESTED = declare(Nested, "/nested", read=public())


@pytest.mark.parametrize(
    "declaration, whether",
    [(PACKAGES, False), (THINGS, False), (DOUBLED, True), (STRIPPED, True), (NESTED, True)],
    ids=lambda value: getattr(value, "name", None),
)
def test_functions_of_the_user_are_found_and_pydantics_own_are_not(declaration: Declaration, whether: bool) -> None:
    assert declaration.shape.has_functions is whether


@pytest.mark.parametrize(
    "declaration, text, said",
    [
        (DOUBLED, "id,n\na,1\nb,0\nc,3\n", "2 rows are not the same .* The first is 'a': n would be 4, not 2"),
        (STRIPPED, "id,text\na, x \n", None),
        (NESTED, 'id,inner\na,"[{""text"":""x""}]"\n', "1 row is not the same"),
    ],
    ids=["doubled", "stripped", "nested"],
)
def test_an_export_says_which_rows_an_import_would_change(
    database_url: str, tmp_path: Path, declaration: Declaration, text: str, said: str | None
) -> None:
    told: list[str] = []
    with store_of(database_url, declaration) as store:
        import_rows(store, declaration, write_to(tmp_path / "a.csv", text))
        export_rows(store, declaration, io.BytesIO(), "csv", warn=told.append)
    if said is None:
        assert told == []
    else:
        (sentence,) = told
        with pytest.raises(ValueError, match=said):
            raise ValueError(sentence)
