"""Forms about cases: opening one on one screen, and what is done with it."""

from datetime import date, timedelta

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.models import AnswerTemplate, Case, CaseCategory, Kind, Priority
from callcenter.services.cases import Line
from kit import phones
from kit.forms import Labelled, StaffForm
from loyalty.models import CouponKind, Reward
from sales.selectors.purchases import Purchase
from staff.access import stores_for
from staff.models import User
from staff.roles import roles_with
from stores.models import Counter, Department, Store


def line_value(purchase: Purchase) -> str:
    """A receipt line as a choice names it."""
    line = purchase.line
    return f"{line.sold_on:%Y-%m-%d}:{line.receipt_id}:{line.line_no}"


def parsed_line(value: str) -> Line | None:
    """The receipt line a choice or an address names; None for what is none."""
    try:
        day, receipt_id, line_no = value.split(":")
        return date.fromisoformat(day), int(receipt_id), int(line_no)
    except ValueError:
        return None


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class CategoryField(Labelled):
    """Categories in use, the finer ones named with their main one."""

    def __init__(self, **kwargs: object) -> None:
        rows = CaseCategory.objects.filter(is_active=True).select_related("parent").order_by("code")
        super().__init__(rows, required=False, label=_("Category"), **kwargs)

    def label_from_instance(self, obj: CaseCategory) -> str:
        return f"{obj.parent.label} · {obj.label}" if obj.parent else obj.label


class CounterField(Labelled):
    """The counters of some stores, each with its code."""

    def label_from_instance(self, obj: Counter) -> str:
        return f"{obj.code} {obj.label}"


class CaseForm(StaffForm):
    """A new case on one screen: what, who, which purchase, whom to ask at once."""

    button = _("Open the case")

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    channel = forms.ChoiceField(label=_("Channel"), choices=Case.Channel)
    category = CategoryField()
    priority = forms.ChoiceField(
        label=_("Priority"), choices=[("", _("as the category says")), *Priority.choices], required=False
    )
    title = forms.CharField(label=_("In short"), max_length=120)
    description = forms.CharField(label=_("What happened"), max_length=4000, required=False, widget=_area(4))
    line = forms.ChoiceField(label=_("Purchase concerned"), required=False)
    store = Labelled(Store.objects.none(), label=_("Store"))
    counter = CounterField(Counter.objects.none(), label=_("Counter"), required=False)
    caller_name = forms.CharField(label=_("Name"), max_length=60, required=False)
    caller_phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    tags = forms.CharField(label=_("Tags"), max_length=120, required=False, help_text=_("With spaces between them."))
    question = forms.CharField(
        label=_("Ask the counter at once"), max_length=500, required=False,
        help_text=_("The counter answers within four working hours."),
    )  # fmt: skip
    is_mine = forms.BooleanField(label=_("I see to it myself"), required=False, initial=True)

    def __init__(
        self, user: User, *args: object, has_member: bool, purchases: list[Purchase], **kwargs: object
    ) -> None:
        self.has_member = has_member
        super().__init__(*args, **kwargs)
        stores = stores_for(user).filter(is_active=True)
        self.fields["store"].queryset = stores
        counters = Counter.objects.filter(store__in=stores.values("pk"), is_active=True)
        self.fields["counter"].queryset = counters.order_by("store", "code")
        if not self.initial.get("store") and (first := stores.order_by("code").first()):
            self.fields["store"].initial = first.pk
        told = [(line_value(one), _told(one)) for one in purchases]
        self.fields["line"].choices = [("", _("none")), *told]
        for name in ("caller_name", "caller_phone") if has_member else (() if purchases else ("line",)):
            del self.fields[name]
        if has_member and not purchases:
            del self.fields["line"]
        self.helper.layout = self._arranged()
        if not self.is_bound:
            self._focus(["caller_name"] if "caller_name" in self.fields else ["title"])

    def _arranged(self) -> Layout:
        rows = [
            Row(Column("kind"), Column("channel"), Column("priority")),
            Row(Column("title", css_class="col-md-8"), Column("category", css_class="col-md-4")),
            "description",
        ]
        if "caller_name" in self.fields:
            rows.insert(0, Row(Column("caller_name"), Column("caller_phone")))
        if "line" in self.fields:
            rows.append("line")
        rows += [Row(Column("store"), Column("counter")), "question", Row(Column("tags")), "is_mine"]
        return Layout(*rows)

    def clean_caller_phone(self) -> str:
        typed = self.cleaned_data["caller_phone"]
        try:
            return phones.reachable(typed) if typed else ""
        except phones.InvalidPhone as exc:
            raise forms.ValidationError(str(exc)) from exc

    def clean_line(self) -> Line | None:
        return parsed_line(self.cleaned_data["line"])

    def clean_tags(self) -> list[str]:
        return self.cleaned_data["tags"].replace("，", " ").replace(",", " ").split()

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if data.get("question") and not data.get("counter") and not data.get("line"):
            self.add_error("counter", _("Which counter is asked?"))
        return data


def _told(purchase: Purchase) -> str:
    line = purchase.line
    place = line.counter.label if line.counter else ""
    return f"{line.sold_on:%Y-%m-%d} · {place} · {line.product.name} · ¥{line.net_amount:,.2f}"


