"""Journeys: who enters, once an occasion; every step once; edits touch only those not yet past it; the holdout gets nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.exceptions import JourneyRefused
from campaigns.journeys.steps import Step
from campaigns.models import Journey, JourneyEnrolment, JourneyPass, Send, SendRecipient
from campaigns.services.journey_running import close_old_sends, enter_members, pass_step, run_journeys
from campaigns.services.journeys import (
    add_step,
    change_step,
    end_journey,
    make_journey,
    move_step,
    pause_journey,
    remove_step,
    start_journey,
)
from campaigns.tests.send_factories import make_content, make_people, open_always
from loyalty.models import Coupon, CouponKind
from members.models import Member
from members.services.merging import merge_members
from sales.tests.factories import make_return, make_sale

pytestmark = pytest.mark.django_db
State, Outcome = JourneyEnrolment.State, JourneyPass.Outcome


def new_members(number: int = 3, **fields: object) -> list[Member]:
    open_always()
    return make_people(number, enrolled_on=timezone.localdate(), **fields)


def make_running(*steps: Step, **facts: object) -> Journey:
    journey = make_journey(**{"name": "欢迎", "trigger": "welcome", "holdout_share": 0, "actor": None, **facts})
    for step in steps:
        add_step(journey_id=journey.pk, step=step, actor=None)
    return start_journey(journey_id=journey.pk, actor=None)


def words(days: int = 7) -> Step:
    return Step("", "desk", words="欢迎！", days=days)


def wait(days: int) -> Step:
    return Step("", "wait", days=days)


def message(**fields: object) -> Step:
    return Step("", "message", channel="sms", content=make_content("sms", "欢迎加入").pk, **fields)


def in_days(days: int):
    return timezone.now() + timedelta(days=days, minutes=1)


def keys_passed(member: Member) -> list[str]:
    passes = JourneyPass.objects.filter(enrolment__member=member).order_by("pk")
    return list(passes.values_list("step", flat=True))


def test_everybody_enters_once_and_gets_every_step_once():
    members = new_members()
    journey = make_running(message(), wait(3), words())
    run_journeys()
    run_journeys()
    assert journey.enrolments.count() == 3
    send = Send.objects.get()
    assert set(SendRecipient.objects.filter(send=send).values_list("member_id", flat=True)) == {m.pk for m in members}
    assert keys_passed(members[0]) == ["s1", "s2"]
    run_journeys(now=in_days(2))
    assert keys_passed(members[0]) == ["s1", "s2"]
    run_journeys(now=in_days(3))
    assert keys_passed(members[0]) == ["s1", "s2", "s3"]
    assert set(journey.enrolments.values_list("state", flat=True)) == {State.DONE}


def test_the_holdout_passes_every_step_and_gets_nothing():
    members = new_members(2)
    make_running(message(), words(), holdout_share=5000)
    enter_members(journey_id=Journey.objects.get().pk)
    JourneyEnrolment.objects.filter(member=members[0]).update(arm=1)
    JourneyEnrolment.objects.filter(member=members[1]).update(arm=2)
    run_journeys()
    assert not SendRecipient.objects.filter(member=members[0]).exists()
    assert SendRecipient.objects.filter(member=members[1]).exists()
    held = JourneyPass.objects.filter(enrolment__member=members[0])
    assert set(held.values_list("outcome", "shown_until")) == {(Outcome.HOLDOUT, None)}


def test_an_edit_touches_only_those_who_have_not_passed_the_step(ada):
    early = new_members(1)[0]
    journey = make_running(words(), wait(5), words(3))
    run_journeys()
    change_step(journey_id=journey.pk, key="s1", step=words(30), actor=ada)
    change_step(journey_id=journey.pk, key="s3", step=words(9), actor=ada)
    late = new_members(1)[0]
    run_journeys()
    run_journeys(now=in_days(5))
    shown = {
        (one.enrolment.member_id, one.step): (one.shown_until - timezone.localdate(one.passed_at)).days
        for one in JourneyPass.objects.filter(shown_until__isnull=False).select_related("enrolment")
    }
    assert shown[early.pk, "s1"] == 7
    assert shown[late.pk, "s1"] == 30
    assert shown[early.pk, "s3"] == 9


def test_who_waits_for_a_step_that_is_taken_out_goes_on_behind_it(ada):
    member = new_members(1)[0]
    journey = make_running(wait(1), words(), words(2))
    run_journeys()
    remove_step(journey_id=journey.pk, key="s2", actor=ada)
    run_journeys(now=in_days(1))
    assert keys_passed(member) == ["s1", "s3"]


def test_taking_the_last_step_out_ends_who_waited_for_it(ada):
    new_members(1)
    journey = make_running(wait(1), words())
    run_journeys()
    remove_step(journey_id=journey.pk, key="s2", actor=ada)
    assert journey.enrolments.get().state == State.DONE


def test_a_key_is_never_given_twice(ada):
    journey = make_running(words(), words(2))
    remove_step(journey_id=journey.pk, key="s2", actor=ada)
    version = add_step(journey_id=journey.pk, step=words(4), actor=ada)
    assert [one["key"] for one in version.steps] == ["s1", "s3"]
    moved = move_step(journey_id=journey.pk, key="s3", by=-1, actor=ada)
    assert [one["key"] for one in moved.steps] == ["s3", "s1"]


def test_where_no_text_is_allowed_a_colleague_calls():
    by_phone = new_members(1, allows_sms=False)[0]
    by_nothing = new_members(1, allows_sms=False, allows_phone=False)[0]
    by_text = new_members(1)[0]
    make_running(message(instead="phone", script="请致电问候"))
    run_journeys()
    outcomes = dict(JourneyPass.objects.values_list("enrolment__member_id", "outcome"))
    assert outcomes == {by_text.pk: Outcome.DONE, by_phone.pk: Outcome.INSTEAD, by_nothing.pk: Outcome.NOT_REACHED}
    assert set(Send.objects.values_list("channel", flat=True)) == {"sms", "phone"}


@pytest.mark.parametrize(("otherwise", "expected"), [("end", ["s1"]), ("skip", ["s1", "s3"])])
def test_a_condition_decides_the_way(otherwise, expected):
    woman, man = new_members(1, gender="female")[0], new_members(1, gender="male")[0]
    rule = {"version": 1, "op": "all", "rules": [{"field": "member.gender", "test": "is_one_of", "value": ["female"]}]}
    make_running(Step("", "condition", rule=rule, otherwise=otherwise), words(1), words(2))
    run_journeys()
    assert keys_passed(woman) == ["s1", "s2", "s3"]
    assert keys_passed(man) == expected


def test_a_coupon_is_given_once_an_occasion():
    members = new_members(2)
    kind = CouponKind.objects.create(code="J1", name="欢迎券", amount=20)
    make_running(Step("", "coupon", coupon=kind.pk))
    run_journeys()
    run_journeys()
    assert set(Coupon.objects.values_list("member_id", flat=True)) == {member.pk for member in members}
    assert Coupon.objects.count() == 2


def test_a_paused_journey_moves_nobody_and_an_ended_one_lets_everybody_go(ada):
    new_members(1)
    journey = make_running(wait(1), words())
    run_journeys()
    pause_journey(journey_id=journey.pk, actor=ada)
    assert run_journeys(now=in_days(3)) == 0
    start_journey(journey_id=journey.pk, actor=ada)
    end_journey(journey_id=journey.pk, actor=ada)
    assert journey.enrolments.get().state == State.LEFT
    with pytest.raises(JourneyRefused):
        start_journey(journey_id=journey.pk, actor=ada)


def test_each_trigger_finds_its_members(store_a):
    today = timezone.localdate()
    born, slept, returned = (make_people(1, enrolled_on=today - timedelta(days=300))[0] for _ in range(3))
    Member.objects.filter(pk=born.pk).update(next_birthday_on=today + timedelta(days=1))
    make_sale(store_a, member=slept, days_ago=180)
    sale = make_sale(store_a, member=returned, days_ago=3)
    make_return(sale, days_ago=1)
    found = {}
    for trigger in ("birthday", "sleeping", "after_return", "second_purchase", "points_expiring", "star_at_risk"):
        journey = make_running(words(), trigger=trigger, name=trigger)
        enter_members(journey_id=journey.pk)
        found[trigger] = set(journey.enrolments.values_list("member_id", flat=True))
    assert (found["birthday"], found["sleeping"], found["after_return"]) == ({born.pk}, {slept.pk}, {returned.pk})
    assert found["second_purchase"] == found["points_expiring"] == found["star_at_risk"] == set()


def test_nobody_enters_again_within_the_days_of_rest(store_a):
    member = make_people(1, enrolled_on=timezone.localdate() - timedelta(days=300))[0]
    sale = make_sale(store_a, member=member, days_ago=5)
    make_return(sale, days_ago=1)
    journey = make_running(words(), trigger="after_return", rest_days=30)
    assert enter_members(journey_id=journey.pk) == 1
    run_journeys()
    make_return(make_sale(store_a, member=member, days_ago=4), days_ago=1)
    assert enter_members(journey_id=journey.pk) == 0
    JourneyEnrolment.objects.update(entered_at=timezone.now() - timedelta(days=31))
    assert enter_members(journey_id=journey.pk) == 1


def test_a_merged_member_leaves(store_a, ada):
    winner, loser = new_members(2)
    make_running(wait(1), words())
    run_journeys()
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada, reason="same person")
    assert JourneyEnrolment.objects.get(member=loser).why == "merged"


def test_sends_of_earlier_days_take_nobody_in_any_more():
    new_members(1)
    make_running(message())
    run_journeys()
    assert close_old_sends(today=timezone.localdate()) == 0
    assert close_old_sends(today=timezone.localdate() + timedelta(days=1)) == 1
    assert Send.objects.get().finished_at is not None


@pytest.mark.parametrize(
    "step",
    [
        Step("", "wait"), Step("", "wait", days=400), Step("", "message", channel="sms", content=0),
        Step("", "desk", words="", days=3), Step("", "desk", words="x", days=0), Step("", "coupon", coupon=0),
        Step("", "call"), Step("", "dance"), Step("", "condition", rule={"op": "all", "rules": []}, otherwise="fly"),
    ],
)  # fmt: skip
def test_half_a_step_is_refused(step):
    journey = make_journey(name="x", trigger="welcome", actor=None)
    with pytest.raises(JourneyRefused):
        add_step(journey_id=journey.pk, step=step, actor=None)


@given(deeds=st.lists(st.sampled_from(["run", "tomorrow", "add", "drop", "enter", "pause"]), max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_nobody_passes_a_step_twice(deeds, ada):
    from django.db import transaction

    with transaction.atomic():
        new_members(2)
        journey = make_running(words(), wait(1), words(2))
        days = 0
        for deed in deeds:
            match deed:
                case "run":
                    run_journeys(now=in_days(days))
                case "tomorrow":
                    days += 1
                case "add":
                    add_step(journey_id=journey.pk, step=words(days + 3), actor=ada, place=1)
                case "drop":
                    steps = Journey.objects.get(pk=journey.pk).current.steps
                    if len(steps) > 1:
                        remove_step(journey_id=journey.pk, key=steps[-1]["key"], actor=ada)
                case "enter":
                    new_members(1)
                case "pause":
                    pause_journey(journey_id=journey.pk, actor=ada)
                    start_journey(journey_id=journey.pk, actor=ada)
        passes = list(JourneyPass.objects.values_list("enrolment_id", "step"))
        assert len(passes) == len(set(passes))
        ended = JourneyEnrolment.objects.exclude(state=State.UNDER_WAY)
        assert not ended.filter(due_at__isnull=False).exists()
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_pass_each_member_once():
    new_members(12)
    journey = make_running(words())
    enter_members(journey_id=journey.pk)
    start, passed = Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            passed.append(pass_step(journey_id=journey.pk, key="s1", now=timezone.now()))
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 12
    assert JourneyPass.objects.count() == 12
    connection.close()


def test_a_settled_complaint_begins_one(store_a, ada):
    from callcenter.tests.factories import make_case

    member = make_people(1, enrolled_on=timezone.localdate() - timedelta(days=90))[0]
    case = make_case(store_a, member=member, kind="complaint")
    type(case).objects.filter(pk=case.pk).update(solved_at=timezone.now() - timedelta(days=3))
    journey = make_running(words(), trigger="after_complaint", days=3)
    assert enter_members(journey_id=journey.pk) == 1
