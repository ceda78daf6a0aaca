"""Settings of the nodes of a draft, by dropdowns; every form gives back the settings as the definition holds them."""

from typing import Any

from crispy_forms.layout import Submit
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kit.forms import StaffForm
from staff.roles import Role
from workflow.engine.conditions import OPERATORS
from workflow.engine.definition import DEFAULTS
from workflow.forms.base import PeopleField, PersonField
from workflow.models import Step
from workflow.registry import Subject, registered
from workflow.sources import sources

SOURCES, MOST_SOURCES = 2, 10
TESTS, MOST_TESTS = 2, 10
BRANCHES = 5
WORDS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "ne": "≠", "in": "∈", "contains": "∋"}


class NodeForm(StaffForm):
    """What every node has: its names. `typed`: what was sent with "another row", to be shown again with one more."""

    MORE: Any = ""

    name = forms.CharField(label=_("Name of the node"), max_length=60, required=False)
    name_en = forms.CharField(label=_("English name"), max_length=60, required=False)

    def __init__(
        self, node: dict[str, Any], kind: Subject, data: QueryDict | None = None, *, typed: QueryDict | None = None
    ) -> None:
        self.node, self.kind, self.typed = node, kind, typed
        super().__init__(data, initial=self.before(node))
        self.build()
        if self.MORE:
            more = Submit("more", self.MORE)
            more.field_classes = "btn"  # saving is the first thing to do here
            self.helper.add_input(more)
        if typed is not None:
            self.initial = {
                name: field.widget.value_from_datadict(typed, {}, name) for name, field in self.fields.items()
            }

    def rows(self, name: str, given: int, fewest: int, most: int) -> range:
        """The rows of fields called `name` and their number: those sent (one more where it was asked for), else those
        given."""
        sent = self.typed if self.typed is not None else self.data if self.is_bound else None
        if sent is not None:
            given = next((row for row in range(most) if f"{name}{row}" not in sent), most)
        return range(min(most, max(fewest, given) + (self.typed is not None)))

    def build(self) -> None:
        """Add the fields that depend on the kind of thing."""

    def before(self, node: dict[str, Any]) -> dict[str, Any]:
        """The initial values from a definition's node."""
        return {"name": node.get("name", ""), "name_en": node.get("name_en", "")}

    def settings(self) -> dict[str, Any]:
        """The node's settings from what was filled in."""
        return {"name": self.cleaned_data["name"], "name_en": self.cleaned_data["name_en"]}


class PeopleForm(NodeForm):
    """A node with sources of people, joined."""

    slot = "people"
    MORE = _("Another source")

    def build(self) -> None:
        facts = [(f.key, f.label) for f in self.kind.facts if f.kind in ("user", "department")]
        given = self.node.get(self.slot, [])
        self.sources = self.rows("by_", len(given), SOURCES, MOST_SOURCES)
        for number in self.sources:
            spec = given[number] if number < len(given) else {}
            self.fields[f"by_{number}"] = forms.ChoiceField(
                label=_("Source") if number == 0 else _("and"),
                choices=[("", "—"), *((one.key, one.label) for one in sources())],
                required=False,
                initial=spec.get("by", ""),
            )
            self.fields[f"users_{number}"] = PeopleField(
                label=_("Named people"), required=False, initial=spec.get("users", [])
            )
            self.fields[f"role_{number}"] = forms.ChoiceField(
                label=_("Role"), choices=[("", "—"), *Role.choices], required=False, initial=spec.get("role", "")
            )
            self.fields[f"level_{number}"] = forms.IntegerField(
                label=_("Levels up"), min_value=1, max_value=9, required=False, initial=spec.get("level", 1)
            )
            self.fields[f"fact_{number}"] = forms.ChoiceField(
                label=_("Fact"), choices=[("", "—"), *facts], required=False, initial=spec.get("fact", "")
            )

    def settings(self) -> dict[str, Any]:
        return super().settings() | {self.slot: self.specs()}

    def specs(self) -> list[dict[str, Any]]:
        data, found = self.cleaned_data, []
        for number in self.sources:
            by = data[f"by_{number}"]
            needs = next((one.settings for one in sources() if one.key == by), ())
            spec: dict[str, Any] = {"by": by}
            if "users" in needs:
                spec["users"] = [user.pk for user in data[f"users_{number}"]]
            if "role" in needs:
                spec["role"] = data[f"role_{number}"]
            if "level" in needs:
                spec["level"] = data[f"level_{number}"] or 1
            if "fact" in needs:
                spec["fact"] = data[f"fact_{number}"]
            if by:
                found.append(spec)
        return found


