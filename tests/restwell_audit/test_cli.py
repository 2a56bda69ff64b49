"""`restwell audit`, and `restwell-audit`: reports in every form, exit codes, and mistakes told in a sentence."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from restwell_audit.cli import main
from tests.arguments import shows
from tests.levels import served
from tests.restwell.cli.conftest import Run, run
from tests.restwell_audit.apis import Request, Response, changed, problem, said, table
from tests.restwell_audit.apis import said as said_of
from tests.restwell_audit.apis import served as on_a_socket
from tests.restwell_audit.changes import without
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import CERTIFICATE
from tests.servers import free_port

__all__ = ["run"]  # a fixture


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send as fast as can be: the servers are ours."""
    monkeypatch.setenv("RESTWELL_RATE", "10000")


@pytest.fixture(scope="module")
def level2() -> Iterator[str]:
    """The example of level 2, served; the URL to begin at."""
    with served("level2") as url:
        yield f"{url}/frameworks"


@pytest.mark.slow
def test_the_report_says_level_verdict_and_what_to_do_next(run: Run, level2: str) -> None:
    done = run("audit", level2)
    assert done.code == 0
    assert "Level 2 of 3: Approaching REST with Caching" in done.out
    assert "Next step, for level 3" in done.out


@pytest.mark.parametrize("form, begins", [
    ("json", "{"), ("html", "<!doctype html>"), ("sarif", "{"), ("junit", "<?xml"), ("badge", "<svg"),
])  # fmt: skip
@shows("restwell audit", "form", "output", "urls")
def test_there_is_a_report_in_every_form(run: Run, level2: str, form: str, begins: str, tmp_path: Path) -> None:
    file = tmp_path / "report"
    done = run("audit", level2, "--format", form, "--output", str(file))
    assert (done.code, done.out) == (0, "")
    text = file.read_text()
    assert text.lower().startswith(begins)
    if form in {"json", "sarif"}:
        json.loads(text)
    if form in {"junit", "badge"}:
        ET.fromstring(text)  # noqa: S314 - our own


def test_the_json_is_what_the_contract_says(run: Run, level2: str) -> None:
    told = json.loads(run("audit", level2, "--format", "json").out)
    assert (told["url"], told["level"], told["verdict"]) == (level2, 2, "Approaching REST with Caching")
    assert [each["level"] for each in told["levels"]] == [0, 1, 2, 3]
    assert set(told["constraints"]) == {"client-server", "stateless", "uniform-interface", "cacheable", "layered"}


@pytest.mark.parametrize("least, code", [("2", 0), ("3", 1)])
@shows("restwell audit", "min_level")
def test_a_pipeline_is_told_by_the_exit_code(run: Run, level2: str, least: str, code: int) -> None:
    assert run("audit", level2, "--min-level", least).code == code


@pytest.mark.parametrize("least, said", [("2", ""), ("3", "restwell: The level is below --min-level 3.\n")])
def test_why_the_exit_code_is_1_is_said(run: Run, level2: str, least: str, said: str) -> None:
    assert run("audit", level2, "--min-level", least).err == said


@pytest.mark.parametrize("least, code", [("0", 3), ("2", 3), ("3", 1)])
def test_a_level_that_cannot_be_told_is_3_unless_it_is_too_low_in_any_case(run: Run, least: str, code: int) -> None:
    with on_a_socket(table({"GET /": said({"hello": "world"})})) as url:
        done = run("audit", url, "--min-level", least)
    assert done.code == code
    assert "Level 0 to 2 of 3: Not to be told from here" in done.out
    assert "I found one URI. Name one more on the command line, or give --openapi." in done.out.replace("\n    ", " ")


