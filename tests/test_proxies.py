"""Behind a proxy: what it says of the client is believed only where the application says so, by ProxyFix."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from restwell.http.origin import WARNINGS
from tests.api import Served, serving

FORWARDED = {
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example.org",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Prefix": "/v1",
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
}
ALLOWED = {"RESTWELL_ALLOWED_HOSTS": "api.example.org"}


def fixed(served: Served) -> None:
    """As Flask's documentation has it."""
    served.app.wsgi_app = ProxyFix(served.app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]


@pytest.fixture(params=["straight", "flask"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(config=ALLOWED) as found:
        if request.param == "flask":
            found.app.before_request(lambda: None)
        yield found


def test_without_proxyfix_nothing_that_is_forwarded_counts(served: Served) -> None:
    plain, forwarded = served.send("GET", "/frameworks"), served.send("GET", "/frameworks", FORWARDED)
    assert forwarded.lasting() == plain.lasting()
    assert forwarded.json()["@id"] == "http://localhost/frameworks"


def test_with_proxyfix_links_are_what_the_client_sees(served: Served) -> None:
    fixed(served)
    answer = served.send("GET", "/frameworks", FORWARDED)
    assert answer.json()["@id"] == "https://api.example.org/v1/frameworks"
    assert all(link.target.startswith("https://api.example.org/v1/") for link in answer.links())
    answer = served.send("POST", "/frameworks", FORWARDED, {"name": "New", "created": 2001}, key=served.key())
    assert answer["location"] == "https://api.example.org/v1/frameworks/New"


def test_with_proxyfix_a_forwarded_host_must_be_allowed_too(served: Served) -> None:
    fixed(served)
    assert served.send("GET", "/frameworks", FORWARDED | {"X-Forwarded-Host": "evil.example"}).status == 421


@pytest.mark.parametrize("scheme", ["javascript", "ht\x1ftp", "ftp"])
def test_with_proxyfix_no_link_begins_with_a_scheme_that_is_not_of_http(
    served: Served, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    fixed(served)
    WARNINGS._next = 0.0
    for accept in ("application/ld+json", "text/html"):
        answer = served.send("GET", "/frameworks", FORWARDED | {"X-Forwarded-Proto": scheme}, accept=accept)
        assert answer.status == 421
        assert scheme not in str(answer.headers) + answer.body.decode()
    assert "as its scheme: let it set X-Forwarded-Proto by itself." in caplog.text


@pytest.mark.parametrize("early", [True, False])
def test_both_orders_of_proxyfix_and_api_give_the_same(early: bool) -> None:
    app = Flask("tests")
    if early:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    with serving(app=app, config=ALLOWED) as served:
        if not early:
            fixed(served)
        answer = served.send("GET", "/frameworks/Flask", FORWARDED)
        assert answer.json()["@id"] == "https://api.example.org/v1/frameworks/Flask"
        health = served.send("GET", "/health/live", FORWARDED | {"X-Forwarded-Host": "10.0.0.7"})
        assert (health.status, health.all("link")) == (200, [])
