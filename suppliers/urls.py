"""Suppliers from first contact to leaving, contracts and settlement, scores of counters."""

from django.urls import URLPattern, path

from suppliers.views import dealings, papers, parties

app_name = "suppliers"

urlpatterns: list[URLPattern] = [
    path("", parties.party_list, name="party_list"),
    path("desk/", parties.desk, name="desk"),
    path("pipeline/", parties.party_board, name="party_board"),
    path("new/", parties.party_note, name="party_note"),
    path("<int:pk>/", parties.party_detail, name="party_detail"),
    path("<int:pk>/edit/", parties.party_edit, name="party_edit"),
    path("<int:pk>/standing/", parties.party_standing, name="party_standing"),
    path("<int:pk>/move/<slug:stage>/", parties.party_move, name="party_move"),
    path("<int:pk>/give-up/", parties.party_give_up, name="party_give_up"),
    path("<int:pk>/bank/", parties.bank_edit, name="bank_edit"),
    path("<int:pk>/block/", parties.party_block, name="party_block"),
    path("<int:pk>/unblock/", parties.party_unblock, name="party_unblock"),
    path("<int:pk>/log/", dealings.event_log, name="event_log"),
    path("<int:pk>/contacts/new/", dealings.contact_add, name="contact_add"),
    path("contacts/<int:pk>/edit/", dealings.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/retire/", dealings.contact_retire, name="contact_retire"),
    path("<int:pk>/tasks/new/", dealings.task_add, name="task_add"),
    path("tasks/<int:pk>/finish/", dealings.task_finish, name="task_finish"),
    path("<int:pk>/leave/", dealings.leaving_start, name="leaving_start"),
    path("leaving-steps/<int:pk>/finish/", dealings.step_finish, name="step_finish"),
    path("leavings/<int:pk>/call-off/", dealings.leaving_call_off, name="leaving_call_off"),
    path("licences/", papers.licence_list, name="licence_list"),
    path("<int:pk>/licences/new/", papers.licence_add, name="licence_add"),
    path("licences/<int:pk>/withdraw/", papers.licence_withdraw, name="licence_withdraw"),
    path("licences/<int:pk>/scan/", papers.licence_scan, name="licence_scan"),
    path("people/", papers.person_list, name="person_list"),
    path("<int:pk>/people/new/", papers.person_add, name="person_add"),
    path("people/<int:pk>/edit/", papers.person_edit, name="person_edit"),
    path("people/<int:pk>/leave/", papers.person_leave, name="person_leave"),
    path("people/<int:pk>/certificates/new/", papers.certificate_add, name="certificate_add"),
    path("<int:pk>/leave-to-sell/", papers.override_ask, name="override_ask"),
]
