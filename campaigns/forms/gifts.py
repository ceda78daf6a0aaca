"""Forms about gifts: delivered, counted, handed out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import Labelled, StaffForm
from stores.models import Store


class StockForm(StaffForm):
    """Pieces that arrive in a store or leave it."""

    store = Labelled(Store.objects.none(), label=_("Store"), empty_label=None)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=1_000_000)
    note = forms.CharField(label=_("Note"), max_length=120, required=False)

    def __init__(self, stores: object, *args: object, button: object = "", **kwargs: object) -> None:
        self.button = button or self.button
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores


class CountForm(StockForm):
    """What was counted."""

    quantity = forms.IntegerField(label=_("Counted pieces"), min_value=0, max_value=1_000_000)


class HandOutForm(forms.Form):
    """The store in which a gift is handed out: a hidden field of the button."""

    store = forms.ModelChoiceField(Store.objects.none())

    def __init__(self, stores: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores
