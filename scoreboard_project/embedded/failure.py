class EmbeddedError(Exception):
    """A problem that the person at the terminal can fix. They see the message alone, without a traceback."""
