"""The API beside Flask: what may import Flask, apart from `extension.py` and applications."""
