"""No link ever begins with a host that was not checked."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.hosts import Hosts, InvalidBaseUrl
from restwell.messages import Request
from tests.api import Served, is_problem, serving


def base(hosts: Hosts, origin: str, mount: str = "") -> str | None:
    return hosts.base(Request("GET", "/", origin=origin, mount=mount))


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000"]
)
def test_the_loopback_interface_is_ours(host: str) -> None:
    assert base(Hosts(), f"http://{host}") == f"http://{host}"
    assert base(Hosts(), f"https://{host}", "/api") == f"https://{host}/api"


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
    *["[::1", "::1", "localhost,example.org", "localhost:80@example.org", "localhost.", "xn--localhost"],
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
    with pytest.raises(InvalidBaseUrl, match="is no base URL: write it as in"):
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
        assert not authority or authority in answer["link"]
    else:
        assert is_problem(answer, 421)
        another = served.send("GET", "/frameworks", environ={"HTTP_HOST": "another.invalid"})
        assert answer.body == another.body
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
