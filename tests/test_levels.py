"""docs/levels.md shows what `restwell audit` prints of the four examples."""

from __future__ import annotations

import shutil

import pytest

from tests.console import commands
from tests.levels import PAGE, outputs


@pytest.mark.slow
def test_the_page_prints_what_the_auditor_says_of_each_level() -> None:
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    page = PAGE.read_text()
    assert outputs(page) == [printed for _, printed in commands(page)]
