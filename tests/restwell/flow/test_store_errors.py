"""Every error of a store is one problem, with what the client needs to know."""

from copy import copy

import pytest

from restwell.data import store_errors
from restwell.data.store_errors import Busy, Disallowed, Full, Rejected, StoreError, TimedOut
from restwell.flow.store_errors import PROBLEMS, REJECTIONS, as_problem
from restwell.http.problems import Conflict, InvalidContent, NotFound, StorageFull, TooSlow, Unavailable
from restwell.storage.errors import PASSING, VIOLATIONS
from restwell.storage.refusals import SENTENCES


def test_every_error_of_a_store_is_a_problem() -> None:
    every = {each for each in vars(store_errors).values() if isinstance(each, type) and issubclass(each, StoreError)}
    assert every - {StoreError, Rejected, Disallowed} == PROBLEMS.keys()
    assert {type(make()) for make in PASSING.values()} <= PROBLEMS.keys()


def test_every_violation_but_what_is_taken_is_a_rejection_with_a_sentence() -> None:
    assert VIOLATIONS.keys() - {"taken"} == REJECTIONS.keys() == SENTENCES.keys()


@pytest.mark.parametrize(
    "error, kind, headers",
    [
        (Busy("Ask again.", retry=1), Unavailable, (("Retry-After", "1"),)),
        (Full("Make room.", retry=60), StorageFull, (("Retry-After", "60"),)),
        (TimedOut("Ask for less."), TooSlow, ()),
    ],
)
def test_the_sentence_is_the_detail_and_the_seconds_are_retry_after(
    error: StoreError, kind: type[Exception], headers: tuple[tuple[str, str], ...]
) -> None:
    for each in (error, copy(error)):
        problem = as_problem(each)
        assert type(problem) is kind
        assert (problem.detail, problem.headers) == (str(error), headers)


@pytest.mark.parametrize("reason, kind", [("unlinked", Conflict), ("rule", Conflict), ("large", InvalidContent)])
def test_a_rejection_names_each_member(reason: store_errors.Rejection, kind: type[Exception]) -> None:
    problem = as_problem(Rejected("A rule does not allow it.", reason, ("author", "title")))
    assert type(problem) is kind
    assert [error.pointer for error in problem.errors] == ["/author", "/title"]
    assert all(error.detail and error.code for error in problem.errors)


@pytest.mark.parametrize(
    "error, told",
    [
        (Disallowed("Must have an @.", "email"), ("/email", "Must have an @.")),
        (Disallowed("Not on a Sunday."), ("", "Not on a Sunday.")),
        (Disallowed(""), ("", "Is not allowed.")),
    ],
)
def test_what_an_application_disallows_is_told_in_its_words_at_the_member(
    error: Disallowed, told: tuple[str, str]
) -> None:
    problem = as_problem(error)
    assert type(problem) is InvalidContent
    assert [(each.pointer, each.detail) for each in problem.errors] == [told]


def test_a_problem_stays_what_it_is() -> None:
    problem = NotFound("Nothing is there.")
    assert as_problem(problem) is problem
