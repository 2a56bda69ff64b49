# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Kinto with two buckets, in memory."""

import sys
from pathlib import Path

from pyramid.paster import get_app
from waitress import serve

SETTINGS = Path(__file__).with_name("kinto.ini")
app = get_app(str(SETTINGS), "main", options={"http_port": sys.argv[1]})


def ask(path, start_response=lambda *_: None):
    """Create a bucket by the API itself."""
    environ = {
        "REQUEST_METHOD": "PUT", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": sys.argv[1], "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": f"127.0.0.1:{sys.argv[1]}",
        "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer, "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    b"".join(app(environ, start_response))


for bucket in ("blog", "shop"):
    ask(f"/v1/buckets/{bucket}")
serve(app, host="127.0.0.1", port=int(sys.argv[1]))
