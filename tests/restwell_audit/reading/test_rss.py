"""RSS: the links of channels and items, where the media type says that it is RSS."""

from __future__ import annotations

import pytest

from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
RSS = f"""<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>News</title><link>{API}/</link>
<a:link rel="self" href="{API}/rss"/><item><title>One</title><link>{API}/1</link>
<enclosure url="{API}/1.mp3" type="audio/mpeg" length="9"/></item>
<item><title>Two</title><guid>{API}/2</guid></item><item><guid isPermaLink="false">3</guid></item></channel></rss>"""
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="{API}/rss"><link>{API}/</link></channel><item rdf:about="{API}/1"><link>{API}/1</link></item>
</rdf:RDF>"""


def test_a_channel_has_items() -> None:
    found = reading(RSS, "application/rss+xml")
    assert targets(found) == {
        "alternate": f"{API}/", "self": f"{API}/rss", "item": f"{API}/1 {API}/2", "enclosure": f"{API}/1.mp3",
    }  # fmt: skip
    assert [each.target for each in found.members or ()] == [f"{API}/1", f"{API}/2", ""]
    assert (found.syntax, found.hypermedia) == ("rss", True)


def test_its_first_version_has_them_beside_it() -> None:
    found = reading(RDF, "application/rdf+xml")
    assert targets(found) == {"alternate": f"{API}/", "item": f"{API}/1"}


@pytest.mark.parametrize("media_type", ["text/xml", "application/xml"])
def test_without_its_media_type_nothing_says_so(media_type: str) -> None:
    found = reading(RSS, media_type)
    assert (found.syntax, found.hypermedia, len(found.members or ())) == ("rss", False, 3)


def test_other_rdf_is_not_rss() -> None:
    content = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description/></r:RDF>'
    assert reading(content, "application/rdf+xml").syntax == "xml"
