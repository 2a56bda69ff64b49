"""The page on access says what is so: its program runs, and each caller is answered as it tells."""

import base64
import json
import re
from collections.abc import Iterator

import pytest

import restwell
from tests.test_pages_of_code import DOCS, LINE, Page


@pytest.fixture
def page(database_url: str) -> Iterator[Page]:
    found = Page("access.md", database_url)
    yield found
    found.close()


def test_each_caller_is_answered_as_the_page_says(page: Page) -> None:
    assert len(page.requests) > 10
    for line in page.requests:
        who, told = line.split(": ", 1)
        match = LINE.fullmatch(told)
        assert match is not None, line
        content = None if match["content"] is None else json.loads(match["content"])
        credential = base64.b64encode(f"{who}:{who}'s own".encode()).decode()
        headers = {"Accept": "application/json"} | (
            {} if who == "nobody" else {"Authorization": f"Basic {credential}"}
        )
        answer = page.app.test_client().open(match["path"], method=match["method"], json=content, headers=headers)
        assert answer.status_code == int(match["status"]), line
        if match["said"] is not None:
            assert answer.get_data(as_text=True) == match["said"], line


def test_who_asks_is_told_what_the_page_says(page: Page) -> None:
    said = json.loads((DOCS / "access.md").read_text("utf-8").partition("```json\n")[2].partition("```")[0])
    credential = base64.b64encode(b"ada:ada's own").decode()
    headers = {"Accept": "application/json", "Authorization": f"Basic {credential}"}
    found = page.app.test_client().get("/me", headers=headers).json
    assert found is not None
    [told], [there] = said.pop("resources"), found.pop("resources")
    for each in ("operations", "members"):
        shown = there.pop(each)
        assert [one for one in told.pop(each) if one not in shown] == []
    assert (said, told) == (found, there)


def test_the_page_names_every_rule_and_login() -> None:
    text = (DOCS / "access.md").read_text("utf-8")
    for name in ("public", "authenticated", "scope", "owner", "when", "any_of", "all_of", "same_as"):
        assert f"`{name}(" in text
        assert name in restwell.__all__
    for name in ("ApiKeys", "Basic", "CurrentUser", "Authenticator", "Jwt", "Introspection"):
        assert re.search(rf"`{name}\(", text)
        assert name in restwell.__all__
