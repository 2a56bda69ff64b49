"""No link ever begins with a host that was not checked."""

import logging
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.http import origin as module
from restwell.http.messages import Request
from restwell.http.origin import MAX_KNOWN, Hosts, InvalidBaseUrl, InvalidHost, Warnings, hosts_of, shown
from tests.api import Answer, Served, is_problem, serving


def base(hosts: Hosts, origin: str, mount: str = "") -> str | None:
    return hosts.base(Request("GET", "/", origin=origin, mount=mount))


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000"]
)
def test_the_loopback_interface_is_ours(host: str) -> None:
    assert base(Hosts(), f"http://{host}") == f"http://{host}"
    assert base(Hosts(), f"https://{host}", "/api") == f"https://{host}/api"


@pytest.mark.parametrize("scheme", ["javascript", "data", "ftp", "", "\x1f", "http:", "https,http"])
def test_links_begin_with_a_scheme_of_http(scheme: str) -> None:
    assert base(Hosts(), f"{scheme}://localhost") is None
    assert Hosts().base(Request("GET", "/", origin=f"{scheme}://localhost", is_named=False)) is None
    assert base(Hosts("https://localhost"), f"{scheme}://localhost") == "https://localhost"
    assert base(Hosts(), "HTTPS://localhost") == "HTTPS://localhost"


STRANGERS = [
    *[
        "example.org",
        "localhost.example.org",
        "example.org#localhost",
        "localhost@example.org",
        "example.org@localhost",
    ],
    *[
        "localhost/",
        "localhost\\",
        ":80",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "127.0.0.1.nip.io",
        "127.1",
        "2130706433",
    ],
    *["[::1", "::1", "localhost,example.org", "localhost:80@example.org", "localhost..", "xn--localhost"],
    "",
    "local host",
    "localhost\r\nX: y",
    'evil"><script>',
]


@pytest.mark.parametrize("host", STRANGERS)
def test_every_other_host_is_not(host: str) -> None:
    assert base(Hosts(), f"http://{host}") is None


def test_a_host_that_is_allowed_is_ours_on_every_port_unless_one_is_named() -> None:
    hosts = Hosts(allowed=["Api.Example.org", "other.example:8443"])
    assert base(hosts, "https://api.example.org:8443") == "https://api.example.org:8443"
    assert base(hosts, "https://other.example:8443") == "https://other.example:8443"
    assert base(hosts, "https://other.example") is None
    assert base(hosts, "https://sub.api.example.org") is None


ALLOWED = [
    ("example.org", "example.org", True),
    ("example.org", "EXAMPLE.org:8443", True),
    ("Example.ORG", "example.org", True),
    ("example.org", "example.org.", True),
    ("example.org.", "example.org:80", True),
    ("example.org", "a.example.org", False),
    ("example.org", "example.org..", False),
    (".example.org", "example.org", True),
    (".example.org", "a.example.org", True),
    (".example.org", "A.b.Example.org.:8443", True),
    (".example.org", "notexample.org", False),
    (".example.org", ".example.org", True),
    (".example.org", "example.org.evil.test", False),
    (".example.org", "a.example.org@evil.test", False),
    (".example.org:8443", "a.example.org:8443", True),
    (".example.org:8443", "a.example.org", False),
    (".example.org:8443", "a.example.org:80", False),
    ("[2001:db8::1]", "[2001:DB8::1]:8000", True),
    ("2001:db8::1", "[2001:db8::1]", True),
    ("[2001:db8::1]:8000", "[2001:db8::1]", False),
    ("::1", "[::1]:1", True),
    ("10.0.0.7", "10.0.0.7:8000", True),
    ("bücher.example", "xn--bcher-kva.example", True),
    ("0.0.0.0", "10.0.0.7", False),  # noqa: S104 - nothing is bound to it
]


@pytest.mark.parametrize("allowed, host, ours", ALLOWED)
def test_what_an_allowed_host_means(allowed: str, host: str, ours: bool) -> None:
    assert base(Hosts(allowed=[allowed]), f"http://{host}") == (f"http://{host}" if ours else None)


@pytest.mark.parametrize(
    "host",
    ["", ".", "*", "*.example.org", "http://example.org", "example.org/x", "a b", "a@b", "example.org:x", ".[::1]"],
)
def test_what_no_client_can_send_is_refused_at_the_start(host: str) -> None:
    with pytest.raises(InvalidHost, match="is not a host: write it as in"):
        Hosts(allowed=[host])


@pytest.mark.parametrize(
    "value, hosts",
    [("a, b c,d", ["a", "b", "c", "d"]), (["a", ".b"], ["a", ".b"]), ("", []), (None, []), ((), [])],
)
def test_a_setting_of_hosts_is_a_text_or_a_list(value: str | list[str] | None, hosts: list[str]) -> None:
    assert hosts_of(value) == hosts


def test_hosts_are_remembered_up_to_a_limit_and_strangers_are_not() -> None:
    hosts = Hosts(allowed=[".example.org"])
    for number in range(3 * MAX_KNOWN):
        assert base(hosts, f"http://n{number}.example.org") is not None
        assert base(hosts, f"http://n{number}.example.com") is None
    assert len(hosts._known) == MAX_KNOWN
    assert not any("example.com" in origin for origin in hosts._known)


