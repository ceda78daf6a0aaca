"""What a service desk has heard from a made chain's members: calls, visits, cases. Made once per chain, then kept."""

from django.db import connection, transaction

from callcenter.models import Call, PhoneSystem, VisitReason
from staff.models import User
from stores.models import Store

# One call for every third member, a visit for every fifth, a case for every tenth, over the last year.
CALLS = """
INSERT INTO callcenter_call (system_id, external_id, leg, direction, number, queue, extension, agent_id, store_id,
    member_id, found, state, heard_at, rang_at, answered_at, ended_at, cause, ring_seconds, talk_seconds, recording_url,
    disposition, note, settled_why)
SELECT %(system)s, 'made-' || m.id, '', 'in', p.e164, '', '801', %(agent)s, m.home_store_id, m.id, 1, 'ended',
    now() - (m.id %% 365) * interval '1 day', now() - (m.id %% 365) * interval '1 day',
    now() - (m.id %% 365) * interval '1 day', now() - (m.id %% 365) * interval '1 day', '', 6, 90, '', '', '', ''
FROM members_member m JOIN members_memberphone p ON p.member_id = m.id AND p.is_primary WHERE m.id %% 3 = 0"""
VISITS = """
INSERT INTO callcenter_visit (store_id, reason_id, member_id, visitor_name, visitor_phone, note, state, arrived_at,
    served_at, left_at)
SELECT coalesce(home_store_id, %(store)s), %(reason)s, id, '', '', '', 'left', now() - (id %% 365 + 1) * interval '1 day',
    now() - (id %% 365 + 1) * interval '1 day', now() - (id %% 365 + 1) * interval '1 day'
FROM members_member WHERE id %% 5 = 0"""
CASES = """
INSERT INTO callcenter_case (number, kind, channel, state, priority, title, description, tags, member_id, caller_name,
    caller_phone, caller_email, store_id, opened_at, response_due_at, solution_due_at, waits_for, waited_seconds,
    solution, solved_at, closed_at, reopened_count, link_nonce)
SELECT 'M' || m.id, 'complaint', 'phone', CASE WHEN m.id %% 100 = 0 THEN 'open' ELSE 'closed' END, 'normal',
    '大衣袖口脱线', '', '{}', m.id, '', '', '', coalesce(m.home_store_id, %(store)s), now() - (m.id %% 300) * interval '1 day',
    now() + interval '1 day', now() + interval '2 days', '', 0, CASE WHEN m.id %% 100 <> 0 THEN '已换新' ELSE '' END,
    CASE WHEN m.id %% 100 <> 0 THEN now() END, CASE WHEN m.id %% 100 <> 0 THEN now() END, 0, ''
FROM members_member m WHERE m.id %% 10 = 0"""


@transaction.atomic
def tell_desk() -> None:
    """Fill the desk's tables, if they are empty."""
    if Call.objects.exists():
        return
    system = PhoneSystem.objects.create(code="made", name="made", kind=PhoneSystem.Kind.values[0])
    words = {
        "system": system.pk,
        "agent": User.objects.get(username="agent").pk,
        "store": Store.objects.earliest("pk").pk,
        "reason": VisitReason.objects.earliest("pk").pk,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in (CALLS, VISITS, CASES):
            cursor.execute(statement, words)
        cursor.execute("ANALYZE callcenter_call, callcenter_visit, callcenter_case")
