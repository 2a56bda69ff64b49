"""A limit says what it allows in words and in a field, and what it cannot be is refused by name."""

from typing import Any

import pytest

from restwell import Api, DeclarationError, RateLimit
from restwell.rates.declared import check_operations, declared_limits, whole_seconds
from tests.arguments import shows


@shows("RateLimit", "quota", "window", "by", "operations", "counts", "name")
def test_a_limit_says_what_it_allows() -> None:
    made = [
        RateLimit(100, "minute"),
        RateLimit(1, 86_400, by="subject", operations=["create", "update"]),
        RateLimit(7, 90, by="address", name="slow"),
        RateLimit(10, "minute", counts="refused credentials"),
    ]
    assert [each.policy for each in made] == [
        '"key-100-in-60s";q=100;w=60',
        '"subject-create-update-1-in-86400s";q=1;w=86400',
        '"slow";q=7;w=90',
        '"refused-10-in-60s";q=10;w=60',
    ]
    assert [each.words for each in made] == [
        "100 requests in a minute for each key",
        "1 request to create, update in a day for each subject",
        "7 requests in 90 seconds for each address",
        "10 refused credentials in a minute for each address",
    ]


@pytest.mark.parametrize(
    "given, told",
    [
        ({"quota": 0}, "has the quota 0: write it as in RateLimit"),
        ({"quota": True}, "has the quota True"),
        ({"quota": 1.5}, "has the quota 1.5"),
        ({"quota": 10**9 + 1}, "has the quota 1000000001"),
        ({"window": 0}, "has the window 0"),
        ({"window": 0.5}, "has the window 0.5"),
        ({"window": "fortnight"}, "has the window 'fortnight'"),
        ({"window": 366 * 86_400 + 1}, "has the window 31622401"),
        ({"by": "network"}, "has by='network': take one of key, subject, address"),
        ({"counts": "bytes"}, "has counts='bytes': take one of requests, refused credentials"),
        ({"operations": "create"}, r"has operations='create': write a list, \['create'\]"),
        ({"counts": "refused credentials", "by": "key"}, "leave out by= and operations="),
        ({"counts": "refused credentials", "operations": ["read"]}, "leave out by= and operations="),
        ({"name": 'a"b'}, "has the name 'a\"b'"),
        ({"name": "a" * 51}, "up to 50 of a-z"),
        ({"operations": ["o" * 50]}, "name= has up to 50"),
        ({"name": 1}, "has the name 1"),
    ],
)
def test_what_is_no_limit_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(DeclarationError, match=told):
        RateLimit(**{"quota": 1, "window": "minute", **given})


@pytest.mark.parametrize(
    "given, told",
    [
        (["100/minute"], "limits= has '100/minute': write it as in RateLimit"),
        ("100/minute", "limits= has '100/minute'"),
        ([RateLimit(1, 1), RateLimit(1, 1)], "Two limits are called key-1-in-1s"),
        ([RateLimit(1, each) for each in range(1, 12)], "limits= has 11 limits: header fields have room for 10"),
    ],
)
def test_what_are_no_limits_of_an_api_is_refused(given: Any, told: str) -> None:
    with pytest.raises(DeclarationError, match=told):
        Api(limits=given)


def test_operations_are_those_that_some_resource_may_have() -> None:
    limits = declared_limits([RateLimit(1, "hour", operations=["read", "publish"])])
    with pytest.raises(
        DeclarationError, match=r"of the operation 'publish', which no resource has: there are create"
    ):
        check_operations(limits, [])
    check_operations(declared_limits([RateLimit(1, "hour", operations=["delete"])]), [])


def test_seconds_are_rounded_up() -> None:
    assert [whole_seconds(each) for each in (-1.0, 0.0, 0.1, 1.0, 1.01)] == [0, 0, 1, 1, 2]
