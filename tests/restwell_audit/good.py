"""A small API that does everything right, so that a test can take one thing away from it.

Things with a name and a size, in HAL-FORMS and in HTML: `/`, `/things`, `/things/{name}`, and a page about relations.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from tests.restwell_audit.apis import HAL_FORMS, HTML, JSON, Request, Response, page, problem

Thing = dict[str, Any]
THREE: tuple[Thing, ...] = ({"name": "one", "size": 1}, {"name": "two", "size": 2}, {"name": "three", "size": 3})
METHODS = {
    "/": ("GET",), "/docs/things": ("GET",), "/things": ("GET", "POST"), "/things/": ("GET", "PUT", "DELETE"),
}  # fmt: skip
"""The methods of every kind of resource, by its path; that of a thing ends where its name begins."""


class Good:
    """The API, with three things of its own."""

    def __init__(self) -> None:
        self.things = {thing["name"]: dict(thing) for thing in THREE}

    def __call__(self, request: Request) -> Response:
        """Answer a request: is it there, may it be done, is it acceptable, does the condition hold, do it."""
        kind = self._kind(request.path)
        if kind is None:
            return problem(404, Cache_Control="no-store", Link='</>; rel="start"')
        allow = ", ".join([*METHODS[kind], "HEAD", "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(204, (("Allow", allow),))
        if request.method not in {*METHODS[kind], "HEAD"}:
            return problem(405, Allow=allow, Cache_Control="no-store")
        if request.method in {"GET", "HEAD"}:
            return self._read(kind, request)
        return self._create(request) if request.method == "POST" else self._change(request)

    # -- reading ----------------------------------------------------------------------------------------------

    def _kind(self, path: str) -> str | None:
        if path in METHODS and path != "/things/":
            return path
        return "/things/" if path.startswith("/things/") and path.removeprefix("/things/") in self.things else None

    def _read(self, kind: str, request: Request) -> Response:
        media_type = acceptable(request.field("accept"))
        if media_type is None:
            return problem(406, Vary="Accept", Cache_Control="no-store")
        if kind == "/docs/things":
            media_type = HTML
            document: Thing = {
                "_links": {"start": {"href": "/"}},
                "title": "The relation to the collection of things.",
            }
        elif kind == "/":
            document = ENTRY
        else:
            name = request.path.removeprefix("/things/")
            document = self.list_all(request) if kind == "/things" else self.show(name)
        tag = _tag(document, media_type)
        about = {"ETag": tag, "Vary": "Accept", "Cache_Control": "max-age=60"}
        if tag in re.split(r"\s*,\s*", request.field("if-none-match")):
            return Response(304).having(**about)
        if media_type == HTML:
            return page(*html_of(document)).having(**about)
        return Response(200, (("Content-Type", HAL_FORMS),), json.dumps(document).encode()).having(**about)

    def list_all(self, request: Request) -> Thing:
        """The collection, or those of a size."""
        size = request.asked.get("size")
        things = [thing for thing in self.things.values() if size in {None, str(thing["size"])}]
        return {
            "_links": {
                "self": {"href": request.target},
                "start": {"href": "/"},
                "search": {"href": "/things{?size}", "templated": True},
            },
            "_embedded": {
                "item": [{**thing, "_links": {"self": {"href": _path(thing["name"])}}} for thing in things]
            },
            "_templates": {"default": template("POST", "/things")},
        }

    def show(self, name: str) -> Thing:
        """One thing, and what can be done with it."""
        target = _path(name)
        return {
            **self.things[name],
            "_links": {"self": {"href": target}, "collection": {"href": "/things"}},
            "_templates": {"default": template("PUT", target), "delete": {"method": "DELETE", "target": target}},
        }

    # -- changing ---------------------------------------------------------------------------------------------

    def _create(self, request: Request) -> Response:
        thing = self._thing_in(request)
        if isinstance(thing, Response):
            return thing
        if thing["name"] in self.things:
            return problem(409)
        self.things[thing["name"]] = thing
        return Response(201, (("Location", _path(thing["name"])),))

    def _change(self, request: Request) -> Response:
        name = request.path.removeprefix("/things/")
        tags = {_tag(self.show(name), media_type) for media_type in (HAL_FORMS, HTML)}
        if request.field("if-match") not in {"", "*", *tags}:
            return problem(412)
        return self._replace(name, request) if request.method == "PUT" else self._remove(name)

    def _replace(self, name: str, request: Request) -> Response:
        thing = self._thing_in(request)
        if isinstance(thing, Response):
            return thing
        self.things[name] = thing
        return Response(204)

    def _remove(self, name: str) -> Response:
        del self.things[name]
        return Response(204)

    def _thing_in(self, request: Request) -> Thing | Response:
        if request.field("content-type").partition(";")[0] != JSON:
            return problem(415, Accept_Post=JSON)
        try:
            thing: Any = json.loads(request.content)
        except ValueError:
            return problem(400)
        if not isinstance(thing, dict) or set(thing) != {"name", "size"}:
            return problem(422)
        return thing


ENTRY: Thing = {
    "_links": {
        "self": {"href": "/"},
        "doc:things": {"href": "/things"},
        "curies": [{"name": "doc", "href": "/docs/{rel}", "templated": True}],
    },
}


def acceptable(accept: str) -> str | None:
    """The format that a client gets: the first that it names, HAL-FORMS where it takes anything, else None."""
    for media_type in re.split(r"\s*(?:;[^,]*)?(?:,|$)\s*", accept or "*/*"):
        if media_type in {HAL_FORMS, "application/*", "*/*"}:
            return HAL_FORMS
        if media_type in {HTML, "text/*"}:
            return HTML
    return None


def template(method: str, target: str) -> dict[str, Any]:
    """How to send a thing."""
    properties = [{"name": "name", "required": True}, {"name": "size", "required": True, "type": "number"}]
    return {"method": method, "target": target, "contentType": JSON, "properties": properties}


def html_of(document: Thing) -> list[str]:
    """The links of a document, as anchors, and its properties."""
    links = {rel: link for rel, link in document["_links"].items() if rel != "curies" and not link.get("templated")}
    items = [item["_links"]["self"]["href"] for item in document.get("_embedded", {}).get("item", ())]
    said = [f"<p>{name}: {value}</p>" for name, value in document.items() if not name.startswith("_")]
    return [
        *said,
        *(f'<a rel="{rel.rpartition(":")[2]}" href="{link["href"]}">{rel}</a>' for rel, link in links.items()),
        *(f'<a rel="item" href="{href}">one of them</a>' for href in items),
    ]


def _path(name: str) -> str:
    return f"/things/{quote(name, safe='')}"


def _tag(document: Thing, media_type: str) -> str:
    """A strong entity tag, of the state and the format (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(f"{media_type} {json.dumps(document)}".encode()).hexdigest()[:16]}"'
