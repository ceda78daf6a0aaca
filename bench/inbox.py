"""The in-tray of somebody in a house that has asked for a million things: each of its tabs, over HTTP."""

from django.conf import settings
from django.db import connection
from django.test import Client

from bench.client import Connection
from bench.database import database
from bench.figures import Run
from bench.pages import HOST, PROBES, WARM, Asked, read_once
from bench.recording import record_each, refuse_scans, replay
from bench.registry import bench
from bench.server import serve
from staff.models import User
from workflow.services.flows import install_standard_flows

PAST, PEOPLE, ASKED = 1_000_000, 400, 300
TABS = {"": "/approvals/", "mine": "/approvals/mine/", "copied": "/approvals/copies/", "done": "/approvals/decided/"}

FILL = (
    """
    INSERT INTO staff_user (username, password, first_name, last_name, email, is_staff, is_active, is_superuser,
                            date_joined, role, display_name, language, all_stores, phone)
    SELECT 'p' || n, '!', '', '', '', false, true, false, now(), 'finance', '员工' || n, 'zh-hans', true, ''
    FROM generate_series(1, %(people)s) n
    """,
    """
    INSERT INTO workflow_approvalrequest (number, version_id, subject_type, content_type_id, object_id, title, title_en,
                                          facts, choices, fingerprint, progress, initiator_id, status, is_urgent,
                                          submitted_at, finished_at)
    SELECT 'SP' || lpad(n::text, 8, '0'), v.id, 'workflow.export', c.id, n, '导出会员 ' || n, 'Export ' || n,
           '{}', '{}', '', '{}', p.low + n %% %(people)s,
           CASE WHEN n > %(past)s THEN 'running' WHEN n %% 10 = 0 THEN 'rejected' ELSE 'approved' END,
           n %% 50 = 0, now() - (%(past)s - n) * interval '1 minute',
           CASE WHEN n > %(past)s THEN NULL ELSE now() - (%(past)s - n) * interval '1 minute' END
    FROM generate_series(1, %(past)s + %(open)s) n, (SELECT min(id) AS low FROM staff_user) p,
         (SELECT v.id FROM workflow_flowversion v JOIN workflow_flow f ON f.id = v.flow_id
          WHERE f.subject_type = 'workflow.export') v,
         (SELECT id FROM django_content_type WHERE app_label = 'workflow' AND model = 'exportrequest') c
    """,
    """
    INSERT INTO workflow_step (request_id, no, node_key, visit, origin, mode, ratio, wait_for_all, on_reject, status,
                               opened_at, closed_at)
    SELECT id, 1, 'n1', 1, 'definition', 'any', 51, false, 'end',
           CASE WHEN status = 'running' THEN 'open' ELSE status END, submitted_at, finished_at
    FROM workflow_approvalrequest
    """,
    """
    INSERT INTO workflow_approvaltask (request_id, step_id, no, assignee_id, "order", status, opened_at, reminders,
                                       decided_at, decided_by_id)
    SELECT r.id, s.id, 1, p.low + (r.id * 7) %% %(people)s, 1,
           CASE WHEN r.status = 'running' THEN 'open' ELSE r.status END, r.submitted_at, 0, r.finished_at,
           CASE WHEN r.status = 'running' THEN NULL ELSE p.low + (r.id * 7) %% %(people)s END
    FROM workflow_approvalrequest r JOIN workflow_step s ON s.request_id = r.id, (SELECT min(id) AS low FROM staff_user) p
    """,
    """
    INSERT INTO workflow_copy (request_id, user_id, point, at, read_at)
    SELECT r.id, p.low + (r.id * 11) %% %(people)s, 'node', r.submitted_at, r.finished_at
    FROM workflow_approvalrequest r, (SELECT min(id) AS low FROM staff_user) p WHERE r.id %% 3 = 0
    """,
)


def fill() -> None:
    """A million finished requests among four hundred people, and twenty open ones for each."""
    install_standard_flows()
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {"people": PEOPLE, "past": PAST, "open": PEOPLE * 20})


@bench("inbox", "The in-tray and its tabs after a million requests, over HTTP by one client")
def inbox(run: Run) -> None:
    with database("inbox", fill) as url:
        people = list(User.objects.filter(role="finance").order_by("pk")[:ASKED])
        cookies = [_session(person) for person in people]
        read_once()
        with serve(url) as site:
            for tab, path in TABS.items():
                asked = [Asked(path, {}, {"Cookie": cookie}) for cookie in cookies]
                line = Connection(site)
                messages = [one.message() for one in asked]
                for message in messages[:WARM]:
                    line.timed(message)
                seconds = [line.timed(message)[0] for message in messages]
                statements = record_each([one.in_process for one in asked[:PROBES]])
                for each in statements[:3]:
                    refuse_scans(each)
                run.spread(seconds, label=tab, limit=replay(statements))


def _session(person: User) -> str:
    client = Client(headers={"host": HOST})
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
