"""Observing a running API: events, and the listeners that are called with them. They never change an answer."""
