"""The form of a collection's page, filled in and sent as a browser does it, without script."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell import Api, Field, Resource, public, scope
from restwell.http.limits import MAX_FILTERS, MAX_SUBMITTED, MAX_TARGET
from restwell.model.declare import declare
from restwell.representations.query_form import query_form
from tests.api import (
    BASE,
    HAL,
    HAL_FORMS,
    JSON,
    JSON_LD,
    PROBLEM,
    Answer,
    Sample,
    Served,
    frameworks,
    samples,
    serving,
)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
ROWS: list[dict[str, Any]] = [
    {"number": 1, "label": "one", "amount": 10, "good": True, "colour": "red", "day": "2026-01-31"},
    {"number": 2, "label": "", "amount": 20, "good": False, "colour": "blue"},
    {"number": 3, "label": '<b>\n"x"', "price": "12.50", "weight": 0.5},
]
SCRIPT = "\"><script>alert('1')</script>"


class Closed(Resource):
    """Something with members that nobody sees."""

    name: str = Field(identity=True)
    password: str = Field("", write_only=True)
    own: str = Field("", hidden=True)


class Short(Resource):
    """As many members as the address of a form has room for, but not its number of parameters."""

    name: str = Field(identity=True)
    __annotations__ |= {f"m{number}": int for number in range(60)}
    locals().update({f"m{number}": number for number in range(60)})


class Many(Resource):
    """More members than the address of a form has room for."""

    name: str = Field(identity=True)
    __annotations__ |= {f"a_member_with_a_rather_long_name_{number}": int for number in range(60)}
    locals().update({f"a_member_with_a_rather_long_name_{number}": number for number in range(60)})


def register(api: Api) -> None:
    frameworks()(api)
    samples(initial=ROWS)(api)
    api.resource("/closed", read=public(), write=public())(Closed)
    api.resource("/many", read=public(), initial=[{"name": "one"}])(Many)
    api.resource("/short", read=public(), initial=[{"name": "one"}])(Short)
    api.resource("/secrets", read=scope("secrets"))(Secret)


class Secret(Resource):
    """What not everybody may read."""

    name: str = Field(identity=True)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(register) as found:
        yield found


@dataclass
class Row:
    """The controls beside one label: the list, and the input if there is one."""

    label: str
    options: dict[str, str]
    chosen: str
    input: Mapping[str, str] | None

    @property
    def value(self) -> str:
        return "" if self.input is None else self.input.get("value", "")


def tree_of(answer: Answer) -> Element:
    assert (answer.status, answer["content-type"]) == (200, "text/html; charset=utf-8")
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.body.decode())
    assert isinstance(tree, Element)
    return tree


def look(served: Served, target: str) -> Element:
    return tree_of(served.send("GET", target, accept=BROWSER))


def form_of(tree: Element) -> Element:
    [form] = tree.iter("form")
    return form


def text_of(element: Element | None) -> str:
    assert element is not None
    return "".join(element.itertext()).strip()


def rows_of(form: Element) -> list[Row]:
    found = []
    for each in form.iterfind("div[@class='row']"):
        [choice], inputs = each.findall("select"), each.findall("input")
        options = {option.get("value", ""): text_of(option) for option in choice.iter("option")}
        chosen = [option.get("value", "") for option in choice.iter("option") if "selected" in option.attrib]
        label = text_of(each.find("label"))
        found.append(Row(label, options, (chosen or [next(iter(options))])[0], inputs[0].attrib if inputs else None))
    return found


def sent_by(form: Element, filled: Mapping[str, tuple[str, str]] | None = None) -> str:
    """The query that a browser sends (HTML, section 4.10.21.4), once the rows of some labels are filled in.

    `filled` has the words that are chosen, and what is typed.
    """
    pairs = [(each.attrib["name"], each.attrib["value"]) for each in form.iterfind("input")]
    for row, element in zip(rows_of(form), form.iterfind("div[@class='row']"), strict=True):
        chosen, value = row.chosen, row.value
        if filled and row.label in filled:
            said, value = filled[row.label]
            [chosen] = [option for option, words in row.options.items() if words == said]
        pairs.append((element.find("select").attrib["name"], chosen))  # type: ignore[union-attr]
        pairs += [(row.input["name"], value)] if row.input is not None else []
    return urlencode(pairs).replace("~", "%7E")


def submit(served: Served, target: str, **filled: tuple[str, str]) -> str:
    """Where a browser is led that fills in the form of a page and sends it."""
    path = target.partition("?")[0]
    query = sent_by(form_of(look(served, target)), filled)
    answer = served.send("GET", f"{path}?{query}", accept=BROWSER)
    assert (answer.status, answer.body) == (303, b"")
    return answer["location"].removeprefix(BASE)


def names(tree: Element) -> list[str]:
    return [text_of(each) for each in tree.iterfind(".//tbody/tr/th")]


# -- what a form has ----------------------------------------------------------------------------------------------


def test_a_form_has_a_row_for_each_member_the_order_and_the_page_size(served: Served) -> None:
    rows = rows_of(form_of(look(served, "/frameworks")))
    assert [row.label for row in rows] == [
        "name", "created", "parent", "relatedName", "relatedDocs", "Sort by", "Items on a page",
    ]  # fmt: skip
    assert rows[0].options["name[icontains]"] == "contains"
    assert rows[1].options == {
        "created": "is", "created[gte]": "is at least", "created[lte]": "is at most", "created[gt]": "is more than",
        "created[lt]": "is less than", "created[ne]": "is not",
    }  # fmt: skip
    assert rows[1].input == {"id": "f1", "name": "_value", "type": "number", "min": "1989", "max": "2100"}
    assert list(rows[5].options.values())[:5] == [
        "the usual order", "name", "name, descending", "created",
        "created, descending",
    ]  # fmt: skip
    assert rows[6].options == {"10": "10", "": "25", "50": "50", "100": "100"}
    assert [row.chosen for row in rows[5:]] == ["", ""]


@pytest.mark.parametrize(
    "target", ["/frameworks", "/samples?label=x&amount[gte]=5&sort=-amount&fields=label", "/many"]
)
def test_every_control_has_a_name_that_is_read_out(served: Served, target: str) -> None:
    tree = look(served, target)
    form = form_of(tree)
    assert (form.get("method"), form.get("role"), form.get("action")) == ("get", "search", None)
    assert form.get("aria-label") == f"Filter and sort {target[1:].partition('?')[0]}"
    identities = [each.attrib["id"] for each in tree.iter() if "id" in each.attrib]
    assert len(identities) == len(set(identities))
    labelled = {each.attrib["for"] for each in form.iter("label")}
    controls = [each for each in form.iter() if each.tag in {"select", "input"} and each.get("type") != "hidden"]
    assert labelled <= {each.attrib["id"] for each in controls}
    assert all(each.attrib["id"] in labelled or each.get("aria-label") for each in controls)
    assert [text_of(each) for each in form.iter("button")] == ["Show"]
    assert [each.attrib["value"] for each in form.iter("input") if each.get("name") == "_form"] == ["search"]


def test_choices_and_booleans_are_lists_of_their_values(served: Served) -> None:
    rows = {row.label: row for row in rows_of(form_of(look(served, "/samples")))}
    assert list(rows["colour"].options.values()) == ["any", "red", "green", "blue", "has a value", "has no value"]
    assert list(rows["good"].options.values()) == ["any", "true", "false", "has a value", "has no value"]
    assert rows["colour"].input is rows["good"].input is None
    found = {name: (rows[name].input or {}).get("type") for name in ("amount", "weight", "price", "day", "moment")}
    assert found == {"amount": "number", "weight": "number", "price": "text", "day": "date", "moment": "text"}
    assert (rows["weight"].input or {}).get("step") == "any"
    assert (rows["moment"].input or {}).get("placeholder") == "2026-01-31T12:00:00Z"


def test_only_what_the_caller_may_see_is_offered(served: Served) -> None:
    page = served.send("GET", "/closed", accept=BROWSER).body.decode()
    assert [row.label for row in rows_of(form_of(look(served, "/closed")))] == ["name", "Sort by", "Items on a page"]
    assert "password" not in page.partition("</details>")[0]
    assert "own" not in page.partition("<form")[2].partition("</form>")[0].replace("unknown", "")


# -- what it sends ------------------------------------------------------------------------------------------------


def test_a_form_that_is_left_empty_leads_to_all_of_the_collection(served: Served) -> None:
    assert submit(served, "/frameworks") == "/frameworks"
    assert submit(served, "/many") == "/many"


def test_what_is_chosen_leads_to_the_query_of_it_and_to_its_items(served: Served) -> None:
    order = {"Sort by": ("name, descending", "")}
    place = submit(served, "/frameworks", created=("is at least", "2009"), name=("contains", "O"), **order)
    assert place == "/frameworks?name%5Bicontains%5D=O&created%5Bgte%5D=2009&sort=-name"
    assert names(look(served, place)) == ["Tornado", "Bottle"]
    assert names(look(served, submit(served, place, name=("contains", "")))) == ["Tornado", "Flask", "Bottle"]
    assert submit(served, "/frameworks", **{"Items on a page": ("50", "")}) == "/frameworks?limit=50"


@pytest.mark.parametrize(
    "label, said, value, query, found",
    [
        ("label", "is empty", "", "label=", ["2"]),
        ("label", "is not empty", "", "label%5Bne%5D=", ["1", "3"]),
        ("label", "is one of", "one,two", "label%5Bin%5D=one,two", ["1"]),
        ("label", "is empty", "one", "label=one", ["1"]),
        ("amount", "has no value", "", "amount%5Bexists%5D=false", ["3"]),
        ("good", "false", "", "good=false", ["2"]),
        ("colour", "red", "", "colour=red", ["1"]),
        ("day", "is at most", "2026-02-01", "day%5Blte%5D=2026-02-01", ["1"]),
        ("weight", "is less than", "0.75", "weight%5Blt%5D=0.75", ["3"]),
        ("price", "is", "12.50", "price=12.50", ["3"]),
    ],
)
def test_each_kind_of_filter_finds_its_items(
    served: Served, label: str, said: str, value: str, query: str, found: list[str]
) -> None:
    place = submit(served, "/samples", **{label: (said, value)})
    assert place == f"/samples?{query}"
    assert names(look(served, place)) == found


def test_one_member_can_be_within_two_limits(served: Served) -> None:
    place = submit(served, "/frameworks", created=("is at least", "2006"))
    both = submit(served, place, **{"and created": ("is at most", "2009")})
    assert both == "/frameworks?created%5Bgte%5D=2006&created%5Blte%5D=2009"
    assert [row.label for row in rows_of(form_of(look(served, both)))][1:4] == ["created", "created", "and created"]
    assert names(look(served, both)) == ["Bottle"]


def test_what_is_refused_is_refused_by_the_query_that_it_stands_for(served: Served) -> None:
    place = submit(served, "/samples", price=("is", "cheap"))
    answer = served.send("GET", place, accept=BROWSER)
    assert (answer.status, answer["content-type"]) == (400, "text/html; charset=utf-8")
    page = answer.body.decode()
    assert "takes a decimal number, as in 12.50" in page
    assert f'<a href="{BASE}/samples">Ask without a query</a>' in page
    cursor = served.send("GET", "/samples?after=x", accept=BROWSER).body.decode()
    assert f'<a href="{BASE}/samples">Ask without a query</a>' in cursor
    for path in ("/samples/1?after=x", "/nowhere?after=x", "/?after=x"):
        assert "Ask without a query" not in served.send("GET", path, accept=BROWSER).body.decode()
    twice = served.send("GET", "/samples?_form=search&_filter=label&_value=a&_filter=label&_value=b", accept=BROWSER)
    assert twice["location"] == f"{BASE}/samples?label=a&label=b"
    assert served.send("GET", "/samples?label=a&label=b", accept=BROWSER).status == 400


# -- what it holds ------------------------------------------------------------------------------------------------

HELD = [
    "number=1", "number[gte]=-5&number[lt]=10", "amount[in]=1,2", "amount[exists]=true", "label=", "label[in]=",
    "label[gt]=", "label[ne]=x&label[starts]=y", "colour[in]=red,blue", "colour[ne]=red", "good=true",
    "good[exists]=false", "day=2026-01-31", "moment[lt]=2026-01-31T12:00:00%2B02:00", "price[gte]=1e3",
    "site=not+a+URL", "code=0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f", "weight[lte]=1e-9", "sort=-amount,label",
    "limit=7", "limit=25", "fields=label,amount", "label=%0A", "label=a%0D%0Ab%01%C2%A0%E2%80%A8", "label=+a+",
    "label=%22%26%3C%27%3D%26_value%3Dx", "label[contains]=%F0%9F%8F%B3", "label[in]=%22a,b%22,c",
]  # fmt: skip


def meaning(text: str) -> dict[str, str]:
    """The parameters of a query, `[eq]` being the same as none, and the usual page size as none."""
    found = {name.replace("[eq]", ""): value for name, value in parse_qsl(text, keep_blank_values=True)}
    return {name: value for name, value in found.items() if (name, value) != ("limit", "25")}


def as_sent(text: str) -> str:
    """What becomes of a text in an attribute by the time that it is sent (HTML, section 4.10.22.7)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def unchanged(served: Served, query: str) -> dict[str, str]:
    """The query that comes of sending the form of a page as it is."""
    tree = look(served, f"/samples?{query}")
    pairs = parse_qsl(sent_by(form_of(tree)), keep_blank_values=True)
    text = urlencode([(name, as_sent(value)) for name, value in pairs])
    place = served.send("GET", f"/samples?{text}", accept=BROWSER)["location"]
    return meaning(urlsplit(place).query)


