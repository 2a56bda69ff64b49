"""Content against a declaration: a value for every field, or every mistake at once, each at its pointer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..http.limits import MAX_ERRORS, MAX_SEGMENT
from ..http.problems import FieldError, InvalidContent
from ..model.fields import FieldSpec
from ..model.identities import parted, takes_too_much
from ..model.resource import Declaration
from ..model.revising import is_same
from ..model.shapes import Shape
from .mistakes import mistakes_of, unknown_member

_MISSING = object()


def to_values(
    declaration: Declaration,
    data: Any,
    *,
    identity: str | None = None,
    current: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
    renameable: frozenset[str] = frozenset(),
    large: bool = False,
    known: Sequence[FieldError] = (),
) -> dict[str, Any]:
    """A value for every field, in the order of the declaration and in JSON form, moments in UTC with `Z`.

    Of a declaration as somebody sees it, the fields that are hidden keep their values, or have their defaults. What
    may only be sent keeps its value where it is left out; what is sent is never compared with what is stored, so that
    nothing tells whether it is the same.

    `identity` is the one in the URI, which the content may repeat but not contradict, except in the members that are
    `renameable`. `current` are the members of the item as they are stored and computed now: what equals them is taken
    as it is, and the read-only ones stay. `fixed` are read-only members that whoever has a file may set; they are
    validated. `known` is what is known to be wrong already. Raises InvalidContent with everything that is wrong; of
    `large` content, with the first of it, and how much more there is.
    """
    _check_object(data)
    now = current or {}
    content = _completed(declaration, data, identity, now, fixed or {})
    if declaration.write_only:
        now = _without_unseen(declaration, data, now)
    if now and _is_all_as_it_was(declaration, content, now):
        values: dict[str, Any] | None = {spec.name: now[spec.name] for spec in declaration.whole.fields}
        errors: list[FieldError] = []
        more = 0
    else:
        kept = now or {name: value for name, value in (fixed or {}).items() if name not in data}
        values, errors, more = _validated(declaration, content, kept, large=large)
    if not declaration.closed.isdisjoint(data):
        errors += _read_only_errors(declaration, data, now or fixed or {})
        errors += [unknown_member(spec.name) for spec in declaration.hidden if spec.name in data]
    errors = _merged([*known], errors) if known else errors
    wrong = _identity_errors(declaration, content if values is None else values, identity, renameable)
    errors = _merged(errors, wrong) if wrong else errors
    if errors or values is None:
        raise InvalidContent(errors=tuple(dict.fromkeys(errors)), more=more)
    return values


def checked_again(
    declaration: Declaration,
    values: Mapping[str, Any],
    valid: Mapping[str, Any],
    current: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Values that code of the application's has set, held against the declaration, the read-only ones too.

    Those that are `valid` already, as they were before that, or equal the `current` ones are taken as they are: no
    validator sees twice what came from outside. Raises InvalidContent.
    """
    back = {name: value for name, value in (current or {}).items() if is_same(values.get(name), value)}
    found, errors, more = _validated(declaration, dict(values), {**valid, **back}, large=False)
    if found is None:
        raise InvalidContent(errors=tuple(errors), more=more)
    wrong = _identity_errors(declaration, found, None)
    names = [spec.name for spec in declaration.identifying if spec.name not in declaration.renameable]
    changed = [name for name in names if current and found[name] != current[name]]
    wrong += [FieldError(f"/{name}", "Must stay the one in the URI.", "identity_mismatch") for name in changed]
    made = declaration.makes
    if made is not None and current is None and found[made.name] is not None:
        wrong.append(FieldError(f"/{made.name}", "Is made when the item is stored: leave it out.", "read_only"))
    if wrong:
        raise InvalidContent(errors=tuple(wrong))
    return found


def checked_input(shape: Shape | None, data: Any) -> Any:
    """What an operation of the application's own was given, as an instance of its class. Raises InvalidContent.

    Without a shape it takes nothing, for which an empty object stands as well.
    """
    _check_object(data)
    if shape is None:
        _check_nothing(data)
        return None
    try:
        values = shape.validate(data)
    except ValidationError as error:
        errors, more = mistakes_of(error, data)
        raise InvalidContent(errors=tuple(errors), more=more) from None
    return shape.computing.instance(values)


def _check_nothing(data: dict[str, Any]) -> None:
    if data:
        told = [unknown_member(name) for name, _ in zip(data, range(MAX_ERRORS), strict=False)]
        raise InvalidContent(errors=tuple(told), more=len(data) - len(told))


def _check_object(data: Any) -> None:
    if not isinstance(data, dict):
        raise InvalidContent(errors=(FieldError("", "Must be a JSON object.", "model_type"),))


