"""What a form sends, and the query that it stands for."""

from urllib.parse import urlencode

import pytest

from restwell.data.submitted import is_submitted, read_submitted
from restwell.http.limits import MAX_SUBMITTED
from restwell.http.problems import BadParameter
from restwell.model.naming import is_name

Pairs = list[tuple[str, str]]
BEGINNING = [("_form", "search")]

SENT: list[tuple[str, Pairs, Pairs]] = [
    ("nothing", [], []),
    ("a value", [("_filter", "created[gte]"), ("_value", "2005")], [("created[gte]", "2005")]),
    ("no value", [("_filter", "created[gte]"), ("_value", "")], []),
    ("values in order", [("_filter", "b"), ("_value", "1"), ("_filter", "a"), ("_value", "2")],
     [("b", "1"), ("a", "2")]),
    ("a list that has the values", [("_filter", "good=true"), ("_filter", "")], [("good", "true")]),
    ("what takes no value", [("_filter", "a%5Bexists%5D=false"), ("_value", "")], [("a[exists]", "false")]),
    ("the empty text", [("_filter", "a="), ("_value", "")], [("a", "")]),
    ("a line end", [("_filter", "a=x%0Ay"), ("_value", "")], [("a", "x\ny")]),
    ("a value in place of one", [("_filter", "a="), ("_value", "x")], [("a", "x")]),
    ("a complete part before another", [("_filter", "a="), ("_filter", "b"), ("_value", "x")],
     [("a", ""), ("b", "x")]),
    ("the other controls", [("sort", "-a"), ("limit", ""), ("fields", "a,b")], [("sort", "-a"), ("fields", "a,b")]),
    ("the same twice", [("sort", "a"), ("sort", "a")], [("sort", "a")]),
    ("what is given twice", [("limit", "1"), ("limit", "2")], [("limit", "1"), ("limit", "2")]),
    ("a value of nothing is kept, to be refused", [("_filter", ""), ("_value", "x")], [("_value", "x")]),
    ("an unknown parameter too", [("page", "2")], [("page", "2")]),
    ("characters of URIs", [("_filter", "a"), ("_value", "b=c&d+é %00".replace("%00", "%"))], [("a", "b=c&d+é %")]),
]  # fmt: skip


@pytest.mark.parametrize("sent, meant", [each[1:] for each in SENT], ids=[each[0] for each in SENT])
def test_what_a_form_sends_stands_for_a_query(sent: Pairs, meant: Pairs) -> None:
    text = urlencode(BEGINNING + sent)
    assert is_submitted(text)
    assert list(read_submitted(text)) == meant


@pytest.mark.parametrize("text", ["", "created=2005", "form=x", "_forms=x", "a=1&_form=search", "_form"])
def test_other_queries_are_not_from_a_form(text: str) -> None:
    assert not is_submitted(text)


def test_no_member_can_have_the_name_of_a_parameter_of_forms() -> None:
    assert not any(is_name(name) for name in ("_form", "_filter", "_value"))


@pytest.mark.parametrize(
    "text, said",
    [
        ("_filter=a&_value=%FF", "the query is not UTF-8: write é as %C3%A9, for example"),
        ("_filter=a%3D%25FF", "the query is not UTF-8: write é as %C3%A9, for example"),
        ("_filter=a&_value=%00", "the query holds a NUL character, %00: leave it out"),
        ("&" * MAX_SUBMITTED, f"the query has more than {MAX_SUBMITTED} parameters"),
    ],
)
def test_what_no_query_may_hold_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadParameter) as caught:
        read_submitted(f"_form=search&{text}")
    assert [error.detail for error in caught.value.errors] == [said]
