"""Forms about segments and service packages."""

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Segment, ServicePackage
from kit.forms import Labelled, LabelledMany, StaffForm
from staff.access import stores_for
from staff.models import User
from stores.models import Store

MOST_BYTES = 20 * 1024 * 1024


class WordsForm(StaffForm):
    """What a segment is called and for; its rule is beside it on the page."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    note = forms.CharField(label=_("What changed"), max_length=200, required=False)

    def __init__(self, user: User, *args: object, is_new: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.inputs = []
        if is_new:
            self.fields["store"].queryset = stores_for(user).order_by("code")
            del self.fields["note"]
        else:
            del self.fields["store"]
        # Typing begins in the rule or in the name, as one likes: nothing takes the focus after a change of the rule.
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
        last = "store" if is_new else "note"
        self.helper.layout = Layout(
            Row(Column("name", css_class="col-sm-6"), Column("name_en", css_class="col-sm-6")),
            Row(Column("description", css_class="col-sm-6"), Column(last, css_class="col-sm-6")),
        )


class PinForm(StaffForm):
    """A member in or out by hand."""

    button = _("Put in or keep out")
    number = forms.CharField(label=_("Member number, phone or card"), max_length=40)
    pin = forms.TypedChoiceField(
        label=_("By hand"),
        coerce=int,
        choices=[(1, pgettext_lazy("segment", "Belongs")), (-1, pgettext_lazy("segment", "Does not belong"))],
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs.pop("autofocus", None)


class UploadForm(StaffForm):
    """A list of members as a segment."""

    button = _("Upload")
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, CSV.GZ or XLSX. The first column holds member numbers, phones or cards; up to 20 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.gz,.xlsx,.txt"}),
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user).order_by("code")

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


class PackageForm(StaffForm):
    """A service package and the segments it is for."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    place = forms.ChoiceField(label=_("Where"), choices=ServicePackage.Place)
    words = forms.CharField(label=_("What is offered"), max_length=300, required=False)
    unit_cost = forms.DecimalField(label=_("Cost of one use (yuan)"), min_value=0, max_digits=13, decimal_places=2)
    per_year = forms.IntegerField(label=_("Uses a year, at most"), min_value=1, max_value=1000, required=False)
    store = Labelled(Store.objects.none(), label=_("Store"), required=False, empty_label=_("The whole chain"))
    segments = LabelledMany(Segment.objects.none(), label=_("For the members of"), required=False)
    is_active = forms.BooleanField(label=_("Offered now"), required=False, initial=True)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user).order_by("code")
        self.fields["segments"].queryset = Segment.objects.filter(state=Segment.State.ACTIVE).order_by("name")

    def layout(self) -> Layout:
        def row(*names: str) -> Row:
            return Row(*(Column(name, css_class="col-sm-6") for name in names))

        return Layout(
            row("name", "name_en"),
            row("place", "store"),
            "words",
            row("unit_cost", "per_year"),
            "segments",
            "is_active",
        )
