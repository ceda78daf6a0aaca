"""The log of events is append-only; only rows older than 90 days may be deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION callcenter_callevent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.received_at < now() - interval '90 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'callcenter_callevent is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER callcenter_callevent_is_append_only
    BEFORE UPDATE OR DELETE ON callcenter_callevent
    FOR EACH ROW EXECUTE FUNCTION callcenter_callevent_refuse_change();
"""
BACK = """
DROP TRIGGER callcenter_callevent_is_append_only ON callcenter_callevent;
DROP FUNCTION callcenter_callevent_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0001_calls")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
