"""What people do with API Platform's admin: each step is seen in the page, and in the database.

The admin is the published one, with nothing of ours in it but the address of the API and a key. Its pages are of
another origin than the API, which `restwell serve` serves.
"""

import functools
import http.server
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import sqlalchemy as sa

from tests.admin.browser import Browser
from tests.admin.building import built
from tests.conftest import REQUIRE_SERVERS
from tests.servers import MissingServerError, RestwellServer, wait_until

# Installing the packages for the first time takes a minute.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
CELLS = (
    "[...document.querySelectorAll('tbody tr')]"
    ".map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText.trim()))"
)
HELPED = 'document.querySelector("input[name={}]").closest(".ra-input").innerText'
SUBMIT = 'document.querySelector("button[type=submit]")'


class Admin:
    """The admin in a browser, and the API with its database."""

    def __init__(self, browser: Browser, origin: str, server: RestwellServer, key: str, database: sa.Engine) -> None:
        self.browser, self.origin, self.server, self.key, self.database = browser, origin, server, key, database

    def open(self, place: str) -> None:
        """Begin anew at a list, with ten rows on a page, in the order of the identities."""
        self.browser.open("about:blank")
        self.browser.call("Storage.clearDataForOrigin", origin=self.origin, storageTypes="local_storage")
        self.browser.open(f"{self.origin}/?entrypoint={self.server.url}&key={self.key}#/{place}")
        self.browser.wait_for("document.querySelectorAll('tbody tr').length")

    def titles(self, count: int) -> list[str]:
        """What is in the column of titles, once there are so many rows."""
        self.browser.wait_for(f"document.querySelectorAll('tbody tr').length == {count}")
        return [cells[2] for cells in self.browser.run(CELLS)]

    def wait_for_titles(self, *titles: str) -> None:
        """Return once these are the first rows."""
        for place, title in enumerate(titles):
            row = f"document.querySelectorAll('tbody tr')[{place}]"
            self.browser.wait_for(f"{row} && {row}.querySelectorAll('td')[2].innerText.trim() == '{title}'")

    def asked(self) -> str:
        """The query of the last list of books that was answered."""
        queries = [url for status, url in self.browser.answers if status == 200 and "/books?" in url]
        return unquote_plus(queries[-1].partition("?")[2])

    def stored(self, statement: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as it is called there
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The origin of the pages of the admin."""
    try:
        pages = built()
    except MissingServerError as missing:
        if REQUIRE_SERVERS:
            raise
        pytest.skip(str(missing))
    handler = functools.partial(Quiet, directory=str(pages))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def admin(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    folder = tmp_path_factory.mktemp("admin")
    url = f"sqlite:///{folder / 'library.db'}"
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    server = RestwellServer(
        "tests.admin.library:app", "--issue-key", "admin=books:write",
        directory=folder, env={"ADMIN_ORIGIN": site, "ADMIN_DATABASE": url, "PYTHONPATH": path},
    )  # fmt: skip
    key = re.search(r"rw_[\w-]+", server.stdout)
    assert key
    database = sa.create_engine(url)
    try:
        with Browser(folder) as browser:
            yield Admin(browser, site, server, key[0], database)
    finally:
        database.dispose()
        server.stop()


def numbered(*numbers: int) -> list[str]:
    return [f"Book {number:02}" for number in numbers]


def test_it_lists_items_with_what_they_refer_to(admin: Admin) -> None:
    admin.open("books")
    assert admin.titles(10) == numbered(*range(1, 11))
    assert admin.asked() == "order[id]=ASC&page=1&itemsPerPage=10"
    admin.browser.wait_for(f"{CELLS}[2][4] == 'C'")  # the name of the language, which the API gives a URL of
    assert [cells[3] for cells in admin.browser.run(CELLS)] == [str(number * 10) for number in range(1, 11)]
    assert "1-10 of 30" in admin.browser.run("document.body.innerText")
    assert admin.stored("SELECT count(*) FROM books") == [(30,)]


def test_it_sorts_by_a_column(admin: Admin) -> None:
    admin.open("books")
    column = "[...document.querySelectorAll('thead th [role=button]')].find(e => e.textContent.startsWith('Pages'))"
    admin.browser.click(column)
    ascending = "order[pages]=ASC&page=1&itemsPerPage=10"
    assert wait_until(lambda: admin.browser.run("1") == 1 and admin.asked() == ascending, 20)
    admin.browser.click(column)
    admin.wait_for_titles(*numbered(30, 29, 28))
    assert admin.asked() == "order[pages]=DESC&page=1&itemsPerPage=10"
    stored = admin.stored("SELECT title FROM books ORDER BY pages DESC LIMIT 10")
    assert admin.titles(10) == [title for (title,) in stored]


def test_it_pages(admin: Admin) -> None:
    admin.open("books")
    admin.browser.click("document.querySelector('[aria-label=\"Go to next page\"]')")
    admin.wait_for_titles(*numbered(11, 12))
    admin.browser.click("document.querySelector('[aria-label=\"Go to page 3\"]')")
    admin.wait_for_titles(*numbered(21, 22))
    assert admin.titles(10) == numbered(*range(21, 31))
    assert admin.asked() == "order[id]=ASC&page=3&itemsPerPage=10"
    assert not admin.browser.run(
        "Boolean(document.querySelector('[aria-label=\"Go to next page\"]:not([disabled])'))"
    )


def add_filter(admin: Admin, name: str) -> None:
    admin.browser.click("document.querySelector('button.add-filter')")
    admin.browser.click(f"document.querySelector('[role=menuitemcheckbox][data-key={name}]')")


def test_it_filters_by_a_value(admin: Admin) -> None:
    admin.open("books")
    add_filter(admin, "title")
    admin.browser.type("document.querySelector('form input[name=title]')", "Book 17")
    assert admin.titles(1) == numbered(17)
    assert admin.asked() == "order[id]=ASC&page=1&itemsPerPage=10&title=Book 17"


def test_it_filters_by_what_items_refer_to(admin: Admin) -> None:
    admin.open("books")
    add_filter(admin, "language")
    choice = "document.querySelector('form [role=combobox]')"
    admin.browser.wait_for(choice)
    admin.browser.run(f"{choice}.dispatchEvent(new MouseEvent('mousedown', {{bubbles: true}}))")
    admin.browser.click("[...document.querySelectorAll('[role=option]')].find(e => e.textContent.trim() == 'C')")
    admin.wait_for_titles(*numbered(3, 6))
    stored = admin.stored("SELECT title FROM books WHERE language = 2 ORDER BY id")
    assert admin.titles(10) == [title for (title,) in stored] == numbered(*range(3, 31, 3))
    assert admin.asked().endswith(f"&language={admin.server.url}/languages/2")


def test_it_creates_an_item_and_shows_first_what_is_wrong_with_which_field(admin: Admin) -> None:
    before = admin.stored("SELECT count(*), max(id) FROM books")
    admin.open("books")
    admin.browser.click("document.querySelector('a[href=\"#/books/create\"]')")
    admin.browser.type("document.querySelector('input[name=title]')", "It")
    admin.browser.type("document.querySelector('input[name=pages]')", "12345")
    admin.browser.type("document.querySelector('input[name=published]')", "2026-01-31")
    admin.browser.click(SUBMIT)
    admin.browser.wait_for(f"{HELPED.format('title')}.includes('Must have at least 3 characters.')")
    admin.browser.wait_for(f"{HELPED.format('pages')}.includes('Must be less than or equal to 9999.')")
    assert admin.browser.run("document.querySelectorAll('[aria-invalid=true]').length") == 2
    assert admin.stored("SELECT count(*), max(id) FROM books") == before

    admin.browser.type("document.querySelector('input[name=title]')", "It is new")
    admin.browser.type("document.querySelector('input[name=pages]')", "123")
    admin.browser.click(SUBMIT)
    admin.browser.wait_for("document.body.innerText.includes('of 31')")  # the list is not one of a cache
    made = admin.stored("SELECT title, pages, language, published FROM books WHERE id = 31")
    assert made == [("It is new", 123, None, "2026-01-31")]


def test_it_edits_an_item(admin: Admin) -> None:
    before = admin.stored("SELECT * FROM books WHERE id > 1")
    admin.open("books")
    admin.browser.click("document.querySelector('tbody tr a[aria-label=Edit]')")
    admin.browser.wait_for("document.querySelector('input[name=title]')?.value == 'Book 01'")
    admin.browser.type("document.querySelector('input[name=title]')", "Ab")
    admin.browser.click(SUBMIT)
    admin.browser.wait_for(f"{HELPED.format('title')}.includes('Must have at least 3 characters.')")
    admin.browser.type("document.querySelector('input[name=title]')", "Book 01, revised")
    admin.browser.click(SUBMIT)
    admin.wait_for_titles("Book 01, revised", "Book 02")
    assert ("PATCH", f"{admin.server.url}/books/1") in admin.browser.requests
    stored = admin.stored("SELECT title, pages, language, lent FROM books WHERE id = 1")
    assert stored == [("Book 01, revised", 10, 1, 0)]
    assert admin.stored("SELECT * FROM books WHERE id > 1") == before


def test_it_deletes_an_item(admin: Admin) -> None:
    before = admin.stored("SELECT * FROM books WHERE id != 2")
    admin.open("books")
    admin.browser.click("[...document.querySelectorAll('tbody tr')][1].querySelector('a[aria-label=Edit]')")
    admin.browser.wait_for("document.querySelector('input[name=title]')?.value == 'Book 02'")
    admin.browser.click("document.querySelector('button[aria-label=Delete]')")
    admin.browser.click(
        "[...document.querySelectorAll('[role=dialog] button')].find(e => e.textContent == 'Confirm')"
    )
    admin.browser.wait_for("document.querySelectorAll('tbody tr').length == 10")
    assert "Book 02" not in admin.titles(10)
    assert ("DELETE", f"{admin.server.url}/books/2") in admin.browser.requests
    assert admin.stored("SELECT * FROM books") == before


def test_every_request_was_across_origins_and_nothing_but_mistakes_was_refused(admin: Admin) -> None:
    admin.open("books")
    asked = [url for method, url in admin.browser.requests if method != "OPTIONS" and url.startswith("http")]
    assert {url.split("/")[2] for url in asked} == {admin.server.bind, admin.origin.split("/")[2]}
    assert any(method == "OPTIONS" for method, _ in admin.browser.requests)
    refused = {(status, url) for status, url in admin.browser.answers if status >= 400 and "favicon" not in url}
    assert refused <= {(422, f"{admin.server.url}/books"), (422, f"{admin.server.url}/books/1")}
