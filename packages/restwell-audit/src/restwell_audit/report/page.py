"""The report as one HTML file without scripts and external resources, with a dark mode and a print style.

It contains data of servers, so the template escapes everything, and a Content-Security-Policy forbids the rest.
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

from ..counting import counted
from ..findings import Bearing, Severity
from ..ladder import Grade, Report
from .outline import (
    ADDRESSES,
    WORDS,
    Section,
    amount,
    counts,
    differences,
    differs,
    grouped,
    label,
    level_of,
    name,
    scored,
    sections,
    tally,
    together,
)
from .raising import changes
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
"""The Content-Security-Policy (W3C CSP Level 3), by which nothing is loaded and no script runs."""
MAX_GOOD = 6
"""Kinds of good findings that are named at once."""
MAX_URLS = 10
"""URLs that are listed for a kind of finding."""
MAX_EXCHANGES = 4
"""Exchanges that are shown for a kind of finding; the JSON report has all."""
MEANINGS: Mapping[Grade, str] = {
    "Non-RESTful": "HTTP is used to transport messages, and hardly as an application protocol.",
    "Approaching REST": "Resources have URIs of their own. Methods and status codes are not used as HTTP specifies.",
    "Not to be told from here": "What was seen from this URL neither shows the level nor rules it out.",
    "Approaching REST, not cacheable": "Resources have URIs, and methods and status codes are used as HTTP "
    "specifies. Responses do not say whether they may be cached, or say it wrongly.",
    "Approaching REST with Caching": "Resources have URIs, and methods and status codes are used as HTTP "
    "specifies. Clients still have to know URIs and operations in advance.",
    "Likely RESTful": "Clients find resources and operations by links. Not every constraint was shown to be met.",
    "RESTful": "Clients find resources and operations by links, and every constraint was shown to be met.",
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
            changes=changes(report),
            good=[each for each in grouped(report.findings) if each.severity == "good"],
            level=level_of(report),
            meaning=MEANINGS[report.grade],
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
    environment.tests["different_from"] = differs
    environment.globals |= {
        "style": Markup(STYLE),  # noqa: S704 -- our own file
        "policy": POLICY,
        "words": WORDS,
        "max_good": MAX_GOOD,
        "place": place,
        "rest": rest,
        "tally": tally,
        "differences": differences,
        "counted": counted,
        "label": label,
        "scored": scored,
        "together": together,
        "name": name,
        "max_urls": MAX_URLS,
        "max_exchanges": MAX_EXCHANGES,
        "addresses": ADDRESSES,
    }
    return environment


def place(bearing: Bearing) -> str:
    """The beginning of the anchors of findings on a level or constraint."""
    return f"level-{bearing}" if isinstance(bearing, int) else bearing


def rest(section: Section) -> str:
    """What a section has besides what is to fix and warnings, such as "2 notes, 5 good"."""
    severities: tuple[Severity, ...] = ("info", "good")
    counts = [(sum(each.severity == one for each in section.groups), one) for one in severities]
    return ", ".join(tally(count, severity) for count, severity in counts if count)


def _link(url: str) -> Markup:
    """A URL as a link if it is an http or https URL, without referrer and endorsement, else as code."""
    shown = one_line(url)
    if not WEB_URL.match(url) or len(url) > 2000:
        return Markup("<code>%s</code>") % shown
    return Markup('<a href="%s" rel="nofollow noreferrer noopener">%s</a>') % (url, shown)
