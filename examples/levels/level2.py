"""Level 2: HTTP. The methods and status codes mean what HTTP says they mean.

    flask --app examples/levels/level2.py run
    curl -i http://127.0.0.1:5000/frameworks/Flask
    curl -i --json '{"name": "Falcon", "created": 2013}' http://127.0.0.1:5000/frameworks
    curl -i -X DELETE http://127.0.0.1:5000/frameworks/Falcon

What it adds to level 1: GET is safe, PUT and DELETE are idempotent, POST creates (201, with Location); whoever stands
between client and server can tell by the method and the status alone what happened. Answers to GET may be kept for a
minute and are checked by their entity tags afterwards (If-None-Match, 304); a change can be tied to the state that it
was decided on (If-Match, 412). What is refused is said by a status and in application/problem+json (RFC 9457).

What it lacks: hypertext. The JSON holds data and nothing that leads on, so a client has to know beforehand which URIs
there are and what may be done with each of them; change one, and every client breaks.
"""

import json

from flask import Flask, Response, abort, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

from examples.levels.rows import Row, four_rows, mistakes

app = Flask(__name__)
frameworks = four_rows()


@app.get("/frameworks")
def index() -> Response:
    """All frameworks."""
    return kept(jsonify(frameworks=list(frameworks.values())))


@app.post("/frameworks")
def create() -> tuple[Response, int, dict[str, str]]:
    """Keep a new framework, and say where it is."""
    row = sent()
    if row["name"] in frameworks:
        abort(409, f"There is a framework {row['name']} already.")
    frameworks[row["name"]] = row
    return jsonify(row), 201, {"Location": url_for("show", name=row["name"])}


@app.get("/frameworks/<name>")
def show(name: str) -> Response:
    """One framework."""
    return kept(jsonify(known(name)))


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


@app.errorhandler(HTTPException)
def problem(error: HTTPException) -> Response:
    """Every refusal as problem details, Flask's own too; what it says in fields, such as Allow, stays."""
    body = {"title": error.name, "status": error.code, "detail": error.description}
    response = Response(json.dumps(body), error.code, error.get_headers())
    response.content_type = "application/problem+json"
    return response


def known(name: str) -> Row:
    """The framework of this name."""
    if name not in frameworks:
        abort(404, f"There is no framework {name}.")
    return frameworks[name]


def sent() -> Row:
    """The framework in the content. Flask answers 415 to another media type than JSON, and 400 to bad JSON."""
    row: Row = request.get_json()
    wrong = mistakes(row)
    if wrong:
        abort(422, "; ".join(wrong))
    return row


def kept(response: Response) -> Response:
    """The answer to a GET: good for a minute, and 304 without content for who has it already."""
    response.add_etag()
    response.cache_control.public = True
    response.cache_control.max_age = 60
    response.make_conditional(request)
    return response


def check_preconditions(present: Response) -> None:
    """Refuse a change that was decided on another state than the present one (RFC 9110, section 13.2.2)."""
    tag = present.get_etag()[0] or ""
    if (request.if_match and not request.if_match.contains(tag)) or request.if_none_match.contains_weak(tag):
        abort(412, "The framework is in another state now: GET it, and decide again.")