class CaseEditForm(StaffForm):
    """What a case is about, corrected."""

    title = forms.CharField(label=_("In short"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    category = CategoryField()
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority)
    tags = forms.CharField(label=_("Tags"), max_length=160, required=False, help_text=_("With spaces between them."))

    def clean_tags(self) -> list[str]:
        return self.cleaned_data["tags"].replace("，", " ").replace(",", " ").split()


class AssignForm(StaffForm):
    """Whose case it becomes."""

    button = _("Hand it over")
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(role__in=roles_with("callcenter.work_case"), is_active=True)
        self.fields["owner"].queryset = people.order_by("display_name", "pk")


class WordsForm(StaffForm):
    """Something written into the timeline."""

    button = _("Write it down")
    text = forms.CharField(label=_("In words"), max_length=4000, required=False, widget=_area(3))
    file = forms.FileField(label=_("File"), required=False)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not data.get("text") and not data.get("file"):
            self.add_error("text", _("Please write something."))
        return data


class MessageForm(StaffForm):
    """A text to the member."""

    button = _("Send the text")
    text = forms.CharField(label=_("Text"), max_length=500, widget=_area(5))


class TemplateForm(forms.Form):
    """Which template is put into the text: a choice in the address, so it works without a script."""

    template = Labelled(AnswerTemplate.objects.filter(is_active=True), label=_("Template"), required=False)


class StepForm(StaffForm):
    """A question to a counter, a department or a person, with its time."""

    button = _("Ask")
    question = forms.CharField(label=_("Question or instruction"), max_length=500, widget=_area(3))
    counter = CounterField(Counter.objects.none(), label=_("Counter"), required=False)
    department = Labelled(Department.objects.none(), label=_("or a department"), required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("or a person"), required=False)
    hours = forms.DecimalField(
        label=_("Working hours to answer"), min_value=1, max_value=200, max_digits=5, decimal_places=2, initial=4
    )

    def __init__(self, case: Case, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        counters = Counter.objects.filter(store_id=case.store_id, is_active=True)
        self.fields["counter"].queryset = counters.order_by("code")
        self.fields["department"].queryset = Department.objects.filter(store_id=case.store_id)
        people = User.objects.filter(role__in=roles_with("callcenter.answer_step"), is_active=True)
        self.fields["person"].queryset = people.order_by("display_name", "pk")

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if sum(bool(data.get(name)) for name in ("counter", "department", "person")) != 1:
            self.add_error("counter", _("Ask one place: a counter, a department or a person."))
        return data


class AnswerForm(StaffForm):
    """The answer to a step, with a picture if it helps."""

    button = _("Send the answer")
    answer = forms.CharField(label=_("Answer"), max_length=2000, widget=_area(4))
    file = forms.FileField(label=_("Picture or paper"), required=False)


class DeclineForm(StaffForm):
    """Why a step is not for this place."""

    button = _("Decline")
    look = ""
    reason = forms.CharField(label=_("Why it is not for you"), max_length=300)


class PromiseForm(StaffForm):
    """What is promised, until when, by whom."""

    button = _("Promise")
    what = forms.CharField(label=_("What is promised"), max_length=300)
    due_at = forms.DateTimeField(
        label=_("To be kept until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Who keeps it"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(role__in=roles_with("callcenter.answer_step"), is_active=True)
        self.fields["owner"].queryset = people.order_by("display_name", "pk")
        tomorrow = timezone.localtime().replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.fields["due_at"].initial = tomorrow


class WaitForm(StaffForm):
    """For whom the case waits, and why."""

    button = _("Let it wait")
    waits_for = forms.ChoiceField(label=_("It waits for"), choices=Case.WaitsFor)
    why = forms.CharField(label=_("What for"), max_length=300)


class SolveForm(StaffForm):
    """The solution."""

    button = _("Solved")
    solution = forms.CharField(label=_("Solution"), max_length=2000, widget=_area(4))


class ConfirmForm(StaffForm):
    """How we know that the member agrees."""

    button = _("The member agrees")
    how = forms.CharField(label=_("How the member told us"), max_length=200)


class WhyForm(StaffForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: object, button: object = "", **kwargs: object) -> None:
        self.button = button or self.button
        super().__init__(*args, **kwargs)


class CompensationForm(StaffForm):
    """Points, a coupon or a gift: one of them."""

    button = _("Give it")
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10_000_000, required=False)
    coupon_kind = Labelled(
        CouponKind.objects.filter(is_active=True).order_by("code"), label=_("or a coupon"), required=False
    )
    reward = Labelled(
        Reward.objects.filter(is_active=True, stock__gt=0).order_by("points"), label=_("or a gift"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if sum(bool(data.get(name)) for name in ("points", "coupon_kind", "reward")) != 1:
            self.add_error("points", _("Choose one: points, a coupon or a gift."))
        return data


class RatingForm(forms.Form):
    """The member's word by the link."""

    stars = forms.TypedChoiceField(
        choices=[(n, str(n)) for n in range(1, 6)], coerce=int, empty_value=None, required=False
    )
    words = forms.CharField(max_length=1000, required=False)


class NotSettledForm(forms.Form):
    """What is still wrong, by the link."""

    reason = forms.CharField(label=_("What is still wrong?"), max_length=500)
