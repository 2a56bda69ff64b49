"""The JSON-LD contexts: what the members of representations, problems and descriptions mean (JSON-LD 1.1).

A resource may have fields called `title`, `member` or `operation`, as Hydra's own terms are. So Hydra's terms
are defined only where Hydra speaks: scoped to the type `Collection`, and to the properties that hold Hydra's
nodes (sections 4.1.8 and 4.1.9). Every definition is written with absolute IRIs, so that a field may even be
called like a prefix.
"""

from __future__ import annotations

from typing import Any

from ..model.resource import VOCABULARIES, Declaration
from ..surface.addresses import vocabulary_url
from .me import me_terms
from .terms import HYDRA, OWL, RDF, RDFS, SCHEMA, XSD, Term, class_iri, terms_of

PREFIXES = {"hydra": HYDRA, "schema": SCHEMA, "xsd": XSD, "owl": OWL}


def link(iri: str, **more: Any) -> dict[str, Any]:
    """A term whose text is an IRI, relative to the document."""
    return {"@id": iri, "@type": "@id", **more}


def name(iri: str, **more: Any) -> dict[str, Any]:
    """A term whose text is itself a term, a compact IRI or an IRI."""
    return {"@id": iri, "@type": "@vocab", **more}


def hydra(*names: str) -> dict[str, str]:
    """Terms of Hydra's core vocabulary that need no coercion."""
    return {each: HYDRA + each for each in names}


OPERATION: dict[str, Any] = {
    **hydra("Operation", "HeaderSpecification", "method", "title", "description"),
    **hydra("expectsHeader", "headerName", "possibleValue"),
    "expects": name(HYDRA + "expects"),
    "returns": name(HYDRA + "returns"),
}
VIEW: dict[str, Any] = {
    **hydra("PartialCollectionView"),
    **{each: link(HYDRA + each) for each in ("first", "last", "next", "previous")},
}
SEARCH: dict[str, Any] = {
    **hydra("IriTemplate", "IriTemplateMapping", "BasicRepresentation", "ExplicitRepresentation"),
    **hydra("template", "mapping", "variable", "required"),
    "property": name(HYDRA + "property"),
    "variableRepresentation": name(HYDRA + "variableRepresentation"),
}
COLLECTION: dict[str, Any] = {
    "member": link(HYDRA + "member"),
    "totalItems": HYDRA + "totalItems",
    "view": link(HYDRA + "view", **{"@context": VIEW}),
    "search": {"@id": HYDRA + "search", "@context": SEARCH},
    "operation": {"@id": HYDRA + "operation", "@context": OPERATION},
}


def resource_context(declaration: Declaration, base: str) -> dict[str, Any]:
    """The context of a resource's items and collections.

    A field takes the place of the plain term `operation`; `hydra:operation` is there for either case. A field
    that is called like a prefix or a class of this context is defined within its own class only.
    """
    operation = COLLECTION["operation"]
    own: dict[str, Any] = {
        **PREFIXES,
        declaration.name: class_iri(declaration, base),
        "Collection": {"@id": HYDRA + "Collection", "@context": COLLECTION},
    }
    fields = {term.name: definition(term) for term in terms_of(declaration, base)}
    fields |= {each: {"@id": f"{class_iri(declaration, base)}/{each}"} for each in declaration.operations}
    clashing = {key: value for key, value in fields.items() if key in own}
    if clashing:
        own[declaration.name] = {"@id": class_iri(declaration, base), "@context": clashing}
    free = {key: value for key, value in fields.items() if key not in own}
    return _context({**own, "operation": operation, "hydra:operation": operation, **free})


def definition(term: Term) -> dict[str, Any]:
    """The definition of a term (JSON-LD 1.1, section 9.15); that of an object brings its members' along."""
    found: dict[str, Any] = {"@id": term.iri}
    if term.coercion:
        found["@type"] = term.coercion
    if term.listed:
        found["@container"] = "@list"
    if term.unordered:
        found["@container"] = "@set"
    if term.holds:
        found["@context"] = {part.name: definition(part) for part in term.parts}
    return found


def entrypoint_context(declarations: tuple[Declaration, ...], base: str) -> dict[str, Any]:
    """The context of the entry point: a link for each resource, within the class so that any name will do."""
    links = {each.slug: link(vocabulary_url(base, f"Entrypoint/{each.slug}")) for each in declarations}
    return _context({"Entrypoint": {"@id": vocabulary_url(base, "Entrypoint"), "@context": links}})


def me_context(base: str) -> dict[str, Any]:
    """The context of what is said of who asks."""
    return _context(me_terms(base))


def problem_context(base: str) -> dict[str, Any]:
    """The context that makes an RFC 9457 problem a Hydra error, with no member lost.

    `description` and `violations` are there for clients made for API Platform, which look for these two; the terms in
    these have IRIs that end as they expect.
    """
    member = {each: {"@id": vocabulary_url(base, f"FieldError/{each}")} for each in ("pointer", "detail", "code")}
    violation = {
        "propertyPath": {"@id": vocabulary_url(base, "propertyPath")},
        "message": {"@id": vocabulary_url(base, "ConstraintViolation/message")},
        "code": member["code"],
    }
    return _context(
        {
            "hydra": HYDRA,
            **hydra("Error", "title", "description"),
            "type": link(RDF + "type"),
            "status": HYDRA + "statusCode",
            "detail": HYDRA + "description",
            "instance": link(vocabulary_url(base, "Problem/instance")),
            "errors": {"@id": vocabulary_url(base, "Problem/errors"), "@context": member},
            "violations": {"@id": vocabulary_url(base, "Problem/violations"), "@context": violation},
        }
    )


def vocabulary_context() -> dict[str, Any]:
    """The context of the Hydra ApiDocumentation and of the types of problems."""
    return _context(
        {
            **PREFIXES,
            "rdf": RDF,
            "rdfs": RDFS,
            **{prefix: iri for prefix, iri in VOCABULARIES.items() if prefix not in PREFIXES},
            **OPERATION,
            **hydra("ApiDocumentation", "Class", "SupportedProperty", "Link", "Collection", "Error"),
            **hydra("required", "readable", "writeable", "statusCode", "memberAssertion"),
            "entrypoint": link(HYDRA + "entrypoint"),
            **{each: link(HYDRA + each) for each in ("supportedClass", "supportedProperty", "supportedOperation")},
            **{each: name(HYDRA + each) for each in ("property", "object")},
            "Property": RDF + "Property",
            "label": RDFS + "label",
            **{each: name(RDFS + each) for each in ("domain", "range", "subClassOf")},
            "seeAlso": link(RDFS + "seeAlso"),
            **{each: name(OWL + each) for each in ("equivalentClass", "onProperty", "allValuesFrom")},
        }
    )


def _context(terms: dict[str, Any]) -> dict[str, Any]:
    return {"@context": {"@version": 1.1, **terms}}
