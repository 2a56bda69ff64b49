"""What an item meets is what the statements of every database find, for every kind of field and every comparison."""

from __future__ import annotations

from typing import Any

import pytest

from restwell import Api
from restwell.data.layout import Layout
from restwell.data.matching import Matching
from restwell.data.plans import Plan
from restwell.model.comparing import typed_by
from restwell.model.conditions import FALSE, TRUE, And, Comparison, Condition, Judged, Not, Or
from tests.api import samples, serving

UUIDS = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f", "1b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"
VALUES: dict[str, tuple[Any, Any]] = {
    "number": (1, 2), "label": ("ada", "Ada"), "amount": (-5, 2**62), "weight": (0.1, 1e300), "good": (True, False),
    "price": ("12.50", "9.5"), "day": ("2026-01-31", "2026-02-01"),
    "moment": ("2026-01-31T12:00:00+02:00", "2026-01-31T11:00:00Z"), "code": UUIDS, "colour": ("red", "green"),
    "site": ("https://a.example/x", "https://b.example/"),
}  # fmt: skip
"""The value of an item, and another one of the same kind."""


@pytest.mark.parametrize("name", VALUES)
def test_an_item_meets_what_a_statement_finds(database_url: str, name: str) -> None:
    own, other = VALUES[name]
    with serving(samples(), database=database_url) as served:
        content = {each: value for each, (value, _) in VALUES.items()}
        assert served.send("POST", "/samples", content=content, key=served.key("samples:write")).status == 201
        store = served.api.binding(served.app).store
        [resource] = store.declarations
        spec, typed = resource.field(name), typed_by(resource.shape)
        assert spec is not None
        found = store.look_up(Plan("item", resource, 1))
        values, matching = resource.compiled[Layout].named(found.row), resource.compiled[Matching]
        assert matching.meets(Comparison(name, "eq", (typed(spec, own),)), values)
        for operator in spec.kind.operators:
            for value in (own, other):
                given = (bool(value),) if operator == "exists" else (typed(spec, value),)
                condition = Comparison(name, operator, given)
                is_found = bool(store.look_up(Plan("item", resource, 1, condition=condition)).row)
                assert matching.meets(condition, values) is is_found, condition


LARGE, RED = Comparison("number", "gt", (5,)), Comparison("colour", "eq", ("red",))


@pytest.mark.parametrize(
    "condition, may, may_not",
    [
        (LARGE, False, True),
        (Not(LARGE), True, False),
        (RED, True, True),
        (And((LARGE, RED)), False, True),
        (And((Not(LARGE), RED)), True, True),
        (Or((LARGE, RED)), True, True),
        (Or((Not(LARGE), RED)), True, False),
        (Not(Or((Not(LARGE), RED))), False, True),
        (And((Not(LARGE), Judged(max, "max", max))), True, True),
        (TRUE, True, False),
        (FALSE, False, True),
    ],
)
def test_what_is_known_of_an_item_says_what_it_may_meet(condition: Condition, may: bool, may_not: bool) -> None:
    api = Api()
    samples()(api)
    matching = api.declarations[0].compiled[Matching]
    assert matching.may_meet(condition, {"number": 1}) is may
    assert matching.may_meet(condition, {"number": 1}, holds=False) is may_not
