"""Where approvers come from: registered classes, each finding people for one kind of source."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from staff.models import DepartmentHead, User
from staff.roles import Role
from stores.models import Department
from workflow.models import Flow

TOP = 12
"""How far up a chain of supervisors or departments is walked: a ring must not hang anything."""


@dataclass(frozen=True)
class Case:
    """What a source of approvers may look at."""

    flow: Flow
    initiator: User
    node: str
    store_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[int]] = field(default_factory=dict)
    moves_money: bool = True


class Source:
    """One way to find approvers. `settings` are the keys a definition gives; `find` answers ids in their order."""

    key = ""
    label: str | Promise = ""
    settings: tuple[str, ...] = ()

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        raise NotImplementedError

    def say(self, spec: dict[str, Any]) -> str:
        """The source in words, for the picture of the flow."""
        return str(self.label)


_sources: dict[str, Source] = {}


def source(cls: type[Source]) -> type[Source]:
    """Decorator: make a way of finding approvers known."""
    _sources[cls.key] = cls()
    return cls


def sources() -> list[Source]:
    return list(_sources.values())


def source_of(key: str) -> Source | None:
    return _sources.get(key)


@source
class NamedPeople(Source):
    key, label, settings = "user", lazy("Named people"), ("users",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        return [int(one) for one in spec.get("users", [])]

    def say(self, spec: dict[str, Any]) -> str:
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=spec.get("users", []))}
        return "、".join(names[pk] for pk in spec.get("users", []) if pk in names) or _("nobody")


@source
class OfRole(Source):
    key, label, settings = "role", lazy("Everybody of a role"), ("role",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        return list(
            User.objects.filter(role=spec.get("role"), is_active=True).order_by("pk").values_list("pk", flat=True)
        )

    def say(self, spec: dict[str, Any]) -> str:
        return str(dict(Role.choices).get(spec.get("role"), "?"))


@source
class OfRoleInStore(Source):
    key, label, settings = "store_role", lazy("A role in the store concerned"), ("role",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        people = User.objects.filter(role=spec.get("role"), is_active=True).order_by("pk")
        if case.store_id is not None:
            here = people.filter(pk__in=User.stores.through.objects.filter(store_id=case.store_id).values("user_id"))
            people = here if here.exists() else people.filter(all_stores=True)
        return list(people.values_list("pk", flat=True))

    def say(self, spec: dict[str, Any]) -> str:
        return _("%(role)s of the store") % {"role": dict(Role.choices).get(spec.get("role"), "?")}


@source
class HeadOfDepartment(Source):
    key, label, settings = "dept_head", lazy("Head of department, N levels up"), ("level",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        department = _as_id(case.facts.get("department")) or case.initiator.department_id
        return heads_above(department, int(spec.get("level") or 1))

    def say(self, spec: dict[str, Any]) -> str:
        return _("Head of department, level %(level)s") % {"level": spec.get("level") or 1}


@source
class Supervisor(Source):
    key, label, settings = "supervisor", lazy("Supervisor, N levels up"), ("level",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        level = int(spec.get("level") or 1)
        return supervisors(case.initiator, level)[level - 1 : level]

    def say(self, spec: dict[str, Any]) -> str:
        return _("Supervisor, level %(level)s") % {"level": spec.get("level") or 1}


@source
class SupervisorsUpTo(Source):
    key, label, settings = "chain_up_to", lazy("All supervisors up to level N"), ("level",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        return supervisors(case.initiator, int(spec.get("level") or 1))

    def say(self, spec: dict[str, Any]) -> str:
        return _("All supervisors up to level %(level)s") % {"level": spec.get("level") or 1}


@source
class FromField(Source):
    key, label, settings = "field", lazy("A person or department named in the facts"), ("fact",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        value = case.facts.get(spec.get("fact"))
        if case.kinds.get(spec.get("fact")) == "department":
            return heads_above(_as_id(value), 1)
        found = [_as_id(one) for one in (value if isinstance(value, list) else [value])]
        return [one for one in found if one]

    def say(self, spec: dict[str, Any]) -> str:
        return _("whom the fact “%(fact)s” names") % {"fact": spec.get("fact") or "?"}


@source
class InitiatorsChoice(Source):
    key, label, settings = "initiator_choice", lazy("Chosen by who asks"), ("role",)

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        people = User.objects.filter(pk__in=case.choices.get(case.node, []), is_active=True)
        if spec.get("role"):
            people = people.filter(role=spec["role"])
        chosen = set(people.values_list("pk", flat=True))
        return [pk for pk in case.choices.get(case.node, []) if pk in chosen]


@source
class Administrator(Source):
    key, label = "administrator", lazy("Administrator of the flow")

    def find(self, spec: dict[str, Any], case: Case) -> list[int]:
        return administrators(case.flow, case.initiator.pk)


def administrators(flow: Flow, initiator_id: int) -> list[int]:
    """Who decides where nobody is found: the flow's administrator, else all administrators; never who asked."""
    named = flow.administrator
    if named is not None and named.is_active and named.pk != initiator_id:
        return [named.pk]
    people = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=initiator_id).order_by("pk")
    return list(people.values_list("pk", flat=True))


def heads_above(department_id: int | None, level: int) -> list[int]:
    """The heads of the department `level` − 1 levels above this one. Where a department has no head, or the tree
    ends, the next one above (else the topmost that has heads) answers."""
    found: list[int] = []
    seen: set[int] = set()
    while department_id is not None and department_id not in seen and len(seen) < TOP:
        seen.add(department_id)
        heads = DepartmentHead.objects.filter(department_id=department_id, user__is_active=True).order_by("pk")
        found = list(heads.values_list("user_id", flat=True)) or found
        if len(seen) >= level and found:
            return found
        department_id = Department.objects.filter(pk=department_id).values_list("parent_id", flat=True).first()
    return found


def supervisors(person: User, levels: int) -> list[int]:
    """The supervisors above a person, the nearest first; those who have left are passed over."""
    found: list[int] = []
    seen = {person.pk}
    above = person.manager_id
    while above is not None and above not in seen and len(found) < levels and len(seen) < TOP:
        seen.add(above)
        row = User.objects.filter(pk=above).values_list("is_active", "manager_id").first()
        if row[0]:
            found.append(above)
        above = row[1]
    return found


def _as_id(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
