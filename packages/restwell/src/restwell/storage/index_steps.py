"""Statements that create the indexes and the trigger of a table, and drop old ones."""

from __future__ import annotations

from sqlalchemy.schema import CreateIndex, DropIndex

from .alterations import Alteration, AlteringStep
from .dialect import Dialect
from .tables import trigger_name


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
