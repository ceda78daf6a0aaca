"""The audit trail is append-only, and the database says so too."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION staff_auditentry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'staff_auditentry is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER staff_auditentry_is_append_only
    BEFORE UPDATE OR DELETE ON staff_auditentry
    FOR EACH ROW EXECUTE FUNCTION staff_auditentry_refuse_change();
"""
BACK = """
DROP TRIGGER staff_auditentry_is_append_only ON staff_auditentry;
DROP FUNCTION staff_auditentry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
