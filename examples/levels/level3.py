"""Level 3: hypertext. Each representation says where to go from here and what may be done, and how.

    flask --app examples/levels/level3.py run
    curl http://127.0.0.1:5000/
    curl http://127.0.0.1:5000/frameworks

What it adds to level 2: the media type is HAL-FORMS (application/prs.hal-forms+json), which defines what `_links` and
`_templates` mean. A client that knows it, and the URI of the entry point, finds everything else in what it gets: the
collection by a link, a framework by the links of the collection, a search by a URI template, and for each change a
template with method, media type and members. What the relations and the members mean stands on pages that are linked
as well. No URI but that of the entry point is fixed: change the others, and no client breaks.

What it shares with level 2, it takes from there. What it still lacks: what no small file gives, such as pages of
large collections, other formats, and permissions that decide what is offered to whom.
"""

import json
from typing import Any

from flask import Flask, Response, abort, request, url_for
from werkzeug.exceptions import HTTPException

from examples.levels.level2 import check_preconditions, frameworks, kept, known, problem, sent
from examples.levels.rows import NAME, REQUIRED, Row

app = Flask(__name__)

DOCS = {
    "frameworks": "A link relation: the target is the collection of all frameworks that this API knows.",
    "framework": "A web framework. name: what it is called, and what tells it from the others. created: the year of "
    "its first release. parent: the language that it is for. relatedName, relatedDocs: the name of a project that "
    "builds on it, and the address of that project's documentation.",
}
PROMPTS = {
    "name": "Name",
    "created": "Year of the first release",
    "parent": "Language",
    "relatedName": "Related project",
    "relatedDocs": "Documentation of the related project",
}


@app.get("/")
def entry() -> Response:
    """The entry point: the only URI that a client has to know."""
    return kept(_hal({"_links": {"self": _to("entry"), "doc:frameworks": _to("index"), "curies": _curies()}}))


@app.get("/frameworks")
def index() -> Response:
    """All frameworks, or those that the query asks for."""
    asked = {name: request.args[name] for name in ("created", "parent") if name in request.args}
    rows = [row for row in frameworks.values() if all(str(row.get(name)) == text for name, text in asked.items())]
    self = _to("index", **asked)
    return kept(_hal({
        "_links": {
            "self": self,
            "start": _to("entry"),
            "search": {"href": f"{url_for('index')}{{?created,parent}}", "templated": True},
        },
        "_embedded": {"item": [{**row, "_links": {"self": _to("show", name=row["name"])}} for row in rows]},
        "_templates": {"default": _template("POST", "Add a framework", url_for("index"), {})},
    }))  # fmt: skip


@app.post("/frameworks")
def create() -> tuple[Response, int, dict[str, str]]:
    """Keep a new framework, and say where it is."""
    row = sent()
    if row["name"] in frameworks:
        abort(409, f"There is a framework {row['name']} already.")
    frameworks[row["name"]] = row
    return _hal(_framework(row)), 201, {"Location": url_for("show", name=row["name"])}


@app.get("/frameworks/<name>")
def show(name: str) -> Response:
    """One framework."""
    return kept(_hal(_framework(known(name))))


@app.put("/frameworks/<name>")
def replace(name: str) -> tuple[str, int]:
    """Put another state in place of a framework's."""
    check_preconditions(show(name))
    row = sent()
    if row["name"] != name:
        abort(422, f"The name must stay {name}.")
    frameworks[name] = row
    return "", 204


@app.delete("/frameworks/<name>")
def delete(name: str) -> tuple[str, int]:
    """Forget a framework."""
    check_preconditions(show(name))
    del frameworks[name]
    return "", 204


@app.get("/docs/<word>")
def docs(word: str) -> Response:
    """What a relation or a kind of resource means, for people."""
    if word not in DOCS:
        abort(404, f"Nothing is called {word} here.")
    page = f"<!doctype html><html lang=en><title>{word}</title><h1>{word}</h1><p>{DOCS[word]}</p></html>"
    return kept(Response(page, mimetype="text/html"))


@app.errorhandler(HTTPException)
def refusal(error: HTTPException) -> Response:
    """The problem details of level 2, with a way on from them."""
    response = problem(error)
    response.headers["Link"] = f'<{url_for("entry")}>; rel="start"'
    return response


def _framework(row: Row) -> Row:
    """A framework with where to go from it, and what may be done to it."""
    target = url_for("show", name=row["name"])
    return {
        **row,
        "_links": {
            "self": {"href": target},
            "collection": _to("index"),
            "profile": _to("docs", word="framework"),
        },
        "_templates": {
            "default": _template("PUT", "Replace this framework", target, row),
            "delete": {"method": "DELETE", "title": "Forget this framework", "target": target},
        },
    }


def _to(endpoint: str, **values: Any) -> Row:
    return {"href": url_for(endpoint, **values)}


def _curies() -> list[Row]:
    """Where the names of relations that begin with `doc:` are explained."""
    href = url_for("docs", word="WORD").replace("WORD", "{rel}")
    return [{"name": "doc", "href": href, "templated": True}]


def _template(method: str, title: str, target: str, row: Row) -> dict[str, Any]:
    """How to send a framework; the members of a row that is there already are filled in, and its name stays."""
    properties: list[Row] = []
    for name, prompt in PROMPTS.items():
        member: Row = {"name": name, "prompt": prompt, "required": name in REQUIRED}
        member["type"] = {"created": "number", "relatedDocs": "url"}.get(name, "text")
        if name == "name":
            member |= {"regex": f"^{NAME}$", "readOnly": bool(row)}
        properties.append(member | ({"value": row[name]} if name in row else {}))
    return {"method": method, "title": title, "target": target, "contentType": "application/json",
            "properties": properties}  # fmt: skip


def _hal(data: Row) -> Response:
    return Response(json.dumps(data), mimetype="application/prs.hal-forms+json")
