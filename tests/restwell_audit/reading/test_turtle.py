"""Turtle: what its statements link."""

from __future__ import annotations

import time

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://rdf.example"
FOAF = "http://xmlns.com/foaf/0.1/"


def turtle(content: str) -> Reading:
    return reading(content, "text/turtle", url=f"{API}/ada")


@pytest.mark.parametrize("content", [
    f"@prefix f: <{FOAF}> . <> f:knows </bob> .",
    f"PREFIX f: <{FOAF}>\n<> f:knows </bob>.",
    f"@prefix : <{FOAF}> . @base <{API}/> . </ada> :knows <bob> .",
    f"<> <{FOAF}knows> </bob>; <{FOAF}name> 'Ada', \"Ada; Countess\"@en-GB, \"\"\"a . \"b\" \"\"\"^^<http://x/y>.",
    f"@prefix f: <{FOAF}>. # who; <> f:knows </eve>.\n<> f:age 36,37; f:height 1.7e0; f:dead true; f:knows </bob>;.",
], ids=["prefix", "sparql", "base", "literals", "comment and numbers"])  # fmt: skip
def test_predicates_are_relations(content: str) -> None:
    found = turtle(content)
    assert targets(found)[f"{FOAF}knows"] == f"{API}/bob"
    assert (found.syntax, found.hypermedia) == ("turtle", True)


def test_nodes_without_a_name_and_lists_are_read_through() -> None:
    found = turtle(f"<> <{FOAF}knows> [ <{FOAF}homepage> </home> ], _:b ; <{FOAF}made> ( </one> [] ) .")
    assert targets(found)[f"{FOAF}homepage"] == f"{API}/home"


def test_what_is_before_a_fault_is_read() -> None:
    assert targets(turtle(f"<> <{FOAF}knows> </bob> . <> nonsense"))[f"{FOAF}knows"] == f"{API}/bob"


@pytest.mark.parametrize("content", ["", "nonsense", "<", "<>", "@prefix", "[[[[", "<> <x:y> " + "[<x:y> " * 5000])
def test_what_is_not_turtle_says_nothing_and_takes_no_time(content: str) -> None:
    began = time.process_time()
    assert not turtle(content).members
    assert time.process_time() - began < 1
