"""How the pages format numbers and addresses. `live/static/live/rows.js` formats them the same way."""

from urllib.parse import quote

from django import template
from django.urls import reverse

register = template.Library()


@register.filter
def thousands(number: float) -> str:
    """15420 → 15,420; at most two decimals: 575.0 → 575, 33.33 → 33.33."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}".rstrip("0").rstrip(".")


@register.filter
def player_address(user_id: str) -> str:
    """The address of the player's page. The id may contain any character."""
    return reverse("player-page", args=["x"])[:-1] + quote(user_id, safe="")
