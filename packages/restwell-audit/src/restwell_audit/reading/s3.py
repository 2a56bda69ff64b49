"""Reads the XML of S3: buckets have their names below the service, and objects their keys below the bucket.

The names are no links: that they are parts of URLs is said by the documentation of S3, not by `application/xml`.
"""

from __future__ import annotations

from urllib.parse import quote
from xml.etree import ElementTree as ET

from .affordances import Reading
from .gathering import Gathered
from .targets import without_query

SYNTAX = "s3"
NAMESPACES = ("{http://s3.amazonaws.com/doc/2006-03-01/}", "")
LISTS = {
    "ListAllMyBucketsResult": ("Buckets/", "Bucket", "Name"),
    "ListBucketResult": ("", "Contents", "Key"),
    "ListVersionsResult": ("", "Version", "Key"),
}
"""For each root the path to its members, their name, and the element that has the name of one."""
ROOTS = tuple(f"{namespace}{name}" for namespace in NAMESPACES for name in (*LISTS, "Error"))
MAX_KEYS = 10_000


def read(root: ET.Element, base: str) -> Reading:
    """The buckets of a service, or the objects of a bucket."""
    namespace, _, name = root.tag.rpartition("}")
    if name not in LISTS:
        return Reading(SYNTAX, is_error=True)
    prefix = f"{namespace}}}" if namespace else ""
    outer, member, key = LISTS[name]
    path = f"{prefix}{outer[:-1]}/{prefix}{member}" if outer else f"{prefix}{member}"
    found = Gathered(base)
    found.collection()
    here = without_query(base)
    for each in root.findall(path)[:MAX_KEYS]:
        own = (each.findtext(f"{prefix}{key}") or "").strip()
        data = {part.tag.removeprefix(prefix): (part.text or "").strip() for part in each if not len(part)}
        found.member(data, found.target(f"{here}/{quote(own, safe='/')}") if own else "")
    return Reading(SYNTAX, by_name=True, members=found.members)
