"""A database URL: what each form means, and what is refused by name."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from restwell.data.layout import Layout
from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import ReadOnly, Unusable
from restwell.model.declare import declare
from restwell.model.policy import Rule, public, scope
from restwell.model.resource import Declaration
from restwell.storage.databases import UnknownDatabase, open_driver, read_only_url, without_password
from restwell.storage.engine import Store
from restwell.storage.mapped.declaring import declare_model
from restwell.storage.schema import SchemaMismatch
from restwell.storage.sqlite.driver import SqliteDriver
from tests.api import FOUR, is_problem, serve
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.mapped.schemas import fill

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
VALUES = {"name": "New", "created": 1999, "parent": "Python", "relatedName": None, "relatedDocs": None}
REFUSED = [
    ("sqlite:///q.db?immutable=1", "immutable=1"),
    ("sqlite:///q.db?cache=shared", "cache=shared"),
    ("sqlite:///q.db?vfs=unix", "vfs=unix"),
    ("sqlite:///q.db?mode=rw", "mode=rw"),
    ("sqlite:///q.db?mode=rwc", "mode=rwc"),
    ("sqlite:///q.db?mode=ro&nolock=1", "nolock=1"),
    ("sqlite:///q.db?timeout=5", "timeout=5"),
    ("sqlite:///q.db?mode", "mode="),
    ("sqlite:///q.db?&", "behind its '?'"),
    ("sqlite:///:memory:?mode=ro", "leave mode=ro out"),
    ("sqlite://q.db", "write sqlite:///q.db"),
    ("postgresql+psycopg2://u@h/d", "begin the database URL with postgresql://"),
    ("postgresql+asyncpg://u@h/d", "begin the database URL with postgresql://"),
    ("postgresql://u@h/d?pool_size=5", "pool_size"),
    ("mysql://u@h/d", "sqlite:///FILE"),
    ("sqlite+aiosqlite:///q.db", "sqlite:///FILE"),
    ("q.db", "sqlite:///FILE"),
    ("", "sqlite:///FILE"),
]


@pytest.mark.parametrize("url, named", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_a_url_says_and_no_driver_does_is_refused_by_name(
    url: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownDatabase) as caught:
        open_driver(url)
    assert named in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.db", "a%20b.db", "a#b.db", "ä.db", "a&b=c.db", "file:a.db"])
@pytest.mark.parametrize("query", ["", "?mode=ro"])
def test_the_name_of_a_file_is_taken_to_the_letter(tmp_path: Path, name: str, query: str) -> None:
    Store.open(f"sqlite:///{tmp_path}/{name}", [FRAMEWORKS]).close()
    assert name in {each.name for each in tmp_path.iterdir()}
    store = Store.open(f"sqlite:///{tmp_path}/{name}{query}", [FRAMEWORKS])
    assert store.look_up(Plan("item", FRAMEWORKS, "Flask")).kind == "found"
    store.close()


@pytest.mark.parametrize("parameter", ["application_name=x", "options=-c%20search_path%3Dpublic", "sslmode=disable"])
def test_parameters_of_libpq_are_handed_on(postgresql_url: str, parameter: str) -> None:
    store = Store.open(f"{postgresql_url}?{parameter}", [FRAMEWORKS])
    assert store.driver.read("SHOW statement_timeout") == [("2s",)]
    if parameter.startswith("application_name"):
        assert store.driver.read("SHOW application_name") == [("x",)]
    store.close()


def test_options_of_a_url_and_of_the_environment_hold_beside_ours(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = "SELECT current_setting('work_mem'), current_setting('statement_timeout')"
    for url in (f"{postgresql_url}?options={quote('-c work_mem=5MB')}", postgresql_url):
        monkeypatch.setenv("PGOPTIONS", "-c work_mem=5MB")
        driver = open_driver(url)
        assert driver.read(ask) == [("5MB", "2s")]
        driver.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Store.open(f"sqlite:///{tmp_path}/test.db", [FRAMEWORKS]).close()
    return tmp_path / "test.db"


def test_a_database_that_is_opened_for_reading_serves_and_refuses_changes(path: Path) -> None:
    before = path.read_bytes()
    served = serve(database=f"sqlite:///{path}?mode=ro")
    declaration = served.api.declarations[0]
    assert served.send("GET", "/frameworks/Flask").status == 200
    assert served.send("GET", "/frameworks?sort=created").json()["totalItems"] == 4
    assert served.send("GET", "/health/ready").status == 200
    store = served.api.binding(served.app).store
    with pytest.raises(ReadOnly, match="only reads"):
        carry_out(store, RowChange("insert", declaration, values=VALUES))
    served.close()
    assert path.read_bytes() == before


def test_a_change_is_403_with_what_is_the_matter(path: Path) -> None:
    served = serve(
        lambda api: api.resource("/frameworks", read=public(), write=public())(Framework),
        database=f"sqlite:///{path}?mode=ro",
    )
    for method, target, content in (
        ("POST", "/frameworks", VALUES),
        ("PUT", "/frameworks/Flask", {**VALUES, "name": "Flask"}),
        ("DELETE", "/frameworks/Flask", None),
    ):
        answer = served.send(method, target, [], content)
        assert is_problem(answer, 403)
        assert "only reads" in answer.json()["detail"]
    served.close()


def test_a_database_for_reading_that_lacks_a_table_says_so(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE frameworks")
    connection.close()
    with pytest.raises(SchemaMismatch, match=r"no table frameworks.*mode=ro"):
        Store.open(f"sqlite:///{path}?mode=ro", [FRAMEWORKS])


def test_a_database_for_reading_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unusable):
        Store.open(f"sqlite:///{tmp_path}/test.db?mode=ro", [FRAMEWORKS])
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_written_by_others_shows_what_they_write(path: Path) -> None:
    reading = Store(open_driver(f"sqlite:///{path}?mode=ro"), [FRAMEWORKS])
    writing = Store(SqliteDriver(str(path)), [FRAMEWORKS])
    assert carry_out(writing, RowChange("insert", FRAMEWORKS, values=VALUES)).kind == "created"
    assert reading.look_up(Plan("item", FRAMEWORKS, "New")).kind == "found"
    reading.close()
    writing.close()


# -- read only, by models alone -----------------------------------------------------------------------------------


@pytest.fixture
def models_url(database_url: str) -> str:
    """Give a database with a table of somebody else's, to be read only."""
    fill(database_url, "CREATE TABLE books (id INTEGER PRIMARY KEY); INSERT INTO books VALUES (1), (2);")
    return read_only_url(database_url)


