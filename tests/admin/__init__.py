"""API Platform's admin, as it is published, over an API of Restwell's, in Chromium."""
