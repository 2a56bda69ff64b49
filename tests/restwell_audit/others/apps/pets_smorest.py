# mypy: ignore-errors
# Its packages are in an environment of their own.
"""The pets of flask-smorest's quickstart, with the entity tags of its page on ETag."""

import uuid

import marshmallow as ma
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint, abort

app = Flask(__name__)
app.config.update(API_TITLE="Pets", API_VERSION="v1", OPENAPI_VERSION="3.0.2", OPENAPI_URL_PREFIX="/docs")
api = Api(app)
blp = Blueprint("pets", "pets", url_prefix="/pets", description="Operations on pets")

PETS = {
    uuid.UUID(text): {"id": uuid.UUID(text), "name": name}
    for text, name in (
        ("7a5b9c30-6a3b-4f2e-9b1d-2c1f0a7e5d01", "Rex"),
        ("7a5b9c30-6a3b-4f2e-9b1d-2c1f0a7e5d02", "Tom"),
    )
}


class PetSchema(ma.Schema):
    id = ma.fields.UUID(dump_only=True)
    name = ma.fields.String(required=True)


class PetQueryArgsSchema(ma.Schema):
    name = ma.fields.String()


@blp.route("/")
class Pets(MethodView):
    @blp.etag
    @blp.arguments(PetQueryArgsSchema, location="query")
    @blp.response(200, PetSchema(many=True))
    def get(self, args):
        """List pets."""
        return [pet for pet in PETS.values() if args.get("name", pet["name"]) == pet["name"]]

    @blp.etag
    @blp.arguments(PetSchema)
    @blp.response(201, PetSchema)
    def post(self, new_data):
        """Add a pet."""
        pet = {"id": uuid.uuid4(), **new_data}
        PETS[pet["id"]] = pet
        return pet


@blp.route("/<uuid:pet_id>")
class PetsById(MethodView):
    @blp.etag
    @blp.response(200, PetSchema)
    def get(self, pet_id):
        """Get a pet by its ID."""
        return found(pet_id)

    @blp.etag
    @blp.arguments(PetSchema)
    @blp.response(200, PetSchema)
    def put(self, update_data, pet_id):
        """Update a pet."""
        pet = found(pet_id)
        blp.check_etag(pet, PetSchema)
        pet.update(update_data)
        return pet

    @blp.etag
    @blp.response(204)
    def delete(self, pet_id):
        """Delete a pet."""
        blp.check_etag(found(pet_id), PetSchema)
        del PETS[pet_id]


def found(pet_id: uuid.UUID) -> dict:
    if pet_id not in PETS:
        abort(404, message="Pet not found.")
    return PETS[pet_id]


api.register_blueprint(blp)
