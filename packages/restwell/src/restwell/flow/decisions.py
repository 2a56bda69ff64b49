"""The questions that HTTP asks, in order: a table, read from top to bottom.

A row is a *decision*, a question that changes nothing and has two exits, or a *step*, which makes the next phase of
the request (`phases.py`) and leads on unless it is refused: it finds the address, identifies, reads, chooses, looks
up, validates or carries out. An exit is a later row or an ending: an answer, or a problem. What the server does, the diagram in `docs/decisions.mmd` and `restwell trace` are
all read from this one table. A question that raises a Problem is answered with no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..http import problems
from ..http.problems import Problem
from ..surface.endings import Answer
from . import changes as change
from . import questions as ask
from . import steps as do
from .phases import Asked


class RefuseWith(NamedTuple):
    """An ending: a problem of one of these classes; the first is taken when none was raised."""

    problems: tuple[type[Problem], ...]


class Finish(NamedTuple):
    """An ending that is no refusal."""

    answer: Answer


class Decision(NamedTuple):
    """A question of a phase with two exits: the name of a later row, or an ending."""

    name: str
    test: Callable[[Any], bool]
    yes: str | Finish | RefuseWith
    no: str | Finish | RefuseWith


class Step(NamedTuple):
    """What makes the next phase, the row behind it, and the problems by which it is refused, if it can be."""

    name: str
    act: Callable[[Any], Asked]
    then: str
    refused: RefuseWith | None = None


def refuse(*classes: type[Problem]) -> RefuseWith:
    """The ending with a problem of one of these classes."""
    return RefuseWith(classes)


BEHIND = "the next row"
"""Stands for the row that follows."""

TABLE: tuple[Decision | Step, ...] = (
    Step("find what is addressed", do.find_address, BEHIND),
    Decision("is the service available?", ask.is_available, BEHIND, refuse(problems.Unavailable)),
    Decision("is the method known?", ask.is_known_method, BEHIND, refuse(problems.NotImplementedMethod)),
    Decision("is the URI short enough?", ask.is_short_enough, BEHIND, refuse(problems.UriTooLong)),
    Decision("are the header fields small enough?", ask.has_small_headers, BEHIND, refuse(problems.HeadersTooLarge)),
    Decision("is the host one of ours?", ask.is_our_host, "can something have this address?", BEHIND),
    Decision("is it a probe, which may name any?", ask.is_a_probe, "can something have this address?", BEHIND),
    Decision("does the client name one host?", ask.names_one_host, refuse(problems.MisdirectedRequest), refuse(problems.BadRequest)),
    Decision("can something have this address?", ask.is_an_address, "is the method supported here?", BEHIND),
    Decision("is it the address of something, spelled otherwise?", ask.is_spelled_otherwise, Finish("moved"), refuse(problems.NotFound)),
    Decision("is the method supported here?", ask.supports_method, BEHIND, refuse(problems.MethodNotAllowed)),
    Decision("does it ask for options?", ask.asks_for_options, Finish("options"), BEHIND),
    Decision("does it ask for liveness?", ask.asks_for_liveness, Finish("alive"), BEHIND),
    Decision("does it ask for readiness?", ask.asks_for_readiness, BEHIND, "may this address try a credential?"),
    Decision("does the store answer?", ask.store_answers, Finish("ready"), refuse(problems.Unavailable, problems.ServerError)),
    Decision("may this address try a credential?", ask.may_try_a_credential, BEHIND, refuse(problems.TooManyRequests)),
    Step("identify the caller", do.identify, BEHIND, refuse(problems.InvalidCredential)),
    Decision("is it counted?", ask.is_counted, BEHIND, "might the caller do this?"),
    Step("count it", do.count, BEHIND, refuse(problems.TooManyRequests)),
    Decision("might the caller do this?", ask.might_do_this, "is it sent by the form of a page?", BEHIND),
    Decision("is the caller anonymous?", ask.is_anonymous, refuse(problems.Unauthorized), refuse(problems.InsufficientScope)),
    Decision("is it sent by the form of a page?", ask.is_from_a_form, Finish("see other"), BEHIND),
    Step("read the query and the preferences", do.read_parameters, BEHIND, refuse(problems.BadRequest)),
    Decision("does it carry content?", ask.carries_content, BEHIND, "choose a representation"),
    Decision("is the content of an accepted type?", ask.has_accepted_type, BEHIND, refuse(problems.UnsupportedMediaType, problems.BadRequest)),
    Decision("is the length of the content known?", ask.has_known_length, BEHIND, refuse(problems.LengthRequired)),
    Decision("is the content small enough?", ask.is_small_enough, BEHIND, refuse(problems.ContentTooLarge)),
    Step("read the content", do.read_content, BEHIND, refuse(problems.MalformedContent, problems.ContentTooLarge)),
    Step("choose a representation", do.choose_format, BEHIND, refuse(problems.NotAcceptable)),
    Decision("may anything be changed now?", ask.may_change_now, BEHIND, refuse(problems.Unavailable)),
    Step("look up", do.look_up, BEHIND),
    Decision("does it exist?", ask.exists, "is this its one address?", BEHIND),
    Decision("may the caller be told where it is now?", ask.may_be_led_on, BEHIND, "would the request create it?"),
    Step("look up what was here before", do.look_up_former, BEHIND),
    Decision("is that still there?", ask.exists, "is this its one address?", BEHIND),
    Decision("would the request create it?", ask.would_create_here, BEHIND, refuse(problems.NotFound)),
    Decision("may the caller create it?", ask.may_create, "is the request conditional?", refuse(problems.InsufficientScope)),
    Decision("is this its one address?", ask.is_at_its_address, BEHIND, Finish("moved")),
    Decision("may the caller do exactly this?", ask.may_do_exactly_this, "may the caller do it with this item?", BEHIND),
    Decision("can what is there be replaced?", ask.can_be_replaced, refuse(problems.InsufficientScope), refuse(problems.Conflict)),
    Decision("may the caller do it with this item?", ask.may_do_it_with_this, "can what is needed of it be read?", BEHIND),
    Decision("is it somebody anonymous who may not?", ask.is_anonymous, refuse(problems.Unauthorized), refuse(problems.Forbidden)),
    Decision("can what is needed of it be read?", ask.can_be_shown, BEHIND, refuse(problems.UnreadableItem)),
    Decision("is the request conditional?", ask.is_conditional, "does If-Match hold?", BEHIND),
    Decision("may it do without a condition?", ask.is_as_conditional_as_required, BEHIND, refuse(problems.PreconditionRequired)),
    Decision("is it read without a condition?", ask.is_reading, Finish("representation"), "is it deleting?"),
    Decision("does If-Match hold?", ask.if_match_is_fine, BEHIND, refuse(problems.PreconditionFailed)),
    Decision("does If-Unmodified-Since hold?", ask.if_unmodified_since_is_fine, BEHIND, refuse(problems.PreconditionFailed)),
    Decision("is it as conditional as required?", ask.is_as_conditional_as_required, BEHIND, refuse(problems.PreconditionRequired)),
    Decision("does If-None-Match hold?", ask.if_none_match_is_fine, "is it reading?", BEHIND),
    Decision("is the copy that is still good wanted?", ask.is_reading, Finish("not modified"), refuse(problems.PreconditionFailed)),
    Decision("is it reading?", ask.is_reading, BEHIND, "is it deleting?"),
    Decision("was it modified since?", ask.if_modified_since_is_fine, Finish("representation"), Finish("not modified")),
    Decision("is it deleting?", change.is_deleting, "carry out", BEHIND),
    Step("validate the content, or what the patch makes", change.validate, BEHIND, refuse(problems.InvalidContent, problems.Conflict, problems.ContentTooLarge)),
    Decision("may the caller have it become that?", change.may_become_this, BEHIND, refuse(problems.Forbidden)),
    Decision("does it change anything?", change.changes_anything, BEHIND, "is a brief answer due?"),
    Step("carry out", change.carry_out, BEHIND, refuse(problems.Refusal, problems.InvalidContent, problems.Forbidden, problems.NotFound)),
    Decision("was every unique value free?", change.every_value_was_free, "was it still the same?", BEHIND),
    Decision("was it the identity that was taken?", change.was_the_identity_taken, BEHIND, refuse(problems.Conflict)),
    Decision("is it addressed itself?", change.is_addressed_itself, Finish("again"), refuse(problems.Conflict)),
    Decision("was it still the same?", change.was_still_the_same, "was it deleted?", BEHIND),
    Decision("was it named by a date alone?", change.was_named_by_a_date, refuse(problems.PreconditionFailed), Finish("again")),
    Decision("was it deleted?", change.was_deleted, Finish("no content"), BEHIND),
    Decision("was it created?", change.was_created, BEHIND, "is a brief answer due?"),
    Decision("is a brief answer to creating due?", change.wants_little, Finish("created, briefly"), Finish("created")),
    Decision("is a brief answer due?", change.wants_little, Finish("no content"), Finish("representation")),
)  # fmt: skip


def exits(place: int) -> tuple[str | Finish | RefuseWith, ...]:
    """Where the row with this index leads: yes and no, or on and refused, with names spelled out."""
    row = TABLE[place]
    ways: tuple[str | Finish | RefuseWith | None, ...]
    ways = (row.yes, row.no) if isinstance(row, Decision) else (row.then, row.refused)
    return tuple(TABLE[place + 1].name if way == BEHIND else way for way in ways if way is not None)


def describe(ending: Finish | RefuseWith) -> str:
    """An ending in words: the status codes of a refusal with their names, or the answer."""
    if isinstance(ending, Finish):
        return ending.answer
    return " or ".join(dict.fromkeys(f"{problem.status} {problem.slug()}" for problem in ending.problems))
