"""Timelines and attempts stay append-only; erasing a member, and nothing else, may empty their words."""

from django.db import migrations

WORDS = {"callcenter_caseentry": ("text", "data", "file", "file_name"), "callcenter_callattempt": ("note",)}
FUNCTION = """
CREATE FUNCTION callcenter_refuse_change_but_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('atrium.erasing', true) = 'on'
       AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV
       AND NOT EXISTS (SELECT 1 FROM unnest(TG_ARGV) word WHERE to_jsonb(NEW) -> word NOT IN ('""', '{}')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def _triggers(call: dict[str, str]) -> str:
    return "".join(
        f"DROP TRIGGER {table}_is_append_only ON {table};"
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name};"
        for table, name in call.items()
    )


ERASING = {
    table: f"callcenter_refuse_change_but_erasing({', '.join(repr(word) for word in words)})"
    for table, words in WORDS.items()
}
FORWARD = FUNCTION + _triggers(ERASING)
BACK = _triggers(dict.fromkeys(WORDS, "callcenter_refuse_change()")) + (
    "DROP FUNCTION callcenter_refuse_change_but_erasing();"
)


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0010_attempts_are_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
