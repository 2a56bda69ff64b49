"""One request: from the first question to the answer."""
