"""The tutorial's own API: four rows, and a declaration that is about as short as the tutorial's list."""

import inspect
from collections.abc import Iterator

import pytest

from restwell import frameworks
from restwell.content import to_values
from tests.api import FOUR, JSON, Client


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The module's own application, with a database of this test's."""
    binding = frameworks.api.binding(frameworks.app)
    monkeypatch.setattr(binding, "_service", None)
    monkeypatch.setattr(binding, "_store", None)
    monkeypatch.setitem(frameworks.app.config, "RESTWELL_DATABASE", "sqlite://")
    yield Client(frameworks.app.wsgi_app)
    binding.store.close()


def test_there_are_four_rows(caller: Client) -> None:
    rows = caller.send("GET", "/frameworks", accept=JSON).json()
    assert rows == {"frameworks": [{"parent": "Python"} | row for row in FOUR]}


def test_every_row_is_valid_content() -> None:
    [declaration] = frameworks.api.declarations
    for row in declaration.initial:
        assert to_values(declaration, dict(row))["parent"] == "Python"


def test_it_says_what_it_is(caller: Client) -> None:
    assert caller.send("GET", "/openapi.json").json()["info"]["title"] == "The Frameworks API"
    [declaration] = frameworks.api.declarations
    assert declaration.description == "A Python web framework."
    assert all(spec.description for spec in declaration.fields)


def test_anybody_may_read_for_a_minute_and_nobody_write_without_a_key(caller: Client) -> None:
    assert caller.send("GET", "/frameworks")["cache-control"] == "max-age=60"
    for method, target in [("POST", "/frameworks"), ("PUT", "/frameworks/Flask"), ("DELETE", "/frameworks/Flask")]:
        assert caller.send(method, target, content={"name": "New", "created": 1999}).status == 401


def test_the_declaration_takes_few_lines() -> None:
    """The class itself: what a reader has to write to list and to create."""
    lines = [line for line in inspect.getsource(frameworks.Framework).splitlines() if line.strip()]
    fields = [line for line in lines if ": " in line and "Field(" in line]
    assert len(fields) == len(frameworks.Framework.model_fields) == 5
    assert len(lines) - lines.index("class Framework(Resource):") <= 7
    assert len(inspect.getsource(frameworks).splitlines()) <= 40
