"""The Hydra ApiDocumentation: every class, property and operation of the API, in its own vocabulary.

Its shape is what the specification asks for and what Hydra's clients were seen to need: operations without
`returns` are dropped by them, and a read-only collection is found by its `owl:equivalentClass` alone.
"""

from __future__ import annotations

from typing import Any

from ..model.fields import FieldSpec
from ..model.resource import Declaration, expand_iri
from ..surface.addresses import ENTRY, context_url, vocabulary_url
from ..surface.affordances import PATCH_CONTENT, Operation, collection_operations, item_operations
from ..surface.needs import needed
from ..surface.schema import content_schema
from .constraints import in_words
from .document import About
from .me import every as said_of_callers
from .terms import RDFS, XSD, Term, class_iri, holders, terms_of, unseen_terms_of

Node = dict[str, Any]


def api_documentation(declarations: tuple[Declaration, ...], about: About, base: str) -> Node:
    """The document at `/docs.jsonld`."""
    classes = [
        found
        for each in declarations
        for found in (resource_class(each, base), *object_classes(each, base), *input_classes(each, base))
    ]
    return {
        "@context": context_url(base, "Vocabulary"),
        "@id": vocabulary_url(base),
        "@type": "ApiDocumentation",
        "title": about.title,
        "description": about.description,
        "entrypoint": base + ENTRY,
        "supportedClass": [*classes, entrypoint_class(declarations, base), me_class(base), *problem_classes(base)],
    }


def resource_class(declaration: Declaration, base: str) -> Node:
    """The class of a resource's items: what it is made of and what can be done with one."""
    schema = content_schema(declaration)
    terms = (*terms_of(declaration, base), *unseen_terms_of(declaration, base))
    pairs = zip(declaration.known.values(), terms, strict=True)
    return {
        "@id": class_iri(declaration, base),
        "@type": "Class",
        **({"subClassOf": expand_iri(declaration.iri)} if declaration.iri else {}),
        "title": declaration.name,
        "description": declaration.description,
        "supportedProperty": [
            _field(
                spec,
                term,
                in_words(spec, schema["properties"][spec.name], schema["$defs"]),
                declaration,
                base,
            )
            for spec, term in pairs
        ]
        + [_own(declaration, each, base) for each in item_operations(declaration) if each.path],
        "supportedOperation": [
            operation(declaration, each, base) for each in item_operations(declaration) if not each.path
        ],
    }


def object_classes(declaration: Declaration, base: str) -> list[Node]:
    """The classes of the objects that items hold, at every depth."""
    every = (*terms_of(declaration, base), *unseen_terms_of(declaration, base))
    return [_object_class(term, base) for term in holders(every)]


def entrypoint_class(declarations: tuple[Declaration, ...], base: str) -> Node:
    """The class of the entry point: a link to each collection, with what can be done there."""
    own = vocabulary_url(base, "Entrypoint")
    read = _operation("GET", "FindAction", "Read the entry point", "Public.", own)
    return {
        "@id": own,
        "@type": "Class",
        "title": "Entrypoint",
        "description": "Where the API begins: a link to every resource that the caller may see.",
        "supportedProperty": [_entry(each, base) for each in declarations],
        "supportedOperation": [read],
    }


def me_class(base: str) -> Node:
    """The class of what is said of who asks.

    The entry point has no property for it: clients take each of these for a collection.
    """
    own = vocabulary_url(base, "Me")
    about = "Who asks, and what they may do. As a link relation it leads there."
    properties = [
        _property(f"{own}/{each.name}", each.name, each.range, own, each.text, base) for each in said_of_callers()
    ]
    read = _operation("GET", "FindAction", "Read who asks", "Public.", own)
    return _class(own, "Me", about, properties) | {"supportedOperation": [read]}


def problem_classes(base: str) -> list[Node]:
    """The class of refusals, which are Hydra errors, and of what they say about single members."""
    problem, error = vocabulary_url(base, "Problem"), vocabulary_url(base, "FieldError")
    instance = _property(
        f"{problem}/instance", "instance", RDFS + "Resource", problem, "What the refusal was about.", base
    )
    violation = vocabulary_url(base, "ConstraintViolation")
    about_lists = "What is wrong, a place each."
    lists = [
        _property(f"{problem}/errors", "errors", error, problem, about_lists, base),
        _property(f"{problem}/violations", "violations", violation, problem, about_lists, base),
    ]
    members = {
        "pointer": "The place in the content, a JSON Pointer, or the name of the parameter.",
        "detail": "What is wrong there.",
        "code": "The kind of mistake, for programs.",
    }
    places = [_property(f"{error}/{key}", key, XSD + "string", error, text, base) for key, text in members.items()]
    path, message = "The member, as clients of API Platform name it.", members["detail"]
    property_path = vocabulary_url(base, "propertyPath")
    found = [
        _property(property_path, "propertyPath", XSD + "string", violation, path, base),
        _property(f"{violation}/message", "message", XSD + "string", violation, message, base),
    ]
    about = "A refusal (RFC 9457)."
    return [
        _class(problem, "Problem", about, [instance, *lists]) | {"subClassOf": "hydra:Error"},
        _class(error, "FieldError", "What is wrong with one member of the content, or one parameter.", places),
        _class(violation, "ConstraintViolation", "The same of a member, for clients of API Platform.", found),
    ]


