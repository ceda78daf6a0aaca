"""Home, signing in, search, language."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

login = LoginView.as_view()


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "crm_site/home.html")


@login_required
@require_safe
def password_change(request: HttpRequest) -> HttpResponse:
    return render(request, "crm_site/home.html")


@require_POST
def language_change(request: HttpRequest) -> HttpResponse:
    return render(request, "crm_site/home.html")


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    return render(request, "crm_site/home.html")


@login_required
@require_safe
def panel_detail(request: HttpRequest, slot: str, name: str, pk: int) -> HttpResponse:
    return render(request, "crm_site/home.html")
