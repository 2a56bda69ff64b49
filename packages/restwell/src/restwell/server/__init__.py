"""`restwell serve`, within a worker: from the server's requests to the application and back."""
