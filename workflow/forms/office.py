"""Bulletins, tasks, documents, circulations."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.forms import Labelled, LabelledMany, StaffForm, day_field
from staff.access import stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Department, Store
from workflow.forms.expenses import FilesField
from workflow.models import Circulation, OfficialDocument


def colleagues() -> object:
    return User.objects.filter(is_active=True).order_by("display_name", "username")


class BulletinForm(StaffForm):
    button = _("Publish")

    title = forms.CharField(label=_("Title"), max_length=120)
    body = forms.CharField(label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 8}))
    stores = LabelledMany(
        label=_("Stores"), queryset=Store.objects.none(), required=False, help_text=_("None chosen: all of them.")
    )
    departments = LabelledMany(label=_("Departments"), queryset=Department.objects.none(), required=False)
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, required=False)
    until = day_field(_("Shown until"))
    files = FilesField(label=_("Files"), required=False)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user)
        self.fields["stores"].queryset = stores
        self.fields["departments"].queryset = Department.objects.filter(store__in=stores)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        for name in ("stores", "departments"):
            data[name] = [one.pk for one in data.get(name) or ()]
        return data


class TaskForm(StaffForm):
    button = _("Give the task")

    title = forms.CharField(label=_("Task"), max_length=120)
    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_on = day_field(_("Due on"))
    detail = forms.CharField(
        label=_("Details"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    points = forms.CharField(
        label=_("Checklist"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One point a line.")
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues()
        self.initial.setdefault("owner", user.pk)

    def clean_points(self) -> list[str]:
        return [line.strip()[:200] for line in self.cleaned_data["points"].splitlines() if line.strip()][:50]


class HandForm(StaffForm):
    to = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_on = day_field(_("Due on"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues()


class NoteForm(StaffForm):
    button = _("Write it down")

    text = forms.CharField(label=_("How does it go?"), max_length=500)


class DocumentForm(StaffForm):
    button = _("Register")

    kind = forms.ChoiceField(label=_("Kind"), choices=OfficialDocument.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    correspondent = forms.CharField(label=_("From or to"), max_length=120)
    their_number = forms.CharField(label=_("Their number"), max_length=60, required=False)
    dated_on = day_field(_("Date"), required=True)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=OfficialDocument.Urgency.choices)
    secrecy = forms.ChoiceField(
        label=_("Secrecy"), choices=OfficialDocument.Secrecy.choices, initial=OfficialDocument.Secrecy.INTERNAL
    )
    store = Labelled(label=_("Store"), queryset=Store.objects.none(), required=False, empty_label=_("The whole chain"))
    files = FilesField(label=_("Files"), required=False)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores_for(user)
        self.initial.setdefault("dated_on", timezone.localdate())


class ArchiveForm(StaffForm):
    button = _("Archive")

    place = forms.CharField(label=_("Place in the archive"), max_length=80)


class CirculationForm(StaffForm):
    button = _("Pass it round")

    title = forms.CharField(label=_("Title"), max_length=200)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    mode = forms.ChoiceField(label=_("How"), choices=Circulation.Mode.choices, initial=Circulation.Mode.AT_ONCE)
    readers = forms.ModelMultipleChoiceField(label=_("Readers"), queryset=User.objects.none())
    files = FilesField(label=_("Files"), required=False)

    def __init__(self, *args: object, document: OfficialDocument | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["readers"].queryset = colleagues()
        if document is not None:
            self.initial.setdefault("title", document.title)


class ReaderForm(StaffForm):
    button = _("Add")

    reader = forms.ModelChoiceField(label=_("Reader"), queryset=User.objects.none())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reader"].queryset = colleagues()


class RemarkForm(StaffForm):
    button = _("I have read it")

    remark = forms.CharField(label=_("Remark"), max_length=500, required=False)
