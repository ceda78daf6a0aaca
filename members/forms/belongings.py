"""Forms for what a member has: cards, phones, consent, notes, people who look after them."""

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field
from members.models import Consent, Member
from staff.access import counters_for, stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Counter, Store


class CardNumberForm(StaffForm):
    """A card: the next number of the sequence, or one that is printed already."""

    button = _("Issue card")
    number = forms.CharField(
        label=_("Printed number"),
        max_length=40,
        required=False,
        help_text=_("Leave empty for a new number."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class PhoneForm(StaffForm):
    phone = forms.CharField(
        label=_("Phone"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )


class NewPhoneForm(PhoneForm):
    make_primary = forms.BooleanField(label=_("Main number"), required=False)


class RevealForm(StaffForm):
    button = _("Show the number")
    reason = forms.ChoiceField(
        label=_("What for?"),
        choices=[
            ("callback", _("Call the member back")),
            ("check", _("The member stands here and asks")),
            ("delivery", _("Delivery or repair")),
            ("other", _("Something else")),
        ],
        widget=forms.RadioSelect,
        initial="callback",
    )


class ConsentForm(StaffForm):
    """One answer of a member about one channel."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Consent.Channel.choices)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices)
    granted = forms.TypedChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Agrees")), ("no", _("Refuses"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    source = forms.ChoiceField(
        label=_("Said where"),
        choices=[
            (s.value, s.label)
            for s in (Consent.Source.DESK, Consent.Source.PHONE, Consent.Source.TILL, Consent.Source.WEB)
        ],
    )
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Form number, recording, message …")
    )

    def layout(self) -> Layout:
        return Layout(
            Row(
                Column("channel", css_class="col-sm-4"),
                Column("purpose", css_class="col-sm-4"),
                Column("source", css_class="col-sm-4"),
            ),
            "granted",
            "evidence",
        )


class NoteForm(StaffForm):
    button = _("Add note")
    text = forms.CharField(label=_("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class Associates(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return str(user)


class Counters(forms.ModelChoiceField):
    def label_from_instance(self, counter: Counter) -> str:
        return f"{counter.code} {counter.label}"


class CareForm(StaffForm):
    """Who looks after the member, from when."""

    button = _("Assign")
    associate = Associates(label=_("Associate"), queryset=User.objects.none())
    counter = Counters(label=_("Counter"), queryset=Counter.objects.none(), required=False)
    from_on = day_field(_("From"), required=True)
    until_on = day_field(_("Until"))

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        through = User.stores.through.objects.filter(store__in=stores_for(user).values("pk"))
        self.fields["associate"].queryset = (
            User.objects.filter(is_active=True, role__in=[Role.ASSOCIATE, Role.CLERK])
            .filter(pk__in=through.values("user_id"))
            .order_by("display_name", "username")
        )
        self.fields["counter"].queryset = counters_for(user).filter(is_active=True).select_related("store")
        self.initial.setdefault("from_on", timezone.localdate())

    def layout(self) -> Layout:
        half = "col-sm-6"
        return Layout(
            Row(Column("associate", css_class=half), Column("counter", css_class=half)),
            Row(Column("from_on", css_class=half), Column("until_on", css_class=half)),
        )


class GroupContactForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    title = forms.CharField(label=_("Job title"), max_length=80, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)


class BuyerForm(StaffForm):
    button = _("Authorise and issue card")
    name = forms.CharField(label=_("Name"), max_length=120)
    id_note = forms.CharField(
        label=_("How we know them"), max_length=120, required=False, help_text=_("Staff pass, letter of the company …")
    )


class DiscountForm(StaffForm):
    discount = forms.DecimalField(
        label=_("Share of the price the group pays"),
        max_digits=5,
        decimal_places=4,
        min_value=0,
        max_value=1,
        required=False,
        help_text=_("0.85 means 15% off. Leave empty for none."),
    )


class GroupForm(StaffForm):
    """A company becomes a group member."""

    button = _("Enrol company")
    name = forms.CharField(label=_("Company"), max_length=120)
    phone = forms.CharField(label=_("Phone"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user).filter(is_active=True)
        self.fields["store"].queryset = stores
        self.fields["store"].label_from_instance = lambda store: store.label
        if "store" not in self.initial and (first := stores.first()):
            self.initial["store"] = first.pk


class ContactForm(StaffForm):
    """An onlooker: a name, a number or a wish is enough."""

    button = _("Note down")
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    gender = forms.ChoiceField(label=_("Gender"), choices=Member.Gender.choices, required=False)
    asked_for = forms.CharField(label=_("Asked for"), max_length=300, required=False)
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())
    counter = Counters(label=_("Counter"), queryset=Counter.objects.none(), required=False)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores = stores_for(user).filter(is_active=True)
        self.fields["store"].label_from_instance = lambda store: store.label
        self.fields["counter"].queryset = counters_for(user).filter(is_active=True)
        if "store" not in self.initial and (first := stores.first()):
            self.initial["store"] = first.pk

    def layout(self) -> Layout:
        half = "col-sm-6"
        return Layout(
            Row(Column("name", css_class=half), Column("phone", css_class=half)),
            "asked_for",
            Row(
                Column("gender", css_class="col-sm-4"),
                Column("store", css_class="col-sm-4"),
                Column("counter", css_class="col-sm-4"),
            ),
        )


class ConvertForm(StaffForm):
    button = _("Enrol")
    phone = forms.CharField(label=_("Phone"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    name = forms.CharField(label=_("Name"), max_length=120)
    # Sent by the button "Enrol as another person" only, which belongs to the form by its id.
    shares_phone = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, noted: str, *args: object, **kwargs: object) -> None:
        """`noted`: the number that was noted down, masked; it need not be typed again."""
        super().__init__(*args, **kwargs)
        self.helper.form_id = "enrol-form"
        if noted:
            self.fields["phone"].required = False
            self.fields["phone"].help_text = _("Leave empty for the number noted: %(phone)s") % {"phone": noted}

    def layout(self) -> Layout:
        return Layout("phone", "name")
