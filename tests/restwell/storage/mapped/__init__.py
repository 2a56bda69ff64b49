"""Models and tables of others, each module by itself."""
