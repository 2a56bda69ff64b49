"""`restwell audit`, and `restwell-audit`: reports in every form, exit codes, and mistakes told in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from restwell_audit.cli import main
from tests.arguments import shows
from tests.levels import served
from tests.restwell.cli.conftest import Run, run
from tests.restwell_audit.apis import Request, Response, problem, said, table
from tests.restwell_audit.apis import served as on_a_socket
from tests.servers import free_port

__all__ = ["run"]  # a fixture


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


@pytest.mark.parametrize("least, code", [("0", 3), ("2", 3), ("3", 1)])
def test_a_level_that_cannot_be_told_is_3_unless_it_is_too_low_in_any_case(run: Run, least: str, code: int) -> None:
    with on_a_socket(table({"GET /": said({"hello": "world"})})) as url:
        done = run("audit", url, "--min-level", least)
    assert done.code == code
    assert "Level 0 to 2 of 3: Not to be told from here" in done.out
    assert "I found one URI. Name one more on the command line, or give --openapi." in done.out.replace("\n    ", " ")


def test_a_start_that_is_not_there_is_a_question(run: Run, level2: str) -> None:
    done = run("audit", f"{level2}/nothing-of-that-name")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("cannot be read: It answers 404: is this the API's URL?\n")


def test_where_nothing_answers_it_is_2_and_a_sentence(run: Run) -> None:
    done = run("audit", f"http://127.0.0.1:{free_port()}/")
    assert (done.code, done.out) == (2, "")
    assert "cannot be read" in done.err


@pytest.mark.parametrize("arguments, said", [
    (["ftp://example.org/"], "is not a URL"), (["example.org"], "is not a URL"),
    (["http://127.0.0.1:1/", "-H", "Authorization"], "is not a header field"), ([], "Missing argument"),
], ids=["scheme", "no scheme", "header", "nothing"])  # fmt: skip
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
        done = run("audit", "--write", url, "--rate", "1000", "--format", form)
        assert (done.code, len(api.things)) == (0, 1)
        assert "--write=keep" in done.out
        kept = run("audit", url, "--write=keep", "--rate", "1000", "--format", form)
        made = api.things[1:]
        assert made
        text = "".join(kept.out.split())
        assert all(f"{url}{each['id']}" in text and each["name"] in text for each in made)


@pytest.mark.parametrize("value, made", [("keep", True), ("1", False), ("no", False)])
def test_the_environment_says_so_too(run: Run, value: str, made: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_WRITE", value)
    api = Keeping()
    with on_a_socket(api) as url:
        assert run("audit", url, "--rate", "1000").code == 0
    assert (len(api.things) > 1) is made


def test_another_value_of_write_is_refused(run: Run) -> None:
    done = run("audit", "--write=all", "http://127.0.0.1:1/")
    assert done.code == 2
    assert "write it as --write or --write=keep." in done.err
