"""Changes of APIs, for tests of the auditor: each takes one property away, and leaves the others as they are."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.restwell_audit.apis import HTML, JSON, Api, Change, Request, Response, said

SAFE = frozenset(["GET", "HEAD", "OPTIONS", "PROPFIND", "TRACE"])


# -- of what comes and goes ----------------------------------------------------------------------------------


def requests(change: Callable[[Request], Request]) -> Change:
    """Every request is another before it is answered."""
    return lambda api: lambda request: api(change(request))


def responses(change: Callable[[Request, Response], Response]) -> Change:
    """Every response is another before it is sent."""
    return lambda api: lambda request: change(request, api(request))


def instead(where: str, answer: Response | Api) -> Change:
    """Another answer to a method and path, as `GET /things`; the path is a regular expression."""
    method, path = where.split()

    def change(api: Api) -> Api:
        def respond(request: Request) -> Response:
            if request.method != method or not re.fullmatch(path, request.path):
                return api(request)
            return answer if isinstance(answer, Response) else answer(request)

        return respond

    return change


def without(*names: str) -> Change:
    """No response has these fields."""
    return responses(lambda _, response: response.without(*names))


def ignoring(*names: str) -> Change:
    """These fields of requests are not looked at."""
    return requests(lambda request: request.without(*names))


def having(**fields: str) -> Change:
    """Every response has these fields."""
    return responses(lambda _, response: response.having(**fields))


# -- of status codes -----------------------------------------------------------------------------------------


def statuses(codes: Mapping[int, int], *, of: frozenset[str] | None = None) -> Change:
    """Some status codes are others; of the requests with some methods only."""

    def change(request: Request, response: Response) -> Response:
        if of is not None and request.method not in of:
            return response
        return response._replace(status=codes.get(response.status, response.status))

    return responses(change)


def errors_inside(*codes: int) -> Change:
    """What was refused with one of these codes is a success with an error inside."""

    def change(_: Request, response: Response) -> Response:
        if response.status not in codes:
            return response
        return said({"success": False, "error": "This is not so."}, Cache_Control="no-store")

    return responses(change)


def refusing(*methods: str, status: int = 405) -> Change:
    """Some methods are refused."""

    def change(api: Api) -> Api:
        return lambda request: Response(status) if request.method in methods else api(request)

    return change


def any_method_reads(api: Api) -> Api:
    """Whatever the method, the answer is that of GET."""
    return lambda request: api(request._replace(method="GET"))


# -- of copies -----------------------------------------------------------------------------------------------


def every_tag_matches(api: Api) -> Api:
    """Whatever entity tag is sent, the copy is said to be good."""

    def respond(request: Request) -> Response:
        response = api(request.without("if-none-match"))
        if request.method in SAFE and request.field("if-none-match") and response.status == 200:
            return response.without("content-type", "content-length")._replace(status=304, content=b"")
        return response

    return respond


def new_tags() -> Change:
    """Every response has an entity tag that none had before."""
    numbers = itertools.count()

    def change(_: Request, response: Response) -> Response:
        return response.having(ETag=f'"{next(numbers)}"') if response.field("etag") else response

    return responses(change)


# -- of hypermedia -------------------------------------------------------------------------------------------


def plain_json(request: Request, response: Response) -> Response:
    """An object without its links and what tells of them."""
    del request
    if not response.media_type.endswith("json") or "problem" in response.media_type or not response.content:
        return response
    return _with_data(response, stripped(json.loads(response.content))).having(Content_Type=JSON)


def without_pages(api: Api) -> Api:
    """Nothing is given as HTML."""

    def respond(request: Request) -> Response:
        accept = request.field("accept").replace("text/html", "text/x-none")
        return api(request._replace(fields={**request.fields, "accept": accept}))

    return respond


def stripped(data: Any) -> Any:
    """JSON without links, keywords and operations; a collection of HAL or Hydra as a list of its members."""
    if isinstance(data, list):
        return [stripped(each) for each in data]
    if not isinstance(data, dict):
        return data
    members = (data.get("_embedded") or {}).get("item", data.get("member"))
    if isinstance(members, list):
        return [stripped(each) for each in members]
    return {name: stripped(value) for name, value in data.items() if name[0] not in "@_" and name not in HYPERTEXT}


HYPERTEXT = frozenset(["operation", "search", "view", "collection", "frameworks"])
"""The members of the documents that are changed here that hold links or operations."""


def without_members(*names: str) -> Change:
    """No object in any content has these members, at whatever depth."""

    def prune(data: Any) -> Any:
        if isinstance(data, list):
            return [prune(each) for each in data]
        if isinstance(data, dict):
            return {name: prune(value) for name, value in data.items() if name not in names}
        return data

    return contents(lambda _, data: prune(data))


def contents(change: Callable[[Request, Any], Any]) -> Change:
    """What is said in JSON is something else."""

    def of(request: Request, response: Response) -> Response:
        if not response.media_type.endswith("json") or not response.content:
            return response
        return _with_data(response, change(request, json.loads(response.content)))

    return responses(of)


def texts(change: Callable[[str], str]) -> Change:
    """All content is another text."""

    def of(_: Request, response: Response) -> Response:
        if not response.content:
            return response
        return response.without("content-length")._replace(content=change(response.content.decode()).encode())

    return responses(of)


def _with_data(response: Response, data: Any) -> Response:
    return response.without("content-length")._replace(content=json.dumps(data).encode())


# -- of state and identity -----------------------------------------------------------------------------------


def slash_twins(api: Api) -> Api:
    """Every URI has a twin with a slash at its end."""

    def respond(request: Request) -> Response:
        path = request.path
        return api(request._replace(path=path.rstrip("/") if path != "/" else path))

    return respond


def counting() -> Change:
    """Every representation says how often anything was asked before."""
    numbers = itertools.count()

    def change(_: Request, data: Any) -> Any:
        number = next(numbers)
        return data | {"visits": number} if isinstance(data, dict) else data

    return contents(change)


def remembering(api: Api) -> Api:
    """Every representation names the resource that was asked for before, whoever asked."""
    before: list[str] = [""]

    def respond(request: Request) -> Response:
        response, last = api(request), before[0]
        before[0] = request.target
        if request.method != "GET" or not response.media_type.endswith("json") or response.status != 200:
            return response
        data = json.loads(response.content)
        return _with_data(response, data | {"before": last} if isinstance(data, dict) else data)

    return respond


def raffling() -> Change:
    """Every representation has a word that none had before."""
    words = ("".join(word) for word in itertools.product("abcdefgh", repeat=6))
    return contents(lambda _, data: data | {"word": next(words)} if isinstance(data, dict) else data)


def sniffing(api: Api) -> Api:
    """Browsers, by their name, are sent a page."""

    def respond(request: Request) -> Response:
        if "Mozilla" in request.field("user-agent"):
            return api(Request(request.method, request.path, request.query, {**request.fields, "accept": HTML}))
        return api(request)

    return respond
