import json
from typing import Any

import pytest
from rdflib import RDF, Graph, URIRef

from restwell.descriptions.context import entrypoint_context, problem_context, resource_context
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.surface.addresses import Addresses, context_url, problem_url, vocabulary_url
from tests.examples import ADDRESSES, BASE, FLASK, SPECIMEN, Framework
from tests.restwell.descriptions.graphs import (
    HYDRA,
    assert_same,
    by_pyld,
    data,
    document,
    dropped_keys,
    graph_of,
    iris,
    turtle,
)

FRAMEWORK = vocabulary_url(BASE, "Framework")
CREATE = {
    "@type": ["Operation", "schema:CreateAction"],
    "method": "POST",
    "title": "Create a Framework",
    "expects": FRAMEWORK,
    "returns": FRAMEWORK,
}
DELETE = {
    "@type": ["Operation", "schema:DeleteAction"],
    "method": "DELETE",
    "title": "Delete a Framework",
    "returns": "owl:Nothing",
    "expectsHeader": [{"@type": "HeaderSpecification", "headerName": "If-Match"}],
}
ITEM: dict[str, Any] = {
    "@context": context_url(BASE, "Framework"),
    "@id": f"{BASE}/frameworks/Flask",
    "@type": "Framework",
    **FLASK,
    "operation": [DELETE],
}
MEMBER = {key: value for key, value in ITEM.items() if key not in {"@context", "operation"}}
COLLECTION: dict[str, Any] = {
    "@context": context_url(BASE, "Framework"),
    "@id": f"{BASE}/frameworks",
    "@type": "Collection",
    "totalItems": 4,
    "member": [MEMBER],
    "view": {
        "@id": f"{BASE}/frameworks?limit=1",
        "@type": "PartialCollectionView",
        "first": f"{BASE}/frameworks?limit=1",
        "next": f"{BASE}/frameworks?limit=1&after=abc",
    },
    "search": {
        "@type": "IriTemplate",
        "template": f"{BASE}/frameworks{{?created,sort}}",
        "variableRepresentation": "BasicRepresentation",
        "mapping": [
            {
                "@type": "IriTemplateMapping",
                "variable": "created",
                "property": "https://schema.org/dateCreated",
                "required": False,
            },
            {"@type": "IriTemplateMapping", "variable": "sort", "required": False},
        ],
    },
    "operation": [CREATE],
}
ENTRY: dict[str, Any] = {
    "@context": context_url(BASE, "Entrypoint"),
    "@id": f"{BASE}/",
    "@type": "Entrypoint",
    "frameworks": f"{BASE}/frameworks",
    "specimens": f"{BASE}/lab/specimens",
    "notes": f"{BASE}/notes",
}
PROBLEM: dict[str, Any] = {
    "@context": context_url(BASE, "Problem"),
    "@type": "Error",
    "type": problem_url(BASE, "invalid-content"),
    "title": "The content is not valid",
    "status": 422,
    "detail": "Correct the members in errors.",
    "instance": "/v1/frameworks",
    "errors": [{"pointer": "/created", "detail": "Must be an integer.", "code": "int_type"}],
}
AWKWARD: dict[str, Any] = {
    "@context": context_url(BASE, "Specimen"),
    "@id": f"{BASE}/lab/specimens/{SPECIMEN['id']}",
    "@type": "Specimen",
    **SPECIMEN,
    "hydra:operation": [DELETE],
}
AWKWARD_COLLECTION = {
    **COLLECTION,
    "@context": context_url(BASE, "Specimen"),
    "@id": f"{BASE}/lab/specimens",
    "member": [{key: value for key, value in AWKWARD.items() if key != "@context"}],
}
EVERY = {
    "item": ITEM,
    "collection": COLLECTION,
    "entry": ENTRY,
    "problem": PROBLEM,
    "awkward item": AWKWARD,
    "awkward collection": AWKWARD_COLLECTION,
    "vocabulary": data("/docs.jsonld"),
    "problem type": data("/problems/bad-cursor"),
}
PUBLISHED = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2001/XMLSchema#",
    "http://www.w3.org/2002/07/owl#",
    "http://purl.org/dc/terms/",
    "https://schema.org/",
    HYDRA,
)
# http://www.w3.org/ns/hydra/core.jsonld, the terms that it defines, as of its last change in December 2022.
HYDRA_TERMS = set(
    """
    ApiDocumentation BaseUriSource BasicRepresentation Class Collection Error ExplicitRepresentation
    HeaderSpecification IriTemplate IriTemplateMapping Link LinkContext Operation PartialCollectionView Resource
    Rfc3986 Rfc6570Template Status SupportedProperty TemplatedLink VariableRepresentation apiDocumentation
    closedSet collection description entrypoint expects expectsHeader extension first freetextQuery headerName
    last limit manages mapping member memberAssertion method next object offset operation pageIndex
    pageReference possibleStatus possibleValue previous property readable required resolveRelativeUsing returns
    returnsHeader search statusCode subject supportedClass supportedOperation supportedProperty template title
    totalItems variable variableRepresentation view writable writeable
    """.split()  # noqa: SIM905 -- a list of sixty strings is harder to read
)
OPERATIONS = """
<{subject}> hydra:operation [
    a hydra:Operation, schema:DeleteAction ; hydra:method "DELETE" ; hydra:title "Delete a Framework" ;
    hydra:returns owl:Nothing ;
    hydra:expectsHeader [ a hydra:HeaderSpecification ; hydra:headerName "If-Match" ]
] .
"""
FLASK_TRIPLES = f"""
<{BASE}/frameworks/Flask> a v:Framework ;
    schema:name "Flask" ;
    schema:dateCreated 2010 ;
    <{FRAMEWORK}/parent> "Python" ;
    <{FRAMEWORK}/relatedName> "Flask-RESTPlus" ;
    <{FRAMEWORK}/relatedDocs> <https://flask-restplus.readthedocs.io/> .
"""


