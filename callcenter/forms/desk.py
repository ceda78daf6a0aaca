"""Forms of the desk: visits, articles, hand-overs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.models import Case, CaseCategory, HandOver, Promise, VisitReason
from kit import phones
from kit.forms import Labelled, LabelledMany, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from stores.models import Store


class VisitForm(StaffForm):
    """Somebody without a card, or whose card nobody has looked up, came to the desk."""

    button = _("Register")
    reason = Labelled(VisitReason.objects.filter(is_active=True), label=_("Reason"))
    visitor_name = forms.CharField(label=_("Name"), max_length=60, required=False)
    visitor_phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    store = Labelled(Store.objects.none(), label=_("Store"))

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user).filter(is_active=True).order_by("code")
        self.fields["store"].queryset = stores
        self.fields["store"].initial = first.pk if (first := stores.first()) else None

    def clean_visitor_phone(self) -> str:
        typed = self.cleaned_data["visitor_phone"]
        try:
            return phones.reachable(typed) if typed else ""
        except phones.InvalidPhone as exc:
            raise forms.ValidationError(str(exc)) from exc


class MemberVisitForm(forms.Form):
    """One key: a member came, for this reason, to this store."""

    reason = forms.ModelChoiceField(VisitReason.objects.filter(is_active=True))
    store = forms.ModelChoiceField(Store.objects.none(), required=False)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user)


class ArticleForm(StaffForm):
    """An article in both languages."""

    title = forms.CharField(label=_("Title"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    body = forms.CharField(label=_("Text"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8}))
    body_en = forms.CharField(
        label=_("Text in English"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    categories = LabelledMany(CaseCategory.objects.filter(is_active=True), label=_("Categories"), required=False)
    valid_until = day_field(_("Valid until"))


class HandOverForm(StaffForm):
    """What the shift leaves behind."""

    button = _("Hand over")
    store = Labelled(Store.objects.none(), label=_("Store"))
    shift = forms.ChoiceField(label=_("Shift"), choices=HandOver.Shift)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5}))
    cases = forms.ModelMultipleChoiceField(
        Case.objects.none(), label=_("My cases"), required=False, widget=forms.CheckboxSelectMultiple
    )
    promises = forms.ModelMultipleChoiceField(
        Promise.objects.none(), label=_("My promises"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user).filter(is_active=True).order_by("code")
        self.fields["store"].queryset = stores
        self.fields["store"].initial = first.pk if (first := stores.first()) else None
        mine = Case.objects.standing().filter(owner_id=user.pk).order_by("solution_due_at")
        self.fields["cases"].queryset = mine
        self.fields["promises"].queryset = Promise.objects.unsettled().filter(owner_id=user.pk).order_by("due_at")
        for name in ("cases", "promises"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]
