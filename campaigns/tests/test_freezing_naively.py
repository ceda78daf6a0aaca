"""The statement that draws up the recipients against one member after another, asked in Python."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.models import SendRecipient, Suppression
from campaigns.services.addresses import hash_address
from campaigns.tests.send_factories import make_people, make_sending, open_always
from members.models import Member

pytestmark = pytest.mark.django_db
ASKED = {"sms": "allows_sms", "email": "allows_email", "post": "allows_post"}
MAILS = ("", "kein.at", "a@example.org", "A@Example.org", "b@example.org", "c@example.org", "d@example.org")
STREETS = ("", "香港中路 1 号", "台东路 2 号")
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(MAILS), "street": st.sampled_from(STREETS), "city": st.sampled_from(("", "青岛")),
            "status": st.sampled_from(("active", "active", "active", "frozen", "closed")),
            "agrees": st.sampled_from((True, True, False)),
        }
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def address_of(member: Member, channel: str) -> str | None:
    if channel == "email":
        return member.email.lower() or None
    if channel == "post":
        parts = (member.province, member.city, member.district, member.street)
        return "|".join(parts) if member.street else None
    return member.phones.get().e164


def is_bad(member: Member, channel: str) -> bool:
    if channel == "email":
        return "@" not in member.email.lower()[1:-1]
    return channel == "post" and not member.city and not member.province


def naive(people: Iterable[Member], channel: str, suppressed: set[int]) -> dict[int, str]:
    """Why each is left out; nothing for who gets it."""
    found, taken = {}, set()
    for one in sorted(people, key=lambda one: one.pk):
        address = address_of(one, channel)
        hashed = hash_address(channel, address) if address else None
        if one.status == "closed":
            why = "gone"
        elif one.status == "frozen":
            why = "frozen"
        elif address is None:
            why = "no_address"
        elif is_bad(one, channel):
            why = "bad_address"
        elif not getattr(one, ASKED[channel]):
            why = "no_consent"
        elif hashed in suppressed:
            why = "suppressed"
        elif hashed in taken:
            why = "same_address"
        else:
            why = ""
            taken.add(hashed)
        found[one.pk] = why
    return found


@given(PEOPLE, st.sampled_from(tuple(ASKED)))
@hypothesis_settings(max_examples=25)
def test_everybody_is_judged_as_one_by_one(drawn, channel):
    open_always()
    people = [
        make_people(1, **{**{key: value for key, value in one.items() if key != "agrees"},
                          ASKED[channel]: one["agrees"]})[0]
        for one in drawn
    ]  # fmt: skip
    stopped = hash_address(channel, address_of(people[0], channel) or "x")
    Suppression.objects.get_or_create(channel=channel, address_hash=stopped, defaults={"reason": "complaint"})
    send = make_sending(people, channel=channel)
    rows = dict(SendRecipient.objects.filter(send_id=send.pk).values_list("member_id", "reason"))
    # Earlier examples left theirs.
    suppressed = set(Suppression.objects.filter(channel=channel).values_list("address_hash", flat=True))
    assert rows == naive(people, channel, suppressed)
    hashes = SendRecipient.objects.filter(send_id=send.pk, reason="").values_list("member_id", "address_hash")
    assert dict(hashes) == {
        one.pk: hash_address(channel, address_of(one, channel)) for one in people if rows[one.pk] == ""
    }
