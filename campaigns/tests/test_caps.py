"""Frequency caps in the hands of a worker, against counting by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import ContactLedger
from campaigns.services.leasing import count_contacts
from stores.models import Chain

pytestmark = pytest.mark.django_db

TODAY = date(2026, 12, 1)
contacts = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["sms", "email"]), st.integers(0, 9)), max_size=25)
caps = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 5)), max_size=2)


def with_caps(chosen: list[tuple[int, int]]) -> None:
    Chain.forget()
    chain = Chain.get()
    chain.settings = {**chain.settings, "contact_caps": {"sms": [{"days": d, "most": m} for d, m in chosen]}}
    chain.save()
    Chain.forget()


def ledger_of(made: list[tuple[int, str, int]]) -> dict[tuple[int, str, date], int]:
    times: dict[tuple[int, str, date], int] = {}
    for member, channel, back in made:
        key = member, channel, TODAY - timedelta(days=back)
        times[key] = times.get(key, 0) + 1
    ContactLedger.objects.all().delete()
    ContactLedger.objects.bulk_create(
        ContactLedger(member_id=member, channel=channel, touched_on=on, times=count)
        for (member, channel, on), count in times.items()
    )
    return times


@given(contacts, caps)
def test_a_member_is_under_the_caps_by_what_that_member_got(made, chosen):
    with_caps(chosen)
    times = ledger_of(made)

    def within(member: int, days: int) -> int:
        return sum(
            count
            for (who, channel, on), count in times.items()
            if who == member and channel == "sms" and on > TODAY - timedelta(days=days)
        )

    fine = {member for member in range(1, 5) if all(within(member, days) < most for days, most in chosen)}
    assert count_contacts("sms", [1, 2, 3, 4], TODAY) == fine
    for member in fine:
        key = member, "sms", TODAY
        times[key] = times.get(key, 0) + 1
    rows = ContactLedger.objects.values_list("member_id", "channel", "touched_on", "times")
    assert {(member, channel, on): count for member, channel, on, count in rows} == times


def test_what_others_got_is_nobodys_cap():
    with_caps([(7, 3)])
    ledger_of([(1, "sms", 1), (2, "sms", 2), (3, "sms", 3)])
    assert count_contacts("sms", [1, 2, 3, 4], TODAY) == {1, 2, 3, 4}
