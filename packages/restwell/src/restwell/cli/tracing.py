"""`restwell trace`: the decisions on a request, without executing it, and the rules behind them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import click

from .callers import Caller, caller_words, grant_of, with_caller
from .options import opened, option, with_api

if TYPE_CHECKING:
    from ..access.grant import Grant
    from ..flow.explaining import Reason
    from ..flow.service import Traced
    from ..flow.walking import TraceStep
    from ..http.messages import Request
    from ..web.flask.binding import Binding

ANSWERS = {True: "yes", False: "no", None: "done"}
REFUSED = "fails"
"""Stands before a step that is refused."""


@click.command()
@click.argument("method")
@click.argument("path")
@option("-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="A header field of the request.")
@option("-d", "--data", metavar="BODY", help="The content of the request; JSON unless Content-Type is given.")
@option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_caller
@with_api
def trace(  # noqa: PLR0913, PLR0917 - click gives them by name
    method: str, path: str, headers: Sequence[str], data: str | None, form: str, key: str | None, subject: str | None,
    scopes: Sequence[str], groups: Sequence[str], reference: str, database: str | None,
) -> None:  # fmt: skip
    """Show the decisions on a request, how it would end, and the rules that say so. Nothing is changed.

    PATH may have a query: restwell trace GET '/frameworks?created[gte]=2005'. What stands below the ending has values
    of the item that is addressed, also where the caller may not see it.
    """
    import orjson  # not for `--help`

    fields, caller = read_headers(headers, data), Caller(key, subject, scopes, groups)
    if caller.is_named and "authorization" in fields:
        raise click.UsageError("The caller is named by --as, and by Authorization: give either.")
    with opened(reference, database, memory=True) as bindings:
        binding = binding_for(bindings, path)
        binding.store.keys.uses.do_without()  # nothing is changed here
        if caller.is_named:
            fields |= _assumed(binding, grant_of(caller, bindings))
        traced = binding.service.trace(request_of(binding, method, path, fields, data or ""))
        found = _reasons(traced)
    if form == "json":
        taken = [{"question": step.name, "answer": step.answer} for step in traced.steps]
        told = {"steps": taken, "ending": traced.ending, "rules": [each.data for each in found]}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join([*lines(traced.steps, traced.ending), *reason_lines(found, traced.x.grant)]))


def _assumed(binding: Binding, grant: Grant) -> dict[str, str]:
    """The header field by which this process alone takes a request for one of a grant."""
    from ..access.assumed import assumed_credential  # not for `--help`

    if grant.subject is None:
        return {}
    credential = assumed_credential()
    binding.assume(credential, grant)
    return {"authorization": credential}


def _reasons(traced: Traced) -> list[Reason]:
    from ..flow.explaining import reasons  # not for `--help`

    return reasons(traced.x)


def reason_lines(found: Sequence[Reason], grant: Grant) -> list[str]:
    """The rules, each with its parts below it, under a line that says whom they are held against."""
    told = ["", f"rules, for {caller_words(grant)}:"] if found else []
    return [*told, *(line for each in found for line in _tree(each, ""))]


def _tree(reason: Reason, indent: str) -> Iterator[str]:
    yield f"{reason.holds:<5}  {indent}{reason.words}"
    for each in reason.parts:
        yield from _tree(each, f"{indent}  ")


def lines(steps: Sequence[TraceStep], ending: str) -> list[str]:
    """One line for each step, and one for the ending."""
    shown = [f"{answer_of(step):<5}  {step.name}" for step in steps]
    if steps[-1].name == "carry out":  # this step is not executed here
        return [*shown[:-1], "would  carry out"]
    return [*shown, f"   ->  {ending}"]


def answer_of(step: TraceStep) -> str:
    """What became of a step, in a word."""
    is_question = step.name.endswith("?")
    return REFUSED if step.answer is False and not is_question else ANSWERS[step.answer]


def read_headers(texts: Sequence[str], data: str | None) -> dict[str, str]:
    """Header fields, names in lower case, repeated ones joined. Raises click.BadParameter."""
    fields: dict[str, str] = {"host": "localhost"}
    if data is not None:
        fields |= {"content-type": "application/json", "content-length": str(len(data.encode()))}
    given: dict[str, str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.BadParameter(
                f"{text!r} is not a header field: write it as in 'Accept: text/html'.", param_hint="-H"
            )
        name, value = name.strip().lower(), value.strip()
        given[name] = f"{given[name]}, {value}" if name in given else value
    return fields | given


def binding_for(bindings: Sequence[Binding], path: str) -> Binding:
    """The API whose URL prefix is the longest that this path begins with. Raises click.BadParameter."""
    plain = path.partition("?")[0]
    prefixes = {binding.prefix: binding for binding in bindings}
    found = [prefix for prefix in prefixes if plain == prefix or plain.startswith(f"{prefix}/")]
    if not found:
        known = ", ".join(prefix or "/" for prefix in prefixes)
        raise click.BadParameter(f"{path!r} is not a path of the API: begin it with {known}.", param_hint="PATH")
    return prefixes[max(found, key=len)]


def request_of(binding: Binding, method: str, path: str, headers: Mapping[str, str], data: str) -> Request:
    """The request as a server would pass it on."""
    from ..http.messages import Request  # at the top it is imported for types only

    target, _, query = path.partition("?")
    prefix = binding.prefix
    relative = unquote_to_bytes(target).decode("utf-8", "surrogateescape")[len(prefix) :] or "/"
    origin = f"http://{headers['host']}"
    return Request(method, relative, query, headers, io.BytesIO(data.encode()), origin, prefix)
