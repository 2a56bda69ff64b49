"""A page has at most 8 MiB in every format; what has no room is on the next one, and nothing is lost or repeated."""

import pytest

from restwell import Field, Resource, public
from restwell.http.limits import MAX_PAGE_BYTES
from tests.api import JSON, JSON_LD, Served, serving
from tests.hostile.test_memory import MAX_GROWTH, measured


class Large(Resource):
    """Something of almost a megabyte."""

    number: int = Field(identity=True)
    text: str = Field("", max_length=2_000_000)
    more: list[str] = Field([])


SIZES = [900_000, 10, 900_000, 1_800_000, 5, 5, *[950_000] * 12, 7]
ROWS = [{"number": number, "text": "x" * size} for number, size in enumerate(SIZES)]


def numbers(served: Served, target: str, accept: str, member: str, relation: str) -> list[list[int]]:
    """The numbers on each page, following the links of one relation."""
    pages = []
    while target:
        answer = served.send("GET", target, accept=accept)
        assert answer.status == 200
        assert len(answer.body) <= MAX_PAGE_BYTES
        again = served.send("GET", target, {"If-None-Match": answer["etag"]}, accept=accept)
        assert again.status == 304
        data = answer.json()
        pages.append([item["number"] for item in data[member]])
        found = data["view"] if accept == JSON_LD else {each.relations[0]: each.target for each in answer.links()}
        target = found.get(relation, "")
    return pages


@pytest.mark.slow
@pytest.mark.parametrize("accept, member, back", [(JSON, "large", "prev"), (JSON_LD, "member", "previous")])
def test_a_page_that_would_be_too_large_ends_earlier(database_url: str, accept: str, member: str, back: str) -> None:
    resource = lambda api: api.resource("/large", read=public(), initial=ROWS)(Large)  # noqa: E731
    every = list(range(len(ROWS)))
    with serving(resource, database=database_url) as served:
        for order in ("number", "-number", "text,number"):
            pages = numbers(served, f"/large?limit=100&sort={order}", accept, member, "next")
            assert len(pages) > 1
            found = [number for page in pages for number in page]
            assert sorted(found) == every
            last = f"/large?limit=100&sort={order}"
            for _ in pages[1:]:
                answer = served.send("GET", last, accept=accept)
                last = answer.json()["view"]["next"] if accept == JSON_LD else answer.link("next")
            backwards = numbers(served, last, accept, member, back)
            assert [number for page in reversed(backwards) for number in page] == found


@pytest.mark.slow
def test_pages_for_people_have_the_same_bound(sqlite_url: str) -> None:
    rows = [{"number": number, "more": ["<&>" * 20_000] * 12} for number in range(20)]
    resource = lambda api: api.resource("/large", read=public(), initial=rows)(Large)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:
        answer = served.send("GET", "/large?limit=100", accept="text/html")
        assert answer.status == 200
        assert len(answer.body) <= MAX_PAGE_BYTES


@pytest.mark.slow
def test_one_item_is_a_page_whatever_its_size(sqlite_url: str) -> None:
    rows = [{"number": number, "text": "\x01" * 1_900_000} for number in range(3)]
    resource = lambda api: api.resource("/large", read=public(), initial=rows)(Large)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:
        answer = served.send("GET", "/large", accept=JSON)
        assert [item["number"] for item in answer.json()["large"]] == [0]
        assert served.send("GET", answer.link("next"), accept=JSON).json()["large"][0]["number"] == 1


@pytest.mark.slow
def test_a_page_takes_little_more_memory_than_its_rows(sqlite_url: str) -> None:
    found = measured("60", sqlite_url, module="tests.hostile.pages")
    assert (found["status"], found["bytes"] > MAX_PAGE_BYTES - 1_100_000) == (200, True)
    assert found["peak"] <= 60_000_000 // 1024 + MAX_GROWTH, found