# -- the refusal ------------------------------------------------------------------------------------------------


def test_the_refusal_names_the_option_and_the_setting_and_does_not_repeat_the_host(served: Served) -> None:
    answer = served.send("GET", "/frameworks", environ={"HTTP_HOST": "shop.example:8443"})
    assert is_problem(answer, 421)
    for text in ("--allow-host", "RESTWELL_ALLOWED_HOSTS"):
        assert text in answer.json()["detail"]
    assert b"shop.example" not in answer.body


@pytest.mark.parametrize(
    "host, text",
    [
        ("x" * 5000, "x" * 100 + "..."),
        ("<script>alert(1)</script>", "?script?alert?1???script?"),
        ("a\x1b[31m\r\nb", "a?[31m??b"),
        ("ä", "?"),
    ],
)
def test_a_host_is_shown_short_and_harmless(host: str, text: str) -> None:
    assert shown(Request("GET", "/", origin=f"http://{host}")) == text


def test_the_log_is_told_once_a_minute_whatever_the_hosts(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(module.WARNINGS, "_next", 0.0)
    with caplog.at_level(logging.WARNING, "restwell"):
        for number in range(50):
            served.send("GET", "/frameworks", environ={"HTTP_HOST": f"n{number}.example"})
        now += 59
        served.send("GET", "/frameworks", environ={"HTTP_HOST": "later.example"})
        now += 2
        served.send("GET", "/frameworks", environ={"HTTP_HOST": "last.example!forged"})
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [text.split()[5] for text in told] == ["n0.example", "last.example?forged"]
    assert all("--allow-host" in text and "RESTWELL_ALLOWED_HOSTS" in text for text in told)


def test_warnings_begin_at_once() -> None:
    assert Warnings()._next < 0


PROBES = ["10.244.0.5:8000", "evil.example", 'evil"><script>', "a b", "x" * 60, "[::1", "\xff"]


@pytest.mark.parametrize("door", ["straight", "flask"])
@pytest.mark.parametrize("host", PROBES)
def test_health_is_told_to_whoever_asks_whatever_the_host(host: str, door: str) -> None:
    """A probe asks by the address of its pod."""
    with serving() as api:
        if door == "flask":
            api.app.before_request(lambda: None)
        for target in ("/health/live", "/health/ready"):
            answer = api.send("GET", target, environ={"HTTP_HOST": host})
            assert (answer.status, answer.body) == (200, b'{"status":"pass"}')
            assert answer.all("link") == []
            assert api.send("HEAD", target, environ={"HTTP_HOST": host}).status == 200
            assert api.send("OPTIONS", target, environ={"HTTP_HOST": host}).status == 204
        refused = api.send("GET", "/frameworks", environ={"HTTP_HOST": host})
        assert refused.status == (421 if re.fullmatch(r"[a-z0-9.:]+", host) else 400)


def test_health_links_where_the_host_is_ours(served: Served) -> None:
    answer = served.send("GET", "/health/live")
    assert answer.links()
    without = served.send("GET", "/health/live", environ={"HTTP_HOST": ""})  # the server's own name then, 127.0.0.1
    assert without.status == 200


def refusals_of_health(served: Served) -> Iterator[Answer]:
    for host in ("localhost", "10.0.0.7"):
        yield served.send("DELETE", "/health/live", environ={"HTTP_HOST": host})
        yield served.send("BREW", "/health/live", environ={"HTTP_HOST": host})


def test_a_refusal_of_a_probe_repeats_no_host_either(served: Served) -> None:
    for answer in refusals_of_health(served):
        assert answer.status in {405, 501}
        assert b"10.0.0.7" not in answer.body + str(answer.headers).encode()


@pytest.mark.parametrize("given, links", [("https://api.example.org", ""), ("https://api.example.org/v1/", "/v1")])
def test_a_base_url_is_what_links_begin_with_whatever_we_are_called(given: str, links: str) -> None:
    hosts = Hosts(given)
    for origin in ("http://localhost:8000", "http://api.example.org", "https://API.example.org:8443"):
        assert base(hosts, origin, "/mount") == f"https://api.example.org{links}"
    assert base(hosts, "http://example.org") is None


@pytest.mark.parametrize("url", ["http://[2001:db8::1]:8000", "http://[2001:DB8::1]"])
def test_the_host_of_a_base_url_is_ours_when_it_is_an_address(url: str) -> None:
    assert base(Hosts(url), "http://[2001:db8::1]:8000") == url


NO_BASES = [
    *[
        "api.example.org",
        "//api.example.org",
        "ftp://example.org",
        "https://",
        "https:///api",
        "https://user@example.org",
    ],
    *[
        "https://user:pw@example.org",
        "https://example.org?x=1",
        "https://example.org#x",
        "https://[::1",
        "javascript:x",
    ],
    *["https://example.org:x", 'https://example.org/">'],
    "https://exa mple.org",
    "https://example.org/a b",
    "https://example.org/\n",
]


@pytest.mark.parametrize("url", NO_BASES)
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidBaseUrl, match="is not a base URL: write it as in"):
        Hosts(url)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(config={"RESTWELL_ALLOWED_HOSTS": "api.example.org, www.example.org"}) as found:
        yield found


