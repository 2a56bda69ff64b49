"""Sets of links as JSON."""

from restwell_audit.reading import Link
from tests.restwell_audit.reading.responses import reading

CATALOG = {
    "linkset": [
        {
            "anchor": "http://api.example/.well-known/api-catalog",
            "item": [{"href": "/v1/", "title": "The API"}, {"href": "/v2/"}],
        },
        {
            "anchor": "http://api.example/v1/",
            "service-desc": [{"href": "openapi.json", "type": "application/json"}],
            "service-doc": [{"href": "/docs", "title*": [{"value": "Wegweiser", "language": "de"}]}],
        },
    ]
}


def test_every_link_of_a_catalogue_is_read() -> None:
    found = reading(CATALOG, "application/linkset+json", url="http://api.example/.well-known/api-catalog")
    assert (found.syntax, found.hypermedia, found.members) == ("linkset", True, None)
    assert found.links == (
        Link("http://api.example/v1/", "item", title="The API"),
        Link("http://api.example/v2/", "item"),
        Link("http://api.example/.well-known/openapi.json", "service-desc", media_type="application/json"),
        Link("http://api.example/docs", "service-doc", title="Wegweiser"),
    )


def test_it_is_known_by_its_look_but_then_its_media_type_defines_nothing() -> None:
    found = reading(CATALOG, "application/json")
    assert (found.syntax, found.hypermedia, len(found.links)) == ("linkset", False, 4)


def test_what_is_no_set_of_links_has_none() -> None:
    for content in ({"linkset": 1}, {"linkset": [1, {"item": "x"}, {"item": [{"href": 1}, 2]}]}, {}):
        assert reading(content, "application/linkset+json").links == ()
