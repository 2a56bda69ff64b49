"""Fuzzing that is guided by coverage: `python -m tests.hostile.guided KIND SECONDS [DIRECTORY]`.

Atheris, libFuzzer for Python, makes the bytes that hypothesis draws a case from, and keeps those that reach what of
`restwell` was not reached before; in DIRECTORY, if one is given, to go on from. It ends with the first case that is
not answered as it should be, and says which it was.
"""

import logging
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["restwell"]):
    from . import fuzzing

from hypothesis import HealthCheck, given, settings

fuzzing.MAX_SECONDS *= 5  # what is instrumented takes longer
SEEDS, LENGTH = 50, 1024
"""What is begun with: so many texts of so many bytes. A case is drawn from some hundred."""


def sow(directory: Path) -> None:
    """Put the seeds into a directory that is empty."""
    directory.mkdir(parents=True, exist_ok=True)
    if not any(directory.iterdir()):
        for number in range(SEEDS):
            (directory / f"seed-{number}").write_bytes(random.Random(number).randbytes(LENGTH))


def main() -> None:
    kind, seconds, *given_directory = sys.argv[1:]
    with tempfile.TemporaryDirectory() as own, fuzzing.KINDS[kind]("straight") as fuzzed:
        directory = Path(*given_directory or [own])
        sow(directory)
        logging.disable()

        @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=fuzzed.cases)
        def attempt(case: object) -> None:
            fuzzed.attempt(case)

        options = [f"-max_total_time={seconds}", f"-max_len={4 * LENGTH}", "-len_control=0", "-rss_limit_mb=4096"]
        attempt_bytes = attempt.hypothesis.fuzz_one_input  # type: ignore[attr-defined]  # which `given` adds
        atheris.Setup([sys.argv[0], *options, "-timeout=60", str(directory)], attempt_bytes)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
