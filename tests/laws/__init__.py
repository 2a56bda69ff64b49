"""Laws that hold for every declaration, value and query, as properties: `examples.py` says how many are tried."""
