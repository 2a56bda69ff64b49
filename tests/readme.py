"""The commands in README.md, run against a server. `python -m tests.readme` writes their outputs anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.console import commands, rewritten, run
from tests.servers import RestwellServer

README = Path(__file__).parent.parent / "README.md"


def main() -> None:
    """Write the outputs anew, from a server on a database of its own."""
    with tempfile.TemporaryDirectory() as directory:
        database = f"sqlite:///{directory}/tour.db"
        server = RestwellServer("--database", database, directory=Path(directory))
        page = README.read_text()
        try:
            README.write_text(rewritten(page, run([command for command, _ in commands(page)], server.url, database)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
