"""Applications that show one thing each."""
