"""The two patch formats: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).

Neither function changes its arguments. Errors point into the patch, not into the document.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, get_args, get_origin

import orjson
from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed
from jsonpointer import EndOfList, JsonPointer, JsonPointerException
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..http.limits import MAX_BODY, MAX_DEPTH, MAX_OPERATIONS, MAX_VALUES
from ..http.problems import Conflict, FieldError, InvalidContent
from ..model.hints import hint_of, item_type, without_none
from ..model.naming import Naming
from ..model.nested import members_of, type_of
from ..model.resource import Declaration
from .decoding import depth_of

_NEEDS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
"""The members that each operation needs (RFC 6902, section 4); others are ignored."""
_POINTER = (
    "Must be a JSON Pointer such as /name, with ~0 for ~ and ~1 for / in a name (RFC 6901), at most 32 levels deep."
)
_GROWING = frozenset(["add", "replace", "move", "copy"])
_NO_PLACE = {
    "add": "Nothing can be added there: the parent is not an object or array, or the index is beyond the end.",
    "remove": "There is nothing to remove there, or it is the whole document.",
    "replace": "There is nothing to replace there.",
}


def merge_patch(target: Any, patch: Any, model: Any = Any, naming: Naming | None = None) -> Any:
    """The target with the patch merged in (RFC 7396, section 2): null removes, arrays are replaced whole.

    `model` is the type of the target, `naming` that of its API. A member that may be null is removed by becoming
    null: were it left out, it would be its default again.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        inner, nullable = member_of(model, name, {**merged, **patch}, naming)
        if value is not None:
            merged[name] = merge_patch(merged.get(name), value, inner, naming)
        elif nullable:
            merged[name] = None
        else:
            merged.pop(name, None)
    return merged


def member_of(model: Any, name: str, value: Any = None, naming: Naming | None = None) -> tuple[Any, bool]:
    """The type of a member or an item of a value of a type, and whether a member may be null."""
    if isinstance(model, MemberTypes):
        return model.get(name, (Any, False))
    if not isinstance(model, type):
        model = type_of(model, value, naming)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return _members(model, naming).get(name, (Any, False))
    if get_origin(model) is dict:
        return get_args(model)[-1], False
    return (item_type(model, int(name)), False) if name.isdecimal() and name.isascii() else (Any, False)


class MemberTypes(dict[str, tuple[Any, bool]]):
    """Of each member of a resource its type, and whether it may be null: `declaration.compiled[MemberTypes]`."""

    __slots__ = ()

    def __init__(self, declaration: Declaration) -> None:
        members = declaration.content.model_fields
        super().__init__({spec.name: _member(members[spec.attribute]) for spec in declaration.whole.fields})


@lru_cache(1024)
def _members(model: type[BaseModel], naming: Naming | None) -> dict[str, tuple[Any, bool]]:
    """The type of each member, and whether it may be null; looked at once."""
    return {name: _member(info) for name, info in members_of(model, naming).items()}


def _member(info: FieldInfo) -> tuple[Any, bool]:
    return hint_of(info), takes_null(info.annotation)


def takes_null(annotation: Any) -> bool:
    """Whether a type has None in it."""
    inner, nullable = without_none(annotation)
    return nullable or inner is Any


def json_patch(
    document: Any,
    operations: Any,
    *,
    max_bytes: int = MAX_BODY,
    model: Any = Any,
    naming: Naming | None = None,
    unseen: Collection[str] = (),
) -> Any:
    """The document with all the operations applied to it (RFC 6902); it stays itself as it was.

    `model` is its type, `naming` that of its API. As in a merge patch, a member that may be null is removed by
    becoming null. The `unseen` members are not in the document, and can be replaced all the same.

    Raises InvalidContent with every error of a patch that is not well formed, and for one that makes the document
    larger than `max_bytes`; Conflict for the first operation that this document does not allow: a test that fails or
    a location that does not exist (RFC 5789, section 2.2).
    """
    errors = _form_errors(operations)
    if errors:
        raise InvalidContent("The JSON Patch is not well formed (RFC 6902).", errors=tuple(errors))
    patched, copied = copy.deepcopy(document), 0
    size = _Size(document, max_bytes)
    blind = {f"/{name}" for name in unseen}  # a name has neither ~ nor / in it
    for number, operation in enumerate(operations):
        if blind and operation["op"] == "replace" and operation["path"] in blind:
            operation = {**operation, "op": "add"}  # noqa: PLW2901 - as if it were there
        source = operation.get("value")
        if operation["op"] in {"move", "copy"}:
            source = _source(patched, operation, number)
            copied += len(_to_json(source)) if operation["op"] == "copy" else 0
        _check(copied <= max_bytes, f"/{number}/from", f"All copies may have {max_bytes} bytes.", "too_large")
        if operation["op"] in _GROWING:
            size.grow(source, operation, number)
        patched = _apply(patched, operation, number)
        if operation["op"] in {"remove", "move"}:
            _leave_null(patched, operation["path" if operation["op"] == "remove" else "from"], model, naming)
        if operation["op"] in _GROWING:
            size.check(patched, number)
    return patched


