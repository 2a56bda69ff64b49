"""What all commands share: help, errors in one sentence, exit codes, options from the environment."""

import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from restwell.cli import COMMANDS, restwell
from tests.restwell.cli.conftest import BOOKS, Run, Write
from tests.servers import restwell_command


def test_the_help_is_there_at_once(tmp_path: Path) -> None:
    def took() -> float:
        start = time.perf_counter()
        said = subprocess.run(
            [restwell_command(), "--help"], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert all(command in said.stdout for command in COMMANDS)
        return time.perf_counter() - start

    assert min(took() for _ in range(5)) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(command: str, run: Run) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert "Usage: restwell" in ran.out


def test_every_option_can_stand_in_the_environment() -> None:
    context = click.Context(restwell)
    for name in restwell.list_commands(context):
        command = restwell.get_command(context, name)
        for each in [command, *getattr(command, "commands", {}).values()]:
            options = [option for option in each.params if isinstance(option, click.Option)]
            for option in options:
                (long,) = [each for each in option.opts if each.startswith("--")]
                # What may be allowed is a setting of the application's, which has several hosts in one text.
                own = {"--allow-host": "ALLOWED_HOSTS"}.get(long, long[2:].replace("-", "_").upper())
                assert option.envvar == f"RESTWELL_{own}", name


def test_a_setting_of_the_environment_is_taken(
    run: Run, write: Write, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTWELL_DATABASE", sqlite_url)
    monkeypatch.setenv("RESTWELL_APP", write())
    assert run("export", "books").out.startswith("title,year")
    assert (tmp_path / "test.db").exists()


def test_an_option_wins_over_the_config_of_the_application(
    run: Run, write: Write, sqlite_url: str, tmp_path: Path
) -> None:
    app = write(BOOKS + "\napp.config['RESTWELL_DATABASE'] = 'sqlite:///config.db'")
    assert run("export", "books", "--app", app, "--database", sqlite_url).code == 0
    assert (tmp_path / "test.db").exists()
    assert not (tmp_path / "config.db").exists()
    assert (
        run(
            "export", "books", "--app", write(BOOKS + "\napp.config['RESTWELL_DATABASE'] = 'sqlite:///config.db'")
        ).code
        == 0
    )
    assert (tmp_path / "config.db").exists()


@pytest.mark.parametrize("library, extra", [("granian", "serve"), ("alembic", "migrate")])
def test_what_is_not_installed_is_named_with_its_extra(
    library: str, extra: str, run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.startswith((library, "restwell.cli.", "restwell.server", "restwell.storage.migrations")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    done = run(extra, "--app", write(), "--database", "sqlite:///test.db")
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith(f"install `restwell[{extra}]`.\n")


def test_a_command_of_a_distribution_that_is_not_installed_names_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restwell.cli.joined", dict)
    done = run("audit", "http://127.0.0.1:1/")
    assert done.code == 2
    assert "`audit` comes with restwell-audit, which is not installed" in done.err
    assert "audit" not in run("--help").out


WRONG_USAGE = [
    ("nonsense",),
    ("keys", "create"),
    ("keys", "create", "me"),
    ("keys", "list", "--nonsense"),
    ("keys", "list", "--database", "sqlite://"),
    ("import", "books", "missing.csv"),
    ("trace", "GET", "books"),
    ("serve", "--bind", "nonsense"),
    ("serve", "--bind", "127.0.0.1:70000"),
    ("serve", "--workers", "0"),
    ("serve", "--issue-key", "me"),
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_is_2_and_one_sentence(arguments: tuple[str, ...], run: Run, write: Write) -> None:
    options = ("--app", write()) if arguments[0] not in {"nonsense", "serve"} else ()
    ran = run(*arguments, *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("restwell: ")
    assert len(ran.err.splitlines()) == 1
    assert "--help`" in ran.err


BROKEN = {
    "nowhere:app": "There is no module 'nowhere' here",
    "json:app": "The module json has no 'app'",
    "json:loads": "json:loads has no API",
}


@pytest.mark.parametrize("app, said", BROKEN.items())
def test_an_application_that_is_none_is_said_so(app: str, said: str, run: Run) -> None:
    ran = run("keys", "list", "--app", app)
    assert ran.code == 1
    assert said in ran.err


def test_a_mistake_in_the_application_is_named_with_its_line(run: Run, write: Write) -> None:
    ran = run("keys", "list", "--app", write("x = 1\ny = x / 0"))
    assert ran.code == 1
    assert "line 2: ZeroDivisionError" in ran.err


def test_a_wrong_declaration_is_said_as_it_is(run: Run, write: Write) -> None:
    ran = run("keys", "list", "--app", write(BOOKS.replace("identity=True", "")))
    assert ran.code == 1
    assert "no identity" in ran.err


def test_an_application_can_be_made_by_a_function(run: Run, write: Write, sqlite_url: str) -> None:
    app = write(BOOKS + "\ndef create():\n    return app\n").replace(":app", ":create()")
    assert run("export", "books", "--app", app, "--database", sqlite_url).code == 0


@pytest.mark.parametrize(
    "url, said",
    [
        ("oracle://here", "use sqlite:///FILE"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("postgresql://me@127.0.0.1:1/none", "Connection refused"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(url: str, said: str, run: Run, write: Write) -> None:
    ran = run("keys", "list", "--app", write(), "--database", url)
    assert ran.code == 1
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_database_of_another_declaration_is_one_sentence(run: Run, write: Write, database_url: str) -> None:
    assert run("export", "books", "--app", write(), "--database", database_url).code == 0
    other = write(BOOKS.replace("year: int", "year: str").replace("1815", "'1815'"))
    ran = run("export", "books", "--app", other, "--database", database_url)
    assert ran.code == 1
    assert "restwell migrate --apply" in ran.err


@pytest.mark.slow
def test_nobody_reads_on(tmp_path: Path) -> None:
    text = f"{restwell_command()} export frameworks | true"
    said = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert said.stderr == ""
