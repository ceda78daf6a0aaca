"""Request numbers come from a sequence; actions are append-only; a published definition never changes."""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE workflow_request_number;

CREATE FUNCTION workflow_action_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'workflow_action is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER workflow_action_is_append_only
    BEFORE UPDATE OR DELETE ON workflow_action
    FOR EACH ROW EXECUTE FUNCTION workflow_action_refuse_change();

CREATE FUNCTION workflow_flowversion_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'published' AND NEW.status IN ('published', 'retired')
       AND (NEW.flow_id, NEW.number, NEW.definition, NEW.digest, NEW.published_at, NEW.published_by_id)
           IS NOT DISTINCT FROM
           (OLD.flow_id, OLD.number, OLD.definition, OLD.digest, OLD.published_at, OLD.published_by_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published workflow_flowversion never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER workflow_flowversion_is_kept
    BEFORE UPDATE OR DELETE ON workflow_flowversion
    FOR EACH ROW EXECUTE FUNCTION workflow_flowversion_keep_published();
"""
BACK = """
DROP TRIGGER workflow_flowversion_is_kept ON workflow_flowversion;
DROP FUNCTION workflow_flowversion_keep_published();
DROP TRIGGER workflow_action_is_append_only ON workflow_action;
DROP FUNCTION workflow_action_refuse_change();
DROP SEQUENCE workflow_request_number;
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_approvals")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
