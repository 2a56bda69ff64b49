"""docs/values.md says what is so: its declaration is declared, and its requests are sent."""

import json
import re
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from types import GenericAlias
from typing import Any

import pytest

from restwell import Api, Field, Resource, public
from restwell.content.values import to_values
from restwell.http.problems import InvalidContent
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from tests.api import JSON, MERGE_PATCH, serving

PAGE = Path(__file__).parent.parent / "docs" / "values.md"
NAMES = """
from datetime import date
from decimal import Decimal
from typing import Annotated
from pydantic import AfterValidator, computed_field
from restwell import Field, Resource
"""


def a_resource_with(annotation: Any) -> type[Any]:
    return type("Typed", (Resource,), {
        "__annotations__": {"id": int, "value": annotation}, "__module__": __name__, "id": Field(identity=True),
    })  # fmt: skip


def test_the_types_that_the_page_calls_refused_are() -> None:
    [named] = re.findall(
        r"Types that are not stored, such as\s+(.*?), are refused", PAGE.read_text("utf-8"), re.DOTALL
    )
    names = re.findall(r"\w+", named.replace(" and ", " "))
    types = {
        "bytes": bytes,
        "complex": complex,
    }
    assert names == list(types)
    for refused in (each for kind in types.values() for each in (kind, GenericAlias(list, (kind,)))):
        with pytest.raises(DeclarationError, match="is not one that Restwell stores: use str"):
            declare(a_resource_with(refused), "/typed", read=public())


def test_the_time_of_the_page_is_taken_and_none_with_an_offset() -> None:
    assert "as `09:30:00`" in PAGE.read_text("utf-8")
    declaration = declare(a_resource_with(time), "/typed", read=public())
    assert to_values(declaration, {"id": 1, "value": "09:30:00"}) == {"id": 1, "value": "09:30:00"}
    with pytest.raises(InvalidContent):
        to_values(declaration, {"id": 1, "value": "09:30:00Z"})


def test_the_durations_of_the_page_are_taken_and_shown_as_it_says() -> None:
    page = PAGE.read_text("utf-8")
    assert "`P2W` and `PT36H` are taken too, and are shown as `P14D` and `P1DT12H`" in page
    assert "as `P400DT1H2M3.5S`, with `-` before the whole where it is negative, as `-P1D`" in page
    declaration = declare(a_resource_with(timedelta), "/typed", read=public())
    for sent, shown in {
        "P2W": "P14D",
        "PT36H": "P1DT12H",
        "P400DT1H2M3.5S": "P400DT1H2M3.5S",
        "-P1D": "-P1D",
    }.items():
        assert to_values(declaration, {"id": 1, "value": sent})["value"] == shown
    for refused in ("P1Y", "P1M", "P106751992D"):
        with pytest.raises(InvalidContent):
            to_values(declaration, {"id": 1, "value": refused})


def test_the_sets_of_the_page_are_taken_as_it_says() -> None:
    assert 'as in `["1.5", "1.50"]` of decimals' in PAGE.read_text("utf-8")
    decimals = declare(a_resource_with(set[Decimal]), "/typed", read=public())
    assert to_values(decimals, {"id": 1, "value": ["2", "1.5"]})["value"] == ["1.5", "2"]
    with pytest.raises(InvalidContent):
        to_values(decimals, {"id": 1, "value": ["1.5", "1.50"]})


def test_the_page_on_values_is_true(database_url: str) -> None:
    page = PAGE.read_text("utf-8")
    [declaration] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(NAMES + declaration, namespace)  # noqa: S102 - the page's own
    exchanges = re.findall(r"^    ([A-Z]+) (\S+) (\{.*\})\n    (\d{3}) (\{.*\})$", page, re.MULTILINE)
    assert len(exchanges) == 5

    def register(api: Api) -> None:
        api.resource("/tasks", read=public(), write=public())(namespace["Task"])

    with serving(register, database=database_url) as served:
        for method, target, content, status, shown in exchanges:
            media_type = MERGE_PATCH if method == "PATCH" else JSON
            answer = served.send(method, target, {"Content-Type": media_type}, content.encode(), accept=JSON)
            assert (answer.status, answer.json()) == (int(status), json.loads(shown))
            assert list(answer.json()) == list(json.loads(shown))
