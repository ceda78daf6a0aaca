"""Merge and undo over random histories of two members, all floors at work: after the merge everything is where the
rules say, after the undo everything is as it was, and what happened in between stays with the winner."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from callcenter.models import Call, Case, Visit
from callcenter.tests.call_factories import make_system, ring
from callcenter.tests.factories import make_case, make_visit
from kit.errors import DomainError
from loyalty.models import Account, PointsHold
from loyalty.services.holds import release_hold
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, make_programme, make_scheme, sell
from loyalty.tests.test_sound_ledger import Shop, steps
from loyalty.tests.test_unmerging import rows, state_of
from members.models import Consent, Contact, FieldDefinition, MemberCard, MemberCare, MemberNote, MemberPhone
from members.selectors.facts import definitions
from members.services.cards import block_card, issue_card
from members.services.care import assign_care
from members.services.consent import record_consent
from members.services.editing import categorise_member
from members.services.facts import learn_facts
from members.services.merging import merge_members, unmerge_members
from members.services.notes import add_note
from members.services.phones import add_phone
from members.tests.factories import make_contact
from sales.models import Receipt
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db

CHANNELS = [channel.value for channel in Consent.Channel]
NUMBERS = ["13812344821", "13900000001", "13700001234"]
who = st.integers(0, 1)
lives = st.one_of(
    steps.filter(lambda step: step[0] not in ("merge", "unmerge", "night", "expire")),
    st.tuples(st.just("consent"), who, st.sampled_from(CHANNELS), st.booleans()),
    st.tuples(st.just("note"), who),
    st.tuples(st.just("card"), who),
    st.tuples(st.just("block"), who),
    st.tuples(st.just("phone"), who, st.sampled_from(NUMBERS), st.booleans()),
    st.tuples(st.just("care"), who),
    st.tuples(st.just("fact"), who, st.sampled_from(["S", "M"])),
    st.tuples(st.just("category"), who, st.sampled_from(["ordinary", "big_customer"])),
    st.tuples(st.just("case"), who),
    st.tuples(st.just("call"), who),
    st.tuples(st.just("visit"), who),
    st.tuples(st.just("companion"), who),
)


class Town(Shop):
    """The shop of the ledger's tests, and everything else that happens to members."""

    def __init__(self, store) -> None:
        super().__init__(store)
        self.system = make_system()
        self.associate = make_user("associate", [store])
        FieldDefinition.objects.create(key="size", name="尺码", kind="text")
        definitions.forget()

    def consent(self, one, channel, granted) -> None:
        record_consent(member_id=self.members[one].pk, channel=channel, granted=granted, actor=self.actor)

    def note(self, one) -> None:
        add_note(member_id=self.members[one].pk, text="喜欢米色", actor=self.actor)

    def card(self, one) -> None:
        issue_card(member_id=self.members[one].pk, actor=self.actor)

    def block(self, one) -> None:
        for card in self.members[one].cards.all()[:1]:
            block_card(card_id=card.pk, reason="丢失", actor=self.actor)

    def phone(self, one, number, is_main) -> None:
        add_phone(member_id=self.members[one].pk, phone=number, make_primary=is_main, actor=self.actor)

    def care(self, one) -> None:
        assign_care(member_id=self.members[one].pk, associate=self.associate, actor=self.actor)

    def fact(self, one, size) -> None:
        learn_facts(member_id=self.members[one].pk, facts={"size": size}, actor=self.actor)

    def category(self, one, category) -> None:
        categorise_member(member_id=self.members[one].pk, category=category, actor=self.actor)

    def case(self, one) -> None:
        make_case(self.store, self.actor, member=self.members[one])

    def call(self, one) -> None:
        number = self.members[one].phones.values_list("e164", flat=True).first()
        call = ring(self.system, "801", number)
        Call.objects.filter(pk=call.pk).update(member=self.members[one])

    def visit(self, one) -> None:
        make_visit(self.store, self.actor, member=self.members[one])

    def companion(self, one) -> None:
        make_contact(self.store, came_with=self.members[one])

    def live(self, played) -> None:
        for name, *words in played:
            try:
                with transaction.atomic():
                    getattr(self, name)(*words)
            except DomainError:
                continue


