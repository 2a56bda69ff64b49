"""Atom and AtomPub: feeds, entries and service documents, with the operations that RFC 5023 defines."""

from __future__ import annotations

import pytest

from restwell_audit.reading import Reading
from restwell_audit.reading.atom import ENTRY
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
ONE = f"""<entry {ATOM}><id>urn:x:1</id><title>One</title><link href="1.html"/><link rel="self" href="1.xml"/>
<link rel="edit" href="edit/1"/><link rel="edit-media" href="media/1"/><content src="1.png" type="image/png"/>
</entry>"""
FEED = f"""<feed {ATOM} xml:base="/blog/"><title>Blog</title><link rel="self" href="feed.xml"/>
<link rel="next" href="feed.xml?page=2"/>{ONE}<entry><title>Two</title><link href="/two.html"/></entry></feed>"""
SERVICE = """<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"><workspace>
<collection href="/posts"><atom:title>Posts</atom:title></collection>
<collection href="/pictures"><accept>image/png</accept><accept>image/gif</accept></collection>
<collection href="/archive"><accept/></collection></workspace></service>"""


def atom(content: str, media_type: str = "application/atom+xml", url: str = f"{API}/feed.xml") -> Reading:
    return reading(content, media_type, url=url)


def operations(found: Reading) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.method, each.target, each.accepts) for each in found.operations]


def test_a_feed_links_its_pages_and_entries_relative_to_its_base() -> None:
    found = atom(FEED)
    assert targets(found) == {
        "self": f"{API}/blog/feed.xml", "next": f"{API}/blog/feed.xml?page=2", "item": f"{API}/blog/1.xml",
        "alternate": f"{API}/blog/1.html {API}/two.html", "edit": f"{API}/blog/edit/1",
        "edit-media": f"{API}/blog/media/1", "content": f"{API}/blog/1.png",
    }  # fmt: skip
    assert [(each.target, each.data["title"]) for each in found.members or ()] == [
        (f"{API}/blog/1.xml", "One"), (f"{API}/two.html", "Two"),
    ]  # fmt: skip
    assert (found.syntax, found.hypermedia) == ("atom", True)


def test_what_can_be_edited_is_replaced_and_removed() -> None:
    assert operations(atom(ONE, url=f"{API}/blog/1.xml")) == [
        ("PUT", f"{API}/blog/edit/1", (ENTRY,)), ("DELETE", f"{API}/blog/edit/1", ()),
        ("PUT", f"{API}/blog/media/1", ()), ("DELETE", f"{API}/blog/media/1", ()),
    ]  # fmt: skip


def test_a_service_document_says_what_its_collections_take() -> None:
    found = atom(SERVICE, "application/atomsvc+xml")
    assert targets(found) == {"collection": f"{API}/posts {API}/pictures {API}/archive"}
    assert operations(found) == [
        ("POST", f"{API}/posts", (ENTRY,)), ("POST", f"{API}/pictures", ("image/png", "image/gif")),
    ]  # fmt: skip


def test_a_feed_that_cannot_be_edited_has_no_operations() -> None:
    assert atom(f'<feed {ATOM}><entry><link href="/1"/></entry></feed>').operations == ()


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml", "application/atom+xml; type=feed"])
def test_the_namespace_of_the_root_says_what_it_is(media_type: str) -> None:
    assert atom(FEED, media_type).syntax == "atom"


def test_an_empty_feed_is_a_collection() -> None:
    assert atom(f"<feed {ATOM}/>").members == ()
