"""The command `restwell-audit`, which is also `restwell audit` where Restwell is installed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from .auditing import Write
    from .ladder import Report

F = TypeVar("F", bound=Callable[..., Any])

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a field (RFC 9110, section 5.6.2)."""
VALUE = re.compile("[\t\x20-\x7e\x80-\xff]*")
EXAMPLES = (
    "http://127.0.0.1:8000/",
    "http://127.0.0.1:8000/ --format html --output report.html",
    "http://127.0.0.1:8000/ -H 'Authorization: Bearer KEY' --write",
    "http://127.0.0.1:8000/ --baseline report.json --min-level 2",
)
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
    """The command: options with an optional value are given one, and examples have the name that was called."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, with the command as it was called."""
        with formatter.section("Examples"):
            for line in EXAMPLES:
                formatter.write(f"{'':{formatter.current_indent}}{ctx.command_path} {line}\n")

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
@option("--ignore-robots", is_flag=True, help="Do not ask for robots.txt, and leave nothing out: of your own server.")
@option(
    "--cacert",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Trust the certificates in FILE (PEM) instead of the system's.",
)
@option("--insecure", is_flag=True, help="Trust any certificate: of your own server.")
@option(
    "--baseline",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier JSON report: say what got better or worse since, and exit with 1 where something got worse.",
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
    ignore_robots: bool, cacert: str | None, insecure: bool, baseline: Path | None,  # noqa: FBT001
    min_level: int, max_requests: int, rate: float | None, verbose: bool,  # noqa: FBT001
) -> int:  # fmt: skip
    """Judge how RESTful the API at URL is: its maturity level, the constraints of REST, and what to fix.

    The audit follows links from the URLs, and reads an OpenAPI document if there is one. It only reads unless --write
    is given, sends requests to one origin only, and respects robots.txt and Retry-After.

    The exit code is 0; 1 where the level is below --min-level or something is worse than in the --baseline; 2 where
    there is nothing to judge; 3 where the level cannot be told.
    """
    from .auditing import Unreadable  # not for `--help`
    from .auditing import audit as judge  # as above
    from .comparing import compare  # as above
    from .redaction import BY_NAME  # as above
    from .report import Progress  # as above

    for url in urls:
        check_url(url)
    if openapi is not None:
        check_description_url(openapi)
    earlier = read_baseline(baseline)
    try:
        with Progress() as progress:
            report = judge(
                *urls, openapi=openapi, headers=read_fields(headers), write=write, max_requests=max_requests,
                per_second=rate, progress=progress, ignore_robots=ignore_robots, insecure=insecure,
                cacert=cacert or "",
            )  # fmt: skip
    except Unreadable as error:
        raise CannotAudit(f"{BY_NAME.text(urls[0])} cannot be read: {error}") from error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--cacert" if cacert else "URL") from error
    if earlier is not None:
        report = replace(report, since=compare(report, earlier))
    write_report(report, form, output, verbose=verbose)
    if report.at_most < min_level:
        command = click.get_current_context().find_root().info_name
        click.echo(f"{command}: The level is below --min-level {min_level}.", err=True)
    return exit_code(report, min_level)


def read_baseline(file: Path | None) -> dict[str, Any] | None:
    """The earlier report in a file. Raises CannotAudit where it is not one that can be compared."""
    if file is None:
        return None
    from .comparing import NotABaseline, load  # not for `--help`

    try:
        return load(file)
    except NotABaseline as error:
        raise CannotAudit(f"--baseline: {error}") from error


def exit_code(report: Report, min_level: int) -> int:
    """0, 1 where the level is below `min_level` or anything is worse than before, 3 where it cannot be told."""
    if report.at_most < min_level or (report.since is not None and report.since.worse):
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


def check_url(text: str, hint: str = "URL") -> None:
    """Raise click.BadParameter, without secrets, for a text that is not an http or https URL."""
    if is_url(text):
        return
    from .redaction import BY_NAME  # not for `--help`

    shown = BY_NAME.text(text)
    example = "http://127.0.0.1:8000/"
    if "://" not in text and is_url(f"http://{text}") and ("." in text or ":" in text or "localhost" in text):
        scheme = "http" if text.startswith(("localhost", "127.", "[::1]")) else "https"
        example = BY_NAME.text(f"{scheme}://{text}")
    raise click.BadParameter(f"{shown!r} is not a URL: write it as in {example}.", param_hint=hint)


def is_url(text: str) -> bool:
    """Whether a text is an http or https URL with a host, and a port that there may be."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a bracket that is not closed
        return False


def check_description_url(text: str) -> None:
    """Raise click.BadParameter where a file is named, or anything else that is not a URL."""
    if not is_url(text) and Path(text).exists():
        raise click.BadParameter(
            f"{text!r} is a file: the audit reads descriptions from the server. Give the URL at which it is served.",
            param_hint="--openapi",
        )
    check_url(text, "--openapi")


def read_fields(texts: Sequence[str]) -> dict[str, str]:
    """Header fields by name. Raises click.BadParameter, which does not repeat the value: it may be a credential."""
    fields: dict[str, str] = {}
    for number, text in enumerate(texts, 1):
        name, colon, value = text.partition(":")
        if not colon or not TOKEN.fullmatch(name.strip()) or not VALUE.fullmatch(value):
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
