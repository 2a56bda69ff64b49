"""Content codings are undone, and never beyond the limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.codings import decoded

MOST = 1000


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes,
}  # fmt: skip


@given(st.binary(max_size=MOST), st.lists(st.sampled_from(sorted(CODINGS)), max_size=5))
def test_what_was_coded_is_decoded(body: bytes, codings: list[str]) -> None:
    coded = body
    for name in codings:
        coded = CODINGS[name](coded)
    # What a coding adds to very little may be more than the limit, so that it is given room for that here.
    assert decoded(coded, ", ".join(codings), MOST + 500) == (body, True, "")


@given(st.binary(max_size=MOST))
def test_deflate_is_known_with_its_wrapper_and_without(body: bytes) -> None:
    for coded in (zlib.compress(body), raw_deflate(body)):
        assert decoded(coded, "Deflate", MOST) == (body, True, "")


@given(
    st.binary(), st.sampled_from(["gzip", "deflate", "gzip, deflate", "deflate, gzip", "br", "gzip,,", " ", "x y"])
)
def test_whatever_comes_it_stays_within_the_limit(body: bytes, coding: str) -> None:
    plain, whole, error = decoded(body, coding, MOST)
    assert len(plain) <= max(MOST, len(body))
    assert whole is not bool(error)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("size, whole", [(MOST - 1, True), (MOST, True), (MOST + 1, False), (50_000_000, False)])
def test_what_unfolds_beyond_the_limit_is_cut_there(coding: str, size: int, whole: bool) -> None:
    coded = CODINGS[coding](bytes(size))
    tracemalloc.start()
    assert decoded(coded, coding, MOST) == (bytes(min(size, MOST)), whole, "")
    assert tracemalloc.get_traced_memory()[1] < 500_000, "nor is there ever more of it in memory"
    tracemalloc.stop()


@given(st.binary(min_size=1, max_size=MOST), st.sampled_from(["gzip", "deflate"]), st.data())
def test_what_is_cut_off_is_not_taken_for_whole(body: bytes, coding: str, data: st.DataObject) -> None:
    coded = CODINGS[coding](body)
    part = coded[: data.draw(st.integers(1, len(coded) - 1))]
    plain, whole, error = decoded(part, coding, MOST)
    assert (plain, whole) == (part, False)
    assert error == f"The content is incomplete, or not valid for its coding: {coding}."


def test_a_coding_that_nobody_knows_is_named() -> None:
    assert decoded(b"x", "zstd", MOST) == (b"x", False, "The content has a coding that was not requested: zstd.")


def test_codings_without_end_are_not_undone() -> None:
    assert decoded(b"x", "gzip, " * 6, MOST) == (
        b"x",
        False,
        "The content has 6 content codings; at most 5 are decoded.",
    )
