"""Looking for members who may be one person: explainable rules, set-wise over the whole base, never a merge by itself.

A block (members with the same phone, the same name and birthday …) larger than `LARGEST_BLOCK` says nothing: a
company's switchboard, a placeholder.
"""

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kit.errors import NotFound
from members.models import DuplicatePair
from members.services.merge_log import MergeLog
from staff.audit import record
from staff.models import Job, User
from staff.services.jobs import JobResult, register

LARGEST_BLOCK = 20
JOB = "members.duplicates"

# Rule: (words, weight). A pair's weight is the sum of its rules, at most 100; 90 and more is certain.
RULES: dict[str, tuple[str | Promise, int]] = {
    "phone_and_name": (lazy("same phone, same name"), 95),
    "email_and_name": (lazy("same e-mail, same name"), 90),
    "name_and_birthday": (lazy("same name, same date of birth"), 80),
    "name_and_address": (lazy("same name, same address"), 70),
    "name_and_day": (lazy("same name, same birthday, a year unknown"), 55),
    "phone_and_surname": (lazy("same phone, same surname"), 30),
    # Written down when somebody of another name proved the number; the scan itself does not find it.
    "number_proved": (lazy("another name proved the phone"), 40),
}
CERTAIN = 90

_SAME_NAME = "sa.py = sb.py AND sa.py <> ''"
_PAIRS = f"""
WITH shared_phone AS MATERIALIZED (
    SELECT e164 FROM members_memberphone GROUP BY e164 HAVING count(DISTINCT member_id) BETWEEN 2 AND %(largest)s
), shared_name AS MATERIALIZED (
    SELECT s.name, m.birth_calendar AS calendar, m.birth_month AS month, m.birth_day AS day
    FROM members_membersearch s JOIN members_member m ON m.id = s.member_id
    WHERE s.name <> '' AND m.birth_month IS NOT NULL
    GROUP BY 1, 2, 3, 4 HAVING count(*) BETWEEN 2 AND %(largest)s
), same_birthday AS MATERIALIZED (
    SELECT g.name, g.calendar, g.month, g.day, m.id, m.birth_year AS year
    FROM shared_name g
    JOIN members_membersearch s ON s.name = g.name
    JOIN members_member m ON m.id = s.member_id
        AND m.birth_calendar = g.calendar AND m.birth_month = g.month AND m.birth_day = g.day
), shared_address AS MATERIALIZED (
    SELECT s.name, m.street FROM members_membersearch s JOIN members_member m ON m.id = s.member_id
    WHERE s.name <> '' AND m.street <> '' GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND %(largest)s
), same_address AS MATERIALIZED (
    SELECT g.name, g.street, m.id FROM shared_address g
    JOIN members_membersearch s ON s.name = g.name
    JOIN members_member m ON m.id = s.member_id AND m.street = g.street
), shared_email AS MATERIALIZED (
    SELECT lower(email) AS email FROM members_member WHERE email <> '' AND merged_into_id IS NULL
    GROUP BY 1 HAVING count(*) BETWEEN 2 AND %(largest)s
), same_email AS MATERIALIZED (
    SELECT g.email, m.id FROM shared_email g JOIN members_member m ON lower(m.email) = g.email
    WHERE m.email <> '' AND m.merged_into_id IS NULL
), found(first, second, rule) AS (
    SELECT a.member_id, b.member_id, CASE WHEN {_SAME_NAME} THEN 'phone_and_name' ELSE 'phone_and_surname' END
    FROM shared_phone p
    JOIN members_memberphone a ON a.e164 = p.e164
    JOIN members_memberphone b ON b.e164 = p.e164 AND b.member_id > a.member_id
    JOIN members_membersearch sa ON sa.member_id = a.member_id
    JOIN members_membersearch sb ON sb.member_id = b.member_id
    WHERE ({_SAME_NAME}) OR (sa.name <> '' AND left(sa.name, 1) = left(sb.name, 1))
    UNION ALL
    SELECT a.id, b.id, 'email_and_name' FROM same_email a JOIN same_email b ON b.email = a.email AND b.id > a.id
    JOIN members_membersearch sa ON sa.member_id = a.id JOIN members_membersearch sb ON sb.member_id = b.id
    WHERE {_SAME_NAME}
    UNION ALL
    SELECT a.id, b.id, CASE WHEN a.year = b.year THEN 'name_and_birthday' ELSE 'name_and_day' END
    FROM same_birthday a
    JOIN same_birthday b ON (b.name, b.calendar, b.month, b.day) = (a.name, a.calendar, a.month, a.day) AND b.id > a.id
    WHERE a.year = b.year OR a.year IS NULL OR b.year IS NULL
    UNION ALL
    SELECT a.id, b.id, 'name_and_address' FROM same_address a
    JOIN same_address b ON (b.name, b.street) = (a.name, a.street) AND b.id > a.id
)
SELECT f.first, f.second, jsonb_agg(DISTINCT f.rule) AS rules,
       least(100, (SELECT sum(w.weight) FROM jsonb_array_elements_text(jsonb_agg(DISTINCT f.rule)) r(rule)
                   JOIN unnest(%(rules)s::text[], %(weights)s::int[]) AS w(rule, weight) USING (rule))) AS weight
FROM found f
JOIN members_member a ON a.id = f.first JOIN members_member b ON b.id = f.second AND b.kind = a.kind
GROUP BY 1, 2"""