def _completed(
    declaration: Declaration,
    data: dict[str, Any],
    identity: str | None,
    current: Mapping[str, Any],
    fixed: Mapping[str, Any],
) -> dict[str, Any]:
    """The content with the identity from the URI and what is read-only or hidden, without computed members."""
    content = dict(data)
    if identity is not None and declaration.parts:
        content = declaration.identity_values(identity) | content
    elif identity is not None and declaration.identity.name not in content:
        content[declaration.identity.name] = declaration.identity_from(identity)
    for spec in (*declaration.read_only, *declaration.hidden):
        content.pop(spec.name, None)
        kept = current if spec.name in current else fixed
        if spec.name in kept and not spec.is_computed:
            content[spec.name] = kept[spec.name]
    for spec in declaration.write_only:
        kept = current if spec.name in current else fixed
        if spec.name in kept:
            content.setdefault(spec.name, kept[spec.name])
    return content


def _without_unseen(
    declaration: Declaration, data: Mapping[str, Any], current: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The members as they are now, without those that are set by somebody who does not see them."""
    unseen = {spec.name for spec in declaration.write_only if spec.name in data}
    return {name: value for name, value in current.items() if name not in unseen} if unseen else current


def _is_all_as_it_was(declaration: Declaration, content: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether every field has its stored value, be it because it is left out and that is its default."""
    if not content.keys() <= current.keys():
        return False
    defaults = declaration.shape.defaults
    for spec in declaration.whole.fields:
        name = spec.name
        if not is_same(content[name] if name in content else defaults.get(name, _MISSING), current[name]):
            return False
    return True


def _validated(
    declaration: Declaration, content: dict[str, Any], current: Mapping[str, Any], *, large: bool
) -> tuple[dict[str, Any] | None, list[FieldError], int]:
    shape = declaration.shape
    try:
        values = shape.revise(content, current, large=large) if current else shape.validate(content, large=large)
    except ValidationError as error:
        return None, *mistakes_of(error, content)
    if current:
        for name, value in values.items():
            stored = current.get(name, _MISSING)
            if value is not stored and value == stored and is_same(value, stored):
                values[name] = stored
    return values, [], 0


def _merged(errors: list[FieldError], more: Iterable[FieldError]) -> list[FieldError]:
    """Both lists, with the first error only at each pointer."""
    known = {error.pointer for error in errors}
    return errors + [error for error in more if error.pointer not in known]


def _read_only_errors(
    declaration: Declaration, data: Mapping[str, Any], current: Mapping[str, Any]
) -> list[FieldError]:
    named = [spec.name for spec in declaration.read_only if spec.name in data]
    changed = [name for name in named if not (name in current and is_same(data[name], current[name]))]
    return [FieldError(f"/{name}", "Is read-only: leave it out.", "read_only") for name in changed]


def _identity_errors(
    declaration: Declaration,
    content: Mapping[str, Any],
    identity: str | None,
    renameable: frozenset[str] = frozenset(),
) -> list[FieldError]:
    if not declaration.parts:
        spec = declaration.identity
        text = _text_of(spec, content.get(spec.name))
        wanted = None if renameable else identity
        return _part_errors(spec, text, wanted, is_deep=declaration.has_deep_identities)
    texts = [_text_of(spec, content.get(spec.name)) for spec in declaration.identifying]
    parts: Sequence[str | None] = [None] * len(texts)
    if identity is not None:
        parts = parted(identity, len(texts))
    names = [spec.name for spec in declaration.identifying]
    wanteds = [None if name in renameable else part for name, part in zip(names, parts, strict=True)]
    found = zip(declaration.identifying, texts, wanteds, strict=True)
    is_deep, count = declaration.has_deep_identities, len(texts)
    return [error for spec, text, other in found for error in _part_errors(spec, text, other, count, is_deep=is_deep)]


def _part_errors(
    spec: FieldSpec, text: str | None, wanted: str | None, parts: int = 1, *, is_deep: bool
) -> list[FieldError]:
    if text is not None and (text in {"", ".", ".."} or ("/" in text and not is_deep)):
        # Whatever pattern is declared: clients resolve dots away, and servers decode %2F before we see it.
        return [FieldError(f"/{spec.name}", "Must not be empty, '.' or '..', nor contain '/'.", "identity_unsafe")]
    if text is not None and takes_too_much(text, parts):
        detail = f"Must take at most {MAX_SEGMENT // parts} bytes in a URI, percent-encoded, and in JSON."
        return [FieldError(f"/{spec.name}", detail, "identity_too_long")]
    if wanted is None or text in {wanted, None}:
        return []
    return [FieldError(f"/{spec.name}", "Must be the one in the URI, or left out.", "identity_mismatch")]


def _text_of(spec: FieldSpec, given: Any) -> str | None:
    """An identity as it stands in a URI; None for an invalid one, which validation reports."""
    try:
        return str(spec.reader.validate_python(given))
    except ValidationError:
        return None
