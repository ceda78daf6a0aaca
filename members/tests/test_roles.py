"""Every role at every page: who gets in, who gets a clear refusal, nobody a broken page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import DuplicatePair, ErasureRequest
from members.services.households import found_household
from members.services.identities import record_identity
from members.services.merging import merge_members
from members.tests.factories import make_buyer, make_contact, make_group, make_member
from members.tests.importing import as_csv, checked
from members.urls import urlpatterns
from staff.roles import Role
from staff.tests.factories import make_user

EVERYBODY = {"clerk", "associate", "agent", "marketer", "manager", "ceo"}
FRONT = {"clerk", "associate", "agent", "manager"}
DESK = {"clerk", "agent", "manager"}
CHIEF = {"clerk", "manager"}

MAY = {
    "member_list": EVERYBODY, "member_search": EVERYBODY, "desk": EVERYBODY, "member_detail": EVERYBODY,
    "member_enrol": FRONT, "group_enrol": CHIEF, "care_list": {"clerk", "associate", "manager"},
    "member_edit": DESK, "member_categorise": {"manager"}, "member_freeze": {"manager"}, "member_close": {"manager"},
    "member_reactivate": {"manager"}, "member_merge": CHIEF,
    "card_issue": DESK, "buyer_card_issue": DESK, "card_replace": DESK, "card_block": DESK, "card_unblock": DESK,
    "card_lose": DESK, "card_close": DESK,
    "phone_add": DESK, "phone_change": DESK, "phone_remove": DESK, "phone_make_primary": DESK,
    "phone_mark_invalid": DESK, "phone_reveal": FRONT,
    "consent_change": FRONT, "note_add": FRONT, "facts_learn": EVERYBODY, "care_assign": CHIEF, "care_end": CHIEF,
    "group_contact_add": CHIEF, "group_contact_retire": CHIEF, "buyer_add": CHIEF, "buyer_retire": CHIEF,
    "discount_agree": CHIEF,
    "merge_list": CHIEF, "merge_undo": CHIEF, "duplicate_list": CHIEF, "duplicates_scan": CHIEF,
    "duplicate_keep_apart": CHIEF,
    "contact_list": FRONT | {"marketer", "ceo"}, "contact_new": FRONT, "contact_convert": FRONT,
    "household_list": EVERYBODY, "household_detail": EVERYBODY, "household_found": CHIEF, "household_edit": CHIEF,
    "household_join": CHIEF, "household_spending": CHIEF, "household_leave": CHIEF,
    "erasure_list": {"manager"}, "erasure_refuse": {"manager"}, "erasure_carry_out": {"manager"},
    "identity_record": DESK, "identity_forget": DESK,
    "import_list": {"manager"}, "import_start": {"manager"}, "import_mapping": {"manager"},
    "import_detail": {"manager"}, "import_errors": {"manager"}, "import_apply": {"manager"},
    "import_undo": {"manager"}, "import_discard": {"manager"},
}  # fmt: skip
POST_ONLY = {
    "member_reactivate", "card_unblock", "card_lose", "phone_remove", "phone_make_primary", "phone_mark_invalid",
    "care_end", "group_contact_retire", "buyer_retire", "duplicates_scan", "duplicate_keep_apart",
    "household_leave", "identity_forget", "import_apply", "import_undo", "import_discard",
}  # fmt: skip


def arguments(name, store, user):
    """What the address of a page needs, and a member the person looks after where scope would decide."""
    subject = (
        make_group(store=store)
        if "buyer" in name or "group" in name or "discount" in name
        else make_member(store=store)
    )
    care = subject.care.create(associate=user)
    if name in (
        "member_list",
        "member_search",
        "desk",
        "member_enrol",
        "group_enrol",
        "care_list",
        "contact_list",
        "contact_new",
        "merge_list",
        "duplicate_list",
        "duplicates_scan",
        "household_list",
        "erasure_list",
        "import_list",
        "import_start",
    ):
        return []
    if name.startswith("household_") and name != "household_found":
        household = found_household(member_id=subject.pk, name="张家", agreed="表单 1", actor=user)
        if name == "household_join":
            return [household.pk, make_member(store=store).pk]
        return [household.places.get().pk if name in ("household_spending", "household_leave") else household.pk]
    if name.startswith("import_"):
        rows = [[user.username, f"1381234{user.pk % 10_000:04}"], ["坏行", "12"]]
        return [checked(as_csv(["姓名", "手机"], rows), actor=user).pk]
    if name.startswith("erasure_"):
        return [ErasureRequest.objects.create(member=subject, due_on=timezone.localdate()).pk]
    if name == "identity_forget":
        return [record_identity(member_id=subject.pk, number=f"E{user.pk:08}", kind="passport", actor=user).pk]
    if name == "merge_undo":
        other = make_member(store=store)
        return [merge_members(winner_id=subject.pk, loser_id=other.pk, actor=user).pk]
    if name == "duplicate_keep_apart":
        pair = sorted([subject.pk, make_member(store=store).pk])
        made = {"first_id": pair[0], "second_id": pair[1], "likeness": "likely", "weight": 30}
        return [DuplicatePair.objects.create(**made).pk]
    if name.startswith("contact_"):
        return [make_contact(store, noted_by=user).pk]
    if name == "buyer_card_issue":
        return [subject.pk, make_buyer(subject).pk]
    if name == "buyer_retire":
        return [make_buyer(subject).pk]
    if name == "group_contact_retire":
        return [subject.contacts.create(name="王经理").pk]
    if name == "care_end":
        return [care.pk]
    if name.startswith("card_") and name != "card_issue":
        return [subject.cards.get().pk]
    if name.startswith("phone_") and name != "phone_add":
        return [subject.phones.get().pk]
    return [subject.pk]


def test_every_page_is_in_this_test():
    assert {pattern.name for pattern in urlpatterns} == set(MAY)


@pytest.mark.parametrize("name", sorted(MAY))
def test_those_who_may_get_in_and_the_others_a_clear_refusal(client, store_a, name):
    for role in Role.values:
        user = make_user(role, [store_a])
        client.force_login(user)
        address = reverse(f"members:{name}", args=arguments(name, store_a, user))
        answer = client.post(address) if name in POST_ONLY else client.get(address)
        allowed = role in MAY[name] or role == "admin"
        if allowed and name == "import_errors":
            # A file without refused rows in a list has no list of them.
            assert answer.status_code in (200, 404)
            continue
        assert (answer.status_code in (200, 302)) if allowed else (answer.status_code == 403), (
            role,
            answer.status_code,
        )


@pytest.mark.parametrize("name", sorted(MAY))
def test_nobody_gets_in_without_signing_in(client, store_a, ada, name):
    address = reverse(f"members:{name}", args=arguments(name, store_a, ada))
    answer = client.post(address) if name in POST_ONLY else client.get(address)
    assert answer.status_code == 302
    assert answer.url.startswith("/login/")


@pytest.mark.parametrize("name", sorted(name for name in MAY if name not in POST_ONLY))
def test_an_empty_form_is_answered_not_broken(client, store_a, name):
    manager = make_user("manager", [store_a])
    client.force_login(manager)
    answer = client.post(reverse(f"members:{name}", args=arguments(name, store_a, manager)), {})
    assert answer.status_code in (200, 302, 405, 422)
