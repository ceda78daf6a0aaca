"""The short form at the desk, and the long one for details."""

from collections.abc import Mapping

from crispy_forms.bootstrap import InlineCheckboxes, InlineRadios
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from members.birthdays import Birthday, NotABirthday
from members.models import Consent, Member
from members.services.editing import Address
from staff.access import stores_for
from staff.models import User
from stores.models import Store


class LabelledStores(forms.ModelChoiceField):
    def label_from_instance(self, store: Store) -> str:
        return store.label


class BirthdayFields(forms.Form):
    """Month and day, solar or lunar; the year only where somebody wants to say it."""

    birth_calendar = forms.ChoiceField(label=_("Birthday"), choices=Member.Calendar.choices, required=False)
    birth_month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12, required=False)
    birth_day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31, required=False)
    birth_year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    birth_is_leap = forms.BooleanField(label=_("Leap month"), required=False)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        month, day = data.get("birth_month"), data.get("birth_day")
        data["birthday"] = None
        if bool(month) != bool(day):
            self.add_error("birth_day" if month else "birth_month", _("Give month and day, or neither."))
        elif month and day and not self.errors.keys() & {"birth_month", "birth_day", "birth_year"}:
            try:
                data["birthday"] = Birthday(
                    month,
                    day,
                    data.get("birth_year"),
                    data.get("birth_calendar") == "lunar",
                    bool(data.get("birth_is_leap")),
                )
            except NotABirthday as exc:
                self.add_error(next(iter(exc.fields or {"birth_day": ""})), str(exc))
        return data


def birthday_row() -> Row:
    """The five fields in one line; the leap month sits beside the month it may be."""
    half = "col-6 col-sm"
    return Row(
        Column("birth_calendar", css_class=f"{half}-3"),
        Column("birth_month", css_class=f"{half}-2"),
        Column("birth_day", css_class=f"{half}-2"),
        Column("birth_year", css_class=f"{half}-2"),
        Column("birth_is_leap", css_class=f"{half}-3 align-self-center pt-3"),
    )


class EnrolForm(StaffForm, BirthdayFields):
    """One short form: phone, name, Enter. The rest may wait."""

    button = _("Enrol")

    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "138 1234 4821"}),
    )
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Member.Gender.choices, required=False, widget=forms.RadioSelect
    )
    consents = forms.MultipleChoiceField(
        label=_("Agrees to offers by"),
        choices=[(c.value, c.label) for c in (Consent.Channel.SMS, Consent.Channel.PHONE, Consent.Channel.WECHAT)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    store = LabelledStores(label=_("Store"), queryset=Store.objects.none())
    identity = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        required=False,
        help_text=_("Only where it is needed; afterwards only its ends are shown."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    shares_phone = forms.BooleanField(required=False, widget=forms.HiddenInput)

    field_order = ["phone", "name", "gender"]

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_id = "enrol-form"
        stores = stores_for(user).filter(is_active=True)
        self.fields["store"].queryset = stores
        if "store" not in self.initial and (first := stores.first()):
            self.initial["store"] = first.pk

    def layout(self) -> Layout:
        return Layout(
            Row(Column("phone", css_class="col-sm-6"), Column("name", css_class="col-sm-6")),
            InlineRadios("gender"),
            birthday_row(),
            InlineCheckboxes("consents"),
            Row(Column("store", css_class="col-sm-6"), Column("identity", css_class="col-sm-6")),
        )


class MemberForm(StaffForm, BirthdayFields):
    """All details of a member; phones, cards and consent have pages of their own."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    gender = forms.ChoiceField(label=_("Gender"), choices=Member.Gender.choices, required=False)
    language = forms.ChoiceField(label=_("Preferred language"), choices=Member.Language.choices)
    email = forms.EmailField(label=_("E-mail"), required=False)
    home_store = LabelledStores(label=_("Home store"), queryset=Store.objects.none(), required=False)
    province = forms.CharField(label=_("Province"), max_length=40, required=False)
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    district = forms.CharField(label=_("District"), max_length=40, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)

    field_order = ["name", "name_en"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home_store"].queryset = Store.objects.filter(is_active=True)

    def layout(self) -> Layout:
        third = "col-sm-4"
        return Layout(
            Row(Column("name", css_class="col-sm-6"), Column("name_en", css_class="col-sm-6")),
            Row(
                Column("gender", css_class=third),
                Column("language", css_class=third),
                Column("home_store", css_class=third),
            ),
            birthday_row(),
            "email",
            Row(
                Column("province", css_class=third),
                Column("city", css_class=third),
                Column("district", css_class=third),
            ),
            Row(Column("street", css_class="col-sm-9"), Column("postcode", css_class="col-sm-3")),
        )

    @staticmethod
    def values_of(member: Member) -> Mapping[str, object]:
        """What the form shows before anybody types."""
        fields = (
            "name", "name_en", "gender", "language", "email", "province", "city", "district", "street", "postcode",
            "birth_calendar", "birth_month", "birth_day", "birth_year", "birth_is_leap",
        )  # fmt: skip
        return {**{field: getattr(member, field) for field in fields}, "home_store": member.home_store_id}

    def details(self) -> dict[str, object]:
        """The cleaned values as `edit_member` takes them."""
        data = self.cleaned_data
        address = Address(**{part: data[part] for part in ("province", "city", "district", "street", "postcode")})
        plain = {
            name: data[name] for name in ("name", "name_en", "gender", "language", "email", "home_store", "birthday")
        }
        return {**plain, "address": address}


class CategoryForm(StaffForm):
    category = forms.ChoiceField(
        label=_("Category"),
        choices=[c for c in Member.Category.choices if c[0] != Member.Category.GROUP],
    )


class EraseForm(StaffForm):
    """A last look before somebody is forgotten."""

    button = _("Erase for ever")
    look = "btn-danger"
    sure = forms.BooleanField(label=_("The member asked for this, and nothing is open any more."))


class ReasonForm(StaffForm):
    """Why: kept with the deed in the audit trail."""

    button = _("Confirm")
    reason = forms.CharField(label=_("Reason"), max_length=200)
