"""A worker of `restwell serve`: passes requests of the server to the application, and its responses back."""
