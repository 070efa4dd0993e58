"""The form that begins a moderation: what to do, and to whom."""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminRadioSelect, AdminSplitDateTime
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from action_types.models import ActionType
from scoreboard_project.api.errors import ApiError
from scoreboard_project.tokens.claims.token_claims import MAX_USER_ID_LENGTH, is_well_formed_text
from scores.admin.moderating.events import ReverseEvents
from scores.admin.moderating.order import Order
from scores.admin.moderating.users import USER_STEPS, AwardPoints, ModerateUsers
from scores.models import MAX_SCORE, REVERSAL, ScoreEvent, UserScore
from scores.trust.selections import MAX_ACTIONS, Selection

CHOICES = [
    (
        "Reverse",
        [
            ("events", "these events"),
            ("user", "everything of a user"),
            ("address", "everything from an address"),
            ("action_type", "everything of an action type"),
        ],
    ),
    ("Users", [("hide", "hide a user"), ("ban", "ban a user"), ("hold", "hold what a user does")]),
    ("Undo", [("show", "show a user again"), ("unban", "end a ban"), ("release", "release a user who is held")]),
    ("Others", [("award", "award or deduct points"), ("revoke", "revoke a user's tokens")]),
]
TIMES = ("since", "until")
MAX_AWARD_ID_LENGTH = 100
# The fields that each choice needs. The others of USED may be empty.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "events": ("events",),
    "user": ("user_id",),
    "address": ("ip_address", "since"),
    "action_type": ("action_type", "since"),
    "award": ("user_id", "points"),
    **dict.fromkeys(USER_STEPS, ("user_id",)),
}
USER_CHOICES = ("award", *USER_STEPS)
USED: Mapping[str, tuple[str, ...]] = {
    **NEEDED,
    **{what: tuple(dict.fromkeys([*NEEDED[what], *TIMES])) for what in ("user", "address", "action_type")},
}


