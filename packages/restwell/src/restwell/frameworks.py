"""The Frameworks API: the tutorial's own, as its default application and living example."""

from __future__ import annotations

from flask import Flask
from pydantic import HttpUrl

from . import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app, title="The Frameworks API", description="Python web frameworks and the years they were created in.")


@api.resource(
    "/frameworks",
    read=public(max_age=60),
    write=scope("frameworks"),
    initial=[
        {
            "name": "Flask",
            "created": 2010,
            "relatedName": "Flask-RESTPlus",
            "relatedDocs": "https://flask-restplus.readthedocs.io/",
        },
        {"name": "Django", "created": 2005},
        {"name": "Bottle", "created": 2009},
        {"name": "Tornado", "created": 2010},
    ],
)
class Framework(Resource):
    """A Python web framework."""

    name: str = Field(identity=True, iri="schema:name", description="What it is called.")
    created: int = Field(ge=1989, le=2100, iri="schema:dateCreated", description="The year it was created in.")
    parent: str = Field("Python", description="The language that it is written in.")
    relatedName: str | None = Field(None, description="The name of a related project.")  # noqa: N815
    relatedDocs: HttpUrl | None = Field(None, description="Where that project is documented.")  # noqa: N815
