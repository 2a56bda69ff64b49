"""A plan in, an outcome out: the only part of Restwell that knows a database."""
