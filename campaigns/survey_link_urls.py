"""The page a member opens by a signed link, without a login."""

from django.urls import path

from campaigns.views import survey_links

app_name = "survey_link"

urlpatterns = [path("<str:token>/", survey_links.answer, name="answer")]
