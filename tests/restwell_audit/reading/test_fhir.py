"""FHIR: bundles, references below the service base, and the capability statement."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example/fhir"
FHIR = "application/fhir+json"


def fhir(content: Any, path: str, media_type: str = FHIR) -> Reading:
    return reading(content, media_type, url=API + path)


def test_a_bundle_has_pages_members_and_what_they_refer_to() -> None:
    found = fhir({
        "resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": f"{API}?page=2"}],
        "entry": [
            {"fullUrl": f"{API}/Observation/1", "resource": {"resourceType": "Observation", "id": "1",
             "subject": {"reference": "Patient/9"}, "performer": [{"reference": "Practitioner/3"}]}},
            {"fullUrl": "urn:uuid:0c8ab1ea", "resource": {"resourceType": "Observation", "id": "2"}},
        ],
    }, "/Observation?code=x")  # fmt: skip
    assert targets(found) == {
        "next": f"{API}?page=2", "item": f"{API}/Observation/1 {API}/Observation/2", "subject": f"{API}/Patient/9",
        "performer": f"{API}/Practitioner/3", "capabilities": f"{API}/metadata",
    }  # fmt: skip
    assert [member.target for member in found.members or ()] == [f"{API}/Observation/1", f"{API}/Observation/2"]
    assert (found.syntax, found.hypermedia, found.protocol) == ("fhir", True, "FHIR")


def test_a_resource_refers_to_others_and_not_to_parts_of_itself() -> None:
    patient = {"resourceType": "Patient", "id": "9", "link": [{"other": {"reference": "Patient/8"}}],
               "generalPractitioner": [{"reference": "#p"}, {"reference": "urn:oid:1.2"}]}  # fmt: skip
    found = fhir(patient, "/Patient/9")
    assert targets(found) == {"other": f"{API}/Patient/8", "capabilities": f"{API}/metadata"}
    assert found.properties["id"] == "9"


def test_the_capability_statement_links_the_types() -> None:
    rest = {"mode": "server", "resource": [{"type": "Patient"}, {"type": "Observation"}]}
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}
    assert targets(fhir(statement, "/metadata")) == {"collection": f"{API}/Patient {API}/Observation"}


@pytest.mark.parametrize("path", ["/Patient", "/Patient/", "/Patient?name=a", "/Patient/9/_history", "/_history"])
def test_the_service_base_is_what_is_before_the_type(path: str) -> None:
    entry = {"resource": {"resourceType": "Patient", "id": "9"}}
    found = fhir({"resourceType": "Bundle", "type": "searchset", "entry": [entry]}, path)
    assert targets(found)["item"] == f"{API}/Patient/9"


def test_an_outcome_is_an_error_and_plain_json_defines_no_link() -> None:
    assert fhir({"resourceType": "OperationOutcome", "issue": []}, "/Patient/0").is_error
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    assert fhir(bundle, "/Patient", "application/json").hypermedia is False
