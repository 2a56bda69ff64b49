"""The auditor: how RESTful is an API, shown by evidence. It judges any API from outside, and knows none from inside."""
