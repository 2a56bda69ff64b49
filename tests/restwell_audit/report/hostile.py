"""What a hostile server might send, for tests: exchanges, findings and reports of any text."""

from __future__ import annotations

from hypothesis import strategies as st

from restwell_audit.exchanges import Exchange
from restwell_audit.findings import Finding, Untested
from restwell_audit.ladder import Report
from tests.restwell_audit.kinds import (
    BROKEN,
    KEPT,
    LEVEL_1,
    URL,
    ErrorsAsSuccess,
    NoAllow,
    NoValidator,
    ServerNamesItself,
    report,
)

NASTY = [
    "</script><script>alert(1)</script>",
    "</style></pre></details><h1>mine</h1>",
    "<img src=x onerror=alert(1)>",
    "]]>",
    "<![CDATA[",
    "-->",
    "&lt;&amp;&#0;",
    "\x00\x01\x08\x0b\x0c\x1f\x7f\x85\x9f",
    "\x1b[31m\x1b]0;title\x07\x9b2J",
    "\r\nSet-Cookie: a=b\r\n\r\n",
    "\u2028\u2029",
    "\u202eevil\u202c\u2066",
    "\ud800",
    "\udcff\udc80",
    "\ufffe\uffff\ufdd0\U0001ffff",
    "[red]bold[/red] [link=x]y[/link] :smile:",
    "{0} {subject} {{ 7 * 7 }} {% raw %}",
    "[text](javascript:alert(1))",
    "javascript:alert(1)",
    "http://a b/%zz?[x]#y#z",
    "http://[::1/\\x",
    "x" * 100_000,
    "é\u0301漢字😀\u200d",
    "",
    " ",
]
texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=20)), max_size=4).map("".join)
urls = st.one_of(texts, texts.map(f"{URL}{{}}".format))
headers = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
bodies = st.one_of(st.binary(max_size=200), texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
exchanges = st.builds(
    Exchange,
    number=st.integers(1, 5),
    method=st.one_of(st.just("GET"), texts),
    url=urls,
    sent=headers,
    content=bodies,
    status=st.sampled_from([0, 200, 404, 599, 999]),
    headers=headers,
    body=bodies,
    complete=st.booleans(),
    error=texts,
    seconds=st.floats(0, 1000),
    intermediary=st.booleans(),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    shown = draw(st.lists(exchanges, max_size=3))
    subject = draw(urls)
    return draw(
        st.sampled_from(
            [
                ErrorsAsSuccess(subject, *shown, status=draw(texts)),
                NoAllow(subject, *shown),
                NoValidator(subject, *shown),
                ServerNamesItself(subject, *shown, name=draw(texts)),
                KEPT["cacheable"](subject, *shown),
                BROKEN["layered"](subject, *shown),
            ]
        )
    )


untested = st.builds(Untested, st.sampled_from([1, 2, "layered"]), texts, texts, texts)
coverage = st.dictionaries(texts, st.one_of(st.integers(0, 9999), texts, st.lists(texts, max_size=3)), max_size=3)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    found = draw(st.lists(findings(), max_size=5))
    left = draw(st.lists(untested, max_size=2))
    first = [LEVEL_1] if draw(st.booleans()) else []
    return report(*first, *found, untested=left, coverage=draw(coverage), url=draw(urls))