@pytest.mark.parametrize("query", HELD)
def test_a_form_that_is_sent_as_it_is_asks_the_same(served: Served, query: str) -> None:
    assert unchanged(served, query) == meaning(query)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40))
def test_every_text_is_held_as_it_is(served: Served, text: str) -> None:
    query = urlencode({"label": text, "label[ne]": text[::-1]})
    assert unchanged(served, query) == meaning(query)


def test_values_are_texts_on_the_page_and_nothing_else(served: Served) -> None:
    query = urlencode({"label": SCRIPT, "label[ne]": SCRIPT + "\n"})
    tree = look(served, f"/samples?{query}")
    assert not list(tree.iter("script"))
    rows = [row for row in rows_of(form_of(tree)) if row.label == "label"]
    assert [row.value for row in rows] == [SCRIPT, ""]
    assert f"is not {SCRIPT}" in rows[1].options.values()


def test_a_value_beyond_the_limits_of_its_member_can_still_be_sent(served: Served) -> None:
    rows = {row.label: row for row in rows_of(form_of(look(served, "/frameworks?created[gte]=1900")))}
    assert rows["created"].input == {"id": "g0", "name": "_value", "type": "number", "value": "1900"}
    assert (rows["and created"].input or {}).get("min") == "1989"


def test_the_form_of_a_page_is_that_of_its_query_wherever_it_begins(served: Served) -> None:
    first = look(served, "/samples?sort=number&limit=1")
    [following] = [each.attrib["href"] for each in first.iter("a") if each.get("rel") == "next"]
    second = look(served, following.removeprefix(BASE))
    assert sent_by(form_of(second)) == sent_by(form_of(first))
    assert "after" not in sent_by(form_of(second))


