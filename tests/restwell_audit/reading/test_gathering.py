"""What readers find is kept once, and not without end."""

from restwell_audit.reading import Link, Operation
from restwell_audit.reading.gathering import MAX_LINKS, MAX_MEMBERS, MAX_OPERATIONS, MAX_TRIES, Gathered

BASE = "http://api.example/a"


def test_a_link_that_is_found_twice_is_one() -> None:
    found = Gathered(BASE)
    assert found.link("/b", "next") == found.link("b#part", "next") == "http://api.example/b"
    found.link("/b", "last")
    assert found.links == (Link("http://api.example/b", "next"), Link("http://api.example/b", "last"))


def test_a_template_without_expression_is_a_link_like_others() -> None:
    found = Gathered(BASE)
    found.link("/b{#part}", templated=True)
    found.link("/c{?d}", templated=True)
    assert [(link.target, link.templated) for link in found.links] == [
        ("http://api.example/b", False),
        ("http://api.example/c{?d}", True),
    ]


def test_what_is_no_reference_is_no_link() -> None:
    found = Gathered(BASE)
    references: list[object] = [None, 1, {}, ["/x"], "mailto:x@y.example"]
    assert [found.link(each) for each in references] == [""] * 5
    assert found.links == ()


def test_media_types_and_titles_that_are_none_are_left_out() -> None:
    found = Gathered(BASE)
    found.link("/b", media_type=" Text/HTML ", title=["x"])
    assert found.links == (Link("http://api.example/b", media_type="text/html"),)


def test_there_is_an_end_to_everything() -> None:
    found = Gathered(BASE)
    for number in range(MAX_MEMBERS + 1):
        found.link(f"/{number}")
        found.operation("get", f"http://api.example/{number}")
        found.member({}, "")
    assert len(found.links) == MAX_LINKS
    assert len(found.operations) == MAX_OPERATIONS
    assert len(found.members or ()) == MAX_MEMBERS
    for number in range(MAX_TRIES):
        found.link(f"mailto:{number}")
    assert found.link("/yet-another") == ""


def test_an_operation_needs_a_method_and_a_target() -> None:
    found = Gathered(BASE)
    found.operation(None, BASE)
    found.operation("post", "")
    found.operation(" post ", BASE, 3)
    assert found.operations == (Operation("POST", BASE),)


def test_links_to_items_are_members_where_there_are_no_others() -> None:
    found = Gathered(BASE)
    found.members_from()
    none = found.members
    assert none is None
    found.link("/1", "item")
    found.link("/{id}", "item", templated=True)
    found.members_from()
    found.members_from()
    assert [member.target for member in found.members or ()] == ["http://api.example/1"]


def test_an_own_url_is_one_of_the_same_origin() -> None:
    found = Gathered("https://api.example/a")
    assert found.is_own("https://api.example:443/b", paths=False)
    assert not found.is_own("http://api.example/b", paths=False)
    assert not found.is_own("https://other.example/b?from=api.example", paths=False)
    assert not found.is_own("https://api.example/b and more", paths=False)
    assert found.is_own("/b", paths=True)
    assert not found.is_own("/b", paths=False)
    assert not found.is_own("/b or not", paths=True)
