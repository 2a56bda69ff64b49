"""Reads representations of any format into one model of links, operations and members: one module for each format.

`describe` reads a description of an API, such as an OpenAPI document.
"""

from .affordances import Link, Member, Operation, Reading
from .openapi import describe
from .promises import Answer, Content, DescribedOperation, Description, Parameter
from .readers import read

__all__ = [
    "Answer", "Content", "DescribedOperation", "Description", "Link", "Member", "Operation", "Parameter", "Reading",
    "describe", "read",
]  # fmt: skip
