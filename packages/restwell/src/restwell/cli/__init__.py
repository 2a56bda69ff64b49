"""The command `restwell`, with its commands, those that other distributions add, and its exit codes.

The module of a command is imported when the command is used. Another distribution adds a command by an entry point of
the group `restwell.commands`, which has the name of the command and gives a `click.Command`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

import click

from .options import sentence_of

COMMANDS = {
    "new": ("beginning", "new", "Write a project to begin with."),
    "serve": ("serving", "serve", "Serve an API; without MODULE:APP, the Frameworks API."),
    "migrate": ("migrating", "migrate", "Show or apply the differences between declarations and database."),
    "keys": ("keys", "keys", "Create, list, rotate and revoke API keys."),
    "read-only": ("pausing", "read_only", "Refuse changes for a while, while reading goes on."),
    "import": ("moving", "import_", "Import rows from a csv, json or ndjson file."),
    "export": ("moving", "export", "Export rows as csv, json or ndjson."),
    "backup": ("copying", "backup", "Copy the database to a file, while it is served."),
    "restore": ("copying", "restore", "Put a copy in the place of the database."),
    "access": ("reviewing", "access", "Show who may do what, and what is public."),
    "check": ("checking", "check", "Look for mistakes of access in declarations and database."),
    "trace": ("tracing", "trace", "Show the decisions on a request, without executing it."),
}
"""The commands: the module of each, its name in the module, and its help text."""
GROUP = "restwell.commands"
ELSEWHERE = {"audit": "restwell-audit"}
"""Commands of optional distributions, with the distribution of each."""


def joined() -> dict[str, EntryPoint]:
    """The commands that other distributions add, by their names."""
    return {each.name: each for each in entry_points(group=GROUP) if each.name not in COMMANDS}


class Commands(click.Group):
    """The commands, imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The names of the commands, in the order of the help text."""
        return [*COMMANDS, *sorted(joined())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import a command; None for an unknown one. Raises click.UsageError for one that is not installed."""
        if cmd_name in COMMANDS:
            module, name, _ = COMMANDS[cmd_name]
            command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
            return command
        others = joined()
        if cmd_name not in others and cmd_name in ELSEWHERE:
            raise click.UsageError(f"`{cmd_name}` comes with {ELSEWHERE[cmd_name]}, which is not installed.")
        return others[cmd_name].load() if cmd_name in others else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands, without importing those of this distribution."""
        rows = [(name, text) for name, (_, _, text) in COMMANDS.items()]
        for name, entry_point in sorted(joined().items()):
            rows.append((name, entry_point.load().get_short_help_str(limit=80)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="restwell", prog_name="restwell")
def restwell() -> None:
    """REST APIs from one declaration, with complete HTTP semantics.

    Every option can also be set in the environment, as RESTWELL_ and its name.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code: 0, 1 for failure, 2 for wrong usage.

    An error is printed as one sentence on standard error.
    """
    try:
        code = restwell.main(args=arguments, prog_name="restwell", standalone_mode=False)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "restwell"
        return _end(2, f"{_one_line(error.format_message())} See `{path} --help`.")
    except click.ClickException as error:
        return _end(getattr(error, "code", error.exit_code), _one_line(error.format_message()))
    except click.Abort:
        return _end(130, "Interrupted.")
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        return _end(1, sentence)
    return code if isinstance(code, int) else 0


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _end(code: int, sentence: str) -> int:
    click.echo(f"restwell: {sentence}", err=True)
    return code
