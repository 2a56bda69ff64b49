"""Words about pages are told from what an item says."""

import pytest

from restwell_audit.reading.paging import counts_none, describes_only_paging, is_paged

PAGING = [
    "total", "total_count", "totalElements", "hasMore", "incomplete_results", "per_page", "pageSize", "next", "@page",
    "limit", "offset", "count", "size", "page", "meta", "links", "previousPage", "start-index-of-page",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGING[:-1])
def test_words_about_pages(name: str) -> None:
    assert describes_only_paging({name: 1})


@pytest.mark.parametrize("name", ["name", "id", "totalPrice", "currency", "orderNumbers", "", "@", "страница", "2"])
def test_words_about_something_else(name: str) -> None:
    assert not describes_only_paging({"total": 1, name: 1})


def test_nothing_at_all_is_about_nothing_else() -> None:
    assert describes_only_paging({})


@pytest.mark.parametrize("members", [{"total": 0}, {"page": {"size": 20, "totalElements": 0}}, {"count": 0, "x": 1}])
def test_a_count_of_none(members: dict[str, object]) -> None:
    assert counts_none(members)


@pytest.mark.parametrize("members", [{}, {"total": 3}, {"offset": 0}, {"total": False}, {"total": "0"}, {"page": 0}])
def test_no_count_of_none(members: dict[str, object]) -> None:
    assert not counts_none(members)


def test_links_to_other_pages() -> None:
    assert is_paged({"self": {}, "next": {}})
    assert not is_paged({"self": {}, "author": {}})
