"""A representation -> its links, operations and members, whatever its format: one module a syntax, one model out.

Beside it, a description of the API -> what it promises.
"""

from .affordances import Link, Member, Operation, Reading
from .openapi import describe
from .promises import Answer, Content, DescribedOperation, Description, Parameter
from .readers import read

__all__ = [
    "Answer", "Content", "DescribedOperation", "Description", "Link", "Member", "Operation", "Parameter", "Reading",
    "describe", "read",
]  # fmt: skip
