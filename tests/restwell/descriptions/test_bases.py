"""Documents are kept without the base URL, and are as if they had been written for it."""

import pytest

from restwell import public
from restwell.descriptions import About, Descriptions, written
from restwell.flow.endings import endings
from restwell.model.declare import declare
from restwell.representations import FORMATS
from restwell.surface.addresses import DOCUMENTS, NAMED, Address, Addresses
from tests.api import Sample
from tests.examples import Framework

ADDRESSES = Addresses([declare(Framework, "/frameworks", read=public()), declare(Sample, "/samples", read=public())])
ABOUT = About("An API", "1", "What it is for.", endings, FORMATS)
EVERY = [Address(kind, path) for path, kind in DOCUMENTS.items()] + [
    Address(kind, f"{path}/{name}", None, name) for path, kind in NAMED.items() for name in ADDRESSES._names[path]
]


@pytest.mark.parametrize("base", ["http://h", "https://api.example:8443/a%20b/v1;x=(1)", "http://localhost:65535"])
def test_a_document_is_the_same_for_every_base(base: str) -> None:
    descriptions = Descriptions(ADDRESSES, ABOUT)
    for address in EVERY:
        assert descriptions.at(address, base) == written(address, ADDRESSES.declarations, ABOUT, base)
