"""docs/read-only.md says what is so: its commands are run.

`python -m tests.test_read_only_page` writes the outputs anew.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.console import commands, rewritten, run
from tests.servers import RestwellServer

PAGE = Path(__file__).parent.parent / "docs" / "read-only.md"


def written_anew(page: str, directory: Path) -> str:
    """The page with what its commands print now."""
    server = RestwellServer("--workers", "2", directory=directory)
    try:
        outputs = run([command for command, _ in commands(page)], server.url, directory=directory)
    finally:
        server.stop()
    return rewritten(page, outputs)


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    assert written_anew(PAGE.read_text(), tmp_path) == PAGE.read_text()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(written_anew(PAGE.read_text(), Path(place)))
