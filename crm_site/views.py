"""Home, signing in, search, language and theme."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_site.context import THEME_COOKIE
from crm_site.forms import LoginForm, OwnPasswordForm
from kit import panels
from kit.htmx import is_partial
from staff.roles import Role
from staff.services.users import choose_language, note_password_change

DEMO_PASSWORD = "atrium-demo"  # noqa: S105 - printed on the login page of a demo on purpose

# Where the day of a role begins; the tile page where that address does not exist yet.
HOMES = {
    Role.CLERK: "members:desk",
    Role.AGENT: "members:desk",
    Role.ASSOCIATE: "members:care_list",
    Role.MANAGER: "dashboard",
    Role.CEO: "dashboard",
    Role.FINANCE: "dashboard",
    Role.MARKETER: "dashboard",
    Role.BUYER: "suppliers:desk",
}


def _next(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return reverse("home")


class Login(LoginView):
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_initial(self) -> dict[str, object]:
        return {"username": self.request.GET.get("user", "")[:60]} if settings.DEMO else {}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        accounts = [{"username": role.value, "role": role.label} for role in Role] if settings.DEMO else []
        return super().get_context_data(demo_accounts=accounts, demo_password=DEMO_PASSWORD, **kwargs)

    def form_valid(self, form: LoginForm) -> HttpResponse:
        response = super().form_valid(form)
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            _remember(response, settings.LANGUAGE_COOKIE_NAME, form.get_user().language)
        return response


login = Login.as_view()


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of each role."""
    name = HOMES.get(request.user.role)
    if name:
        try:
            return redirect(name)
        except NoReverseMatch:
            pass
    return render(request, "crm_site/home.html", {"tiles": panels.tiles(request), "today": timezone.localdate()})


@login_required
@require_http_methods(["GET", "POST"])
def password_change(request: HttpRequest) -> HttpResponse:
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        note_password_change(user=form.user)
        messages.success(request, _("Your password was changed."))
        return redirect("home")
    return render(request, "crm_site/form_page.html", {"form": form, "title": _("Change password")})


def _remember(response: HttpResponse, name: str, value: str) -> None:
    age = settings.LANGUAGE_COOKIE_AGE
    response.set_cookie(name, value, max_age=age, samesite="Lax", secure=settings.HTTPS, httponly=True)


@require_POST
def language_change(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    response = redirect(_next(request))
    if translation.check_for_language(language) and language in dict(settings.LANGUAGES):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        if request.user.is_authenticated:
            choose_language(user=request.user, language=language)
    return response


@require_POST
def theme_change(request: HttpRequest) -> HttpResponse:
    response = redirect(_next(request))
    _remember(response, THEME_COOKIE, "dark" if request.POST.get("theme") == "dark" else "light")
    return response


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Results as you type (HTMX), or a page; Enter with a single hit opens it."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    hits = panels.search(request.user, text) if text else []
    context = {"search_text": text, "hits": hits}
    if is_partial(request):
        return render(request, "_components/hits.html", context)
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "crm_site/search.html", context)


@login_required
@require_safe
def panel_detail(request: HttpRequest, slot: str, name: str, pk: int) -> HttpResponse:
    """One late panel: its card for HTMX, a page around it for a plain link."""
    panel = panels.render_one(slot, name, request, pk)
    if is_partial(request):
        return render(request, "_components/panels.html", {"panels": [panel] if panel else []})
    return render(request, "crm_site/panel.html", {"panels": [panel] if panel else [], "title": panel and panel.title})