def test_more_members_than_have_room_share_a_row(served: Served) -> None:
    form = form_of(look(served, "/many"))
    rows = rows_of(form)
    assert [row.label for row in rows[-3:]] == ["Another member", "Sort by", "Items on a page"]
    assert 10 < len(rows) < 60
    assert len(f"/many?{sent_by(form)}") < MAX_TARGET * 0.6
    place = submit(served, "/many", **{"Another member": ("a_member_with_a_rather_long_name_59 is at most", "59")})
    assert place == "/many?a_member_with_a_rather_long_name_59%5Blte%5D=59"
    assert names(look(served, place)) == ["one"]
    assert submit(served, place) == place


def test_a_form_with_as_many_filters_as_there_can_be_is_read(served: Served) -> None:
    query = "&".join(f"m{number}[gte]=0" for number in range(59, 59 - MAX_FILTERS, -1))
    form = form_of(look(served, f"/short?{query}&sort=m1&limit=1&fields=name"))
    assert len(parse_qsl(sent_by(form), keep_blank_values=True)) == MAX_SUBMITTED - 2
    place = served.send("GET", f"/short?{sent_by(form)}", accept=BROWSER)["location"]
    assert meaning(urlsplit(place).query) == meaning(f"{query}&sort=m1&limit=1&fields=name")


