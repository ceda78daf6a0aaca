"""The shell of the site: signing in, language, theme, search, errors, health."""

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import path

from crm_site.urls import *  # noqa: F403 - this module is also a URLconf with pages that fail
from crm_site.urls import urlpatterns as site_patterns
from kit import panels
from kit.errors import Busy, Conflict, NotFound, PermissionRefused
from kit.panels import Hit
from staff.models import AuditEntry
from staff.roles import Role
from staff.tests.factories import make_user


def raising(exc: Exception):
    def view(request):
        raise exc

    return view


class LockNotAvailable(Exception):
    pgcode = "55P03"


def waited_too_long(request):
    raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()


urlpatterns = [
    *site_patterns,
    path("test/forbidden/", raising(PermissionRefused("Not your store."))),
    path("test/missing/", raising(NotFound("No such member."))),
    path("test/conflict/", raising(Conflict("Already used."))),
    path("test/busy/", raising(Busy("Somebody else holds it."))),
    path("test/locked/", waited_too_long),
    path("test/broken/", raising(ZeroDivisionError())),
]


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["atrium_language"] = "en"
    return client


def test_signing_in_leads_home_and_out_again(english, ada):
    response = english.post("/login/", {"username": "ada", "password": "atrium-demo"})
    assert response.url == "/"
    assert "Ada" in english.get("/", follow=True).content.decode()
    assert english.post("/logout/").url == "/login/"
    assert english.get("/").url.startswith("/login/")


def test_a_wrong_password_keeps_the_name_and_says_so(english, ada):
    page = english.post("/login/", {"username": "ada", "password": "wrong"}).content.decode()
    assert 'value="ada"' in page
    assert "alert" in page


def test_an_inactive_person_stays_outside(english, db):
    make_user("clerk", username="gone", is_active=False)
    assert english.post("/login/", {"username": "gone", "password": "atrium-demo"}).status_code == 200


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_too_many_wrong_passwords_lock_the_account(english, ada):
    for _try in range(3):
        response = english.post("/login/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 429
    assert "fifteen minutes" in response.content.decode()
    assert english.post("/login/", {"username": "ada", "password": "atrium-demo"}).status_code == 429


@pytest.mark.parametrize(("demo", "shown"), [(True, True), (False, False)])
def test_demo_accounts_are_listed_only_in_demo_mode(english, db, settings, demo, shown):
    settings.DEMO = demo
    page = english.get("/login/").content.decode()
    assert ("atrium-demo" in page) is shown
    assert all((f"?user={role.value}" in page) is shown for role in Role)


def test_it_speaks_chinese_until_told_otherwise(client, db):
    assert "登录" in client.get("/login/", headers={"accept-language": "en"}).content.decode()
    client.post("/language/", {"language": "en", "next": "/login/"})
    assert "Sign in" in client.get("/login/").content.decode()


def test_the_language_follows_the_person(client, ada):
    client.force_login(ada)
    client.post("/language/", {"language": "zh-hans"})
    ada.refresh_from_db()
    assert ada.language == "zh-hans"


@pytest.mark.parametrize("language", ["", "xx", "de", "../en"])
def test_an_unknown_language_changes_nothing(client, db, language):
    client.post("/language/", {"language": language})
    assert "登录" in client.get("/login/").content.decode()


def test_switching_never_leads_off_the_site(client, db):
    assert client.post("/language/", {"language": "en", "next": "https://example.com/"}).url == "/"


def test_the_theme_is_remembered(english, ada):
    english.force_login(ada)
    english.post("/theme/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in english.get("/password/").content.decode()


def test_a_person_changes_the_own_password(english, ada):
    english.force_login(ada)
    wrong = english.post("/password/", {"old_password": "x", "new_password1": "a", "new_password2": "b"})
    assert wrong.status_code == 200
    good = {"old_password": "atrium-demo", "new_password1": "eine Halle 7", "new_password2": "eine Halle 7"}
    assert english.post("/password/", good).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("eine Halle 7")
    assert AuditEntry.objects.filter(action="staff.password_changed", actor=ada).exists()
    assert english.get("/password/").status_code == 200


@pytest.fixture
def found(monkeypatch):
    sources: dict[str, panels.SearchSource] = {}
    monkeypatch.setattr(panels, "_sources", sources)
    hits = [Hit("张晓敏", "138****4821", "/jobs/"), Hit("张小明", "139****4821", "/notices/")]
    panels.search_source("test.people")(lambda user, text: [hit for hit in hits if text in hit.label])
    panels.search_source("test.secret", permission="staff.view_outbox")(lambda user, text: [Hit("secret", "", "/")])
    return hits


def test_enter_opens_the_only_hit(english, ada, found):
    english.force_login(ada)
    assert english.get("/search/", {"q": "晓敏"}).url == "/jobs/"


def test_several_hits_make_a_page_and_typing_a_fragment(english, ada, found):
    english.force_login(ada)
    page = english.get("/search/", {"q": "张"}).content.decode()
    assert "张晓敏" in page
    assert "secret" not in page
    part = english.get("/search/", {"q": "张"}, headers={"hx-request": "true"}).content.decode()
    assert "张小明" in part
    assert "<html" not in part


@pytest.mark.parametrize("text", ["", "   ", "nobody", "\x00", "%", "'; DROP TABLE", "字" * 500, "\ud83d\ude00"])
def test_any_text_gets_an_answer(english, ada, found, text):
    english.force_login(ada)
    assert (
        english.get("/search/", {"q": text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("forbidden", 403, "Not your store."),
        ("missing", 404, "No such member."),
        ("conflict", 409, "Already used."),
        ("busy", 503, "Somebody else holds it."),
        ("locked", 503, "Please try again"),
    ],
)
@override_settings(ROOT_URLCONF="crm_site.tests.test_shell")
def test_a_refusal_is_a_page_with_its_sentence(english, ada, name, status, text):
    english.force_login(ada)
    response = english.get(f"/test/{name}/")
    assert response.status_code == status
    page = response.content.decode()
    assert text in page
    assert "To the first page" in page


@override_settings(ROOT_URLCONF="crm_site.tests.test_shell")
def test_a_broken_page_is_still_a_page(english, ada):
    english.force_login(ada)
    english.raise_request_exception = False
    response = english.get("/test/broken/")
    assert response.status_code == 500
    assert "Something broke" in response.content.decode()


def test_an_unknown_address_is_a_page_in_chinese(client, ada):
    client.force_login(ada)
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "未找到" in response.content.decode()


def test_a_form_without_its_token_is_refused_in_words(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    response = client.post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "表单" in response.content.decode()


def test_health_says_what_is_missing(client, db):
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["migrations"] == "ok"
    assert answer.json()["checks"]["worker"] == "silent"
    assert answer.status_code == 503


def test_no_page_may_run_foreign_script(client, db):
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_each_role_has_a_first_page_and_a_menu_that_opens(english, db, store_a, role):
    user = make_user(role, [store_a])
    english.force_login(user)
    response = english.get("/", follow=True)
    assert response.status_code == 200
    for link in response.context["menu"]:
        assert english.get(link.url, follow=True).status_code == 200, link.url


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.ADMIN])
def test_the_administration_is_closed_to_all_other_roles(english, db, role):
    english.force_login(make_user(role))
    assert english.get("/admin/").status_code == 302


def test_administrators_open_every_list_of_the_administration(english, db):
    from django.contrib import admin

    english.force_login(make_user("admin"))
    assert "Atrium" in english.get("/admin/").content.decode()
    for model in admin.site._registry:
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert english.get(url).status_code == 200, url
