"""The software that is judged by hand: `python -m tests.restwell_audit.others etcd`. CI installs none of it.

It is what Debian has, and what requirements/others-by-hand.txt and npm_by_hand/package-lock.json name.
"""

import base64
import json

from tests.restwell_audit.others.install import APPS, FOR_HANDS
from tests.restwell_audit.others.software import Software

PYTHON = FOR_HANDS.python
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HTML = "text/html"
SCRAPE_ITSELF = 'scrape_configs: [{{job_name: own, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]'
SERVE_PROMETHEUS = "prometheus --config.file own.yml --storage.tsdb.path data --web.listen-address 127.0.0.1:{port}"
AWS = "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
SOLID = FOR_HANDS.node_modules / "@solid/community-server/bin/server.js"


def _basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def _script(name: str, *arguments: str) -> tuple[str, ...]:
    return ("sh", str(APPS / f"{name}.sh"), *arguments)


def _posted(path: str, *every: dict[str, str]) -> list[tuple[str, str, str, bytes]]:
    return [("POST", path, JSON, json.dumps(each).encode()) for each in every]


BY_HAND = {
    "etcd": Software(
        ("etcd", "--enable-v2", "--data-dir", "data", "--listen-client-urls", "http://127.0.0.1:{port}",
         "--advertise-client-urls", "http://127.0.0.1:{port}", "--listen-peer-urls", "http://127.0.0.1:0"),
        "/v2/keys", filling=[("PUT", f"/v2/keys/{name}", FORM, b"value=1") for name in ("one", "two")],
    ),
    "prometheus": Software(
        ("sh", "-c", f"echo '{SCRAPE_ITSELF}' > own.yml && exec {SERVE_PROMETHEUS}"), "/api/v1/targets",
        says=b"scrapeUrl",
    ),
    "transmission": Software(
        ("transmission-daemon", "--foreground", "--config-dir", "config", "--rpc-bind-address", "127.0.0.1", "--port",
         "{port}", "--no-dht", "--no-lpd", "--no-portmap"),
        "/transmission/rpc", 409, HTML,
    ),
    "rabbitmq": Software(
        _script("serve_rabbitmq", "{port}", "{more[0]}", "{more[1]}", "{more[2]}"), "/api/queues", says=rb"\[",
        filling=[("PUT", f"/api/queues/%2F/{name}", JSON, b'{"durable": true}') for name in ("mails", "orders")],
        filled=rb"messages_details.*messages_details", headers=_basic("guest", "guest"),
    ),
    "syncthing": Software(
        _script("serve_syncthing", "{port}"), "/rest/config", says=b"devices", headers={"X-API-Key": "not-a-secret"},
    ),
    "mailman": Software(
        _script("serve_mailman", PYTHON, "{port}"), "/3.1/lists", says=b"http_etag",
        filling=[
            *_posted("/3.1/domains", {"mail_host": "example.com"}),
            *_posted("/3.1/lists", {"fqdn_listname": "one@example.com"}, {"fqdn_listname": "two@example.com"}),
        ],
        headers=_basic("restadmin", "restpass"),
    ),
    "placement": Software(
        _script("serve_placement", PYTHON, "{port}"), "/resource_providers", says=b"resource_providers",
        filling=_posted("/resource_providers", {"name": "one"}, {"name": "two"}),
        headers={"X-Auth-Token": "admin"},
    ),
    "solid": Software(
        ("node", str(SOLID), "--port", "{port}", "--loggingLevel", "warn", "--baseUrl", "http://127.0.0.1:{port}/"),
        "/", media_type="text/turtle",
        filling=[("PUT", f"/notes/{name}", "text/turtle", b"<> a <#Note> .") for name in ("one", "two")],
    ),
    "pygeoapi": Software(_script("serve_pygeoapi", PYTHON, "{port}"), files=("pygeoapi.yml", "lakes.geojson")),
    "s3": Software(
        (PYTHON, "-m", "moto.server", "--host", "127.0.0.1", "--port", "{port}"), "/photos/",
        headers={"Authorization": AWS},
        media_type="application/xml",
        filling=[
            ("PUT", "/photos", "application/xml", b""), ("PUT", "/photos/cat.txt", "text/plain", b"a cat"),
            ("PUT", "/photos/dog.txt", "text/plain", b"a dog"),
        ],
    ),
}  # fmt: skip
"""What CI does not install."""
