"""URLs of members, where no link says them: which are likely, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.candidates import MAX_GUESSES, place_of, plausible
from restwell_audit.reading import Member

THINGS = "http://api.example/v1/things"


def urls(member: dict[str, Any], collection: str = THINGS, group: str = "") -> list[str]:
    return [each.removeprefix("http://api.example") for each in plausible(collection, [Member(member, "", group)])]


def test_the_likely_ones_come_first_and_few_are_tried() -> None:
    assert urls({"id": 7}) == [
        "/v1/things/7", "/v1/things/7/", "/v1/thing/7", "/v1/7", "/v1/things?id=7", "/v1/things?thing_id=7",
        "/v1/thing?id=7", "/v1/7/things",
    ]  # fmt: skip
    assert urls({"id": 7}, f"{THINGS}/")[:2] == ["/v1/things/7/", "/v1/things/7"]
    assert urls({"id": 7}, f"{THINGS}.json")[:2] == ["/v1/things/7.json", "/v1/things/7"]
    assert len(urls({name: name for name in ("id", "name", "code", "key", "slug", "sku", "uid")}, group="all")) <= 14
    assert urls({"size": {}, "tags": [1], "done": True, "text": "two words"}) == []


def test_a_list_with_a_name_of_its_own_is_a_place_for_its_members() -> None:
    assert urls({"id": 7}, "http://api.example/config", "folders")[:5] == [
        "/config/7", "/config/7/", "/config/folders/7", "/folders/7", "/config/folder/7",
    ]  # fmt: skip
    assert urls({"id": 7}, "http://api.example/", "things")[:3] == ["/7", "/things/7", "/thing/7"]


def test_a_name_may_stand_below_that_of_its_owner() -> None:
    assert "/v1/things/%2F/jobs" in urls({"name": "jobs", "vhost": "/"})


def test_of_the_second_member_some_are_tried_since_the_first_may_be_gone() -> None:
    several = [Member({"id": number, "name": f"n{number}", "code": f"c{number}"}) for number in (1, 2, 3)]
    found = list(plausible(THINGS, several))
    assert len(found) == MAX_GUESSES
    assert f"{THINGS}/2" in found
    assert not any(each.endswith("3") for each in found)


@pytest.mark.parametrize("url, parts", [
    ("/v1/things", ("/v1", "things", "", "")), ("/v1/things/?page=2", ("/v1", "things", "", "/")),
    ("/things.json", ("", "things", ".json", "")), ("/v1.2/", ("", "v1.2", "", "/")), ("/", ("", "", "", "")),
    ("/.json", ("", ".json", "", "")),
])  # fmt: skip
def test_a_url_has_parts(url: str, parts: tuple[str, ...]) -> None:
    place = place_of(f"http://api.example{url}")
    assert (place.parent.removeprefix("http://api.example"), *place[2:]) == parts


@pytest.mark.parametrize("collection, url", [
    ("/user-list", "/users/7"), ("/user-list", "/user/7"), ("/usersAll", "/users/7"), ("/users/list", "/users/7"),
    ("/users/all", "/users/7"), ("/people", "/person/7"), ("/boxes/json", "/boxes/7/json"),
    ("/users", "/users?user_id=7"),
])  # fmt: skip
def test_members_may_be_elsewhere(collection: str, url: str) -> None:
    assert url in urls({"id": 7}, f"http://api.example{collection}")