# -- what was asked for, and the order ------------------------------------------------------------------------------


def test_each_part_of_a_query_can_be_removed(served: Served) -> None:
    tree = look(served, "/frameworks?created[gte]=2005&sort=-created")
    [asked] = tree.iterfind(".//div[@class='asked']")
    assert (asked.get("role"), asked.get("aria-label")) == ("group", "What was asked for")
    found = [(text_of(each), each.find("a").attrib) for each in asked.iterfind("ul/li")]  # type: ignore[union-attr]
    words = ["created is at least 2005", "sorted by created, descending"]
    queries = ["sort=-created", "created%5Bgte%5D=2005"]
    assert found == [
        (f"{said} \N{MULTIPLICATION SIGN}", {"href": f"{BASE}/frameworks?{query}", "aria-label": f"Remove: {said}"})
        for said, query in zip(words, queries, strict=True)
    ]
    assert [(text_of(each), each.get("href")) for each in asked.iterfind("a")] == [
        ("Clear all", f"{BASE}/frameworks")
    ]
    assert not list(look(served, "/frameworks").iterfind(".//div[@class='asked']"))


def test_the_head_of_the_table_sorts_in_both_directions(served: Served) -> None:
    def head(target: str) -> dict[str, tuple[str | None, str]]:
        cells = look(served, target).iterfind(".//thead/tr/th")
        found = {text_of(each): (each.get("aria-sort"), each.find(".//a")) for each in cells}
        return {name: (how, "" if link is None else link.attrib["href"]) for name, (how, link) in found.items()}

    assert head("/frameworks")["created"] == (None, f"{BASE}/frameworks?sort=created")
    assert head("/frameworks?sort=created&limit=2")["created"] == (
        "ascending",
        f"{BASE}/frameworks?limit=2&sort=-created",
    )
    assert head("/frameworks?sort=-created")["created"] == ("descending", f"{BASE}/frameworks?sort=created")
    assert head("/frameworks?sort=-created")["name"] == (None, f"{BASE}/frameworks?sort=name")
    assert head("/samples")["tags"] == (None, "")
    assert names(look(served, "/frameworks?sort=-created,name")) == ["Flask", "Tornado", "Bottle", "Django"]


