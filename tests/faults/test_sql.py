"""What other programs write into the database by SQL is seen by the next GET, conditional ones too."""

import sqlite3

import psycopg
import pytest

from tests.modelled import engine_of

from .clients import LINKED, MERGE, PLAIN, Client, Served, say

pytestmark = pytest.mark.slow

ITEM, PAGE = "/counters/shared", "/counters?limit=50"


def execute(database: str, *texts: str) -> None:
    """Run SQL as another program would: on a connection of its own, committed."""
    if database.startswith("mariadb+pymysql://"):
        engine = engine_of(database)
        with engine.begin() as connection:
            for text in texts:
                connection.exec_driver_sql(text)
        return
    if database.startswith("sqlite:///"):
        lite = sqlite3.connect(database.removeprefix("sqlite:///"))
        for text in texts:
            lite.execute(text)
        lite.commit()
        lite.close()
        return
    with psycopg.connect(database) as other:
        for text in texts:
            other.execute(text.encode())


def test_changes_by_sql_are_seen_at_once(counters: Served) -> None:
    reads = 0
    for number in range(1, 11):
        clients = counters.workers()
        before = [
            (client, path, accept, client.get(path, accept=accept).tag)
            for client in clients
            for path in (ITEM, PAGE)
            for accept in (PLAIN, LINKED)
        ]
        execute(counters.database, f"UPDATE counters SET number = {number} WHERE name = 'shared'")
        for client, path, accept, tag in before:
            answer = client.get(path, accept=accept, if_none_match=tag)
            assert answer.status == 200
            assert f'"number":{number},'.encode() in answer.body
            assert answer.tag != tag
            reads += 1
    say(f"{reads} conditional reads behind an UPDATE by SQL, on both workers: 0 stale")


def test_a_write_is_refused_when_sql_has_changed_the_row(counters: Served) -> None:
    client = counters.client()
    tag = client.get(ITEM).tag
    execute(counters.database, "UPDATE counters SET note = 'by SQL' WHERE name = 'shared'")
    assert client.ask("PATCH", ITEM, {"number": 1}, kind=MERGE, if_match=tag).status == 412
    assert client.ask("DELETE", ITEM, if_match=tag).status == 412
    answer = client.ask("PATCH", ITEM, {"number": 1}, kind=MERGE)
    assert (answer.status, answer.content["note"]) == (200, "by SQL")


def test_rows_that_sql_makes_and_removes_are_seen_at_once(counters: Served) -> None:
    columns = [*(f"m{place}" for place in range(16)), "number"]
    insert = (
        f"INSERT INTO counters (name, note, entries, {', '.join(columns)}) "
        f"VALUES ('made', '', '[]', {', '.join('0' for _ in columns)})"
    )
    for _ in range(2):
        workers = counters.workers()
        pages = [client.get(PAGE).tag for client in workers]
        execute(counters.database, insert)
        tags = [changed(client, PAGE, tag, there=True) for client, tag in zip(workers, pages, strict=True)]
        made = [client.get("/counters/made") for client in workers]
        assert [answer.status for answer in made] == [200, 200]

        # The same again in its place: what was removed in between is another one, with another tag.
        execute(counters.database, "DELETE FROM counters WHERE name = 'made'", insert)
        for client, answer in zip(workers, made, strict=True):
            assert client.get("/counters/made", if_none_match=answer.tag).status == 200

        execute(counters.database, "DELETE FROM counters WHERE name = 'made'")
        for client, tag, answer in zip(workers, tags, made, strict=True):
            assert changed(client, PAGE, tag, there=False) != tag
            assert client.get("/counters/made").status == 404
            assert client.get("/counters/made", if_none_match=answer.tag).status == 404


def changed(client: Client, path: str, tag: str, *, there: bool) -> str:
    """The tag of a page that has changed, with or without the row that SQL has made."""
    answer = client.get(path, if_none_match=tag)
    assert answer.status == 200
    assert (b'"made"' in answer.body) is there
    return answer.tag


def test_a_date_that_sql_has_outdated_is_no_longer_good(counters: Served) -> None:
    long_ago = "UPDATE counters SET _modified = 1000000000, _version = _version + 1 WHERE name = 'shared'"
    execute(counters.database, long_ago)
    client = counters.client()
    date = client.get(ITEM).headers["last-modified"]
    assert date == "Sun, 09 Sep 2001 01:46:40 GMT"
    assert client.get(ITEM, if_modified_since=date).status == 304
    execute(counters.database, "UPDATE counters SET number = number + 1")
    assert client.get(ITEM, if_modified_since=date).status == 200
    assert client.ask("PATCH", ITEM, {"number": 5}, kind=MERGE, if_unmodified_since=date).status == 412
