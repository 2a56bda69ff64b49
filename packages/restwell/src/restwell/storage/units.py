"""A unit carried out: its changes and effects as statements in one transaction, and what came of them as outcomes.

One change without effects is one statement, with no transaction around it but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm.exc import StaleDataError

from ..data.layout import Layout
from ..data.outcomes import Outcome, Row
from ..data.plans import RowChange
from ..data.units import Announcement, Effect, Result, Taking, Unit
from ..model.resource import Declaration
from .driver import Driver, Write
from .elsewhere import refusing_elsewhere
from .errors import InvalidValue, Taken, Violation
from .lent import Lent, lent_of
from .lent_writing import LentWriting, OwnWriting
from .mapped.writing import Writing, flush
from .outbox import PreparedChange, Told, WrittenChange
from .reading import reading_of
from .refusals import members_taken, rejection_of
from .renames import StoredRenames
from .selects import Selects
from .statements import Statements

EffectWriter = Callable[[Any, Sequence[Told]], Write]
"""Gives what is written for an effect, from the changes beside it."""
NUMBERS = range(-(2**63), 2**63)
"""That a column can hold; a row with any other identity there cannot be."""
LOST = Outcome("lost")
DELETED = Outcome("deleted")


class _TakenBack(Exception):
    """A change of several has found nothing to change: all of them are taken back."""


class Units:
    """Carries out the units of one store. `writers` says what is written for each kind of effect."""

    def __init__(
        self,
        driver: Driver,
        statements: Mapping[Declaration, Statements],
        writers: Mapping[type[Effect], EffectWriter],
        writings: Mapping[Declaration, Writing],
        renames: StoredRenames | None = None,
    ) -> None:
        self._driver = driver
        self._statements = statements
        self._returned = {d: reading_of(each.stored, d, returned=True) for d, each in statements.items()}
        self._writers = writers
        self._writings = writings
        self._own = {d: OwnWriting(each, self._returned[d]) for d, each in statements.items()}
        self._announces = Announcement in writers
        self._renames = renames
        # What is announced of a row whose identity the database makes is known once that is written.
        made = [declaration for declaration in statements if declaration.makes is not None and self._announces]
        self._lending = frozenset([*writings, *(made if driver.dialect.returns_updated else statements)])
        """The resources that are always changed on a connection which is lent."""

    def carry_out(self, unit: Unit) -> Result:
        """Change all that a unit says, or nothing; committed when this returns. Raises StoreError."""
        changes = unit.changes
        if unit.taking is not None or (self._lending and any(each.resource in self._lending for each in changes)):
            return self._lent(unit)
        if len(changes) == 1 and not unit.effects and not self._announces and not self._is_noted(changes[0]):
            return self._alone(changes[0])
        for place, change in enumerate(changes):
            if _is_beyond(change.identity):
                return Result((LOST,), place)
        return self._together(unit)

    def _lent(self, unit: Unit) -> Result:
        """As `_together`, by a connection that is lent to SQLAlchemy: models of others, and whoever takes part."""
        outcomes: list[Outcome] = []
        told: list[Told] = []
        for place, change in enumerate(unit.changes):
            if _is_beyond(change.identity):
                return Result((LOST,), place)
        place, last = 0, len(unit.changes) - 1
        try:
            with self._driver.lend() as connection, lent_of(connection) as lent:
                effects = list(unit.effects)
                for place, change in enumerate(unit.changes):  # noqa: B007 - for what is refused
                    outcome, more = self._taken_part(lent, change, unit.taking)
                    outcomes.append(outcome)
                    told.append(_told(change, outcome))
                    effects += more
                flush(lent.session)
                writes = [self._writer_of(each)(each, told) for each in (*effects, *self._announcements(unit))]
                for place, write in enumerate((*writes, *self._noted(told)), last + 1):  # noqa: B007 - as above
                    connection.exec_driver_sql(write.text, tuple(write.parameters))
                place = last  # of what is refused at the end
        except (_TakenBack, StaleDataError):
            return Result((LOST,), len(outcomes))
        except Violation as violation:
            return self._refused(unit.changes, place, violation)
        return Result(tuple(outcomes))

    def _taken_part(self, lent: Lent, change: RowChange, taking: Taking | None) -> tuple[Outcome, Sequence[Effect]]:
        """One change, with whoever takes part in it. Raises _TakenBack where there is nothing to change any more."""
        writing, layout = self._lent_writing(change), change.resource.compiled[Layout]
        locked = None
        if change.action != "insert":
            locked = writing.guarded(lent, change)
            if locked is None:
                raise _TakenBack
        if taking is None:
            return _outcome_of(change, writing.write(lent, change, locked)), ()
        old = layout.named(locked.row) if locked else None
        with refusing_elsewhere(lent):
            change = change._replace(values=taking.before(old, change.values, lent.session))
            flush(lent.session)
        written = writing.write(lent, change, locked)
        with refusing_elsewhere(lent):
            effects = taking.after(old, layout.named(written) if written else None, lent.session)
            flush(lent.session)
        return _outcome_of(change, writing.again(lent, written) if written else ()), effects

    def _lent_writing(self, change: RowChange) -> LentWriting:
        return self._writings.get(change.resource) or self._own[change.resource]

    def _alone(self, change: RowChange) -> Result:
        if _is_beyond(change.identity):
            return Result((LOST,), 0)
        statements = self._statements[change.resource]
        statement, parameters = statements.of_change(change)
        try:
            rows = self._driver.write(statement.text, parameters, statements.table_name)
        except Violation as violation:
            return self._refused_of(statements, change, violation)
        if not rows:
            return Result((LOST,), 0)
        return Result((self._outcome(change, rows),))

    def _together(self, unit: Unit) -> Result:
        changes = [self._prepared(change) for change in unit.changes]
        effects = self._effects_of(unit)
        writes = [Write(c.statement.text, c.parameters, c.statements.table_name, must_change=True) for c in changes]
        writes += [self._writer_of(effect)(effect, changes) for effect in effects]
        writes += self._noted(changes)
        if not writes:
            return Result(())
        try:
            found = self._driver.write_all(writes)
        except Violation as violation:
            return self._refused(unit.changes, _place_of(changes, violation), violation)
        if len(found) < len(writes) or (writes[-1].must_change and not found[-1]):  # perhaps nothing follows it
            return Result((LOST,), len(found) - 1)
        return Result(tuple(self._outcome(c.change, rows) for c, rows in zip(changes, found, strict=False)))

    def _effects_of(self, unit: Unit) -> tuple[Effect, ...]:
        return (*unit.effects, *self._announcements(unit))

    def _announcements(self, unit: Unit) -> list[Effect]:
        return list(map(Announcement, range(len(unit.changes)))) if self._announces else []

    def _is_noted(self, change: RowChange) -> bool:
        """Whether former identities are noted beside a change."""
        return self._renames is not None and bool(change.resource.renameable)

    def _noted(self, changes: Sequence[Told]) -> list[Write]:
        """What notes former identities beside changes, or takes such a note away."""
        if self._renames is None:
            return []
        return [write for each in changes if self._is_noted(each.change) for write in self._renames.writes_of(each)]

    def _prepared(self, change: RowChange) -> PreparedChange:
        statements = self._statements[change.resource]
        return PreparedChange(change, statements, *statements.of_change(change))

    def _writer_of(self, effect: Effect) -> EffectWriter:
        if type(effect) not in self._writers:
            raise TypeError(f"This store does not write {type(effect).__name__}: no such effect was asked for.")
        return self._writers[type(effect)]

    def _refused(self, changes: Sequence[RowChange], place: int, violation: Violation) -> Result:
        """What a violation is to the change at a place. Raises Rejected, or that of an effect behind them itself."""
        if place >= len(changes):  # what an effect holds is ours, and no client's mistake
            if isinstance(violation, Taken):
                return Result((Outcome("taken"),), place)
            raise violation
        return self._refused_of(self._lent_writing(changes[place]).selects, changes[place], violation, place)

    def _refused_of(self, statements: Selects, change: RowChange, violation: Violation, place: int = 0) -> Result:
        if isinstance(violation, Taken):
            return Result((Outcome("taken", members=members_taken(statements, change, violation)),), place)
        raise rejection_of(self._driver, statements, change, violation, place) from violation

    def _outcome(self, change: RowChange, rows: Sequence[Row]) -> Outcome:
        if change.action == "delete":
            return DELETED
        reading = self._returned[change.resource]
        try:
            return _outcome_of(change, reading.row(rows[0]))
        except InvalidValue:  # of an expression of the application's: what was written is committed all the same
            return _outcome_of(change, reading.whole(rows[0])[0])


def _outcome_of(change: RowChange, row: Row) -> Outcome:
    if change.action == "delete":
        return DELETED
    return Outcome("created" if change.action == "insert" else "replaced", row)


def _told(change: RowChange, outcome: Outcome) -> Told:
    """What is told of a change that was made."""
    layout = change.resource.compiled[Layout]
    if not outcome.row:
        return WrittenChange(change, None, None)
    return WrittenChange(change, layout.version(outcome.row), layout.identity(outcome.row))


def _is_beyond(identity: Any) -> bool:
    return isinstance(identity, int) and identity not in NUMBERS


def _place_of(changes: Sequence[PreparedChange], violation: Violation) -> int:
    """The place that a violation is about; at the end of all, that of the last change of its table, or the last."""
    if violation.place is not None:
        return violation.place
    named = [place for place, each in enumerate(changes) if each.statements.table_name == violation.table]
    return named[-1] if named else len(changes) - 1
