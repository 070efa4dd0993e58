"""Who calls, in every way that matters: what each of them sends."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.test import Client

from scoreboard_project.testing.cast import ANA, BOB, CAROL, SERVER, Player
from scoreboard_project.tokens.principal import Scope
from scoreboard_project.tokens.tokens import issue_access_token
from scores.trust.visibility import ban_users, hide_users

# In metadata, user agent and address of what ana did: nobody else may see it.
SECRET = "note-of-ana-alone"
BANNED, HIDDEN = Player("banned", "Banned"), Player("hidden", "Hidden")


def all_callers() -> Mapping[str, Client]:
    """By name. Ana has scored; the banned and the hidden user are in the database."""
    for player in (ANA, BOB, CAROL, BANNED, HIDDEN):
        player.act(metadata={"note": SECRET} if player is ANA else None)
    ban_users(["banned"], reason="a test")
    hide_users(["hidden"], reason="a test")
    expired = issue_access_token(user_id="ana", username="Ana", lifetime=-600)
    callers = {
        "nobody": Client(),
        "expired": _with({"Authorization": f"Bearer {expired}"}),
        "nonsense": _with({"Authorization": "Bearer a.b.c"}),
        "ana": _with(ANA.bearer()),
        "bob": _with(BOB.bearer()),
        "hidden": _with(HIDDEN.bearer()),
        "banned": _with(BANNED.bearer()),
        "viewer": _with(CAROL.bearer(Scope.VIEW_LIVE)),
        "reader": _with(SERVER.bearer(Scope.READ_ANY)),
        "server": _with(SERVER.bearer(Scope.WRITE_ANY)),
        "moderator": _with(SERVER.bearer(Scope.MODERATE)),
        "staff": Client(),
        "plain": Client(),
    }
    callers["staff"].force_login(User.objects.create_superuser("root"))
    callers["plain"].force_login(User.objects.create_user("plain"))
    return callers


def _with(headers: Mapping[str, str]) -> Client:
    return Client(headers=headers)
