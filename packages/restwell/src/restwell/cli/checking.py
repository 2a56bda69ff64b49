"""`restwell check`: what is declared, or in the database, and is hardly meant so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from .options import bindings_of, option, with_api

if TYPE_CHECKING:
    from ..descriptions.lints import Lint
    from ..model.resource import Declaration
    from ..storage.engine import Store
    from ..web.flask.binding import Binding


@click.command()
@option("--ignore", "ignored", metavar="ID", multiple=True, help="Leave out what has this id, or is of this check.")
@option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_api
def check(ignored: Sequence[str], form: str, reference: str, database: str | None) -> None:
    """Look for what is hardly meant so in the declarations and the database; 1 where there is something.

    Secrets that anonymous callers read, public writes, rules that hold always or never, owners whom clients choose,
    rules and foreign keys without an index, scopes of keys that no rule asks for. Nothing is changed.
    """
    import orjson  # not for `--help`

    found = [each for each in lints_within(bindings_of(reference, {"DATABASE": database}))
             if not {each.id, each.check} & {*ignored}]  # fmt: skip
    if form == "json":
        click.echo(orjson.dumps([each.data for each in found], option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n\n".join(map(lint_words, found)) or "Nothing found.")
    if found:
        click.get_current_context().exit(1)


def lint_words(lint: Lint) -> str:
    """What was found, in lines: its id with the place, why, and what to do."""
    place = f"  ({lint.place})" if lint.place else ""
    return f"{lint.id}{place}\n  {lint.why}\n  {lint.remedy}"


def lints_within(bindings: Sequence[Binding]) -> list[Lint]:
    """What there is to look at in an application, each once."""
    from ..descriptions.lints import lints_of  # with Flask and SQLAlchemy: not for `--help`
    from ..storage.engine import Store  # as above

    every = [each for binding in bindings for each in binding.declarations]
    found: list[Lint] = []
    for binding in bindings:
        store = Store.of(binding.database, binding.declarations)
        try:
            lints = [lint for each in binding.declarations for lint in lints_of(f"{binding.prefix}{each.path}", each)]
            is_indexed = not store.driver.dialect.only_read
            found += [each for each in lints if is_indexed or each.check != "unindexed-rule"]
            found += _of_keys(store)
            found += _of_scopes(store, every)
        finally:
            store.close()
    return list({each.id: each for each in found}.values())


def _of_keys(store: Store) -> Iterator[Lint]:
    """Foreign keys without an index."""
    from ..descriptions.lints import Lint, place_in  # as above
    from ..storage.lints import bare_keys  # as above

    for key in bare_keys(store):
        yield Lint(
            "unindexed-key",
            f"{key.table}.{'+'.join(key.columns)}",
            f"Each delete in {key.target} looks at every row of {key.table}, as does who asks for the rows of one.",
            f"Add an index of {', '.join(key.columns)} to the table {key.table}.",
            place_in(key.declaration),
        )


def _of_scopes(store: Store, declarations: Sequence[Declaration]) -> Iterator[Lint]:
    """Scopes of valid keys that nothing asks for; a function of the grant may ask for any."""
    from ..descriptions.lints import Lint, sources_of  # as above
    from ..model.policy import expand_scopes  # as above
    from ..model.ruling import known_scopes  # as above
    from ..storage.lints import kept_keys  # as above

    if sources_of(declarations):
        return
    holders: dict[str, list[str]] = {}
    for record in kept_keys(store):
        if record["revoked"] is None and (record["expires"] is None or record["expires"] > time.time()):
            for scope in expand_scopes(record["scopes"].split()) - known_scopes(declarations):
                holders.setdefault(scope, []).append(record["id"])
    for scope, ids in sorted(holders.items()):
        yield Lint(
            "unasked-scope",
            scope,
            f"No rule asks for it, and it is a scope of the keys {', '.join(sorted(ids))}.",
            "Make other keys without it and revoke these, or correct the rule that was to ask for it.",
        )
