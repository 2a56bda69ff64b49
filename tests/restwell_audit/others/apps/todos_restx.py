# mypy: ignore-errors
# Its packages are in an environment of their own.
"""TodoMVC, as the documentation of Flask-RESTX has it."""

from flask import Flask
from flask_restx import Api, Resource, fields

app = Flask(__name__)
api = Api(app, version="1.0", title="TodoMVC API", description="A simple TodoMVC API")
ns = api.namespace("todos", description="TODO operations")
todo = api.model(
    "Todo",
    {
        "id": fields.Integer(readonly=True, description="The task unique identifier"),
        "task": fields.String(required=True, description="The task details"),
    },
)


class TodoDAO:
    def __init__(self):
        self.counter = 0
        self.todos = []

    def get(self, todo_id):
        found = next((each for each in self.todos if each["id"] == todo_id), None)
        return found or api.abort(404, f"Todo {todo_id} doesn't exist")

    def create(self, data):
        each = data
        each["id"] = self.counter = self.counter + 1
        self.todos.append(each)
        return each

    def update(self, todo_id, data):
        each = self.get(todo_id)
        each.update(data)
        return each

    def delete(self, todo_id):
        self.todos.remove(self.get(todo_id))


DAO = TodoDAO()
DAO.create({"task": "Build an API"})
DAO.create({"task": "?????"})
DAO.create({"task": "profit!"})


@ns.route("/")
class TodoList(Resource):
    @ns.doc("list_todos")
    @ns.marshal_list_with(todo)
    def get(self):
        return DAO.todos

    @ns.doc("create_todo")
    @ns.expect(todo)
    @ns.marshal_with(todo, code=201)
    def post(self):
        return DAO.create(api.payload), 201


@ns.route("/<int:todo_id>")
@ns.response(404, "Todo not found")
@ns.param("todo_id", "The task identifier")
class Todo(Resource):
    @ns.doc("get_todo")
    @ns.marshal_with(todo)
    def get(self, todo_id):
        return DAO.get(todo_id)

    @ns.doc("delete_todo")
    @ns.response(204, "Todo deleted")
    def delete(self, todo_id):
        DAO.delete(todo_id)
        return "", 204

    @ns.expect(todo)
    @ns.marshal_with(todo)
    def put(self, todo_id):
        return DAO.update(todo_id, api.payload)
