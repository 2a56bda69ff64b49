"""Two readers of JSON-LD, PyLD and rdflib, with the contexts that an API serves and no network."""

import copy
import json
import warnings
from collections.abc import Iterator
from typing import Any

from pyld import jsonld
from rdflib import Graph, URIRef
from rdflib.compare import graph_diff, to_isomorphic

from restwell.descriptions import About, Descriptions
from restwell.flow.endings import endings
from restwell.representations import FORMATS
from restwell.surface.addresses import Addresses
from restwell.surface.documents import SelfDescription
from tests.examples import ADDRESSES, BASE

HYDRA = "http://www.w3.org/ns/hydra/core#"
ABOUT = About("Frameworks", "1.2.3", "Web frameworks and what they build on.", endings, FORMATS)
DESCRIPTIONS = Descriptions(ADDRESSES, ABOUT)
PREFIXES = f"""
@prefix v: <{BASE}/docs.jsonld#> .
@prefix hydra: <{HYDRA}> .
@prefix schema: <https://schema.org/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""


def document(path: str, addresses: Addresses = ADDRESSES) -> SelfDescription:
    """Return the description at a path, which must be there."""
    descriptions = DESCRIPTIONS if addresses is ADDRESSES else Descriptions(addresses, ABOUT)
    found = descriptions.at(addresses.find(path), BASE)
    assert found is not None, path
    return found


def data(path: str) -> dict[str, Any]:
    """Return a description as a client gets it: through JSON."""
    found: dict[str, Any] = json.loads(json.dumps(document(path).data))
    return found


def load(url: str, _options: object = None) -> dict[str, Any]:
    return {
        "contextUrl": None,
        "documentUrl": url,
        "document": data(url.removeprefix(BASE)),
        "contentType": None,
    }


def dropped_keys(source: dict[str, Any]) -> list[str]:
    """Return the members that mean nothing, and so are lost when the document is expanded."""
    lost: list[str] = []
    jsonld.expand(source, {"documentLoader": load, "base": f"{BASE}/", "on_property_dropped": lost.append})
    return lost


def graph_of(source: dict[str, Any]) -> Graph:
    """Return the graph of a document, and make sure that both readers see the same one."""
    one, other = by_pyld(source), by_rdflib(source)
    _, only_one, only_other = graph_diff(to_isomorphic(one), to_isomorphic(other))
    assert len(only_one) + len(only_other) == 0, f"{only_one.serialize()}\n---\n{only_other.serialize()}"
    return one


def by_pyld(source: dict[str, Any]) -> Graph:
    options = {"documentLoader": load, "base": f"{BASE}/", "format": "application/n-quads"}
    return Graph().parse(data=jsonld.to_rdf(source, options), format="nt")


def by_rdflib(source: dict[str, Any]) -> Graph:
    local = copy.deepcopy(source)
    local["@context"] = load(source["@context"])["document"]["@context"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a class that rdflib's own parser still uses
        return Graph().parse(data=json.dumps(local), format="json-ld", base=f"{BASE}/")


def turtle(text: str) -> Graph:
    return Graph().parse(data=PREFIXES + text, format="turtle")


def assert_same(found: Graph, expected: Graph) -> None:
    _, extra, missing = graph_diff(to_isomorphic(found), to_isomorphic(expected))
    assert len(extra) + len(missing) == 0, f"unexpected:\n{extra.serialize()}\nmissing:\n{missing.serialize()}"


def iris(graph: Graph) -> Iterator[str]:
    """Yield every IRI of a graph, datatypes among them."""
    for triple in graph:
        for node in triple:
            iri = node if isinstance(node, URIRef) else getattr(node, "datatype", None)
            if iri is not None:
                yield str(iri)
