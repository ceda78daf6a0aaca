"""The pages of journeys: who may, what each step's form makes, and the words they put at desk and till."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.journeys.triggers import triggers
from campaigns.models import Journey
from campaigns.selectors.journeys import words_for
from campaigns.services.journey_running import run_journeys
from campaigns.services.journey_starters import TEXTS, make_starter
from campaigns.services.journeys import start_journey
from campaigns.tests.segment_factories import build, leaf
from campaigns.tests.send_factories import make_content, make_people, open_always
from loyalty.models import CouponKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def journey(store_a, ada):
    open_always()
    return make_starter(trigger="welcome", name="欢迎", actor=ada, store=store_a)


def page(name: str, journey: Journey, *args: object) -> str:
    return reverse(f"campaigns:{name}", args=[journey.pk, *args])


def test_a_journey_is_made_with_its_usual_steps_and_started(client, ada, store_a):
    client.force_login(ada)
    answer = client.post(
        reverse("campaigns:journey_new"),
        {"name": "生日关怀", "trigger": "birthday", "store": store_a.pk, "holdout": 10, "rest_days": 300},
    )
    journey = Journey.objects.get()
    assert answer.url == page("journey_detail", journey)
    assert [one["kind"] for one in journey.current.steps] == ["desk", "wait", "message"]
    assert (journey.days, journey.holdout_share) == (1, 1000)
    assert client.post(page("journey_start", journey)).status_code == 302
    journey.refresh_from_db()
    assert journey.state == Journey.State.RUNNING


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_within_its_queries(client, ada, journey, language, django_assert_max_num_queries):
    make_people(3, enrolled_on=timezone.localdate(), store=journey.store)
    start_journey(journey_id=journey.pk, actor=ada)
    run_journeys()
    client.force_login(ada)
    client.cookies["atrium_language"] = language
    urls = [reverse("campaigns:journey_list"), page("journey_detail", journey), page("journey_members", journey)]
    urls += [page("journey_edit", journey), page("journey_step_edit", journey, "s1")]
    urls += [
        page("journey_step_new", journey, kind) for kind in ("wait", "message", "call", "condition", "coupon", "desk")
    ]
    for url in urls:
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200, url


def test_each_kind_of_step_by_its_form(client, ada, journey):
    segment = build(leaf("member.gender", "is_one_of", ["female"]), name="女会员")
    kind = CouponKind.objects.create(code="J2", name="欢迎券", amount=20)
    client.force_login(ada)
    filled = {
        "wait": {"days": 2, "hour": 10},
        "message": {"content": make_content("sms", "您好").pk, "instead": "on", "script": "请致电"},
        "call": {"script": "请致电"},
        "condition": {"segment": segment.pk, "otherwise": "skip"},
        "coupon": {"coupon": kind.pk},
        "desk": {"words": "问好", "days": 5},
    }
    for name, data in filled.items():
        assert client.post(page("journey_step_new", journey, name), data).status_code == 302, name
    journey.refresh_from_db()
    assert [one["kind"] for one in journey.current.steps][3:] == list(filled)
    shown = client.get(page("journey_detail", journey)).content.decode()
    assert "否则改打电话" in shown
    assert "问好 (5 天)" in shown
    key = journey.current.steps[-1]["key"]
    assert client.post(page("journey_step_edit", journey, key), {"words": "微笑问好", "days": 6}).status_code == 302
    assert client.post(page("journey_step_up", journey, key)).status_code == 302
    assert client.post(page("journey_step_remove", journey, "s1")).status_code == 302
    journey.refresh_from_db()
    assert [one["kind"] for one in journey.current.steps][-2:] == ["desk", "coupon"]


def test_half_a_form_keeps_what_was_typed(client, ada, journey):
    client.force_login(ada)
    refused = client.post(page("journey_step_new", journey, "desk"), {"words": "问好问好", "days": 0})
    assert refused.status_code == 422
    assert "问好问好" in refused.content.decode()
    assert client.post(page("journey_step_new", journey, "condition"), {"otherwise": "end"}).status_code == 422
    assert client.get(page("journey_step_new", journey, "dance")).status_code == 404


def test_others_may_not(client, ben, cho, journey):
    client.force_login(ben)
    assert client.get(page("journey_detail", journey)).status_code == 404
    assert client.post(page("journey_start", journey)).status_code == 404
    client.force_login(cho)
    for name in ("journey_detail", "journey_members", "journey_edit"):
        assert client.get(page(name, journey)).status_code == 403
    assert client.post(page("journey_start", journey)).status_code == 403


def test_a_journey_of_the_chain_is_read_by_a_store_and_changed_by_the_office(client, ben, ada):
    journey = make_starter(trigger="birthday", name="全公司", actor=ada)
    client.force_login(ben)
    assert client.get(page("journey_detail", journey)).status_code == 200
    assert client.post(page("journey_pause", journey)).status_code == 403


def test_colleagues_see_what_to_say(store_a, ada, journey):
    journey.holdout_share = 0
    journey.save(update_fields=["holdout_share"])
    member = make_people(1, enrolled_on=timezone.localdate(), store=store_a)[0]
    start_journey(journey_id=journey.pk, actor=ada)
    run_journeys()
    assert [one.words for one in words_for(member)] == ["新会员，介绍积分和本月活动。"]


@pytest.mark.parametrize("trigger", sorted(TEXTS))
def test_every_starter_is_whole(trigger, ada):
    if trigger in triggers():
        made = make_starter(trigger=trigger, name=trigger, actor=ada)
        assert len(made.current.steps) == 3
