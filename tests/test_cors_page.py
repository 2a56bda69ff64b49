"""docs/cors.md: its requests are answered as it says, and its script does in Chromium what the page promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from restwell.edge.cors import EXPOSED, MAX_AGE, SENT
from tests.conformance.test_cors_in_chromium import site
from tests.conftest import StartServer
from tests.test_pages_of_code import DOCS, blocks

PAGE = (DOCS / "cors.md").read_text("utf-8")
[PROGRAM] = blocks("cors.md", "python")
[TOLD] = blocks("cors.md", "text")
[SCRIPT] = blocks("cors.md", "javascript")
LINE = re.compile(r"([A-Z]+) (\S+) of (\S+) -> (\d{3}) and (\S+)")
BOOK = "/books/9780262510875"


def test_the_requests_of_the_page_are_answered_as_it_says(database_url: str) -> None:
    names: dict[str, Any] = {"__name__": "a_page"}
    exec(compile(PROGRAM, "cors.md", "exec"), names)  # noqa: S102 - our own page
    names["app"].config["RESTWELL_DATABASE"] = database_url
    client = names["app"].test_client()
    for line in TOLD.splitlines():
        match = LINE.fullmatch(line)
        assert match is not None, line
        method, path, origin, status, allowed = match.groups()
        answer = client.open(path, method=method, headers={"Origin": origin})
        found = answer.headers.get("Access-Control-Allow-Origin", "nothing")
        assert (answer.status_code, found) == (int(status), allowed), line
        assert "Origin" in answer.headers["Vary"]
    names["api"].binding(names["app"]).store.close()


def test_the_page_names_every_field() -> None:
    for name in (*SENT, *EXPOSED.split(", ")):
        assert f"`{name}`" in PAGE, name
    assert f"Access-Control-Max-Age: {MAX_AGE}`" in PAGE


CALLING = """
<!doctype html><title>A page of another origin</title><script>
%(script)s
async function run() {
  const url = "%(api)s%(book)s", key = "%(key)s", found = {};
  found.renamed = await rename(url, "Structure and Interpretation of Computer Programs", key);
  const held = fetch;
  window.fetch = async (url, options) => {  // somebody else is faster
    const answer = await held(url, options);
    window.fetch = held;
    await rename(url, "Another", key);
    return answer;
  };
  found.late = await rename(url, "Too late", key).catch(error => error.message);
  await held("/found", {method: "POST", body: JSON.stringify(found)});
}
run();
</script>
"""


@pytest.mark.slow
def test_the_script_of_the_page_renames_and_overwrites_nothing(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "shelf.py").write_text(PROGRAM)
    with site() as page:
        server = start_server(
            "shelf:app", "--cors", page.origin, "--issue-key", "me=books:write", "--database", "sqlite://"
        )
        key = server.stdout.splitlines()[0].rpartition(" ")[2]
        found = page.opened(CALLING % {"script": SCRIPT, "api": server.url, "book": BOOK, "key": key}, tmp_path)
    assert found["late"] == "The precondition does not hold"
    assert re.fullmatch('"[0-9a-f]{32}"', str(found["renamed"]))
