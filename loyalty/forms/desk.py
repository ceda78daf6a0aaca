"""What the desk fills in: gifts, coupons, points by hand, stars by hand."""

from datetime import date, timedelta
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from loyalty.models import CouponKind, Tier
from stores.models import Store


def new_key() -> str:
    """A key made with the form: sent twice, it counts once."""
    return uuid4().hex


class Labelled(forms.ModelChoiceField):
    """A choice shown by its label, in the language of the page."""

    def label_from_instance(self, obj: object) -> str:
        return obj.label


class KeyedForm(StaffForm):
    """A form that does its deed once, however often it is sent."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["initial"] = {"key": new_key(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class RedeemRewardForm(KeyedForm):
    button = _("Hand out")

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=99, initial=1)
    store = Labelled(label=_("Store"), queryset=Store.objects.none())

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.initial.setdefault("store", stores.first())


class RedeemPointsForm(KeyedForm):
    button = _("Redeem")

    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=1_000_000_000)
    reason = forms.CharField(
        label=_("What for"), max_length=200, widget=forms.TextInput(attrs={"placeholder": _("parking, delivery …")})
    )
    store = Labelled(label=_("Store"), queryset=Store.objects.none())

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
        self.initial.setdefault("store", stores.first())


class CouponForm(KeyedForm):
    button = _("Issue")

    kind = Labelled(label=_("Kind of coupon"), queryset=CouponKind.objects.filter(is_active=True).order_by("code"))


class AdjustmentForm(StaffForm):
    button = _("Ask for it")

    points = forms.IntegerField(
        label=_("Points"),
        min_value=-1_000_000_000,
        max_value=1_000_000_000,
        help_text=_("Negative to take points away."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_points(self) -> int:
        points = self.cleaned_data["points"]
        if not points:
            raise forms.ValidationError(_("Say how many points to add or to take."))
        return points


class GrantForm(StaffForm):
    button = _("Grant")

    tier = Labelled(label=_("Star"), queryset=Tier.objects.none())
    until_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, tiers: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].queryset = tiers
        today = timezone.localdate()
        self.initial.setdefault("until_on", date(today.year + 1, 12, 31))

    def until(self) -> date:
        """The day after the last one: how the ledger says it."""
        return self.cleaned_data["until_on"] + timedelta(days=1)


class ReasonForm(StaffForm):
    """Why: kept with the deed in the audit trail."""

    button = _("Confirm")
    reason = forms.CharField(label=_("Reason"), max_length=200)
