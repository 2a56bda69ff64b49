"""The command `restwell-audit`, which is also `restwell audit` where Restwell is installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from .auditing import Write
    from .ladder import Report

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "json", "html", "sarif", "junit", "badge")


class CannotAudit(click.ClickException):
    """There is nothing to judge at the URL."""

    exit_code = 2


def writing(text: str) -> Write:
    """Whether the audit writes: a truth value, also as the environment has them, or "keep".

    Raises click.BadParameter for anything else.
    """
    known = text.strip().lower()
    if known == "keep":
        return "keep"
    if known in {"yes", "true", "1", "t", "y", "on"}:
        return True
    if known in {"no", "false", "0", "f", "n", "off", ""}:
        return False
    raise click.BadParameter("write it as --write or --write=keep.")


class OptionalValue(click.Option):
    """An option whose value, if there is one, follows `=`: what comes after a space is an argument."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The names with the value in brackets, and the help."""
        record = super().get_help_record(ctx)
        return record and (f"{self.opts[0]}[=keep]", record[1])


class Audit(click.Command):
    """The command: options with an optional value are given one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `--write` as `--write=yes`."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*("--write=yes" if a == "--write" else a for a in args[:end]), *args[end:]])


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option that can also be set in the environment: `--max-requests` as RESTWELL_MAX_REQUESTS."""
    name = next(name for name in names if name.startswith("--"))[2:].replace("-", "_").upper()
    return click.option(*names, envvar=f"RESTWELL_{name}", show_envvar=True, **attributes)


@click.command(
    cls=Audit,
    short_help="Judge how RESTful an API is, by its URL.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Format of the report."
)
@option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to FILE.")
@option("--openapi", metavar="URL", help="URL of the OpenAPI document, if the API does not link it.")
@option(
    "-H",
    "--header",
    "headers",
    metavar="'NAME: VALUE'",
    multiple=True,
    help="A header field to send with every request; its value is never shown.",
)
@option(
    "--write",
    cls=OptionalValue,
    type=writing,
    default="no",
    help="Also create, change and remove resources, where what is created can be removed; =keep: also where it may "
    "stay behind. By default the audit only reads.",
)
@option(
    "--min-level",
    type=click.IntRange(0, 3),
    default=0,
    show_default=True,
    help="Exit with 1 below this level; with 3 where it cannot be told.",
)
@option(
    "--max-requests", type=click.IntRange(1), default=500, show_default=True, help="Send at most this many requests."
)
@option(
    "--rate",
    type=click.FloatRange(0.1),
    help="Send at most this many requests a second; by default 50, or without pauses to a server on this machine.",
)
@option("-v", "--verbose", is_flag=True, help="Show the explanation and the exchanges of each finding.")
def audit(  # noqa: PLR0913, PLR0917 - click gives them by name
    urls: Sequence[str], form: str, output: Path | None, openapi: str | None, headers: Sequence[str], write: Write,
    min_level: int, max_requests: int, rate: float | None, verbose: bool,  # noqa: FBT001
) -> int:  # fmt: skip
    """Judge how RESTful the API at URL is: its maturity level, the constraints of REST, and what to fix.

    The audit follows links from the URLs, and reads an OpenAPI document if there is one. It only reads unless --write
    is given, sends requests to one origin only, and respects robots.txt and Retry-After.
    """
    from .auditing import Unreadable  # not for `--help`
    from .auditing import audit as judge  # as above
    from .redaction import BY_NAME  # as above
    from .report import Progress  # as above

    for url in (*urls, *([openapi] if openapi else [])):
        check_url(url)
    try:
        with Progress() as progress:
            report = judge(
                *urls, openapi=openapi, headers=read_fields(headers), write=write, max_requests=max_requests,
                per_second=rate, progress=progress,
            )  # fmt: skip
    except Unreadable as error:
        raise CannotAudit(f"{BY_NAME.text(urls[0])} cannot be read: {error}") from error
    write_report(report, form, output, verbose=verbose)
    return exit_code(report, min_level)


def exit_code(report: Report, min_level: int) -> int:
    """0, 1 where the level is below `min_level`, 3 where it cannot be told."""
    if report.at_most < min_level:
        return 1
    return 3 if report.level is None else 0


def write_report(report: Report, form: str, output: Path | None, *, verbose: bool) -> None:
    """Write a report to a file, or to standard output."""
    from rich.console import Console  # not for `--help`

    from .report import FORMATS, render  # as above

    if form == "text" and output is None:
        render(report, Console(), verbose=verbose)
        return
    text = FORMATS[form](report)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text, encoding="utf-8")


def check_url(text: str) -> None:
    """Raise click.BadParameter, without secrets, for a text that is not an http or https URL."""
    try:
        parts = urlsplit(text)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return
    except ValueError:  # such as a bracket that is not closed
        pass
    from .redaction import BY_NAME  # not for `--help`

    shown = BY_NAME.text(text)
    raise click.BadParameter(f"{shown!r} is not a URL: write it as in http://127.0.0.1:8000/.", param_hint="URL")


def read_fields(texts: Sequence[str]) -> dict[str, str]:
    """Header fields by name. Raises click.BadParameter, which does not repeat the value: it may be a credential."""
    fields: dict[str, str] = {}
    for number, text in enumerate(texts, 1):
        name, colon, value = text.partition(":")
        if not colon or not name.strip() or "\n" in text or "\r" in text:
            raise click.BadParameter(
                f"number {number} is not a header field: write it as in 'Accept: text/html'.", param_hint="-H"
            )
        fields[name.strip()] = value.strip()
    return fields


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    It is 0, 1 below --min-level, 2 for wrong usage or nothing to judge, 3 where the level cannot be told. An error is
    printed as one sentence on standard error.
    """
    try:
        code = audit.main(args=arguments, prog_name="restwell-audit", standalone_mode=False)
    except click.UsageError as error:
        return _end(2, f"{_one_line(error.format_message())} See `restwell-audit --help`.")
    except click.ClickException as error:
        return _end(error.exit_code, _one_line(error.format_message()))
    except click.Abort:
        return _end(130, "Interrupted.")
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _end(1, f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
    return code if isinstance(code, int) else 0


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _end(code: int, sentence: str) -> int:
    click.echo(f"restwell-audit: {sentence}", err=True)
    return code
