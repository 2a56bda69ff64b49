# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Users as JSON:API, after the minimal example of SAFRS, with three of them."""

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from safrs import SAFRSAPI, SAFRSBase

db = SQLAlchemy()


class User(SAFRSBase, db.Model):
    """description: User description"""

    __tablename__ = "Users"
    id = db.Column(db.String, primary_key=True)
    name = db.Column(db.String, default="")
    email = db.Column(db.String, default="")


def create_app(host="127.0.0.1", port=5000):
    app = Flask("people_safrs")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://")
    db.init_app(app)
    with app.app_context():
        db.create_all()
        api = SAFRSAPI(app, host=host, port=port, prefix="")
        api.expose_object(User)
        for name in ("Ann", "Bob", "Eve"):
            db.session.add(User(name=name, email=f"{name.lower()}@example.org"))
        db.session.commit()
    return app


if __name__ == "__main__":
    create_app(port=int(sys.argv[1])).run(host="127.0.0.1", port=int(sys.argv[1]))
