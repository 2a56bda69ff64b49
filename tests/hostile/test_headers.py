"""Names of header fields and methods, as long as clients like."""

import pytest

from restwell.web.wsgi import MAX_NAMES, NAMES, headers_of
from tests.api import Served, serving


@pytest.mark.parametrize(
    "fields",
    [
        {f"X-{number:02}-{'n' * 10_000}": "1" for number in range(30)},
        {"X-" + "n" * 9000: ""},
        {"X-" + "n" * 5000: "v" * 5000},
        {f"X-{number:02}-{'n' * 1000}": "v" * 100 for number in range(31)},
    ],
    ids=range(4),
)
def test_names_count_with_their_values(fields: dict[str, str]) -> None:
    with serving() as served:
        assert served.send("GET", "/frameworks", fields).status == 431
        assert served.send("GET", "/frameworks", {"X-" + "n" * 4000: "v" * 4000}).status == 200


def test_long_names_are_not_remembered() -> None:
    headers_of({f"HTTP_{'N' * 1000}{number}": "1" for number in range(MAX_NAMES)})
    assert not any(len(name) > 100 for name in NAMES)


def unknown(served: Served, method: str) -> int:
    return served.send(method, "/frameworks").status


def test_a_method_of_any_length_is_unknown() -> None:
    with serving() as served:
        assert {unknown(served, "M" * length) for length in (1, 33, 60_000)} == {501}
