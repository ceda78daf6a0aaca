"""The member's own pages."""

from django.urls import path

from members.views import self_door, self_pages, self_privacy

app_name = "me"

urlpatterns = [
    path("", self_pages.home, name="home"),
    path("enter/", self_door.number_ask, name="enter"),
    path("code/", self_door.code_type, name="code"),
    path("choose/", self_door.member_choose, name="choose"),
    path("apply/", self_door.card_apply, name="apply"),
    path("apply/<str:store_code>/", self_door.store_apply, name="apply_in_store"),
    path("leave/", self_door.leave, name="leave"),
    path("details/", self_pages.details, name="details"),
    path("details/edit/", self_pages.details_edit, name="details_edit"),
    path("consent/", self_pages.consent_answer, name="consent_answer"),
    path("privacy/", self_privacy.privacy, name="privacy"),
    path("privacy/take/", self_privacy.data_take, name="data_take"),
    path("privacy/erase/", self_privacy.erasure_ask, name="erasure_ask"),
    path("privacy/stay/", self_privacy.erasure_take_back, name="erasure_take_back"),
    path("calls/stop/", self_pages.calls_stop, name="calls_stop"),
    path("calls/allow/", self_pages.calls_allow, name="calls_allow"),
]
