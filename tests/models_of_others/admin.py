"""Flask-AppBuilder's roles, permissions and users."""

from flask import Flask
from flask_appbuilder.security.sqla import models  # type: ignore[import-not-found]  # installed by the test that serves it

from restwell import Api, Field, Resource, public

app = Flask(__name__)
api = Api(app)
api.resource("/roles", model=models.Role, read=public(), write=public())
api.resource("/permissions", model=models.Permission, read=public(), write=public())


@api.resource("/users", model=models.User, read=public(), update=public())
class Account(Resource):
    """Somebody with an account."""

    id: int
    username: str
    email: str = Field(max_length=200)
    active: bool | None = None
