"""What is asked of a store, and what it answers."""
