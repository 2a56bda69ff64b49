"""What an application declares."""
