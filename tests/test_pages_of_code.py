"""Pages with programs say what is so: README.md and those on models, hooks, fields, renaming. What they show runs."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

DOCS = Path(__file__).parent.parent / "docs"
LINE = re.compile(
    r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<content>\{.*?\}))? -> (?P<status>\d{3})(?: (?P<said>.*))?"
)
TIMED = re.compile(r"(?P<name>[A-Z][\w-]+): (?P<begins>.*?)(?P<seconds>\d+)")
"""A header field that ends with seconds, some of which may have passed."""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Page:
    """A page with one program and the requests behind it."""

    def __init__(self, name: str, url: str) -> None:
        [program] = blocks(name, "python")
        [told] = blocks(name, "text")
        self.names: dict[str, Any] = {"__name__": "a_page"}
        exec(compile(program, name, "exec"), self.names)  # noqa: S102 - our own page
        self.requests = told.splitlines()
        self.app = self.names["app"]
        self.app.config["RESTWELL_DATABASE"] = url
        if "Base" in self.names:
            engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
            self.names["Base"].metadata.create_all(engine)
            engine.dispose()

    def close(self) -> None:
        self.names["api"].binding(self.app).store.close()


@pytest.fixture(params=["models.md", "hooks.md", "fields.md", "renaming.md", "limits.md"])
def page(request: pytest.FixtureRequest, database_url: str) -> Iterator[Page]:
    found = Page(request.param, database_url)
    yield found
    found.close()


def test_the_requests_of_the_page_are_answered_as_it_says(page: Page) -> None:
    assert len(page.requests) > 5
    check_requests(page.app.test_client(), page.requests)


def test_the_callers_of_the_page_on_rules_are_answered_as_it_says(database_url: str) -> None:
    page = Page("rules.md", database_url)
    for line in page.requests:
        who, _, request = line.partition(" ")
        check_requests(page.names["api"].test_client(as_=page.names["callers"][who]), [request])
    page.close()


def test_the_file_of_the_page_on_duckdb_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [made], [program], [told] = (blocks("duckdb.md", language) for language in ("sql", "python", "text"))
    with duckdb.connect("trips.duckdb") as connection:
        connection.execute(made)
    names: dict[str, Any] = {"__name__": "a_page"}
    exec(compile(program, "duckdb.md", "exec"), names)  # noqa: S102 - our own page
    check_requests(names["app"].test_client(), told.splitlines())
    names["engine"].dispose()


def check_requests(client: Any, lines: list[str]) -> None:
    """Send each request of a page, and see that the answer is the one that stands behind it."""
    for line in lines:
        match = LINE.fullmatch(line)
        assert match is not None, line
        content = None if match["content"] is None else json.loads(match["content"])
        answer = client.open(
            match["path"], method=match["method"], json=content, headers={"Accept": "application/json"}
        )
        assert answer.status_code == int(match["status"]), line
        said = match["said"]
        if said is None:
            continue
        if said.startswith("{"):
            assert answer.json.items() >= json.loads(said).items(), line
        elif said.startswith("to "):
            assert answer.headers["Location"] == said.removeprefix("to "), line
        elif said.startswith("/"):
            pointer, code = said.split()
            assert [(each["pointer"], each["code"]) for each in answer.json["errors"]] == [(pointer, code)], line
        elif field := TIMED.fullmatch(said):
            sent = re.fullmatch(r"(.*?)(\d+)", answer.headers[field["name"]])
            assert sent is not None, line
            assert sent[1] == field["begins"], line
            assert 0 <= int(field["seconds"]) - int(sent[2]) < 10, line
        else:
            assert answer.json["title"] == said, line


def test_a_form_is_answered_as_the_page_says_and_by_programs_not_sent(database_url: str) -> None:
    page = Page("pages.md", database_url)
    client = page.app.test_client()
    for line in page.requests:
        match = LINE.fullmatch(line)
        assert match is not None, line
        answer = client.get(match["path"], headers={"Accept": "text/html"})
        assert answer.status_code == int(match["status"]), line
        assert answer.headers.get("Location", "") == (match["said"] or "").removeprefix("to "), line
        assert client.get(match["path"], headers={"Accept": "application/json"}).status_code == 400, line
    page.close()


def test_hooks_are_told_of_what_is_committed(database_url: str) -> None:
    page = Page("hooks.md", database_url)
    client = page.app.test_client()
    assert client.post("/articles", json={"title": "REST", "text": "done well"}).status_code == 201
    assert client.post("/articles/REST/publish", json={"why": "it is good"}).status_code == 200
    end = time.monotonic() + 10
    while len(page.names["told"]) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert page.names["told"] == [("create", 1), ("publish", 1)]
    page.close()


def test_code_of_the_application_sees_what_no_answer_shows(database_url: str) -> None:
    page = Page("fields.md", database_url)
    client = page.app.test_client()
    for title in ("Prof Ada", "Dr Ada"):
        answer = client.put("/accounts/ada", json={"title": title, "secret": "hush-hush"})
        assert "hush-hush" not in answer.text
        assert "plan" not in answer.text
    assert page.names["mailed"] == [("ada", "hush-hush", "free"), ("ada", "hush-hush", "scholar")]
    page.close()


def test_the_models_of_the_readme_are_served(tmp_path: Path) -> None:
    page = (DOCS.parent / "README.md").read_text("utf-8").partition("## Your own models\n")[2]
    [program, *_] = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "shop"}
    exec(program.replace("sqlite:///shop.db", f"sqlite:///{tmp_path}/shop.db"), names)  # noqa: S102 - our own page
    client = names["app"].test_client()
    assert client.post("/authors", json={"name": "Ada"}).status_code == 201
    assert client.post("/authors", json={"name": "Ada"}).status_code == 409
    made = client.post("/books", json={"title": "Notes", "author_id": 1})
    assert (made.status_code, made.json["author_id"]) == (201, "http://localhost/authors/1")
    assert (
        client.put("/books/1", json={"title": "N", "author_id": 1}, headers={"If-Match": '"old"'}).status_code == 412
    )
    names["api"].binding(names["app"]).store.close()
