"""Behind a proxy: the configurations of deploy/ and what README.md says of them, over TLS and real sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.proxies import HOST, Proxy, in_front_of
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