_STORE = f"""
WITH pair AS ({_PAIRS}), gone AS (
    DELETE FROM members_duplicatepair d WHERE d.state = 'open' AND NOT d.evidence @> '["number_proved"]'
    AND NOT EXISTS (SELECT 1 FROM pair WHERE pair.first = d.first_id AND pair.second = d.second_id)
)
INSERT INTO members_duplicatepair AS d (first_id, second_id, likeness, evidence, weight, state, found_at)
SELECT first, second, CASE WHEN weight >= %(certain)s THEN 'exact' ELSE 'likely' END, rules, weight, 'open', %(now)s
FROM pair
ON CONFLICT (first_id, second_id) DO UPDATE
SET evidence = excluded.evidence, weight = excluded.weight, likeness = excluded.likeness
WHERE d.state = 'open' AND (d.evidence, d.weight) IS DISTINCT FROM (excluded.evidence, excluded.weight)"""


@transaction.atomic
def scan_for_duplicates() -> int:
    """Bring the list of possible duplicates up to the members of now; returns how many are to be looked at.

    Pairs somebody decided about stay decided. A second run changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            _STORE,
            {
                "largest": LARGEST_BLOCK,
                "rules": list(RULES),
                "weights": [weight for _words, weight in RULES.values()],
                "certain": CERTAIN,
                "now": timezone.now(),
            },
        )
    return DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).count()


@register(JOB, label=lazy("Look for duplicates"))
def scan_job(_job: Job) -> JobResult:
    """The scan as a job somebody asked for."""
    found = scan_for_duplicates()
    return JobResult({"found": found}, message=_("%(count)s pairs to look at.") % {"count": f"{found:,}"})


@transaction.atomic
def keep_apart(*, pair_id: int, actor: User) -> DuplicatePair:
    """These are two people: the pair is never proposed again. A second call changes nothing."""
    pair = DuplicatePair.objects.select_for_update(of=("self",), no_key=True).filter(pk=pair_id).first()
    if pair is None:
        raise NotFound(_("There is no such pair."))
    if pair.state == DuplicatePair.State.OPEN:
        pair.state, pair.decided_at, pair.decided_by = DuplicatePair.State.DIFFERENT, timezone.now(), actor
        pair.save(update_fields=["state", "decided_at", "decided_by"])
        record(actor, "members.pair_kept_apart", pair.first, store=pair.first.home_store_id, other=pair.second_id)
    return pair


def pairs_are_settled(log: MergeLog) -> int:
    """Merge policy: the pair that became one is decided; others of the loser go with the next scan."""
    first, second = sorted((log.winner_id, log.loser_id))
    pairs = list(DuplicatePair.objects.filter(first_id=first, second_id=second).exclude(state="merged"))
    for pair in pairs:
        log.change(pair, state=DuplicatePair.State.MERGED)
    return len(pairs)
