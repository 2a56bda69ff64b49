"""What can be seen of a running API: listeners to one stream of events, which never change an answer."""