@pytest.fixture(scope="module")
def documented() -> set[str]:
    """The properties that the API documentation defines."""
    graph = by_pyld(data("/docs.jsonld"))
    kinds = (RDF.Property, URIRef(f"{HYDRA}Link"))
    return {str(subject) for kind in kinds for subject in graph.subjects(RDF.type, kind)}


def test_an_item_says_what_its_members_mean() -> None:
    expected = FLASK_TRIPLES + OPERATIONS.format(subject=f"{BASE}/frameworks/Flask")
    assert_same(graph_of(ITEM), turtle(expected))


def test_a_collection_is_a_hydra_collection() -> None:
    expected = f"""
    {FLASK_TRIPLES}
    <{BASE}/frameworks> a hydra:Collection ;
        hydra:totalItems 4 ;
        hydra:member <{BASE}/frameworks/Flask> ;
        hydra:view <{BASE}/frameworks?limit=1> ;
        hydra:search [
            a hydra:IriTemplate ;
            hydra:template "{BASE}/frameworks{{?created,sort}}" ;
            hydra:variableRepresentation hydra:BasicRepresentation ;
            hydra:mapping
                [ a hydra:IriTemplateMapping ; hydra:variable "created" ; hydra:property schema:dateCreated ;
                  hydra:required false ] ,
                [ a hydra:IriTemplateMapping ; hydra:variable "sort" ; hydra:required false ]
        ] ;
        hydra:operation [
            a hydra:Operation, schema:CreateAction ; hydra:method "POST" ; hydra:title "Create a Framework" ;
            hydra:expects v:Framework ; hydra:returns v:Framework
        ] .
    <{BASE}/frameworks?limit=1> a hydra:PartialCollectionView ;
        hydra:first <{BASE}/frameworks?limit=1> ;
        hydra:next <{BASE}/frameworks?limit=1&after=abc> .
    """
    assert_same(graph_of(COLLECTION), turtle(expected))


