"""The statements that give a table its indexes and its trigger, and take old ones away."""

from __future__ import annotations

from sqlalchemy.schema import CreateIndex, DropIndex

from .alterations import Alteration, AlteringStep
from .dialect import Dialect
from .tables import trigger_name


def late_steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that come when rows have been filled one by one."""
    return [AlteringStep(dialect.text(CreateIndex(index))) for index in alteration.late_indexes]


def without_old_indexes(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that drop what is not declared any more."""
    return [AlteringStep(dialect.text(DropIndex(index))) for index in alteration.old_indexes]


def with_new_indexes(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that make the indexes that can be made at once, and the trigger."""
    now = [index for index in alteration.new_indexes if index not in alteration.late_indexes]
    texts = [dialect.text(CreateIndex(index)) for index in now]
    name = alteration.table.name
    if alteration.has_old_trigger:
        texts.append(dialect.drop_trigger(trigger_name(name), name))
    if alteration.lacks_trigger or alteration.has_old_trigger:
        texts += dialect.version_triggers(name)
    return [AlteringStep(text) for text in texts]
