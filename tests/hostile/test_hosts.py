"""Row 9 and 10: Host and targets in absolute form, as each server hands them to WSGI (RFC 9112, section 3.2)."""

from typing import Any

import flask
import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.api import Answer, Served, is_problem, serving

FLASK = "/frameworks/Flask"
ABSENT = object()


def ask(api: Served, path: str = FLASK, method: str = "GET", **changes: Any) -> Answer:
    """Send a request whose environment has these variables, or has them not."""
    environ = api.environ(method, path, [], b"") | changes
    return api.exchange({name: value for name, value in environ.items() if value is not ABSENT})


MALFORMED = [
    "", "localhost,evil.example", "localhost, localhost", "localhost,", ",localhost", "\xc3\xbc.example",
    "\xfc.example",
    "local host", "localhost\t", "localhost/", "evil\\localhost", "localhost@evil.example", "a:b@localhost",
    "localhost:8000:80", "localhost:x", ":80", "[::1", "::1", "[::1]x", "localhost\x00", "http://localhost", "a%zz",
    'evil"><script>', "localhost#", "localhost?",
]  # fmt: skip
FOREIGN = [
    "evil.example", "localhost.evil.example", "evil.example:80", "localhost:", "localhost:99999999", "127.0.0.1.evil",
    "[2001:db8::1]", "a!b", "%6cocalhost", "backend", "my_upstream", "*", "localhost..", ".localhost", "a..b",
    "x" * 64, f"{'x' * 64}.example", "x." * 200 + "y",
]  # fmt: skip


def test_what_is_not_one_host_is_400(api: Served) -> None:
    for host in MALFORMED:
        assert is_problem(ask(api, HTTP_HOST=host), 400)


def test_another_host_is_421(api: Served) -> None:
    for host in FOREIGN:
        assert is_problem(ask(api, HTTP_HOST=host), 421)


@pytest.mark.parametrize("path", [FLASK, "/frameworks", "/", "/openapi.json", "/nothing/here"])
def test_it_is_400_wherever_it_is_sent(api: Served, path: str) -> None:
    """Servers write an empty Host for one that is missing, or leave it out."""
    for host in ("", ABSENT, "localhost,localhost", "\xe9"):
        for protocol in ("HTTP/1.1", "HTTP/2", ABSENT):
            assert is_problem(ask(api, path, HTTP_HOST=host, SERVER_PROTOCOL=protocol), 400)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "DELETE"])
def test_it_is_400_for_every_method(api: Served, method: str) -> None:
    answer = ask(api, method=method, HTTP_HOST="", HTTP_AUTHORIZATION=f"Bearer {api.key()}")
    assert answer.status == 400
    assert ask(api).status == 200


def test_probes_are_answered_whatever_the_host(api: Served) -> None:
    for host in [*FOREIGN, *MALFORMED]:
        assert ask(api, "/health/live", HTTP_HOST=host).status == 200
        assert ask(api, "/health/ready", HTTP_HOST=host).status == 200


def test_the_detail_says_what_host_is_to_be(api: Served) -> None:
    assert "Host" in ask(api, HTTP_HOST="").json()["detail"]


# HTTP/1.0 has no Host, or may have none.


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1", "HTTP/0.9"])
@pytest.mark.parametrize("host", ["", ABSENT])
def test_http_1_0_without_host_is_served_at_the_address_of_the_server(api: Served, host: Any, protocol: str) -> None:
    """granian writes HTTP/1 for HTTP/1.0."""
    answer = ask(api, SERVER_PROTOCOL=protocol, HTTP_HOST=host)
    assert (answer.status, answer.json()["@id"]) == (200, f"http://127.0.0.1:8000{FLASK}")


def test_http_1_0_without_host_is_served_at_the_base_url(door: str) -> None:
    with serving(config={"RESTWELL_BASE_URL": "https://api.example.org/v1"}) as served:
        close_the_fast_path(served, door)
        answer = ask(served, SERVER_PROTOCOL="HTTP/1.0", HTTP_HOST=ABSENT)
        assert (answer.status, answer.json()["@id"]) == (200, f"https://api.example.org/v1{FLASK}")


@pytest.mark.parametrize(
    "name, port, authority",
    [
        ("0.0.0.0", "8000", "0.0.0.0:8000"),  # noqa: S104 - what a server says
        ("::1", "8000", "[::1]:8000"),
        ("vm", "80", "vm:80"),
        ("/run/restwell.sock", "", "localhost"),
        ("", "", "localhost"),
    ],
)
def test_what_the_server_says_of_itself_is_made_a_host(api: Served, name: str, port: str, authority: str) -> None:
    answer = ask(api, SERVER_PROTOCOL="HTTP/1.0", HTTP_HOST=ABSENT, SERVER_NAME=name, SERVER_PORT=port)
    assert answer.json()["@id"] == f"http://{authority}{FLASK}"


