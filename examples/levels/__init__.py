"""The Frameworks API four times: one application for each level of the Richardson Maturity Model."""
