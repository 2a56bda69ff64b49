"""Functions of an application, as people may find and compare them."""

from pathlib import Path
from typing import Any

from restwell.descriptions.functions import described


def named(row: Any, grant: Any) -> Any:
    return row.team == grant.subject  # the one team


def test_a_function_is_called_by_its_name() -> None:
    found = described(named)
    assert found.words == "named(row, grant)"
    assert found.source == "def named(row: Any, grant: Any) -> Any:\n    return row.team == grant.subject"
    file, _, line = found.place.rpartition(":")
    assert (Path(file).name, line) == (Path(__file__).name, str(named.__code__.co_firstlineno))


def test_a_lambda_is_what_it_gives_also_beside_others_on_its_line() -> None:
    one, other = lambda row, grant: row.a == grant.subject, lambda row, grant: row.b
    assert described(one).words == "row.a == grant.subject"
    assert described(other).words == "row.b"
    assert described(other).source == "lambda row, grant: row.b"


def test_what_has_no_file_has_its_parameters_alone() -> None:
    made = eval("lambda row, grant: row.a")  # noqa: S307 - of our own
    assert described(made)[:2] == ("<lambda>(row, grant)", "")

    class Called:
        def __call__(self, row: Any, grant: Any) -> Any:
            """Nothing."""

    assert described(Called()) == ("Called(row, grant)", "", "")