authorities = st.text(max_size=30) | st.from_regex(r"[a-z0-9.:@\[\]/\\#?-]{1,30}", fullmatch=True)
CONFIGURED = Hosts(allowed=["api.example.org"])
OURS = {"localhost", "127.0.0.1", "::1", "api.example.org"}


@given(st.sampled_from(["http", "https"]), authorities)
def test_no_base_begins_with_an_unchecked_host(scheme: str, authority: str) -> None:
    found = base(CONFIGURED, f"{scheme}://{authority}")
    if found is not None:
        parts = urlsplit(found)
        assert (parts.scheme, parts.hostname in OURS, parts.username, parts.path) == (scheme, True, None, "")


@given(authority=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30))
def test_no_answer_repeats_an_unchecked_host(served: Served, authority: str) -> None:
    answer = served.send("GET", "/frameworks", environ={"HTTP_HOST": authority})
    if answer.status == 200:
        assert urlsplit(f"//{authority}").hostname in OURS | {None}
        assert authority in answer["link"]
    else:
        assert is_problem(answer, 421 if answer.status == 421 else 400)
        other = "another.invalid" if answer.status == 421 else "not a host"
        another = served.send("GET", "/frameworks", environ={"HTTP_HOST": other})
        assert answer.json() == another.json()
        assert all(len(authority) < 4 or f"//{authority}" not in value for _, value in answer.headers)


def test_hosts_are_allowed_by_the_settings(served: Served) -> None:
    for host, status in [("api.example.org", 200), ("www.example.org:80", 200), ("example.org", 421)]:
        answer = served.send("GET", "/frameworks", environ={"HTTP_HOST": host})
        assert answer.status == status


def test_flasks_trusted_hosts_are_allowed_too() -> None:
    with serving(config={"TRUSTED_HOSTS": ["trusted.example"]}) as served:
        answer = served.send("GET", "/frameworks", environ={"HTTP_HOST": "trusted.example"})
        assert answer.json()["@id"] == "http://trusted.example/frameworks"


def test_a_base_url_of_the_settings_is_in_every_link() -> None:
    with serving(config={"RESTWELL_BASE_URL": "https://api.example.org/v1"}) as served:
        answer = served.send("GET", "/frameworks")
        assert answer.json()["@id"] == "https://api.example.org/v1/frameworks"
        assert all(link.target.startswith("https://api.example.org/v1/") for link in answer.links())


# A proxy that is configured wrongly is named by what the log says.


@pytest.mark.parametrize("host", ["backend", "my_upstream", "restwell:8000", "web-1"])
def test_the_name_of_a_group_of_upstream_servers_is_told_for_what_it_is(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(module.WARNINGS, "_next", 0.0)
    served.send("GET", "/frameworks", environ={"HTTP_HOST": host})
    assert f"the host {host} was refused with 421" in caplog.text
    assert "proxy_set_header Host" in caplog.text


def test_another_host_is_not_told_to_be_one(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in ("example.org", "10.0.0.1:8000", "1234", "[2001:db8::1]"):
        monkeypatch.setattr(module.WARNINGS, "_next", 0.0)
        served.send("GET", "/frameworks", environ={"HTTP_HOST": host})
    assert caplog.text.count("was refused with 421") == 4
    assert "proxy_set_header" not in caplog.text


def forwarded(hosts: Hosts, origin: str = "http://localhost", **fields: str) -> str | None:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return hosts.base(Request("GET", "/", headers=headers, origin=origin))


def test_forwarded_fields_that_nothing_reads_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    hosts = Hosts()
    assert forwarded(hosts) == "http://localhost"
    for _ in range(3):
        assert forwarded(hosts, x_forwarded_proto="https", x_forwarded_host="api.example.org") == "http://localhost"
    [record] = [each for each in caplog.records if each.levelno == logging.WARNING]
    for text in ("x-forwarded-host says api.example.org", "http://localhost/", "--base-url", "ProxyFix"):
        assert text in record.getMessage()


def test_forwarded_fields_that_are_read_or_need_not_be_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    forwarded(Hosts(allowed=["a.b"]), "https://a.b", x_forwarded_proto="https", x_forwarded_host="evil, a.b")
    forwarded(Hosts("https://a.b"), x_forwarded_proto="https", x_forwarded_host="a.b")
    forwarded(Hosts(), x_forwarded_for="192.0.2.1", forwarded="for=192.0.2.1")
    assert not [each for each in caplog.records if each.levelno == logging.WARNING]


def test_what_a_forwarded_field_says_is_told_in_plain_characters(caplog: pytest.LogCaptureFixture) -> None:
    forwarded(Hosts(), x_forwarded_host="evil\n{forged}" + "x" * 300)
    assert "evil??forged?xxx" in caplog.text
    assert len(caplog.messages[-1]) < 500
