"""The API that the admin is of: books, that are told apart by numbers, and languages, by their names.

It is served as `restwell serve tests.admin.library:app`, for pages of the origin in ADMIN_ORIGIN.
"""

import os
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Flask

from restwell import Api, Field, Resource, public, scope

ORIGIN = os.environ.get("ADMIN_ORIGIN", "http://localhost:3000")
BOOKS = 30

app = Flask(__name__)
api = Api(app)


@api.resource(
    "/languages",
    read=public(),
    write=scope("languages"),
    initial=[{"name": name, "year": year} for name, year in [("Python", 1991), ("C", 1972), ("Elm", 2012)]],
)
class Language(Resource):
    """A programming language."""

    name: str = Field(identity=True, iri="schema:name")
    year: int = Field(ge=1940, le=2100)


@api.resource(
    "/books",
    read=public(max_age=60),
    write=scope("books"),
    initial=[
        {"title": f"Book {number:02}", "pages": number * 10, "language": "Python" if number % 3 else "C"}
        for number in range(1, BOOKS + 1)
    ],
)
class Book(Resource):
    """A book about a language."""

    id: int | None = Field(default=None, identity=True)
    title: str = Field(min_length=3, index=True)
    pages: int = Field(ge=1, le=9999)
    language: str = "Python"
    published: date | None = None
    lent: bool = False


class Cors:
    """Header fields that let pages of the origin read answers.

    Stands in for `Api(cors=[ORIGIN])` until there is that: then this class and `app.wsgi_app = ...` go.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        added = [
            ("Access-Control-Allow-Origin", ORIGIN),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
            ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            ("Access-Control-Expose-Headers", "Link, ETag, Location"),
        ]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, headers + added, *more)

        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start("204 No Content", [])
            return [b""]
        found: Iterable[bytes] = self.inner(environ, start)
        return found


app.wsgi_app = Cors(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation does
