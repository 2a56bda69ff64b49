"""How long imports and exports take, beside what the databases' own tools take for the same file.

    PYTHONPATH=src:. python benchmarks/import.py python-packages.csv.gz [--runs 5] [--postgresql postgresql://...]

Runs are interleaved, each in a process of its own. SQLite: `.import` of the decompressed file by the sqlite3
command, and that is a table of four texts without any index. PostgreSQL: `\\copy` by psql into a table like that.
Ours are validated, numbered, versioned rows, with the identity unique and the rank indexed.
"""

# ruff: noqa: N999 - a script, which nobody imports

from __future__ import annotations

import argparse
import gzip
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, get_args

from examples.packages import api
from restwell.files import Format, export_rows, import_rows
from restwell.storage.engine import Store

FORMATS = get_args(Format)


class Times(NamedTuple):
    """Seconds by the clock, and of the client's processor."""

    clock: float
    processor: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument(
        "--postgresql", metavar="URL", help="a database whose tables `raw` and `packages` may be lost"
    )
    arguments.add_argument("--once", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.once:
        once(given.once, given.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(given.file, Path(folder), given.runs, given.postgresql)


def compare(file: Path, folder: Path, runs: int, postgresql: str | None) -> None:
    plain = folder / "packages.csv"
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as source, plain.open("wb") as out:
        shutil.copyfileobj(source, out)
    kinds: dict[str, tuple[Callable[[], Times], Callable[[], dict[str, float]]]] = {
        "SQLite": (lambda: by_sqlite(folder, plain), lambda: ours(fresh_sqlite(folder), file))
    }
    if postgresql:
        kinds["PostgreSQL"] = (
            lambda: by_postgresql(postgresql, plain),
            lambda: ours(fresh_postgresql(postgresql), file),
        )
    for name, (theirs, own) in kinds.items():
        pairs = [(theirs(), own()) for _ in range(runs)]
        report(name, [base for base, _ in pairs], [results for _, results in pairs])


def report(name: str, base: list[Times], results: list[dict[str, float]]) -> None:
    imports = [Times(each["import"], each["import cpu"]) for each in results]
    for kind in Times._fields:
        theirs, own = ([getattr(each, kind) for each in times] for times in (base, imports))
        pairs = [mine / other for mine, other in zip(own, theirs, strict=True)]
        print(f"{name}, {kind}: own tool {shown(theirs)} s; import {shown(own)} s; a ratio of {shown(pairs)}")
    for form in FORMATS:
        print(f"{name}: export as {form} {shown([each[form] for each in results])} s")
    for what in ("import", "export"):
        print(f"{name}: at most {max(each[f'{what} memory'] for each in results):.0f} MB for the {what}")


def shown(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def by_sqlite(folder: Path, plain: Path) -> Times:
    database = folder / "raw.db"
    database.unlink(missing_ok=True)
    return timed(["sqlite3", str(database), ".mode csv", f".import {plain} packages"])


def by_postgresql(url: str, plain: Path) -> Times:
    table = "DROP TABLE IF EXISTS raw; CREATE TABLE raw (name text, version text, released text, rank text)"
    subprocess.run(["psql", "-q", url, "-c", table], check=True, capture_output=True)
    return timed(["psql", "-q", url, "-c", f"\\copy raw from '{plain}' csv header"])


def timed(command: list[str]) -> Times:
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    end, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Times(end - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def fresh_sqlite(folder: Path) -> str:
    for file in folder.glob("packages.db*"):
        file.unlink()
    return f"sqlite:///{folder / 'packages.db'}"


def fresh_postgresql(url: str) -> str:
    subprocess.run(["psql", "-q", url, "-c", "DROP TABLE IF EXISTS packages"], check=True, capture_output=True)
    return url


def ours(url: str, file: Path) -> dict[str, float]:
    """Import and export in processes of their own, as the memory of a process only grows."""
    results: dict[str, float] = {}
    for what in ("import", "export"):
        command = [sys.executable, __file__, "--once", f"{what} {url}", str(file)]
        results |= json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return results


def once(task: str, file: Path) -> None:
    what, url = task.split()
    (declaration,) = api.declarations
    results = {}
    with closing(Store.open(url, [declaration])) as store:
        if what == "import":
            begin, before = time.perf_counter(), time.process_time()
            import_rows(store, declaration, file)
            results = {"import": time.perf_counter() - begin, "import cpu": time.process_time() - before}
        for form in FORMATS if what == "export" else ():
            with tempfile.TemporaryFile() as out:
                begin = time.perf_counter()
                export_rows(store, declaration, out, form)
                results[form] = time.perf_counter() - begin
    results[f"{what} memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(results))


if __name__ == "__main__":
    main()
