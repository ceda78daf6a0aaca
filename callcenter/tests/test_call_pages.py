"""The pages about calls: whose they are, masked everywhere, notes, dialling, lines."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from callcenter.call_exceptions import CannotDial
from callcenter.models import AgentLine, Call, PhoneSystem
from callcenter.selectors.calls import active_calls, calls_of, days_of_calls
from callcenter.services.dialing import dial_phone
from callcenter.tests.call_factories import make_agent, make_system, ring, say
from campaigns.tests.send_factories import make_audience
from kit.testing import assert_same_queries, counted_queries
from members.services.enrolment import enrol_member
from members.tests.factories import make_contact, make_member
from staff.models import AuditEntry
from staff.roles import Role
from staff.tests.factories import make_user
from stores.models import Chain

NUMBER = "+8613812344821"


@pytest.fixture
def system(db):
    return make_system()


@pytest.fixture
def agent(system, store_a):
    return make_agent(system, "801", [store_a])


@pytest.fixture
def other(system, store_a):
    return make_agent(system, "802", [store_a])


@pytest.fixture
def as_agent(client, agent):
    client.force_login(agent)
    client.cookies["atrium_language"] = "en"
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"callcenter:{name}", args=args)


def test_only_the_one_whose_phone_rings_is_told(as_agent, client, agent, other, system):
    make_member(phone=NUMBER)
    call = ring(system, "801", NUMBER)
    truth = as_agent.get(url("call_active")).json()
    assert truth["calls"] == [{"call": call.pk, "state": "ringing", "hint": "138****4821", "way": "in"}]
    client.force_login(other)
    assert client.get(url("call_active")).json()["calls"] == []
    for name in ("call_card", "call_open", "call_choose"):
        assert client.get(url(name, call.pk)).status_code == 404
    client.post(url("call_shown", call.pk))
    call.refresh_from_db()
    assert call.shown_at is None


def test_the_truth_is_one_query_and_nothing_without_a_line(agent, system):
    ring(system, "801", NUMBER)
    with counted_queries() as queries:
        assert active_calls(agent).has_line
    assert len(queries) == 1
    AgentLine.objects.update(ended_at=timezone.now())
    assert not active_calls(agent).has_line


def test_a_call_leaves_the_truth_when_it_is_over(as_agent, agent, system):
    call = say(ring(system, "801", NUMBER), "answer")
    assert [one["state"] for one in active_calls(agent).calls] == ["answered"]
    say(call, "hangup")
    assert active_calls(agent).calls == []


def test_the_card_names_a_member_and_shows_no_number(as_agent, system, store_a):
    make_member(phone=NUMBER, store=store_a, name="周若兰")
    call = ring(system, "801", NUMBER)
    page = as_agent.get(url("call_card", call.pk), {"part": "1"}).content.decode()
    assert "周若兰" in page
    assert "138****4821" in page
    assert "12344821" not in page
    assert as_agent.get(url("call_open", call.pk)).url == reverse("members:member_detail", args=[call.member_id])


def test_the_card_of_several_lets_the_agent_choose(as_agent, system, store_a):
    make_member(phone=NUMBER, store=store_a, name="周若兰")
    husband = make_member(phone=NUMBER, store=store_a, name="陈立")
    call = ring(system, "801", NUMBER)
    page = as_agent.get(url("call_card", call.pk), {"part": "1"}).content.decode()
    assert "周若兰" in page
    assert "陈立" in page
    assert as_agent.get(url("call_open", call.pk)).url == url("call_choose", call.pk)
    assert "陈立" in as_agent.get(url("call_choose", call.pk)).content.decode()
    answer = as_agent.post(url("member_choose", call.pk, husband.pk))
    assert answer.url == reverse("members:member_detail", args=[husband.pk])
    call.refresh_from_db()
    assert call.member == husband


def test_the_card_of_nobody_enrols_with_the_call_and_not_with_the_number(as_agent, system, store_a):
    make_contact(store_a, phone=NUMBER, name="刘先生")
    call = ring(system, "801", NUMBER)
    assert "刘先生" in as_agent.get(url("call_card", call.pk), {"part": "1"}).content.decode()
    to = as_agent.get(url("call_open", call.pk)).url
    assert to == f"{reverse('members:member_enrol')}?call={call.pk}"


def test_enrolment_finds_the_number_filled_in_and_the_call_finds_its_member(as_agent, other, client, system, store_a):
    call = ring(system, "801", NUMBER)
    path = reverse("members:member_enrol")
    assert 'value="13812344821"' in as_agent.get(path, {"call": call.pk}).content.decode()
    for nonsense in ("x", "99999999999999999999", "²", "-1"):
        assert as_agent.get(path, {"call": nonsense}).status_code == 200
    enrol_member(name="周若兰", phone=NUMBER, store=store_a, actor=None)
    call.refresh_from_db()
    assert call.member.name == "周若兰"
    client.force_login(other)
    assert "12344821" not in client.get(path, {"call": call.pk}).content.decode()


def test_a_withheld_number_opens_the_call(as_agent, system):
    call = ring(system, "801", "anonymous")
    assert "withheld" in as_agent.get(url("call_card", call.pk)).content.decode()
    assert as_agent.get(url("call_open", call.pk)).url == url("call_detail", call.pk)


def test_the_browser_says_when_the_card_was_shown(as_agent, system):
    call = ring(system, "801", NUMBER)
    assert as_agent.post(url("call_shown", call.pk)).status_code == 204
    call.refresh_from_db()
    first = call.shown_at
    as_agent.post(url("call_shown", call.pk))
    call.refresh_from_db()
    assert call.shown_at == first
    today = days_of_calls()[0]
    assert (today.calls, today.shown) == (1, 1)
    assert today.p95_ms >= 0


def test_a_member_out_of_scope_is_masked_on_the_card(as_agent, system, store_b):
    Chain.objects.update_or_create(pk=1, defaults={"name": "x", "shares_member_base": False})
    Chain.forget()
    make_member(phone=NUMBER, store=store_b, name="周若兰")
    call = ring(system, "801", NUMBER)
    for path in (url("call_card", call.pk), url("call_list"), url("call_detail", call.pk)):
        assert "周若兰" not in as_agent.get(path).content.decode()


def test_an_agent_sees_own_calls_and_missed_ones(as_agent, agent, other, system):
    mine, theirs = ring(system, "801", NUMBER), say(ring(system, "802", "13900001111"), "answer")
    missed = say(ring(system, "802", "13900002222"), "hangup")
    assert as_agent.get(url("call_detail", mine.pk)).status_code == 200
    assert as_agent.get(url("call_detail", theirs.pk)).status_code == 404
    assert as_agent.get(url("call_detail", missed.pk)).status_code == 200
    page = as_agent.get(url("missed_list")).content.decode()
    assert "139****2222" in page
    as_agent.post(url("call_settle", missed.pk))
    assert "139****2222" not in as_agent.get(url("missed_list")).content.decode()


@pytest.mark.parametrize("name", ["call_list", "missed_list", "call_active", "line_list"])
def test_whoever_takes_no_calls_is_refused(client, store_a, name):
    client.force_login(make_user(Role.BUYER, [store_a]))
    assert client.get(url(name)).status_code == 403


@pytest.mark.parametrize("name", ["event_list", "simulator", "system_list"])
def test_agents_do_not_manage_the_phone(as_agent, name):
    assert as_agent.get(url(name)).status_code == 403


def test_the_log_asks_as_often_for_many_calls_as_for_few(as_agent, agent, system, store_a):
    def add() -> None:
        for number in range(8):
            member = make_member(store=store_a, phone=f"+861390000{number:04}")
            Call.objects.create(system=system, external_id=f"x{number}", agent=agent, member=member, number=NUMBER)

    Call.objects.create(
        system=system, external_id="first", agent=agent, member=make_member(store=store_a), number=NUMBER
    )
    assert assert_same_queries(lambda: as_agent.get(url("call_list")), add) <= 15


def test_the_log_is_filtered_by_a_whole_number_a_day_and_a_state(as_agent, system):
    ring(system, "801", NUMBER)
    say(ring(system, "801", "13900001111"), "hangup")
    for query, shown, hidden in (
        ({"who": "138 1234 4821"}, "138****4821", "139****1111"),
        ({"state": "missed"}, "139****1111", "138****4821"),
        ({"who": "1381"}, "", "138****4821"),
        ({"on": str(timezone.localdate() - timedelta(days=1))}, "", "138****4821"),
    ):
        page = as_agent.get(url("call_list"), query, headers={"HX-Request": "true"}).content.decode()
        assert shown in page
        assert hidden not in page


def test_a_note_is_saved_with_and_without_a_script(as_agent, agent, system):
    call = say(ring(system, "801", NUMBER), "answer")
    written = {"note": "问退货", "disposition": "settled"}
    answer = as_agent.post(url("call_note", call.pk), written, headers={"HX-Request": "true"})
    assert "Saved" in answer.content.decode()
    assert as_agent.post(url("call_note", call.pk), written | {"note": "问退货,已办"}).status_code == 302
    call.refresh_from_db()
    assert (call.note, call.disposition, call.noted_by) == ("问退货,已办", "settled", agent)
    assert AuditEntry.objects.filter(action="callcenter.call_noted").count() == 1
    assert as_agent.post(url("call_note", call.pk), {"disposition": "?"}).status_code == 422


def test_clicking_dials_without_the_number_leaving_the_server(as_agent, agent, system, store_a):
    member = make_member(phone=NUMBER, store=store_a)
    answer = as_agent.post(url("phone_dial", member.phones.get().pk), follow=True)
    assert "12344821" not in answer.content.decode()
    call = Call.objects.get()
    assert (call.direction, call.number, call.member, call.agent, call.state) == (
        "out",
        NUMBER,
        member,
        agent,
        "ringing",
    )
    assert AuditEntry.objects.get(action="callcenter.call_placed").data["phone"] == "138****4821"


def test_calling_back_settles_what_was_missed(as_agent, system):
    missed = say(ring(system, "801", NUMBER), "hangup")
    as_agent.post(url("call_back", missed.pk))
    placed = Call.objects.get(direction="out")
    say(placed, "answer")
    missed.refresh_from_db()
    assert missed.settled_why == "called_back"


@pytest.mark.parametrize("trouble", ["opt_out", "invalid", "no_line", "no_adapter"])
def test_what_cannot_be_dialled_says_why(as_agent, agent, system, store_a, trouble):
    phone = make_member(phone=NUMBER, store=store_a).phones.get()
    phone.opt_out_call, phone.invalid = trouble == "opt_out", trouble == "invalid"
    phone.save()
    if trouble == "no_line":
        AgentLine.objects.update(ended_at=timezone.now())
    if trouble == "no_adapter":
        PhoneSystem.objects.update(kind="webhook")
    page = as_agent.post(url("phone_dial", phone.pk), follow=True).content.decode()
    assert "note-error" in page
    assert not Call.objects.exists()


def test_a_clerk_does_not_dial(client, store_a):
    client.force_login(make_user(Role.CLERK, [store_a]))
    phone = make_member(store=store_a).phones.get()
    assert client.post(url("phone_dial", phone.pk)).status_code == 403


def test_an_agent_takes_a_line_and_leaves_it(client, system, store_a, agent):
    person = make_user(Role.AGENT, [store_a], username="new")
    client.force_login(person)
    assert (
        client.post(url("line_list"), {"system": system.pk, "extension": "801"}).status_code == 422
    )  # somebody sits there
    assert client.post(url("line_list"), {"system": system.pk, "extension": "8 01"}).status_code == 422
    assert (
        client.post(url("line_list"), {"system": system.pk, "extension": "803", "opens_on_ring": "on"}).status_code
        == 302
    )
    line = AgentLine.objects.get(user=person, ended_at=None)
    assert line.opens_on_ring
    client.post(url("line_list"), {"system": system.pk, "extension": "804"})
    assert AgentLine.objects.get(user=person, ended_at=None).extension == "804"
    assert client.post(url("line_leave", AgentLine.objects.get(user=agent).pk)).status_code == 404
    client.post(url("line_leave", AgentLine.objects.get(user=person, ended_at=None).pk))
    assert not AgentLine.objects.filter(user=person, ended_at=None).exists()


@pytest.fixture
def as_admin(client, db):
    client.force_login(make_user(Role.ADMIN, username="root"))
    client.cookies["atrium_language"] = "en"
    return client


def test_the_secret_of_a_system_is_shown_once(as_admin):
    form = {"code": "asterisk", "name": "Asterisk", "kind": "asterisk", "own_numbers": "0532-8586 1234"}
    page = as_admin.post(url("system_list"), form).content.decode()
    assert "is not shown again" in page
    made = PhoneSystem.objects.get()
    assert made.own_numbers == ["+8653285861234"]
    assert "is not shown again" not in as_admin.get(url("system_list")).content.decode()
    assert "is not shown again" in as_admin.post(url("system_rotate", made.pk)).content.decode()
    as_admin.post(url("system_switch", made.pk))
    made.refresh_from_db()
    assert not made.is_active
    assert as_admin.post(url("system_list"), form).status_code == 422


def test_the_simulator_rings_answers_and_hangs_up(as_admin, agent, system):
    line = AgentLine.objects.get(user=agent)
    as_admin.post(url("simulator"), {"line": line.pk, "number": "138 1234 4821", "queue": "金卡"})
    call = Call.objects.get()
    assert (call.state, call.agent, call.queue, call.number) == ("ringing", agent, "金卡", NUMBER)
    page = as_admin.get(url("simulator")).content.decode()
    assert "12344821" not in page
    as_admin.post(url("paper_answer", call.pk))
    as_admin.post(url("paper_hang_up", call.pk))
    call.refresh_from_db()
    assert call.state == "ended"
    assert as_admin.post(url("simulator"), {"line": line.pk, "number": "12"}).status_code == 422


def test_the_log_of_events_says_why_no_card_came(as_admin, system, agent):
    ring(system, "899", NUMBER, call_id="tel-13812344821")
    page = as_admin.get(url("event_list")).content.decode()
    assert "Nobody is signed in at this extension" in page
    assert "12344821" not in page
    rows = as_admin.get(url("event_list"), {"outcome": "popped"}, headers={"HX-Request": "true"}).content.decode()
    assert "899" not in rows


def test_the_export_is_masked(client, system, store_a, agent):
    manager = make_user(Role.MANAGER, [store_a], all_stores=True)
    ring(system, "801", NUMBER)
    client.force_login(manager)
    answer = client.get(url("call_list"), {"export": "xlsx"})
    assert answer.status_code == 200
    cells = [str(cell) for row in load_workbook(BytesIO(answer.content)).active.values for cell in row]
    assert any("138****4821" in cell for cell in cells)
    assert not any("12344821" in cell for cell in cells)


def test_a_members_calls_are_one_query(agent, system, store_a):
    member = make_member(phone=NUMBER, store=store_a)
    call = say(ring(system, "801", NUMBER), "hangup")
    agent.has_perm("callcenter.view_call")
    with counted_queries() as queries:
        rows = calls_of(member, agent)
    assert [row.pk for row in rows] == [call.pk]
    assert rows[0].needs_call_back
    assert sum("callcenter_call" in query["sql"] for query in queries) == 1
    assert calls_of(member, make_user(Role.BUYER, [store_a])) == []


def test_an_agent_without_a_line_can_still_read_the_log(client, store_a):
    client.force_login(make_user(Role.AGENT, [store_a]))
    assert client.get(url("call_active")).json() == {"line": False, "opens": False, "calls": []}
    assert client.get(url("call_list")).status_code == 200


def test_dialling_by_service_needs_a_line(store_a, system):
    person = make_user(Role.AGENT, [store_a])
    with pytest.raises(CannotDial):
        dial_phone(phone=make_member(phone=NUMBER).phones.get(), actor=person)


def test_the_card_says_which_segments_the_member_is_in(as_agent, system, store_a):
    member = make_member(store=store_a)
    for number in range(5):
        make_audience([member], name_en=f"Segment {number}")
    call = ring(system, "801", member.phones.get().e164)
    page = as_agent.get(url("call_card", call.pk))
    assert len(page.context["card"].segments) == 3
    assert page.context["card"].segments[0] in page.content.decode()
