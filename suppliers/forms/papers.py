"""Forms about licences, certificates and people."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm, day_field
from staff.access import counters_for
from staff.models import User
from suppliers.models import LicenceType, PartyPerson


class LicenceForm(StaffForm):
    type = forms.ModelChoiceField(None, label=_("Type"))
    number = forms.CharField(label=_("Number"), max_length=60, required=False)
    valid_from = day_field(_("Valid from"))
    valid_to = day_field(_("Valid to"), help_text=_("Leave empty when it does not run out."))
    scan = forms.FileField(
        label=_("Scan"), required=False, help_text=_("PDF, JPEG or PNG, up to 8 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip

    def __init__(self, holder: str, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].queryset = LicenceType.objects.filter(holder=holder, is_active=True)
        self.fields["type"].label_from_instance = lambda type: type.label


class PersonForm(StaffForm):
    name = forms.CharField(label=_("Name"), max_length=60)
    role = forms.ChoiceField(label=_("Position"), choices=PartyPerson.Role)
    counter = forms.ModelChoiceField(None, label=_("Counter"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    entered_on = day_field(_("Entered on"), required=True)

    def __init__(self, user: User, *args: object, person: PartyPerson | None = None, **kwargs: object) -> None:
        if person is not None:
            kwargs["initial"] = {name: getattr(person, name) for name in self.base_fields}
        else:
            kwargs.setdefault("initial", {"entered_on": timezone.localdate()})
        super().__init__(*args, **kwargs)
        counters = counters_for(user).filter(is_active=True).select_related("store").order_by("store", "code")
        self.fields["counter"].queryset = counters
        self.fields["counter"].label_from_instance = lambda counter: f"{counter.store.label} · {counter.label}"


class LastDayForm(StaffForm):
    left_on = day_field(_("Last day"), required=True)

    button = _("Note the leaving")
