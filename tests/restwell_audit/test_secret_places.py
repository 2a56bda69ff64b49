"""A secret is hidden where its name is not right before it: in columns, in blocks, and as an object of a triple."""

# ruff: noqa: E501 - a table of texts reads best with a line for each

from __future__ import annotations

import pytest

from restwell_audit.redaction import BY_NAME, HIDDEN_IN_TEXT
from restwell_audit.report import FORMATS
from tests.restwell_audit.apis import Response, problem
from tests.restwell_audit.cases import judge

CSV = "id,name,api_key,password\n1,one,FIRST,SECOND\n2,two,THIRD,\n"
TEXTS = {
    "CSV": CSV,
    "CSV with CRLF": CSV.replace("\n", "\r\n"),
    "CSV with semicolons": CSV.replace(",", ";"),
    "TSV": CSV.replace(",", "\t"),
    "CSV in quotes": '"id","api_key"\n"1","FIRST"\n"2","SECOND, ""THIRD"""\n',
    "CSV that is cut off": 'id,api_key,name\n1,"FIRST",one\n2,SECO',
    "YAML in quotes": "- id: 1\n  password: \"FIRST\"\n  secret: 'SECOND'\n",
    "YAML in blocks": "- id: 1\n  token: >-\n    FIRST\n\n    SECOND\n  name: one\n- secret: |\n    THIRD\n",
    "YAML, a list": "tokens:\n- FIRST\n- SECOND\nname: one\n",
    "YAML, a mapping": "credentials:\n  user: FIRST\n  other:\n    - SECOND\nname: one\n",
    "Turtle": '<> ex:name "one"; ex:apiKey "FIRST"; ex:secret "SECOND"^^xsd:string, \'THIRD\'@en .',
    "Turtle in long quotes": '<> ex:clientSecret """FIRST\nSECOND""" .',
    "N-Triples": '<http://a.example/> <http://a.example/terms#password> "FIRST" .\n',
    "a table in HTML": "<p>x</p><table><tr><th>name</th><th>API key</th></tr><tr><td>one</td><td><b>FIRST</b></td></tr>"
    "<tr><td>two<td>SECOND</table>",
}


@pytest.mark.parametrize("kind", TEXTS)
def test_it_is_hidden(kind: str) -> None:
    shown = BY_NAME.content(TEXTS[kind].encode()).decode()
    assert not [word for word in ("FIRST", "SECOND", "THIRD", "SECO") if word in shown]
    assert HIDDEN_IN_TEXT in shown
    assert ("one" in TEXTS[kind]) is ("one" in shown)


@pytest.mark.parametrize("text", [
    "id,name\n1,one\n", "A sentence; another one.\n", "name: one\nsize: 2\n", '<> ex:name "one" .', "keys\n", "",
    "<table><tr><th>name</th></tr><tr><td>one</td></tr></table>", "monkey,author\n1,2\n",
])  # fmt: skip
def test_other_content_is_shown_as_it_is(text: str) -> None:
    assert BY_NAME.content(text.encode()).decode() == text


@pytest.mark.parametrize("media_type, kind", [
    ("text/csv", "CSV"), ("application/yaml", "YAML in blocks"), ("text/turtle", "Turtle"), ("text/html", "a table in HTML"),
])  # fmt: skip
def test_no_report_shows_it(media_type: str, kind: str) -> None:
    answer = Response(200, (("Content-Type", media_type),), TEXTS[kind].encode())
    report = judge(lambda request: answer if request.path == "/" else problem(404))
    for form in FORMATS.values():
        assert not [word for word in ("FIRST", "SECOND", "THIRD") if word in form(report)]
