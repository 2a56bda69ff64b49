"""WebDAV: the responses of a 207 are the members of a collection."""

from __future__ import annotations

from tests.restwell_audit.reading.responses import reading, targets

API = "http://dav.example"


def response(href: str, name: str = "", *, collection: bool = False) -> str:
    kind = "<d:resourcetype><d:collection/></d:resourcetype>" if collection else ""
    prop = f"<d:prop><d:displayname>{name}</d:displayname>{kind}</d:prop>"
    return f"<d:response><d:href>{href}</d:href><d:propstat>{prop}</d:propstat></d:response>"


def multistatus(*responses: str) -> str:
    return f'<d:multistatus xmlns:d="DAV:">{"".join(responses)}</d:multistatus>'


def test_a_collection_has_what_is_in_it() -> None:
    content = multistatus(
        response("/files/", collection=True), response("/files/a%20b.txt", "a b"), response("/files/c/")
    )
    found = reading(content, "application/xml", url=f"{API}/files")
    assert targets(found) == {"item": f"{API}/files/a%20b.txt {API}/files/c/"}
    assert [(each.target, dict(each.data)) for each in found.members or ()] == [
        (f"{API}/files/a%20b.txt", {"displayname": "a b"}), (f"{API}/files/c/", {}),
    ]  # fmt: skip
    assert (found.syntax, found.hypermedia, found.protocol) == ("webdav", True, "WebDAV (RFC 4918)")


def test_an_empty_collection_is_one_and_a_file_none() -> None:
    empty = reading(multistatus(response("/files/", collection=True)), "text/xml", url=f"{API}/files/")
    single = reading(multistatus(response("/files/a", "a")), "text/xml", url=f"{API}/files/a")
    assert (empty.members, single.members) == ((), None)
    assert dict(single.properties) == {"displayname": "a"}
