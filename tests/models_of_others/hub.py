"""JupyterHub's users and servers."""

from flask import Flask
from jupyterhub import orm  # type: ignore[import-not-found]  # installed by the test that serves it

from restwell import Api, Resource, public

app = Flask(__name__)
api = Api(app)
api.resource("/servers", model=orm.Server, read=public(), write=public())


@api.resource("/users", model=orm.User, read=public(), write=public())
class HubUser(Resource):
    """Somebody with an account."""

    id: int
    name: str
    admin: bool
