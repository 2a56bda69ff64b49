"""Refusals: problem details (RFC 9457), their types, and the places that they name."""

from typing import Any

import pytest

from tests.api import BASE, JSON, MERGE_PATCH, PROBLEM, Answer, Served, is_problem, samples, serving

NEW = {"name": "New", "created": 2020}


def each_kind(api: Served, key: str) -> dict[int, Answer]:
    """One refusal of each status."""
    flask = "/frameworks/Flask"
    return {
        400: api.send("GET", "/frameworks?unknown=1"),
        401: api.send("POST", "/frameworks"),
        403: api.send("DELETE", flask, key=api.key("frameworks:create")),
        404: api.send("GET", "/frameworks/Nobody"),
        405: api.send("DELETE", "/frameworks"),
        406: api.send("GET", flask, accept="image/png"),
        409: api.send("POST", "/frameworks", content={"name": "Flask", "created": 2000}, key=key),
        411: api.send("POST", "/frameworks", {"Content-Type": JSON, "Transfer-Encoding": "chunked"}, b"{}", key=key),
        412: api.send("DELETE", flask, {"If-Match": '"x"'}, key=key),
        413: api.send("POST", "/frameworks", {"Content-Type": JSON, "Content-Length": "9999999"}, b"{}", key=key),
        414: api.send("GET", "/" + "x" * 5000),
        415: api.send("POST", "/frameworks", {"Content-Type": "text/plain"}, b"x", key=key),
        421: api.send("GET", "/", environ={"HTTP_HOST": "elsewhere.example"}),
        422: api.send("POST", "/frameworks", content={}, key=key),
        431: api.send("GET", "/", {"X-Long": "x" * 9000}),
        501: api.send("BREW", "/frameworks"),
    }


def test_every_refusal_is_a_problem_with_a_page_for_its_type(api: Served, key: str) -> None:
    types = {}
    for status, answer in each_kind(api, key).items():
        assert is_problem(answer, status), status
        problem = answer.json()
        types[status] = problem["type"]
        if status != 421:  # where nothing is known that a link could begin with
            assert problem["type"].startswith(f"{BASE}/problems/")
            page = api.send("GET", problem["type"])
            assert page.status == 200
            assert problem["title"].encode() in page.body
    assert len(set(types.values())) == len(types)


def test_a_problem_is_a_hydra_error_too(api: Served, key: str) -> None:
    """As JSON-LD: its context is linked (section 6.8 of JSON-LD 1.1 says how) or in it."""
    for status, answer in each_kind(api, key).items():
        if status == 421:
            continue
        problem = answer.json()
        context = problem["@context"]
        assert api.send("GET", context).status == 200
        assert answer.link("http://www.w3.org/ns/json-ld#context") == context
        assert "Error" in str(problem["@type"])


def test_refusals_are_not_kept(api: Served, key: str) -> None:
    for answer in each_kind(api, key).values():
        assert answer["cache-control"] == "no-store"
        assert answer.get("etag") is None
        assert answer.get("last-modified") is None
        assert answer["content-length"] == str(len(answer.body))


def test_the_instance_is_what_was_asked_for(api: Served) -> None:
    for target in ("/frameworks/Nobody", "/nowhere", "/nowhere/a%20b"):
        assert api.send("GET", target).json()["instance"] in {target, BASE + target}
    answer = api.send("GET", "/frameworks?access_token=sesame")
    assert b"sesame" not in answer.body


