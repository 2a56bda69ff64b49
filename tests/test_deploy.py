"""Behind a proxy: the configurations of deploy/ and what README.md says of them, over TLS and real sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.proxies import HOST, Echo, Proxy, in_front_of
from tests.readme import PYTHON, README, saved
from tests.servers import RestwellServer, free_port

JSON = "application/json"
KEY = "me=frameworks:write"


def backend_of(server: RestwellServer) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, str]]:
    """The Frameworks API behind a proxy, as the page says to start it, and a key for it."""
    directory, port = tmp_path_factory.mktemp(request.param), free_port()
    arguments = ["--base-url", f"https://{HOST}:{port}", "--database", "sqlite://", "--issue-key", KEY]
    server = RestwellServer(*arguments, directory=directory)
    try:
        key = server.stdout.splitlines()[0].partition(": ")[2]
        with in_front_of(backend_of(server), request.param, port, directory) as proxy:
            yield proxy, f"Bearer {key}"
    finally:
        server.stop()


@pytest.mark.slow
def test_every_link_leads_on_through_the_proxy(proxied: tuple[Proxy, str]) -> None:
    proxy, _ = proxied
    entry = json.loads(proxy.ask("GET", "/").body)
    assert entry["@id"] == f"{proxy.url}/"
    page = json.loads(proxy.ask("GET", entry["frameworks"]).body)
    for url in [entry["@context"], page["@context"], *(member["@id"] for member in page["member"])]:
        assert url.startswith(f"{proxy.url}/")
        assert proxy.ask("GET", url).status == 200


def test_what_was_created_is_where_location_says(proxied: tuple[Proxy, str]) -> None:
    proxy, key = proxied
    body = b'{"name": "Falcon", "created": 2013}'
    created = proxy.ask("POST", "/frameworks", body, Authorization=key, Content_Type=JSON)
    assert (created.status, created.headers["location"]) == (201, f"{proxy.url}/frameworks/Falcon")
    assert proxy.ask("GET", created.headers["location"]).status == 200


def test_an_entity_tag_comes_through_as_it_is_and_guards_a_write(proxied: tuple[Proxy, str]) -> None:
    proxy, key = proxied
    shown = proxy.ask("GET", "/frameworks/Flask", Accept=JSON, Accept_Encoding="gzip, zstd, br")
    tag = shown.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    assert proxy.ask("GET", "/frameworks/Flask", Accept=JSON, If_None_Match=tag).status == 304
    patch = {"Authorization": key, "Content_Type": "application/merge-patch+json", "If_Match": tag}
    assert proxy.ask("PATCH", "/frameworks/Flask", b'{"created": 2009}', **patch).status == 200
    assert proxy.ask("PATCH", "/frameworks/Flask", b'{"created": 2008}', **patch).status == 412


def test_content_that_is_too_large_is_refused(proxied: tuple[Proxy, str]) -> None:
    proxy, key = proxied
    reply = proxy.ask("POST", "/frameworks", b"x" * 1_100_000, Authorization=key, Content_Type=JSON)
    assert reply.status == 413


def test_a_request_has_one_name_in_both_logs(proxied: tuple[Proxy, str]) -> None:
    proxy, _ = proxied
    mine = "chosen-by-a-client"
    assert proxy.ask("GET", "/", X_Request_Id=mine).headers["x-request-id"] != mine


@pytest.mark.slow
def test_a_page_of_long_names_fits_the_buffers_of_the_proxy(proxied: tuple[Proxy, str]) -> None:
    proxy, key = proxied
    for number in range(25):
        name = f"{number:02}".ljust(80, "x")
        body = json.dumps({"name": name, "created": 2000}).encode()
        assert proxy.ask("POST", "/frameworks", body, Authorization=key, Content_Type=JSON).status == 201
    assert proxy.ask("GET", "/frameworks?limit=25&sort=name", Accept=JSON).status == 200


@pytest.mark.slow
def test_what_a_proxy_says_counts_where_the_application_reads_it(start_server: StartServer, tmp_path: Path) -> None:
    page = README.read_text()
    file = saved(page, "myapp", tmp_path)
    [block] = [found for found in PYTHON.findall(page) if "ProxyFix" in found]
    file.write_text(f"{file.read_text()}\n{block}")
    server = start_server("myapp:app", "--database", "sqlite://")
    with in_front_of(backend_of(server), "nginx", free_port(), tmp_path) as proxy:
        assert json.loads(proxy.ask("GET", "/").body)["books"] == f"{proxy.url}/books"
        assert proxy.ask("GET", "/", Host="example.org").status == 421
        forged = proxy.ask(
            "GET", "/", X_Forwarded_Host="evil.example", X_Forwarded_Proto="http", Forwarded="host=evil"
        )
        assert json.loads(forged.body)["books"] == f"{proxy.url}/books"


# What the configurations keep away from servers that could not tell.


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def echoed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Echo]]:
    """A server that says what reached it, behind a proxy."""
    directory, port = tmp_path_factory.mktemp(request.param), free_port()
    with Echo() as echo, in_front_of(echo.port, request.param, port, directory) as proxy:
        yield proxy, echo


CLIENTS_OWN = [
    "SCRIPT_NAME", "PATH_INFO", "If_Match", "Content_Type", "X_Forwarded_Host", "X-Forwarded_For",
    "AUTHORIZATION_", "Forwarded",
    "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "Script-Name",
    "Path-Info", "Proxy",
]  # fmt: skip


def test_fields_that_only_a_proxy_may_send_do_not_pass(echoed: tuple[Proxy, Echo]) -> None:
    proxy, echo = echoed
    reply = proxy.raw("GET /x HTTP/1.1", f"Host: {HOST}", *[f"{name}: forged" for name in CLIENTS_OWN])
    assert reply.status == 200
    assert b"forged" not in echo.heads[-1]


def test_what_a_client_says_of_itself_is_replaced(echoed: tuple[Proxy, Echo]) -> None:
    proxy, echo = echoed
    names = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"]
    assert proxy.raw("GET /x HTTP/1.1", f"Host: {HOST}", *[f"{name}: forged" for name in names]).status == 200
    fields = echo.fields()
    assert [fields[name.lower()] for name in names] == [["127.0.0.1"], ["https"], [HOST]]


@pytest.mark.parametrize(
    "target",
    ["/frameworks%2FFlask", "/frameworks%2fFlask?x=1", "//frameworks", "/frameworks//Flask", "/a/%2F", "/%2F/a?b"],
)
def test_a_path_that_wsgi_could_not_tell_from_another_is_not_found(echoed: tuple[Proxy, Echo], target: str) -> None:
    proxy, echo = echoed
    before = len(echo.heads)
    reply = proxy.raw(f"GET {target} HTTP/1.1", f"Host: {HOST}")
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")
    assert reply.headers["cache-control"] == "no-store"
    assert json.loads(reply.body)["status"] == 404
    assert len(echo.heads) == before


@pytest.mark.parametrize(
    "target", ["/frameworks/a%20b", "/x?y=%2F//", "/frameworks?name[in]=a,b", "/%C3%A4;x", "/a%0Ab"]
)
def test_every_other_target_passes_as_it_is(echoed: tuple[Proxy, Echo], target: str) -> None:
    proxy, echo = echoed
    assert proxy.raw(f"GET {target} HTTP/1.1", f"Host: {HOST}").status == 200
    assert echo.heads[-1].split(b" ")[1] == target.encode()


def test_host_passes_with_its_port_and_the_request_line_counts_more(echoed: tuple[Proxy, Echo]) -> None:
    proxy, echo = echoed
    for line, host, passed in [
        ("GET /x HTTP/1.1", f"{HOST}:{proxy.port}", f"{HOST}:{proxy.port}"),
        (f"GET https://{HOST}/x HTTP/1.1", HOST, HOST),
        (f"GET https://{HOST}/x HTTP/1.1", "evil.example", HOST),
    ]:
        assert proxy.raw(line, f"Host: {host}").status == 200
        assert echo.fields()["host"] == [passed]
    assert proxy.raw("GET /x HTTP/1.1", f"Host: {HOST}", "Host: evil.example").status == 400
    assert proxy.raw("GET /x HTTP/1.1").status == 400


def test_http_1_0_without_host_is_for_the_server_that_there_is(tmp_path: Path) -> None:
    """Only nginx passes it on; Caddy has no site without a name."""
    with Echo() as echo, in_front_of(echo.port, "nginx", free_port(), tmp_path) as proxy:
        assert proxy.raw("GET /x HTTP/1.0").status == 200
        assert echo.fields()["host"] == [HOST]


def test_content_is_sent_on_with_its_length_or_in_whole_chunks(echoed: tuple[Proxy, Echo]) -> None:
    proxy, echo = echoed
    assert proxy.raw("POST /x HTTP/1.1", f"Host: {HOST}", "Content-Length: 2", content=b"{}").status == 200
    assert echo.fields()["content-length"] == ["2"]
