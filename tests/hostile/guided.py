"""Fuzzing that is guided by coverage: `python -m tests.hostile.guided KIND SECONDS [DIRECTORY]`.

Atheris, libFuzzer for Python, makes the bytes that hypothesis draws a case from, and keeps those that reach what of
`restwell` was not reached before; in DIRECTORY, if one is given, to go on from. It ends with the first case that is
not answered as it should be, and says which it was.
"""

import logging
import sys

import atheris

with atheris.instrument_imports(include=["restwell"]):
    from . import fuzzing

from hypothesis import HealthCheck, given, settings

fuzzing.LONGEST *= 5  # what is instrumented takes longer


def main() -> None:
    kind, seconds, *directory = sys.argv[1:]
    with fuzzing.KINDS[kind]("straight") as fuzzed:
        logging.disable()

        @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=fuzzed.cases)
        def attempt(case: object) -> None:
            fuzzed.attempt(case)

        atheris.Setup(
            [sys.argv[0], f"-max_total_time={seconds}", "-rss_limit_mb=4096", "-timeout=60", *directory],
            attempt.hypothesis.fuzz_one_input,  # type: ignore[attr-defined]  # which `given` adds
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