class _Size:
    """An upper bound of the document's bytes while it is patched, and its depth.

    Each added value is measured, and the whole document only when the sum exceeds the limit: to serialise a megabyte
    after each of a hundred operations would take a second.
    """

    def __init__(self, document: Any, max_bytes: int) -> None:
        text = _to_json(document)
        self.max_bytes = max_bytes
        self.bytes = len(text)
        self.depth = depth_of(text)
        self.values = 0

    def grow(self, value: Any, operation: Mapping[str, Any], number: int) -> None:
        """Count what an operation puts into the document. Raises InvalidContent where it is too deep."""
        place = operation["path"].count("/")
        inner = self.depth - operation["from"].count("/") if operation["op"] == "move" else MAX_DEPTH
        if operation["op"] != "move" or place + inner > MAX_DEPTH:
            text = _to_json(value)
            if operation["op"] != "move":
                self.bytes += len(text)
                self.values += text.count(b",")
            inner = depth_of(text)
        _check(
            place + inner <= MAX_DEPTH,
            f"/{number}",
            f"The result is nested more than {MAX_DEPTH} levels deep.",
            "too_deep",
        )
        _check(self.values <= MAX_VALUES, f"/{number}", f"All of the patch may add {MAX_VALUES} values.", "too_large")
        self.bytes += len(operation["path"]) + 3  # the name of a member, and what is around it
        self.depth = max(self.depth, place + inner)

    def check(self, patched: Any, number: int) -> None:
        """Raise InvalidContent where the document, as an operation has left it, has too many bytes."""
        if self.bytes > self.max_bytes:
            self.bytes = len(_to_json(patched))
        _check(
            self.bytes <= self.max_bytes,
            f"/{number}",
            f"The result has more than {self.max_bytes} bytes.",
            "too_large",
        )


def _check(holds: bool, pointer: str, detail: str, code: str) -> None:  # noqa: FBT001 - read like assert
    if not holds:
        raise InvalidContent("The JSON Patch cannot be applied.", errors=(FieldError(pointer, detail, code),))


def _to_json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return json.dumps(value).encode()


def _source(document: Any, operation: Mapping[str, Any], number: int) -> Any:
    """What is to be moved or copied."""
    try:
        found = JsonPointer(operation["from"]).resolve(document)
    except JsonPointerException:
        found = EndOfList(None)
    if isinstance(found, EndOfList):
        raise _no_place(f"/{number}/from", "There is nothing there.")
    return found


def _apply(document: Any, operation: Mapping[str, Any], number: int) -> Any:
    try:
        return JsonPatch.operations[operation["op"]](operation).apply(document)
    except JsonPatchTestFailed:
        error = FieldError(f"/{number}", "There is another value there, or none.", "test_failed")
        raise Conflict("A test of the JSON Patch fails; nothing was changed.", errors=(error,)) from None
    except (JsonPatchException, JsonPointerException):
        raise _no_place(f"/{number}/path", _NO_PLACE.get(operation["op"], _NO_PLACE["add"])) from None


def _leave_null(document: Any, pointer: str, model: Any, naming: Naming | None) -> None:
    """Put null in the place of a member that was taken away, where it may be null."""
    nullable, holder = False, document
    for token in JsonPointer(pointer).parts:
        model, nullable = member_of(model, token, holder, naming)
        holder = _within(holder, token)
    if nullable:
        *path, name = JsonPointer(pointer).parts
        holder = JsonPointer.from_parts(path).resolve(document, None)
        if isinstance(holder, dict):
            holder.setdefault(name, None)


def _within(holder: Any, token: str) -> Any:
    """What a reference token leads to; None where that is nothing."""
    if isinstance(holder, list):
        return holder[int(token)] if token.isdecimal() and int(token) < len(holder) else None
    return holder.get(token) if isinstance(holder, dict) else None


def _no_place(pointer: str, detail: str) -> Conflict:
    error = FieldError(pointer, detail, "not_found")
    return Conflict("The JSON Patch does not fit what is there; nothing was changed.", errors=(error,))


def _form_errors(operations: Any) -> list[FieldError]:
    """The errors of a patch, independent of the document."""
    if not isinstance(operations, list):
        return [FieldError("", "Must be a JSON array of operations.", "list_type")]
    if len(operations) > MAX_OPERATIONS:
        return [FieldError("", f"Must have at most {MAX_OPERATIONS} operations.", "too_long")]
    return [error for number, each in enumerate(operations) for error in _operation_errors(number, each)]


def _operation_errors(number: int, operation: Any) -> list[FieldError]:
    pointer = f"/{number}"
    if not isinstance(operation, dict):
        return [FieldError(pointer, "Must be a JSON object.", "model_type")]
    name = operation.get("op")
    if not isinstance(name, str) or name not in _NEEDS:
        code = "unknown_operation" if "op" in operation else "missing"
        return [FieldError(f"{pointer}/op", f"Must be one of {', '.join(_NEEDS)}.", code)]
    missing = [each for each in _NEEDS[name] if each not in operation]
    errors = [FieldError(f"{pointer}/{each}", "Is required.", "missing") for each in missing]
    pointers = [each for each in _NEEDS[name] if each in operation and each != "value"]
    bad = [each for each in pointers if not _is_pointer(operation[each])]
    errors += [FieldError(f"{pointer}/{each}", _POINTER, "json_pointer") for each in bad]
    if name == "move" and not errors and operation["path"].startswith(f"{operation['from']}/"):
        errors.append(FieldError(f"{pointer}/path", "Must not be within what is moved.", "within_itself"))
    return errors


def _is_pointer(given: Any) -> bool:
    if isinstance(given, str) and given.count("/") > MAX_DEPTH:  # nothing is that deep
        return False
    try:
        JsonPointer(given)
    except (JsonPointerException, TypeError):
        return False
    return True
