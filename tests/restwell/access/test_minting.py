"""Keys that callers make: never more, nor longer, than what they have."""

from typing import Any

import pytest

from restwell import Grant
from restwell.access.keys import LIFETIME, issue_key
from restwell.access.minting import NotMinted, Wish, mint, wished_by
from restwell.http.limits import MAX_KEY_LIFETIME

NOW = 1_800_000_000
ADA = Grant("ada", ["notes:create", "keys:write"], groups=["engines", "wings"])
WISH = Wish("phone", ["notes:create"])


def parent(**options: Any) -> dict[str, Any]:
    return issue_key("laptop", ("notes:write",), now=NOW, **options)[1]


def made(wish: Wish = WISH, **options: Any) -> dict[str, Any]:
    return mint(wish, "ada", parent(**options) if options else None, now=NOW)[1]


def test_a_key_has_the_groups_of_the_caller_unless_it_says_which_of_them() -> None:
    assert wished_by(ADA, WISH, now=NOW).groups == ["engines", "wings"]
    assert wished_by(ADA, WISH._replace(groups=[]), now=NOW).groups == []
    assert wished_by(ADA, WISH._replace(groups=["wings"]), now=NOW).groups == ["wings"]


@pytest.mark.parametrize(
    "wish, member",
    [
        (WISH._replace(scopes=["notes:create", "notes:delete"]), "scopes"),
        (WISH._replace(scopes=["notes:write"]), "scopes"),
        (WISH._replace(scopes=["no scope"]), "scopes"),
        (WISH._replace(groups=["others"]), "groups"),
    ],
)
def test_nobody_gives_a_key_what_they_have_not(wish: Wish, member: str) -> None:
    with pytest.raises(NotMinted, match="nobody gives a key more than they have") as caught:
        wished_by(ADA, wish, now=NOW)
    assert caught.value.member == member


def test_a_family_of_scopes_is_given_where_the_caller_has_it() -> None:
    assert wished_by(ADA, Wish("phone", ["keys:delete"]), now=NOW).scopes == ["keys:delete"]
    assert wished_by(ADA, Wish("phone", ["keys:write"]), now=NOW).scopes == ["keys:write"]


def test_a_key_ends_no_later_than_the_token_that_it_is_made_with() -> None:
    hour = Grant("ada", ["notes:create"], {"exp": NOW + 3600})
    assert wished_by(hour, WISH, now=NOW).expires == NOW + 3600
    assert wished_by(hour, WISH._replace(expires=NOW + 60), now=NOW).expires == NOW + 60
    with pytest.raises(NotMinted, match="later than what the key is made with ends"):
        wished_by(hour, WISH._replace(expires=NOW + 3601), now=NOW)
    year = Grant("ada", ["notes:create"], {"exp": NOW + MAX_KEY_LIFETIME})
    assert wished_by(year, WISH, now=NOW).expires == NOW + LIFETIME


@pytest.mark.parametrize(
    "options, expires, ends",
    [
        ({}, None, LIFETIME),
        ({}, MAX_KEY_LIFETIME, MAX_KEY_LIFETIME),
        ({"lifetime": 60}, None, 60),
        ({"lifetime": 60}, 60, 60),
        ({"lifetime": None}, None, LIFETIME),
        ({"lifetime": None}, MAX_KEY_LIFETIME, MAX_KEY_LIFETIME),
    ],
)
def test_a_key_ends_with_the_one_that_it_is_made_with_at_the_latest(
    options: dict[str, Any], expires: int | None, ends: int
) -> None:
    wish = WISH._replace(expires=None if expires is None else NOW + expires)
    assert made(wish, **options)["expires"] == NOW + ends


@pytest.mark.parametrize("options, expires", [({}, MAX_KEY_LIFETIME + 1), ({"lifetime": 60}, 61), ({}, 0), ({}, -5)])
def test_no_key_ends_later_than_that_or_has_ended(options: dict[str, Any], expires: int) -> None:
    with pytest.raises(NotMinted) as caught:
        made(WISH._replace(expires=NOW + expires), **options)
    assert caught.value.member == "expires"


@pytest.mark.parametrize(
    "held, wanted, found",
    [
        ([], None, None),
        ([], ["10.0.0.0/8"], "10.0.0.0/8"),
        (["10.0.0.0/8", "2001:db8::/32"], None, "10.0.0.0/8 2001:db8::/32"),
        (["10.0.0.0/8", "2001:db8::/32"], ["10.1.0.0/16", "2001:db8::1"], "10.1.0.0/16 2001:db8::1/128"),
    ],
)
def test_a_key_is_of_the_networks_of_the_other_or_of_some_within(
    held: list[str], wanted: list[str] | None, found: str | None
) -> None:
    assert made(WISH._replace(networks=wanted), networks=held)["networks"] == found


@pytest.mark.parametrize(
    "wanted", [[], ["0.0.0.0/0"], ["11.0.0.0/8"], ["10.0.0.0/7"], ["::/0"], ["10.0.0.1/8"], ["x"]]
)
def test_no_key_is_of_other_networks(wanted: list[str]) -> None:
    with pytest.raises(NotMinted) as caught:
        made(WISH._replace(networks=wanted), networks=["10.0.0.0/8"])
    assert caught.value.member == "networks"


def test_a_key_names_the_one_that_it_is_made_with() -> None:
    record = parent()
    assert mint(WISH, "ada", record, now=NOW)[1]["parent"] == record["id"]
    assert made()["parent"] is None
