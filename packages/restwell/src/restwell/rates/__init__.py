"""How much a caller may ask for: what is declared, who is counted, and what is left."""
