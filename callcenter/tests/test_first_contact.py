"""First-contact resolution in SQL against a plain reading of the rule."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.models import Call, Case, CaseCategory, CaseEntry, PhoneSystem, Visit
from callcenter.selectors.fcr import resolved_at_first_contact
from callcenter.tests.factories import make_category, make_reason
from members.tests.factories import make_member

DAYS = 7
NOW = timezone.now().replace(microsecond=0)
FAR = NOW - timedelta(days=400)


def oracle(case: Case) -> bool:
    """The rule in words, one fact after the other."""
    if case.solved_at is None or case.reopened_count:
        return False
    for entry in case.entries.all():
        if entry.kind == "state" and entry.to_state == "waiting":
            return False
        if entry.kind == "heard" and entry.data.get("by") == "email" and case.opened_at < entry.at <= case.solved_at:
            return False

    def theirs(member_id, phone):
        if case.member_id:
            return member_id == case.member_id
        return member_id is None and case.caller_phone != "" and phone == case.caller_phone

    for call in Call.objects.all():
        # A call belongs to an unknown person by its number, whoever it was matched to.
        same = call.member_id == case.member_id if case.member_id else call.number == case.caller_phone != ""
        if same and call.pk != case.call_id and case.opened_at < call.heard_at <= case.solved_at:
            return False
    for visit in Visit.objects.all():
        if theirs(visit.member_id, visit.visitor_phone) and case.opened_at < visit.arrived_at <= case.solved_at:
            return False
    for other in Case.objects.exclude(pk=case.pk):
        if not theirs(other.member_id, other.caller_phone) or other.opened_at <= case.opened_at:
            continue
        if other.opened_at <= case.solved_at:
            return False
        same = other.category_id == case.category_id and (case.category_id or other.kind == case.kind)
        if same and other.opened_at <= case.solved_at + timedelta(days=DAYS):
            return False
    return True


HOURS = st.integers(0, 24 * 14)
PEOPLE = st.sampled_from(["a", "b", "+8613800000001", ""])
CASES = st.lists(
    st.tuples(PEOPLE, HOURS, st.none() | st.integers(0, 60), st.sampled_from(["x", "y", None]),
              st.sampled_from(["complaint", "return"]), st.sampled_from([0, 0, 0, 1]),
              st.sampled_from(["", "", "waiting", "email", "solved"])),
    min_size=1, max_size=5,
)  # fmt: skip
CONTACTS = st.lists(st.tuples(st.sampled_from(["call", "visit"]), PEOPLE, HOURS), max_size=5)


@pytest.fixture
def ground(store_a):
    return {
        "store": store_a, "members": {"a": make_member(store=store_a), "b": make_member(store=store_a)},
        "categories": {"x": make_category(), "y": make_category()}, "reason": make_reason(),
        "system": PhoneSystem.objects.create(code="t", name="t"),
    }  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CASES, CONTACTS)
@pytest.mark.django_db
def test_the_statement_agrees_with_the_rule(ground, cases, contacts):
    with transaction.atomic():
        try:
            _build(ground, cases, contacts)
            found = set(
                resolved_at_first_contact(Case.objects.all(), FAR, NOW + timedelta(days=99), DAYS).values_list(
                    "pk", flat=True
                )
            )
            assert found == {case.pk for case in Case.objects.all() if oracle(case)}
        finally:
            transaction.set_rollback(True)


def _build(ground, cases, contacts):
    base = NOW - timedelta(days=60)
    for number, (who, hour, took, category, kind, reopened, event) in enumerate(cases):
        opened = base + timedelta(hours=hour)
        solved = opened + timedelta(hours=took) if took is not None else None
        case = Case.objects.create(
            number=f"F{number}", kind=kind, channel="phone", title="x", store=ground["store"],
            member=ground["members"].get(who), caller_phone=who if who.startswith("+") else "",
            category=ground["categories"].get(category), opened_at=opened, responded_at=opened,
            response_due_at=opened, solution_due_at=opened, reopened_count=reopened,
            state="solved" if solved else "open", solved_at=solved, solution="ok" if solved else "",
        )  # fmt: skip
        if event:
            kinds = {"waiting": ("state", "waiting"), "solved": ("state", "solved"), "email": ("heard", "")}
            kind_of, state = kinds[event]
            data = {"by": "email"} if event == "email" else {}
            CaseEntry.objects.create(case=case, kind=kind_of, to_state=state, data=data, at=opened + timedelta(hours=1))
    for number, (kind, who, hour) in enumerate(contacts):
        at = base + timedelta(hours=hour)
        member = ground["members"].get(who)
        if kind == "visit":
            Visit.objects.create(
                store=ground["store"], reason=ground["reason"], member=member, arrived_at=at,
                visitor_phone=who if who.startswith("+") else "",
            )  # fmt: skip
        else:
            Call.objects.create(
                system=ground["system"], external_id=str(number), member=member, heard_at=at, state="ended",
                number=who if who.startswith("+") else "", answered_at=at, ended_at=at,
            )  # fmt: skip


@pytest.mark.django_db
def test_the_call_a_case_was_opened_in_is_its_first_contact(ground):
    at = NOW - timedelta(days=3)
    call = Call.objects.create(
        system=ground["system"], external_id="own", member=ground["members"]["a"], heard_at=at + timedelta(minutes=1),
        state="ringing",
    )  # fmt: skip
    case = Case.objects.create(
        number="F1", kind="return", channel="phone", title="x", store=ground["store"], member=ground["members"]["a"],
        call=call, opened_at=at, response_due_at=at, solution_due_at=at, state="solved",
        solved_at=at + timedelta(hours=1), solution="ok",
    )  # fmt: skip
    assert oracle(case)
    assert list(resolved_at_first_contact(Case.objects.all(), FAR, NOW)) == [case]
    assert CaseCategory.objects.count() == 2
