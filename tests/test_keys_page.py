"""docs/keys.md says what is so: its application is served, its commands are run, and its pattern is that of keys.

`python -m tests.test_keys_page` writes the outputs anew.
"""

from __future__ import annotations

import re
import shutil
import string
import tempfile
import zlib
from pathlib import Path

import pytest

from restwell.access.keys import issue_key
from tests.console import commands, rewritten, run
from tests.servers import RestwellServer
from tests.test_pages_of_code import blocks

PAGE = Path(__file__).parent.parent / "docs" / "keys.md"
PATTERNS = re.findall(r"^ {4}(rw_\S+)$|`(rw_\[\S+)`", PAGE.read_text(), re.MULTILINE)


def written_anew(page: str, directory: Path) -> str:
    """The page with what its commands print now."""
    (directory / "notes.py").write_text(blocks("keys.md", "python")[0])
    server = RestwellServer("notes:app", directory=directory)
    try:
        lines = [command for command, _ in commands(page)]
        outputs = run(lines, server.url, {"RESTWELL_APP": "notes:app"}, directory=directory)
    finally:
        server.stop()
    return rewritten(page, outputs)


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    assert written_anew(PAGE.read_text(), tmp_path) == PAGE.read_text()


def test_a_scanner_tells_a_key_by_what_the_page_says() -> None:
    [(now, _), (_, before)] = PATTERNS
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    for _ in range(50):
        key, _ = issue_key("a test", ("notes:create",), now=0)
        assert re.fullmatch(now, key)
        assert re.fullmatch(before, key[:-6])
        number = 0
        for each in key[-6:]:
            number = number * 62 + digits.index(each)
        assert number == zlib.crc32(key[:-6].encode())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(written_anew(PAGE.read_text(), Path(place)))
