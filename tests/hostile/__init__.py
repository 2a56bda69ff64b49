"""Attacks, each with the answer that is right."""
