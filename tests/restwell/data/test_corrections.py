"""Every refusal of a parameter says what to write instead, and what it says to write is taken."""

import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell import Field, Resource, public
from restwell.data.corrections import UNKNOWN, nearest
from restwell.data.parameters import read_query
from restwell.http.problems import BadParameter
from restwell.model.declare import declare
from tests.api import Sample

SAMPLES = declare(Sample, "/samples", read=public())


class Odd(Resource):
    """Fields with the names of controls, one that is hidden from filters, and one of the kind that has none."""

    name: str = Field(identity=True)
    q: str = ""
    limit: int = 0
    secretCode: str = Field("", filterable=False)  # noqa: N815 - as JSON writes it
    tags: list[str] = Field([])


ODD = declare(Odd, "/odd", read=public())


def said(text: str, declaration: Any = SAMPLES) -> str:
    """The detail of a refusal with one error."""
    with pytest.raises(BadParameter) as caught:
        read_query(declaration, text, lenient=False, secret=b"")
    [error] = caught.value.errors
    assert error.detail == UNKNOWN or error.detail in caught.value.detail
    assert len(error.detail) < 300
    return error.detail


VALUES = {
    "moment=2026-01-31T12:00:00+02:00": "a + in a query stands for a space, write it as %2B",
    "moment[gt]=2026-01-31T12:00:00+0200": "%2B",
    "moment[in]=2026-01-31T12:00:00Z,2026-01-31T12:00:00+02:00": "%2B",
    "moment=x": "a date and time, as in 2026-01-31T12:00:00Z",
    "moment=2026-01-31T12%253A00%253A00Z": "percent-encoded twice",
    "price=1,5": "write the decimals behind a point, 1.5",
    "weight=1,5": "write the decimals behind a point, 1.5",
    "price=x": "a decimal number, as in 12.50",
    "amount=+5": "leave out the sign",
    "amount=1,2": "for several values write amount[in]=1,2",
    "amount=[1,2]": "for several values write amount[in]=1,2",
    "amount=gte:5": "write amount[gte]=5",
    "amount=lt.5": "write amount[lt]=5",
    "amount=>5": "write amount[gt]=5",
    "amount=null": "for items without a value write amount[exists]=false",
    "amount=": "for items without a value write amount[exists]=false",
    'amount="5"': "leave out the quotes",
    "amount=1.5": "a whole number, as in 42",
    "good=1": "true or false",
    "day=31.01.2026": "a date, as in 2026-01-31",
    "code=1": "a UUID, as in",
    "colour=pink": "one of red, green, blue",
    "good[exists]=yes": "true or false",
    "label[contains]=": "not empty",
    'label[in]="a': "ends with",
    'label[in]="a"b,c': "ends with",
    "limit=0": "a number of rows from 1 to 100, as in limit=25",
    "sort=amount+desc": "write -amount for amount desc",
    "sort=amount:asc": "write amount for amount asc",
    "sort=+amount": "ascending ones without a sign",
    "sort=label,+amount": "without spaces",
    "sort=amuont": "did you mean amount?",
    "sort=nothing": "takes names out of number, label",
    "fields=amuont": "did you mean amount?",
    "fields=label,+amount": "did you mean amount?",
    "amount=1&amount=2": "write amount[in]=a,b for several values",
    "limit=1&limit=2": "give it once",
    "label=%ff": "not UTF-8",
    "label=%00": "NUL",
    "&".join(["x=1"] * 65): "more than 64 parameters",
}


@pytest.mark.parametrize("text", VALUES, ids=lambda text: text[:40])
def test_a_wrong_value_leads_on(text: str) -> None:
    assert VALUES[text] in said(text)


NAMES = {
    "amount>=5": "write amount[gte]=5",
    "amount%3E=5": "write amount[gte]=5",
    "amount<=5": "write amount[lte]=5",
    "amount>5": "write amount[gt]=5",
    "amount<5": "write amount[lt]=5",
    "amount!=5": "write amount[ne]=5",
    "amount[like]=5": "the operators of amount are eq, ne, gt, gte, lt, lte, in, exists",
    "label[like]=5": "write label[contains]",
    "label[ILIKE]=5": "write label[icontains]",
    "amount[$gte]=5": "write amount[gte]",
    "amount__gte=5": "write amount[gte]",
    "amount.gte=5": "write amount[gte]",
    "good[]=true": "the operators of good are eq, exists",
    "good[gt]=true": "the operators of good are eq, exists",
    "filter[amount]=5": "write amount=5",
    "amount%255Bgte%255D=5": "percent-encoded twice, write amount[gte]",
    "Amount=5": "did you mean amount?",
    "amuont=5": "did you mean amount?",
    "amount =5": "did you mean amount?",
    "amount[gte=5": "did you mean amount[gte]?",
    "offset=5": "follow the links of a page, next and prev",
    "per_page=5": "write limit=",
    "order_by=amount": "write sort=",
    "select=amount": "write fields=",
}


@pytest.mark.parametrize("text", NAMES, ids=lambda text: text[:40])
def test_a_wrong_name_leads_on(text: str) -> None:
    assert said(text) == f"{UNKNOWN}: {NAMES[text]}" or NAMES[text] in said(text)


@pytest.mark.parametrize("text", [*VALUES, *NAMES], ids=lambda text: text[:40])
def test_what_is_said_to_be_written_is_taken(text: str) -> None:
    for written in re.findall(r"write (\w+\[\w+\]=[^ ,:]+|\w+=\d+)", said(text)):
        name, _, value = written.partition("=")
        if value != "a":
            read_query(SAMPLES, f"{quote(name)}={quote(value)}", lenient=False, secret=b"")


def test_a_field_with_the_name_of_a_control_is_named_by_its_operator() -> None:
    assert said("q=x", ODD) == f"{UNKNOWN}: write q[eq]=x, since q alone is not a filter"
    assert read_query(ODD, "q[eq]=x&limit[eq]=5&limit=2", lenient=False, secret=b"").limit == 2


def test_nothing_is_said_of_what_filters_cannot_name() -> None:
    """A field that cannot be named here, and one that is not there, are refused in the same words."""
    for name in (
        "secretCode",
        "secretCod",
        "secretcode",
        "secretCode[eq]",
        "tags",
        "unlikelyName",
        "unlikelyName[eq]",
    ):
        assert said(f"{quote(name)}=1", ODD) == UNKNOWN
    assert nearest("secretCod", ["name", "q"]) is None


@given(st.dictionaries(st.text(max_size=40), st.text(max_size=40), max_size=5))
def test_whatever_is_sent_is_answered_in_words(query: dict[str, str]) -> None:
    try:
        read_query(SAMPLES, urlencode(query, errors="replace"), lenient=False, secret=b"")
    except BadParameter as refused:
        errors = refused.errors
    else:
        errors = ()
    assert all(error.detail for error in errors)
