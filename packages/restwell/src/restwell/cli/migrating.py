"""`restwell migrate`: shows or applies the differences between declarations and database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .options import Failure, opened, option, with_api

if TYPE_CHECKING:
    from ..storage.migrations import Migration


@click.command()
@option("--apply", "applies", is_flag=True, help="Apply the changes in one transaction.")
@option("--allow-drop", is_flag=True, help="Also drop columns that are no longer declared, with their values.")
@with_api
def migrate(applies: bool, allow_drop: bool, reference: str, database: str | None) -> None:  # noqa: FBT001 - click gives them by name
    """Show or apply the differences between the declarations and the database.

    Tables that are not declared, or were not created by Restwell, are not changed. A new required column needs a
    default for existing rows.
    """
    # Alembic and SQLAlchemy: 0.6 s, not for `--help`.
    from ..storage.engine import Store
    from ..storage.migrations import apply_difference, find_difference

    with opened(reference, database) as bindings:
        stores = [Store.of(binding.database, binding.declarations) for binding in bindings]
        try:
            found = [
                apply_difference(store, allow_drop=allow_drop) if applies else find_difference(store)
                for store in stores
            ]
        finally:
            for store in stores:
                store.close()
    tell(found, applied=applies)


def tell(found: Sequence[Migration], *, applied: bool) -> None:
    """Print the differences, or the applied changes. Raises Failure for obstacles."""
    changes = [change for migration in found for change in migration.changes]
    obstacles = [obstacle for migration in found for obstacle in migration.obstacles]
    if not changes and obstacles:
        raise Failure(" ".join(obstacles))
    if not changes:
        click.echo("No difference.")
        return
    for change in changes:
        click.echo(f"{change.words}{'   (VALUES ARE LOST)' if change.loses and not applied else ''}")
    if applied:
        click.echo("Applied.")
        return
    click.echo("\nAs SQL:\n")
    click.echo("\n".join(str(step) for migration in found for step in migration.steps))
    drop = " --allow-drop" if any(change.loses for change in changes) else ""
    click.echo(f"\nApply it with `restwell migrate --apply{drop}`.")
    if obstacles:
        raise Failure(f"The changes cannot be applied: {' '.join(obstacles)}")
