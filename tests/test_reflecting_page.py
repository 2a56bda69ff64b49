"""docs/reflecting.md says what is so: its database is made and served, and its commands are run.

`python -m tests.test_reflecting_page` writes the outputs anew.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest

from restwell.storage.mapped.holding import LOOKED_AT
from tests.console import PRINTED_URL, commands, rewritten, run
from tests.restwell.storage.mapped.schemas import fill
from tests.servers import RestwellServer

PAGE = Path(__file__).parent.parent / "docs" / "reflecting.md"
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
PRINTED = re.compile(r"```text\n(.*?)```", re.DOTALL)


def written_anew(page: str, directory: Path) -> str:
    """The page with what the server and its commands print now."""
    [script] = SQL.findall(page)
    fill(f"sqlite:///{directory}/music.db", script)
    server = RestwellServer("--reflect", "sqlite:///music.db", directory=directory)
    try:
        printed = server.stdout.replace(server.url, PRINTED_URL)
        outputs = run([command for command, _ in commands(page)], server.url, directory=directory)
    finally:
        server.stop()
    return rewritten(PRINTED.sub(lambda _: f"```text\n{printed}```", page), outputs)


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    assert written_anew(PAGE.read_text(), tmp_path) == PAGE.read_text()


def test_as_many_rows_are_looked_at_as_the_page_says() -> None:
    assert f"The first {LOOKED_AT // 1000} 000 rows of each table" in PAGE.read_text()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(written_anew(PAGE.read_text(), Path(place)))
