"""Engines of applications: their pools, their connections, their sessions."""
