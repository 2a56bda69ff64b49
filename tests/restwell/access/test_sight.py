"""A sight is one value: equal where it says the same, and the same text in every process."""

import subprocess
import sys

import pytest

from restwell.access.grant import ANONYMOUS, Grant
from restwell.access.sight import MAX_SIGHTS, Sight, Sights, sight_of
from restwell.model.conditions import TRUE, Comparison
from restwell.model.declare import declare
from restwell.model.policy import public, scope
from tests.examples import Framework

DECLARED = declare(Framework, "/frameworks", read=public(), write=scope("frameworks"))
TEXT = """
from restwell.access.sight import Sight
print(Sight(("read",), frozenset("abcdef"), frozenset("uvwxyz")).text)
"""


def test_scopes_permit_operations_on_every_row_and_member() -> None:
    assert sight_of(DECLARED, ANONYMOUS) == Sight(("read",), None, None, TRUE)
    writer = sight_of(DECLARED, Grant("caller", frozenset(["frameworks:update", "others:delete"])))
    assert writer.operations == ("read", "update")
    assert writer.of(DECLARED) is DECLARED


def test_equal_sights_are_one_and_others_have_another_text() -> None:
    names = frozenset(["name", "created"])
    sights = [
        Sight(("read",)), Sight(("read", "update")), Sight(("read",), names), Sight(("read",), None, names),
        Sight(("read",), rows=Comparison("created", "gte", (2005,))), Sight(("read",), frozenset(["name"])),
    ]  # fmt: skip
    assert len({sight.text for sight in sights}) == len(set(sights)) == len(sights)
    assert Sight(("read",), frozenset(["created", "name"])) == Sight(("read",), names)


def test_the_text_is_the_same_in_every_process() -> None:
    told = {
        subprocess.run([sys.executable, "-c", TEXT], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
                       check=True, capture_output=True, text=True).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1


def test_as_many_are_kept_as_there_is_room_for() -> None:
    sights = Sights(DECLARED)
    for number in range(MAX_SIGHTS + 5):
        assert sights[frozenset([f"frameworks:x{number}"])].operations == ("read",)
    assert len(sights) == MAX_SIGHTS


@pytest.mark.parametrize("readable", [None, frozenset(["name", "created"])])
def test_what_is_seen_is_made_once_and_knows_the_whole(readable: frozenset[str] | None) -> None:
    seen = DECLARED.seen(readable, frozenset(["name"]))
    assert seen is DECLARED.seen(readable, frozenset(["name"]))
    assert seen.whole is DECLARED
    assert DECLARED.whole is DECLARED
    assert {spec.name for spec in seen.shown} == (readable or DECLARED.names)
    assert [spec.name for spec in seen.fields if not spec.marks.read_only] == ["name"]
    assert {spec.name for spec in seen.hidden} == DECLARED.names - seen.names
