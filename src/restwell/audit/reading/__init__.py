"""A representation -> its links, operations and members, whatever its format: one module a syntax, one model out."""
