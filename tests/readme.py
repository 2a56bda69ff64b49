"""README.md, tried as a reader would: what it says to save is saved, and its commands run against what is served.

`python -m tests.readme` writes the outputs of the commands anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.console import commands, rewritten, run
from tests.servers import RestwellServer

README = Path(__file__).parent.parent / "README.md"
SERVED = re.compile(r"<!-- served: (\w+) -->")
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def sections(page: str) -> list[tuple[str, str]]:
    """The parts of the page with what each is about: the application that is served while its commands run."""
    parts = SERVED.split(page)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def saved(page: str, name: str, directory: Path) -> Path:
    """The Python block that the page says to save under this name, saved."""
    place = page.index(f"`{name}.py`:")
    block = PYTHON.search(page, place)
    if block is None:
        raise AssertionError(f"nothing follows that could be saved as {name}.py")
    file = directory / f"{name}.py"
    file.write_text(block[1])
    return file


def outputs(page: str, directory: Path, database: str) -> list[str]:
    """What every command of the page prints now, in order."""
    printed: list[str] = []
    for name, text in sections(page):
        environment = {"RESTWELL_DATABASE": database}
        if name != "frameworks":
            saved(page, name, directory)
            environment["RESTWELL_APP"] = f"{name}:app"
        server = RestwellServer(directory=directory, env=environment)
        try:
            printed += run([command for command, _ in commands(text)], server.url, environment, directory)
        finally:
            server.stop()
    return printed


def main() -> None:
    """Write the outputs anew, from servers on a database of their own."""
    with tempfile.TemporaryDirectory() as directory:
        page = README.read_text()
        README.write_text(rewritten(page, outputs(page, Path(directory), f"sqlite:///{directory}/tour.db")))


if __name__ == "__main__":
    main()
