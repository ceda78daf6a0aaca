"""Forms of the member's own pages."""

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.layout import Column, Div, Field, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from members import wording
from members.forms.people import BirthdayFields, LabelledStores
from members.models import Consent, Member
from members.services.editing import Address
from stores.models import Store

ADDRESS = ("province", "city", "district", "street", "postcode")


class NumberForm(StaffForm):
    """A mobile number, to which a code is sent."""

    button = _("Send me a code")
    look = "btn-primary btn-wide"

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
    )


class CodeForm(StaffForm):
    """The six digits."""

    button = _("Go on")
    look = "btn-primary btn-wide"

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("Code from the SMS"),
        max_length=12,
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-input"}),
    )


def _birthday_rows() -> tuple[Row, Row]:
    return (
        Row(Column("birth_calendar", css_class="col-6"), Column("birth_year", css_class="col-6")),
        Row(
            Column("birth_month", css_class="col-4"),
            Column("birth_day", css_class="col-4"),
            Column("birth_is_leap", css_class="col-4 align-self-center pt-3"),
        ),
    )


class ConsentBoxes(forms.Form):
    """One box for each channel, unticked."""

    consent_sms = forms.BooleanField(label=wording.SENTENCES["sms"], required=False)
    consent_phone = forms.BooleanField(label=wording.SENTENCES["phone"], required=False)
    consent_email = forms.BooleanField(label=wording.SENTENCES["email"], required=False)
    consent_wechat = forms.BooleanField(label=wording.SENTENCES["wechat"], required=False)
    consent_post = forms.BooleanField(label=wording.SENTENCES["post"], required=False)


class ApplyForm(StaffForm, BirthdayFields, ConsentBoxes):
    """A card in one form; every consent is a box of its own, unticked."""

    button = _("Get my card")
    look = "btn-primary btn-wide"

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Member.Gender.choices, required=False, widget=forms.RadioSelect
    )
    store = LabelledStores(label=_("Your store"), queryset=Store.objects.none(), empty_label=None)
    terms = forms.BooleanField(
        label=wording.TERMS, error_messages={"required": _("Without this we cannot keep a membership.")}
    )

    field_order = ["name", "gender"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = Store.objects.filter(is_active=True)

    def layout(self) -> Layout:
        boxes = Div(*[Field(f"consent_{channel}") for channel in wording.SENTENCES], css_class="consent-boxes")
        return Layout("name", InlineRadios("gender"), *_birthday_rows(), "store", "terms", boxes)

    def application(self) -> dict[str, object]:
        """The cleaned values as `apply_for_card` takes them."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "gender": data["gender"],
            "birthday": data["birthday"],
            "store": data["store"],
            "consents": [channel for channel in wording.SENTENCES if data[f"consent_{channel}"]],
        }


class OwnDetailsForm(StaffForm, BirthdayFields):
    """What a member may change alone; birthday and gender only while nothing is known."""

    gender = forms.ChoiceField(label=_("Gender"), choices=Member.Gender.choices, required=False)
    language = forms.ChoiceField(label=_("Preferred language"), choices=Member.Language.choices)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    province = forms.CharField(label=_("Province"), max_length=40, required=False)
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    district = forms.CharField(label=_("District"), max_length=40, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)

    look = "btn-primary btn-wide"
    field_order = ["email", "language"]

    def __init__(self, member: Member, *args: object, **kwargs: object) -> None:
        self.member = member
        fields = ("email", "language", *ADDRESS)
        super().__init__(*args, initial={field: getattr(member, field) for field in fields}, **kwargs)

    def layout(self) -> Layout:
        asked: list[object] = []
        if self.member.gender:
            del self.fields["gender"]
        else:
            asked.append("gender")
        if self.member.has_birthday:
            for name in [name for name in self.fields if name.startswith("birth_")]:
                del self.fields[name]
        else:
            asked += _birthday_rows()
        return Layout(
            "email",
            "language",
            *asked,
            Row(Column("province", css_class="col-6"), Column("city", css_class="col-6")),
            Row(Column("district", css_class="col-6"), Column("postcode", css_class="col-6")),
            "street",
        )

    def details(self) -> dict[str, object]:
        """The cleaned values as `edit_own_details` takes them."""
        data = self.cleaned_data
        return {
            "email": data["email"],
            "language": data["language"],
            "gender": data.get("gender", ""),
            "birthday": data.get("birthday"),
            "address": Address(**{part: data[part] for part in ADDRESS}),
        }


class ConsentAnswerForm(forms.Form):
    """One switch: a channel, yes or no."""

    channel = forms.ChoiceField(choices=Consent.Channel.choices)
    granted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
