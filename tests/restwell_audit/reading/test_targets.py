"""References become absolute URLs; templates as far as they go."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.reading.targets import MAX_URL, is_template, origin, resolve, resolve_template

BASE = "http://api.example/v1/orders?page=2"


@pytest.mark.parametrize(
    "reference, target",
    [
        ("http://api.example/x", "http://api.example/x"),
        ("/x", "http://api.example/x"),
        ("x", "http://api.example/v1/x"),
        ("../x", "http://api.example/x"),
        ("?page=3", "http://api.example/v1/orders?page=3"),
        ("//other.example/x", "http://other.example/x"),
        ("", BASE),
        ("/x#part", "http://api.example/x"),
        ("  /x\n", "http://api.example/x"),
        ("HTTP://API.Example/X", "http://api.example/X"),
        ("http://api.example", "http://api.example/"),
        ("/café au lait", "http://api.example/caf%C3%A9%20au%20lait"),
        ("/a%20b?q=1&r=a+b", "http://api.example/a%20b?q=1&r=a+b"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ],
)
def test_a_reference_is_resolved(reference: str, target: str) -> None:
    assert resolve(BASE, reference) == target


@pytest.mark.parametrize(
    "reference",
    [
        "#part", "mailto:a@b.example", "javascript:alert(1)", "urn:isbn:1", "http:x", "https:", "schema:name", "http://",
        "http://[", "http://a.example:port/", "http://a.example:0/", "/a\x00b", "/a\nb", "/\ud800",
        "/" + "x" * MAX_URL,
    ],
)  # fmt: skip
def test_what_http_cannot_fetch_is_no_target(reference: str) -> None:
    assert resolve(BASE, reference) == ""


@given(st.text(max_size=30) | st.from_regex(r"[a-z0-9/.?=&:#{}%\[\]-]{0,30}", fullmatch=True))
def test_a_target_is_an_absolute_url_and_resolving_it_again_changes_nothing(reference: str) -> None:
    target = resolve(BASE, reference)
    if target:
        assert urlsplit(target).scheme in {"http", "https"}
        assert "#" not in target
        assert not any(character.isspace() for character in target)
        assert resolve("http://elsewhere.example/", target) == target


@given(st.from_regex(r"[a-z0-9/.?=&-]{0,30}", fullmatch=True))
def test_plain_references_are_resolved_as_the_standard_library_does(reference: str) -> None:
    expected = urlsplit(urljoin(BASE, reference))
    assert urlsplit(resolve(BASE, reference)) == expected._replace(path=expected.path or "/")


@pytest.mark.parametrize(
    "template, target",
    [
        ("/orders{?id}", "http://api.example/orders{?id}"),
        ("orders/{id}", "http://api.example/v1/orders/{id}"),
        ("../{id}", "http://api.example/{id}"),
        ("{id}", "http://api.example/v1/{id}"),
        ("{?page}", "http://api.example/v1/orders{?page}"),
        ("{&sort}", "http://api.example/v1/orders?page=2{&sort}"),
        ("{/id}", "http://api.example{/id}"),
        ("?q={q}", "http://api.example/v1/orders?q={q}"),
        ("/x?{query}", "http://api.example/x?{query}"),
        ("/files/.{name}", "http://api.example/files/.{name}"),
        ("http://Other.example/{id}", "http://other.example/{id}"),
        ("http://{host}/x", "http://{host}/x"),
        ("//other.example/{id}", "http://other.example/{id}"),
        ("{+base}/x", "{+base}/x"),
        ("/x{?a}{#part}", "http://api.example/x{?a}"),
        ("/{a}#b", "http://api.example/{a}"),
        ("/x{#part}", "http://api.example/x"),
        ("urn:{id}", ""),
        ("http:///{id}", ""),
        ("/x\ny{id}", ""),
    ],
)
def test_a_template_is_made_absolute_as_far_as_it_goes(template: str, target: str) -> None:
    assert resolve_template(BASE, template) == target


@given(st.text(st.sampled_from("{}?&/#+.:ax\ud800 "), max_size=20))
def test_no_template_is_too_odd(template: str) -> None:
    found = resolve_template(BASE, template)
    assert isinstance(found, str)


@pytest.mark.parametrize(
    "text, expected",
    [("/{id}", True), ("{?a,b}", True), ("/x", False), ("{}", False), ("{{id}}", False), ("{", False)],
)
def test_an_expression_makes_a_template(text: str, expected: bool) -> None:
    assert is_template(text) is expected


def test_an_origin_has_its_port_said_or_not() -> None:
    assert origin("https://a.example/x") == origin("https://A.example:443/y") == ("https", "a.example", 443)
    assert origin("http://a.example") != origin("https://a.example")
    assert origin("http://[") == ("", "", 0)


# One machine has several names.


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000/a", "http://localhost:8000/a", "http://[::1]:8000/a"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_what_names_this_machine_is_requested_where_the_base_was(base: str, name: str) -> None:
    home = base.removesuffix("/a")
    assert resolve(base, f"http://{name}:8000/x?q=1") == f"{home}/x?q=1"
    assert resolve(base, f"http://{name}:8000") == f"{home}/"
    assert resolve_template(base, f"http://{name}:8000/x/{{id}}") == f"{home}/x/{{id}}"


@pytest.mark.parametrize("target", [
    "http://localhost:8001/x", "https://localhost:8000/x", "http://localhost/x", "http://localhost.example:8000/x",
    "http://a.example:8000/x",
])  # fmt: skip
def test_another_port_scheme_or_machine_is_another_place(target: str) -> None:
    assert resolve("http://127.0.0.1:8000/a", target) == target
    assert resolve("http://a.example:8000/a", "http://localhost:8000/x") == "http://localhost:8000/x"
