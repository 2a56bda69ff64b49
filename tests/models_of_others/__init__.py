"""Applications that serve the models of packages of others, untouched, in a few lines each."""