def operation(declaration: Declaration, each: Operation, base: str) -> Node:
    """An operation of a resource, with the scope that it needs in its description."""
    own = class_iri(declaration, base)
    returns = {"collection": "hydra:Collection", "nothing": "owl:Nothing", "item": own}[each.result]
    found = _operation(each.method, each.action, each.title, needed(declaration, [each.permission]), returns)
    if each.accepts:
        found["expects"] = f"{own}/{each.path}/input" if each.path else own
    headers: list[Node] = [{"headerName": "If-Match"}] if each.conditional else []
    if each.accepts == PATCH_CONTENT:
        headers.append({"headerName": "Content-Type", "possibleValue": list(PATCH_CONTENT)})
    if headers:
        found["expectsHeader"] = [{"@type": "HeaderSpecification", **header} for header in headers]
    return found


def _operation(method: str, action: str | None, title: str, description: str, returns: str) -> Node:
    types = ["Operation", f"schema:{action}"] if action else ["Operation"]
    return {"@type": types, "method": method, "title": title, "description": description, "returns": returns}


def _field(spec: FieldSpec, term: Term, text: str, declaration: Declaration, base: str) -> Node:
    found = _property(term.iri, spec.name, term.range, class_iri(declaration, base), text, base)
    if term.refers:
        found["property"]["@type"] = "Link"
        found["property"]["owl:maxCardinality"] = 1  # clients of API Platform show what has none as a list
    if spec.deprecated:
        found["property"]["owl:deprecated"] = True
    # The identity is set once, by who creates the item, unless it may be changed.
    is_set_once = spec.marks.identity and spec.name not in declaration.renameable
    writes = {"create"} if is_set_once else {"create", "update"}
    writeable = not spec.marks.read_only and not writes.isdisjoint(declaration.rules)
    return found | {
        "required": spec.required,
        "readable": spec.name in declaration.specs,
        "writeable": writeable,
    }


def _own(declaration: Declaration, each: Operation, base: str) -> Node:
    """The link to where an operation of the application's own is performed."""
    iri = f"{class_iri(declaration, base)}/{each.path}"
    found = _property(iri, each.path, "", class_iri(declaration, base), each.title, base)
    found["property"] |= {
        "@type": "Link",
        "range": "hydra:Resource",
        "supportedOperation": [operation(declaration, each, base)],
    }
    return found


def input_classes(declaration: Declaration, base: str) -> list[Node]:
    """The class of what each operation of the application's own takes."""
    return [
        _class(
            f"{class_iri(declaration, base)}/{own.name}/input", f"{declaration.name} {own.name}",
            f"What the operation {own.name} takes.",
            [
                _property(f"{class_iri(declaration, base)}/{own.name}/input/{spec.name}", spec.name, "",
                          f"{class_iri(declaration, base)}/{own.name}/input", spec.description or "", base)
                | {"required": spec.required, "writeable": True}
                for spec in own.fields
            ],
        )
        for own in declaration.operations.values()
        if own.input is not None
    ]  # fmt: skip


def _object_class(term: Term, base: str) -> Node:
    own = term.holds or ""
    parts = [_property(part.iri, part.name, part.range, own, "", base) for part in term.parts]
    writeable = [part | {"writeable": True} for part in parts]
    return _class(own, own.rpartition(".")[2], f"What {term.name} holds.", writeable)


def _entry(declaration: Declaration, base: str) -> Node:
    own, slug = class_iri(declaration, base), declaration.slug
    iri = vocabulary_url(base, f"Entrypoint/{slug}")
    members = {"owl:equivalentClass": {"owl:onProperty": {"@id": "hydra:member"}, "owl:allValuesFrom": {"@id": own}}}
    found = _property(iri, slug, "", vocabulary_url(base, "Entrypoint"), f"The collection of {slug}.", base)
    found["property"] |= {
        "@type": "Link",
        "range": [{"@id": "hydra:Collection"}, members],
        "memberAssertion": {"property": "rdf:type", "object": own},
        "supportedOperation": [operation(declaration, each, base) for each in collection_operations(declaration)],
    }
    return found


def _class(iri: str, title: str, description: str, properties: list[Node]) -> Node:
    return {
        "@id": iri,
        "@type": "Class",
        "title": title,
        "description": description,
        "supportedProperty": properties,
    }


def _property(iri: str, title: str, values: str, owner: str, text: str, base: str) -> Node:
    # The domain of a published term is for its publisher to say.
    own = {"domain": owner} if iri.startswith(vocabulary_url(base, "")) else {}
    return {
        "@type": "SupportedProperty",
        "property": {"@id": iri, "@type": "Property", "label": title, **own, "range": values},
        "title": title,
        **({"description": text} if text else {}),
        "required": False,
        "readable": True,
        "writeable": False,
    }
