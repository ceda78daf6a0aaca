"""Pages of members and of contacts without a card."""

from django.urls import path

from members import import_urls
from members.views import (
    belongings,
    care,
    contacts,
    duplicates,
    enrolment,
    erasures,
    facts,
    households,
    merging,
    people,
)

app_name = "members"

urlpatterns = [
    path("members/", people.member_list, name="member_list"),
    path("members/search/", people.member_search, name="member_search"),
    path("members/desk/", people.desk, name="desk"),
    path("members/enrol/", enrolment.member_enrol, name="member_enrol"),
    path("members/enrol-company/", enrolment.group_enrol, name="group_enrol"),
    path("members/mine/", care.care_list, name="care_list"),
    path("members/<int:pk>/", people.member_detail, name="member_detail"),
    path("members/<int:pk>/edit/", people.member_edit, name="member_edit"),
    path("members/<int:pk>/category/", people.member_categorise, name="member_categorise"),
    path("members/<int:pk>/freeze/", people.member_freeze, name="member_freeze"),
    path("members/<int:pk>/close/", people.member_close, name="member_close"),
    path("members/<int:pk>/reactivate/", people.member_reactivate, name="member_reactivate"),
    path("members/<int:pk>/merge/", merging.member_merge, name="member_merge"),
    path("members/merges/", merging.merge_list, name="merge_list"),
    path("members/merges/<int:pk>/", merging.merge_undo, name="merge_undo"),
    path("members/duplicates/", duplicates.duplicate_list, name="duplicate_list"),
    path("members/duplicates/scan/", duplicates.duplicates_scan, name="duplicates_scan"),
    path("members/duplicates/<int:pk>/apart/", duplicates.duplicate_keep_apart, name="duplicate_keep_apart"),
    path("members/erasures/", erasures.erasure_list, name="erasure_list"),
    path("members/erasures/<int:pk>/refuse/", erasures.erasure_refuse, name="erasure_refuse"),
    path("members/erasures/<int:pk>/erase/", erasures.erasure_carry_out, name="erasure_carry_out"),
    # Cards
    path("members/<int:pk>/cards/issue/", belongings.card_issue, name="card_issue"),
    path("members/<int:pk>/buyers/<int:buyer_id>/card/", belongings.card_issue, name="buyer_card_issue"),
    path("cards/<int:pk>/replace/", belongings.card_replace, name="card_replace"),
    path("cards/<int:pk>/block/", belongings.card_block, name="card_block"),
    path("cards/<int:pk>/unblock/", belongings.card_unblock, name="card_unblock"),
    path("cards/<int:pk>/lose/", belongings.card_lose, name="card_lose"),
    path("cards/<int:pk>/close/", belongings.card_close, name="card_close"),
    # Phones
    path("members/<int:pk>/phones/add/", belongings.phone_add, name="phone_add"),
    path("phones/<int:pk>/change/", belongings.phone_change, name="phone_change"),
    path("phones/<int:pk>/remove/", belongings.phone_remove, name="phone_remove"),
    path("phones/<int:pk>/main/", belongings.phone_make_primary, name="phone_make_primary"),
    path("phones/<int:pk>/does-not-work/", belongings.phone_mark_invalid, name="phone_mark_invalid"),
    path("phones/<int:pk>/show/", belongings.phone_reveal, name="phone_reveal"),
    # Consent, notes, care
    path("members/<int:pk>/consent/", belongings.consent_change, name="consent_change"),
    path("members/<int:pk>/notes/", belongings.note_add, name="note_add"),
    path("members/<int:pk>/care/", care.care_assign, name="care_assign"),
    path("care/<int:pk>/end/", care.care_end, name="care_end"),
    path("members/<int:pk>/facts/", facts.facts_learn, name="facts_learn"),
    # Households
    path("households/", households.household_list, name="household_list"),
    path("households/<int:pk>/", households.household_detail, name="household_detail"),
    path("households/<int:pk>/edit/", households.household_edit, name="household_edit"),
    path("households/<int:pk>/join/<int:member_id>/", households.household_join, name="household_join"),
    path("households/places/<int:pk>/spending/", households.spending_change, name="household_spending"),
    path("households/places/<int:pk>/leave/", households.household_leave, name="household_leave"),
    path("members/<int:pk>/household/", households.household_found, name="household_found"),
    # Companies
    path("members/<int:pk>/company-contacts/add/", care.group_contact_add, name="group_contact_add"),
    path("company-contacts/<int:pk>/retire/", care.group_contact_retire, name="group_contact_retire"),
    path("members/<int:pk>/buyers/add/", care.buyer_add, name="buyer_add"),
    path("buyers/<int:pk>/retire/", care.buyer_retire, name="buyer_retire"),
    path("members/<int:pk>/discount/", care.discount_agree, name="discount_agree"),
    # Contacts without a card
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/new/", contacts.contact_new, name="contact_new"),
    path("contacts/<int:pk>/convert/", contacts.contact_convert, name="contact_convert"),
    *import_urls.urlpatterns,
]
