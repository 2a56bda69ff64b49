"""Pages: their links and forms, as a browser follows and sends them."""

import pytest

from restwell_audit.reading import Link, Operation, Reading
from tests.api import serving
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
URL = f"{API}/shop/orders?page=2"


def page(body: str, media_type: str = "text/html; charset=utf-8") -> Reading:
    return reading(body, media_type, url=URL)


def test_links_have_their_relations_and_types() -> None:
    found = page(
        "<link rel='alternate  feed' type='application/atom+xml' href=/feed title=News>"
        "<a href='7' rel=item>Seven</a><map><area href=/map></map>"
        "<a name=x>no link</a><a href=#top>no other resource</a>"
    )
    assert (found.syntax, found.hypermedia) == ("html", True)
    assert found.links == (
        Link(f"{API}/feed", "alternate feed", media_type="application/atom+xml", title="News"),
        Link(f"{API}/shop/7", "item"),
        Link(f"{API}/map"),
    )


def test_items_are_members() -> None:
    found = page("<a rel=item href=/1></a><a rel=item href=/2></a><a rel=next href=/3></a>")
    assert [member.target for member in found.members or ()] == [f"{API}/1", f"{API}/2"]
    assert page("<ul><li><a href=/1></a></ul>").members is None


def test_the_base_is_for_the_whole_document_and_the_first_counts() -> None:
    found = page("<a href=x></a><base href=/other/><base href=/third/><a href=y></a>")
    assert targets(found) == {"": f"{API}/other/x {API}/other/y"}


def test_a_base_that_is_none_is_left_aside() -> None:
    assert targets(page("<base href='mailto:x'><a href=y></a>")) == {"": f"{API}/shop/y"}


def test_what_browsers_leave_out_of_urls_is_left_out() -> None:
    assert targets(page("<a href=' /a\n/b\t '>")) == {"": f"{API}/a/b"}


def test_a_form_that_posts_is_an_operation() -> None:
    found = page(
        "<form id=new method=post action=/orders enctype=multipart/form-data>"
        "<input name=title required><select name=size required><option>1</select><textarea name=note></textarea>"
        "<input type=hidden name=token value=1>"
        "<input type=submit name=go><button name=b></button><input><input name=off disabled>"
        "</form>"
    )
    assert found.operations == (
        Operation(
            "POST",
            f"{API}/orders",
            "new",
            ("multipart/form-data",),
            ("title", "size", "note", "token"),
            ("title", "size"),
        ),
    )
    assert found.links == ()


def test_a_form_without_action_goes_to_the_document_whatever_its_base() -> None:
    [found] = page("<base href=/other/><form method=POST><input name=a>").operations
    assert (found.target, found.accepts) == (URL, ("application/x-www-form-urlencoded",))


def test_fields_may_stand_outside_of_their_form() -> None:
    [found] = page(
        "<input name=a form=f><form id=f method=post action=/x></form><input name=b form=f><input name=c form=g>"
    ).operations
    assert found.inputs == ("a", "b")


def test_fields_after_a_form_are_not_of_it_and_a_form_within_a_form_is_none() -> None:
    found = page("<form method=post action=/x><form method=post action=/y><input name=a></form><input name=b>")
    assert [(each.target, each.inputs) for each in found.operations] == [(f"{API}/x", ("a",))]


def test_a_form_that_gets_is_a_link_to_be_filled_in() -> None:
    found = page("<form action='/find?old=1'><input type=search name=q><input name='filter[size]'></form>")
    assert found.links == (Link(f"{API}/find{{?q,filter%5Bsize%5D}}", "search", templated=True),)
    assert found.operations == ()


def test_hidden_fields_are_sent_as_they_are() -> None:
    found = page("<form action=/find role=search><input type=hidden name=in value='a b'><input name=q></form>")
    assert [link.target for link in found.links] == [f"{API}/find?in=a+b{{&q}}"]


def test_a_form_without_fields_is_a_link() -> None:
    assert page("<form action=/again><button>Go</button></form>").links == (Link(f"{API}/again"),)


def test_a_dialog_is_not_sent() -> None:
    assert page("<form method=dialog><input name=a></form>") == Reading("html", hypermedia=True)


def test_xhtml_is_read_as_what_it_is() -> None:
    body = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><a href='/x'/></body></html>"
    assert targets(page(body, "application/xhtml+xml")) == {"": f"{API}/x"}


@pytest.mark.parametrize("media_type", ["application/xml", "text/plain", "", "image/svg+xml"])
def test_only_html_is_html(media_type: str) -> None:
    assert page("<!doctype html><a href=/x></a>", media_type) == Reading()


def test_our_own_pages_are_understood() -> None:
    with serving() as served:
        body = served.send("GET", "/frameworks", headers={"Accept": "text/html"}).body
    found = reading(body, "text/html", url="http://localhost/frameworks")
    assert "http://localhost/frameworks/Flask" in {link.target for link in found.links}
    assert "http://localhost/" in {link.target for link in found.links}
