"""restwell access: who may do what, as a table, as JSON, as a page, and compared with before."""

import json
import re
from html import escape
from pathlib import Path

import pytest

from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, Ran, Run, Write
from tests.restwell.representations.test_layout import in_chromium

GUARDED = BOOKS.replace("public, scope", "any_of, owner, public, scope, when").replace(
    "note: str | None = None", "note: str | None = Field(None, read=scope('notes'))"
)

CHANGED = 'read=scope("books"), write=scope("books"), delete=public()'


@pytest.fixture
def access(run: Run, write: Write) -> Run:
    """Give what runs `restwell access` for an application with a field of its own rule."""
    app = write(GUARDED)

    def command(*arguments: str) -> Ran:
        return run("access", *arguments, "--app", app, "--database", "sqlite:///here.db")

    return command


def test_each_rule_has_a_line_and_what_is_public_stands_out(access: Run, tmp_path: Path) -> None:
    ran = access()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "   resource  operation  field  needs",
        "!  /books    read              nothing: public",
        "   /books    create            the scope books:create",
        "   /books    update            the scope books:update",
        "   /books    delete            the scope books:delete",
        "   /books    read       note   the scope notes:read",
        "   /books    set        note   the scope notes:read",
        "",
        "! 1 operation is public: read /books.",
    ]
    assert not (tmp_path / "here.db").exists()  # it asks no database for that


def test_what_is_public_for_some_items_is_marked_otherwise(run: Run, write: Write) -> None:
    app = write(GUARDED.replace("read=public()", "read=when(lambda row: row.year < 1900)"))
    lines = run("access", "--app", app, "--database", "sqlite://").out.splitlines()
    assert lines[1] == "~  /books    read              year is less than 1900"
    assert lines[-1] == "~ 1 operation is public for the items that a condition holds for, or may be: read /books."


@shows("restwell access", "key")
def test_a_key_may_do_what_its_scopes_permit(run: Run, write: Write, database_url: str) -> None:
    options = ("--app", write(GUARDED), "--database", database_url)
    key = run("keys", "create", "me", "--scope", "books:write", *options).out.strip()
    identifier = key.split("_")[1]
    for given in (identifier, key):
        lines = run("access", "--as", given, *options).out.splitlines()
        told = {tuple(line[3:].split()[:3]): line.split()[-5:] for line in lines[1:8]}
        assert lines[0].split() == ["resource", "operation", "field", "may", "needs"]
        assert lines[2].split()[:3] == ["/books", "create", "yes"]
        assert lines[5].split()[:4] == ["/books", "read", "note", "no"]
        assert told
        assert f"`may` is what {identifier} with books:create, books:delete, books:update may do." in lines
        assert key.split("_", 2)[2] not in "\n".join(lines)
    wrong = f"{key[:-4]}{'AAAA' if not key.endswith('AAAA') else 'BBBB'}"
    run("keys", "revoke", identifier, *options)
    for given, said in ((identifier, "is revoked"), (wrong, "is revoked"), ("0000000000", "There is no such key")):
        ran = run("access", "--as", given, *options)
        assert ran.code == 1
        assert said in ran.err
    assert run("access", "--as", "anonymous", *options).out.splitlines()[2].split()[:3] == ["/books", "create", "no"]


@shows("restwell access", "subject", "scopes", "groups")
def test_a_caller_may_be_made_up(run: Run, write: Write) -> None:
    rule = "any_of(owner('note'), when(lambda row, grant: row.title.in_(grant.groups)), scope('books'))"
    app = write(GUARDED.replace("read=public()", f"read={rule}"))
    options = ("--app", app, "--database", "sqlite://")

    def may(*arguments: str) -> str:
        found = json.loads(run("access", *arguments, "--format", "json", *options).out)
        assert found["as"].startswith("ada")
        return str(found["access"][0]["may"])

    assert may("--as-subject", "ada") == "where note is ada"
    assert (
        may("--as-subject", "ada", "--as-group", "x", "--as-group", "y")
        == "where note is ada or title is one of x, y"
    )
    assert may("--as-subject", "ada", "--as-scope", "books:read") == "yes"
    for wrong in (("--as-scope", "x"), ("--as", "anonymous", "--as-subject", "ada")):
        assert run("access", *wrong, *options).code == 2


@shows("restwell access", "form")
def test_the_same_as_json_and_as_a_page(access: Run) -> None:
    found = json.loads(access("--format", "json").out)
    assert found["access"][0] == {
        "resource": "/books", "operation": "read", "field": None, "needs": "nothing: public", "public": True,
        "public_in_part": False, "ways": [[]], "functions": [],
    }  # fmt: skip
    [year] = [each for each in found["access"] if (each["operation"], each["field"]) == ("set", "year")]
    assert (year["needs"], year["public"]) == ("as the item", False)
    page = access("--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "1 operation is public: read /books." in page
    assert '<strong class="public">! nothing: public</strong>' in page
    assert "as an anonymous caller" not in page
    assert "yes" in access("--format", "html", "--as", "anonymous").out
    assert not re.search(r"<script|src=|href=|url\(", page)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


@shows("restwell access", "old")
def test_a_difference_from_before_is_told_and_fails(run: Run, write: Write, tmp_path: Path) -> None:
    database = ("--database", "sqlite://")
    old = tmp_path / "old.json"
    app = write(GUARDED)
    old.write_text(run("access", "--format", "json", "--app", app, *database).out)
    ran = run("access", "--diff", str(old), "--app", app, *database)
    assert (ran.code, ran.out) == (0, "No difference.\n")
    app = write(GUARDED.replace('read=public(), write=scope("books")', CHANGED))
    ran = run("access", "--diff", str(old), "--app", app, *database)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "wider     delete /books: the scope books:delete -> nothing: public",
        "narrower  read /books: nothing: public -> the scope books:read",
    ]
    told = json.loads(run("access", "--diff", str(old), "--format", "json", "--app", app, *database).out)
    assert told[0] == {
        "kind": "wider", "of": "delete /books", "before": "the scope books:delete", "now": "nothing: public",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"access": [{"resource": "/books"}]}', '{"access": [1]}'])
def test_what_cannot_be_compared_with_is_refused(access: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "old.json").write_text(text)
    ran = access("--diff", "old.json")
    assert ran.code == 2
    assert "is not what `restwell access --format json` writes" in ran.err
    assert access("--diff", "nowhere.json").code == 2
    assert access("--diff", "old.json", "--as", "anonymous").code == 2
    assert access("--diff", "old.json", "--format", "html").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_no_wider_than_its_window(run: Run, write: Write, tmp_path: Path, width: int) -> None:
    name = "a" * 100
    app = write(GUARDED.replace("/books", f"/{name}").replace("scope('notes')", f"scope('{name}')"))
    page = run("access", "--format", "html", "--app", app, "--database", "sqlite://").out
    script = (
        "onload = () => { const root = document.querySelector('iframe').contentDocument.documentElement;"
        "document.querySelector('pre').textContent = root.scrollWidth + ' ' + root.clientWidth; }"
    )
    frame = f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{escape(page)}"></iframe>'
    around = tmp_path / "around.html"
    around.write_text(f"<!doctype html><script>{script}</script><pre></pre>{frame}")
    found = re.search(r"<pre>(\d+) (\d+)</pre>", in_chromium(around, tmp_path))
    assert found
    assert int(found[1]) <= int(found[2])