@pytest.mark.parametrize(
    "content, pointers",
    [
        ({}, {"/name", "/created"}),
        ({"name": "New"}, {"/created"}),
        ({"name": 1, "created": "x", "parent": 3, "relatedDocs": "no url", "relatedName": []},
        {"/name", "/created", "/parent", "/relatedDocs", "/relatedName"}),
        ({**NEW, "unknown": 1, "other": 2}, {"/unknown", "/other"}),
        ({**NEW, "a/b~c": 1}, {"/a~1b~0c"}),
        ({**NEW, "": 1}, {"/"}),
        ({**NEW, "é": 1}, {"/é"}),
        ({**NEW, "created": 1988}, {"/created"}),
        ({**NEW, "created": 2101}, {"/created"}),
        ({**NEW, "created": True}, {"/created"}),
        ({**NEW, "created": "2020"}, {"/created"}),
        ({**NEW, "created": 2020.5}, {"/created"}),
        ({**NEW, "created": 2**63}, {"/created"}),
        ({**NEW, "created": -(2**70)}, {"/created"}),
        ({**NEW, "created": None}, {"/created"}),
        ({**NEW, "created": [2020]}, {"/created"}),
        ({**NEW, "parent": None}, {"/parent"}),
        ({**NEW, "parent": "a\u0000b"}, {"/parent"}),
        ({**NEW, "relatedName": "\u0000"}, {"/relatedName"}),
        ({**NEW, "relatedDocs": "javascript:alert(1)"}, {"/relatedDocs"}),
        ({**NEW, "relatedDocs": "https://a.example/\u0000"}, {"/relatedDocs"}),
        ({**NEW, "relatedDocs": ""}, {"/relatedDocs"}),
        ({**NEW, "_version": 1, "_id": 2, "_modified": 3}, {"/_version", "/_id", "/_modified"}),
    ],
)  # fmt: skip
def test_every_place_is_named_at_once(api: Served, key: str, content: Any, pointers: set[str]) -> None:
    for method, target in (("POST", "/frameworks"), ("PUT", "/frameworks/New")):
        answer = api.send(method, target, content=content, key=key)
        assert is_problem(answer, 422)
        errors = answer.json()["errors"]
        expected = pointers - ({"/name"} if method == "PUT" and "name" not in content else set())
        assert {error["pointer"] for error in errors} == expected
        assert all(error["detail"] and error["code"] for error in errors)
    assert api.send("GET", "/frameworks").json()["totalItems"] == 4


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"1", b"null", b"true", b'[{"name": "New", "created": 2020}]'])
def test_content_that_is_no_object(api: Served, key: str, content: bytes) -> None:
    answer = api.send("POST", "/frameworks", {"Content-Type": JSON}, content, key=key)
    assert answer.status in {400, 422}
    assert is_problem(answer, answer.status)


def test_places_deep_inside() -> None:
    with serving(samples()) as api:
        key = api.key("samples:write")
        content = {
            "number": 1, "place": {"latitude": "north", "extra": 1}, "tags": ["a", 2, "c", None],
            "good": "yes", "day": "2020-02-30",
            "moment": "2020-01-01T00:00:00", "code": "x", "colour": "purple", "price": "1.23456",
            "weight": "heavy", "serial": 7,
        }  # fmt: skip
        answer = api.send("POST", "/samples", content=content, key=key)
        assert is_problem(answer, 422)
        assert {error["pointer"] for error in answer.json()["errors"]} == {
            "/place/latitude", "/place/extra", "/tags/1", "/tags/3", "/good", "/day", "/moment", "/code",
            "/colour", "/price", "/weight", "/serial",
        }  # fmt: skip


def test_twenty_errors_and_how_many_more(api: Served, key: str) -> None:
    content = {**NEW, **{f"unknown{number}": number for number in range(57)}}
    answer = api.send("POST", "/frameworks", content=content, key=key)
    assert is_problem(answer, 422)
    assert len(answer.json()["errors"]) == 20
    assert "37" in answer.body.decode()


def test_values_that_were_sent_are_not_repeated_at_length(api: Served, key: str) -> None:
    answer = api.send(
        "POST", "/frameworks", content={"name": "<script>alert(1)</script>", "created": "sesame" * 1000}, key=key
    )
    assert is_problem(answer, 422)
    assert answer.body.count(b"sesame") < 20


def test_a_problem_in_a_patch_names_the_place_in_the_result(api: Served, key: str) -> None:
    answer = api.send(
        "PATCH", "/frameworks/Flask", {"Content-Type": MERGE_PATCH}, {"created": "x", "unknown": 1}, key=key
    )
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/created", "/unknown"}


def test_problems_have_their_media_type_whatever_was_sent(api: Served) -> None:
    for headers in (
        {"Accept": "text/html;q=0.5, */*"},
        {"Accept": PROBLEM},
        {"Accept-Language": "de"},
        {"Accept-Charset": "utf-16"},
    ):
        answer = api.send("POST", "/frameworks", headers)
        assert (answer.status, answer["content-type"]) == (401, PROBLEM)
