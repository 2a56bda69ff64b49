"""Credentials in, a grant out: who is asking, and what that caller may do."""
