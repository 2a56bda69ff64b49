"""Descriptions promise operations of URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.reading import Content, DescribedOperation, Description
from restwell_audit.reading.promises import ordered

API = "http://api.example"
DESCRIPTION = Description(f"{API}/openapi.json", servers=(f"{API}/v1", "https://production.example/api"))


@pytest.mark.parametrize(
    "path, url, expected",
    [
        ("/orders", f"{API}/v1/orders", True),
        ("/orders", f"{API}/v1/orders?page=2", True),
        ("/orders", "http://localhost:8080/v1/orders", True),
        ("/orders", f"{API}/api/orders", True),
        ("/orders", f"{API}/orders", False),
        ("/orders", f"{API}/v1/orders/", False),
        ("/orders/{id}", f"{API}/v1/orders/7", True),
        ("/orders/{id}", f"{API}/v1/orders/", False),
        ("/orders/{id}", f"{API}/v1/orders/7/items", False),
        ("/orders/{id}/items", f"{API}/v1/orders/7/items", True),
        ("/orders/{id}.json", f"{API}/v1/orders/7.json", True),
        ("/orders/{id}.json", f"{API}/v1/orders/7.xml", False),
        ("/from-{a}-to-{b}", f"{API}/v1/from-here-to-there", True),
        ("/a.b", f"{API}/v1/aXb", False),
        ("/größe", f"{API}/v1/größe", True),
        ("/a%20b", f"{API}/v1/a%20b", True),
    ],
)
def test_an_operation_matches_the_urls_of_its_path(path: str, url: str, expected: bool) -> None:
    assert DESCRIPTION.matches(DescribedOperation("GET", path), url) is expected


@given(st.text(st.sampled_from("/{}a.*(["), max_size=30), st.text(st.sampled_from("/a.*(["), max_size=60))
def test_any_path_may_be_asked_for(path: str, asked: str) -> None:
    DESCRIPTION.matches(DescribedOperation("GET", path), f"{API}/v1{asked}")


def test_a_path_has_its_url_on_the_first_server() -> None:
    assert DESCRIPTION.url("/orders/{id}") == f"{API}/v1/orders/{{id}}"
    assert Description(f"{API}/openapi.json").url("/orders") == "/orders"


def test_servers_of_the_same_origin_come_first() -> None:
    servers = ["https://a.example", f"{API}/v1", "https://b.example", "https://a.example"]
    assert ordered(servers, f"{API}/openapi.json") == (f"{API}/v1", "https://a.example", "https://b.example")


def test_the_example_of_an_operation_is_one_in_json() -> None:
    contents = (Content("text/plain", "x"), Content("application/json"), Content("application/hal+json", {"a": 1}))
    assert DescribedOperation("POST", "/x", contents=contents).example == {"a": 1}
    assert DescribedOperation("POST", "/x", contents=contents[:2]).example is None
