"""The Link field by the grammar and the examples of RFC 8288, and Link-Template by those of RFC 9652."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.reading import Link, read
from restwell_audit.reading.linkfield import parse
from tests.restwell_audit.reading.responses import URL, reading, response, targets


def links(value: str, *more: str, name: str = "Link") -> tuple[Link, ...]:
    fields = [(name, each) for each in (value, *more)]
    return reading("", "text/plain", *fields).links


def test_a_link_has_a_target_and_a_relation() -> None:
    assert links("<http://api.example/book/4>; rel=previous; title=chapter") == (
        Link("http://api.example/book/4", "previous", place="header", title="chapter"),
    )


def test_links_come_several_in_one_field_and_in_several_fields() -> None:
    found = links('</a>; rel="next", , </b>;rel=last ,', "</c>; rel=up")
    assert targets(list(found)) == {
        "next": "http://api.example/a",
        "last": "http://api.example/b",
        "up": "http://api.example/c",
    }


def test_one_link_may_have_several_relations() -> None:
    [link] = links('</>; rel="start  http://example.net/relation/other"')
    assert link.rel == "start http://example.net/relation/other"


def test_only_the_first_of_a_parameter_counts() -> None:
    [link] = links('</a>; rel=next; rel=last; type="a/b"; type="c/d"')
    assert (link.rel, link.media_type) == ("next", "a/b")


def test_quoted_strings_may_hold_what_separates_links() -> None:
    first, second = links(r'</a>; title="x, y; \"z\" <w>"; rel=next, </b>; rel=last')
    assert (first.title, first.rel, second.rel) == ('x, y; "z" <w>', "next", "last")


def test_names_of_parameters_have_no_case_and_space_is_free() -> None:
    [link] = links('  </a>  ;  REL = "next" ;; Type=Text/HTML')
    assert (link.rel, link.media_type) == ("next", "text/html")


def test_a_title_with_its_character_set_is_preferred() -> None:
    [link] = links("""</a>; rel=next; title="plain"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel""")
    assert link.title == "nächstes Kapitel"


@pytest.mark.parametrize("starred", ["UTF-8'de'%ff", "KOI8-R'ru'%c1", "nonsense", "'"])
def test_a_title_in_no_known_character_set_is_left_out(starred: str) -> None:
    [link] = links(f'</a>; rel=next; title*={starred}; title="plain"')
    assert link.title == "plain"


def test_a_link_of_something_else_is_not_ours() -> None:
    assert links('</a>; rel=next; anchor="/elsewhere"') == ()


@pytest.mark.parametrize("anchor", ["", "#part", URL, "/v1/orders?page=2"])
def test_a_link_of_this_resource_or_a_part_of_it_is_ours(anchor: str) -> None:
    assert len(links(f'</a>; rel=next; anchor="{anchor}"')) == 1


def test_an_empty_target_is_the_resource_itself() -> None:
    assert targets(list(links("<>; rel=self"))) == {"self": URL}


def test_a_link_without_relation_has_no_meaning() -> None:
    [link] = links("</a>; title=x")
    assert (link.rel, link.typed) == ("", False)


@pytest.mark.parametrize("value", ["", "http://api.example/a; rel=next", "<", "</a", '"x"', ";", "rel=next"])
def test_what_is_no_link_is_none(value: str) -> None:
    assert links(value) == ()


def test_what_is_not_closed_takes_the_rest() -> None:
    [link] = links('</a>; rel=next; title="and so on, </b>; rel=last')
    assert link.title == "and so on, </b>; rel=last"


def test_what_follows_a_link_without_reason_is_passed_over() -> None:
    assert [link.rel for link in links("</a>; rel=next nonsense, </b>; rel=last")] == ["next", "last"]


def test_links_add_to_those_of_the_content() -> None:
    found = reading({"_links": {"self": {"href": "/b"}}}, "application/hal+json", ("Link", "</a>; rel=next"))
    assert [(link.place, link.rel) for link in found.links] == [("header", "next"), ("body", "self")]


def test_a_template_has_its_variables_in_the_target() -> None:
    [link] = links(r'"/widgets/{widget_id}"; rel="https://api.example/rel/widget"', name="Link-Template")
    assert link == Link(
        "http://api.example/widgets/{widget_id}", "https://api.example/rel/widget", templated=True, place="header"
    )


def test_templates_are_strings_of_structured_fields() -> None:
    found = links(r'"/{user}"; rel=item; title=%"B%c3%bccher", "/a\"b{c}"; rel="x"', name="Link-Template")
    assert [(link.target, link.title) for link in found] == [
        ("http://api.example/{user}", "Bücher"),
        ("http://api.example/a%22b{c}", ""),
    ]


def test_a_template_of_something_else_is_not_ours() -> None:
    assert links('"/{a}"; rel=item; anchor="/elsewhere"', name="Link-Template") == ()


def test_a_set_of_links_may_be_a_document() -> None:
    found = reading('</a>; rel="item";\n anchor="/other",\n</b>; rel="next"', "application/linkset")
    assert (found.syntax, found.hypermedia) == ("linkset", True)
    assert targets(found) == {"item": "http://api.example/a", "next": "http://api.example/b"}


TOKEN = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
QUOTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(st.lists(st.tuples(st.from_regex(r"/[a-z,;]{0,5}", fullmatch=True), TOKEN, QUOTED), max_size=5))
def test_what_is_written_as_the_grammar_says_is_read_as_it_was(written: list[tuple[str, str, str]]) -> None:
    def quoted(text: str) -> str:
        return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'

    field = ", ".join(f"<{target}>; rel={rel}; title={quoted(title)}" for target, rel, title in written)
    found = [(value.target, value.rel, value.title) for value in parse(field)]
    assert found == written


@given(st.text(st.sampled_from("<>;,=\"\\ \t%*'/relanchortitle-é\x00"), max_size=60))
def test_no_field_is_too_odd(value: str) -> None:
    read(response("", "text/plain", ("Link", value), ("Link-Template", value)))
