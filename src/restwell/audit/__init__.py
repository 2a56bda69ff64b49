"""The auditor: how RESTful is an API, shown by evidence. It judges any API, and knows none from inside."""
