"""The commands in docs/watching.md, each run against the example that it is about.

`python -m tests.watching` writes their outputs anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.console import PRINTED_URL, commands, rewritten, run
from tests.levels import ROOT, SERVED, served

PAGE = ROOT / "docs" / "watching.md"


def outputs(page: str) -> list[str]:
    """What the commands print now, in the order of the page."""
    _, *parts = SERVED.split(page)
    printed: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        for level, text in zip(parts[::2], parts[1::2], strict=True):
            with served(level) as url:
                printed += run([command for command, _ in commands(text)], url, directory=Path(directory))
    return [re.sub(r"http://127\.0\.0\.1:\d+", PRINTED_URL, each) for each in printed]


def main() -> None:
    """Write the outputs anew."""
    page = PAGE.read_text()
    PAGE.write_text(rewritten(page, outputs(page)))


if __name__ == "__main__":
    main()
