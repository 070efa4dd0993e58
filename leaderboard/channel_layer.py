"""The channel layer that carries the boards' hints."""

from channels.layers import BaseChannelLayer, get_channel_layer
from django.core.exceptions import ImproperlyConfigured


def board_channel_layer() -> BaseChannelLayer:
    """The project's only layer. Raises ImproperlyConfigured if CHANNEL_LAYERS has no default."""
    layer = get_channel_layer()
    if layer is None:
        raise ImproperlyConfigured("CHANNEL_LAYERS has no default layer: set one")
    return layer
