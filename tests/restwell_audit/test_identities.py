"""What identifies a member: names that usually do, and else the value that no other member has."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.identities import identities, is_identified, segment, singular


@pytest.mark.parametrize("member, expected", [
    ({"name": "a b", "id": 3}, ["3", "a%20b"]), ({"ID": "x"}, ["x"]), ({"todo_id": 4, "task": "x"}, ["4"]),
    ({"todoId": 4}, ["4"]), ({"sku": "A-1"}, ["A-1"]), ({"key": "/a/b"}, ["a/b"]), ({"owner_id": 2}, ["2"]),
    ({"id": True, "name": ""}, []), ({"id": {"x": 1}}, []),
])  # fmt: skip
def test_a_member_is_identified_by_what_usually_does_it(member: dict[str, Any], expected: list[str]) -> None:
    assert list(identities(member, "todo").values()) == expected


@pytest.mark.parametrize("name, one", [
    ("things", "thing"), ("boxes", "box"), ("classes", "class"), ("cities", "city"), ("Todos", "Todo"),
    ("glass", "glass"), ("sheep", "sheep"),
])  # fmt: skip
def test_a_singular(name: str, one: str) -> None:
    assert singular(name) == one


def test_where_no_name_says_it_the_value_that_differs_does() -> None:
    members = [{"state": "on", "symbol": "H", "weight": 1}, {"state": "on", "symbol": "He", "weight": 4}]
    assert identities(members[0], "element", members) == {"symbol": "H", "weight": "1"}
    assert identities({"label": "two words", "done": True, "at": None, "x": {}}, "") == {}


def test_a_name_alone_may_have_a_better_one_beside_it() -> None:
    members = [{"title": "A", "ref": "x9"}, {"title": "B", "ref": "x8"}]
    assert identities(members[0], "", members) == {"title": "A", "ref": "x9"}


def test_what_is_named_like_a_secret_is_in_no_url() -> None:
    assert identities({"token": "x1", "api_key": "x2", "password": "x3", "metadata": {"secret_key": "x4"}}) == {}


@pytest.mark.parametrize("member, expected", [
    ({"metadata": {"name": "web", "labels": {}}, "spec": {"name": "x"}}, ["web"]), ({"todo": {"id": 4}}, ["4"]),
    ({"_id": {"$oid": "5f"}}, ["5f"]), ({"anything": {"id": 4}}, ["4"]), ({"a": {"id": 4}, "b": {"id": 5}}, []),
])  # fmt: skip
def test_an_identity_may_be_deeper(member: dict[str, Any], expected: list[str]) -> None:
    assert list(identities(member, "todo").values()) == expected


@pytest.mark.parametrize("value, text", [
    ("a b", "a%20b"), ("a/b", "a%2Fb"), ("/a/b/", "a/b"), (7, "7"), (True, ""), (1.5, ""), (None, ""), ("", ""),
    ("x" * 201, ""), ("ö", "%C3%B6"),
])  # fmt: skip
def test_a_value_in_a_path(value: object, text: str) -> None:
    assert segment(value) == text


def test_a_member_is_identified_by_a_name_that_is_used() -> None:
    assert is_identified({"project_key": "x"})
    assert not is_identified({"id": None})
    assert not is_identified({"size": 3})
