"""What moderators do, through the API."""
