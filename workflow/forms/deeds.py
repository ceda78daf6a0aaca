"""What somebody can do on the page of a request; each form posts to its own address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from workflow.forms.base import PeopleField, PersonField
from workflow.models import ExportRequest

MODES = (("all", _("all must approve")), ("any", _("one decides")), ("ordered", _("one after another")))
WHERE = (("before", _("before me")), ("after", _("after me, I approve now")), ("parallel", _("beside me")))


def _words(required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=_("Comment"), max_length=1000, required=required, widget=forms.Textarea(attrs={"rows": 2})
    )


class ApproveForm(StaffForm):
    comment = _words()
    button = _("Approve")


class RejectForm(StaffForm):
    comment = _words(required=True)
    button, look = _("Reject"), "btn-danger"


class ReturnForm(StaffForm):
    """The choices of `node` are the earlier nodes of the request."""

    node = forms.ChoiceField(label=_("Back to"), required=False)
    comment = _words(required=True)
    button = _("Send back")

    def __init__(self, nodes: list[tuple[str, str]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"].choices = [("", _("who asked")), *nodes]


class PassOnForm(StaffForm):
    to = PersonField(label=_("Colleague"))
    comment = _words()
    button = _("Pass on")


class DelegateForm(PassOnForm):
    button = _("Ask for an opinion")


class OpinionForm(StaffForm):
    comment = _words(required=True)
    button = _("Give my opinion")


class AddForm(StaffForm):
    people = PeopleField(label=_("Colleagues"))
    where = forms.ChoiceField(label=_("Where"), choices=WHERE)
    mode = forms.ChoiceField(label=_("Rule among them"), choices=MODES)
    comment = _words()
    button = _("Add")


class CopyForm(StaffForm):
    people = PeopleField(label=_("Colleagues"))
    button = _("Send a copy")


class CommentForm(StaffForm):
    comment = _words(required=True)
    button = _("Leave a comment")


class AttachForm(StaffForm):
    upload = forms.FileField(label=_("File"), max_length=200)
    button = _("Attach")


class WithdrawForm(StaffForm):
    comment = _words()
    button, look = _("Withdraw"), "btn-danger"


class TakeBackForm(StaffForm):
    comment = _words()
    button, look = _("Take my decision back"), "btn-danger"


class ResubmitForm(StaffForm):
    comment = _words()
    button = _("Submit again")


class RevokeForm(StaffForm):
    comment = _words(required=True)
    button, look = _("Ask to revoke"), "btn-danger"


class TerminateForm(StaffForm):
    comment = _words(required=True)
    button, look = _("Terminate"), "btn-danger"


class ReassignForm(StaffForm):
    """The choices of `task` are the open tasks of the request."""

    task = forms.ChoiceField(label=_("Task"))
    to = PersonField(label=_("Colleague"))
    comment = _words()
    button = _("Give to")

    def __init__(self, tasks: list[tuple[str, str]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].choices = tasks


class HandOverForm(StaffForm):
    leaver = PersonField(label=_("Who leaves"))
    to = PersonField(label=_("Who takes over"))
    comment = _words()
    button = _("Hand over")


class DelegationForm(StaffForm):
    to_user = PersonField(label=_("Deputy"))
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Through"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    flows = forms.ModelMultipleChoiceField(
        None, label=_("Only for these flows"), required=False, help_text=_("None chosen: all of them.")
    )
    max_amount = forms.DecimalField(
        label=_("Only up to (yuan)"), max_digits=13, decimal_places=2, min_value=0, required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    button = _("Let them decide for me")

    def __init__(self, flows: object, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flows"].queryset = flows


class ExportForm(StaffForm):
    path = forms.CharField(widget=forms.HiddenInput, max_length=300)
    query = forms.CharField(widget=forms.HiddenInput, max_length=2000, required=False)
    name = forms.CharField(widget=forms.HiddenInput, max_length=80)
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    purpose = forms.CharField(label=_("What it is for"), max_length=200)
    format = forms.ChoiceField(label=_("Format"), choices=ExportRequest.Format.choices, required=False)
    unmasked = forms.BooleanField(
        label=_("With numbers in full"),
        required=False,
        help_text=_("Needs a permission of its own; the purpose is kept as the reason."),
    )
    button = _("Ask for approval")
