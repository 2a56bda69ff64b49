"""Models and tables of others: what SQLAlchemy knows of them, as resources."""