@pytest.mark.slow
def test_the_examples_of_the_help_are_true(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = run("audit", "--help").out.partition("Examples:\n")[2].splitlines()
    assert len(lines) == 4
    with on_a_socket(Good()) as url:
        assert run("audit", url, "--format", "json", "--output", "report.json").code == 0
        for line in lines:
            name, *arguments = shlex.split(line.replace("http://127.0.0.1:8000/", url).strip())
            assert name == "restwell"
            done = run(*arguments)
            assert (done.code, done.err) == (0, "")
    assert Path("report.html").read_text().startswith("<!DOCTYPE html>")


def test_the_help_fits_a_terminal_and_names_the_command_that_was_called(
    run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    assert all(len(line) <= 80 for line in run("audit", "--help").out.splitlines())
    assert main(["--help"]) == 0
    assert "\n  restwell-audit http://127.0.0.1:8000/\n" in capfd.readouterr().out


def test_a_pipe_gets_no_colours_and_no_line_is_broken_by_a_long_url(run: Run) -> None:
    long = "x" * 150
    with on_a_socket(
        table({"GET /": said_of({"url": f"/{long}"}), f"GET /{long}": said_of({"a": 1}, Age="soon")})
    ) as url:
        lines = run("audit", url).out.splitlines()
    assert not any("\x1b" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)
    assert long in "".join(line.strip() for line in lines)


@pytest.mark.parametrize("secure, said", [
    (False, "TLS failed: WRONG_VERSION_NUMBER. Is it an http URL?"),
    (True, "The connection was closed without a response. Is this the URL of an HTTP server, with the right scheme?"),
], ids=["http", "https"])  # fmt: skip
def test_the_wrong_scheme_is_a_question(run: Run, secure: bool, said: str) -> None:
    with on_a_socket(Good(), CERTIFICATE if secure else None) as url:
        wrong = url.replace("https", "http") if secure else url.replace("http", "https")
        done = run("audit", wrong)
    assert done.code == 2
    assert said in done.err


def test_a_start_that_is_not_there_is_a_question(run: Run, level2: str) -> None:
    done = run("audit", f"{level2}/nothing-of-that-name")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("cannot be read: It answers 404: is this the API's URL?\n")


@shows("restwell audit", "openapi")
@pytest.mark.parametrize("path, said", [
    ("openapi.json", "{}openapi.json is not an OpenAPI document: it answers 404, application/problem+json."),
    ("", "{} is not an OpenAPI document: it answers 200, application/json."),
], ids=["missing", "another document"])  # fmt: skip
def test_a_description_that_is_none_is_an_error(run: Run, path: str, said: str) -> None:
    with on_a_socket(table({"GET /": said_of({"hello": "world"})})) as url:
        done = run("audit", url, "--openapi", f"{url}{path}")
    assert (done.code, done.out) == (2, "")
    assert said.format(url) in done.err


def test_a_description_in_a_file_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.1.0")
    done = run("audit", "http://127.0.0.1:1/", "--openapi", str(file))
    assert done.code == 2
    assert "is a file: the audit reads descriptions from the server. Give the URL at which it is served." in done.err
    assert "Invalid value for --openapi" in run("audit", "http://127.0.0.1:1/", "--openapi", "nothing.json").err


# -- one's own server ---------------------------------------------------------------------------------------------


def refusing_robots(request: Request) -> Response:
    """An API whose robots.txt cannot be had."""
    return Response(503) if request.path == "/robots.txt" else Good()(request)


@shows("restwell audit", "ignore_robots")
def test_a_robots_txt_that_fails_is_said_and_can_be_ignored(run: Run) -> None:
    with on_a_socket(refusing_robots) as url:
        done = run("audit", url)
        ignoring = run("audit", url, "--ignore-robots")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(
        "Its robots.txt was answered with 503, so that nothing was requested: for a server of your own, use "
        "--ignore-robots.\n"
    )
    assert ignoring.code == 0
    assert "Nothing that robots.txt may exclude was left out (--ignore-robots)." in " ".join(ignoring.out.split())


@pytest.mark.slow
@shows("restwell audit", "cacert", "insecure")
def test_a_certificate_of_ones_own_takes_an_option(run: Run, tmp_path: Path) -> None:
    with on_a_socket(Good(), CERTIFICATE) as url:
        codes = [run("audit", url, "--max-requests", "40", *options).code for options in (
            [], ["--cacert", str(CERTIFICATE)], ["--insecure"],
        )]  # fmt: skip
        refused = run("audit", url)
        without = run("audit", url.replace("https", "http"))
    assert codes == [2, 0, 0]
    assert (without.code, "cannot be read:" in without.err) == (2, True)
    assert "The certificate is not trusted" in refused.err
    assert "--cacert FILE, or use --insecure." in refused.err
    (tmp_path / "none.pem").write_text("none")
    wrong = run("audit", url, "--cacert", str(tmp_path / "none.pem"))
    assert (wrong.code, "Invalid value for --cacert" in wrong.err) == (2, True)
    assert "has no certificate in PEM." in wrong.err


# -- compared with before -----------------------------------------------------------------------------------------


@pytest.mark.slow
@shows("restwell audit", "baseline")
def test_what_is_worse_than_before_exits_with_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    with on_a_socket(Good()) as url, on_a_socket(changed(Good(), without("ETag"))) as worse:
        assert run("audit", url, "--format", "json", "--output", str(file)).code == 0
        same = run("audit", url, "--baseline", str(file))
        done = run("audit", worse, "--baseline", str(file))
    assert (same.code, "Since the baseline: the same" in same.out) == (0, True)
    assert (done.code, "Since the baseline: " in done.out) == (1, True)
    assert "✗ New: " in done.out


def test_what_is_no_baseline_is_refused_before_anything_is_requested(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "before.json"
    file.write_text('{"openapi": "3.1.0"}')
    asked: list[str] = []

    def respond(request: Request) -> Response:
        asked.append(request.path)
        return said_of({})

    with on_a_socket(respond) as url:
        done = run("audit", url, "--baseline", str(file))
    assert (done.code, done.out, asked) == (2, "", [])
    assert f"--baseline: {file} is not the JSON report of an audit." in done.err


def test_where_nothing_answers_it_is_2_and_a_sentence(run: Run) -> None:
    done = run("audit", f"http://127.0.0.1:{free_port()}/")
    assert (done.code, done.out) == (2, "")
    assert "cannot be read" in done.err


@pytest.mark.parametrize("arguments, said", [
    (["ftp://example.org/"], "is not a URL: write it as in http://127.0.0.1:8000/."),
    (["example.org/api"], "is not a URL: write it as in https://example.org/api."),
    (["localhost:8000"], "is not a URL: write it as in http://localhost:8000."),
    (["http://127.0.0.1:1/", "-H", "Authorization"], "is not a header field"),
    (["http://127.0.0.1:1/", "-H", "My Name: x"], "is not a header field"),
    (["http://127.0.0.1:1/", "-H", "Name: \N{SNOWMAN}"], "is not a header field"), ([], "Missing argument"),
], ids=["scheme", "no scheme", "port", "header", "name", "value", "nothing"])  # fmt: skip
def test_wrong_usage_is_2_and_a_sentence(run: Run, arguments: list[str], said: str) -> None:
    done = run("audit", *arguments)
    assert done.code == 2
    assert said in done.err


@pytest.mark.slow
@shows("restwell audit", "write", "verbose")
def test_what_it_creates_with_write_it_removes(run: Run, level2: str) -> None:
    done = run("audit", level2, "--write", "--verbose")
    assert "A resource that was removed with DELETE no longer exists" in done.out
    assert "restwell-audit-" in done.out
    assert "restwell-audit-" not in run("audit", level2, "--verbose").out


@pytest.mark.parametrize(
    "arguments", [["-v"], ["--format", "json"], ["--format", "html"]], ids=["text", "json", "html"]
)
def test_what_is_given_with_a_header_is_never_shown(run: Run, level2: str, arguments: list[str]) -> None:
    done = run("audit", f"{level2}?api_key=abcdefgh", "-H", "X-Auth-Token: t0ken-of-mine", *arguments)
    assert done.code == 0
    assert "X-Auth-Token" in done.out
    assert not any(secret in done.out + done.err for secret in ("t0ken-of-mine", "abcdefgh"))


@pytest.mark.parametrize("arguments", [
    ["http://127.0.0.1:1/", "-H", "Authorization Bearer hunter2"], ["ftp://me:hunter2@example.org/?token=hunter2"],
    ["http://me:hunter2@[::1/"], ["http://me:hunter2@127.0.0.1:1/", "-H", "Authorization: Bearer hunter2"],
], ids=["no colon", "scheme", "bracket", "unreachable"])  # fmt: skip
def test_no_mistake_repeats_a_secret(run: Run, arguments: list[str]) -> None:
    done = run("audit", *arguments)
    assert done.code == 2
    assert "hunter2" not in done.out + done.err


def test_it_is_a_command_of_its_own(level2: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([level2, "--min-level", "2"]) == 0
    assert "Level 2 of 3" in capfd.readouterr().out
    assert main([level2, "--min-level", "3", "--output", "/nowhere/report"]) == 1
    assert capfd.readouterr().err == "restwell-audit: /nowhere/report: No such file or directory.\n"
    assert main(["nothing"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("restwell-audit: Invalid value for URL")
    assert said.endswith("See `restwell-audit --help`.\n")
    assert main([f"http://127.0.0.1:{free_port()}/"]) == 2
    assert "cannot be read" in capfd.readouterr().err


class Keeping:
    """An API at which nothing can be removed; how many things there are."""

    def __init__(self) -> None:
        self.things: list[dict[str, Any]] = [{"id": 1, "name": "one"}]

    def __call__(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, (("Allow", "GET, POST"),))
        if request.path == "/" and request.method == "POST":
            self.things.append({"id": len(self.things) + 1, "name": json.loads(request.content)["name"]})
            return Response(201, (("Location", f"/{len(self.things)}"),))
        if request.method != "GET":
            return problem(405, Allow="GET, POST")
        number = request.path[1:]
        shown: dict[str, Any] = {"": self.things} | {str(each["id"]): each for each in self.things}
        return said(shown[number]) if number in shown else problem(404)


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif", "junit"])
@shows("restwell audit", "write")
def test_what_may_stay_behind_is_created_with_keep_alone_and_every_report_names_it(run: Run, form: str) -> None:
    api = Keeping()
    with on_a_socket(api) as url:
        done = run("audit", "--write", url, "--format", form)
        assert (done.code, len(api.things)) == (0, 1)
        assert "--write=keep" in done.out
        kept = run("audit", url, "--write=keep", "--format", form)
        made = api.things[1:]
        assert made
        text = "".join(kept.out.split())
        assert all(f"{url}{each['id']}" in text and each["name"] in text for each in made)


@pytest.mark.parametrize("value, made", [("keep", True), ("1", False), ("no", False)])
def test_the_environment_says_so_too(run: Run, value: str, made: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_WRITE", value)
    api = Keeping()
    with on_a_socket(api) as url:
        assert run("audit", url).code == 0
    assert (len(api.things) > 1) is made


def test_another_value_of_write_is_refused(run: Run) -> None:
    done = run("audit", "--write=all", "http://127.0.0.1:1/")
    assert done.code == 2
    assert "write it as --write or --write=keep." in done.err
