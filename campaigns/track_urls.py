"""What members' mail programs and providers ask for: each opened by a signed word, by nobody's login."""

from django.urls import path

from campaigns.views import tracking

app_name = "track"

urlpatterns = [
    path("o/<str:token>/", tracking.open_pixel, name="open"),
    path("c/<str:token>/", tracking.click, name="click"),
    path("u/<str:token>/", tracking.unsubscribe_page, name="unsubscribe"),
    path("p/<str:token>/", tracking.choices, name="choices"),
    path("e/<str:token>/", tracking.confirm, name="confirm"),
    path("in/<slug:provider>/<str:seal>/", tracking.callback, name="callback"),
    path("in/<slug:provider>/<str:seal>/inbound/", tracking.callback_mail, name="callback_mail"),
]