def test_what_the_server_is_called_is_not_therefore_a_host_that_clients_may_name(api: Served) -> None:
    one = {"SERVER_NAME": "vm", "SERVER_PORT": "80"}
    assert ask(api, SERVER_PROTOCOL="HTTP/1.0", HTTP_HOST=ABSENT, **one).status == 200
    assert ask(api, HTTP_HOST="vm:80", **one).status == 421


def test_http_1_0_with_another_host_is_421(api: Served) -> None:
    assert is_problem(ask(api, SERVER_PROTOCOL="HTTP/1.0", HTTP_HOST="evil.example"), 421)


def test_trusted_hosts_of_flask_ask_nothing_of_http_1_0_without_host(door: str) -> None:
    with serving(config={"TRUSTED_HOSTS": ["api.example.org"]}) as served:
        close_the_fast_path(served, door)
        assert ask(served, SERVER_PROTOCOL="HTTP/1.0", HTTP_HOST=ABSENT).status == 200
        assert is_problem(ask(served, HTTP_HOST="localhost"), 421)
        assert is_problem(ask(served, HTTP_HOST=""), 400)


# The target in absolute form, and what each server makes of it.

TARGETS = ["gunicorn", "waitress", "uWSGI"]


def absolute(server: str, target: str, host: Any = "localhost") -> dict[str, Any]:
    """What a server hands over for `GET target`, as was found out over sockets."""
    path, _, query = target.partition("?")
    below = "/" + path.split("://", 1)[1].partition("/")[2] if path.count("/") > 2 else ""
    variables = {"QUERY_STRING": query, "HTTP_HOST": host, "PATH_INFO": path if server == "uWSGI" else below}
    return variables | {"RAW_URI" if server == "gunicorn" else "REQUEST_URI": target}


@pytest.mark.parametrize("server", TARGETS)
def test_the_authority_of_the_target_replaces_host(api: Served, server: str) -> None:
    for host in ("localhost", "evil.example", "", ABSENT, "a b", "localhost,evil.example"):
        answer = ask(api, **absolute(server, f"http://127.0.0.1:8000{FLASK}", host))
        assert (answer.status, answer.json()["@id"]) == (200, f"http://127.0.0.1:8000{FLASK}")


@pytest.mark.parametrize("server", TARGETS)
def test_another_authority_is_421(api: Served, server: str) -> None:
    for scheme in ("http", "HTTP", "https"):
        assert is_problem(ask(api, **absolute(server, f"{scheme}://evil.example{FLASK}")), 421)
        assert ask(api, **absolute(server, f"{scheme}://localhost{FLASK}")).status == 200


@pytest.mark.parametrize("server", TARGETS)
def test_a_target_that_is_not_a_url_by_its_form_is_400(api: Served, server: str) -> None:
    for target in [
        f"http://a:b@localhost{FLASK}", f"http://{FLASK}", f"ftp://localhost{FLASK}", "localhost:80", f"http:{FLASK}",
        f"http://local host{FLASK}", f"http://localhost,evil{FLASK}", f"http://\xfc{FLASK}", "frameworks/Flask",
    ]:  # fmt: skip
        variables = absolute(server, f"http://localhost{FLASK}") | {"RAW_URI": target, "REQUEST_URI": target}
        if server == "uWSGI":
            variables["PATH_INFO"] = target
        assert is_problem(ask(api, **variables), 400)


@pytest.mark.parametrize("server", TARGETS)
def test_a_target_in_absolute_form_has_its_query_and_may_have_no_path(api: Served, server: str) -> None:
    page = ask(api, **absolute(server, "http://localhost/frameworks?limit=1"))
    assert len(page.json()["member"]) == 1
    assert ask(api, **absolute(server, "http://localhost")).json()["@type"] == "Entrypoint"
    assert ask(api, **absolute(server, "http://localhost/nothing")).status == 404


@pytest.mark.parametrize("server", TARGETS)
def test_applications_see_the_authority_too(server: str) -> None:
    app = Flask("tests")
    app.add_url_rule("/own", "own", lambda: flask.request.host)
    with serving(app=app) as served:
        assert ask(served, "/own", **absolute(server, "http://127.0.0.1:8000/own")).body == b"127.0.0.1:8000"


def test_a_path_that_looks_like_a_url_is_a_path(api: Served) -> None:
    target = "/http://evil.example/"
    assert is_problem(ask(api, target, REQUEST_URI=target), 404)


def test_what_proxyfix_has_read_is_not_replaced(door: str) -> None:
    with serving(config={"RESTWELL_ALLOWED_HOSTS": "api.example.org"}) as served:
        close_the_fast_path(served, door)
        served.app.wsgi_app = ProxyFix(served.app.wsgi_app, x_host=1)  # type: ignore[method-assign]
        variables = absolute("gunicorn", f"http://127.0.0.1{FLASK}")
        answer = ask(served, HTTP_X_FORWARDED_HOST="api.example.org", **variables)
        assert answer.json()["@id"] == f"http://api.example.org{FLASK}"


def close_the_fast_path(served: Served, door: str) -> None:
    if door == "Flask":
        served.app.before_request(lambda: None)
