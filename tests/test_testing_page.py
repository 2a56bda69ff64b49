"""docs/testing.md: its application and its tests run as they stand there, by one process and by several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.servers import PostgresServer
from tests.test_pages_of_code import blocks

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis"]  # slow to import
APPLICATION, TESTS, SQLITE, POSTGRESQL = blocks("testing.md", "python")


def run(directory: Path, conftest: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    for name, text in [("shop.py", APPLICATION), ("test_shop.py", TESTS), ("conftest.py", conftest)]:
        (directory / name).write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return subprocess.run(
        [*PYTEST, *arguments],
        cwd=directory,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_tests_of_the_page_pass_with_a_file_for_each_worker(tmp_path: Path, workers: str) -> None:
    found = run(tmp_path, SQLITE, "-n", workers, "-W", "error")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "4 passed" in found.stdout
    assert not (tmp_path / "shop.db").exists()


@pytest.mark.slow
def test_they_pass_with_a_database_of_postgresql_for_each_worker(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    server = postgres_server.url("x").removesuffix("/x")
    for _ in range(2):  # the second time the databases are there
        found = run(tmp_path, POSTGRESQL, "-n", "2", "--dist", "each", TEST_POSTGRESQL=server)
        assert found.returncode == 0, found.stdout + found.stderr
        assert "8 passed" in found.stdout
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        for worker in ("gw0", "gw1"):
            with psycopg.connect(f"{server}/shop_{worker}") as theirs:
                assert theirs.execute("SELECT count(*) FROM books").fetchone() == (0,)
            connection.execute(f"DROP DATABASE shop_{worker}".encode())


@pytest.mark.slow
def test_without_the_fixture_a_test_meets_what_another_has_left(tmp_path: Path) -> None:
    """Or else the page would show nothing."""
    text = TESTS.replace('pytestmark = pytest.mark.usefixtures("restwell_rollback")', "")
    assert text != TESTS
    (tmp_path / "conftest.py").write_text(SQLITE)
    (tmp_path / "shop.py").write_text(APPLICATION.replace("sqlite:///shop.db", "sqlite://"))
    (tmp_path / "test_left.py").write_text(text)
    found = subprocess.run(
        [*PYTEST, "test_left.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "FAILED test_left.py::test_there_is_no_book_at_first" in found.stdout


@pytest.mark.slow
def test_a_run_of_pytest_that_does_not_use_it_imports_nothing_more(tmp_path: Path) -> None:
    """Nor does one without a fixture `app`."""
    (tmp_path / "test_x.py").write_text(
        "import sys\n"
        "def test_x():\n"
        "    mine = {name for name in sys.modules if name.partition('.')[0] in {'restwell', 'flask', 'sqlalchemy'}}\n"
        "    assert mine == {'restwell', 'restwell.testing'}\n"
    )
    found = subprocess.run(PYTEST, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 0, found.stdout
