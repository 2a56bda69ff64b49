"""Requests are counted once it is known who asks: what is left is told, and what is one too many is 429."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from restwell import Api, Change, Grant, RateLimit, Refuse, scope
from restwell.model.errors import DeclarationError
from tests.api import PROBLEM, Answer, Served, frameworks, serving
from tests.arguments import shows
from tests.examples import Framework

ADA, BOB = Grant("ada", {"frameworks:write"}, credential="k1"), Grant("ada", {"frameworks:write"}, credential="k2")


def statuses(
    served: Served, times: int, method: str = "GET", target: str = "/frameworks", **options: Any
) -> list[int]:
    return [served.send(method, target, **options).status for _ in range(times)]


def sent_by(served: Served, grant: Grant) -> Mapping[str, str]:
    return {"Authorization": served.credential(grant)}


def quotas(answer: Answer) -> tuple[str | None, str | None]:
    return answer.get("ratelimit-policy"), answer.get("ratelimit")


@shows("Api", "limits")
def test_what_is_left_is_told_and_one_too_many_is_refused() -> None:
    with serving(limits=[RateLimit(2, "minute", name="some"), RateLimit(9, "hour", name="many")]) as served:
        told = [served.send("GET", "/frameworks") for _ in range(3)]
    assert [each.status for each in told] == [200, 200, 429]
    assert {quotas(each)[0] for each in told} == {'"some";q=2;w=60, "many";q=9;w=3600'}
    assert [quotas(each)[1] for each in told] == [
        '"some";r=1;t=60, "many";r=8;t=3600',
        '"some";r=0;t=60, "many";r=7;t=3600',
        '"some";r=0;t=60, "many";r=7;t=3600',
    ]
    assert [each.get("retry-after") for each in told] == [None, None, "60"]
    assert told[2]["content-type"] == PROBLEM
    assert told[2]["cache-control"] == "no-store"
    assert told[2].json()["type"] == "http://localhost/problems/too-many-requests"
    assert (
        told[2].json()["detail"] == "This is more than 2 requests in a minute for each key. Ask again in 60 seconds."
    )


@pytest.mark.parametrize(
    "by, expected",
    [("key", [200, 200, 200, 200]), ("subject", [200, 429, 200, 200]), ("address", [200, 429, 429, 200])],
)
def test_each_is_told_apart_by_what_the_limit_says(by: Any, expected: list[int]) -> None:
    with serving(limits=[RateLimit(1, "minute", by=by)]) as served:
        other = {"REMOTE_ADDR": "192.0.2.9"}
        found = [
            served.send("GET", "/frameworks", sent_by(served, ADA)).status,
            served.send("GET", "/frameworks", sent_by(served, BOB)).status,
            served.send("GET", "/frameworks").status,
            served.send("GET", "/frameworks", environ=other).status,
        ]
    assert found == expected


@pytest.mark.parametrize(
    "first, second, status",
    [
        ("192.0.2.1", "192.0.2.2", 200),
        ("2001:db8::1", "2001:db8::ffff:1", 429),
        ("2001:db8::1", "2001:db8:0:1::1", 200),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", 200),
        ("fe80::1%eth0", "fe80::2%eth0", 429),
        ("", "", 429),
        ("a:b", "a:c", 200),
    ],
)
def test_an_address_is_one_of_ipv4_or_a_network_of_ipv6(first: str, second: str, status: int) -> None:
    with serving(limits=[RateLimit(1, "minute", by="address")]) as served:
        assert served.send("GET", "/frameworks", environ={"REMOTE_ADDR": first}).status == 200
        assert served.send("GET", "/frameworks", environ={"REMOTE_ADDR": second}).status == status


def test_a_limit_of_operations_counts_those_alone() -> None:
    with serving(limits=[RateLimit(1, "minute", operations=["create", "delete"])]) as served:
        key = served.key()
        assert served.send("POST", "/frameworks", key=key, content={"name": "Falcon", "created": 2012}).status == 201
        assert quotas(read := served.send("GET", "/frameworks", key=key)) == (None, None)
        assert read.status == 200
        assert statuses(served, 1, "DELETE", "/frameworks/Flask", key=key) == [429]
        assert statuses(served, 1, "PUT", "/frameworks/Flask", key=key, content={}) == [429], "it might create"
        assert statuses(served, 1, "PATCH", "/frameworks/Flask", key=key, content={"created": 2011}) == [200]
        assert served.send("GET", "/frameworks/Flask").status == 200, "and nothing was deleted"


def test_what_an_api_says_of_itself_and_options_are_not_counted() -> None:
    with serving(limits=[RateLimit(1, "hour", by="address")]) as served:
        assert statuses(served, 1) == [200]
        for target in ("/", "/openapi.json", "/health/live", "/health/ready", "/problems/too-many-requests"):
            assert statuses(served, 2, target=target) == [200, 200], target
        assert statuses(served, 1, "OPTIONS") == [204]
        assert statuses(served, 1) == [429]


def test_refused_requests_and_errors_of_the_caller_are_counted_too() -> None:
    with serving(limits=[RateLimit(3, "hour", by="address")]) as served:
        assert statuses(served, 1, target="/frameworks?nope=1") == [400]
        assert statuses(served, 1, target="/frameworks/None") == [404]
        assert statuses(served, 1, "POST", content={"name": "x"}) == [401]
        assert statuses(served, 1) == [429]


def test_too_many_refused_credentials_from_one_address_end_looking_at_them() -> None:
    limit = RateLimit(2, "minute", counts="refused credentials")
    with serving(limits=[limit]) as served:
        key = served.key()
        assert statuses(served, 5, key=key) == [200] * 5, "credentials that are valid are not counted"
        assert statuses(served, 3, key="rw_wrong") == [401, 401, 429]
        refused = served.send("GET", "/frameworks", key=key)
        assert (refused.status, refused.get("retry-after")) == (429, "60")
        assert re.fullmatch(
            r"This is more than 2 refused credentials .* Ask again in 60 seconds\.", refused.json()["detail"]
        )
        assert statuses(served, 1) == [200], "who sends none is not refused"
        assert statuses(served, 1, key=key, environ={"REMOTE_ADDR": "192.0.2.9"}) == [200]
        assert statuses(served, 1, target="/openapi.json", key="rw_wrong") == [200], "nobody looks at it there"


def test_a_429_is_described_where_a_limit_is_declared_and_nowhere_else() -> None:
    def described(*limits: RateLimit) -> dict[str, dict[str, Any]]:
        with serving(limits=limits) as served:
            paths = served.send("GET", "/openapi.json").json()["paths"]
        return {
            f"{method} {path}": operation["responses"]
            for path, each in paths.items()
            for method, operation in each.items()
            if method != "parameters"
        }

    def with_429(found: dict[str, dict[str, Any]]) -> set[str]:
        return {name for name, responses in found.items() if "429" in responses}

    def with_quotas(found: dict[str, dict[str, Any]]) -> set[str]:
        return {
            name
            for name, responses in found.items()
            for status, told in responses.items()
            if status < "400" and {"RateLimit", "RateLimit-Policy"} <= told.get("headers", {}).keys()
        }

    reading = {"get /frameworks", "get /frameworks/{name}"}
    changing = {"post /frameworks", *(f"{each} /frameworks/{{name}}" for each in ("put", "patch", "delete"))}
    assert with_429(described()) == with_quotas(described()) == set()
    every = described(RateLimit(1, "second"))
    assert with_429(every) == with_quotas(every) == reading | changing
    some = described(RateLimit(1, "second", operations=["create"]))
    assert with_429(some) == with_quotas(some) == {"post /frameworks", "put /frameworks/{name}"}
    refused = described(RateLimit(1, "second", counts="refused credentials"))
    assert with_429(refused) == reading | changing | {"get /", "get /me"}
    assert with_quotas(refused) == set()


def test_an_operation_of_ones_own_may_have_a_limit() -> None:
    def register(api: Api) -> None:
        frameworks()(api)

        @api.operation(Framework, "retire", permission=scope("frameworks"))
        def retire(change: Change) -> None:
            raise Refuse(409, "Not today.")

    with serving(register, limits=[RateLimit(1, "minute", operations=["retire"])]) as served:
        key = served.key("frameworks:update", "frameworks:retire")
        assert statuses(served, 2, "POST", "/frameworks/Flask/retire", key=key) == [409, 429]
        assert statuses(served, 1, key=key) == [200]


def test_a_limit_of_an_operation_that_no_resource_has_is_refused_at_start() -> None:
    with (
        pytest.raises(DeclarationError, match="of the operation 'retire', which no resource has"),
        serving(limits=[RateLimit(1, "minute", operations=["retire"])]) as served,
    ):
        served.send("GET", "/")


@pytest.mark.parametrize(
    "url, told", [("http://localhost", "is not a URL as redis://"), ("x", "is not a URL as redis://")]
)
def test_a_setting_that_is_no_redis_is_refused_at_start(url: str, told: str) -> None:
    with (
        pytest.raises(DeclarationError, match=told),
        serving(limits=[RateLimit(1, "minute")], config={"RESTWELL_REDIS": url}) as served,
    ):
        served.send("GET", "/")
