"""Calls: the log, the one that rings, lines, events."""

from django.urls import URLPattern, path

from callcenter.views import call_list_work, call_lists, calls, lines, phone

urlpatterns: list[URLPattern] = [
    path("", calls.call_list, name="call_list"),
    path("missed/", calls.missed_list, name="missed_list"),
    path("<int:pk>/", calls.call_detail, name="call_detail"),
    path("<int:pk>/note/", calls.call_note, name="call_note"),
    path("<int:pk>/settle/", calls.call_settle, name="call_settle"),
    path("<int:pk>/call-back/", calls.call_back, name="call_back"),
    path("dial/<int:pk>/", calls.phone_dial, name="phone_dial"),
    # The phone that rings
    path("active/", phone.call_active, name="call_active"),
    path("<int:pk>/card/", phone.call_card, name="call_card"),
    path("<int:pk>/shown/", phone.call_shown, name="call_shown"),
    path("<int:pk>/open/", phone.call_open, name="call_open"),
    path("<int:pk>/choose/", phone.call_choose, name="call_choose"),
    path("<int:pk>/choose/<int:member_id>/", phone.member_choose, name="member_choose"),
    # Call lists
    path("lists/", call_lists.list_list, name="list_list"),
    path("lists/new/", call_lists.list_new, name="list_new"),
    path("lists/<int:pk>/", call_lists.list_detail, name="list_detail"),
    path("lists/<int:pk>/edit/", call_lists.list_edit, name="list_edit"),
    path("lists/<int:pk>/add/", call_lists.list_add, name="list_add"),
    path("lists/<int:pk>/pause/", call_lists.list_pause, name="list_pause"),
    path("lists/<int:pk>/resume/", call_lists.list_resume, name="list_resume"),
    path("lists/<int:pk>/close/", call_lists.list_close, name="list_close"),
    path("lists/<int:pk>/one-by-one/", call_list_work.list_work, name="list_work"),
    path("lists/<int:pk>/next/", call_list_work.list_next, name="list_next"),
    path("lists/entries/<int:pk>/dial/", call_list_work.call_entry_dial, name="call_entry_dial"),
    path("lists/entries/<int:pk>/outcome/", call_list_work.call_entry_outcome, name="call_entry_outcome"),
    path("lists/entries/<int:pk>/give-back/", call_list_work.call_entry_give_back, name="call_entry_give_back"),
    # Lines and systems
    path("lines/", lines.line_list, name="line_list"),
    path("lines/<int:pk>/leave/", lines.line_leave, name="line_leave"),
    path("systems/", lines.system_list, name="system_list"),
    path("systems/<int:pk>/rotate/", lines.system_rotate, name="system_rotate"),
    path("systems/<int:pk>/switch/", lines.system_switch, name="system_switch"),
    path("events/", lines.event_list, name="event_list"),
    path("simulator/", lines.simulator_page, name="simulator"),
    path("simulator/<int:pk>/answer/", lines.paper_answer, name="paper_answer"),
    path("simulator/<int:pk>/hang-up/", lines.paper_hang_up, name="paper_hang_up"),
]
