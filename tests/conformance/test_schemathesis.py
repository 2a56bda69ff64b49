"""What /openapi.json promises, held against the server by schemathesis: all of its checks, in all of its phases."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import StartServer

CONFIGURATION = """
hooks = "{hooks}"

# RFC 9110, section 13.2.2: conditions come before content. So a request whose condition fails is answered by 412,
# whether its content is valid or not; and If-None-Match is drawn at random. What is not valid may be too long a URI.
[checks]
positive_data_acceptance.expected-statuses = [
    "2xx", "3xx", "401", "403", "404", "409", "412", "429", "5xx",
]
negative_data_rejection.expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "414", "415", "422", "428", "429", "5xx",
]

# A patch may be fine and still not apply: what it removes or copies is not there. No schema knows what is.
[[operations]]
include-operation-id = "changeFramework"
checks.positive_data_acceptance.expected-statuses = [
    "2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx",
]
"""
HOOKS = """
from urllib.parse import urlencode

import schemathesis

from restwell.data.filters import CONTROLS
from restwell.data.platform import PAGING
from restwell.http.limits import DEFAULT_LIMIT, MAX_FILTERS, MAX_OFFSET


@schemathesis.hook
def before_call(context, case, kwargs):
    # What no schema can say: a cursor is signed, so none that is drawn is one of the server's; and OpenAPI 3.1
    # has no limit for how many of the filters there are may be given at once.
    if case.meta and case.meta.generation.mode.is_positive and case.query:
        # Nor how deep a page may be, what goes with what, or what the two values of a range are.
        case.query.pop("after", None)
        if "limit" in case.query:
            case.query.pop("itemsPerPage", None)
        size = int(case.query.get("limit") or case.query.get("itemsPerPage") or DEFAULT_LIMIT)
        if int(case.query.get("page", 1)) > MAX_OFFSET // size:
            del case.query["page"]
        orders = [name for name in case.query if name.startswith("order[")]
        for name in orders[0 if "sort" in case.query else 1 :]:
            del case.query[name]
        for name in [name for name in case.query if name.endswith("[between]")]:
            del case.query[name]
        for name in [name for name in case.query if isinstance(case.query[name], list)]:
            case.query[name] = case.query[name][:MAX_FILTERS]
        controls = {*CONTROLS, *PAGING, *orders}
        for name in [name for name in case.query if name not in controls][MAX_FILTERS:]:
            del case.query[name]
        # Nor for how long the whole query may be, so that the link to the next page has room.
        while len(urlencode(case.query, doseq=True)) > 1000:
            case.query.popitem()
"""


class Schemathesis:
    """The command, as somebody outside would run it, always with the same examples."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        hooks = directory / "hooks.py"
        hooks.write_text(HOOKS)
        self.configuration = directory / "schemathesis.toml"
        self.configuration.write_text(CONFIGURATION.format(hooks=hooks))

    def run(self, url: str, *arguments: str) -> None:
        """Run every check with 50 examples of each operation, and fail with what it says."""
        command = Path(sysconfig.get_path("scripts")) / "schemathesis"
        done = subprocess.run(
            [command, "--config-file", self.configuration, "run", f"{url}/openapi.json", "--checks", "all",
             "--max-examples", "50", "--seed", "1", "--generation-database", "none", "--continue-on-failure",
             "--no-color", *arguments],
            cwd=self.directory, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def schemathesis(tmp_path: Path) -> Schemathesis:
    return Schemathesis(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)  # 40 s, and many times that on a busy machine
def test_who_may_write_is_answered_as_described(
    schemathesis: Schemathesis, start_server: StartServer, database_url: str
) -> None:
    server = start_server("--database", database_url, "--issue-key", "schemathesis=frameworks:write")
    key = re.search(r"rw_\S+", server.stdout)
    assert key
    # If-Match is pinned, or almost every change would be refused with 412 and none be tried.
    headers = ["--header", f"Authorization: Bearer {key[0]}", "--header", "If-Match: *"]
    # What the API says of itself comes from no store, so it is the next test's to read.
    schemathesis.run(server.url, *headers, "--include-tag", "Framework")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_anybody_who_reads_is_answered_as_described(
    schemathesis: Schemathesis, start_server: StartServer, sqlite_url: str
) -> None:
    server = start_server("--database", sqlite_url)
    schemathesis.run(server.url, "--include-method", "GET")