def everything_of(member):
    """What a store would notice of one member, the floors above loyalty included."""
    told = state_of(member)
    last_words = Consent.objects.filter(member=member).order_by("channel", "purpose", "-at", "-pk")
    # Silence and a no are one and the same after a merge was taken back: rows are never deleted.
    told["consents"] = {row.channel: True for row in last_words.distinct("channel", "purpose") if row.granted}
    told |= {
        "care": rows(MemberCare.objects.filter(member=member)),
        "cases": rows(Case.objects.filter(member=member)),
        "calls": rows(Call.objects.filter(member=member)),
        "visits": rows(Visit.objects.filter(member=member)),
        "companions": rows(Contact.objects.filter(came_with=member)),
    }
    return told


def keys(model, members, field="member"):
    return set(model.objects.filter(**{f"{field}__in": members}).values_list("pk", flat=True))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(played=st.lists(lives, max_size=14))
@example(played=[("phone", 0, "13900000001", False), ("phone", 1, "13900000001", False)])
def test_everything_comes_together_and_goes_home_again(store_a, played):
    with transaction.atomic():
        make_programme()
        make_scheme()
        town = Town(store_a)
        town.live(played)
        for hold in PointsHold.objects.filter(state="open"):
            release_hold(hold_id=hold.pk, actor=None)  # a merge lets the loser's go; that is a change of its own
        winner, loser = town.members
        before = [everything_of(member) for member in town.members]
        said = [{channel: _word(member, channel) for channel in CHANNELS} for member in town.members]
        had = {
            model: keys(model, town.members)
            for model in (MemberCard, MemberNote, MemberCare, Receipt, Case, Call, Visit)
        }
        numbers = set(MemberPhone.objects.filter(member__in=town.members).values_list("e164", flat=True))
        points = sum(_points(member) for member in town.members)

        operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=town.actor, reason="同一人")
        for model, pks in had.items():
            assert keys(model, [winner]) == pks, model
        assert set(winner.phones.values_list("e164", flat=True)) == numbers
        assert winner.phones.filter(is_primary=True).count() == (1 if numbers else 0)
        assert keys(Contact, [winner], "came_with") == {row["id"] for told in before for row in told["companions"]}
        for channel in CHANNELS:
            ours, theirs = said[0][channel], said[1][channel]
            strictest = ours if theirs is None else theirs if ours is None else ours and theirs
            assert _word(winner, channel) == strictest, channel
        assert _points(winner) == points
        assert _points(loser) == 0
        assert list(find_breaches()) == []

        unmerge_members(operation_id=operation.pk, actor=town.actor, reason="两个人")
        for member, was in zip(town.members, before, strict=True):
            now = everything_of(member)
            for part, value in was.items():
                assert now[part] == value, part
        assert list(find_breaches()) == []
        transaction.set_rollback(True)


def _word(member, channel):
    row = Consent.objects.filter(member=member, channel=channel, purpose="marketing").order_by("-at", "-pk").first()
    return row.granted if row else None


def _points(member):
    account = Account.objects.filter(member=member).first()
    return account.available + account.pending - account.debt if account else 0


def test_what_happened_in_between_stays_with_the_winner(store_a):
    make_programme()
    make_scheme()
    town = Town(store_a)
    winner, loser = town.members
    sell(store_a, loser, days_ago=3)
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=town.actor)
    later = sell(store_a, winner).receipt
    case = make_case(store_a, town.actor, member=winner)
    card = issue_card(member_id=winner.pk, actor=town.actor)
    unmerge_members(operation_id=operation.pk, actor=town.actor)
    assert Receipt.objects.get(pk=later.id).member == winner
    assert Case.objects.get(pk=case.pk).member == winner
    assert MemberCard.objects.get(pk=card.pk).member == winner
    assert account_of(loser).available == 100
