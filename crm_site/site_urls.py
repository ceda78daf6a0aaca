"""Pages that belong to no app alone: home, signing in and out, search, language."""

from django.contrib.auth import views as auth_views
from django.urls import path

from crm_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.password_change, name="password_change"),
    path("language/", views.language_change, name="language_change"),
    path("theme/", views.theme_change, name="theme_change"),
    path("search/", views.search, name="search"),
    path("panels/<str:slot>/<slug:name>/<int:pk>/", views.panel_detail, name="panel_detail"),
]
