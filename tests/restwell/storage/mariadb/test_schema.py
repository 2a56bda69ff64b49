"""Tables of MariaDB, which commits whatever makes or alters one: each appears whole, or not at all."""

import re
import subprocess
from contextlib import closing

import pytest
import sqlalchemy as sa

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.storage.driver import Driver
from restwell.storage.engine import Store, open_driver
from restwell.storage.mariadb.schema import TOO_OLD
from restwell.storage.schema import UNFINISHED
from tests.mariadb import MariadbServer

pytestmark = pytest.mark.slow


class Note(Resource):
    id: int = Field(identity=True)
    text: str = ""


NOTES = declare(Note, "/notes", read=public(), initial=[{"id": 1}, {"id": 2}])


def tables(driver: Driver) -> set[str]:
    return {row[0] for row in driver.read(driver.dialect.every_column)}


def test_what_has_no_insert_that_returns_is_too_old() -> None:
    assert all(
        re.search(TOO_OLD, version) for version in ("5.5.68-MariaDB", "10.0.38-MariaDB", "10.4.34-MariaDB-log")
    )
    assert not any(
        re.search(TOO_OLD, version) for version in ("10.5.2-MariaDB", "10.11.19-MariaDB-0", "11.4.2-MariaDB")
    )


@pytest.mark.parametrize("place", ["_keep_secret", "_fill"])
def test_a_start_that_is_killed_leaves_no_table_that_lacks_something(
    mariadb_url: str, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"restwell.storage.schema.{place}", die)
        with pytest.raises(KeyboardInterrupt):
            Store.open(mariadb_url, [NOTES])
    with closing(open_driver(mariadb_url)) as driver:
        found = tables(driver)
        assert UNFINISHED in found
        assert "notes" not in found
        assert ("restwell_secrets" in found) is (place == "_fill")
    with closing(Store.open(mariadb_url, [NOTES])) as store:
        assert store.driver.read("SELECT count(*) FROM notes") == [(2,)]
        assert store.driver.read("SELECT count(*) FROM restwell_secrets") == [(1,)]
        assert UNFINISHED not in tables(store.driver)
        assert store.driver.read("SELECT _version FROM notes WHERE id = 1") != []
        before = store.driver.read("SELECT _version FROM notes ORDER BY id")
        with store.driver.transaction() as connection:
            connection.execute("UPDATE notes SET text = 'x'")
        after = store.driver.read("SELECT _version FROM notes ORDER BY id")
        assert [version + 1 for (version,) in before] == [version for (version,) in after]


class Counted(Resource):
    id: int | None = Field(default=None, identity=True)


def test_a_dump_has_the_next_number_though_the_last_item_is_gone(mariadb_server: MariadbServer) -> None:
    here, there = mariadb_server.make_database(), mariadb_server.make_database()
    counted = declare(Counted, "/counted", read=public(), initial=[{"id": 0}, {}, {}])
    with closing(Store.open(here, [counted])) as store:
        store.driver.write("DELETE FROM counted WHERE id = 2")
    to = ["--host=127.0.0.1", f"--port={mariadb_server.port}", "--user=root"]
    from_here, to_there = (str(sa.make_url(url).database) for url in (here, there))
    dump = subprocess.run(["mariadb-dump", "--no-defaults", *to, from_here], check=True, capture_output=True)
    subprocess.run(["mariadb", "--no-defaults", *to, to_there], check=True, input=dump.stdout)
    with closing(Store.open(there, [counted])) as store:
        assert store.driver.read("SELECT id FROM counted ORDER BY id") == [(0,), (1,)]
        assert store.driver.write("INSERT INTO counted VALUES () RETURNING id") == [(3,)]
    for url in (here, there):
        mariadb_server.drop_database(url)
