"""886 322 Python packages, to see what a large collection is like.

restwell import --app examples.packages:app packages python-packages.csv.gz
restwell serve examples.packages:app
"""

from flask import Flask

from restwell import Api, Field, Resource, public

app = Flask(__name__)
api = Api(app)


@api.resource("/packages", read=public(max_age=60))
class Package(Resource):
    """A package on the Python Package Index."""

    name: str = Field(identity=True)
    version: str | None = None
    released: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    rank: int | None = Field(None, ge=1, index=True)
