"""Level 1: resources. Every framework has a URI of its own, and so has everything that can be done to it.

    flask --app examples/levels/level1.py run
    curl http://127.0.0.1:5000/frameworks
    curl http://127.0.0.1:5000/frameworks/Flask
    curl 'http://127.0.0.1:5000/frameworks/create?name=Falcon&created=2013'
    curl http://127.0.0.1:5000/frameworks/Falcon/delete

What it adds to level 0: the one big service falls apart into things with addresses, which can be written down, sent
to somebody and bookmarked. Many early web APIs are of this kind (`/posts/add` and `/posts/delete` of del.icio.us).

What it lacks: the methods of HTTP. GET does everything, so that a crawler, a browser that fetches ahead or a cache
changes and loses data (RFC 9110, section 9.2.1: GET is safe); and the status is 200 whatever happened, with the
outcome in a member `status`.
"""

from flask import Flask, request

from examples.levels.rows import KINDS, Row, four_rows, mistakes

app = Flask(__name__)
frameworks = four_rows()


@app.get("/frameworks")
def index() -> Row:
    """All frameworks."""
    return {"status": "ok", "frameworks": list(frameworks.values())}


@app.get("/frameworks/<name>")
def show(name: str) -> Row:
    """One framework."""
    if name not in frameworks:
        return _failed(f"there is no framework {name}")
    return {"status": "ok", "framework": frameworks[name]}


@app.get("/frameworks/create")
def create() -> Row:
    """Keep the framework that the query describes."""
    row = _asked()
    wrong = mistakes(row)
    if wrong:
        return _failed("; ".join(wrong))
    if row["name"] in frameworks:
        return _failed(f"{row['name']} is there already")
    frameworks[row["name"]] = row
    return {"status": "ok", "framework": row}


@app.get("/frameworks/<name>/update")
def update(name: str) -> Row:
    """Change the members that the query names."""
    if name not in frameworks:
        return _failed(f"there is no framework {name}")
    row = {**frameworks[name], **_asked(), "name": name}
    wrong = mistakes(row)
    if wrong:
        return _failed("; ".join(wrong))
    frameworks[name] = row
    return {"status": "ok", "framework": row}


@app.get("/frameworks/<name>/delete")
def delete(name: str) -> Row:
    """Forget a framework."""
    if frameworks.pop(name, None) is None:
        return _failed(f"there is no framework {name}")
    return {"status": "ok"}


def _asked() -> Row:
    """The parameters of the query as the members of a framework: what should be an integer is one where it can be."""
    texts = request.args.to_dict()
    return {name: int(text) if KINDS.get(name) is int and text.isdecimal() else text for name, text in texts.items()}


def _failed(why: str) -> Row:
    return {"status": "error", "message": why}
