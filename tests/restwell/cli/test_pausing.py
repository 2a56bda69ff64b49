"""restwell read-only on, off, status; restwell serve --read-only."""

from __future__ import annotations

import re

import pytest

from restwell import DeclarationError
from restwell.web.flask.settings import is_read_only
from tests.arguments import shows
from tests.conftest import StartServer
from tests.restwell.cli.conftest import Ran, Run, Write
from tests.restwell.cli.test_serving import key_of, request


@pytest.fixture
def read_only(run: Run, write: Write, database_url: str) -> Run:
    app = write()

    def command(*arguments: str) -> Ran:
        return run("read-only", *arguments, "--app", app, "--database", database_url)

    return command


@shows("restwell read-only on", "seconds")
def test_it_is_switched_on_and_off(read_only: Run) -> None:
    assert read_only("status").out == "off\n"
    assert read_only("on").err == "Changes are refused within a second, until `restwell read-only off`.\n"
    assert read_only("status").out == "on\n"
    assert read_only("on", "--for", "30m").err == "Changes are refused within a second, for 30m at most.\n"
    assert re.fullmatch(r"on, (1800|179\d) s left\n", read_only("status").out)
    assert read_only("off").err == "Changes are made again within a second.\n"
    assert read_only("status").out == "off\n"


@pytest.mark.parametrize("given", ["never", "0", "1s", "soon"])
def test_what_is_no_time_is_refused(given: str, read_only: Run) -> None:
    ran = read_only("on", "--for", given)
    assert (ran.code, read_only("status").out) == (2, "off\n")
    assert "write 30m, 12h or 1d" in ran.err


@pytest.mark.slow
@shows("restwell serve", "read_only")
def test_a_server_is_started_so(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://", "--read-only", "--issue-key", "me=frameworks:delete")
    assert request(server, "DELETE", "/frameworks/Flask", key_of(server))[0] == 503
    assert server.get("/frameworks/Flask")[0] == 200


@pytest.mark.parametrize("given", ["yes", "on", 1, 2.5])
def test_a_setting_that_is_neither_is_refused(given: object) -> None:
    with pytest.raises(DeclarationError, match="write 1 or 0, or True or False"):
        is_read_only({"RESTWELL_READ_ONLY": given})
