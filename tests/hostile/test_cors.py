"""Row 64: origins that look like the one that is allowed, and preflights that ask for much, direct and by nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.servers import RestwellServer, memory_of

from .catalogue import FLASK, Sent
from .stand import RawAnswer, Stand, port_to

pytestmark = pytest.mark.slow

APP = "https://app.example.org"
LOOKALIKES = [
    "null", "*", "https://app.example.org.evil.example", "https://evilapp.example.org", "https://example.org",
    "https://app.example.org:443", "https://app.example.org:8443", "http://app.example.org", "//app.example.org",
    "HTTPS://APP.EXAMPLE.ORG", "https://app.example.org/", "https://app.example.org.", "https://app%2eexample.org",
    "https://app.example.org https://evil.example", "https://app.example.org, https://evil.example",
    "https://evil.example,https://app.example.org", "https://evil@app.example.org", "https://appxexample.org",
    "https://app.example.org\t,", "https://app.example.org\x00", "https://app.example.or\xe7", "", "x" * 7000,
    f"{APP}\r\nOrigin: https://evil.example", f"https://evil.example\r\nOrigin: {APP}", f"{APP}\r\nOrigin: {APP}",
]  # fmt: skip
ODD = [
    ("Access-Control-Request-Method: EVIL",), ("Access-Control-Request-Method: ",),
    ("Access-Control-Request-Method: *", "Access-Control-Request-Headers: *"),
    ("Access-Control-Request-Method: PUT", f"Access-Control-Request-Headers: {','.join(['x'] * 2000)}"),
    ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: cookie, host, x-evil\xe9"),
    ("Access-Control-Request-Method: PUT", "Access-Control-Request-Private-Network: true"),
    ("Access-Control-Request-Method: PUT", "Access-Control-Request-Credentials: true", "Cookie: session=1"),
]  # fmt: skip


@pytest.fixture(scope="module", params=["direct", "nginx"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A service that one origin is allowed to read."""
    directory = tmp_path_factory.mktemp("cors")
    database = f"sqlite:///{directory / 'frameworks.db'}"
    options = ("--cors", APP, "--issue-key", "me=frameworks:write", "--database", database)
    server = RestwellServer(*options, directory=directory)
    with port_to(server, directory, by_nginx=request.param == "nginx") as port:
        yield Stand(server, port, database)


def of_cors(answer: RawAnswer) -> list[bytes]:
    return sorted(re.findall(rb"\r\n(access-control-[a-z-]+: [^\r]*)", answer.head))


def test_the_one_that_is_allowed_may_read(shared: Stand) -> None:
    for target, status in ((FLASK, 200), ("/nowhere", 404)):
        answer = shared.send(Sent("GET", target, (f"Origin: {APP}",)))
        assert answer.status == status
        assert f"access-control-allow-origin: {APP}".encode() in of_cors(answer)


@pytest.mark.parametrize("origin", LOOKALIKES, ids=range(len(LOOKALIKES)))
def test_what_looks_like_it_may_not(shared: Stand, origin: str) -> None:
    with shared.unharmed(FLASK):
        for method, target in (("GET", FLASK), ("HEAD", "/frameworks"), ("OPTIONS", FLASK), ("DELETE", FLASK)):
            fields = (f"Origin: {origin}", "Access-Control-Request-Method: DELETE")
            answer = shared.send(Sent(method, target, fields))
            assert answer.status in {200, 204, 400, 401, 431}
            assert of_cors(answer) == []


@pytest.mark.parametrize("fields", ODD, ids=range(len(ODD)))
def test_a_preflight_is_told_the_same_whatever_it_asks_for(shared: Stand, fields: tuple[str, ...]) -> None:
    usual = shared.send(Sent("OPTIONS", FLASK, (f"Origin: {APP}", "Access-Control-Request-Method: PUT")))
    assert usual.status == 204
    with shared.unharmed(FLASK):
        answer = shared.send(Sent("OPTIONS", FLASK, (f"Origin: {APP}", *fields)))
        assert (answer.status, of_cors(answer)) == (204, of_cors(usual))
        assert b"evil" not in answer.head
        assert b"access-control-allow-credentials" not in answer.head
        assert b"access-control-allow-private-network" not in answer.head


def test_origins_are_not_remembered(shared: Stand) -> None:
    for number in range(200):
        shared.send(Sent("GET", FLASK, (f"Origin: https://{number}.example",)))
    before = sum(memory_of(pid)["VmRSS"] for pid in shared.workers)
    for number in range(2000):
        shared.send(Sent("GET", FLASK, (f"Origin: https://{number}{'e' * 4000}.example",)))
    assert sum(memory_of(pid)["VmRSS"] for pid in shared.workers) - before < 4096  # KiB
