"""What a moderator may go on to from a page: links to the form of moderations, filled in, which shows a dry run."""

from collections.abc import Iterator
from datetime import UTC
from ipaddress import ip_address
from urllib.parse import urlencode

from django.urls import reverse

from scores.admin.review.chart import Times
from scores.models import Flag, ModeratedUser, UserScore

# Title and address.
Step = tuple[str, str]


def steps_of(flag: Flag) -> list[Step]:
    return [*_reversals(flag), *steps_about(flag.user_id)]


def steps_about(user_id: str) -> Iterator[Step]:
    """Hide, ban and hold the user, or undo that; and all else that can be done about a user."""
    user = UserScore.objects.filter(pk=user_id).first()
    if user is None:
        return
    moderated = ModeratedUser.objects.filter(pk=user_id).first()
    states = (
        (moderated is not None and moderated.is_hidden, "hide", "Hide the user", "show", "Show the user again"),
        (moderated is not None and moderated.is_banned, "ban", "Ban the user", "unban", "End the ban"),
        (user.is_held, "hold", "Hold the user", "release", "Release the user"),
    )
    for is_so, what, title, undo, undo_title in states:
        yield _step(undo_title if is_so else title, what=undo if is_so else what, user_id=user.user_id)
    yield _step("Reverse everything", what="user", user_id=user.user_id)
    yield _step("Award or deduct", what="award", user_id=user.user_id)
    yield _step("Revoke tokens", what="revoke", user_id=user.user_id)


def _reversals(flag: Flag) -> Iterator[Step]:
    """Reverse what was done in the time that the flag is about."""
    times = _times((flag.seen_from, flag.seen_until))
    yield _step("Reverse this time", what="user", user_id=flag.user_id, **times)
    if address := _address(flag.evidence.get("address")):
        yield _step("Reverse all of this address", what="address", ip_address=address, **times)


def _step(title: str, **values: str) -> Step:
    return title, f"{reverse('admin:scores_moderation_add')}?{urlencode(values)}"


def _times(times: Times) -> dict[str, str]:
    """Dates and times are separate fields of the form."""
    found: dict[str, str] = {}
    for name, moment in zip(("since", "until"), times, strict=True):
        utc = moment.astimezone(UTC)
        found |= {f"{name}_0": f"{utc:%Y-%m-%d}", f"{name}_1": f"{utc:%H:%M:%S}"}
    return found


def _address(text: object) -> str:
    """A single address. Of a network of IPv6 events cannot be chosen."""
    try:
        return str(ip_address(str(text)))
    except ValueError:
        return ""
