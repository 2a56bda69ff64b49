"""The link graph: which links an answer has, by what it represents. Written here once; every format renders it.

| relation | of | leads to |
|---|---|---|
| apiDocumentation of Hydra | everything | the vocabulary: in the Link field, whatever the content has |
| first, prev, next | a page | the pages around it, of the same query |
| last | a page that was asked for by its number | the last one, where the total is known |
| a member, by its IRI or its name | an item | what it refers to: in HAL, and in the Link field of plain JSON |
| collection | an item | its collection |
| describedby, profile | items and pages | JSON Schema, and the class of the items |
| service-desc, service-doc | everything | OpenAPI, and the guide (RFC 8631) |
| `/docs.jsonld#Me` | the entry point | who asks, and what they may do |
| api-catalog, status | the entry point | the catalogue (RFC 9727), readiness and liveness (RFC 8631) |
| start, the context of JSON-LD | a refusal | the entry point, and what its members mean |

A link stands in the Link field, or where the content of its format has links of its own; in no answer in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ..data.filters import CONTROLS, RESERVED
from ..data.platform import PAGING, order_names
from ..http.keeping import kept
from ..http.links import API_DOCUMENTATION, JSON_LD_CONTEXT, Link
from ..http.media_types import HTML, JSON, JSON_LD, JSON_SCHEMA, LINKSET, OPENAPI
from ..model.fields import FieldSpec
from ..model.identities import SEPARATOR
from ..model.resource import Declaration, expand_iri
from .addresses import ENTRY, ME, Kind, collection_url, context_url, problem_url, schema_url, vocabulary_url
from .affordances import Operation
from .documents import Document, Entry, Item, Page
from .me import Me
from .offers import BY_KIND

BESIDE_THE_CONTENT = frozenset([API_DOCUMENTATION])
"""What stands in the Link field even if the content has links: clients of Hydra look for it nowhere else."""
FOR_PROGRAMS = BESIDE_THE_CONTENT | {"status"}
"""What a page for people leaves out of its head."""
_OF_THE_ENTRY_POINT = frozenset(["api-catalog", "status"])
_OF_EVERYTHING = frozenset(["service-desc", "service-doc"])

_KINDS: Mapping[type[Document], Kind] = {kind: name for name, kind in BY_KIND.items()}


def me_relation(base: str) -> str:
    """The relation to what an API says of who asks (RFC 8288, section 2.1.2): the class of that."""
    return vocabulary_url(base, "Me")


def links_of(document: Document) -> list[Link]:
    """Every link of what is represented, but those to the items of a page."""
    if isinstance(document, Page):
        pages = [Link(relation, url) for relation, url in document.neighbours]
        return [*pages, *links_at(document.base, document.declaration, "collection")]
    if isinstance(document, Item):
        return [*links_at(document.base, document.declaration, "item")]
    return [*links_at(document.base, None, _KINDS.get(type(document), "docs"))]


@kept(512 * 1024)
def links_at(base: str, resource: Declaration | None, kind: Kind) -> tuple[Link, ...]:
    """The links that every answer at an address of this kind has, whatever is there.

    A link to what has several media types names none of them: a header section has little room.
    """
    links = [Link(API_DOCUMENTATION, vocabulary_url(base))]
    if resource is not None and kind == "item":
        links.append(Link("collection", collection_url(base, resource)))
    if resource is not None:
        links.append(Link("describedby", schema_url(base, resource), JSON_SCHEMA))
        links.append(Link("profile", vocabulary_url(base, resource.name)))
    # No registered relation leads from an API to what it says of who asks: `me` says that both are one person.
    shown = _OF_EVERYTHING | _OF_THE_ENTRY_POINT | {me_relation(base)} if kind == "entry" else _OF_EVERYTHING
    links += [Link(each.relation, each.url) for each in service_links(base) if each.relation in shown]
    return (*links, Link("status", f"{base}/health/live")) if kind == "entry" else tuple(links)


def reference_links(document: Item) -> list[Link]:
    """The links to what the members of an item refer to, each by the IRI of the member (RFC 8288, section 2.1.2)."""
    return [
        Link(member_iri(document.base, document.declaration, document.declaration.specs[name]), url)
        for name, url in document.references().items()
    ]


def member_iri(base: str, declaration: Declaration, spec: FieldSpec) -> str:
    """What a member means: the declared term, or one of the vocabulary of this API."""
    iri = spec.marks.iri
    return expand_iri(iri) if iri else vocabulary_url(base, f"{declaration.name}/{spec.name}")


def service_links(base: str) -> tuple[Link, ...]:
    """Where the API as a whole is described and whether it is ready, with media types, and titles for people."""
    return (
        Link("service-desc", f"{base}/openapi.json", OPENAPI, "OpenAPI"),
        Link("service-doc", f"{base}/docs", HTML, "Guide"),
        Link("service-meta", vocabulary_url(base), JSON_LD, "Hydra API documentation"),
        Link("api-catalog", f"{base}/.well-known/api-catalog", LINKSET, "API catalogue"),
        Link("status", f"{base}/health/ready", JSON),
        Link(me_relation(base), f"{base}{ME}", "", "What you may do"),
    )


def description_links(base: str, document: Document | None) -> tuple[Link, ...]:
    """What describes the API and what is shown, with titles, for the foot of a page; a refusal shows no document."""
    if isinstance(document, (Item, Page)):
        return _descriptions(base, document.declaration, "item")
    if isinstance(document, Entry):
        return _descriptions(base, None, "entry")
    if isinstance(document, Me):
        return _descriptions(base, None, "me")
    is_problem = document is not None and document.url.startswith(problem_url(base, ""))
    return _descriptions(base, None, "problem" if is_problem else "docs")


@kept(512 * 1024)
def _descriptions(base: str, resource: Declaration | None, kind: Kind) -> tuple[Link, ...]:
    found = [each for each in service_links(base) if each.title]
    if resource is not None:
        schema = Link("describedby", schema_url(base, resource), JSON_SCHEMA, f"JSON Schema of {resource.name}")
        found += [schema, _context(base, resource.name, resource.name)]
    if kind == "entry":
        found.append(_context(base, "Entrypoint", "this page"))
    if kind == "me":
        found.append(_context(base, "Me", "this page"))
    if kind == "problem":
        found.append(_context(base, "Problem", "problems"))
    return tuple(found)


def _context(base: str, name: str, what: str) -> Link:
    return Link(JSON_LD_CONTEXT, context_url(base, name), JSON_LD, f"JSON-LD context of {what}")


def refusal_links(base: str) -> list[Link]:
    """What a refusal links to beside what every answer at its address has."""
    return [Link("start", base + ENTRY), Link(JSON_LD_CONTEXT, context_url(base, "Problem"), JSON_LD)]


def alternates(url: str, media_types: Sequence[str]) -> list[Link]:
    """The other representations of what has a URL; parameters of a media type are left out."""
    return [Link("alternate", url, media.partition(";")[0]) for media in media_types]


def target_of(base: str, declaration: Declaration, operation: Operation) -> str:
    """The URL that an operation is performed on; of an item as a URI template."""
    if operation.target != "item":
        return collection_url(base, declaration)
    item = item_template(base, declaration)
    return f"{item}/{operation.path}" if operation.path else item


def search_template(base: str, declaration: Declaration) -> str:
    """The URL of a part of a collection as a URI template (RFC 6570).

    It has the controls, each field by its value, and each text by a part of it in any case; then what clients of
    API Platform page and sort by. OpenAPI has every operator.
    """
    names = [*CONTROLS, *(name for spec in declaration.fields for name in searched(spec))]
    names += [*PAGING, *map(quote, order_names(declaration))]
    return f"{collection_url(base, declaration)}{{?{','.join(names)}}}"


def searched(spec: FieldSpec) -> list[str]:
    """The filters of a field that the template of a collection names."""
    if not spec.filterable:
        return []
    # varchar = ALPHA / DIGIT / "_" / pct-encoded, and what is encoded stays so in the name   (RFC 6570, section 2.3)
    equal = spec.name if spec.name not in RESERVED else quote(f"{spec.name}[eq]")
    return [equal, quote(f"{spec.name}[icontains]")] if "icontains" in spec.kind.operators else [equal]


def item_template(base: str, declaration: Declaration) -> str:
    """The URL of any item of a collection as a URI template, by its identity.

    The name of a variable is percent-encoded (RFC 6570, section 2.3).
    """
    # {a,b} is both values with a comma between them, as the identity of several members is (RFC 6570, section 3.2.2)
    names = SEPARATOR.join(quote(spec.name) for spec in declaration.identifying)
    return f"{collection_url(base, declaration)}/{{{names}}}"
