"""The tags of HTML, compared with those that html5lib finds, which reads as browsers do."""

import time

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell_audit.reading.tags import MAX_ATTRIBUTES, MAX_TAGS, RAW, tags


def hrefs(document: str) -> list[str]:
    return [tag.attributes["href"] for tag in tags(document) if tag.name == "a" and "href" in tag.attributes]


def hrefs_in_a_browser(document: str) -> list[str]:
    tree = html5lib.parse(document)
    found = [each.get("href") for each in tree.iter("{http://www.w3.org/1999/xhtml}a")]
    return [href for href in found if href is not None]


@pytest.mark.parametrize(
    "document, found",
    [
        ("<a href=/x>", ["/x"]),
        ("<A HREF='/x'>", ["/x"]),
        ('<a\nclass="b"\thref = "/x" id=c>', ["/x"]),
        ("<a href=/x/>", ["/x/"]),
        ("<a/href=/x>", ["/x"]),
        ("<a href>", [""]),
        ("<a href=>", [""]),
        ("<a href='/x' href='/y'>", ["/x"]),
        ("<a href='/x?a=1&amp;b=2'>", ["/x?a=1&b=2"]),
        ("<a title='<a href=/y>' href=/x>", ["/x"]),
        ("<b title='<a href=/y>'>", []),
        ("</b title='<a href=/y>'>", []),
        ("<!-- <a href=/y> --><a href=/x>", ["/x"]),
        ("<!--><a href=/x>", ["/x"]),
        ("<!---><a href=/x>", ["/x"]),
        ("<!-- a --!><a href=/x>", ["/x"]),
        ("<!-- a -- > <a href=/y> --><a href=/x>", ["/x"]),
        ("<!--- a ---><a href=/x>", ["/x"]),
        ("<!doctype html><a href=/x>", ["/x"]),
        ("<? a ><a href=/x>", ["/x"]),
        ("</ a><a href=/x>", ["/x"]),
        ("<![CDATA[><a href=/x>", ["/x"]),
        ("a < b <a href=/x>", ["/x"]),
        ("<script>'<a href=/y>'</script><a href=/x>", ["/x"]),
        ("<SCRIPT>'<a href=/y></scripts>'</ScRiPt ><a href=/x>", ["/x"]),
        ("<style><a href=/y></style><a href=/x>", ["/x"]),
        ("<title><a href=/y></title><a href=/x>", ["/x"]),
        ("<textarea><a href=/y></textarea><a href=/x>", ["/x"]),
        ("<abbr href=/y>", []),
        ("<a href=/x><plaintext><a href=/y>", ["/x"]),
        ("<a href=/x", []),
        ("<a href='/x>", []),
        ("<a href=/x><!-- <a href=/y>", ["/x"]),
        ("<a href=/x><script><a href=/y>", ["/x"]),
        ("", []),
    ],
)
def test_links_are_found_where_a_browser_finds_them(document: str, found: list[str]) -> None:
    assert hrefs(document) == found
    assert hrefs_in_a_browser(document) == found


PIECES = st.sampled_from([
    "<a href=/x>", "<a href='/y'>", '<a href="/z" b>', "</a>", "<b c='", '<b c="', "'", '"', ">", "<", "</", "<!--",
    "-->", "--!>", "-", "!", "<!", "<?", " ", "=", "/", "<p", "</p>", "<a ", "href", "href=", "text", "&amp;", "\n",
    "<div>", "<br/>", "<title>", "</title>", "<style>", "</style>", "<i =", "<script>", "</script>",
])  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
@example("<!--<!---->")
@example("<a href=/x = y>")
@example("<a href = '/y'x=1>")
def test_every_link_of_a_browser_is_found_and_no_other(document: str) -> None:
    # Links within links and the like are moved about and doubled in trees: which there are is compared, not how many.
    assert set(hrefs(f"<body>{document}")) == set(hrefs_in_a_browser(f"<body>{document}"))


def test_elements_of_text_may_close_themselves_in_xml_only() -> None:
    document = "<title/><a href='/x'></a>"
    assert [tag.name for tag in tags(document)] == []
    assert [tag.name for tag in tags(document, xml=True)] == ["a", "a"]


@pytest.mark.parametrize("name", sorted(RAW))
def test_text_is_no_tag(name: str) -> None:
    assert "a" not in {tag.name for tag in tags(f"<{name}><a></{name}>")}


def test_there_is_an_end_to_tags_and_attributes() -> None:
    assert len(list(tags("<a>" * (MAX_TAGS + 1)))) == MAX_TAGS
    [tag] = tags("<a " + " ".join(f"a{number}" for number in range(MAX_ATTRIBUTES + 1)) + ">")
    assert len(tag.attributes) == MAX_ATTRIBUTES


HOSTILE = {
    "tags": "<b>" * 600_000,
    "attributes": f"<b{' a' * 900_000}",
    "attributes that end": f"<b{' a=b' * 400_000}>",
    "tags of many attributes": f"<b{' a' * 250}>" * 3_000,
    "values that do not end": f"<b{' a=b' * 100} c='" * 4_000,
    "comments that do not end": "<!--" * 400_000,
    "a comment of dashes": f"<!--{'-' * 1_800_000}",
    "less-than signs": "<" * 1_800_000,
    "white space": f"<a{' ' * 1_800_000}",
    "a name": f"<{'a' * 1_800_000}",
}


@pytest.mark.slow
@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_two_megabytes_take_no_longer_whatever_is_in_them(document: str) -> None:
    began = time.process_time()
    assert list(tags(document)) == []
    assert time.process_time() - began < 5


def test_a_tag_with_more_attributes_than_are_looked_at_in_one_go_is_read() -> None:
    many = " ".join(f"a{number}" for number in range(3 * MAX_ATTRIBUTES))
    assert hrefs(f"<b {many}><a href=/x><a href=/y {many}></b {many}><a href=/z>") == ["/x", "/y", "/z"]
    assert hrefs(f"<b {many} title='<a href=/y>'>") == []
