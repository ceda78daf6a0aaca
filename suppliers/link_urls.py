"""The pages suppliers open by a signed link, without a login."""

from django.urls import path

from suppliers.views import links

app_name = "suppliers_link"

urlpatterns = [
    path("<str:token>/", links.answer, name="answer"),
    path("<str:token>/pdf/", links.statement, name="statement"),
]
