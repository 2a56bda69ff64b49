"""The OpenAPI operations of a resource: parameters, contents, responses, scopes, and links between them."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.spelling import Spelling
from ..http.media_types import JSON_LD
from ..model.identities import SEPARATOR
from ..model.policy import Operation as Permission
from ..model.resource import Declaration
from ..surface.addresses import Address
from ..surface.affordances import PATCH_CONTENT, Operation, item_operations, operations_at, permissions_for
from ..surface.endings import Endings
from ..surface.needs import needed
from ..surface.references import References
from ..surface.schema import Schema, reference
from . import parameters, responses
from .components import LINKED_DATA
from .document import About, ShownFormat
from .responses import VALIDATORS
from .shown import COLLECTION, ITEM, WHOLE, of_resource


def resource_paths(declarations: tuple[Declaration, ...], about: About) -> Schema:
    """The paths of every collection and item that has operations."""
    paths: Schema = {}
    for each in declarations:
        for path, item in ((each.path, False), (item_path(each), True)):
            found = operations_at(each, item=item)
            for one in found:
                own = f"{path}/{one.path}" if one.path else path
                paths.setdefault(own, {})[one.method.lower()] = _operation(each, one, about)
    return paths


def item_path(declaration: Declaration) -> str:
    """The path of an item, with a variable for each member of its identity."""
    return f"{declaration.path}/{SEPARATOR.join(f'{{{spec.name}}}' for spec in declaration.identifying)}"


def _operation(declaration: Declaration, each: Operation, about: About) -> Schema:
    wanted = permissions_for(each.method, item=each.target == "item", operation=each.path)
    found: Schema = {
        "operationId": operation_id(declaration, each.name),
        "summary": each.title,
        "description": needed(declaration, wanted, "`"),
        "tags": [declaration.name],
        "parameters": _parameters(declaration, each),
        "security": _security(declaration, wanted, about),
    }
    if each.accepts:
        found["requestBody"] = _body(declaration, each)
    ends = about.endings(each.method, _address(declaration, each))
    refusals = responses.refusals(each.method, ends.refusals)
    successes = _successes(declaration, each, ends, about.formats)
    for told in successes.values() if ends.is_counted else ():
        told["headers"] |= responses.headers(*responses.QUOTAS)
    return found | {"responses": {**successes, **refusals}}


def _address(declaration: Declaration, each: Operation) -> Address:
    if each.target == "collection":
        return Address("collection", declaration.path, declaration)
    return Address("item", f"{declaration.path}/x", declaration, "x", each.path)


def operation_id(declaration: Declaration, name: str) -> str:
    """The identifier of an operation of a resource, such as `listFramework`."""
    first, *others = name.split("-")
    return "".join([first, *map(str.capitalize, others), declaration.name])


def _security(declaration: Declaration, wanted: Sequence[Permission], about: About) -> list[Schema]:
    # OpenAPI names scopes for OAuth 2 only, so they stand in the description.
    rules = [(each, declaration.rules[each]) for each in wanted if each in declaration.rules]
    is_open = not all(need.credential for each, rule in rules for need in rule.needs(each))
    return [*([{}] if is_open else []), *({name: []} for name in about.schemes)]


def _parameters(declaration: Declaration, each: Operation) -> list[Schema]:
    found = [] if each.target == "collection" else parameters.path_parameters(declaration)
    if each.name == "list":
        found += parameters.collection_parameters(declaration)
    if each.name == "show":
        found.append(parameters.fields_parameter(declaration))
    names = ["If-Match", "If-None-Match", *([] if each.name == "delete" else ["Prefer"])]
    shared = [name for name in names if not (each.conditional and name == "If-Match")]
    required = [parameters.required_if_match()] if each.conditional else []
    return [*found, *required, *map(parameters.header_reference, shared)]


def _body(declaration: Declaration, each: Operation) -> Schema:
    name = {"create": "creating", "replace": "replacing", "change": "merging"}.get(each.name, each.name)
    schemas = {media: reference(f"{declaration.name}.{name}") for media in each.accepts}
    if declaration.compiled[References] and not each.path:
        schemas[JSON_LD] = reference(f"{declaration.name}.{name}{LINKED_DATA}")
    if each.accepts == PATCH_CONTENT:
        schemas["application/json-patch+json"] = reference(f"{declaration.name}.patching")
    return {"required": True, "content": {media: {"schema": schema} for media, schema in schemas.items()}}


def _successes(declaration: Declaration, each: Operation, ends: Endings, formats: Sequence[ShownFormat]) -> Schema:
    """A response for each answer that is not a refusal (see `flow/answers.py`)."""
    answers = ends.answers
    item, written = of_resource(formats, declaration, ITEM), of_resource(formats, declaration, WHOLE)
    # What holds a model or a table of others does not know when a row was last changed.
    is_dated = each.name != "list" and declaration.source is None
    kept = (*VALIDATORS, *(("Last-Modified",) if is_dated else ()), "Preference-Applied")
    found: Schema = {}
    if each.name == "list":
        page = of_resource(formats, declaration, COLLECTION)
        found["200"] = responses.success("A page of the collection.", page, formats, *kept, "Link-Template")
    elif "representation" in answers:
        shown = ("The item.", item) if each.name == "show" else ("The item as it is now.", written)
        found["200"] = responses.success(
            *shown, formats, *kept, *(() if each.name == "show" else ("Content-Location",))
        )
    if "created" in answers:
        created = responses.success("It was created.", written, formats, "Location", "Content-Location", *kept)
        found["201"] = created | {"links": _links(declaration)}
    elif "created, briefly" in answers:
        found["201"] = responses.without_content("It was created.", "Location", "Link", *kept)
    if "no content" in answers and each.name == "delete":
        found["204"] = responses.without_content("It is deleted.", "Vary", "Link", "Preference-Applied")
    elif "no content" in answers:
        place = ("Content-Location",) if declaration.renameable else ()
        found["204"] = responses.without_content("It is done, and not shown.", *place, "Link", *kept)
    if "moved" in answers:
        found["308"] = responses.without_content(_moved(declaration), "Location", "Vary", "Link")
    # "see other" answers parameters that are not described: only the form of a page sends them.
    if "not modified" in answers:
        found["304"] = responses.without_content("The copy is still good.", *kept)
    return found


def _moved(declaration: Declaration) -> str:
    """Why there may be another address to ask."""
    is_renameable = bool(declaration.renameable) and "read" in declaration.rules
    has_others = declaration.identity.kind.has_two_cases or declaration.whole.compiled[Spelling].is_loose
    said = ["The item was given another identity, and had this one before."] if is_renameable else []
    said += ["The identity has one spelling, and this is another."] if has_others else []
    return " ".join(said)


def _links(declaration: Declaration) -> Schema:
    """From an item that was created to what can be done with it (OpenAPI 3.1, Link Object)."""
    names = [spec.name for spec in declaration.identifying]
    return {
        each.name: {
            "operationId": operation_id(declaration, each.name),
            "parameters": {name: f"$response.body#/{name}" for name in names},
            "description": f"{each.title} that was just created.".replace(" a ", " the ", 1),
        }
        for each in item_operations(declaration)
    }
