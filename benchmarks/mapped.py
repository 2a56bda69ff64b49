"""A mapped class as Restwell serves it, and as one serves it by hand with Flask-SQLAlchemy and jsonify.

Two WSGI applications. Both have the same model in the database that BENCHMARK_DATABASE names, an URL of SQLAlchemy's.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from flask import Flask, Response, abort, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, public

URL = os.environ.get("BENCHMARK_DATABASE", "sqlite:///mapped.db")


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(100))
    author: Mapped[str] = mapped_column(sa.String(100))
    pages: Mapped[int]
    year: Mapped[int]


restwell = Flask("restwell")
restwell.config["RESTWELL_DATABASE"] = URL.replace("postgresql+psycopg://", "postgresql://")
Api(restwell).resource("/books", model=Book, read=public(), write=public())

handwritten = Flask("handwritten")
handwritten.config["SQLALCHEMY_DATABASE_URI"] = URL
db = SQLAlchemy(model_class=Base)
db.init_app(handwritten)


def shown(book: Book) -> dict[str, object]:
    return {"id": book.id, "title": book.title, "author": book.author, "pages": book.pages, "year": book.year}


@handwritten.get("/books/<int:number>")
def show(number: int) -> Response:
    return jsonify(shown(db.session.get(Book, number) or abort(404)))


@handwritten.get("/books")
def listed() -> Response:
    limit = min(int(request.args.get("limit", 25)), 100)
    books = db.session.scalars(sa.select(Book).order_by(Book.id).limit(limit))
    return jsonify({"books": list(map(shown, books))})


@handwritten.patch("/books/<int:number>")
def change(number: int) -> Response:
    book = db.session.get(Book, number) or abort(404)
    for name, value in request.get_json().items():
        setattr(book, name, value)
    db.session.commit()
    return jsonify(shown(book))


@handwritten.post("/books")
def create() -> tuple[Response, int]:
    book = Book(**request.get_json())
    db.session.add(book)
    db.session.commit()
    return jsonify(shown(book)), 201