class ApproveNodeForm(PeopleForm):
    """Who approves, by which rule, what a rejection does, and by when."""

    slot = "approvers"
    PLAIN = (
        "mode", "ratio", "wait_for_all", "on_reject", "initiator", "empty", "skip_consecutive", "due_hours",
        "reminders", "remind_every", "on_due", "auto_limit",
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("Rule"), choices=Step.Mode.choices)
    ratio = forms.IntegerField(label=_("Share in %"), min_value=1, max_value=100, required=False)
    wait_for_all = forms.BooleanField(label=_("A rejection waits until everybody has decided"), required=False)
    on_reject = forms.ChoiceField(label=_("After a rejection"), choices=Step.OnReject.choices)
    initiator = forms.ChoiceField(
        label=_("Where who asked would decide"),
        choices=(
            ("supervisor", _("their supervisor decides")),
            ("dept_head", _("the next head of department decides")),
            ("self", _("they decide themselves (never for money)")),
            ("skip", _("they are left out (never for money)")),
        ),
    )
    empty = forms.ChoiceField(
        label=_("Where nobody is found"),
        choices=(("administrator", _("the administrator decides")), ("pass", _("it passes (never for money)"))),
    )
    skip_consecutive = forms.BooleanField(label=_("Who has just approved is not asked again"), required=False)
    due_hours = forms.DecimalField(label=_("Due after working hours"), min_value=1, max_value=744, required=False)
    reminders = forms.IntegerField(label=_("Reminders from then on"), min_value=0, max_value=10, required=False)
    remind_every = forms.DecimalField(label=_("Every so many working hours"), min_value=1, max_value=99, required=False)
    on_due = forms.ChoiceField(
        label=_("After the last reminder"),
        choices=(
            ("escalate", _("to the supervisor")),
            ("none", _("nothing")),
            ("reject", _("rejected by itself")),
            ("pass", _("approved by itself (never for money)")),
        ),
    )
    auto_limit = forms.DecimalField(label=_("By itself only up to (yuan)"), min_value=0, required=False)

    def before(self, node: dict[str, Any]) -> dict[str, Any]:
        return super().before(node) | {name: node.get(name, DEFAULTS[name]) for name in self.PLAIN}

    def settings(self) -> dict[str, Any]:
        data = {name: self.cleaned_data[name] for name in self.PLAIN}
        for name in ("due_hours", "remind_every", "auto_limit"):
            data[name] = None if data[name] is None else f"{data[name].normalize():f}"
        for name in ("ratio", "reminders", "remind_every"):
            data[name] = DEFAULTS[name] if data[name] is None else data[name]
        return super().settings() | data


