"""Around the service, where it is asked for: what no decision needs to know of."""