def books(read: Rule) -> list[Declaration]:
    table = sa.Table("books", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    return [declare_model(None, "/books", model=table, read=read)]


def test_models_are_read_without_tables_of_our_own(models_url: str) -> None:
    [declaration] = books(read=public())
    store = Store.open(models_url, [declaration])
    identity = declaration.compiled[Layout].identity
    assert [identity(row) for row in store.look_up(Plan("page", declaration)).rows] == [1, 2]
    assert (store.find_key("rw_1"), store.keys.every()) == (None, [])
    with pytest.raises(ReadOnly, match="only reads"):
        store.keys.add(dict.fromkeys(["id", "name", "digest", "scopes", "created", "expires", "revoked"], 1))
    store.close()


def test_the_secret_of_a_database_that_keeps_none_is_made_of_the_one_that_is_given(
    models_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "restwell")
    secrets: dict[str | None, set[bytes]] = {"given": set(), "another": set(), None: set()}
    for given, found in secrets.items():
        for _ in range(2):
            store = Store.open(models_url, books(read=public()), secret=given)
            found.add(store.secret)
            store.close()
    assert [len(found) for found in secrets.values()] == [1, 1, 2]
    assert len(set.union(*secrets.values())) == 4
    told = [record.getMessage() for record in caplog.records if record.name == "restwell"]
    assert [message.rpartition("Set ")[2] for message in told] == [
        "RESTWELL_READ_ONLY_SECRET where several serve."
    ] * 2


def test_a_scope_needs_keys_and_so_a_table(models_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="no table restwell_keys"):
        Store.open(models_url, books(read=scope("books")))


def test_the_secret_that_a_database_keeps_is_used(database_url: str) -> None:
    writing = Store.open(database_url, [FRAMEWORKS])
    reading = Store.open(read_only_url(database_url), [FRAMEWORKS], secret="another")
    assert reading.secret == writing.secret
    reading.close()
    writing.close()


def test_no_session_of_a_database_that_is_only_read_can_write(postgresql_url: str) -> None:
    driver = open_driver(f"{postgresql_url}?application_name=x&mode=ro")
    assert driver.read_only
    with pytest.raises(ReadOnly, match="read-only"):
        driver.write("CREATE TABLE t (id int)")
    assert driver.read("SHOW application_name") == [("x",)]
    driver.close()


@pytest.mark.parametrize(
    "url, plain",
    [
        ("postgresql://u:p@h/d", "postgresql://u@h/d"),
        ("postgresql://u:p%40@h:5432/d?sslmode=disable", "postgresql://u@h:5432/d?sslmode=disable"),
        ("postgresql://h/d?password=p&sslmode=disable&sslpassword=q", "postgresql://h/d?sslmode=disable"),
        ("postgresql://h/d?password=p", "postgresql://h/d"),
        ("postgresql://u:p?q/r@h/d?mode=ro", "postgresql://u@h/d?mode=ro"),
        ("postgresql://u:p@q@h", "postgresql://u@h"),
        ("postgresql://h/d?options=a@b", "postgresql://h/d?options=a@b"),
        ("mariadb+pymysql://u:p@h:3306/d?passwd=q&charset=utf8mb4", "mariadb+pymysql://u@h:3306/d?charset=utf8mb4"),
        ("mariadb+pymysql://h/d?P%61ssword=p&ssl_key_password=q&mode=ro", "mariadb+pymysql://h/d?mode=ro"),
        ("sqlite:///a@b:c.db?mode=ro", "sqlite:///a@b:c.db?mode=ro"),
        ("books.db", "books.db"),
    ],
)
def test_a_url_is_shown_without_what_is_secret_in_it(url: str, plain: str) -> None:
    assert without_password(url) == plain


@pytest.mark.parametrize(
    "url, read",
    [
        ("sqlite:////tmp/a b.db", "sqlite:////tmp/a b.db?mode=ro"),
        ("sqlite:////tmp/a.db?mode=ro", "sqlite:////tmp/a.db?mode=ro"),
        ("sqlite:////tmp/a.db?mode=rw", "sqlite:////tmp/a.db?mode=rw&mode=ro"),
        ("postgresql://h/d?sslmode=disable", "postgresql://h/d?sslmode=disable&mode=ro"),
        ("postgresql://u:p?q@h/d", "postgresql://u:p?q@h/d?mode=ro"),
    ],
)
def test_a_url_with_which_a_database_is_only_read(url: str, read: str) -> None:
    assert read_only_url(url) == read


def test_the_file_of_a_url_that_is_used_elsewhere_has_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_only_url("sqlite:///a.db") == f"sqlite:///{tmp_path}/a.db?mode=ro"