def test_the_entry_point_links_to_collections() -> None:
    own = f"{BASE}/docs.jsonld#Entrypoint"
    expected = f"""
    <{BASE}/> a v:Entrypoint ;
        <{own}/frameworks> <{BASE}/frameworks> ;
        <{own}/specimens> <{BASE}/lab/specimens> ;
        <{own}/notes> <{BASE}/notes> .
    """
    assert_same(graph_of(ENTRY), turtle(expected))


def test_a_resource_may_be_called_like_the_entry_point() -> None:
    declaration = declare(type("Odd", (Framework,), {"__module__": __name__}), "/Entrypoint", read=public())
    context = entrypoint_context((declaration,), BASE)
    source = {**context, "@id": f"{BASE}/", "@type": "Entrypoint", "Entrypoint": f"{BASE}/Entrypoint"}
    # rdflib 7.6 looks for the type in the context that the type itself brings; PyLD does as the standard says.
    own = f"{BASE}/docs.jsonld#Entrypoint"
    assert_same(by_pyld(source), turtle(f"<{BASE}/> a v:Entrypoint ; <{own}/Entrypoint> <{BASE}/Entrypoint> ."))


def test_a_problem_is_a_hydra_error() -> None:
    error = f"{BASE}/docs.jsonld#FieldError"
    expected = f"""
    [] a hydra:Error, <{BASE}/problems/invalid-content> ;
        hydra:title "The content is not valid" ;
        hydra:description "Correct the members in errors." ;
        hydra:statusCode 422 ;
        <{BASE}/docs.jsonld#Problem/instance> <{BASE}/frameworks> ;
        <{BASE}/docs.jsonld#Problem/errors> [
            <{error}/pointer> "/created" ; <{error}/detail> "Must be an integer." ; <{error}/code> "int_type"
        ] .
    """
    assert_same(graph_of(PROBLEM), turtle(expected))


def test_clients_made_for_api_platform_find_violations() -> None:
    """@api-platform/admin 4.0.9 looks for a key with `violations` in it, and for hydra:description."""
    violations = {"violations": [{"propertyPath": "created", "message": "Must be an integer.", "code": "int_type"}]}
    assert dropped_keys(PROBLEM | violations) == []


def test_fields_of_every_kind_and_awkward_names_keep_their_meaning() -> None:
    own = f"{BASE}/docs.jsonld#Specimen"
    subject = f"{BASE}/lab/specimens/{SPECIMEN['id']}"
    expected = f"""
    <{subject}> a v:Specimen ;
        <{own}/id> "{SPECIMEN["id"]}" ;
        dcterms:title "A" ;
        <{own}/description> "B" ; <{own}/member> "C" ; <{own}/method> "D" ; <{own}/view> "E" ;
        <{own}/first> "F" ; <{own}/operation> "G" ; <{own}/schema_> "H" ; <{own}/hydra> "I" ;
        <{own}/Collection> "J" ; <{own}/limit> 9007199254740993 ;
        <{own}/weight> "2.0E0"^^xsd:double ; <{own}/good> false ; <{own}/price> "12.50"^^xsd:decimal ;
        <{own}/day> "2026-01-31"^^xsd:date ; <{own}/moment> "2026-01-31T12:00:00Z"^^xsd:dateTime ;
        <{own}/home> <https://example.org/home> ; <{own}/colour> "blue" ; <{own}/size> "large" ;
        <{own}/tags> ( "x" "y" ) ; <{own}/days> ( "2026-02-01"^^xsd:date ) ; <{own}/grid> ( ( 1 2 ) () ) ;
        <{own}/gaps> "[1,null,3]"^^rdf:JSON ;
        <{own}/maker> [
            schema:legalName "Acme" ; <{own}/maker/founded> "1999-12-31"^^xsd:date ;
            <{own}/maker/place> [
                <{own}/maker/place/latitude> "1.5E0"^^xsd:double ; <{own}/maker/place/title> "Here"
            ]
        ] ;
        <{own}/makers> ( [ schema:legalName "One" ] [ schema:legalName "Two" ] ) ;
        <{own}/tree> [
            <{own}/tree/label> "root" ;
            <{own}/tree/branches> "[{{\\"branches\\":[],\\"label\\":\\"leaf\\"}}]"^^rdf:JSON
        ] ;
        <{own}/extra> "{{\\"title\\":[1,null]}}"^^rdf:JSON ;
        <{own}/anything> "\\"text\\""^^rdf:JSON ;
        <{own}/serial> 7 .
    """
    assert_same(graph_of(AWKWARD), turtle(expected + OPERATIONS.format(subject=subject)))


