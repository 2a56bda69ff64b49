"""Whatever clients send, and however many different things, a process keeps no more than 32 MiB of it.

RESTWELL_DISTINCT says how many are sent of each kind: 6 000 by default, a million by hand; through PostgreSQL, where
each takes longer, a quarter of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.memory import DATABASES, KINDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(36_000 if "RESTWELL_DISTINCT" in os.environ else 600)]
ROOT = Path(__file__).parent.parent.parent
DISTINCT = int(os.environ.get("RESTWELL_DISTINCT", "6000"))
MAX_GROWTH = 32 * 1024
"""KiB."""


def measured(*arguments: str, module: str = "tests.hostile.memory") -> Any:
    """What a measuring process says."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_distinct_requests_leave_nothing_behind(kind: str, sqlite_url: str) -> None:
    found = measured(kind, str(DISTINCT), sqlite_url)
    assert found["kept"] <= MAX_GROWTH, found
    assert found["peak"] <= MAX_GROWTH, found
    assert 500 not in found["statuses"], found


@pytest.mark.parametrize("kind", DATABASES)
def test_distinct_statements_leave_nothing_behind_on_postgresql(kind: str, postgresql_url: str) -> None:
    found = measured(kind, str(DISTINCT // 4), postgresql_url)
    assert found["peak"] <= MAX_GROWTH, found
    assert 500 not in found["statuses"], found
