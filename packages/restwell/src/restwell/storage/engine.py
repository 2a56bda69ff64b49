"""The store of one API: looks up rows and carries out changes in its database."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..data.layout import Layout
from ..data.outcomes import Outcome, UnreadRow
from ..data.plans import Plan
from ..data.query import Query
from ..data.spelling import Spelling
from ..data.store_errors import Incomparable, Unreadable
from ..data.units import Announcement, Call, Effect, Result, Unit
from ..model.conditions import TRUE
from ..model.resource import Declaration
from ..model.source import HeldSource, OwnKeys, Source
from . import schema
from .calls import StoredCalls, together
from .databases import Given, UnknownDatabase, open_driver, restoring
from .driver import Driver
from .errors import InvalidValue, Violation
from .held import HeldItems
from .keys import StoredKeys
from .mapped.writing import writing_of
from .notices import NOTICES
from .outbox import StoredOutbox
from .pages import Pages
from .pause import Pause
from .probing import check_in_database, tell_of_foreign_keys
from .reading import Telling, reading_of
from .renames import StoredRenames
from .selects import Selects
from .statements import Statements
from .tables import RENAMES, SECRETS, own_tables
from .units import NUMBERS, EffectWriter, Units

__all__ = ["Given", "Store", "UnknownDatabase", "open_driver"]
log = logging.getLogger("restwell")
MISSING = Outcome("missing")


class Store:
    """The rows of an API's resources, in one database. Safe to use from several threads and processes.

    With an `outbox` every change that is carried out has a line there. What an import or another program changes has
    none, nor what a store without one does: all that write to a database say the same. The `secret` is that of a
    database that is only read and keeps none.

    The resources of further databases are those of stores `beside`: what Restwell keeps for the API is here alone,
    but for calls that changes ask for, which are kept beside these.
    """

    def __init__(
        self, driver: Driver, declarations: Sequence[Declaration], *, outbox: bool = False, secret: str | None = None,
        beside: Sequence[Store] = (), is_main: bool = True,
    ) -> None:  # fmt: skip
        self.driver = driver
        self._beside = beside
        self._is_main = is_main
        self._given_secret = secret
        self._lacks: frozenset[str] = frozenset()
        """Restwell's own tables, and columns of these, that are not in a database that is only read."""
        self.keys = StoredKeys(driver)
        self.find_key = self.keys.find
        self.pause = Pause(driver)
        self.metadata = sa.MetaData()
        dialect = driver.dialect
        for each in (d for d in declarations if not isinstance(d.source, HeldSource)):
            dialect.check(each)
        self.statements = {d: Statements(d, self.metadata, dialect) for d in declarations if d.source is None}
        """Those of Restwell's own tables."""
        held = {d: self._held(d, d.source.source) for d in declarations if isinstance(d.source, HeldSource)}
        self._elsewhere: dict[Declaration, HeldItems | Store] = {**held}
        """What looks up and changes the items that are not in this database."""
        self._elsewhere.update((d, each) for each in beside for d in each.selects)
        modelled = [d for d in declarations if d.source is not None and d not in held]
        self._writings = {d: writing_of(d, dialect) for d in modelled}
        others = {d: writing.selects for d, writing in self._writings.items()}
        self.selects: Mapping[Declaration, Selects] = {
            d: others.get(d) or self.statements[d] for d in declarations if d not in held
        }
        """Those that read, of every resource in this database."""
        for found in self.selects.values():
            found.stored.linked.update((d, each.stored) for d, each in self.selects.items())
        self._reading = {d: reading_of(each.stored, d) for d, each in self.selects.items()}
        self._streamed = {d: reading_of(each.stored, d, wholly=True) for d, each in self.selects.items()}
        self._telling = Telling()
        self._pages = Pages(driver, self.selects, self._reading, self._telling)
        self.outbox = StoredOutbox(driver) if outbox else None
        self.effects: dict[type[Effect], EffectWriter] = {}
        """What is written for each kind of effect."""
        if self.outbox is not None:
            self.effects[Announcement] = self.outbox.line_of
        has_calls = any(declaration.hooks.has_committed for declaration in declarations)
        self.own_calls = StoredCalls(driver) if has_calls else None
        if self.own_calls is not None:
            self.effects[Call] = self.own_calls.write_of
        self.calls = together([each.own_calls for each in (self, *beside) if each.own_calls is not None])
        has_renames = any(declaration.renameable for declaration in declarations)
        self.renames = StoredRenames(driver) if has_renames else None
        self._units = Units(driver, self.statements, self.effects, self._writings, self.renames)

    def _held(self, declaration: Declaration, source: Source) -> HeldItems:
        """The items of a source; of keys those that are kept here."""
        return HeldItems(declaration, source.over(self.keys) if isinstance(source, OwnKeys) else source)

    @classmethod
    def open(
        cls, url: str | Given, declarations: Sequence[Declaration], *, outbox: bool = False, secret: str | None = None
    ) -> Store:
        """A store for a database URL, or an engine of an application, its tables created and checked.

        Raises UnknownDatabase, SchemaMismatch, DeclarationError.
        """
        store = cls.of(url, declarations, outbox=outbox, secret=secret)
        try:
            store.prepare()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def of(
        cls, url: str | Given, declarations: Sequence[Declaration], *, outbox: bool = False, secret: str | None = None
    ) -> Store:
        """As `open`, but that nothing is created or checked. Raises UnknownDatabase."""
        further = url.beside if isinstance(url, Given) else ()
        if further and outbox:
            raise UnknownDatabase(
                "The lines of an outbox are those of one database: leave the others to another API."
            )
        beside, here = [], list(declarations)
        for each in further:
            theirs = [d for d in here if d in each.declarations]
            here = [d for d in here if d not in each.declarations]
            beside.append(cls(open_driver(each.given), theirs, is_main=False))
        return cls(open_driver(url), here, outbox=outbox, secret=secret, beside=beside)

    def prepare(self) -> None:
        """Create missing tables. Raises SchemaMismatch if existing ones do not match.

        A database that is only read does without our own where only models are served, and nothing needs a key.
        """
        has = {
            "outbox": self.outbox is not None,
            "calls": self.own_calls is not None,
            "renames": self.renames is not None,
        }
        own = own_tables(self.driver.dialect, **has, is_main=self._is_main)
        needs_keys = any(not rule.is_public for d in self.declarations for rule in d.rules.values())
        is_dispensable = not (self.statements or needs_keys or any(has.values()))
        every = list(self.statements.values())
        self._lacks = schema.prepare(self.driver, every, own, is_dispensable=is_dispensable)
        self.keys.do_without(self._lacks)
        self.pause.do_without(self._lacks)
        for statements in every:
            check_in_database(self.driver, statements)
        for each in self._beside:
            each.prepare()
        self._compare_spellings()
        tell_of_foreign_keys(self.driver, [each.source.model.table for each in self._writings.values()])
        for writing in self._writings.values():
            self.driver.dialect.check_columns(self.driver.read, writing.selects)
        if self._is_main:
            _ = self.secret  # read now, so that refused requests need no query and forked processes have it

    def _compare_spellings(self) -> None:
        """Note of each resource whether its texts, and its identities, have other spellings in this database."""
        asked = self.driver.dialect.exact_columns
        compared = [d for d in self._writings if d.has_stored_spelling]
        ruled = [d for d in self._writings if not all(rule.is_by_scopes for rule in d.rules.values())]
        is_asked = asked and (compared or ruled)
        exact = {f"{table}.{column}" for table, column in self.driver.read(asked)} if is_asked else set()
        for declaration in ruled:
            writing = self._writings[declaration]
            loose = writing.selects.stored.inexact
            texts = [spec for spec in declaration.fields if spec.name in loose]
            loose -= {spec.name for spec in texts if writing.source.compares_exactly([spec.attribute], exact)}
        for declaration in (d for d, each in self._elsewhere.items() if isinstance(each, HeldItems)):
            declaration.compiled[Spelling].is_loose = False
        for declaration in compared:
            names = [spec.attribute for spec in declaration.identifying if spec.kind.is_any_text]
            is_exact = self._writings[declaration].source.compares_exactly(names, exact)
            declaration.compiled[Spelling].is_loose = not is_exact

    @cached_property
    def secret(self) -> bytes:
        """The key of entity tags and cursors, kept in the database so that all workers use the same.

        For a database that keeps none it is made of the one that is given, or is this process's own.
        """
        if SECRETS in self._lacks:
            return self._spare_secret()
        rows = self.driver.read(f"SELECT value FROM {SECRETS} WHERE name = 'validators'")
        return bytes.fromhex(rows[0][0])

    def _spare_secret(self) -> bytes:
        if self._given_secret:
            return hashlib.blake2b(self._given_secret.encode(), digest_size=32).digest()
        log.info(
            "the database is only read and keeps no secret: entity tags and cursors are this process's own. Set "
            "RESTWELL_READ_ONLY_SECRET where several serve."
        )
        return secrets.token_bytes(32)

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every resource."""
        return (*self.selects, *self._elsewhere)

    @property
    def every(self) -> tuple[Store, ...]:
        """This store, and those of further databases."""
        return (self, *self._beside)

    @property
    def slow_at(self) -> float:
        """When a connection was last in use for longer than MAX_LOOK, by `time.perf_counter`."""
        return max(each.driver.slow_at for each in self.every)

    def paused_for(self) -> float:
        """For how many more seconds changes are refused: 0 if they are made. Raises StoreError."""
        return self.pause.left()

    def is_ready(self) -> bool:
        """Whether the database answers, and each of several. Raises StoreError if one does not."""
        return bool(self.driver.read("SELECT 1")) and all(each.is_ready() for each in self._beside)

    def look_up(self, plan: Plan) -> Outcome:
        """Read what a plan asks for. Raises StoreError."""
        if self._elsewhere and plan.resource in self._elsewhere:
            return self._elsewhere[plan.resource].look_up(plan)
        try:
            if plan.action == "page":
                return self._pages.read(plan, plan.query or Query())
            if plan.former:
                return self._renamed(plan)
            if isinstance(plan.identity, int) and plan.identity not in NUMBERS:
                return MISSING
            return self._item(plan)
        except Violation as violation:
            self._check_computing(plan, violation)
            raise Incomparable("A value in the URI is beyond what the store can compare.") from violation

    def _check_computing(self, plan: Plan, violation: Violation) -> None:
        """Raise Unreadable where no value of the URI is compared, so that an expression has failed."""
        query, resource = plan.query or Query(), plan.resource.whole
        if query.condition is TRUE and query.after is None and len(resource.stored) < len(resource.fields):
            what, why = f"a sql= of {resource.name} fails with a row", type(violation.__cause__).__name__
            NOTICES.tell(what, f"{what}: {why}. Correct it.")
            raise Unreadable("What the database computes of a row fails: see the log.") from violation

    def _item(self, plan: Plan) -> Outcome:
        statements = self.selects[plan.resource]
        statement, parameters = statements.item, statements.of_identity(plan.identity)
        if plan.condition is not TRUE:
            statement, parameters = statements.of_item(plan)
        if not plan.wholly:
            try:
                rows = self.driver.read(statement.text, parameters, statements.table_name)
                return Outcome("found", self._reading[plan.resource].row(rows[0])) if rows else MISSING
            except InvalidValue:
                pass
        rows = self.driver.read(statement.text, parameters, statements.table_name, leniently=True)
        return self._whole_item(plan, rows)

    def _renamed(self, plan: Plan) -> Outcome:
        """The item that had an identity before it was renamed, if it is there."""
        if self.renames is None or RENAMES in self._lacks:
            return MISSING
        identity = self.renames.find(plan.resource, plan.identity)
        return MISSING if identity is None else self._item(plan._replace(identity=identity, former=False))

    def _whole_item(self, plan: Plan, rows: list[Any]) -> Outcome:
        """An item whose values are all checked."""
        reading = self._reading[plan.resource]
        if not rows:
            return MISSING
        row, wrong = reading.whole(rows[0])
        if not wrong:
            return Outcome("found", row)
        if any(spec.name in wrong for spec in plan.resource.identifying):
            row = plan.resource.compiled[Layout].with_identity(row, plan.identity)
        unread = reading.unread(row, wrong)
        self._telling.tell(plan.resource, [unread])
        return Outcome("found", row, unread=(unread,))

    def carry_out(self, unit: Unit) -> Result:
        """Change all that a unit says, or nothing; committed when this returns. Raises StoreError when it cannot.

        Raises TypeError for changes in two databases.
        """
        if self._elsewhere and any(change.resource in self._elsewhere for change in unit.changes):
            first, *others = (self._elsewhere.get(change.resource) for change in unit.changes)
            if first is None or any(each is not first for each in others):
                names = " and ".join(change.resource.name for change in unit.changes)
                raise TypeError(f"A unit is of one database, and {names} are of several.")
            return first.carry_out(unit)
        return self._units.carry_out(unit)

    def stream(
        self, declaration: Declaration, size: int = 1000, unread: Callable[[UnreadRow], None] | None = None
    ) -> Iterator[list[Any]]:
        """Every row of a resource in the order of the keys, in one snapshot, `size` at a time.

        Rows that cannot be read are left out, and `unread` is called with each of them.
        """
        holder = self._elsewhere.get(declaration)
        if holder is not None:
            yield from holder.stream(declaration, size, unread)
            return
        reading = self._streamed[declaration]
        statements = self.selects[declaration]
        every = statements.every
        for rows in self.driver.stream(every.text, every.parameters({}), size):
            try:
                good = reading.rows(rows)
            except InvalidValue:
                good, bad = reading.sift(rows)
                for each in bad if unread is not None else ():
                    unread(each)  # type: ignore[misc]  # as the line before says
            yield good

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """What is written meanwhile, also by whoever is called after changes, is taken back at the end: for a test.

        A call that is being made then is waited for; one that is due is taken back with its change.
        """
        with ExitStack() as quiet, ExitStack() as turns:
            for each in (self, *self._beside):
                turns.enter_context(restoring(each.driver))
            try:
                yield
            finally:
                self.keys.uses.settle()
                if self.calls is not None:
                    self.calls.stop()
                    quiet.enter_context(self.calls.closing())

    def close(self) -> None:
        """Close every connection of this process, and end the threads that make calls and write uses of keys."""
        self.keys.uses.settle()
        with nullcontext() if self.calls is None else self.calls.closing():
            self.driver.close()
            for each in self._beside:
                each.driver.close()
