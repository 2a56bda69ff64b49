"""The content of a request, from bytes to the values that a declaration accepts. All of it is pure."""

from .annotations import input_without_annotations, without_annotations
from .decoding import decode
from .patches import MemberTypes, json_patch, merge_patch
from .references import with_identities
from .values import checked_again, checked_input, to_values

__all__ = [
    "MemberTypes",
    "checked_again",
    "checked_input",
    "decode",
    "input_without_annotations",
    "json_patch",
    "merge_patch",
    "to_values",
    "with_identities",
    "without_annotations",
]
