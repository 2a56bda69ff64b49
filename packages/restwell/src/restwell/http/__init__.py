"""HTTP as values: the standard library only."""