# -- who is answered so ---------------------------------------------------------------------------------------------

SENT = "_form=search&_filter=created%5Bgte%5D&_value=2005&sort="


@pytest.mark.parametrize("accept", [None, "*/*", JSON, JSON_LD, HAL, HAL_FORMS, "application/json, text/html;q=0.9"])
def test_no_other_format_knows_the_parameters_of_forms(served: Served, accept: str | None) -> None:
    answer = served.send("GET", f"/frameworks?{SENT}", accept=accept)
    assert (answer.status, answer["content-type"]) == (400, PROBLEM)
    errors = {each["pointer"]: each["code"] for each in answer.json()["errors"]}
    assert errors == dict.fromkeys(["_form", "_filter", "_value"], "unknown_parameter") | {"sort": "invalid"}


def test_neither_does_an_item_nor_the_entry_point(served: Served) -> None:
    for path in ("/frameworks/Flask", "/", "/docs"):
        assert served.send("GET", f"{path}?{SENT}", accept=BROWSER).status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_form_is_answered_by_where_the_page_is(served: Served, method: str) -> None:
    answer = served.send(method, f"/frameworks?{SENT}", accept=BROWSER)
    assert (answer.status, answer["location"]) == (303, f"{BASE}/frameworks?created%5Bgte%5D=2005")
    assert (answer["cache-control"], answer["content-length"]) == ("no-store", "0")
    assert answer["vary"] == "Accept, Authorization, Prefer"


def test_who_may_not_read_is_refused_before_a_form_is_read(served: Served) -> None:
    assert served.send("GET", f"/secrets?{SENT}", accept=BROWSER).status == 401
    assert served.send("GET", f"/frameworks?{SENT}", {"authorization": "Bearer x"}, accept=BROWSER).status == 401


def test_a_form_that_stands_for_too_long_a_query_is_refused(served: Served) -> None:
    values = "&".join(
        f"_filter=label%5B{name}%5D&_value={'x' * 250}" for name in ("gt", "gte", "lt", "lte", "ne", "eq")
    )
    answer = served.send(
        "GET", f"/samples?_form=search&{values}&{values.replace('x', 'y')}"[: MAX_TARGET - 20], accept=BROWSER
    )
    assert answer.status == 400
    assert b"leaves no room for the link to the next page" in answer.body


def test_a_key_in_a_form_is_refused_and_repeated_nowhere(served: Served) -> None:
    key = served.key("frameworks:write")
    for query in (f"_form=search&_filter=name&_value={key}", f"_form=search&_filter=name%253D{key}"):
        answer = served.send("GET", f"/frameworks?{query}", accept=BROWSER)
        assert answer.status == 400
        assert key not in str(answer.headers)
        assert key.encode() not in answer.body


def test_a_form_of_a_query_is_written_from_the_declaration_alone() -> None:
    declaration = declare(Sample, "/samples", read=public()).public
    assert query_form(declaration, ()) is query_form(declaration, ())
    assert query_form(declaration, (("label", "x"),)) == query_form(declaration, (("label", "x"),))
