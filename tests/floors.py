"""The suite at the lowest versions that are declared: `make floors`, or `python -m tests.floors [PYTEST ARGUMENTS]`.

A temporary environment has every dependency and extra of both distributions at its lower bound, and what the tests
need in the versions of `requirements/dev.txt`, as far as the bounds allow. Where a test fails, the bound is raised.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = ("packages/restwell", "packages/restwell-audit")
LOCK = ROOT / "requirements" / "dev.txt"
UV = (sys.executable, "-m", "uv", "pip")
PARTS = (
    "tests/restwell/access",
    "tests/restwell/model",
    "tests/restwell/rates",
    "tests/restwell/data",
    "tests/restwell/content",
    "tests/restwell/representations",
    "tests/restwell/web",
    "tests/restwell/cli",
    "tests/restwell/storage/test_migrations.py",
    "tests/restwell/storage/duckdb",
    "tests/restwell/storage/postgresql",
    "tests/conformance/test_methods.py",
    "tests/restwell_audit/report",
    "tests/restwell_audit/test_linting.py",
    "tests/restwell_audit/test_sockets.py",
)
"""What is run by default: where other libraries do the work."""


def requirements(project: Path) -> list[Requirement]:
    """What a distribution needs of others, the extras included."""
    table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = [each for extra in table.get("optional-dependencies", {}).values() for each in extra]
    found = [Requirement(each) for each in [*table["dependencies"], *extras]]
    return [each for each in found if not each.name.startswith("restwell")]


def lowest(requirement: Requirement) -> Version:
    """The lower bound. Raises ValueError for a requirement without one."""
    for each in requirement.specifier:
        if each.operator == ">=":
            return Version(each.version)
    raise ValueError(f"{requirement} has no lower bound")


def floors() -> list[str]:
    """Each library at its lower bound: where both distributions need it, at the higher of the two."""
    needed = [each for project in DISTRIBUTIONS for each in requirements(ROOT / project)]
    found: dict[str, Version] = {}
    for each in needed:
        name = f"{each.name}[{','.join(sorted(each.extras))}]" if each.extras else each.name
        found[name] = max(lowest(each), found.get(name, Version("0")))
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def environment_at(pins: Sequence[str], directory: Path) -> Path:
    """Make the environment in a directory; its Python."""
    wanted, lock, python = directory / "floors.in", directory / "floors.txt", directory / "venv" / "bin" / "python"
    wanted.write_text("\n".join(pins))
    lock.write_text(LOCK.read_text())  # uv keeps the versions of the file that it writes where it can
    projects = [f"{project}/pyproject.toml" for project in DISTRIBUTIONS]
    run([*UV, "compile", "--quiet", str(wanted), *projects, "--group", "pyproject.toml:dev", "-o", str(lock)])
    run([sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, str(directory / "venv")])
    into = ["--quiet", "--python", str(python)]
    run([*UV, "sync", *into, str(lock)])
    editable = [argument for project in DISTRIBUTIONS for argument in ("--editable", project)]
    run([*UV, "install", *into, "--no-deps", "--no-build-isolation", *editable])
    return python


def run(command: Sequence[str]) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, cwd=ROOT, check=True)


def main(arguments: Sequence[str]) -> int:
    """Run tests in the environment; the exit status of pytest."""
    pins = floors()
    sys.stdout.write(f"{' '.join(pins)}\n")
    sys.stdout.flush()
    paths = () if any(each.startswith("tests") for each in arguments) else PARTS
    with tempfile.TemporaryDirectory(prefix="restwell-floors-") as directory:
        python = environment_at(pins, Path(directory))
        command = [str(python), "-m", "pytest", "-m", "not slow", *arguments, *paths]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
