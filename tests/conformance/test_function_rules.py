"""Functions of the grant and the item as rules: what they refuse is not there, in lists and pages too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from restwell import Api, Field, Grant, Resource, all_of, any_of, authenticated, owner, public, scope
from restwell.http.limits import MAX_JUDGED
from restwell.model.errors import DeclarationError
from tests.api import JSON, Answer, Served, is_problem

ADA = Grant("ada", groups=["engines"], claims={"level": 2})
BOB = Grant("bob", claims={"level": 1})
CHIEF = Grant("eve", ["parts:read"])
Ruled = Callable[..., Served]
COSTS = "the rule of Part for {} is a function: items are read and judged one by one."
LISTED = " Lists are filtered after they are read, at most 1000 rows for a page, and have no totals."


class Part(Resource):
    """A part."""

    number: int = Field(identity=True)
    label: str = ""
    level: int = 0
    whose: str | None = Field(auto="creator")
    price: int | None = None


def is_low(grant: Grant, row: Part) -> bool:
    return bool(row.level <= grant.claims.get("level", 0))


@pytest.fixture
def ruled(database_url: str) -> Iterator[Ruled]:
    opened: list[Served] = []

    def make(cls: type[Resource] = Part, rows: list[dict[str, Any]] | None = None, **rules: Any) -> Served:
        app = Flask(__name__)
        app.config["RESTWELL_DATABASE"] = database_url
        api = Api(app)
        initial = rows if rows is not None else [{"number": n, "label": f"p{n}", "level": n % 4} for n in range(40)]
        api.resource("/parts", initial=initial, **rules)(cls)
        opened.append(Served(app, api))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def send(served: Served, grant: Grant | None, method: str, target: str, **more: Any) -> Answer:
    headers = {"Authorization": served.credential(grant)} if grant is not None else {}
    return served.send(method, target, {**headers, **more.pop("headers", {})}, **more)


def pages(served: Served, grant: Grant | None, target: str) -> Iterator[list[int]]:
    """The numbers on each page, by the links from one to the next."""
    path: str | None = target
    while path is not None:
        answer = send(served, grant, "GET", path)
        assert answer.status == 200
        node = answer.json()
        assert "totalItems" not in node
        yield [each["number"] for each in node["member"]]
        following = node.get("view", {}).get("next")
        path = None if following is None else following.removeprefix("http://localhost")


@pytest.mark.parametrize("grant, most", [(None, 0), (BOB, 1), (ADA, 2)], ids=["anonymous", "bob", "ada"])
@pytest.mark.parametrize("sort", ["number", "-number", "-level", "label"])
def test_pages_are_filled_with_what_is_permitted(ruled: Ruled, grant: Grant | None, most: int, sort: str) -> None:
    served = ruled(read=is_low)
    found = list(pages(served, grant, f"/parts?sort={sort}&limit=7"))
    assert [len(page) for page in found[:-1]] == [7] * (len(found) - 1)
    every = [number for page in found for number in page]
    assert sorted(every) == [n for n in range(40) if n % 4 <= most]
    filtered = [n for page in pages(served, grant, "/parts?level=1&limit=3") for n in page]
    assert filtered == [n for n in range(40) if n % 4 == 1 and most >= 1]
    for number in range(4):
        assert send(served, grant, "GET", f"/parts/{number}").status == (200 if number <= most else 404)


def test_pages_lead_back(ruled: Ruled) -> None:
    served = ruled(read=is_low)
    node = send(served, BOB, "GET", "/parts?limit=7").json()
    there: list[list[int]] = [[each["number"] for each in node["member"]]]
    while "next" in node["view"]:
        node = send(served, BOB, "GET", node["view"]["next"].removeprefix("http://localhost")).json()
        there.append([each["number"] for each in node["member"]])
    back = there[-1:]
    while "previous" in node["view"]:
        node = send(served, BOB, "GET", node["view"]["previous"].removeprefix("http://localhost")).json()
        back.append([each["number"] for each in node["member"]])
    assert back == there[::-1]


@pytest.mark.slow
def test_a_page_ends_earlier_after_so_many_rows_and_the_next_goes_on(ruled: Ruled) -> None:
    number = 2 * MAX_JUDGED + 500
    rows = [{"number": n, "label": f"p{n:05}", "level": 0 if n in {3, number - 1} else 3} for n in range(number)]
    asked: list[int] = []

    def says(grant: Grant, row: Part) -> bool:
        asked.append(row.number)
        return is_low(grant, row)

    served = ruled(rows=rows, read=says)
    found = []
    for page in pages(served, None, "/parts?sort=label"):
        found.append(page)
        assert len(asked) <= MAX_JUDGED
        asked.clear()
    assert found == [[3], [], [number - 1]]
    backwards = list(pages(served, None, "/parts?sort=-label"))
    assert backwards == [[number - 1], [], [3]]
    node = send(served, None, "GET", "/parts?sort=label").json()
    node = send(served, None, "GET", node["view"]["next"].removeprefix("http://localhost")).json()
    assert node["member"] == []
    node = send(served, None, "GET", node["view"]["next"].removeprefix("http://localhost")).json()
    while "previous" in node["view"]:
        node = send(served, None, "GET", node["view"]["previous"].removeprefix("http://localhost")).json()
    assert [each["number"] for each in node["member"]] == [3]


def test_who_a_rule_beside_it_permits_everything_has_totals(ruled: Ruled) -> None:
    served = ruled(read=any_of(is_low, scope("parts")))
    assert send(served, CHIEF, "GET", "/parts").json()["totalItems"] == 40
    exactly = send(served, BOB, "GET", "/parts", headers={"Prefer": "count=exact"})
    assert "totalItems" not in exactly.json()
    assert exactly.get("preference-applied") is None


def test_sql_does_what_it_can(ruled: Ruled) -> None:
    asked: list[int] = []

    def says(grant: Grant, row: Part) -> bool:
        asked.append(row.number)
        return is_low(grant, row)

    rows = [{"number": n, "whose": "ada" if n < 5 else "bob"} for n in range(30)]
    served = ruled(rows=rows, read=all_of(owner("whose"), says))
    assert [n for page in pages(served, ADA, "/parts") for n in page] == [0, 1, 2, 3, 4]
    assert asked == [0, 1, 2, 3, 4]


def test_what_is_shown_may_be_done_and_what_is_not_is_refused(ruled: Ruled) -> None:
    served = ruled(read=authenticated(), create=is_low, update=is_low, delete=all_of(is_low, owner("whose")))
    node = send(served, BOB, "GET", "/parts?limit=4").json()
    shown = {each["number"]: {op["method"] for op in each.get("operation", ())} - {"GET"} for each in node["member"]}
    assert shown == {0: {"PATCH", "PUT"}, 1: {"PATCH", "PUT"}, 2: set(), 3: set()}
    for number, methods in shown.items():
        answer = send(served, BOB, "PATCH", f"/parts/{number}", content={"label": "x"})
        assert answer.status == (200 if "PATCH" in methods else 403)
        assert send(served, BOB, "DELETE", f"/parts/{number}").status == 403
    assert send(served, BOB, "POST", "/parts", content={"number": 91, "level": 1}).status == 201
    assert is_problem(send(served, BOB, "POST", "/parts", content={"number": 92, "level": 2}), 403)
    assert send(served, BOB, "DELETE", "/parts/91").status == 204


def test_a_write_meets_what_may_be_read_alone(ruled: Ruled) -> None:
    served = ruled(read=is_low, write=authenticated())
    assert send(served, BOB, "PATCH", "/parts/2", content={"label": "x"}).status == 404
    assert send(served, BOB, "DELETE", "/parts/2").status == 404
    assert send(served, BOB, "PATCH", "/parts/1", content={"label": "x"}).status == 200
    gone = send(served, BOB, "PATCH", "/parts/1", content={"level": 3})
    assert (gone.status, gone.body) == (204, b"")
    assert send(served, BOB, "GET", "/parts/1").status == 404


def test_members_are_shown_and_set_by_functions_too(ruled: Ruled) -> None:
    class Priced(Part):
        price: int | None = Field(None, read=is_low, write=lambda grant, row: grant.subject == "ada")

    rows = [{"number": n, "level": n, "price": 5} for n in range(3)]
    served = ruled(Priced, rows, read=public(), write=authenticated())
    for number in range(3):
        node = send(served, BOB, "GET", f"/parts/{number}", accept=JSON).json()
        assert ("price" in node) is (number <= 1)
    assert send(served, BOB, "PATCH", "/parts/1", content={"price": 6}).status == 422
    assert send(served, ADA, "PATCH", "/parts/1", content={"price": 6}).status == 200


@pytest.mark.parametrize("said", [None, 1, "yes"], ids=repr)
def test_anything_but_true_and_false_is_500_and_permits_nothing(ruled: Ruled, said: object) -> None:
    served = ruled(read=lambda grant, row: said)
    for target in ("/parts", "/parts/1"):
        answer = send(served, ADA, "GET", target)
        assert is_problem(answer, 500)
        assert b"p1" not in answer.body


def test_a_function_that_raises_is_500_and_permits_nothing(ruled: Ruled, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_grant: Grant, row: Part) -> bool:
        raise LookupError(row.label)

    served = ruled(read=public(), update=fails, delete=fails, create=fails)
    for method, target in (("GET", "/parts/1"), ("GET", "/parts"), ("DELETE", "/parts/1"), ("PUT", "/parts/1")):
        more = {"content": {"label": "x"}} if method == "PUT" else {}
        assert is_problem(send(served, ADA, method, target, **more), 500)
    assert is_problem(send(served, ADA, "POST", "/parts", content={"number": 99}), 500)
    assert "LookupError" in caplog.text
    assert send(served, ADA, "GET", "/parts?fields=label&limit=2", accept=JSON).status == 500


def test_where_no_item_is_there_the_functions_are_asked_of_another_for_the_time_that_it_takes(ruled: Ruled) -> None:
    asked: list[int] = []

    def says(grant: Grant, row: Part) -> bool:
        asked.append(row.number)
        if row.number == 7:
            raise LookupError(row.label)
        return is_low(grant, row)

    served = ruled(read=any_of(owner("whose"), says))
    assert is_problem(send(served, BOB, "GET", "/parts/99"), 404)
    assert asked == []  # nothing was judged yet, so that nothing tells
    for number, judged in ((2, [2]), (99, [2]), (1, [1]), (99, [1]), (7, [7]), (99, [7])):
        answer = send(served, BOB, "GET", f"/parts/{number}")
        assert answer.status == {1: 200, 7: 500}.get(number, 404)
        assert asked == judged
        asked.clear()


def test_what_it_costs_is_said_at_start(ruled: Ruled, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "restwell"):
        served = ruled(read=is_low, update=is_low)
        send(served, None, "GET", "/parts")
    said = [each.getMessage() for each in caplog.records if "is a function" in each.getMessage()]
    assert said == [
        COSTS.format("read") + LISTED,
        COSTS.format("update"),
    ]


async def later(_grant: Grant, _row: Part) -> bool:
    return True


@pytest.mark.parametrize("wrong", [len, later, public, Grant, 5], ids=["len", "later", "public", "Grant", "5"])
def test_what_is_no_rule_is_refused_with_the_remedy(ruled: Ruled, wrong: object) -> None:
    with pytest.raises(DeclarationError, match="or a function of two parameters"):
        ruled(read=wrong)


def test_a_cursor_and_a_tag_are_of_who_asks(ruled: Ruled) -> None:
    served = ruled(read=is_low)
    bob, ada = (send(served, each, "GET", "/parts?limit=3") for each in (BOB, ADA))
    assert bob["etag"] != ada["etag"]
    following = bob.json()["view"]["next"].removeprefix("http://localhost")
    assert send(served, ADA, "GET", following).status == 400
    renewed = Grant("bob", claims={"level": 1, "exp": 5, "jti": "x"})
    assert send(served, renewed, "GET", following).status == 200
    assert send(served, renewed, "GET", "/parts?limit=3", headers={"If-None-Match": bob["etag"]}).status == 304
