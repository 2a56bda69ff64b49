"""XML of no format: elements and attributes are read as JSON is."""

from __future__ import annotations

import pytest

from restwell_audit.reading import Reading
from restwell_audit.reading.xml import is_xml
from tests.restwell_audit.reading.responses import reading

BASE = "http://api.example/things"


def read(content: bytes, base: str) -> Reading:
    return reading(content, "application/xml", url=base)


def members(content: str) -> list[dict[str, object]]:
    return [dict(each.data) for each in read(content.encode(), BASE).members or ()]


@pytest.mark.parametrize("content, expected", [
    ("<things><thing id='1'/><thing id='2'/></things>", [{"id": "1"}, {"id": "2"}]),
    ("<things><thing><id>1</id><name>a</name></thing></things>", [{"id": "1", "name": "a"}]),
    ("<r xmlns='urn:x'><total>1</total><items><id>1</id></items><items><id>2</id></items></r>",
     [{"id": "1"}, {"id": "2"}]),
    ("<thing><id>1</id></thing>", []),
])  # fmt: skip
def test_elements_of_one_name_are_a_list(content: str, expected: list[dict[str, str]]) -> None:
    assert members(content) == expected


def test_links_are_found_by_their_names() -> None:
    content = "<thing id='1'><link rel='next' href='/things/2'/><url>http://api.example/things/1</url></thing>"
    found = read(content.encode(), BASE)
    assert {(each.rel, each.target, each.typed) for each in found.links} == {
        ("url", "http://api.example/things/1", False), ("next", "http://api.example/things/2", False),
    }  # fmt: skip
    assert (found.syntax, found.hypermedia) == ("xml", False)


@pytest.mark.parametrize("content", [
    b"<things>", b"", b"{}", b"\xff\xfe", b"<?xml version='1.0' encoding='none'?><a/>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
], ids=["open", "empty", "json", "bytes", "encoding", "entity"])  # fmt: skip
def test_what_cannot_be_read_or_could_be_endless_says_nothing(content: bytes) -> None:
    assert read(content, BASE) == Reading()


def test_what_is_nested_deeply_is_cut_off() -> None:
    deep = b"<a>" * 5000 + b"</a>" * 5000
    assert not read(deep, BASE).links


@pytest.mark.parametrize("media_type, expected", [
    ("application/xml", True), ("text/xml", True), ("application/atom+xml", True), ("application/json", False),
    ("text/html", False), ("application/xmlish", False),
])  # fmt: skip
def test_xml_is_known_by_its_media_type(media_type: str, expected: bool) -> None:
    assert is_xml(media_type) is expected
