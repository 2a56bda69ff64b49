"""DuckDB, which is only read."""
