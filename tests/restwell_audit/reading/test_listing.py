"""Collections in JSON of any shape: lists, names, maps by key, trees, envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading.listing import listing

A, B = {"id": 1, "name": "a"}, {"id": 2, "name": "b"}
BY_KEY = [{"key": "a", "size": 1}, {"key": "b", "size": 2}]


@pytest.mark.parametrize("data, members, name", [
    (["a", "b"], [{"name": "a"}, {"name": "b"}], ""),
    (["/things/a"], [{"href": "/things/a"}], ""),
    ({"repositories": ["a"]}, [{"name": "a"}], "repositories"),
    ({"names": ["a"], "kind": "list"}, [{"name": "a"}], "names"),
    ({"a": {"size": 1}, "b": {"size": 2}}, BY_KEY, ""),
    ({"things": {"a": {"size": 1}, "b": {"size": 2}}, "version": 3}, BY_KEY, "things"),
    ({"took": 1, "timed_out": False, "hits": {"total": {"value": 2}, "hits": [A, B]}}, [A, B], "hits"),
    ({"things": [A], "others": [B]}, [A], "things"),
    ({"others": [], "more": [A]}, [A], "more"),
    ({"errors": [], "items": [A]}, [A], "items"),
    ({"status": "success", "data": {"active": [A], "dropped": []}}, [A], "active"),
    ({"id": 0, "name": "root", "children": [A, B]}, [A, B], "children"),
    ({"action": "get", "node": {"key": "/", "dir": True, "nodes": [A]}}, [A], "nodes"),
    ({"things": []}, [], "things"),
    ({"Owner": {"ID": "x"}, "Buckets": {"Bucket": [A]}}, [A], "Bucket"),
    ([], [], ""),
])  # fmt: skip
def test_a_collection_has_its_members_whatever_its_shape(data: Any, members: list[Any], name: str) -> None:
    assert listing(data, "things") == (members, name)


@pytest.mark.parametrize("data", [
    [1, 2], ["two words"], [""], {"a": {"size": 1}}, {"a": {"size": 1}, "b": {"weight": 2}}, {"a": {}, "b": {}},
    {"a": {"href": "/a"}, "b": {"href": "/b"}}, {"weight": 1, "tags": ["a"]}, {"node": {"key": "/"}},
    {"children": 3}, {}, {"id": 1, "order": {"lines": [A]}},
])  # fmt: skip
def test_what_may_be_one_thing_is_none(data: Any) -> None:
    assert listing(data, "things") is None