class BranchNodeForm(NodeForm):
    """The branches of a node: each with a name and comparisons of which all must hold, or one."""

    def build(self) -> None:
        if self.node["kind"] == "branch":
            self.MORE = _("Another comparison")
        self.tests: dict[int, range] = {}
        given = self.node.get("branches", [])
        facts = [("", "—"), *((fact.key, fact.label) for fact in self.kind.facts)]
        operators = [("", "—"), *WORDS.items()]
        for number in range(min(BRANCHES, len(given) + 1)):
            branch = given[number] if number < len(given) else {}
            when = branch.get("when", {})
            tests = when.get("any", when.get("all", []))
            self.fields[f"branch_{number}"] = forms.CharField(
                label=_("Branch %(number)s: name") % {"number": number + 1},
                max_length=60, required=False, initial=branch.get("name", ""),
            )  # fmt: skip
            if self.node["kind"] == "branch":
                self.tests[number] = self.rows(f"fact_{number}_", len(tests), TESTS, MOST_TESTS)
                self.fields[f"join_{number}"] = forms.ChoiceField(
                    label=_("This branch is taken when"),
                    choices=(("all", _("all comparisons hold")), ("any", _("one of the comparisons holds"))),
                    required=False,
                    initial="any" if "any" in when else "all",
                )
            for place in self.tests.get(number, ()):
                test = tests[place] if place < len(tests) else {}
                name = f"{number}_{place}"
                self.fields[f"fact_{name}"] = forms.ChoiceField(
                    label=_("Fact"), choices=facts, required=False, initial=test.get("fact", "")
                )
                self.fields[f"op_{name}"] = forms.ChoiceField(
                    label=_("Comparison"), choices=operators, required=False, initial=test.get("op", "")
                )
                self.fields[f"value_{name}"] = forms.CharField(
                    label=_("Value"), max_length=60, required=False, initial=test.get("value", "")
                )
            if number < len(given):
                self.fields[f"gone_{number}"] = forms.BooleanField(label=_("Remove this branch"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in [name for name in data if name.startswith("fact_") and data[name]]:
            operator = name.replace("fact_", "op_")
            if data.get(operator) not in OPERATORS[self.kind.fact(data[name]).kind]:
                self.add_error(operator, _("This fact is not compared in this way."))
        return data

    def settings(self) -> dict[str, Any]:
        data, given, branches = self.cleaned_data, self.node.get("branches", []), []
        for number in range(min(BRANCHES, len(given) + 1)):
            tests = [
                {"fact": data[f"fact_{number}_{place}"], "op": data[f"op_{number}_{place}"], "value": data[f"value_{number}_{place}"].strip()}
                for place in self.tests.get(number, ())
                if data.get(f"fact_{number}_{place}")
            ]  # fmt: skip
            new = number >= len(given)
            if data.get(f"gone_{number}") or (new and not tests and not data[f"branch_{number}"]):
                continue
            branch = {"name": data[f"branch_{number}"], "was": None if new else number}
            join = "any" if tests and data.get(f"join_{number}") == "any" else "all"
            branches.append(branch | ({"when": {join: tests}} if self.node["kind"] == "branch" else {}))
        return super().settings() | {"branches": branches}


FORMS: dict[str, type[NodeForm]] = {
    "approve": ApproveNodeForm, "copy": PeopleForm, "branch": BranchNodeForm, "parallel": BranchNodeForm,
    "end": NodeForm,
}  # fmt: skip


class FlowForm(StaffForm):
    """A new flow: its name and what it approves."""

    name = forms.CharField(label=_("Name of the flow"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=60, required=False)
    subject_type = forms.ChoiceField(label=_("Approves"))
    button = _("Create and draw")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject_type"].choices = [(kind.key, kind.label) for kind in registered()]


class DryRunForm(StaffForm):
    """Typed facts and who asks: "who would get 48,000 now?"."""

    initiator = PersonField(label=_("Asked by"))
    button = _("Who would be asked?")

    def __init__(self, kind: Subject, stores: Any, *args: Any, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)
        self.helper.form_method = "get"
        self.fields["store"] = forms.ModelChoiceField(stores, label=_("Store"), required=False)
        for fact in kind.facts:
            if fact.kind in ("money", "integer"):
                field: forms.Field = forms.DecimalField(label=fact.label, required=False, max_digits=15)
            elif fact.choices:
                field = forms.ChoiceField(label=fact.label, choices=[("", "—"), *fact.choices], required=False)
            else:
                field = forms.CharField(label=fact.label, max_length=80, required=False)
            self.fields[f"fact_{fact.key}"] = field

    def facts(self) -> dict[str, Any]:
        """The facts as a subject would give them."""
        found = {}
        for fact in self.kind.facts:
            value = self.cleaned_data[f"fact_{fact.key}"]
            found[fact.key] = None if value in (None, "") else str(value)
        return found
