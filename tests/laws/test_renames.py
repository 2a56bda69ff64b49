"""Law: every address that an item ever had leads to it in one step, or is that of another item, or of nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell import Api, Change, Field, Resource, public
from tests.api import JSON, MERGE_PATCH, Served
from tests.laws.examples import law_settings

pytestmark = pytest.mark.slow

MERGE = {"Content-Type": MERGE_PATCH}
NAMES = "ABCD"


class Alone(Resource):
    """What is changed by statements alone."""

    name: str = Field(identity=True, renameable=True)
    number: int


class Hooked(Resource):
    """What code of an application's takes part in."""

    name: str = Field(identity=True, renameable=True)
    number: int


def register(api: Api) -> object:
    api.resource("/alone", read=public(), write=public())(Alone)
    found = api.resource("/hooked", read=public(), write=public())(Hooked)

    @api.before(Hooked, "create", "update", "delete")
    def look(_: Change) -> None:
        pass

    return found


Step = tuple[str, str, str]
steps = st.lists(
    st.tuples(st.sampled_from(["post", "put", "rename", "rename", "delete"]), *[st.sampled_from(NAMES)] * 2),
    max_size=20,
)


@dataclass
class Expected:
    """What should be there: the number of the item that has each name, and of the one that had it."""

    items: dict[str, int] = field(default_factory=dict)
    former: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def step(self, what: str, name: str, other: str) -> int:
        """Do one thing; the status that it should be answered with."""
        if what == "post":
            return self._made(name) if name not in self.items else 409
        if name in self.items:
            if what == "rename":
                return self._renamed(name, other)
            return 200 if what == "put" else self._gone(name)
        if name in self.former:
            return 308
        return self._made(name) if what == "put" else 404

    def _made(self, name: str) -> int:
        self.made += 1
        self.items[name] = self.made
        self.former.pop(name, None)
        return 201

    def _renamed(self, name: str, other: str) -> int:
        if name == other:
            return 200
        if other in self.items:
            return 409
        number = self.items[other] = self.items.pop(name)
        self.former.pop(other, None)
        self.former[name] = number
        return 200

    def _gone(self, name: str) -> int:
        gone = self.items.pop(name)
        self.former = {each: number for each, number in self.former.items() if number != gone}
        return 204


def sent(api: Served, path: str, step: Step, number: int) -> int:
    what, name, other = step
    if what == "post":
        return api.send("POST", path, content={"name": name, "number": number}).status
    if what == "put":
        current = api.send("GET", f"{path}/{name}", accept=JSON)
        number = current.json()["number"] if current.status == 200 else number
        return api.send("PUT", f"{path}/{name}", content={"number": number}).status
    if what == "rename":
        return api.send("PATCH", f"{path}/{name}", MERGE, content={"name": other}).status
    return api.send("DELETE", f"{path}/{name}").status


def found(api: Served, path: str, name: str) -> tuple[int, Any]:
    """The status at an address, and the number of the item that it leads to in one step."""
    answer = api.send("GET", f"{path}/{name}", accept=JSON)
    if answer.status != 308:
        return answer.status, answer.json().get("number")
    led = api.send("GET", answer["location"].removeprefix("http://localhost"), accept=JSON)
    assert led.status == 200
    return 308, led.json()["number"]


@pytest.mark.parametrize("path", ["/alone", "/hooked"])
@given(steps=steps)
@example(steps=[("post", "A", "A"), ("rename", "A", "B"), ("rename", "B", "A"), ("rename", "A", "B")])
@example(
    steps=[("post", "A", "A"), ("rename", "A", "B"), ("post", "A", "A"), ("rename", "A", "C"), ("delete", "B", "B")]
)
@law_settings(0.5)
def test_every_address_leads_to_what_had_it(api: Served, path: str, steps: list[Step]) -> None:
    for table in (path[1:], "restwell_renames"):
        api.change(f"DELETE FROM {table}")
    expected = Expected()
    for step in steps:
        number = expected.made + 1
        assert sent(api, path, step, number) == expected.step(*step), step
        for name in NAMES:
            wanted = (200, expected.items[name]) if name in expected.items else (404, None)
            if name not in expected.items and name in expected.former:
                wanted = (308, expected.former[name])
            assert found(api, path, name) == wanted
