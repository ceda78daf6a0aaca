"""What came of a call is never changed or deleted."""

from django.db import migrations

FORWARD = (
    "CREATE TRIGGER callcenter_callattempt_is_append_only BEFORE UPDATE OR DELETE ON callcenter_callattempt"
    " FOR EACH ROW EXECUTE FUNCTION callcenter_refuse_change();"
)
BACK = "DROP TRIGGER callcenter_callattempt_is_append_only ON callcenter_callattempt;"


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0009_call_lists")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
