"""How values become unique in a table that has rows: by migrate alone, once the rows allow it."""

import pytest

from restwell.storage.engine import Store
from restwell.storage.migrations import NotMigrated, apply_difference, find_difference
from restwell.storage.schema import SchemaMismatch


def become_unique(store: Store, table: str, what: str, index: str, refusal: str, correction: str) -> None:
    """Hold that members are not served before they are unique, nor made so before a `correction`, and then are."""
    with pytest.raises(SchemaMismatch, match=rf"{table}\.{what} may repeat and should be unique"):
        store.prepare()
    found = find_difference(store)
    assert [change.words for change in found.changes] == [f"{table}: create the unique index {index}"]
    assert f"{table}.{what} {refusal}" in found.obstacles[0]
    with pytest.raises(NotMigrated):
        apply_difference(store)
    store.driver.write(correction)
    apply_difference(store)
    assert find_difference(store) == ((), (), ())
    store.prepare()
