"""MariaDB, which holds models and tables of others, and of Restwell's own only the few that an API needs."""
