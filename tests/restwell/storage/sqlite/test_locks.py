"""The lock file resembles its database, so that whoever may write the one may lock the other."""

import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from restwell.cli.options import sentence_of
from restwell.data.plans import RowChange
from restwell.data.store_errors import Unusable
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.engine import Store
from restwell.storage.sqlite.locks import open_lock
from tests.api import FOUR
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
GROUP, FIRST, SECOND = 54_321, 54_322, 54_323


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that a group may write in, and no one else but its owner."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, -1, GROUP)
        Path(name).chmod(0o2770)
        yield Path(name)


def as_user(user: int, work: Callable[[], None]) -> None:
    """Do something as a user of the group; who is not root has no other user, and does it as what they are."""

    def change(_: int) -> None:
        os.umask(0o022)
        if os.geteuid() == 0:
            os.setgroups([GROUP])
            os.setgid(user)
            os.setuid(user)
        work()

    assert in_children(1, change) == [0]


def insert(path: Path, name: str) -> None:
    store = Store.open(f"sqlite:///{path}", [FRAMEWORKS])
    values = {"name": name, "created": 1999, "parent": "Python", "relatedName": None, "relatedDocs": None}
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values=values)).kind == "created"
    store.close()


def test_users_of_a_group_write_by_turns(folder: Path) -> None:
    path = folder / "test.db"

    def begin() -> None:
        path.touch()
        path.chmod(0o664)
        insert(path, "first")

    as_user(FIRST, begin)
    as_user(SECOND, lambda: insert(path, "second"))
    as_user(FIRST, lambda: insert(path, "third"))
    lock = Path(f"{path}.lock").stat()
    assert stat.S_IMODE(lock.st_mode) == 0o664
    assert lock.st_gid == path.stat().st_gid


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660, 0o664, 0o666])
def test_the_lock_has_the_mode_of_the_database(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "test.db"
    path.touch()
    path.chmod(mode)
    os.close(open_lock(str(path)))
    assert stat.S_IMODE(Path(f"{path}.lock").stat().st_mode) == mode


def test_a_lock_of_before_gets_the_mode_of_the_database(tmp_path: Path) -> None:
    path, lock = tmp_path / "test.db", tmp_path / "test.db.lock"
    path.touch(0o664)
    path.chmod(0o664)
    lock.touch(0o600)
    os.close(open_lock(str(path)))
    assert stat.S_IMODE(lock.stat().st_mode) == 0o664


def test_the_lock_that_root_makes_is_the_owners(folder: Path) -> None:
    path = folder / "test.db"
    path.touch()
    if os.geteuid() == 0:
        os.chown(path, FIRST, GROUP)
    os.close(open_lock(str(path)))
    lock = Path(f"{path}.lock").stat()
    assert (lock.st_uid, lock.st_gid) == (path.stat().st_uid, path.stat().st_gid)


def test_a_lock_that_cannot_be_opened_is_named_with_what_to_do(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, lock = folder / "test.db", folder / "test.db.lock"

    def begin() -> None:
        path.touch()
        path.chmod(0o664)
        insert(path, "first")
        lock.chmod(0)

    def fail() -> None:
        if os.geteuid() == FIRST:  # the owner would give it its mode again, and root may do everything
            return
        with caplog.at_level(logging.WARNING), pytest.raises(Unusable) as caught:
            insert(path, "second")
        assert str(lock) not in str(caught.value)
        told = sentence_of(caught.value)
        assert told is not None
        for text in (told, caplog.text):
            assert f"{lock}: Permission denied: give it the group and the mode of {path}" in text

    as_user(FIRST, begin)
    if os.geteuid() == 0:
        as_user(SECOND, fail)
