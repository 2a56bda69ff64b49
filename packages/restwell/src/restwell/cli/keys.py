"""`restwell keys`: create, list, rotate and revoke API keys in the database of an application."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from .options import Failure, aligned, opened, option, with_api

if TYPE_CHECKING:
    from ..web.flask.binding import Binding

UNITS = {"m": 60, "h": 3600, "d": 24 * 3600}
MAX_LIFETIME = 100 * 365 * 24 * 3600
COLUMNS = ("id", "name", "subject", "groups", "scopes", "networks", "created", "expires", "used", "parent", "state")


def duration(text: str) -> int:
    """`90d`, `12h`, `30m` in seconds, or `never` as 0. Raises click.BadParameter."""
    match = re.fullmatch(r"([1-9]\d{0,8})([mhd])", text)
    if text != "never" and (match is None or int(match[1]) * UNITS[match[2]] > MAX_LIFETIME):
        raise click.BadParameter(f"{text!r} is not a duration: write 90d, 12h, 30m or never.")
    return int(match[1]) * UNITS[match[2]] if match else 0


def overlap_of(text: str) -> int:
    """As `duration`, of at least 0 seconds and of none that never end. Raises click.BadParameter."""
    if text == "never":
        raise click.BadParameter("The other key has to end: write 7d, 12h, 30m or 0.")
    return 0 if text == "0" else duration(text)


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command()
@click.argument("name")
@option(
    "--scope",
    "scopes",
    metavar="SCOPE",
    multiple=True,
    required=True,
    help="A scope of the key, such as frameworks:write.",
)
@option("--expires", type=duration, default="90d", show_default=True, help="Lifetime: 90d, 12h, 30m or never.")
@option("--subject", metavar="NAME", help="Whom the key acts for, as rules on owners have it. [default: its own id]")
@option("--group", "groups", metavar="GROUP", multiple=True, help="A group that the subject is in.")
@option("--network", "networks", metavar="NETWORK", multiple=True, help="A network to use it from: 10.0.0.0/8.")
@with_api
def create(  # noqa: PLR0917 - click gives every option by its name
    name: str,
    scopes: Sequence[str],
    expires: int,
    subject: str | None,
    groups: Sequence[str],
    networks: Sequence[str],
    reference: str,
    database: str | None,
) -> None:
    """Create a key and print it. It cannot be shown again."""
    from ..web.flask.keys import Keys  # with Flask and SQLAlchemy: 0.5 s, not for `--help`

    with opened(reference, database) as bindings:
        try:
            store = holder_of(bindings, scopes).store
            lifetime = expires or None
            key = Keys(store).create(
                name, *scopes, lifetime=lifetime, subject=subject, groups=groups, networks=networks
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    click.echo(key)


def holder_of(bindings: Sequence[Binding], scopes: Sequence[str]) -> Binding:
    """The API that declares most of these scopes. The keys of all APIs are in one table."""
    from ..model.policy import expand_scopes  # as above
    from ..model.ruling import known_scopes  # as above

    wanted = expand_scopes(tuple(scopes))
    return max(bindings, key=lambda binding: len(wanted & known_scopes(binding.api.declarations)))


@keys.command("list")
@option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@with_api
def list_keys(form: str, reference: str, database: str | None) -> None:
    """List the keys with their scopes, last use and state, oldest first. The keys themselves are never shown."""
    import orjson  # not for `--help`

    with opened(reference, database) as bindings:
        records = [described(record) for record in bindings[0].store.keys.every()]
    if form == "json":
        click.echo(orjson.dumps(records, option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(table(records)))


def described(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a key as it is listed."""
    from ..access.keys import groups_of, networks_of, subject_of  # with orjson: not for `--help`

    return {
        "id": record["id"],
        "name": record["name"],
        "subject": subject_of(record),
        "groups": sorted(groups_of(record)),
        "scopes": record["scopes"].split(),
        "networks": networks_of(record),
        "created": moment(record["created"]),
        "expires": moment(record["expires"]),
        "used": moment(record["used"]),
        "parent": record["parent"],
        "state": state_of(record),
    }


def moment(seconds: int | None) -> str | None:
    """A time in the form of RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_of(record: Mapping[str, Any]) -> str:
    """Whether a key is valid, expired or revoked."""
    from ..access.keys import is_valid  # as above

    if record["revoked"] is not None:
        return "revoked"
    return "valid" if is_valid(record, time.time()) else "expired"


def table(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines with aligned columns, of which the first has their names."""
    return aligned([COLUMNS, *([_cell(name, record[name]) for name in COLUMNS] for record in records)])


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-" if name == "parent" else "never"
    return (" ".join(value) or "-") if isinstance(value, list) else str(value)


@keys.command()
@click.argument("identifier", metavar="ID")
@option("--overlap", type=overlap_of, default="7d", show_default=True, help="How long the other key holds: 7d or 0.")
@with_api
def rotate(identifier: str, overlap: int, reference: str, database: str | None) -> None:
    """Create a key in place of another, for the same uses, and print it."""
    from ..web.flask.keys import Keys  # as above

    with opened(reference, database) as bindings:
        try:
            key = Keys(bindings[0].store).rotate(identifier, overlap=overlap)
        except ValueError as error:
            raise Failure(f"The key {identifier!r} cannot be replaced. {error} See `restwell keys list`.") from error
    click.echo(key)


@keys.command()
@click.argument("identifier", metavar="ID")
@with_api
def revoke(identifier: str, reference: str, database: str | None) -> None:
    """Revoke a key by its id, and those that were made with it. Every worker then refuses them."""
    with opened(reference, database) as bindings:
        if not bindings[0].store.keys.revoke(identifier):
            raise Failure(f"There is no key with the id {identifier!r} to revoke: see `restwell keys list`.")
    click.echo(f"Revoked {identifier}.", err=True)
