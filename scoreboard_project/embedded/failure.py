"""The one error that the embedded services raise on purpose."""


class EmbeddedError(Exception):
    """Something that the person at the terminal can act on: the message is shown as it is, without a traceback."""
