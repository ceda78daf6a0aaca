"""A random fiftieth of the members with what rules ask about them, copied into a schema of its own.

An estimate is the very statement of the exact count, run with the sample's schema first in the search path: tables that
were copied hold the sample's members only, the others answer as they are. Names, numbers and addresses are not copied.
"""

from typing import Final

from django.db import connection, transaction

from campaigns.rules.compiler import LIVING
from campaigns.rules.registry import all_fields

SCHEMA: Final = "segment_sample"
SHARE: Final = 50
# Whether there is an e-mail address or a street is asked; which one it is stays where it is.
MEMBER: Final = """SELECT id, kind, category, status, gender, birth_calendar, birth_year, birth_month, birth_day,
    birth_is_leap, next_birthday_on, home_store_id, enrolled_on, source, language, city, district, custom,
    left(email, 1) AS email, left(street, 1) AS street, allows_sms, allows_email, allows_phone, allows_post, allows_wechat,
    merged_into_id, erased_at FROM public.members_member
    WHERE ('x' || substr(md5(id::text), 1, 7))::bit(28)::int %% {share} = 0"""
TOTALS: Final = """SELECT m.home_store_id, count(*) AS living, count(s.id) AS held FROM public.members_member m
    LEFT JOIN pg_temp.sampled s ON s.id = m.id WHERE {living} GROUP BY m.home_store_id"""
PHONES: Final = (
    "member_id", "kind", "is_primary", "invalid", "opt_out_call", "opt_out_sms", "verified_at",
)  # fmt: skip
ALWAYS: Final = (
    ("members_memberphone", "member_id", PHONES),
    ("sales_memberstat", "member_id", ("*",)),
    ("loyalty_account", "member_id", ("*",)),
)


def draw_sample() -> int:
    """Draw the sample anew; readers of the old one go on until it is there. Returns how many members it holds."""
    tables = {name: (column, columns) for name, column, columns in (*ALWAYS, *_wanted())}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.segment_sample'))")
        cursor.execute(f"CREATE TEMPORARY TABLE sampled ON COMMIT DROP AS {MEMBER.format(share=SHARE)}", [])
        cursor.execute("ANALYZE sampled")
        _replace(cursor, "members_member", "SELECT * FROM pg_temp.sampled", "id")
        for name, (column, columns) in tables.items():
            listed = ", ".join("c.*" if one == "*" else f'c."{one}"' for one in columns)
            source = f"SELECT {listed} FROM public.{name} c JOIN pg_temp.sampled m ON m.id = c.{column}"
            _replace(cursor, name, source, column)
        _replace(cursor, "totals", TOTALS.format(living=LIVING), "home_store_id")
        cursor.execute("SELECT count(*) FROM pg_temp.sampled")
        held = cursor.fetchone()[0]
        cursor.execute("DROP TABLE pg_temp.sampled")
    return held


def _replace(cursor, name: str, source: str, column: str) -> None:
    cursor.execute(f"CREATE TABLE {SCHEMA}.{name}_new AS {source}")
    cursor.execute(f"CREATE INDEX ON {SCHEMA}.{name}_new ({column})")
    cursor.execute(f"ANALYZE {SCHEMA}.{name}_new")
    cursor.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{name}")
    cursor.execute(f"ALTER TABLE {SCHEMA}.{name}_new RENAME TO {name}")


def _wanted() -> list[tuple[str, str, tuple[str, ...]]]:
    return list(dict.fromkeys(table for field in all_fields().values() for table in field.sampled))