@pytest.mark.parametrize("name", EVERY)
def test_no_member_is_lost(name: str) -> None:
    assert dropped_keys(EVERY[name]) == []


@pytest.mark.parametrize("name", EVERY)
def test_two_readers_see_the_same_graph(name: str) -> None:
    assert len(graph_of(EVERY[name]))


@pytest.mark.parametrize("name", EVERY)
def test_every_iri_is_absolute_and_every_predicate_is_defined(name: str, documented: set[str]) -> None:
    graph = by_pyld(EVERY[name])
    assert all(iri.startswith(("https://", "http://")) for iri in iris(graph))
    predicates = {str(predicate) for predicate in graph.predicates()}
    assert {iri for iri in predicates if not iri.startswith(PUBLISHED)} <= documented


@pytest.mark.parametrize("name", EVERY)
def test_every_term_of_hydra_is_in_its_published_vocabulary(name: str) -> None:
    used = {iri.removeprefix(HYDRA) for iri in iris(by_pyld(EVERY[name])) if iri.startswith(HYDRA)}
    assert used <= HYDRA_TERMS


def test_contexts_define_no_term_of_hydra_that_is_not_published() -> None:
    text = "".join(json.dumps(data(f"/contexts/{name}")) for name in ("Specimen", "Problem", "Vocabulary"))
    used = {part.partition('"')[0] for part in text.split(HYDRA)[1:]}
    assert used - {""} <= HYDRA_TERMS


def test_a_field_may_be_called_like_its_class() -> None:
    class Node(Resource):
        """A node."""

        Node: str = Field(identity=True)
        xsd: str = ""

    declaration = declare(Node, "/nodes", read=public())
    source = {
        "@context": context_url(BASE, "Node"),
        "@id": f"{BASE}/nodes/1",
        "@type": "Node",
        "Node": "1",
        "xsd": "x",
    }
    source["@context"] = resource_context(declaration, BASE)["@context"]
    found: Graph = by_pyld(source)
    own = f"{BASE}/docs.jsonld#Node"
    assert_same(found, turtle(f'<{BASE}/nodes/1> a v:Node ; <{own}/Node> "1" ; <{own}/xsd> "x" .'))


def test_every_name_has_its_context_and_no_other_has_one() -> None:
    for name in ("Framework", "Specimen", "Note", "Entrypoint", "Problem", "Vocabulary"):
        found = document(f"/contexts/{name}")
        assert (found.media_type, found.also) == ("application/ld+json", ("application/json",))
        assert found.data["@context"]["@version"] == 1.1
    with pytest.raises(AssertionError):
        document("/contexts/framework")


def test_contexts_do_not_depend_on_each_other_or_on_the_network() -> None:
    assert "@context" not in problem_context(BASE)["@context"]
    texts = [json.dumps(data(f"/contexts/{name}")) for name in ("Framework", "Problem", "Vocabulary")]
    assert not any('"@import"' in text or '"@context": "' in text for text in texts)


def test_without_resources_there_is_still_an_entry_point() -> None:
    empty = Addresses([])
    assert document("/contexts/Entrypoint", empty).data["@context"]["Entrypoint"]["@context"] == {}
    assert ADDRESSES.find("/contexts/Entrypoint") is not None
