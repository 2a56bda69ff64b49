"""robots.txt is read as RFC 9309 says, and no file, however made, takes long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.robots import Robots, Rule, normal


def robots(*lines: str) -> Robots:
    return Robots.parse("\n".join(lines))


def excluded(rules: Robots, *targets: str) -> list[str]:
    return [target for target in targets if not rules.allows(target)]


def test_without_rules_everything_may_be_asked_for() -> None:
    assert Robots().allows("/anything")
    assert robots().allows("/anything")
    assert robots("User-agent: *", "Disallow:").allows("/anything")


def test_a_path_excludes_all_that_begins_with_it() -> None:
    rules = robots("User-agent: *", "Disallow: /a")
    assert excluded(rules, "/", "/a", "/a/b", "/ab", "/b/a", "/A", "/?/a") == ["/a", "/a/b", "/ab"]


def test_the_longest_match_wins_whatever_the_order() -> None:
    for lines in (["Allow: /a/b", "Disallow: /a"], ["Disallow: /a", "Allow: /a/b"]):
        assert excluded(robots("User-agent: *", *lines), "/a", "/a/b", "/a/c") == ["/a", "/a/c"]


def test_of_two_that_are_as_long_the_one_that_allows_wins() -> None:
    assert robots("User-agent: *", "Disallow: /a", "Allow: /a").allows("/a")


def test_the_example_of_the_rfc() -> None:
    """RFC 9309, section 5.1, for a crawler that is not named there, and section 5.2."""
    rules = robots(
        "User-Agent: *", "Disallow: *.gif$", "Disallow: /example/", "Allow: /publications/", "",
        "User-Agent: foobot", "Disallow:/", "Allow:/example/page.html", "Allow:/example/allowed.gif",
    )  # fmt: skip
    assert excluded(rules, "/a.gif", "/a.gif?x", "/example/page.html", "/publications/x") == [
        "/a.gif", "/example/page.html",
    ]  # fmt: skip
    longest = robots("User-Agent: *", "Allow: /example/page/", "Disallow: /example/page/disallowed.gif")
    assert excluded(longest, "/example/page/disallowed.gif", "/example/page/x") == ["/example/page/disallowed.gif"]


@pytest.mark.parametrize("name", ["restwell-audit", "Restwell-Audit", "RESTWELL-AUDIT/1.0", "restwell-audit # us"])
def test_rules_for_the_auditor_stand_for_those_of_all(name: str) -> None:
    rules = robots("User-agent: *", "Disallow: /", "", f"User-agent: {name}", "Disallow: /ours")
    assert excluded(rules, "/a", "/ours") == ["/ours"]


@pytest.mark.parametrize("name", ["restwell", "restwell-auditor", "audit", "other"])
def test_rules_for_others_are_for_others(name: str) -> None:
    assert robots(f"User-agent: {name}", "Disallow: /").allows("/a")


def test_groups_for_the_same_agent_are_one() -> None:
    rules = robots(
        "User-agent: restwell-audit", "Disallow: /a",
        "User-agent: other", "Disallow: /b",
        "User-agent: restwell-audit", "Disallow: /c",
    )  # fmt: skip
    assert excluded(rules, "/a", "/b", "/c") == ["/a", "/c"]


def test_a_group_may_be_for_several_agents_and_other_lines_do_not_end_it() -> None:
    rules = robots(
        "User-agent: other", "Sitemap: /map", "", "# here we go", "User-agent: restwell-audit", "Crawl-delay: 1",
        "nonsense", "Disallow: /a", "Sitemap: /map", "Disallow: /b",
    )  # fmt: skip
    assert excluded(rules, "/a", "/b", "/c") == ["/a", "/b"]


def test_rules_before_any_agent_are_for_nobody() -> None:
    assert robots("Disallow: /", "User-agent: *", "Disallow: /a").allows("/b")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like_and_a_byte_order_mark_is_passed_over(end: str) -> None:
    rules = Robots.parse("\ufeff" + end.join(["USER-AGENT : *", " disallow:\t/a  # not this", ""]))
    assert excluded(rules, "/a", "/b") == ["/a"]


def test_robots_txt_itself_may_always_be_asked_for() -> None:
    assert robots("User-agent: *", "Disallow: /").allows("/robots.txt")


def test_the_query_is_part_of_what_is_compared() -> None:
    rules = robots("User-agent: *", "Disallow: /*?page=")
    assert excluded(rules, "/a", "/a?page=2", "/a?x&page=2") == ["/a?page=2"]


@pytest.mark.parametrize(
    "pattern, target, matches",
    [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz", True),
        ("/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar", True),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84", True),
        ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", True),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
        ("/a%2Fb", "/a/b", False),
        ("/file-with-a-%2A.html", "/file-with-a-*.html", True),
        ("/file-with-a-%2A.html", "/file-with-a-x.html", False),
        ("/path/foo-%24", "/path/foo-$", True),
        ("/a$b", "/a$b", True),
        ("/a$", "/a", True),
        ("/a$", "/a$", False),
        ("/a*$", "/abc", True),
        ("*b", "/ab", True),
        ("/*a*a$", "/a", False),
        ("/*a*a$", "/aa", True),
    ],
)
def test_paths_are_compared_as_the_rfc_encodes_them(pattern: str, target: str, matches: bool) -> None:
    """Section 2.2.2, with its table, and section 2.2.3."""
    assert robots("User-agent: *", f"Disallow: {pattern}").allows(target) is not matches


@given(st.text("ab*", max_size=8), st.booleans(), st.text("ab", max_size=8))
def test_a_pattern_matches_as_the_regular_expression_would(pattern: str, anchored: bool, target: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*"))) + ("$" if anchored else "")
    matches = Rule(False, pattern + "$" * anchored).matches(target)
    assert matches is (re.match(expression, target) is not None)


@given(st.text())
def test_normalising_twice_changes_nothing_more(path: str) -> None:
    assert normal(normal(path)) == normal(path)


@given(st.text(), st.text())
def test_any_file_can_be_read_and_any_target_asked_for(text: str, path: str) -> None:
    rules = Robots.parse(f"User-agent: *\n{text}")
    assert rules.allows(f"/{path}") in {True, False}


def test_a_lone_surrogate_in_a_url_is_no_trouble() -> None:
    assert robots("User-agent: *", "Disallow: /b").allows("/\ud800")


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /" + "*a" * 250_000 + "$",
        "User-agent: *\n" + "Disallow: /*a*a*a*a*a*b\n" * 20_000,
        "User-agent: *\n" * 40_000,
        "x" * 100_000_000,
    ],
    ids=["a long pattern", "many patterns", "many agents", "a long line"],
)
def test_no_file_takes_long(text: str) -> None:
    began = time.monotonic()
    Robots.parse(text).allows("/" + "a" * 1000)
    assert time.monotonic() - began < 2


def test_while_a_server_fails_to_give_its_rules_everything_is_excluded() -> None:
    rules = Robots.unreachable("was answered with 500")
    assert excluded(rules, "/", "/a", "/robots.txt") == ["/", "/a"]
    assert rules.why.startswith("robots.txt was answered with 500, which excludes everything (RFC 9309")