class OrderForm(forms.Form):
    """Valid, it has an `order`."""

    what = forms.ChoiceField(label="What to do", choices=CHOICES, widget=AdminRadioSelect)
    user_id = forms.CharField(
        label="User id",
        required=False,
        max_length=MAX_USER_ID_LENGTH,
        strip=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
    )
    events = forms.CharField(
        label="Events",
        required=False,
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4, "spellcheck": "false"}),
        help_text=f"Ids of events or actions, each on a line. At most {MAX_ACTIONS:,}.",
    )
    ip_address = forms.GenericIPAddressField(
        label="Address", required=False, widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})
    )
    action_type = forms.ModelChoiceField(
        label="Action type", required=False, queryset=ActionType.objects.exclude(pk=REVERSAL).order_by("pk")
    )
    since = forms.SplitDateTimeField(
        label="From (UTC)", required=False, widget=AdminSplitDateTime, help_text="Events from this time on."
    )
    until = forms.SplitDateTimeField(
        label="Until (UTC)", required=False, widget=AdminSplitDateTime, help_text="Events before it. Empty: until now."
    )
    points = forms.IntegerField(
        label="Points",
        required=False,
        min_value=-MAX_SCORE,
        max_value=MAX_SCORE,
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
        help_text="Negative ones are deducted.",
    )
    award_id = forms.CharField(max_length=MAX_AWARD_ID_LENGTH, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:  # noqa: ANN401 - Django's own
        """What is sent first has no id of an award yet; what is sent again has."""
        if data is not None and not is_well_formed_text(data.get("award_id", ""), MAX_AWARD_ID_LENGTH):
            data = data.copy()
            data["award_id"] = str(uuid.uuid4())
        super().__init__(data, **options)

    def sent_again(self) -> list[tuple[str, str]]:
        """What the page between this form and the work has to send: names and values as they came."""
        names = {"what", "award_id", *USED[self.cleaned_data["what"]]}
        return [(key, value) for key, value in self.data.items() if re.sub(r"_[01]$", "", key) in names]

    def first_values(self) -> dict[str, Any]:
        """For a form that is to be filled in further, or changed."""
        return {**self.cleaned_data, "events": self.data.get("events", "")}

    def clean_events(self) -> list[str]:
        """The ids of the actions."""
        ids = list(dict.fromkeys(re.split(r"[\s,]+", self.cleaned_data["events"].strip())))
        if ids == [""]:
            return []
        if len(ids) > MAX_ACTIONS:
            raise forms.ValidationError(f"Choose at most {MAX_ACTIONS:,} events. There are {len(ids):,}.")
        found = dict(_known_events(ids))
        if unknown := [name for name in ids if name not in found and name not in found.values()]:
            raise forms.ValidationError(f"There is no such event: {', '.join(name[:100] for name in unknown[:5])}.")
        return list(dict.fromkeys(found.values()))

    def clean_user_id(self) -> str:
        """Without the spaces around it, unless they belong to it."""
        user_id: str = self.cleaned_data["user_id"]
        if user_id.strip() and not is_well_formed_text(user_id.strip(), MAX_USER_ID_LENGTH):
            raise forms.ValidationError("This cannot be a user id.")
        return user_id if UserScore.objects.filter(pk=user_id).exists() else user_id.strip()

    def clean_since(self) -> datetime | None:
        since: datetime | None = self.cleaned_data["since"]
        if since and since >= timezone.now():
            raise forms.ValidationError("This time has not come yet.")
        return since

    def clean_until(self) -> datetime | None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data["until"]
        if since and until and until <= since:
            raise forms.ValidationError("This has to be later than the time from which on.")
        return cast("datetime | None", until)

    def clean_points(self) -> int | None:
        points: int | None = self.cleaned_data["points"]
        if points == 0:
            raise forms.ValidationError("Award or deduct at least one point.")
        return points

    def clean(self) -> dict[str, Any]:
        """Fields that the choice does not use are ignored, their errors too."""
        what = self.cleaned_data.get("what", "")
        for name in [name for name in self.errors if name not in ("what", *USED.get(what, ()))]:
            del self.errors[name]
        for name in NEEDED.get(what, ()):
            if name not in self.errors and self.cleaned_data.get(name) in (None, "", []):
                self.add_error(name, self.fields[name].error_messages["required"])
        self._refuse_unknown_user(what)
        if not self.errors:
            self._make_order(what)
        return self.cleaned_data

    def _refuse_unknown_user(self, what: str) -> None:
        """Those who never scored can be banned, and their tokens revoked."""
        user_id = self.cleaned_data.get("user_id")
        must_exist = "user_id" in USED.get(what, ()) and what not in ("ban", "revoke")
        if must_exist and user_id and not UserScore.objects.filter(pk=user_id).exists():
            self.add_error("user_id", "There is no such user.")

    def _make_order(self, what: str) -> None:
        try:
            self.order = ORDERS.get(what, _moderate_user)(self.cleaned_data)
        except ApiError as error:
            self.add_error(None, str(error))


def _known_events(ids: list[str]) -> list[tuple[str, str]]:
    """Pairs of event id and action id."""
    found = ScoreEvent.objects.filter(Q(event_id__in=ids) | Q(action_id__in=ids))
    return list(found.order_by("created_at", "event_id").values_list("event_id", "action_id"))


def _reverse_events(values: Mapping[str, Any]) -> Order:
    return ReverseEvents(Selection(action_ids=values["events"]))


def _reverse_between(values: Mapping[str, Any]) -> Order:
    what = values["what"]
    chosen = {
        "user": {"user_id": values["user_id"]},
        "address": {"ip_address": values.get("ip_address")},
        "action_type": {"action_type": getattr(values.get("action_type"), "pk", None)},
    }[what]
    return ReverseEvents(Selection(**chosen, since=values["since"], until=values["until"]))


def _award(values: Mapping[str, Any]) -> Order:
    return AwardPoints(values["user_id"], values["points"], values["award_id"])


def _moderate_user(values: Mapping[str, Any]) -> Order:
    return ModerateUsers(USER_STEPS[values["what"]], [values["user_id"]])


ORDERS: Mapping[str, Callable[[Mapping[str, Any]], Order]] = {
    "events": _reverse_events,
    "user": _reverse_between,
    "address": _reverse_between,
    "action_type": _reverse_between,
    "award": _award,
}
