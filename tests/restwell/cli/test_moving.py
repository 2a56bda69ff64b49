"""restwell import and export: what the command adds to `restwell.files`."""

import gzip
import os
import pty
import re
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from restwell.files.cells import __doc__ as rule
from restwell.storage.engine import open_driver
from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, INITIAL, Ran, Run, Write
from tests.servers import restwell_command

PAGE = (Path(__file__).parents[3] / "docs" / "files.md").read_text()
HEADER = "title,year,price,note\r\n"


@pytest.fixture
def move(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell import` and `restwell export`."""
    app = write()

    def command(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return command


@shows("restwell export", "resource", "form")
def test_rows_go_out_to_standard_output(move: Run) -> None:
    assert move("export", "books").out == f"{HEADER}Emma,1815,9.50,\r\n"
    assert '"Emma"' in move("export", "books", "--format", "json").out
    assert move("export", "Book", "--format", "ndjson").out.count("\n") == 1


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson", "a.csv.gz", "a.json.gz", "a.ndjson.gz"])
@shows("restwell import", "resource", "file")
@shows("restwell export", "file")
def test_rows_come_back_as_they_went(name: str, move: Run, run: Run, write: Write, tmp_path: Path) -> None:
    ran = move("export", "books", name)
    assert (ran.code, ran.out) == (0, "")
    assert "1 row exported" in ran.err
    other = ("--app", write(BOOKS.replace(INITIAL, "")), "--database", f"sqlite:///{tmp_path / 'other.db'}")
    ran = run("import", "books", name, *other)
    assert ran.code == 0
    assert "1 row imported, 0 refused" in ran.err
    assert run("export", "books", *other).out == f"{HEADER}Emma,1815,9.50,\r\n"


HOOKED = """

from pathlib import Path


@api.before(Book{operations})
@api.after(Book{operations})
@api.committed(Book{operations})
def note(change):
    Path("called").touch()
"""


@pytest.mark.parametrize("operations, is_said", [("", True), (', "create"', True), (', "update"', False)])
def test_an_import_calls_no_hook_and_says_so(
    operations: str, is_said: bool, run: Run, write: Write, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "some.csv").write_text("title,year,price\nPersuasion,1817,1\n")
    app = write(BOOKS + HOOKED.format(operations=operations))
    ran = run("import", "books", "some.csv", "--app", app, "--database", database_url)
    assert (ran.code, "1 row imported" in ran.err) == (0, True)
    assert ("No hook was called for them: an import calls none" in ran.err) is is_said
    assert not (tmp_path / "called").exists()


def test_all_or_nothing(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("title,year\nPersuasion,1817\nEmma,1815\nBad,no\n")
    ran = move("import", "books", "some.csv")
    assert ran.code == 1
    assert "line 3: " in ran.err
    assert "line 4: " in ran.err
    assert "nothing was imported" in ran.err
    assert move("export", "books").out.count("\n") == 2


@shows("restwell import", "skip_invalid")
def test_what_is_valid_when_the_rest_may_be_skipped(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("title,year\nPersuasion,1817\nEmma,1815\nBad,no\n")
    ran = move("import", "books", "some.csv", "--skip-invalid")
    assert ran.code == 1
    assert "1 row imported, 2 refused" in ran.err
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
    assert "There is no resource 'bocks'; the resources are: books." in ran.err


@pytest.mark.slow
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    text = f"{restwell_command()} export frameworks > /dev/full"
    said = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert said.returncode == 1
    assert said.stderr.startswith("restwell: No space left on device")
    assert "Traceback" not in said.stderr


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_one_command_writes_another_reads(tmp_path: Path, write: Write) -> None:
    app, other = write(), write(BOOKS.replace(INITIAL, ""))
    command = restwell_command()
    for form in ("csv", "json", "ndjson"):
        text = (
            f"{command} export books --app {app} --format {form} --database sqlite:///one.db"
            f" | {command} import books - --app {other} --format {form} --database sqlite:///{form}.db"
            f" && {command} export books - --app {other} --database sqlite:///{form}.db"
        )
        said = subprocess.run(["sh", "-c", text], capture_output=True, check=True, cwd=tmp_path)
        assert said.stdout.decode() == f"{HEADER}Emma,1815,9.50,\r\n"
        assert b"1 row imported" in said.stderr


def test_a_pipe_by_name_is_read_and_written(move: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.csv")
    with subprocess.Popen(
        ["sh", "-c", "printf 'title,year\\nEmma,1815\\nPersuasion,1817\\n' > in.csv"], cwd=tmp_path
    ):
        ran = move("import", "books", "in.csv", "--skip-invalid")
    assert "1 row imported, 1 refused" in ran.err
    os.mkfifo(tmp_path / "out.csv")
    with subprocess.Popen(["cat", "out.csv"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as reader:
        assert move("export", "books", "out.csv").code == 0
        assert "Persuasion" in reader.communicate()[0]
    assert (tmp_path / "out.csv").is_fifo()


def test_a_link_stays_one(move: Run, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("before")
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert move("export", "books", "link.csv").code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert "Emma" in (tmp_path / "real.csv").read_text()


@shows("restwell import", "form")
def test_a_format_is_for_names_that_say_none(move: Run, tmp_path: Path) -> None:
    assert move("export", "books", "rows.txt", "--format", "ndjson").code == 0
    (tmp_path / "rows.txt").write_bytes(gzip.compress((tmp_path / "rows.txt").read_bytes().replace(b"Emma", b"Emmy")))
    assert move("import", "books", "rows.txt", "--format", "ndjson").code == 0
    assert "Emmy" in move("export", "books").out


def test_a_warning_names_the_rows_that_an_import_would_change(run: Run, write: Write, sqlite_url: str) -> None:
    source = BOOKS.replace("year: int", "year: Annotated[int, AfterValidator(lambda year: year + 1)]")
    app = write(f"from typing import Annotated\nfrom pydantic import AfterValidator\n{source}")
    ran = run("export", "books", "--app", app, "--database", sqlite_url)
    assert ran.code == 0
    assert "restwell: warning: 1 row is not the same when imported again" in ran.err


WRONG: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "a.txt": (b"", (), "--format"),
    "a.tsv": (b"", (), "are --format csv"),
    "a.jsonl": (b"", (), "--format ndjson"),
    "a.xlsx": (b"", (), "saved as CSV UTF-8"),
    "b.csv": (b"title,year\n", ("--format", "json"), "leave one of them out"),
    "c.csv": (gzip.compress(b"title,year\n"), (), "has to end in .gz"),
    "c.csv.gz": (b"title,year\n", (), "not compressed by gzip"),
    "d.csv.gz": (b"", (), "not compressed by gzip"),
    "d.csv": (b"", (), "The file is empty"),
    "e.csv": (b"Titel;Jahr\n", (), "'Titel', 'Jahr' are not known"),
    "f.csv": (b"title;year\nEmmy;1.815\n", (), "Write all of its digits"),
    "g.csv": (b"title,year\nEmm\xe9,1815\n", (), "iconv"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(name: str, move: Run, tmp_path: Path) -> None:
    content, options, said = WRONG[name]
    (tmp_path / name).write_bytes(content)
    ran = move("import", "books", name, *options)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_directory_is_not_a_file(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").mkdir()
    for command in ("import", "export"):
        ran = move(command, "books", "some.csv")
        assert (ran.code, "is a directory" in ran.err) == (2, True)


def test_a_header_alone_is_no_rows(move: Run, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("title,year\n")
    ran = move("import", "books", "some.csv")
    assert (ran.code, "0 rows imported, 0 refused" in ran.err) == (0, True)


def test_the_example_of_the_page_comes_back_as_it_stands_there(
    run: Run, write: Write, database_url: str, tmp_path: Path
) -> None:
    found = re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    (tmp_path / "a.csv").write_text(found[1])
    options = ("--app", write(BOOKS.replace(INITIAL, "")), "--database", database_url)
    assert "2 rows imported, 0 refused" in run("import", "books", "a.csv", *options).err
    assert run("export", "books", *options).out.replace("\r\n", "\n") == found[1]
    notes = run("export", "books", "--format", "ndjson", *options).out.splitlines()
    assert ["note" in line for line in notes] == [False, True]


def test_the_page_has_the_rule_that_the_code_states() -> None:
    lines = [line for line in (rule or "").splitlines() if line.startswith("|")]
    assert len(lines) == 7
    assert all(line in PAGE for line in lines)


def test_commands_that_read_do_not_wait_for_a_writer(run: Run, write: Write, database_url: str) -> None:
    options = ("--app", write(), "--database", database_url)
    assert run("export", "books", *options).code == 0
    with closing(open_driver(database_url)) as driver, driver.transaction(unhurried=True) as connection:
        connection.execute("DELETE FROM books")
        assert run("export", "books", *options).out.splitlines()[1].startswith("Emma")
        assert run("keys", "list", *options).code == 0
        assert run("migrate", *options) == (0, "No difference.\n", "")


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson"])
def test_a_row_that_cannot_be_read_is_named_and_left_out(
    name: str, move: Run, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "some.csv").write_text("title,year\nPersuasion,1817\nSanditon,1817\nSusan,1871\n")
    ran = move("import", "books", "some.csv")
    assert ran.code == 0, ran.err
    value = "CAST(x'ff' AS TEXT)" if database_url.startswith("sqlite") else "'NaN'"
    column = "note" if database_url.startswith("sqlite") else "price"
    with closing(open_driver(database_url)) as driver, driver.transaction() as connection:
        connection.execute(f"UPDATE books SET {column} = {value} WHERE title IN ('Persuasion', 'Sanditon')")
    ran = move("export", "books", name)
    assert ran.code == 1
    assert f"the row Persuasion is left out: the stored value of {column} cannot be read." in ran.err
    assert "the row Sanditon is left out" in ran.err
    assert "The export lacks 2 rows that cannot be read" in ran.err
    text = (tmp_path / name).read_text()
    assert "Emma" in text
    assert "Susan" in text
    assert "Persuasion" not in text
    out = move("export", "books")
    assert out.code == 1
    assert "Susan" in out.out
