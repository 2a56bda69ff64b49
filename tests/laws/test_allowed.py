"""`Allow` names the methods of what is addressed: each of them is done for somebody, and every other is 405 for all.

It is the same for every caller, and of an item that is hidden as of one that never was. `Accept-Post` and
`Accept-Patch` name the media types that are taken, and formats offer no others.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import HAL_FORMS, JSON, JSON_LD, Answer, Served

from .documents import CALLERS, HTML, OWN, REFUSED, ROWS, items, send, trying
from .showing import content_of, page_of, shown_in_forms, take, text_of

pytestmark = pytest.mark.slow
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE", "CONNECT")
ALWAYS = {"OPTIONS"}
READING = {"GET", "HEAD", "OPTIONS"}
DESCRIPTIONS = (
    "/", "/me", "/openapi.json", "/docs", "/docs.jsonld", "/.well-known/api-catalog", "/contexts/Document",
    "/schemas/Team", "/problems/conflict", "/health/live", "/health/ready",
)  # fmt: skip
NEVER = {slug: f"/{slug}/{'77' if slug == 'complaints' else 'never-was'}" for slug in ROWS}
"""The address of an item of each collection that there never was."""
NOT_TAKEN = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data")


def allowed(served: Served, target: str) -> set[str]:
    """The methods that Allow names, which are asked for without a credential, as a preflight does."""
    answer = served.send("OPTIONS", target)
    assert (answer.status, answer.body) == (204, b"")
    words = answer.words("allow")
    assert len(words) == len(set(words))
    return set(words)


def places() -> dict[str, list[str]]:
    """Addresses of everything by its kind, of items with one that never was."""
    found = {f"/{slug}": [f"/{slug}"] for slug in ROWS}
    for slug in ROWS:
        there = [target for each, target, _ in items() if each == slug] + [NEVER[slug]]
        found[f"/{slug}/x"] = there
        found |= {f"/{slug}/x/{own}": [f"{target}/{own}" for target in there] for own in OWN.get(slug, ())}
    return found | {target: [target] for target in DESCRIPTIONS}


def told(answer: Answer, target: str) -> Any:
    """All that an answer says, but for the address that was asked."""
    status, fields, body = answer.lasting()
    fields = [(name, value) for name, value in fields if name != "content-length"]
    return status, fields, body.replace(target.encode(), b"")


def done(served: Served, targets: list[str]) -> set[str]:
    """The methods that some caller is shown at one of several addresses, which work when they are taken."""
    found = set(ALWAYS)
    for who in CALLERS:
        for target in targets:
            owner, _, own = target.rpartition("/")
            is_own = owner in {place for _, place, _ in items()}
            node = send(served, who, "GET", owner if is_own else target, accept=HAL_FORMS)
            forms = shown_in_forms(node.json()) if node.status == 200 and "_links" in node.json() else {}
            if not is_own:
                found |= {m for m in ("GET", "HEAD") if send(served, who, m, target, accept="*/*").status == 200}
                forms = {name: form for name, form in forms.items() if name in METHODS}
            else:
                forms = {own: forms[own]} if own in forms else {}
            for name, form in forms.items():
                if name in found:
                    continue
                taken = take(served, who, target, name, form)
                assert taken.status in {200, 201, 204}, (who, target, name, taken.body)
                found.add("POST" if is_own else name)
    return found


@pytest.mark.parametrize("kind", places())
def test_allow_names_what_is_done_for_somebody(documents_here: Served, kind: str) -> None:
    targets = places()[kind]
    [names] = {frozenset(allowed(documents_here, target)) for target in targets}
    assert names == done(documents_here, targets)
    assert names == READING or kind not in DESCRIPTIONS


@pytest.mark.parametrize("who", CALLERS)
def test_every_method_that_is_not_allowed_is_refused_to_everybody_and_no_other(
    documents_here: Served, who: str
) -> None:
    for targets in places().values():
        names = allowed(documents_here, targets[0])
        for method in METHODS:
            answers = {target: send(documents_here, who, method, target, content={}) for target in targets}
            if method not in names:
                [same] = {repr(told(answer, target)) for target, answer in answers.items()}
                assert all(answer.status == 405 for answer in answers.values()), (who, method, targets[0], same)
                assert all(set(answer.words("allow")) == names for answer in answers.values())
            else:
                assert {405, 501}.isdisjoint(answer.status for answer in answers.values()), (who, method, targets[0])
        for target in targets:
            assert send(documents_here, who, "BREW", target).status == 501
            assert told(send(documents_here, who, "OPTIONS", target), target) == told(
                documents_here.send("OPTIONS", targets[0]), targets[0]
            )


@pytest.mark.parametrize("who", CALLERS)
def test_no_answer_tells_what_is_hidden_from_what_never_was(documents_here: Served, who: str) -> None:
    for slug, place, _ in items():
        if send(documents_here, who, "GET", place).status == 200:
            continue
        for own in ("", *(f"/{name}" for name in OWN.get(slug, ()))):
            hidden, never = place + own, NEVER[slug] + own
            for method in {*METHODS, "OPTIONS"} - {"PUT"}:  # which finds that the name is taken
                answers = [
                    told(send(documents_here, who, method, each, content={}), each) for each in (hidden, never)
                ]
                assert answers[0] == answers[1], (who, method, hidden)


# -- media types --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in places() if kind not in DESCRIPTIONS])
def test_accept_post_and_accept_patch_name_what_is_taken(documents_here: Served, kind: str) -> None:
    target = places()[kind][0]
    options = documents_here.send("OPTIONS", target)
    for method, field in (("POST", "accept-post"), ("PATCH", "accept-patch")):
        named = options.words(field)
        assert not named or method in allowed(documents_here, target)
        for media in (*named, *NOT_TAKEN):
            content = b"[]" if media == "application/json-patch+json" else b"{}"
            with trying(documents_here):
                headers = {"Content-Type": media}
                answer = send(documents_here, "eve", method, target, headers=headers, content=content)
            is_taken = media in named
            if named:
                assert (answer.status != 415) is is_taken, (method, target, media, answer.body)
                assert is_taken or answer.words(field) == named
        if method in allowed(documents_here, target) and not named:  # it takes nothing, or an empty object
            assert kind.rpartition("/")[2] in OWN["documents"]


@pytest.mark.parametrize("who", CALLERS)
def test_formats_offer_the_media_types_that_are_taken(documents_here: Served, who: str) -> None:
    for slug in ROWS:
        for target in (f"/{slug}", *(place for each, place, _ in items() if each == slug)):
            node = send(documents_here, who, "GET", target, accept=HAL_FORMS)
            if node.status != 200:
                continue
            forms = shown_in_forms(node.json())
            taken = {
                method: documents_here.send("OPTIONS", target).words(f"accept-{method}")
                for method in ("post", "patch")
            }
            for name, form in forms.items():
                assert form.get("contentType") in {None, *taken.get(name.lower(), [JSON])}, (who, target, name)
            page = page_of(send(documents_here, who, "GET", target, accept=HTML))
            [*lines] = page.iterfind(".//section[@class='may']/ul[@class='actions']/li")
            for line in lines:
                method = text_of(line.find("code")).lower()
                codes = [text_of(each) for each in line.iterfind("div/span/small/code")]
                is_own = any(each.startswith("…/") for each in codes)
                offered = [each for each in codes if "/" in each and not is_own]
                assert not offered or offered == taken.get(method, offered), (who, target, method, offered)
            for name in forms.keys() & {"PATCH", "POST", "PUT"}:
                for media in taken.get(name.lower(), [JSON, JSON_LD]):
                    filled: Any = content_of(forms[name], {})
                    content = [] if media == "application/json-patch+json" else filled
                    with trying(documents_here):
                        headers = {"Content-Type": media}
                        answer = send(documents_here, who, name, target, headers=headers, content=content)
                    assert answer.status not in REFUSED | {400, 415, 422}, (who, target, name, media, answer.body)
