"""The API beside Flask: what may import Flask, apart from `web/flask/api.py` and applications."""
