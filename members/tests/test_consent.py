import pytest
from django.db import DatabaseError, connection, transaction

from members.models import Consent
from members.services.consent import record_consent
from members.tests.factories import make_member


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


def test_the_last_word_counts_and_is_cached_on_the_member(member, ada):
    record_consent(member_id=member.pk, channel="sms", granted=True, actor=ada, evidence="form 12")
    record_consent(member_id=member.pk, channel="sms", granted=False, actor=ada)
    member.refresh_from_db()
    assert member.allows_sms is False
    assert Consent.objects.filter(member=member).count() == 2


def test_the_same_answer_again_is_the_standing_one(member, ada):
    first = record_consent(member_id=member.pk, channel="phone", granted=True, actor=ada)
    assert record_consent(member_id=member.pk, channel="phone", granted=True, actor=ada) == first
    assert record_consent(member_id=member.pk, channel="phone", granted=True, actor=ada, evidence="call 7") != first


def test_service_messages_are_another_purpose(member, ada):
    record_consent(member_id=member.pk, channel="sms", granted=True, purpose="service", actor=ada)
    member.refresh_from_db()
    assert member.allows_sms is False


@pytest.mark.parametrize("statement", ["UPDATE members_consent SET granted = true", "DELETE FROM members_consent"])
def test_the_database_refuses_to_change_or_forget_a_consent(member, ada, statement):
    record_consent(member_id=member.pk, channel="sms", granted=False, actor=ada)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Consent.objects.get().granted is False
