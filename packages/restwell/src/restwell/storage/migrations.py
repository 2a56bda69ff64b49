"""The difference between declarations and database: found by Alembic, told in words and as SQL, applied at once.

Nothing is lost silently: what would take values away has to be permitted, and what rows that are there cannot
bear is refused before anything is done. Tables that are not declared are not ours, and are left alone; so are the
indexes and triggers of others on tables of ours.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ..model.resource import Declaration
from . import existing_rows
from .alterations import Alteration, AlteringStep, literal
from .altering import connected
from .engine import Store
from .index_steps import late_steps
from .schema import Existing, adding, columns_of, create_missing, creation, new_columns, strangers
from .tables import (
    CALLS,
    NUMBER_COLUMN,
    OUTBOX,
    RENAMES,
    beside,
    identity_name,
    is_own_index,
    number_of,
    own_tables,
    trigger_name,
)


class NotMigrated(Exception):
    """An obstacle to a migration; the message says how to remove it."""


class Difference(NamedTuple):
    """One difference, in words; `loses` if applying it deletes values."""

    words: str
    loses: bool = False


class Migration(NamedTuple):
    """The whole difference: in words, as the statements that remove it, and the obstacles."""

    changes: tuple[Difference, ...]
    steps: tuple[AlteringStep, ...]
    obstacles: tuple[str, ...]


def find_difference(store: Store) -> Migration:
    """The difference between a store's declarations and its database. Nothing is changed."""
    with connected(store.driver, writing=False) as connection:
        return _Comparison(store, connection).migration()


def apply_difference(store: Store, *, allow_drop: bool = False) -> Migration:
    """Remove the difference and return what it was: all or nothing, unless `Dialect.commits_tables`.

    Raises NotMigrated, and then has changed nothing.
    """
    if store.driver.read_only:
        why = store.driver.dialect.only_read or "the database URL says mode=ro. Leave that out"
        raise NotMigrated(f"Nothing was changed: {why}.")
    with connected(store.driver, writing=True) as connection:
        comparison = _Comparison(store, connection)
        migration = comparison.migration()
        _refuse(migration, allow_drop=allow_drop)
        comparison.apply()
    return migration


def _refuse(migration: Migration, *, allow_drop: bool) -> None:
    if migration.obstacles:
        raise NotMigrated(f"Nothing was changed: {' '.join(migration.obstacles)}")
    losing = [change.words for change in migration.changes if change.loses]
    if losing and not allow_drop:
        raise NotMigrated(
            f"Nothing was changed, because values would be lost: {'; '.join(losing)}. "
            "If that is meant, add --allow-drop; "
            "if it is a new name, first rename it by ALTER TABLE ... RENAME COLUMN ... TO ..."
        )


# -- the comparison -----------------------------------------------------------------------------------------


