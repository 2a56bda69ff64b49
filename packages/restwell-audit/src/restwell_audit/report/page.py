"""The report as one HTML file that needs nothing else: no script, nothing loaded, readable in the dark and on paper.

What servers said is in it, so that the template escapes everything, and a Content-Security-Policy forbids the rest.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..findings import Finding
from ..ladder import Report, Verdict
from .outline import WORDS, amount, counted, counts, grouped, name, sections, step
from .texts import one_line, visible
from .transcript import outcome

TEMPLATES = Path(__file__).with_name("templates")
STYLE = " ".join((TEMPLATES / "report.css").read_text("utf-8").split())
POLICY = "; ".join(
    [
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
        "form-action 'none'",
        "base-uri 'none'",
    ]
)
"""W3C CSP Level 3: nothing is loaded and nothing runs, whatever is in the evidence."""
MAX_PLACES = 10
"""So many places of a kind of finding are named."""
MAX_EXCHANGES = 4
"""So many exchanges are shown of a kind of finding; the JSON report has all."""
MEANINGS: Mapping[Verdict, str] = {
    "Non-RESTful": "HTTP carries messages here, and little of what makes the Web work is used.",
    "Approaching REST": "Things have URLs of their own. What is done to them is not yet said in the terms of HTTP.",
    "Approaching REST with Caching": "Things have URLs, and methods and status codes mean what HTTP says. "
    "Clients still have to know beforehand what leads where.",
    "Likely RESTful": "Clients find their way by links. Not every constraint of REST was shown to hold.",
    "RESTful": "Clients find their way by links, and every constraint of REST was shown to hold.",
}
WEB_URL = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`]+\Z")


def write(report: Report) -> str:
    """The report as an HTML document."""
    rendered = (
        _templates()
        .get_template("report.html")
        .render(
            report=report,
            sections=sections(report),
            counts=counts(report),
            step=step(report),
            meaning=MEANINGS[report.verdict],
            kinds=len(grouped(report.findings)),
        )
    )
    return visible(rendered)


@lru_cache(1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"one_line": one_line, "outcome": outcome, "link": _link, "amount": amount}
    environment.tests["told_apart_from"] = _told_apart
    environment.globals |= {
        "style": Markup(STYLE),  # noqa: S704 -- our own file
        "policy": POLICY,
        "words": WORDS,
        "counted": counted,
        "name": name,
        "most_places": MAX_PLACES,
        "most_exchanges": MAX_EXCHANGES,
    }
    return environment


def _told_apart(finding: Finding, first: Finding) -> bool:
    """Whether a finding says more than the first of its kind, and that it was found elsewhere."""
    return finding.line.replace(finding.subject, "") != first.line.replace(first.subject, "")


def _link(url: str) -> Markup:
    """A URL as a link, if it leads to the web; it tells the other site nothing, and vouches for none."""
    shown = one_line(url)
    if not WEB_URL.match(url) or len(url) > 2000:
        return Markup("<code>%s</code>") % shown
    return Markup('<a href="%s" rel="nofollow noreferrer noopener">%s</a>') % (url, shown)
