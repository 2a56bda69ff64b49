"""docs/access-review.md says what is so: its program is saved, and its commands are run beside it.

`python -m tests.test_access_review_page` writes the outputs anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from tests.console import PRINTED_URL, commands, rewritten, run

PAGE = Path(__file__).parent.parent / "docs" / "access-review.md"
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def written_anew(page: str, directory: Path) -> str:
    """The page with what its commands print now."""
    [program] = PYTHON.findall(page)
    (directory / "papers.py").write_text(program)
    environment = {"RESTWELL_APP": "papers:app", "RESTWELL_DATABASE": f"sqlite:///{directory}/papers.db"}
    return rewritten(page, run([command for command, _ in commands(page)], PRINTED_URL, environment, directory))


@pytest.mark.slow
def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    assert written_anew(PAGE.read_text(), tmp_path) == PAGE.read_text()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(written_anew(PAGE.read_text(), Path(place)))
