"""How the pages write numbers and addresses; `live/static/live/rows.js` writes them the same way."""

from urllib.parse import quote

from django import template
from django.urls import reverse

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """15420 → 15,420."""
    return f"{number:,}"


@register.filter
def player_address(user_id: str) -> str:
    """The page of that player, whatever characters the id holds."""
    return reverse("player-page", args=["x"])[:-1] + quote(user_id, safe="")
