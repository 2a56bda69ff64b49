"""The API beside Flask."""
