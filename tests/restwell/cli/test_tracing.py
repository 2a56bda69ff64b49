"""restwell trace: the decisions of a request, and nothing changed."""

import json

import pytest

from tests.arguments import shows
from tests.restwell.cli.conftest import BOOKS, Ran, Run, Write


@pytest.fixture
def trace(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell trace`."""
    app = write()

    def command(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return command


def decisions(ran: Ran) -> list[str]:
    """The lines of the decisions, without those of the rules behind them."""
    return ran.out.partition("\n\n")[0].splitlines()


def test_each_decision_has_a_line_and_the_ending_the_last(trace: Run) -> None:
    ran = trace("trace", "GET", "/books/Emma?fields=title")
    lines = decisions(ran)
    assert ran.code == 0
    assert lines[:2] == ["done   find what is addressed", "yes    is the service available?"]
    assert "done   look up" in lines
    assert lines[-1].split() == ["->", "representation"]


@pytest.mark.parametrize(
    "arguments, ending",
    [
        (("GET", "/books/None"), "404 not-found"),
        (("GET", "/books?nonsense=1"), "400"),
        (("BREW", "/books"), "501"),
        (("DELETE", "/books/Emma"), "401 unauthorized"),
        (("GET", "/books", "-H", "Accept: image/png"), "406"),
        (("GET", "/books", "-H", "Host: elsewhere.example"), "421"),
        (("GET", "/books/Emma", "-H", "If-None-Match: *"), "not modified"),
    ],
)
@shows("restwell trace", "method", "path", "headers")
def test_a_refusal_is_the_ending(arguments: tuple[str, ...], ending: str, trace: Run) -> None:
    assert ending in decisions(trace("trace", *arguments))[-1]


@shows("restwell trace", "data")
def test_a_change_is_not_made(trace: Run) -> None:
    key = trace("keys", "create", "me", "--scope", "books:write").out.strip()
    credential = ("-H", f"Authorization: Bearer {key}")
    ran = trace("trace", "PUT", "/books/Persuasion", "-d", '{"year": 1817}', *credential)
    assert decisions(ran)[-1] == "would  carry out"
    ran = trace("trace", "DELETE", "/books/Emma", *credential)
    assert decisions(ran)[-1] == "would  carry out"
    rows = trace("export", "books").out
    assert "Emma" in rows
    assert "Persuasion" not in rows


def test_no_use_of_a_key_is_noted(trace: Run) -> None:
    key = trace("keys", "create", "me", "--scope", "books:write").out.strip()
    assert "401" not in trace("trace", "DELETE", "/books/Emma", "-H", f"Authorization: Bearer {key}").out
    [record] = json.loads(trace("keys", "list", "--format", "json").out)
    assert record["used"] is None


@shows("restwell trace", "form")
def test_the_same_as_json(trace: Run) -> None:
    told = json.loads(trace("trace", "GET", "/books/None", "--format", "json").out)
    assert told["ending"] == "404 not-found"
    assert {"question": "does it exist?", "answer": False} in told["steps"]


def test_a_field_that_is_none_is_refused(trace: Run) -> None:
    assert trace("trace", "GET", "/books", "-H", "nonsense").code == 2


def test_a_path_below_a_prefix(run: Run, write: Write) -> None:
    app = write(BOOKS.replace("Api(app)", "Api(app, url_prefix='/api')"))
    options = ("--app", app, "--database", "sqlite://")
    assert "representation" in run("trace", "GET", "/api/books/Emma", *options).out
    ran = run("trace", "GET", "/books/Emma", *options)
    assert ran.code == 2
    assert "begin it with /api" in ran.err


def test_a_step_that_is_refused_fails(trace: Run) -> None:
    lines = decisions(trace("trace", "GET", "/books", "-H", "Accept: image/png"))
    assert lines[-2] == "fails  choose a representation"
    assert "done   identify the caller" in lines


# -- the rules behind it ------------------------------------------------------------------------------------------

PAPERS = """
from flask import Flask
from restwell import Api, Change, Field, Resource, all_of, any_of, authenticated, owner, public, scope, when

app = Flask(__name__)
api = Api(app)

def may_review(row, grant):
    return row.status.in_(grant.groups)

@api.resource(
    "/papers",
    read=any_of(owner("author"), scope("papers"), when(lambda row: row.status == "published"), when(may_review)),
    create=any_of(owner("author"), scope("papers")),
    update=all_of(owner("author"), any_of(scope("x:y"), when(lambda row: row.status == "draft"))),
    initial=[
        {"title": "a", "author": "ada"}, {"title": "b", "author": "bob", "status": "published"},
        {"title": "c", "author": "bob", "review": "x" * 200},
    ],
)
class Paper(Resource):
    title: str = Field(identity=True)
    author: str | None = None
    status: str = "draft"
    review: str | None = Field(None, read=any_of(owner("author"), scope("reviews")), write=scope("reviews"))
"""


@pytest.fixture
def papers(run: Run, write: Write, database_url: str) -> Run:
    """Give what runs `restwell` for papers with rules on rows and members."""
    app = write(PAPERS)

    def command(*arguments: str) -> Ran:
        return run(*arguments, "--app", app, "--database", database_url)

    return command


def rules(ran: Ran) -> list[str]:
    return ran.out.partition("\n\n")[2].splitlines()


@shows("restwell trace", "subject", "scopes", "groups")
def test_the_alternative_that_holds_and_the_condition_that_does_not_are_named(papers: Run) -> None:
    assert rules(papers("trace", "GET", "/papers/c")) == [
        "rules, for an anonymous caller:",
        "no     read /papers: one of these",
        "no       author is the caller",
        "no       the scope papers:read",
        "no       status is published (status is draft)",
        "no       what `may_review(row, grant)` says of item and caller, which is here: never",
        "no     read review: one of these",
        "no       author is the caller",
        "no       the scope reviews:read",
    ]
    told = rules(papers("trace", "GET", "/papers/a", "--as-subject", "ada", "--as-scope", "reviews:read"))
    assert told[:3] == [
        "rules, for ada with reviews:read:",
        "yes    read /papers: one of these",
        "yes      author is the caller (author is ada)",
    ]
    assert told[-1] == "yes      the scope reviews:read"
    told = rules(papers("trace", "GET", "/papers/c", "--as-subject", "eve", "--as-group", "draft"))
    assert told[1] == "yes    read /papers: one of these"
    grant_says = "what `may_review(row, grant)` says of item and caller"
    assert told[5] == f"yes      {grant_says}, which is here: status is one of draft (status is draft)"


def test_without_an_item_a_rule_holds_for_some(papers: Run) -> None:
    told = rules(papers("trace", "GET", "/papers", "--as-subject", "ada"))
    assert told[1:4] == [
        "some   read /papers: one of these",
        "some     author is the caller",
        "no       the scope papers:read",
    ]
    assert rules(papers("trace", "GET", "/papers/nowhere"))[1] == "some   read /papers: one of these"


def test_a_change_has_its_own_rule_and_those_of_members_that_are_set(papers: Run) -> None:
    ran = papers("trace", "PATCH", "/papers/b", "-d", '{"review": "y"}', "--as-subject", "bob")
    assert decisions(ran)[-1] == "   ->  403 forbidden"
    assert rules(ran)[1:] == [
        "no     update /papers: all of these",
        "yes      author is the caller (author is bob)",
        "no       one of these",
        "no         the scope x:y",
        "no         status is draft (status is published)",
        "yes    read review: one of these",
        "yes      author is the caller (author is bob)",
        "no       the scope reviews:read",
        "no     set review: the scope reviews:update",
    ]


def test_what_is_hidden_is_told_by_the_rule_of_reading(papers: Run) -> None:
    ran = papers("trace", "PATCH", "/papers/c", "-d", '{"status": "x"}', "--as-subject", "ada")
    assert decisions(ran)[-1] == "   ->  404 not-found"
    told = [line for line in rules(ran)[1:] if not line[7:].startswith(" ")]
    assert told == [
        "no     read /papers: one of these",
        "no     update /papers: all of these",
        "no     read review: one of these",
        "no     set review: the scope reviews:update",
    ]


def test_a_new_item_is_held_against_the_rule_as_it_is_to_be(papers: Run) -> None:
    ran = papers("trace", "POST", "/papers", "-d", '{"title": "n", "author": "bob"}', "--as-subject", "ada")
    assert decisions(ran)[-1] == "   ->  403 forbidden"
    assert rules(ran)[1:4] == [
        "no     create /papers: one of these",
        "no       author is the caller (author is bob)",
        "no       the scope papers:create",
    ]
    ran = papers("trace", "PATCH", "/papers/a", "-d", '{"author": "bob"}', "--as-subject", "ada")
    assert decisions(ran)[-1] == "   ->  403 forbidden"
    assert "no     update /papers, as it is to become: all of these" in rules(ran)
    assert "yes    update /papers: all of these" in rules(ran)


def test_an_operation_without_a_rule_is_for_nobody_and_options_are_for_everybody(papers: Run) -> None:
    assert rules(papers("trace", "DELETE", "/papers/a")) == []  # the method is not supported
    assert rules(papers("trace", "OPTIONS", "/papers")) == []
    assert rules(papers("trace", "GET", "/docs")) == []
    assert rules(papers("trace", "GET", "/nowhere")) == []


@shows("restwell trace", "key")
def test_a_key_is_named_by_its_id(trace: Run) -> None:
    key = trace("keys", "create", "me", "--scope", "books:delete").out.strip().split("_")[1]
    ran = trace("trace", "DELETE", "/books/Emma", "--as", key)
    assert decisions(ran)[-1] == "would  carry out"
    assert rules(ran) == [f"rules, for {key} with books:delete:", "yes    delete /books: the scope books:delete"]
    ran = trace("trace", "PUT", "/books/Emma", "-d", '{"year": 1}', "--as", "anonymous")
    assert rules(ran) == [
        "rules, for an anonymous caller:",
        "no     update /books: the scope books:update",
        "no     create /books: the scope books:create",
    ]
    assert trace("trace", "GET", "/books", "--as", key, "-H", "Authorization: Bearer x").code == 2
    assert trace("trace", "GET", "/books", "--as", "0000000000").code == 1


def test_the_rules_are_in_json_too(trace: Run) -> None:
    told = json.loads(trace("trace", "GET", "/books/Emma", "--format", "json").out)
    assert told["rules"] == [{"holds": "yes", "words": "read /books: nothing"}]


def test_long_values_are_cut(papers: Run, run: Run, write: Write) -> None:
    app = write(PAPERS.replace('row.status == "published"', 'row.review != "y"'))
    told = rules(run("trace", "GET", "/papers/c", "--app", app, "--database", "sqlite://"))
    assert told[4] == f"yes      review is not y (review is {'x' * 60}...)"
