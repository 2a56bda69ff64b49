"""Where a database takes several texts for the same, rules do not: whose an item is, is told by code points."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Grant, all_of, any_of, owner, same_as, when
from tests.api import JSON, serving
from tests.modelled import engine_of, model_at


class Base(DeclarativeBase):
    """Tables whose texts are compared without case, and more."""


class Memo(Base):
    """A text of somebody's."""

    __tablename__ = "memos"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    author: Mapped[str] = mapped_column(sa.String(20))


class Note(Base):
    """What belongs to a memo."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    memo: Mapped[str] = mapped_column(sa.ForeignKey("memos.name"))


LOOSE = {
    "sqlite": ("", "COLLATE NOCASE"),
    "postgresql": (
        "CREATE COLLATION loose (provider=icu, locale='und-u-ks-level1', deterministic=false)", "COLLATE loose"
    ),
    "mariadb": ("", "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"),
}  # fmt: skip
OTHERS = ["ADA", "ada ", "\u00e1da", "ad\u00e4", "\uff41da"]
RULES = {
    "owner": owner("author"),
    "equal": when(lambda row, grant: row.author == grant.subject),
    "listed": when(lambda row, grant: row.author.in_([grant.subject or "", "x"])),
    "not another": when(lambda row, grant: ~(row.author != grant.subject)),
    "between": when(lambda row, grant: (row.author <= grant.subject) & (row.author >= grant.subject)),
    "beginning": when(lambda row, grant: row.author.startswith(grant.subject)),
    "containing": when(lambda row, grant: row.author.contains(grant.subject)),
    "joined": all_of(any_of(owner("author"), owner("author")), owner("author")),
}


def made(database_url: str) -> None:
    before, collation = LOOSE[sa.make_url(database_url).get_backend_name()]
    engine = engine_of(database_url)
    with engine.begin() as connection:
        for statement in (
            before,
            f"CREATE TABLE memos (name varchar(20) {collation} PRIMARY KEY, author varchar(20) {collation} NOT NULL)",
            f"CREATE TABLE notes (id int PRIMARY KEY, memo varchar(20) {collation} NOT NULL REFERENCES memos(name))",
        ):
            if statement:
                connection.exec_driver_sql(statement)
        connection.execute(sa.insert(Memo), [{"name": "Plan", "author": "ada"}])
        connection.execute(sa.insert(Note), [{"id": 1, "memo": "Plan"}])
    engine.dispose()


@pytest.mark.parametrize("rule", RULES)
def test_who_looks_like_the_owner_to_the_database_is_somebody_else(database_url: str, rule: str) -> None:
    made(database_url)
    memos = model_at("/memos", Memo, read=RULES[rule], write=RULES[rule])
    notes = model_at("/notes", Note, read=same_as("memo"), write=same_as("memo"))
    with serving(memos, notes, database=database_url) as served:
        for subject in ("ada", *OTHERS):
            headers = {"Authorization": served.credential(Grant(subject)), "Accept": JSON}
            sent: list[tuple[str, str, Any]] = [
                ("GET", "/memos/Plan", None), ("GET", "/memos/plan", None), ("PATCH", "/memos/Plan", {}),
                ("GET", "/notes/1", None), ("PATCH", "/notes/1", {}),
            ]  # fmt: skip
            found = [served.send(method, target, headers, content).status for method, target, content in sent]
            pages = [served.send("GET", target, headers).json()[target[1:]] for target in ("/memos", "/notes")]
            if subject == "ada":
                assert found == [200, 308, 200, 200, 200]
                assert [len(each) for each in pages] == [1, 1]
            else:
                assert found == [404] * 5, repr(subject)
                assert pages == [[], []], repr(subject)
                assert served.send("DELETE", "/memos/Plan", headers).status == 404
        assert served.send("DELETE", "/notes/1", {"Authorization": served.credential(Grant("ada"))}).status == 204


def test_texts_are_sorted_by_code_points_in_rules(postgresql_url: str) -> None:
    engine = engine_of(postgresql_url)
    with engine.begin() as connection:
        column = 'varchar(20) COLLATE "en-x-icu"'
        connection.exec_driver_sql(f"CREATE TABLE memos (name {column} PRIMARY KEY, author {column} NOT NULL)")
        connection.execute(sa.insert(Memo), [{"name": "Plan", "author": "Bob"}])
    engine.dispose()
    before_a = when(lambda row: row.author < "a")  # as capitals are, and not in a dictionary
    with serving(model_at("/memos", Memo, read=before_a, write=before_a), database=postgresql_url) as served:
        assert served.send("GET", "/memos/Plan").status == 200
        assert served.send("PATCH", "/memos/Plan", content={}).status == 200
