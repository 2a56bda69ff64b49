"""The API as it is declared: its addresses, operations and documents."""