class _Comparison:
    """One comparison with the database, and the steps that follow from it."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._dialect = store.driver.dialect
        self._connection = connection
        self._raw: Any = self._dialect.executing(connection.connection.dbapi_connection)
        self._existing: Existing = columns_of(self._dialect, lambda text: self._raw.execute(text).fetchall())
        self._own = own_tables(
            self._dialect,
            outbox=store.outbox is not None or OUTBOX in self._existing,
            calls=store.calls is not None or CALLS in self._existing,
            renames=store.renames is not None or RENAMES in self._existing,
        )
        tables = [*self._own.sorted_tables, *store.metadata.sorted_tables]
        strange = {table.name: strangers(table, self._existing) for table in tables}
        self._declared: dict[str, Declaration] = {
            s.table.name: d for d, s in store.statements.items() if not strange[s.table.name]
        }
        self._tables: dict[str, sa.Table] = {table.name: table for table in tables if not strange[table.name]}
        self._changes: list[Difference] = []
        self._obstacles: list[str] = [line for lines in strange.values() for line in lines]
        self._alterations: dict[str, Alteration] = {}
        self._foreign: dict[str, list[sa.Index]] = {}
        self._added = new_columns(self._own, self._existing)
        self._compare()

    def migration(self) -> Migration:
        """What was found."""
        steps = [
            step
            for alteration in self._alterations.values()
            for step in (*self._dialect.steps(alteration), *late_steps(self._dialect, alteration))
        ]
        steps += [AlteringStep(adding(self._dialect, column)[-1]) for column in self._added]
        for name, table in self._tables.items():
            if name not in self._existing:
                self._changes.append(Difference(f"{name}: create the table{self._initial(name)}"))
                steps += [AlteringStep(text) for text in self._making(table)]
        return Migration(tuple(self._changes), tuple(steps), tuple(self._obstacles))

    def apply(self) -> None:
        """Run the statements."""
        broken = self._dialect.broken_references(self._raw)
        for name, alteration in self._alterations.items():
            for step in self._dialect.steps(alteration):
                step.run(self._raw)
            for column, make in alteration.factories.items():
                self._fill(name, column, make)
            for step in late_steps(self._dialect, alteration):
                step.run(self._raw)
        if self._dialect.broken_references(self._raw) > broken:
            raise NotMigrated("Nothing was changed: rows of another table refer to what would be dropped.")
        for each in self._added:
            self._raw.execute(adding(self._dialect, each)[-1])
        every = list(self._store.statements.values())
        create_missing(self._store.driver, self._raw, every, self._own, self._existing)

    def _initial(self, name: str) -> str:
        declaration = self._declared.get(name)
        count = len(declaration.initial) if declaration else 0
        return f" with its {count} initial rows" if count else ""

    def _making(self, table: sa.Table) -> list[str]:
        return [
            *creation(self._dialect, table),
            *(self._dialect.version_triggers(table) if table.name in self._declared else []),
        ]

    def _fill(self, table: str, column: str, make: Any) -> None:
        text = existing_rows.filling(self._dialect, self._tables[table], column)
        for (number,) in self._raw.execute(existing_rows.numbers(self._dialect, self._tables[table])).fetchall():
            self._raw.execute(text, (make(), number))

    # what Alembic finds

    def _compare(self) -> None:
        options = {"compare_type": self._types_differ, "compare_server_default": False, "include_name": self._is_ours}
        context = MigrationContext.configure(self._connection, opts=options)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", sa.exc.SAWarning
            )  # tables of others may hold what SQLAlchemy does not know
            found: Any = compare_metadata(context, [self._store.metadata, self._own])  # type: ignore[arg-type]  # several may be given
        for difference in found:
            for kind, *details in difference if isinstance(difference, list) else [difference]:
                take = getattr(self, f"_{kind}", None)  # comments and references are not declared here
                if take is not None:
                    take(*details)
        self._look_for_triggers()
        for name, alteration in self._alterations.items():
            alteration.foreign_indexes = self._foreign.get(name, [])
            self._weigh(name, alteration)

    def _is_ours(self, name: str | None, kind: str, _: Any) -> bool:
        return kind != "table" or name in self._tables

    def _types_differ(self, _: Any, __: Any, column: sa.Column[Any], *___: Any) -> bool:
        return self._existing[column.table.name][column.name][0] != self._dialect.type_name(column)

    def _of(self, table: str) -> Alteration:
        if table not in self._alterations:
            self._alterations[table] = Alteration(self._tables[table], others=self._others(table))
        return self._alterations[table]

    def _say(self, table: str, words: str, *, loses: bool = False) -> None:
        self._changes.append(Difference(f"{table}: {words}", loses))

    def _is_renumbered(self, table: str) -> bool:
        """Whether rows that a column of ours has numbered are to be numbered by their identity."""
        number = number_of(self._tables[table]).name
        return number != NUMBER_COLUMN and NUMBER_COLUMN in self._existing[table]

    def _add_column(self, _: Any, table: str, column: sa.Column[Any]) -> None:
        declared = self._tables[table].c[column.name]
        if declared in self._added:
            self._say(table, f"add {column.name} ({self._dialect.type_name(declared)})")
            return
        if column.name == NUMBER_COLUMN:
            self._obstacles.append(
                f"{table} has no {NUMBER_COLUMN}, as its identity numbers the rows, and the declaration has one that "
                "does not: export the rows, drop the table, and import them."
            )
            return
        self._of(table).added.append(declared)
        if declared is number_of(self._tables[table]):
            if not self._is_renumbered(table):
                self._obstacles.append(
                    f"{table}.{column.name} is to number the rows, which another column does: rename that in the "
                    "database, or keep the attribute and give it an alias."
                )
            return  # said where the number of before goes
        default = self._find_default(table, column.name)
        self._say(table, f"add {column.name} ({self._dialect.type_name(declared)}){default}")

    def _remove_column(self, _: Any, table: str, column: sa.Column[Any]) -> None:
        if column.name == NUMBER_COLUMN and self._is_renumbered(table):
            number = self._of(table).renumbered = number_of(self._tables[table]).name
            self._say(table, f"{number} numbers the rows, and the database makes it")
            return
        self._of(table).dropped.append(column.name)
        if column.name in map(beside, self._tables[table].c.keys()):
            self._say(table, f"drop {column.name}, which a migration that was stopped has left")
            return
        self._say(table, f"drop {column.name} and its values", loses=True)

    def _modify_nullable(self, _: Any, table: str, column: str, __: Any, ___: Any, nullable: bool) -> None:  # noqa: FBT001 - Alembic's
        if self._tables[table].c[column].primary_key:
            return
        self._of(table).nullable[column] = nullable
        default = "" if nullable else self._find_default(table, column)
        self._say(table, f"{column} may {'' if nullable else 'not '}be missing{default}")

    def _modify_type(self, _: Any, table: str, column: str, *__: Any) -> None:
        old, new = self._existing[table][column][0], self._dialect.type_name(self._tables[table].c[column])
        self._of(table).types[column] = old
        self._say(table, f"change {column} from {old} to {new}")

    def _add_constraint(self, constraint: sa.UniqueConstraint) -> None:
        table = str(constraint.table.name)
        self._of(table).new_constraints.append(constraint)
        self._say(table, f"{', '.join(constraint.columns.keys())} is the identity")

    def _remove_constraint(self, constraint: sa.UniqueConstraint) -> None:
        table = str(constraint.table.name)
        if constraint.name == identity_name(table):
            self._of(table).old_constraints.append(constraint)
            self._say(table, f"{', '.join(constraint.columns.keys())} is no longer the identity")

    def _add_index(self, index: sa.Index) -> None:
        table = self._tables.get(str(index.table.name))  # type: ignore[union-attr]  # it has one
        if table is None or table.name not in self._existing:  # somebody else's; or it comes with its table
            return
        self._of(table.name).new_indexes.append(next(each for each in table.indexes if each.name == index.name))
        self._say(table.name, f"create the {'unique ' if index.unique else ''}index {index.name}")

    def _remove_index(self, index: sa.Index) -> None:
        table = str(index.table.name)  # type: ignore[union-attr]  # it has one
        if is_own_index(str(index.name), table):
            self._of(table).old_indexes.append(index)
            self._say(table, f"drop the index {index.name}")
        else:
            self._foreign.setdefault(table, []).append(index)

    # what Alembic does not look for

    def _look_for_triggers(self) -> None:
        found: dict[str, str] = dict(self._raw.execute(self._dialect.every_trigger).fetchall())
        for name in self._declared:
            if name not in self._existing:
                continue
            trigger = trigger_name(name)
            if trigger not in found:
                self._of(name).lacks_trigger = True
                self._say(name, "create the trigger that sees changes made by others")
            elif found[trigger] not in self._dialect.version_triggers(self._tables[name])[0]:
                if self._is_renumbered(name):  # the trigger goes with the number
                    self._of(name).has_old_trigger = True
                    continue
                self._of(name).has_old_trigger = True
                self._say(name, "renew the trigger that sees changes made by others")

    def _others(self, table: str) -> list[str]:
        rows = self._dialect.others_on(self._raw, table)
        return [text for name, text in rows if not is_own_index(name, table) and name != trigger_name(table)]

    # what existing rows get, and what they would violate

    def _find_default(self, table: str, column: str) -> str:
        """Note the value that existing rows get in a column, and describe it."""
        declaration = self._declared.get(table)
        info = declaration.content.model_fields.get(column) if declaration else None
        if declaration is None or info is None or info.is_required():
            return ""
        statements = self._store.statements[declaration]
        spec = next(spec for spec in declaration.fields if spec.attribute == column)

        renaming = declaration.shape.renamings.get(spec.name)

        def given() -> Any:
            found = info.get_default(call_default_factory=True, validated_data={})
            plain = spec.reader.dump_python(found, mode="json", by_alias=False)
            return plain if renaming is None else renaming.to_http(plain)

        def make() -> Any:
            return statements.to_parameter(spec.name, given())

        value = given()
        default = statements.to_parameter(spec.name, value)
        if default is None:
            return ""
        self._of(table).defaults[column] = default
        shown = value if isinstance(value, str) else default
        if info.default_factory is not None and column not in self._existing[table]:
            self._of(table).factories[column] = make
            return ", existing rows get one each"
        return f", existing rows {'without one ' if column in self._existing[table] else ''}get {literal(shown)}"

    def _weigh(self, name: str, alteration: Alteration) -> None:
        for column_name in alteration.types:
            if not self._ask(existing_rows.has_present(self._dialect, name, column_name)):
                alteration.blank.add(column_name)
        if not self._ask(existing_rows.has_rows(self._dialect, name)):
            return
        if alteration.renumbered and not alteration.takes_numbers:
            self._weigh_numbers(name, alteration.renumbered)
        for column in alteration.added:
            if column.name == alteration.renumbered:
                continue
            if not column.nullable and column.name not in alteration.defaults:
                self._obstacles.append(
                    f"{name}.{column.name} is new and required, and {name} has rows, which have no value for it: "
                    "give the field a default."
                )
        for column_name in alteration.tightened:
            if column_name not in alteration.defaults and self._ask(
                existing_rows.has_missing(self._dialect, name, column_name)
            ):
                self._obstacles.append(
                    f"{name}.{column_name} may not be missing, and is in some rows: give the field a default."
                )
        self._weigh_values(name, alteration)

    def _weigh_numbers(self, table: str, column: str) -> None:
        if self._ask(existing_rows.has_missing(self._dialect, table, column)) or self._ask(
            existing_rows.has_repeated(self._dialect, table, [column])
        ):
            self._obstacles.append(
                f"{table}.{column} cannot number the rows, as some have none or the same: correct that first."
            )

    def _weigh_values(self, name: str, alteration: Alteration) -> None:
        lost = False
        for column, old in alteration.types.items():
            if column in alteration.blank:
                continue
            text = existing_rows.has_lost(self._dialect, name, alteration.table.c[column], old)
            if self._ask(text) or self._dialect.loses_value(self._raw, alteration, column):
                lost = True
                new = self._dialect.type_name(alteration.table.c[column])
                self._obstacles.append(
                    f"{name}.{column} has values that would not be the same as {new}: correct them first."
                )
        for constraint in alteration.new_constraints:
            column = constraint.columns.keys()[0]
            fresh = column in {each.name for each in alteration.added}
            if fresh or self._ask(existing_rows.has_repeated(self._dialect, name, [column])):
                self._obstacles.append(
                    f"{name}.{column} cannot be the identity, as rows have the same value: correct that first."
                )
        for index in () if lost else alteration.unique_indexes:
            columns = index.columns.keys()
            repeated = existing_rows.will_be_repeated(self._dialect, name, columns, alteration)
            if repeated is not None and self._ask(repeated):
                what, values = " and ".join(columns), "value" if len(columns) == 1 else "values"
                self._obstacles.append(
                    f"{name}.{what} cannot be unique, as rows have the same {values}: correct that first."
                )

    def _ask(self, text: str) -> bool:
        """Whether a query has a row; also yes if it fails, as for a wrong value."""
        try:
            with self._connection.begin_nested():
                return bool(self._connection.exec_driver_sql(text).fetchall())
        except sa.exc.DBAPIError:
            return True
