"""Call lists: made and filled set-wise, worked one by one, re-checked at the moment of dialling, never somebody who
asked not to be called."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.call_exceptions import ListRefused, NotToBeCalled
from callcenter.models import AgentLine, Call, CallAttempt, CallList, CallListEntry
from callcenter.selectors.call_lists import members_named, results_of, script_for, with_members
from callcenter.services import call_list_work as work
from callcenter.services import call_lists as services
from callcenter.tests.call_factories import make_list, make_system
from callcenter.tests.factories import make_case
from kit.errors import DomainError
from kit.testing import assert_same_queries, counted_queries
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.models import Consent, Member, MemberPhone
from members.services.consent import record_consent
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.tests.factories import make_user
from stores.models import Chain

pytestmark = pytest.mark.django_db
Outcome = CallAttempt.Outcome


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def outsider_role():
    return "associate"


@pytest.fixture(autouse=True)
def programme(db):
    make_programme()
    make_scheme()


@pytest.fixture
def member(store_a):
    return make_member(store=store_a, name="周若兰", gender="female", phone="+8613812344821")


@pytest.fixture
def boss(store_a):
    return make_user("manager", [store_a])


@pytest.fixture
def call_list(boss, store_a, member):
    return make_list(boss, store_a, [member])


@pytest.fixture
def on_line(ada):
    return AgentLine.objects.create(system=make_system(), extension="7", user=ada)


def url(name, *args):
    return reverse(f"callcenter:{name}", args=args)


def entry_of(call_list, member):
    return CallListEntry.objects.get(call_list=call_list, member=member)


def note(entry, actor, outcome, **fields):
    return work.note_outcome(entry_id=entry.pk, result=work.Result(outcome, **fields), actor=actor)


def test_a_list_is_worked_through_the_browser(client, ada, call_list, member, on_line):
    CallList.objects.update(script="{title}您好,我是{store}的{agent},{nobody}")
    client.force_login(ada)
    assert client.get(url("list_list")).status_code == 200
    assert client.post(url("list_next", call_list.pk)).url == url("list_work", call_list.pk)
    page = client.get(url("list_work", call_list.pk)).content.decode()
    script = page[page.index('class="card-body script"') :][:300]
    assert "女士您好,我是香港中路店的Ada,{nobody}" in script
    assert member.phones.get().e164[-8:] not in page
    entry = entry_of(call_list, member)
    client.post(url("call_entry_dial", entry.pk))
    call = Call.objects.get()
    assert call.member == member
    client.post(url("call_entry_outcome", entry.pk), {"outcome": "visit", "note": "周六下午"})
    entry.refresh_from_db()
    attempt = CallAttempt.objects.get()
    assert (entry.state, entry.attempts, attempt.call, attempt.note) == ("done", 1, call, "周六下午")
    assert "周六下午" in client.get(url("list_detail", call_list.pk)).content.decode()


PAGES = ["list_detail", "list_work"]
DEEDS = ["list_next"]


@pytest.mark.parametrize("name", [*PAGES, *DEEDS])
def test_ada_gets_in_ben_does_not_find_it_cho_is_refused(client, ada, ben, cho, call_list, name):
    for user, status in ((ada, 302 if name in DEEDS else 200), (ben, 404), (cho, 403)):
        client.force_login(user)
        assert (client.post if name in DEEDS else client.get)(url(name, call_list.pk)).status_code == status, user


@pytest.mark.parametrize("name", ["call_entry_dial", "call_entry_outcome", "call_entry_give_back"])
def test_entries_are_for_those_who_work_the_list(client, ada, ben, cho, call_list, member, name):
    entry = entry_of(call_list, member)
    for user, status in ((ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.post(url(name, entry.pk)).status_code == status
    client.force_login(ada)
    assert client.get(url(name, entry.pk)).status_code == 405
    assert client.post(url(name, entry.pk), {"outcome": "visit"}).status_code in (302, 422)
    assert not CallAttempt.objects.exists()


@pytest.mark.parametrize("name", ["list_new", "list_edit", "list_add", "list_pause", "list_resume", "list_close"])
def test_lists_are_made_by_managers_and_marketing(client, ada, boss, store_b, call_list, name):
    address = url(name) if name == "list_new" else url(name, call_list.pk)
    send = client.post if name in ("list_pause", "list_resume", "list_close") else client.get
    client.force_login(ada)
    assert send(address).status_code == 403
    client.force_login(boss)
    assert send(address).status_code in (200, 302)
    if name != "list_new":
        client.force_login(make_user("manager", [store_b]))
        assert send(address).status_code == 404


def test_a_team_works_its_list_alone(client, ada, call_list, store_a):
    call_list.agents.set([make_user("agent", [store_a])])
    client.force_login(ada)
    assert client.get(url("list_work", call_list.pk)).status_code == 404
    call_list.agents.add(ada)
    assert client.get(url("list_work", call_list.pk)).status_code == 200


def typed(**fields):
    day = timezone.localdate()
    return {
        "name": "双十二到店邀请", "purpose": "marketing", "store": "", "from_on": day.isoformat(),
        "until_on": (day + timedelta(days=9)).isoformat(), "call_from": "10:00", "call_until": "19:00",
        "most_attempts": "2", "bought_within": "14", "drops_buyers": "on", "script": "您好", "script_en": "",
    } | fields  # fmt: skip


def test_a_filtered_list_of_members_becomes_a_call_list(client, boss, store_a, store_b):
    Chain.objects.update_or_create(pk=1, defaults={"name": "x", "shares_member_base": True})
    here = [make_member(store=store_a, allows_phone=True) for _number in range(3)]
    make_member(store=store_a)
    make_member(store=store_b, allows_phone=True)
    client.force_login(boss)
    page = client.get(reverse("members:member_list"), {"home_store": store_a.pk, "sort": "newest"}).content.decode()
    assert f'name="members" value="home_store={store_a.pk}"' in page
    form = client.get(url("list_new"), {"members": f"home_store={store_a.pk}"}).content.decode()
    assert f'value="home_store={store_a.pk}"' in form
    response = client.post(url("list_new"), typed(members=f"home_store={store_a.pk}"))
    made = CallList.objects.get(name="双十二到店邀请")
    assert response.url == url("list_detail", made.pk)
    assert set(made.entries.values_list("member_id", flat=True)) == {one.pk for one in here}


@pytest.mark.parametrize("filters", ["home_store=abc", "since=yesterday", "associate=99999999999999999999"])
def test_a_filter_that_makes_no_sense_makes_no_list(client, boss, filters):
    client.force_login(boss)
    assert client.post(url("list_new"), typed(members=filters)).status_code == 422
    assert not CallList.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"until_on": "2001-01-01"}, {"call_until": "08:00"}, {"most_attempts": "0"}, {"purpose": "war"},
     {"call_from": "25:00"}, {"bought_within": "9" * 30}],
)  # fmt: skip
def test_what_is_typed_wrongly_stays_and_says_why(client, boss, wrong):
    client.force_login(boss)
    response = client.post(url("list_new"), typed(**wrong))
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not CallList.objects.exists()


def test_numbers_typed_or_from_a_file_are_found_and_the_rest_is_told(client, boss, call_list, store_a):
    first, second, third = (make_member(store=store_a, allows_phone=True) for _number in range(3))
    shared = make_member(store=store_a, allows_phone=True, phone="+8613700008888")
    make_member(store=store_a, allows_phone=True, phone="+8613700008888")
    card = third.cards.get().number
    lines = [first.phones.get().e164[3:], second.member_no.lower(), card, "13700008888", "nobody", "\x00", "=1+1"]
    named = members_named(boss, lines)
    assert (set(named.ids), len(named.ambiguous)) == ({first.pk, second.pk, third.pk}, 1)
    assert shared.pk not in named.ids
    client.force_login(boss)
    client.post(url("list_add", call_list.pk), {"numbers": "\n".join(lines[:2])})
    file = SimpleUploadedFile("n.csv", f"\ufeff{card},某人\n,\n".encode())
    client.post(url("list_add", call_list.pk), {"numbers": "", "file": file})
    assert call_list.entries.count() == 4
    assert client.post(url("list_add", call_list.pk), {"numbers": " \n "}).status_code == 422
    rubbish = SimpleUploadedFile("n.csv", bytes(range(256)) * 4)
    assert client.post(url("list_add", call_list.pk), {"numbers": "", "file": rubbish}).status_code in (302, 422)


def test_filling_leaves_out_whom_nobody_may_call_and_is_one_deed(call_list, boss, store_a):
    willing = make_member(store=store_a, allows_phone=True)
    no_phone = make_member(store=store_a, allows_phone=True, phone=None)
    unwilling = make_member(store=store_a)
    ids = [willing.pk, no_phone.pk, unwilling.pk, willing.pk, 10**9]
    added = services.add_to_call_list(list_id=call_list.pk, members=ids, actor=boss)
    assert (added.asked, added.added, added.known, added.left_out) == (4, 1, 0, 3)
    again = services.add_to_call_list(list_id=call_list.pk, members=ids, actor=boss)
    assert (again.added, again.known) == (0, 1)


def test_filling_costs_the_same_statements_for_three_and_three_hundred(call_list, boss, store_a):
    def add(count):
        ids = [make_member(store=store_a, allows_phone=True, card=False).pk for _number in range(count)]
        with counted_queries() as queries:
            services.add_to_call_list(list_id=call_list.pk, members=ids, actor=boss)
        return len(queries)

    assert add(3) == add(60)


def test_the_same_key_makes_one_list(boss):
    facts = services.ListFacts(name="活动", until_on=timezone.localdate())
    made = [services.make_call_list(facts=facts, owner=boss, actor=None, source_key="campaign-1") for _n in range(2)]
    assert made[0] == made[1]


REFUSALS = {
    "gone": lambda one: Member.objects.filter(pk=one.pk).update(status="closed"),
    "no_number": lambda one: MemberPhone.objects.filter(member=one).update(invalid=True),
    "asked": lambda one: Member.objects.filter(pk=one.pk).update(allows_phone=False),
    "bought": lambda one: sell(one.home_store, one, line_draft()),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_what_changed_since_is_seen_when_offered_and_when_dialled(ada, call_list, member, on_line, why):
    entry = work.take_next(call_list=call_list, actor=ada)
    REFUSALS[why](member)
    with pytest.raises(NotToBeCalled):
        work.dial_entry(entry_id=entry.pk, actor=ada)
    entry.refresh_from_db()
    assert (entry.state, entry.why) == ("dropped", why)
    assert not Call.objects.exists()
    CallListEntry.objects.update(state="open", why="")
    assert work.take_next(call_list=call_list, actor=ada) is None
    entry.refresh_from_db()
    assert (entry.state, entry.why) == ("dropped", why)


def test_an_open_complaint_puts_the_call_off(ada, call_list, member, store_a):
    make_case(store_a, ada, member=member)
    assert work.take_next(call_list=call_list, actor=ada) is None
    entry = entry_of(call_list, member)
    assert entry.state == "open"
    assert entry.next_at > timezone.now() + timedelta(hours=23)


def test_another_list_leaves_the_member_alone_for_the_chains_days(ada, boss, call_list, member, store_a):
    Chain.objects.update_or_create(pk=1, defaults={"name": "x", "settings": {"call_rest_days": 3}})
    Chain.forget()
    entry = work.take_next(call_list=call_list, actor=ada)
    other = make_list(boss, store_a, [member])
    assert work.take_next(call_list=other, actor=ada) is None
    note(entry, ada, Outcome.DECLINED)
    CallListEntry.objects.filter(call_list=other).update(next_at=None)
    assert work.take_next(call_list=other, actor=ada) is None
    waits = entry_of(other, member)
    assert timedelta(days=2) < waits.next_at - timezone.now() < timedelta(days=3)
    CallListEntry.objects.filter(call_list=call_list).update(last_at=timezone.now() - timedelta(days=4))
    CallListEntry.objects.filter(call_list=other).update(next_at=None)
    assert work.take_next(call_list=other, actor=ada) == waits


def test_who_does_not_want_calls_is_called_by_nobody_again(ada, boss, call_list, member, store_a):
    others = [make_list(boss, store_a, [member], purpose=purpose) for purpose in ("service", "survey")]
    note(work.take_next(call_list=call_list, actor=ada), ada, Outcome.NEVER)
    member.refresh_from_db()
    assert member.allows_phone is False
    assert not MemberPhone.objects.filter(member=member, opt_out_call=False).exists()
    refused = Consent.objects.filter(member=member, channel="phone", granted=False, recorded_by=ada)
    assert set(refused.values_list("purpose", flat=True)) == {"marketing", "service"}
    assert set(CallListEntry.objects.values_list("state", "why")) == {("dropped", "asked")}
    for one in others:
        assert work.take_next(call_list=one, actor=ada) is None
    # Offers again by SMS consent or by hand do not bring the calls back for service either.
    assert services.add_to_call_list(list_id=others[0].pk, members=[member.pk], actor=boss).added == 0


def test_a_service_list_calls_who_refused_offers_but_not_who_refused_service(ada, boss, member, store_a):
    call_list = make_list(boss, store_a, [member], purpose="service")
    record_consent(member_id=member.pk, channel="phone", granted=False, actor=ada)
    entry = work.take_next(call_list=call_list, actor=ada)
    assert entry is not None
    work.give_back(entry_id=entry.pk, actor=ada)
    record_consent(member_id=member.pk, channel="phone", granted=False, purpose="service", actor=ada)
    assert work.take_next(call_list=call_list, actor=ada) is None


@pytest.mark.parametrize(
    "change", [{"call_from": time(0, 0), "call_until": time(0, 0, 1)}, {"state": "paused"}, {"until_on": "2001-01-02",
               "from_on": "2001-01-01"}]
)  # fmt: skip
def test_nobody_is_called_outside_days_hours_and_state(client, ada, call_list, change):
    CallList.objects.update(**change)
    client.force_login(ada)
    client.post(url("list_next", call_list.pk))
    assert not CallListEntry.objects.filter(state="taken").exists()
    assert "note-warning" in client.get(url("list_work", call_list.pk)).content.decode()


def test_my_callback_that_is_due_comes_first_then_anybodys_then_new_ones(ada, boss, store_a):
    people = [make_member(store=store_a) for _number in range(4)]
    call_list = make_list(boss, store_a, people)
    now = timezone.now()
    new, anybodys, mine, others = (entry_of(call_list, one) for one in people)
    past = now - timedelta(minutes=1)
    CallListEntry.objects.filter(pk=anybodys.pk).update(next_at=past - timedelta(hours=1), is_callback=True)
    CallListEntry.objects.filter(pk=mine.pk).update(next_at=past, next_by=ada, is_callback=True)
    CallListEntry.objects.filter(pk=others.pk).update(next_at=past, next_by=boss, is_callback=True)
    order = []
    while entry := work.take_next(call_list=call_list, actor=ada):
        order.append(entry.pk)
        note(entry, ada, Outcome.DECLINED)
    assert order == [mine.pk, anybodys.pk, new.pk]


def test_no_answer_is_tried_as_often_as_allowed_and_a_callback_waits_for_its_moment(ada, call_list, member):
    CallList.objects.update(most_attempts=2)
    call_list.refresh_from_db()
    for tries in (1, 2):
        note(work.take_next(call_list=call_list, actor=ada), ada, Outcome.NO_ANSWER)
        entry = entry_of(call_list, member)
        assert (entry.state, entry.attempts) == ("open" if tries == 1 else "dropped", tries)
        assert work.take_next(call_list=call_list, actor=ada) is None
        CallListEntry.objects.update(next_at=None)
    assert entry_of(call_list, member).why == "tried"


@pytest.mark.parametrize("moment", ["", "2001-01-01T10:00", "2999-01-01T10:00", "soon"])
def test_a_callback_needs_a_moment_to_come(client, ada, call_list, member, moment):
    entry = work.take_next(call_list=call_list, actor=ada)
    client.force_login(ada)
    typed = {"outcome": "callback", "note": "下午开会", "callback_at": moment, "callback_is_mine": "on"}
    response = client.post(url("call_entry_outcome", entry.pk), typed)
    assert response.status_code == 422
    assert "下午开会" in response.content.decode()
    assert not CallAttempt.objects.exists()


def test_a_lease_runs_out_and_its_holder_can_write_nothing_over_the_next(ada, boss, call_list):
    entry = work.take_next(call_list=call_list, actor=ada)
    assert work.take_next(call_list=call_list, actor=ada) == entry
    assert work.take_next(call_list=call_list, actor=boss) is None
    CallListEntry.objects.update(taken_until=timezone.now() - timedelta(seconds=1))
    assert work.take_next(call_list=call_list, actor=boss) == entry
    with pytest.raises(ListRefused):
        note(entry, ada, Outcome.VISIT)
    note(entry, boss, Outcome.VISIT)
    with pytest.raises(ListRefused):
        note(entry, boss, Outcome.VISIT)


def test_an_attempt_is_never_changed(ada, call_list):
    attempt = note(work.take_next(call_list=call_list, actor=ada), ada, Outcome.VISIT)
    with pytest.raises(DatabaseError), transaction.atomic():
        CallAttempt.objects.filter(pk=attempt.pk).update(note="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        attempt.delete()


def test_closing_leaves_the_rest_out_for_good(client, boss, ada, call_list, member):
    client.force_login(boss)
    client.post(url("list_close", call_list.pk))
    assert (entry_of(call_list, member).state, entry_of(call_list, member).why) == ("dropped", "lapsed")
    client.post(url("list_resume", call_list.pk))
    call_list.refresh_from_db()
    assert call_list.state == "closed"
    with pytest.raises(DomainError):
        services.add_to_call_list(list_id=call_list.pk, members=[member.pk], actor=boss)


def test_results_count_who_bought_after_the_call(ada, boss, store_a):
    people = [make_member(store=store_a) for _number in range(3)]
    call_list = make_list(boss, store_a, people)
    for outcome in (Outcome.VISIT, Outcome.DECLINED):
        note(work.take_next(call_list=call_list, actor=ada), ada, outcome)
    for one in (people[0], people[2]):  # the third was never called
        sell(store_a, one, line_draft(net="800.00"), at=timezone.now() + timedelta(minutes=1))
    results = results_of(call_list)
    assert (results.called, results.reached, results.bought, results.amount) == (2, 2, 1, Decimal("800.00"))
    assert results.progress.percent == 66


def test_a_merge_makes_two_entries_one_with_every_refusal_and_comes_back(ada, boss, store_a):
    winner, loser = make_member(store=store_a), make_member(store=store_a)
    both, one = make_list(boss, store_a, [winner, loser]), make_list(boss, store_a, [loser])
    CallListEntry.objects.filter(call_list=both, member=loser).update(
        state="done", attempts=2, last_at=timezone.now(), last_outcome="declined"
    )
    before = list(CallListEntry.objects.order_by("pk").values())
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=boss)
    kept = entry_of(both, winner)
    assert (kept.state, kept.attempts, kept.last_outcome) == ("done", 2, "declined")
    assert entry_of(one, winner).state == "open"
    unmerge_members(operation_id=operation.pk, actor=boss)
    assert list(CallListEntry.objects.order_by("pk").values()) == before


def test_pages_cost_the_same_for_three_and_thirty(client, boss, ada, store_a):
    call_list = make_list(boss, store_a)

    def add(count):
        people = [make_member(store=store_a, allows_phone=True) for _number in range(count)]
        services.add_to_call_list(list_id=call_list.pk, members=[one.pk for one in people], actor=boss)
        for _number in range(count // 3):
            make_list(boss, store_a, people[:1])
        note(work.take_next(call_list=call_list, actor=ada), ada, Outcome.VISIT)
        work.take_next(call_list=call_list, actor=ada)

    client.force_login(ada)
    add(3)
    pages = [url("list_list"), url("list_detail", call_list.pk), url("list_work", call_list.pk)]
    assert assert_same_queries(lambda: [client.get(page) for page in pages], lambda: add(27)) <= 15 * len(pages)
    for page in pages:
        with counted_queries() as queries:
            client.get(page)
        assert len(queries) <= 15, f"{page} {len(queries)}\n" + "\n".join(one["sql"][:120] for one in queries)


def test_the_export_holds_no_number(client, boss, call_list, member):
    client.force_login(boss)
    response = client.get(url("list_detail", call_list.pk), {"export": "xlsx"})
    assert response.status_code == 200
    assert member.phones.get().e164[3:].encode() not in response.content


def test_the_script_is_shown_in_the_language_of_the_page(ada, boss, store_a, member):
    call_list = make_list(boss, store_a, [member], script="{member}您好{{x}}", script_en="Dear {member}")
    entry = CallListEntry.objects.select_related("call_list", "member__home_store").get(call_list=call_list)
    assert script_for(entry, with_members(ada, [entry])[0].row, ada) == "周若兰您好{{x}}"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.sampled_from([one.value for one in Outcome])),
        st.tuples(
            st.sampled_from(["buy", "complain", "refuse", "allow", "invalid", "close", "rest"]), st.integers(0, 3)
        ),
    ),
    max_size=14,
)


@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whoever_is_offered_a_plain_look_would_allow_too(ada, boss, store_a, steps):
    people = [make_member(store=store_a, card=False) for _number in range(4)]
    lists = [make_list(boss, store_a, people), make_list(boss, store_a, people, drops_buyers=False)]
    since = timezone.now()
    happened: dict[int, set[str]] = {one.pk: set() for one in people}
    called: dict[int, dict[int, object]] = {one.pk: {} for one in people}
    for number, (what, which) in enumerate(steps):
        call_list = lists[number % 2]
        if what != "note":
            happen(what, people[which], store_a, ada, happened, called)
            continue
        CallListEntry.objects.filter(call_list=call_list, is_callback=False).update(next_at=None)
        entry = work.take_next(call_list=call_list, actor=ada)
        if entry is None:
            continue
        facts = happened[entry.member_id]
        assert not facts & {"refused", "invalid", "closed", "complains"}
        assert not ("bought" in facts and call_list.drops_buyers)
        others = [at for list_id, at in called[entry.member_id].items() if list_id != call_list.pk]
        assert not others or entry.is_callback
        assert entry.attempts < call_list.most_attempts or entry.is_callback
        later = since + timedelta(days=1) if which == "callback" else None
        note(entry, ada, which, callback_at=later)
        called[entry.member_id][call_list.pk] = timezone.now()
        if which == "never":
            facts.add("refused")


def happen(what, member, store, ada, happened, called):
    facts = happened[member.pk]
    if what == "buy":
        sell(store, member, line_draft(), at=timezone.now())
        facts.add("bought")
    elif what == "complain":
        make_case(store, ada, member=member)
        facts.add("complains")
    elif what in ("refuse", "allow"):
        record_consent(member_id=member.pk, channel="phone", granted=what == "allow", actor=ada)
        stays = not MemberPhone.objects.filter(member=member, opt_out_call=False).exists()
        facts.discard("refused") if what == "allow" and not stays else facts.add("refused")
    elif what == "invalid":
        MemberPhone.objects.filter(member=member).update(invalid=True)
        facts.add("invalid")
    elif what == "close":
        Member.objects.filter(pk=member.pk).update(status="closed")
        facts.add("closed")
    else:
        CallListEntry.objects.filter(member=member).update(last_at=timezone.now() - timedelta(days=30))
        called[member.pk].clear()
