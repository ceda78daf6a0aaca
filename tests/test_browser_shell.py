"""The shell in a real browser: signing in, keyboard, language, notices, a job that ends; axe finds nothing."""

import pytest

from kit import panels
from kit.panels import Hit
from staff.models import Job
from staff.services.notices import notify
from staff.tests.factories import make_user
from tests.browser import DESK, PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(transactional_db):
    return make_user("admin", username="admin", display_name="管理员")


@pytest.fixture
def people(monkeypatch):
    monkeypatch.setattr(panels, "_sources", {})
    hits = [Hit("张晓敏", "138****4821", "/jobs/"), Hit("张小明", "139****4821", "/notices/")]

    @panels.search_source("test.people")
    def find(user, text):
        return hits if text == "zxm" else hits[:1] if text == "zxm 4821" else []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_shell_is_sound(browser, live_server, admin, size, language):
    notify(users=[admin], text="导入完成", url="/jobs/")
    job = Job.objects.create(kind="x", created_by=admin, state="failed", message="The file has no column “Phone”.")
    person = Person(browser, live_server.url, size=size, language=language)
    person.open("/login/")
    assert person.faults() == []
    person.sign_in("admin")
    for path in ("/", "/jobs/", f"/jobs/{job.pk}/", "/notices/", "/audit/", "/outbox/", "/password/", "/search/?q=x"):
        person.open(path)
        assert person.faults() == [], path


def test_the_search_box_is_reached_by_slash_and_finds_as_you_type(browser, live_server, admin, people):
    person = Person(browser, live_server.url)
    page = person.sign_in("admin")
    page.keyboard.press("/")
    page.keyboard.type("zxm")
    page.wait_for_selector(".hits a >> nth=1")
    assert person.faults() == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/")
    page.fill("#find", "zxm 4821")
    page.press("#find", "Enter")
    page.wait_for_url("**/jobs/")
    assert person.complaints == []


def test_language_and_theme_change_where_you_stand(browser, live_server, admin):
    person = Person(browser, live_server.url)
    page = person.sign_in("admin")
    person.open("/jobs/")
    page.click(".lang button[value=en]")
    page.wait_for_selector("h1:has-text('Jobs')")
    page.click(".where .menu summary")
    page.click("button[name=theme]")
    page.wait_for_selector("html[data-bs-theme=dark]")
    assert page.url.endswith("/jobs/")
    assert person.faults() == []


def test_a_job_page_follows_its_job_to_the_end(browser, live_server, admin):
    job = Job.objects.create(kind="x", created_by=admin, state="running", done=1, total=4)
    person = Person(browser, live_server.url, language="en")
    person.sign_in("admin")
    page = person.open(f"/jobs/{job.pk}/")
    page.wait_for_selector("[aria-valuenow='25']")
    Job.objects.filter(pk=job.pk).update(done=3)
    page.wait_for_selector("[aria-valuenow='75']")
    Job.objects.filter(pk=job.pk).update(state="done", message="All four are in.")
    page.wait_for_selector("text=All four are in.")
    assert person.complaints == []


def test_the_first_visit_is_light(browser, live_server, admin):
    """Served as it is here, without compression: the limit of 200 kB compressed is far away."""
    person = Person(browser, live_server.url)
    scripts: list[str] = []
    person.page.on("request", lambda request: scripts.append(request.url))
    person.sign_in("admin")
    assert not [url for url in scripts if live_server.url not in url], "nothing comes from elsewhere"
    assert not [url for url in scripts if "echarts" in url]
