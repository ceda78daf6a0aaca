"""Who may sell, and why: the rule by itself, then the service on rows."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from staff.models import AuditEntry
from stores.models import Chain
from suppliers.models import Party, SellingOverride
from suppliers.selectors.in_force import contract_cover
from suppliers.services.blocking import block_party, unblock_party
from suppliers.services.licences import record_licence, withdraw_licence
from suppliers.services.standing import Decision, Evidence, decide, review_all, review_standing
from suppliers.tests.factories_parties import make_licence, make_party, make_signed, make_type

TODAY = date(2026, 11, 25)
S, R = Party.Selling, Party.Status


def evidence(**fields):
    base = {"on": TODAY, "status": R.SUPPLIER, "selling": S.ALLOWED, "grace_until_on": None, "in_force": True}
    return Evidence(**{**base, **fields})


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({"status": R.PROSPECT, "selling": S.NOT_YET}, (R.SUPPLIER, S.ALLOWED, "complete", None)),
        (
            {"status": R.PROSPECT, "selling": S.NOT_YET, "in_force": False},
            (R.PROSPECT, S.NOT_YET, "contract", None),
        ),
        (
            {"status": R.PROSPECT, "selling": S.NOT_YET, "lapsed_on": (None,)},
            (R.PROSPECT, S.NOT_YET, "licence", None),
        ),
        ({}, (R.SUPPLIER, S.ALLOWED, "complete", None)),
        ({"lapsed_on": (date(2026, 11, 24),)}, (R.SUPPLIER, S.GRACE, "licence", date(2026, 12, 1))),
        (
            {"lapsed_on": (date(2026, 11, 18),), "selling": S.GRACE, "grace_until_on": TODAY},
            (R.SUPPLIER, S.GRACE, "licence", TODAY),
        ),
        (
            {"lapsed_on": (date(2026, 11, 17),), "selling": S.GRACE, "grace_until_on": date(2026, 11, 24)},
            (R.SUPPLIER, S.STOPPED, "grace_over", None),
        ),
        # Down for a month: the grace was over before anybody looked.
        ({"lapsed_on": (date(2026, 10, 1),)}, (R.SUPPLIER, S.STOPPED, "licence", None)),
        # A paper that became mandatory only now: grace from the first look, and it is not prolonged by looking.
        ({"lapsed_on": (None,)}, (R.SUPPLIER, S.GRACE, "licence", date(2026, 12, 2))),
        (
            {"lapsed_on": (None,), "selling": S.GRACE, "grace_until_on": date(2026, 11, 26)},
            (R.SUPPLIER, S.GRACE, "licence", date(2026, 11, 26)),
        ),
        ({"lapsed_on": (None,), "selling": S.STOPPED}, (R.SUPPLIER, S.STOPPED, "licence", None)),
        (
            {"lapsed_on": (None,), "selling": S.STOPPED, "override_until_on": TODAY},
            (R.SUPPLIER, S.OVERRIDE, "override", None),
        ),
        (
            {"lapsed_on": (None,), "selling": S.OVERRIDE, "override_until_on": date(2026, 11, 24)},
            (R.SUPPLIER, S.STOPPED, "override_over", None),
        ),
        (
            {"in_force": False, "contract_ended_on": date(2026, 11, 20)},
            (R.SUPPLIER, S.GRACE, "contract", date(2026, 11, 27)),
        ),
        ({"status": R.BLOCKED, "selling": S.STOPPED}, (R.BLOCKED, S.STOPPED, "blocked", None)),
        ({"status": R.LEFT, "selling": S.STOPPED}, (R.LEFT, S.STOPPED, "left", None)),
        ({"status": R.LEAVING, "leaves_on": date(2026, 11, 24)}, (R.LEAVING, S.STOPPED, "leaving", None)),
        ({"status": R.LEAVING, "leaves_on": TODAY}, (R.LEAVING, S.ALLOWED, "complete", None)),
    ],
)
def test_the_rule(fields, decision):
    assert decide(evidence(**fields)) == Decision(*decision)


DAYS = st.dates(date(2026, 10, 1), date(2026, 12, 31))


@given(
    st.builds(
        Evidence,
        on=DAYS,
        status=st.sampled_from(Party.Status.values),
        selling=st.sampled_from(Party.Selling.values),
        grace_until_on=st.none() | DAYS,
        in_force=st.booleans(),
        contract_ended_on=st.none() | DAYS,
        lapsed_on=st.lists(st.none() | DAYS, max_size=3).map(tuple),
        override_until_on=st.none() | DAYS,
        grace_days=st.integers(0, 30),
        leaves_on=st.none() | DAYS,
    )
)
def test_nobody_sells_without_a_reason_and_looking_twice_decides_once(asked):
    if asked.status != R.LEAVING:
        asked = replace(asked, leaves_on=None)
    decision = decide(asked)
    complete = asked.in_force and not asked.lapsed_on
    if decision.selling == S.ALLOWED:
        assert complete
    if decision.selling == S.OVERRIDE:
        assert asked.override_until_on >= asked.on
    assert (decision.selling == S.GRACE) == (decision.grace_until_on is not None)
    if decision.selling == S.GRACE:
        assert decision.grace_until_on >= asked.on
    if asked.status in (R.BLOCKED, R.LEFT):
        assert decision.selling == S.STOPPED
    if asked.status != R.PROSPECT:
        assert decision.status == asked.status
    again = decide(
        replace(asked, status=decision.status, selling=decision.selling, grace_until_on=decision.grace_until_on)
    )
    assert (again.status, again.selling, again.grace_until_on) == (
        decision.status,
        decision.selling,
        decision.grace_until_on,
    )


@pytest.fixture
def role():
    return "buyer"


@pytest.fixture
def prospect(store_a):
    return make_party(store_a)


@pytest.fixture
def licence_type(db):
    return make_type()


def record_one(party, type, actor, valid_to=None, **fields):
    return record_licence(
        party_id=party.pk,
        type=type,
        number="913702",
        valid_from=None,
        valid_to=valid_to,
        actor=actor,
        **fields,
    )


def test_a_prospect_becomes_a_supplier_by_contract_and_licences_in_either_order(ada, store_a, licence_type):
    first, second = make_party(store_a), make_party(store_a)
    make_signed(first)
    assert review_standing(first.pk).status == "prospect"
    record_one(first, licence_type, ada)
    first.refresh_from_db()
    assert (first.status, first.selling, first.became_supplier_on) == ("supplier", "allowed", timezone.localdate())

    record_one(second, licence_type, ada)
    second.refresh_from_db()
    assert second.status == "prospect"
    make_signed(second)
    assert review_standing(second.pk, actor=ada).selling == "allowed"
    entry = second.standings.get()
    assert (entry.reason, entry.actor) == ("complete", ada)
    assert AuditEntry.objects.filter(action="suppliers.standing_changed", subject_id=second.pk).count() == 1


def test_a_review_that_changes_nothing_writes_nothing(ada, prospect, licence_type):
    for _ in range(3):
        review_standing(prospect.pk)
    assert prospect.standings.count() == 0


def test_a_lapsed_licence_gives_grace_then_stops_and_a_renewal_allows_again(ada, prospect, licence_type):
    today = timezone.localdate()
    licence = record_one(prospect, licence_type, ada, valid_to=today)
    make_signed(prospect)
    review_standing(prospect.pk)
    assert review_standing(prospect.pk, on=today + timedelta(days=1)).selling == "grace"
    party = review_standing(prospect.pk, on=today + timedelta(days=7))
    assert (party.selling, party.grace_until_on) == ("grace", today + timedelta(days=7))
    party = review_standing(prospect.pk, on=today + timedelta(days=8))
    assert (party.selling, party.grace_until_on) == ("stopped", None)
    renewed = record_one(prospect, licence_type, ada, valid_to=today + timedelta(days=400))
    party.refresh_from_db()
    licence.refresh_from_db()
    assert party.selling == "allowed"
    assert licence.replaced_by == renewed
    assert list(party.standings.values_list("reason", flat=True)) == ["complete", "grace_over", "licence", "complete"]


def test_grace_days_are_a_setting_of_the_chain(ada, prospect, licence_type):
    Chain.objects.update_or_create(pk=1, defaults={"name": "中庭", "settings": {"supplier_grace_days": 0}})
    Chain.forget()
    today = timezone.localdate()
    record_one(prospect, licence_type, ada, valid_to=today)
    make_signed(prospect)
    review_standing(prospect.pk)
    assert review_standing(prospect.pk, on=today + timedelta(days=1)).selling == "stopped"


def test_a_withdrawn_licence_counts_for_nothing_and_what_it_replaced_speaks_again(ada, prospect, licence_type):
    today = timezone.localdate()
    make_signed(prospect)
    old = record_one(prospect, licence_type, ada, valid_to=today + timedelta(days=3))
    new = record_one(prospect, licence_type, ada, valid_to=today + timedelta(days=300))
    withdraw_licence(licence_id=new.pk, reason="伪造", actor=ada)
    old.refresh_from_db()
    prospect.refresh_from_db()
    assert old.replaced_by is None
    assert prospect.selling == "allowed"
    withdraw_licence(licence_id=old.pk, reason="录错", actor=ada)
    prospect.refresh_from_db()
    assert prospect.selling == "grace"


def test_blocking_ends_everything_and_lifting_looks_anew(ada, prospect, licence_type):
    record_one(prospect, licence_type, ada)
    make_signed(prospect)
    review_standing(prospect.pk)
    party = block_party(party_id=prospect.pk, reason="售假", actor=ada)
    assert (party.status, party.selling, party.blocked_reason) == ("blocked", "stopped", "售假")
    assert review_standing(prospect.pk).selling == "stopped"
    party = unblock_party(party_id=prospect.pk, reason="申诉成立", actor=ada)
    assert (party.status, party.selling, party.blocked_reason) == ("supplier", "allowed", "")
    assert list(party.standings.values_list("reason", flat=True)) == ["complete", "unblocked", "blocked", "complete"]


def test_an_approved_override_lets_a_supplier_sell_to_its_last_day(ada, prospect, licence_type):
    today = timezone.localdate()
    party = make_party(prospect.stores.first(), status="supplier", selling="stopped")
    make_signed(party)
    SellingOverride.objects.create(
        party=party, until_on=today + timedelta(days=5), reason="换证中", asked_by=ada, state="approved"
    )
    assert review_standing(party.pk).selling == "override"
    assert review_standing(party.pk, on=today + timedelta(days=6)).selling == "stopped"


def test_the_night_reviews_everybody_and_a_second_night_changes_nothing(ada, store_a, licence_type):
    today = timezone.localdate()
    parties = [make_party(store_a, status="supplier") for _ in range(3)]
    for party in parties:
        make_signed(party)
        make_licence(party, licence_type, today - timedelta(days=1))
    assert review_all() == 3
    assert review_all() == 0
    assert {party.selling for party in Party.objects.all()} == {"grace"}


def test_the_cover_of_contracts(store_a):
    today = timezone.localdate()
    party = make_party(store_a)
    assert contract_cover(party.pk, today) == contract_cover(0, today)
    ended = make_signed(party, ends_on=today - timedelta(days=2))
    assert contract_cover(party.pk, today).ended_on == today - timedelta(days=2)
    later = make_signed(party, starts_on=today + timedelta(days=20), ends_on=today + timedelta(days=90))
    assert contract_cover(party.pk, today).in_force
    type(later).objects.filter(pk=later.pk).update(
        state="terminated", terminated_on=today - timedelta(days=1), termination_reason="x"
    )
    assert contract_cover(party.pk, today).ended_on == today - timedelta(days=1)
    assert ended.pk != later.pk


@pytest.mark.django_db
def test_standings_are_append_only_in_the_database(store_a):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'suppliers_standing'::regclass")
        assert ("suppliers_standing_is_append_only",) in cursor.fetchall()
