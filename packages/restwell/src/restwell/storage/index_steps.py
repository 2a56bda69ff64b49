"""Statements about the indexes, the trigger and the rows of a table that is altered, in any database."""

from __future__ import annotations

from sqlalchemy.schema import CreateIndex, DropIndex

from .alterations import Alteration, AlteringStep
from .dialect import Dialect
from .tables import MODIFIED_COLUMN, VERSION_COLUMN, next_modified, trigger_name


def late_steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements to run after rows have been filled one by one."""
    return [AlteringStep(dialect.text(CreateIndex(index))) for index in alteration.late_indexes]


def without_old_indexes(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that drop the indexes that are no longer declared."""
    return [AlteringStep(dialect.text(DropIndex(index))) for index in alteration.old_indexes]


def with_new_indexes(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that create the indexes that can be created at once, and the trigger."""
    now = [index for index in alteration.new_indexes if index not in alteration.late_indexes]
    texts = [dialect.text(CreateIndex(index)) for index in now]
    name = alteration.table.name
    if alteration.has_old_trigger:
        texts.append(dialect.drop_trigger(trigger_name(name), name))
    if alteration.lacks_trigger or alteration.has_old_trigger:
        texts += dialect.version_triggers(alteration.table)
    return [AlteringStep(text) for text in texts]


def renewal(dialect: Dialect, alteration: Alteration) -> AlteringStep:
    """Existing rows get their defaults, and a new version."""
    quote, mark = dialect.quote, dialect.mark
    sets = [
        f"{VERSION_COLUMN} = {VERSION_COLUMN} + 1",
        f"{MODIFIED_COLUMN} = {next_modified(MODIFIED_COLUMN, dialect.now)}",
    ]
    added = {column.name for column in alteration.added}
    sets += [
        f"{quote(name)} = {mark if name in added else f'coalesce({quote(name)}, {mark})'}"
        for name in alteration.defaults
    ]
    return AlteringStep(
        f"UPDATE {quote(alteration.table.name)} SET {', '.join(sets)}", tuple(alteration.defaults.values())
    )
