"""Fuzzing: whatever is sent, wherever it is read, is answered or refused, soon, and nothing unforeseen happens.

CI takes some seconds for each kind. By hand, for an hour: `python -m tests.hostile.guided KIND 3600`, led by what of
the code is reached, and blindly `RESTWELL_EXAMPLES=100000 python -m pytest -m slow tests/hostile/test_fuzzing.py`.
"""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.api import JSON

from .fuzzing import FILES, KINDS, REQUESTS, behind, key_of, send, typed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200), pytest.mark.usefixtures("little_to_collect")]
EXAMPLES = int(os.environ.get("RESTWELL_EXAMPLES", "250"))
ROOT = Path(__file__).parent.parent.parent
SECONDS = 2
"""For each kind, of fuzzing that is guided."""
DOORS = [*((kind, door) for kind in REQUESTS for door in ("straight", "flask")), *((form, "") for form in FILES)]


@pytest.mark.parametrize("kind, door", DOORS)
def test_whatever_is_changed_is_answered_or_refused(kind: str, door: str) -> None:
    with KINDS[kind](door) as fuzzed:

        @settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
        @given(case=fuzzed.cases)
        def attempt(case: object) -> None:
            fuzzed.attempt(case)

        attempt()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 50_000])
@pytest.mark.parametrize("door", ["straight", "flask"])
def test_deep_nesting_is_refused(door: str, content: str) -> None:
    with behind(door) as api:
        send(api, typed(content, JSON, "POST /samples", key_of(api)))


# Where there is no atheris for the machine or for this Python (pyproject.toml), hypothesis is all there is.
@pytest.mark.parametrize("kind", KINDS if find_spec("atheris") else [])
def test_whatever_leads_further_into_the_code_is_answered_or_refused(kind: str) -> None:
    command = [sys.executable, "-m", "tests.hostile.guided", kind, str(SECONDS)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    told = done.stderr.decode(errors="replace")
    assert done.returncode == 0, told[-3000:]
    [runs] = re.findall(r"^Done (\d+) runs", told, re.MULTILINE)
    reached = [int(number) for number in re.findall(r"\bcov: (\d+)", told)]
    assert int(runs) > 100
    assert reached[-1] > reached[0]
