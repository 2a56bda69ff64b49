# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Books by GraphQL, as Strawberry's getting-started page has them, with one mutation."""

import strawberry
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter


@strawberry.type
class Book:
    title: str
    author: str


books = [Book(title="The Great Gatsby", author="F. Scott Fitzgerald")]


@strawberry.type
class Query:
    @strawberry.field
    def books(self) -> list[Book]:
        return books


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add_book(self, title: str, author: str) -> Book:
        books.append(Book(title=title, author=author))
        return books[-1]


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(GraphQLRouter(strawberry.Schema(Query, Mutation)), prefix="/graphql")
