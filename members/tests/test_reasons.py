"""Why somebody may be here: ordered by administrators, each reason naming its fact."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from members.models import FieldDefinition, ReasonRule
from members.selectors import reasons
from members.tests.factories import make_member
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(store_a):
    def made(role="clerk"):
        request = RequestFactory().get("/")
        request.user = make_user(role, [store_a])
        return request

    return made


@pytest.fixture
def member(store_a):
    soon = timezone.localdate() + timedelta(days=3)
    return make_member(store=store_a, birth_month=soon.month, birth_day=soon.day, next_birthday_on=soon)


def keys(request, member):
    return [reason.kind.key for reason in reasons.reasons_for(request, member)]


def test_a_near_birthday_is_a_reason_and_says_the_day(request_of, member):
    (reason,) = [one for one in reasons.reasons_for(request_of(), member) if one.kind.key == "members.birthday"]
    assert f"{member.next_birthday_on:%Y-%m-%d}" in reason.text


def test_administrators_decide_how_near_and_whether(request_of, member):
    rule = ReasonRule.objects.create(key="members.birthday", days=2, position=1)
    reasons.rules.forget()
    assert "members.birthday" not in keys(request_of(), member)
    rule.days, rule.is_active = 30, False
    rule.save()
    reasons.rules.forget()
    assert "members.birthday" not in keys(request_of(), member)
    rule.is_active = True
    rule.save()
    reasons.rules.forget()
    assert keys(request_of(), member)[0] == "members.birthday"


def test_an_occasion_learnt_about_the_member_comes_back_each_year(request_of, member):
    FieldDefinition.objects.create(key="wedding", name="结婚纪念日", kind="occasion")
    soon = timezone.localdate() + timedelta(days=5)
    member.custom = {"wedding": f"{soon:%m-%d}"}
    (reason,) = [one for one in reasons.reasons_for(request_of(), member) if one.kind.key == "members.occasion"]
    assert reason.text == f"结婚纪念日 {soon:%Y-%m-%d}"


def test_a_kind_asks_for_its_own_permission(request_of, member, monkeypatch):
    seen = reasons.Kind(
        "t.secret", "Secret", "help", "", 0, 7, "suppliers.view_supplier", lambda *_: [("x", "", timezone.localdate())]
    )
    monkeypatch.setitem(reasons._kinds, "t.secret", seen)
    assert "t.secret" not in keys(request_of("clerk"), member)
    assert "t.secret" in keys(request_of("buyer"), member)


def test_the_nearest_of_a_kind_go_first_and_leave_room_for_others(request_of, member, monkeypatch):
    today = timezone.localdate()
    many = reasons.Kind(
        "t.many", "Many", "help", "", 0, 7, "", lambda *_: [(str(n), "", today + timedelta(n)) for n in (5, 1, 9, 2, 7)]
    )
    monkeypatch.setitem(reasons._kinds, "t.many", many)
    shown = [one.text for one in reasons.reasons_for(request_of(), member)]
    assert shown[:2] == ["1", "2"]
    assert len(shown) == 3


def test_every_kind_has_a_label_in_both_languages_and_an_icon():
    from django.utils.translation import override

    from crm_site.templatetags.crm import icon

    for kind in reasons.kinds():
        assert "<svg" in icon(kind.icon), kind.key
        with override("zh-hans"):
            chinese = str(kind.label)
        with override("en"):
            assert str(kind.label) != chinese, kind.key
