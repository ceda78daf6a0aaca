"""What happened to a case and what an article once said are never changed or deleted."""

from django.db import migrations

TABLES = ("callcenter_caseentry", "callcenter_articleversion")
FORWARD = """
CREATE FUNCTION callcenter_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION callcenter_refuse_change();"
    for table in TABLES
)
BACK = "".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in TABLES) + (
    "DROP FUNCTION callcenter_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0003_cases_visits_knowledge")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
