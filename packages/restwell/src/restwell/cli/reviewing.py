"""`restwell access`: who may do what, for people to review, and for CI to compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .callers import Caller, caller_words, grant_of, with_caller
from .options import aligned, bindings_of, close, option, with_api

if TYPE_CHECKING:
    from ..access.grant import Grant
    from ..descriptions.matrix import ChangedLine, Line
    from ..web.flask.binding import Binding


@click.command()
@option("--format", "form", type=click.Choice(["table", "json", "html"]), default="table", show_default=True)
@option(
    "--diff",
    "old",
    metavar="OLD.json",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compare with an earlier --format json: 1 where something differs, what got wider first.",
)
@with_caller
@with_api
def access(  # noqa: PLR0917 - click gives them by name
    form: str, old: Path | None, key: str | None, subject: str | None, scopes: Sequence[str], groups: Sequence[str],
    reference: str, database: str | None,
) -> None:  # fmt: skip
    """Show who may do what: resources, operations and fields with what the rule of each asks.

    Conditions are in words. What is public is marked. A field without a line is read and set by whoever may do that
    with the item. With --as, or a caller who is made up, each line says what they may do.
    """
    import orjson  # not for `--help`

    caller = Caller(key, subject, scopes, groups)
    if old is not None and (caller.is_named or form == "html"):
        raise click.UsageError("--diff compares what rules ask, as a table or JSON: leave the caller and html out.")
    bindings = bindings_of(reference, {"DATABASE": database})
    try:
        grant = grant_of(caller, bindings) if caller.is_named else None
        lines = lines_within(bindings, grant)
    finally:
        close(bindings)
    if old is not None:
        _compare(lines, old, as_json=form == "json")
    elif form == "json":
        about = {} if grant is None else {"as": caller_words(grant)}
        data = {**about, "access": [each.data for each in lines]}
        click.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2))
    elif form == "html":
        click.echo(page_of(bindings[0].app.name, lines, grant), nl=False)
    else:
        click.echo("\n".join(table_of(lines, grant)))


def lines_within(bindings: Sequence[Binding], grant: Grant | None) -> list[Line]:
    """The lines of every API of an application."""
    from ..descriptions.matrix import lines_of  # with Flask: not for `--help`

    return [
        line for binding in bindings for each in binding.api.declarations
        for line in lines_of(f"{binding.prefix}{each.path}", each, grant)
    ]  # fmt: skip


def table_of(lines: Sequence[Line], grant: Grant | None) -> list[str]:
    """Aligned columns, and what is public in a line below them."""
    from ..descriptions.matrix import worth_telling  # as above

    asked = [] if grant is None else ["may"]
    rows = [["", "resource", "operation", "field", *asked, "needs"]]
    rows += [
        [
            _mark(each),
            each.resource,
            each.operation,
            each.field or "",
            *([each.may or ""] if asked else []),
            each.needs,
        ]
        for each in worth_telling(lines)
    ]
    about = [] if grant is None else ["", f"`may` is what {caller_words(grant)} may do."]
    return [*aligned(rows), *about, "", *public_words(lines)]


def _mark(line: Line) -> str:
    return "!" if line.public else "~" if line.is_public_in_part else ""


def public_words(lines: Sequence[Line]) -> list[str]:
    """What is public, and what is so for some items, in a sentence each."""
    public = [each.of for each in lines if each.field is None and each.public]
    part = [each.of for each in lines if each.field is None and each.is_public_in_part]
    if not public and not part:
        return ["No operation is public."]
    told = [f"! {_counted(public)} public: {', '.join(public)}."] if public else []
    where = "public for the items that a condition holds for, or may be"
    return [*told, *([f"~ {_counted(part)} {where}: {', '.join(part)}."] if part else [])]


def _counted(names: Sequence[str]) -> str:
    return "1 operation is" if len(names) == 1 else f"{len(names)} operations are"


def page_of(title: str, lines: Sequence[Line], grant: Grant | None) -> str:
    """A page of its own, without script and without loading anything."""
    from ..descriptions.matrix import worth_telling  # as above
    from ..representations.html import POLICY, templates  # as above

    resources: dict[str, list[Line]] = {}
    for each in worth_telling(lines):
        resources.setdefault(each.resource, []).append(each)
    policy = "; ".join(part for part in POLICY.split("; ") if not part.startswith("frame-ancestors"))
    found = templates().get_template("access.html").render(
        title=title, resources=resources, public=public_words(lines), policy=policy,
        caller=None if grant is None else caller_words(grant),
    )  # fmt: skip
    return f"{found}\n"


def _compare(lines: Sequence[Line], old: Path, *, as_json: bool) -> None:
    import orjson  # not for `--help`

    from ..descriptions.matrix import differences  # as above

    found = differences(earlier(old), [each.data for each in lines])
    if as_json:
        click.echo(orjson.dumps([each._asdict() for each in found], option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(map(difference_words, found)) or "No difference.")
    if found:
        click.get_current_context().exit(1)


def difference_words(found: ChangedLine) -> str:
    """A difference as one line."""
    return f"{found.kind:<8}  {found.of}: {found.before} -> {found.now}"


def earlier(file: Path) -> list[dict[str, Any]]:
    """The lines in a file that `--format json` has written. Raises click.BadParameter."""
    import orjson  # not for `--help`

    try:
        lines = orjson.loads(file.read_bytes())["access"]
        for each in lines:
            each["resource"], each["operation"], each["field"], each["needs"], each["ways"], each["functions"]
    except OSError as error:
        raise click.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint="--diff") from error
    except (ValueError, TypeError, KeyError) as error:
        what = f"{file} is not what `restwell access --format json` writes: write one to compare with."
        raise click.BadParameter(what, param_hint="--diff") from error
    return list(lines)
