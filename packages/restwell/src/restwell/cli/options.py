"""Shared by the commands: options that the environment can set, loading the application, and errors as sentences."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from ..model.resource import Declaration
    from ..storage.engine import Store
    from ..web.flask.binding import Binding

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_APP = "restwell.frameworks:app"


class Failure(click.ClickException):
    """A failure: the message is a sentence that says what to do, `code` the exit code."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.code = exit_code


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option that can also be set in the environment: `--base-url` as RESTWELL_BASE_URL."""
    name = next(name for name in names if name.startswith("--"))[2:].replace("-", "_").upper()
    return click.option(*names, envvar=f"RESTWELL_{name}", show_envvar=True, **attributes)


def _from_command_line(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value of an option on the command line; the application reads the environment itself (`Binding.setting`).

    So an option overrides the config of the application, which overrides the environment.
    """
    given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    return value if given else None


def setting(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option that sets a setting of the application."""
    return option(*names, callback=_from_command_line, **attributes)


database_option = setting(
    "--database",
    metavar="URL",
    help="sqlite:///FILE, postgresql://..., mariadb+pymysql://... or duckdb:///FILE; with ?mode=ro to read only; "
    "sqlite:// for memory. [default: sqlite:///restwell.db]",
)
app_option = option(
    "--app", "reference", metavar="MODULE:APP", default=DEFAULT_APP, show_default=True, help="The application."
)


def with_api(command: F) -> F:
    """Add the options `--app` and `--database` to a command."""
    return app_option(database_option(command))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


# -- the application ----------------------------------------------------------------------------------------


def load_app(reference: str) -> Any:
    """The Flask application `MODULE:APP`, which may be in the current directory.

    `APP` may be `NAME()`, a function that returns the application. Raises Failure.
    """
    module_name, _, name = reference.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    module = _import(module_name)
    found = module
    for part in (name or "app").removesuffix("()").split("."):
        found = getattr(found, part, None)
        if found is None:
            raise Failure(
                f"The module {module_name} has no {part!r}: name its Flask application, as in {module_name}:app."
            )
    return found() if name.endswith("()") else found


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            here = "start the command in the directory of the application, and write MODULE:APP."
            raise Failure(f"There is no module {error.name!r} here: {here}") from error
        raise _broken(name, error) from error
    except Exception as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> Failure:
    if type(error).__name__ == "DeclarationError":
        return Failure(str(error))
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Failure(f"Importing {name} failed in {last.filename}, line {last.lineno}: {type(error).__name__}: {error}")


def bindings_of(reference: str, settings: Mapping[str, str | None]) -> list[Binding]:
    """All APIs of an application, with given settings put into its config. Raises Failure."""
    return bindings_within(load_app(reference), reference, settings)


def bindings_within(app: Any, reference: str, settings: Mapping[str, str | None]) -> list[Binding]:
    """As `bindings_of`, of an application that is there already."""
    bindings = getattr(app, "extensions", {}).get("restwell")
    if not bindings and inspect.isroutine(app):
        raise Failure(f"{reference} has no API: it is a function. Name what it gives, as in '{reference}()'.")
    if not bindings:
        raise Failure(f"{reference} has no API: create one with Api(app), or name the application that has one.")
    app.config.update({f"RESTWELL_{name}": value for name, value in settings.items() if value is not None})
    return list(bindings.values())


@contextlib.contextmanager
def opened(reference: str, database: str | None, *, memory: bool = False) -> Iterator[list[Binding]]:
    """The APIs of an application; their stores are closed at the end. Raises Failure.

    A database in memory is refused without `memory`, since all changes to it would be lost with the command.
    """
    bindings = bindings_of(reference, {"DATABASE": database})
    if not memory and any(is_memory(binding) for binding in bindings):
        raise click.UsageError(
            "A database in memory is lost with this command: name another with --database, such as sqlite:///restwell.db."
        )
    try:
        yield bindings
    finally:
        close(bindings)


def is_memory(binding: Binding) -> bool:
    """Whether the database of an API is in memory."""
    return str(binding.setting("DATABASE")) in {"sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://:memory:"}


def close(bindings: list[Binding]) -> None:
    """Close the stores that were opened."""
    for binding in bindings:
        if binding._store is not None:  # noqa: SLF001 - asking for `store` would open it
            binding.store.close()


def find_resource(bindings: list[Binding], name: str) -> tuple[Store, Declaration]:
    """The resource with this path, table or class name, and its store. Raises click.BadParameter."""
    every = [(binding, declaration) for binding in bindings for declaration in binding.api.declarations]
    for binding, declaration in every:
        if name in {declaration.slug, declaration.path, declaration.path[1:], declaration.name}:
            return binding.store, declaration
    known = ", ".join(sorted(declaration.slug for _, declaration in every)) or "none"
    raise click.BadParameter(f"There is no resource {name!r}; the resources are: {known}.", param_hint="RESOURCE")


# -- errors as sentences ------------------------------------------------------------------------------------

EXTRAS = {"granian": "serve", "alembic": "migrate", "psycopg": "postgresql"}
"""Optional libraries, and the extra that installs each."""
DATABASE_LIBRARIES = {"sqlite3", "psycopg", "psycopg2", "pymysql", "sqlalchemy", "alembic"}
SENTENCES = {
    "DeclarationError", "UnknownDatabase", "SchemaMismatch", "InvalidBaseUrl", "InvalidHost", "UnreadableFile",
    "NotImportable", "ImportRefused", "NotMigrated", "Violation",
}  # fmt: skip


def sentence_of(error: BaseException) -> str | None:
    """The sentence for an error that is not a fault of Restwell; None for others.

    Errors are recognised by the names of their classes, so that nothing has to be imported.
    """
    names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__.startswith("restwell.")}
    if names & SENTENCES:
        return str(error)
    if "StoreError" in names:
        return _of_store(error)
    if isinstance(error, ModuleNotFoundError):
        return _of_missing(error)
    if type(error).__module__.partition(".")[0] in DATABASE_LIBRARIES:
        return f"The database refuses: {_first_line(error)}. Check --database."
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}. Free disk space, or choose another file."
    return None


def _of_store(error: BaseException) -> str:
    if isinstance(error.__cause__, OSError):
        return f"{error} {error.__cause__.filename}: {error.__cause__.strerror}."
    cause = _first_line(error.__cause__) if error.__cause__ else ""
    message = f"{error} The database says: {cause}." if cause else f"{error}"
    return f"{message} Check that the database is running and writable, and check --database."


def _of_missing(error: ModuleNotFoundError) -> str | None:
    library = (error.name or "").partition(".")[0]
    return f"{library} is not installed: install `restwell[{EXTRAS[library]}]`." if library in EXTRAS else None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
