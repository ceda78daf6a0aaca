"""What every template may use: the theme, and for people signed in their menu, scope and unread notices."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from crm_site.navigation import menu_for
from staff.selectors import scope_text, unread_count

THEME_COOKIE = "atrium_theme"


def site(request: HttpRequest) -> dict[str, object]:
    theme = "dark" if request.COOKIES.get(THEME_COOKIE) == "dark" else "light"
    context: dict[str, object] = {"demo": settings.DEMO, "theme": theme}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        # Lazy: fragments for HTMX use none of these and pay for none of them.
        context["menu"] = SimpleLazyObject(lambda: menu_for(request))
        context["scope_text"] = SimpleLazyObject(lambda: scope_text(user))
        context["unread"] = SimpleLazyObject(lambda: unread_count(user))
    return context
