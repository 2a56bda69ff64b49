"""Level 0: HTTP as a tunnel. One URI takes every call, and the content says what is to be done.

    flask --app examples/levels/level0.py run
    curl --json '{"action": "list"}' http://127.0.0.1:5000/
    curl --json '{"action": "get", "name": "Flask"}' http://127.0.0.1:5000/

This is remote procedure call, as in XML-RPC, SOAP and JSON-RPC. A framework has a name for the procedures and no
address; reading is a POST like everything else, so nothing on the way can tell it from a change, keep an answer or
repeat a request that was lost; and a failure is a success to HTTP: always 200, with an `error` inside.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, request

from examples.levels.rows import Row, four_rows, mistakes

app = Flask(__name__)
frameworks = four_rows()


class FailedError(Exception):
    """A procedure cannot do what it was called for; the text goes to the caller."""


@app.post("/")
def call() -> Row:
    """Run the procedure that the content names."""
    message = request.get_json(force=True, silent=True)
    if not isinstance(message, dict) or message.get("action") not in PROCEDURES:
        return {"ok": False, "error": f"action must be one of {', '.join(PROCEDURES)}"}
    try:
        return {"ok": True, "result": PROCEDURES[message["action"]](message)}
    except FailedError as failure:
        return {"ok": False, "error": str(failure)}


def every(_: Row) -> list[Row]:
    """All frameworks."""
    return list(frameworks.values())


def get(message: Row) -> Row:
    """The framework with the `name` of the message."""
    return frameworks[_known(message)]


def create(message: Row) -> Row:
    """Keep the `framework` of the message."""
    row = _sent(message)
    if row["name"] in frameworks:
        raise FailedError(f"{row['name']} is there already")
    frameworks[row["name"]] = row
    return row


def update(message: Row) -> Row:
    """Put the `framework` of the message in place of the one with its name."""
    row = _sent(message)
    frameworks[_known(row)] = row
    return row


def delete(message: Row) -> Row:
    """Forget the framework with the `name` of the message, and give it back a last time."""
    return frameworks.pop(_known(message))


PROCEDURES: dict[str, Callable[[Row], Any]] = {
    "list": every, "get": get, "create": create, "update": update, "delete": delete,
}  # fmt: skip


def _known(message: Row) -> str:
    name = message.get("name")
    if not isinstance(name, str) or name not in frameworks:
        raise FailedError(f"there is no framework {name}")
    return name


def _sent(message: Row) -> Row:
    row: Row = message.get("framework", {})
    wrong = mistakes(row)
    if wrong:
        raise FailedError("; ".join(wrong))
    return row
