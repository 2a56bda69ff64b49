"""What the members of a resource mean: for each one its IRI, its datatype, and the terms of what it holds.

The JSON-LD contexts and the Hydra documentation are both written from these terms, so that no member can
have a meaning in the one and none in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from ..model.fields import FieldSpec, choices_of, kind_of, marks_of
from ..model.hints import bare, without_none
from ..model.kinds import KINDS, FieldKind
from ..model.naming import Naming
from ..model.nested import members_of
from ..model.resource import VOCABULARIES, Declaration, expand_iri
from ..surface.addresses import vocabulary_url
from ..surface.references import References

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = VOCABULARIES["rdfs"]
XSD = VOCABULARIES["xsd"]
OWL = VOCABULARIES["owl"]
SCHEMA = VOCABULARIES["schema"]
HYDRA = "http://www.w3.org/ns/hydra/core#"


class _Within(NamedTuple):
    """What a term is within: an API that names its members in its way, and models, the outermost first."""

    naming: Naming | None
    models: tuple[type[BaseModel], ...] = ()


class Term(NamedTuple):
    """One member. `coercion` is a datatype's IRI, `@id`, `@json` or None.

    `listed` says that it is an array, `unordered` that it is a set.

    A member that `refers` to an item has its class as `range`. One that holds objects has their members as `parts`,
    and in `holds` the IRI of their class.
    """

    name: str
    iri: str
    range: str
    coercion: str | None = None
    listed: bool = False
    unordered: bool = False
    parts: tuple[Term, ...] = ()
    holds: str | None = None
    refers: bool = False


def terms_of(declaration: Declaration, base: str) -> tuple[Term, ...]:
    """The terms of a resource's members, in the order of the declaration."""
    return _terms(declaration, declaration.shown, base)


def unseen_terms_of(declaration: Declaration, base: str) -> tuple[Term, ...]:
    """The terms of what may be sent and is never shown."""
    return _terms(declaration, declaration.write_only, base)


def _terms(declaration: Declaration, specs: Sequence[FieldSpec], base: str) -> tuple[Term, ...]:
    terms, references = [], declaration.compiled[References]
    nothing = _Within(declaration.naming)
    for spec in specs:
        own = vocabulary_url(base, f"{declaration.name}/{spec.name}")
        term = _term(spec.name, own, spec.annotation, nothing)
        if spec.name in references:
            term = Term(spec.name, own, class_iri(references[spec.name], base), "@id", refers=True)
        terms.append(term._replace(iri=expand_iri(spec.marks.iri)) if spec.marks.iri else term)
    return tuple(terms)


def class_iri(declaration: Declaration, base: str) -> str:
    """The IRI of the class that the items of a resource belong to."""
    return vocabulary_url(base, declaration.name)


def holders(terms: tuple[Term, ...]) -> list[Term]:
    """The terms that hold objects, at every depth."""
    return [found for term in terms if term.holds for found in (term, *holders(term.parts))]


def _term(name: str, own: str, annotation: Any, within: _Within) -> Term:
    """The term for an annotation without `None`; `own` is its IRI in our vocabulary, `within` what holds it."""
    kind, annotation = _kind(annotation), bare(annotation)
    if kind is KINDS["set"]:
        return _unordered(name, own, annotation, within)
    if kind is KINDS["list"] or _is_uniform(annotation):
        return _listed(name, own, annotation, within)
    if kind is KINDS["object"]:
        return _object(name, own, annotation, within)
    return Term(name, own, _range(kind, annotation), expand_iri(kind.coercion) if kind.coercion else None)


def _is_uniform(annotation: Any) -> bool:
    """Whether a tuple has items of one type only."""
    return get_origin(annotation) is tuple and len(set(get_args(annotation))) == 1


def _free(name: str, own: str) -> Term:
    """A term for JSON of any shape; it is kept whole as a JSON literal (JSON-LD 1.1, section 4.2.2)."""
    return Term(name, own, expand_iri(KINDS["json"].range), "@json")


def _listed(name: str, own: str, annotation: Any, within: _Within) -> Term:
    item = _item(name, own, annotation, within)
    return item if item.coercion == "@json" else item._replace(range=RDF + "List", listed=True)


def _unordered(name: str, own: str, annotation: Any, within: _Within) -> Term:
    item = _item(name, own, annotation, within)
    return item if item.coercion == "@json" else item._replace(unordered=True)


def _item(name: str, own: str, annotation: Any, within: _Within) -> Term:
    """The term of what an array holds; free JSON where JSON-LD could not say it."""
    inner, nullable = without_none(get_args(annotation)[0]) if get_args(annotation) else (Any, False)
    item = _term(name, own, inner, within)
    if nullable or item.coercion == "@json":  # JSON-LD drops null from a list, and free JSON has no terms
        return _free(name, own)
    return item


def _object(name: str, own: str, model: type[BaseModel], within: _Within) -> Term:
    if model in within.models or _is_open(model):
        return _free(name, own)
    # A dot cannot stand in a member's name, so the class collides with no member of the object.
    holds = f"{own}.{model.__name__}"
    inner, members = within._replace(models=(*within.models, model)), members_of(model, within.naming)
    parts = tuple(_part(part, f"{own}/{part}", info, inner) for part, info in members.items())
    return Term(name, own, holds, parts=parts, holds=holds)


def _part(name: str, own: str, info: FieldInfo, within: _Within) -> Term:
    iri = marks_of(info).iri
    term = _term(name, own, without_none(info.annotation)[0], within)
    return term._replace(iri=expand_iri(iri)) if iri else term


def _is_open(model: type[BaseModel]) -> bool:
    """Whether the objects of a model may have members that its fields do not name."""
    return issubclass(model, RootModel) or model.model_config.get("extra") == "allow"


def _kind(annotation: Any) -> FieldKind:
    try:
        return kind_of(annotation)
    except TypeError:  # within an object pydantic allows what a field of a resource may not have, such as a union
        return KINDS["json"]


def _range(kind: FieldKind, annotation: Any) -> str:
    if not kind.has_choices:
        return expand_iri(kind.range)
    types = {type(value) for value in choices_of(annotation)}
    return {str: XSD + "string", int: XSD + "integer"}.get(
        types.pop() if len(types) == 1 else object, RDFS + "Literal"
    )
