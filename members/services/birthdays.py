"""The nightly step that moves past birthdays to their next date."""

from datetime import date

from django.db import connection, transaction

from members.birthdays import of_member
from members.models import Member


def roll_birthdays(*, today: date, batch: int = 2_000) -> int:
    """Move every birthday that has passed to the next date it is kept. A second run finds none."""
    moved = 0
    while rolled := _roll_some(today, batch):
        moved += rolled
    return moved


@transaction.atomic
def _roll_some(today: date, batch: int) -> int:
    due = list(
        Member.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(next_birthday_on__lt=today)
        .order_by("next_birthday_on", "pk")[:batch]
    )
    if not due:
        return 0
    values = [(member.pk, birthday.next_on(today)) for member in due if (birthday := of_member(member))]
    gone = [member.pk for member in due if of_member(member) is None]
    with connection.cursor() as cursor:
        if values:
            rows = ",".join(["(%s::bigint, %s::date)"] * len(values))
            cursor.execute(
                f"""UPDATE members_member m SET next_birthday_on = v.day
                      FROM (VALUES {rows}) v(id, day) WHERE m.id = v.id""",
                [x for value in values for x in value],
            )
    Member.objects.filter(pk__in=gone).update(next_birthday_on=None)
    return len(due)
