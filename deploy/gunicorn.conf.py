# ruff: noqa: INP001 - gunicorn reads it; nothing imports it
"""gunicorn behind one of the proxies beside this file: gunicorn -c deploy/gunicorn.conf.py myapp:app."""
# tests/test_deploy_servers.py runs it.

bind = "127.0.0.1:8000"
workers = 2
worker_class = "gthread"
threads = 4
# Or else SCRIPT_NAME, PATH_INFO and the scheme are taken from what clients send, if the proxy is on this machine.
forwarded_allow_ips = ""
# Restwell takes a URI of 4096 bytes and answers a longer one itself; gunicorn's own limit is below that.
limit_request_line = 8190
# The proxies give a connection up that rests for 5 s.
keepalive = 10
timeout = 30
graceful_timeout = 10
