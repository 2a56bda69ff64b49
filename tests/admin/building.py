"""Builds the admin of `site/` with Vite, once: python -m tests.admin.building

The packages are those of `site/package-lock.json`, held to their hashes, and come from the registry of npm. They and
what is built are kept in `.others/admin-HASH/`, which git leaves out, until the lock or a file of the site changes.
"""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.servers import MissingServerError

SITE = Path(__file__).parent / "site"
OTHERS = Path(__file__).parents[2] / ".others"


def built() -> Path:
    """The folder of the built pages. Of several processes that want them at once, one builds, and the others wait."""
    if shutil.which("npm") is None:
        raise MissingServerError("npm is not installed: apt-get install nodejs npm")
    OTHERS.mkdir(exist_ok=True)
    (OTHERS / ".gitignore").write_text("*\n")
    files = sorted(SITE.iterdir())
    digest = hashlib.sha256(b"".join(each.name.encode() + each.read_bytes() for each in files)).hexdigest()[:16]
    where = OTHERS / f"admin-{digest}"
    with (OTHERS / "admin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (where / "built").exists():
            shutil.rmtree(where, ignore_errors=True)
            where.mkdir()
            for each in files:
                shutil.copy(each, where)
            install = ["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
            for command in (install, ["npm", "run", "--silent", "build"]):
                subprocess.run(command, cwd=where, check=True)
            (where / "built").touch()
    return where / "dist"


if __name__ == "__main__":
    print(built())  # noqa: T201 -- what was asked for
