"""Forms of journeys and their steps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.journeys.steps import Step
from campaigns.journeys.triggers import triggers
from campaigns.models import ContentVersion, MessageTemplate, Segment, Send
from kit.forms import Labelled, StaffForm
from loyalty.models import CouponKind
from staff.access import stores_for
from staff.models import User
from stores.models import Store

CHANNELS = [one for one in Send.Channel.choices if one[0] in ("sms", "email", "site")]
LONG = {"max_length": 2000, "widget": forms.Textarea(attrs={"rows": 3})}


class JourneyForm(StaffForm):
    """What a journey is; its steps are written on its page."""

    name = forms.CharField(label=pgettext_lazy("journey", "Name"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    trigger = forms.ChoiceField(label=_("Begins with"))
    days = forms.IntegerField(
        label=_("Days"), min_value=0, max_value=730, required=False,
        help_text=_("Ahead of the day or after it, as the beginning says; empty: the usual number."),
    )  # fmt: skip
    segment = Labelled(Segment.objects.none(), label=_("Only members of"), required=False, empty_label=_("everybody"))
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    holdout = forms.IntegerField(
        label=_("Holdout, per cent"), min_value=0, max_value=50, initial=10,
        help_text=_("Chosen by chance, pass every step and get nothing: only so you learn what the journey earns."),
    )  # fmt: skip
    rest_days = forms.IntegerField(
        label=_("Not again within days"), min_value=0, max_value=3650, initial=30,
        help_text=_("Who went this way enters again only after so many days."),
    )  # fmt: skip

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = [(one.key, one.label) for one in triggers().values()]
        self.fields["segment"].queryset = Segment.objects.filter(state=Segment.State.ACTIVE).order_by("name")
        self.fields["store"].queryset = stores_for(user)

    @property
    def facts(self) -> dict[str, Any]:
        """What the services take."""
        data = dict(self.cleaned_data)
        data["holdout_share"] = data.pop("holdout") * 100
        return data


class JourneyEditForm(JourneyForm):
    """The beginning and the store stay once a journey was made."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["trigger"], self.fields["store"]

    @property
    def facts(self) -> dict[str, Any]:
        found = super().facts
        found["days"] = found["days"] or 0
        return found


class _Wordings(forms.ModelChoiceField):
    def label_from_instance(self, content: ContentVersion) -> str:
        return f"{content.template.name} · {content.body[:60]}"


class StepForm(StaffForm):
    """One step of a kind; the fields are those of its kind."""

    def __init__(self, kind: str, step: Step | None, *args: object, **kwargs: object) -> None:
        self.kind, self.step = kind, step
        super().__init__(*args, initial=self._initial(step), **kwargs)
        self.fields.update(_FIELDS[kind]())
        self._focus(list(self.fields))

    @staticmethod
    def _initial(step: Step | None) -> dict[str, Any]:
        if step is None:
            return {}
        found = {name: getattr(step, name) for name in ("days", "hour", "channel", "content", "script", "script_en", "coupon", "words", "words_en", "otherwise")}  # fmt: skip
        found["instead"] = bool(step.instead)
        if leaf := next(iter(step.rule.get("rules", [])), None):
            is_purchase = leaf["field"] == "stat.last_bought_on"
            found |= {"bought": leaf["value"]} if is_purchase else {"segment": leaf["value"][0]}
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.kind == "condition" and bool(data.get("segment")) == bool(data.get("bought")):
            self.add_error("segment", _("Choose a segment, or say within how many days; one of the two."))
        return data

    @property
    def made(self) -> Step:
        """The step that was filled in."""
        data = self.cleaned_data
        match self.kind:
            case "wait":
                return Step("", "wait", days=data["days"] or 0, hour=data["hour"])
            case "message":
                content = data["content"]
                instead = "phone" if data["instead"] else ""
                return Step(
                    "", "message", channel=content.template.channel, content=content.pk, instead=instead,
                    script=data["script"] if instead else "", script_en=data["script_en"] if instead else "",
                )  # fmt: skip
            case "call":
                return Step("", "call", script=data["script"], script_en=data["script_en"])
            case "condition":
                segment, bought = data["segment"], data["bought"]
                leaf = (
                    {"field": "segment.member", "test": "is_one_of", "value": [str(segment.pk)]}
                    if segment
                    else {"field": "stat.last_bought_on", "test": "in_last", "value": bought}
                )
                rule = {"version": 1, "op": "all", "rules": [leaf]}
                return Step("", "condition", rule=rule, otherwise=data["otherwise"])
            case "coupon":
                return Step("", "coupon", coupon=data["coupon"].pk)
            case _:
                return Step("", "desk", words=data["words"], words_en=data["words_en"], days=data["days"])


def _script(required: bool) -> dict[str, forms.Field]:
    return {
        "script": forms.CharField(label=_("What the caller says"), required=required, **LONG),
        "script_en": forms.CharField(label=_("What the caller says, in English"), required=False, **LONG),
    }


def _wait() -> dict[str, forms.Field]:
    hours = [("", _("any hour")), *((hour, f"{hour:02}:00") for hour in range(24))]
    return {
        "days": forms.IntegerField(label=_("Days"), min_value=0, max_value=365, initial=1),
        "hour": forms.TypedChoiceField(label=_("until"), choices=hours, coerce=int, empty_value=None, required=False),
    }


def _message() -> dict[str, forms.Field]:
    newest = ContentVersion.objects.filter(
        template__channel__in=[one for one, _label in CHANNELS], template__state=MessageTemplate.State.ACTIVE
    )
    return {
        "content": _Wordings(newest.select_related("template").order_by("-pk"), label=_("Wording")),
        "instead": forms.BooleanField(label=_("Call who cannot be written to"), required=False),
        **_script(False),
    }


def _condition() -> dict[str, forms.Field]:
    others = [("end", _("leave the journey")), ("skip", _("leave the next step out"))]
    active = Segment.objects.filter(state=Segment.State.ACTIVE).order_by("name")
    return {
        "segment": Labelled(active, label=_("Belongs to the segment"), required=False, empty_label=_("—")),
        "bought": forms.IntegerField(label=_("or: bought within days"), min_value=1, max_value=3660, required=False),
        "otherwise": forms.ChoiceField(label=_("All others"), choices=others),
    }


def _coupon() -> dict[str, forms.Field]:
    kinds = CouponKind.objects.filter(is_active=True).order_by("code")
    return {"coupon": Labelled(kinds, label=_("Kind of coupon"))}


def _desk() -> dict[str, forms.Field]:
    return {
        "words": forms.CharField(label=_("What colleagues say or do"), **LONG),
        "words_en": forms.CharField(label=_("The same in English"), required=False, **LONG),
        "days": forms.IntegerField(label=_("Shown for days"), min_value=1, max_value=365, initial=7),
    }


_FIELDS = {
    "wait": _wait, "message": _message, "call": lambda: _script(True), "condition": _condition, "coupon": _coupon,
    "desk": _desk,
}  # fmt: skip
