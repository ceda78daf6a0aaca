"""Campaigns as projects: plans, gifts, costs, the years."""

from django.urls import path

from campaigns.views import gifts, projects, years

urlpatterns = [
    path("", projects.campaign_list, name="campaign_list"),
    path("new/", projects.campaign_new, name="campaign_new"),
    path("calendar/", projects.campaign_calendar, name="campaign_calendar"),
    path("collisions/", projects.campaign_collisions, name="campaign_collisions"),
    path("years/", years.campaign_years, name="campaign_years"),
    path("<int:pk>/", projects.campaign_detail, name="campaign_detail"),
    path("<int:pk>/edit/", projects.campaign_edit, name="campaign_edit"),
    path("<int:pk>/tasks/", projects.work_edit, name="work_edit"),
    path("<int:pk>/submit/", projects.campaign_submit, name="campaign_submit"),
    path("<int:pk>/end/", projects.campaign_end, name="campaign_end"),
    path("<int:pk>/close/", projects.campaign_close, name="campaign_close"),
    path("<int:pk>/call-off/", projects.campaign_cancel, name="campaign_cancel"),
    path("<int:pk>/again/", projects.campaign_again, name="campaign_again"),
    path("<int:pk>/print/", projects.campaign_print, name="campaign_print"),
    path("<int:pk>/gifts/", gifts.gift_list, name="gift_list"),
    path("<int:pk>/handouts/", gifts.handout_list, name="handout_list"),
    path("<int:pk>/costs/", gifts.cost_list, name="cost_list"),
    path("<int:pk>/costs/new/", gifts.cost_enter, name="cost_enter"),
    path("costs/<int:pk>/undo/", gifts.cost_undo, name="cost_undo"),
    path("costs/<int:pk>/file/", gifts.cost_file, name="cost_file"),
    path("tasks/<int:pk>/finish/", projects.task_finish, name="task_finish"),
    path("gifts/<int:pk>/deliver/", gifts.gift_deliver, name="gift_deliver"),
    path("gifts/<int:pk>/send-away/", gifts.gift_send_away, name="gift_send_away"),
    path("gifts/<int:pk>/count/", gifts.gift_count, name="gift_count"),
    path("gifts/<int:pk>/hand-out/<int:member_id>/", gifts.gift_hand_out, name="gift_hand_out"),
    path("handouts/<int:pk>/take-back/", gifts.handout_take_back, name="handout_take_back"),
]
