"""restwell import and export: what the command adds to `restwell.transfer`."""

import gzip
import os
import pty
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from restwell.storage.engine import open_driver
from tests.cli.conftest import BOOKS, INITIAL, Ran, Run, Write
from tests.servers import restwell_command

HEADER = "title,year,price,note\r\n"


@pytest.fixture
def move(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell import` and `restwell export`."""
    app = write()

    def command(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return command


def test_rows_go_out_to_standard_output(move: Run) -> None:
    assert move("export", "books").out == f"{HEADER}Emma,1815,9.50,\r\n"
    assert '"Emma"' in move("export", "books", "--format", "json").out
    assert move("export", "Book", "--format", "ndjson").out.count("\n") == 1


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson", "a.csv.gz", "a.json.gz", "a.ndjson.gz"])
def test_rows_come_back_as_they_went(name: str, move: Run, run: Run, write: Write, tmp_path: Path) -> None:
    ran = move("export", "books", name)
    assert (ran.code, ran.out) == (0, "")
    assert "1 rows exported" in ran.err
    other = ("--app", write(BOOKS.replace(INITIAL, "")), "--database", f"sqlite:///{tmp_path / 'other.db'}")
    ran = run("import", "books", name, *other)
    assert ran.code == 0
    assert "1 rows imported, 0 refused" in ran.err
    assert run("export", "books", *other).out == f"{HEADER}Emma,1815,9.50,\r\n"


def test_all_or_nothing(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("title,year\nPersuasion,1817\nEmma,1815\nBad,no\n")
    ran = move("import", "books", "some.csv")
    assert ran.code == 1
    assert "line 3: " in ran.err
    assert "line 4: " in ran.err
    assert "nothing was imported" in ran.err
    assert move("export", "books").out.count("\n") == 2


def test_what_is_valid_when_the_rest_may_be_skipped(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("title,year\nPersuasion,1817\nEmma,1815\nBad,no\n")
    ran = move("import", "books", "some.csv", "--skip-invalid")
    assert ran.code == 1
    assert "1 rows imported, 2 refused" in ran.err
    assert "Persuasion" in move("export", "books").out


def test_a_file_that_is_no_good_is_one_sentence(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv.gz").write_bytes(gzip.compress(b"title,year\nA,1\n" * 1000)[:-20])
    (tmp_path / "some.txt").write_text("")
    for name, said in [("some.csv.gz", "decompressed"), ("some.txt", ".csv, .json or .ndjson")]:
        ran = move("import", "books", name)
        assert ran.code == 1
        assert said in ran.err
        assert len(ran.err.splitlines()) == 1


def test_a_place_that_cannot_be_written_to_is_one_sentence(move: Run) -> None:
    ran = move("export", "books", "/nowhere/at/all.csv")
    assert ran.code == 1
    assert "No such file or directory" in ran.err


def test_formats_that_contradict_each_other_are_refused(move: Run) -> None:
    assert move("export", "books", "a.csv", "--format", "json").code == 2


def test_an_unknown_resource_is_refused_with_the_list(move: Run) -> None:
    ran = move("export", "bocks")
    assert ran.code == 2
    assert "there is books" in ran.err


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    text = f"{restwell_command()} export frameworks > /dev/full"
    said = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert said.returncode == 1
    assert said.stderr.startswith("restwell: No space left on device")
    assert "Traceback" not in said.stderr


def test_the_progress_bar_is_for_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "some.ndjson").write_text("".join(f'{{"name": "f{n}", "created": 2010}}\n' for n in range(5000)))
    ours, theirs = pty.openpty()
    command = [restwell_command(), "import", "frameworks", "some.ndjson"]
    with subprocess.Popen(command, stderr=theirs, cwd=tmp_path, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(theirs)
        said = b""
        try:
            while some := os.read(ours, 4096):
                said += some
        except OSError:  # the terminal's other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    assert b"Importing some.ndjson" in said
    assert b"5000 rows imported" in said


def test_commands_that_read_do_not_wait_for_a_writer(run: Run, write: Write, database_url: str) -> None:
    options = ("--app", write(), "--database", database_url)
    assert run("export", "books", *options).code == 0
    with closing(open_driver(database_url)) as driver, driver.transaction(unhurried=True) as connection:
        connection.execute("DELETE FROM books")
        assert run("export", "books", *options).out.splitlines()[1].startswith("Emma")
        assert run("keys", "list", *options).code == 0
        assert run("migrate", *options) == (0, "No difference.\n", "")
