"""A page has at most 8 MiB in every format; what has no room is on the next one, and nothing is lost or repeated."""

import pytest

from restwell import Field, Resource, public
from restwell.flow import answers
from restwell.http.limits import MAX_PAGE_BYTES
from restwell.http.media_types import HTML
from tests.api import HAL, JSON, JSON_LD, Served, serving
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


@pytest.mark.slow
@pytest.mark.parametrize("accept", [JSON, JSON_LD, HAL, HTML])
def test_the_first_row_of_a_page_is_shown_whatever_its_size(sqlite_url: str, accept: str) -> None:
    rows = [{"number": number, "more": ["x" * 50_000] * times} for number, times in ((0, 190), (1, 10), (2, 190))]
    resource = lambda api: api.resource("/large", read=public(), initial=rows, max_body=2**25)(Large)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:
        for target in ("/large", "/large?limit=1", "/large?sort=-number"):
            answer = served.send("GET", target, accept=accept)
            assert (answer.status, b"xxx" in answer.body) == (200, True)
            assert f"/large/{2 if 'sort' in target else 0}".encode() in answer.body or accept == JSON


@pytest.mark.parametrize("accept", [JSON, JSON_LD, HAL, HTML])
def test_a_page_is_the_same_however_long_it_took_to_read(
    sqlite_url: str, accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"number": number, "text": "x" * 900_000} for number in range(12)]
    resource = lambda api: api.resource("/large", read=public(), initial=rows)(Large)  # noqa: E731
    with serving(resource, database=sqlite_url) as served:
        found = []
        for quick in (-1, 1000):
            monkeypatch.setattr(answers, "QUICK", quick)
            answer = served.send("GET", "/large", accept=accept)
            found.append((answer["etag"], answer.body))
    assert found[0] == found[1]
