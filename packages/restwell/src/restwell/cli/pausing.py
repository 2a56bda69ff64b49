"""`restwell read-only`: refuse changes for a while, and make them again, at run time and in every worker."""

from __future__ import annotations

import math

import click

from .keys import duration
from .options import opened, option, with_api


@click.group("read-only")
def read_only() -> None:
    """Refuse changes for a while, in every worker, while reading goes on."""


@read_only.command()
@option("--for", "seconds", metavar="TIME", help="How long: 30m, 12h or 1d. [default: until `off`]")
@with_api
def on(seconds: str | None, reference: str, database: str | None) -> None:
    """Refuse changes with 503 from now on; every worker does within a second."""
    length = math.inf if seconds is None else length_of(seconds)
    with opened(reference, database) as bindings:
        bindings[0].store.pause.begin(length)
    until = "until `restwell read-only off`" if seconds is None else f"for {seconds} at most"
    click.echo(f"Changes are refused within a second, {until}.", err=True)


def length_of(text: str) -> int:
    """`30m`, `12h`, `1d` in seconds. Raises click.BadParameter."""
    try:
        length = duration(text)
    except click.BadParameter:
        length = 0
    if not length:
        raise click.BadParameter(f"{text!r} is not how long: write 30m, 12h or 1d.", param_hint="--for")
    return length


@read_only.command()
@with_api
def off(reference: str, database: str | None) -> None:
    """Make changes again; every worker does within a second."""
    with opened(reference, database) as bindings:
        bindings[0].store.pause.end()
    click.echo("Changes are made again within a second.", err=True)


@read_only.command()
@with_api
def status(reference: str, database: str | None) -> None:
    """Print `off`, `on`, or `on` with how many seconds are left."""
    with opened(reference, database) as bindings:
        left = bindings[0].store.pause.left()
    click.echo("off" if not left else "on" if math.isinf(left) else f"on, {math.ceil(left)} s left")
