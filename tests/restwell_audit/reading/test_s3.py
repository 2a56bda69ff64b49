"""The XML of S3: names are parts of URLs, and no links."""

from __future__ import annotations

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading

API = "http://s3.example"
NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
BUCKETS = (
    "<ListAllMyBucketsResult{0}><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>one</Name></Bucket>"
    "<Bucket><Name>two</Name></Bucket></Buckets></ListAllMyBucketsResult>"
)
KEYS = (
    "<ListBucketResult{0}><Name>one</Name><Contents><Key>a b.txt</Key><Size>3</Size></Contents>"
    "<Contents><Key>dir/c.txt</Key></Contents></ListBucketResult>"
)


def s3(content: str, path: str = "/") -> Reading:
    return reading(content, "application/xml", url=API + path)


@pytest.mark.parametrize("namespace", [NAMESPACE, ""])
def test_buckets_are_below_the_service_and_keys_below_the_bucket(namespace: str) -> None:
    buckets, keys = s3(BUCKETS.format(namespace)), s3(KEYS.format(namespace), "/one?list-type=2")
    assert [each.target for each in buckets.members or ()] == [f"{API}/one", f"{API}/two"]
    assert [each.target for each in keys.members or ()] == [f"{API}/one/a%20b.txt", f"{API}/one/dir/c.txt"]
    assert dict((keys.members or ())[0].data) == {"Key": "a b.txt", "Size": "3"}
    assert (keys.syntax, keys.hypermedia, keys.by_name, keys.links) == ("s3", False, True, ())


def test_an_empty_bucket_is_a_collection_and_an_error_none() -> None:
    assert s3(f"<ListBucketResult{NAMESPACE}><Name>one</Name></ListBucketResult>").members == ()
    error = s3("<Error><Code>NoSuchKey</Code></Error>")
    assert (error.is_error, error.members) == (True, None)
