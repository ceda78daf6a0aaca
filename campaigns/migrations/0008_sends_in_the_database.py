"""What the database itself keeps of sends: further columns and the index of the recipients, events by month, numbers of
attempts, wordings that never change."""

from django.db import migrations

FORWARD = """
ALTER TABLE campaigns_sendrecipient
    ADD COLUMN not_before timestamptz,
    ADD COLUMN tries smallint NOT NULL DEFAULT 0,
    ADD COLUMN parts smallint NOT NULL DEFAULT 0,
    ADD CONSTRAINT campaigns_sendrecipient_attempts_are_numbered CHECK (state NOT IN (4, 8) OR attempt_id IS NOT NULL);
CREATE INDEX campaigns_sendrecipient_where_they_stand ON campaigns_sendrecipient (state, reason, member_id);
CREATE SEQUENCE campaigns_attempt_seq AS bigint CACHE 100;
CREATE TABLE campaigns_trackevent (
    at timestamptz NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    send_id bigint NOT NULL,
    member_id bigint NOT NULL,
    kind smallint NOT NULL,
    link_no smallint NOT NULL DEFAULT 0,
    suspicion smallint NOT NULL DEFAULT 0,
    signals varchar(60) NOT NULL DEFAULT '',
    PRIMARY KEY (at, id),
    CONSTRAINT campaigns_trackevent_suspicion_is_a_share CHECK (suspicion BETWEEN 0 AND 100)
) PARTITION BY RANGE (at);
CREATE INDEX campaigns_trackevent_of_send ON campaigns_trackevent (send_id, member_id, at);
CREATE INDEX campaigns_trackevent_of_member ON campaigns_trackevent (member_id, at);
CREATE TRIGGER campaigns_contentversion_is_append_only BEFORE UPDATE OR DELETE ON campaigns_contentversion
    FOR EACH ROW EXECUTE FUNCTION campaigns_refuse_change();
CREATE TRIGGER campaigns_trackevent_is_append_only BEFORE UPDATE OR DELETE ON campaigns_trackevent
    FOR EACH ROW EXECUTE FUNCTION campaigns_refuse_change();
"""
BACK = """
DROP TABLE campaigns_trackevent;
DROP TRIGGER campaigns_contentversion_is_append_only ON campaigns_contentversion;
DROP SEQUENCE campaigns_attempt_seq;
DROP INDEX campaigns_sendrecipient_where_they_stand;
ALTER TABLE campaigns_sendrecipient
    DROP CONSTRAINT campaigns_sendrecipient_attempts_are_numbered,
    DROP COLUMN not_before, DROP COLUMN tries, DROP COLUMN parts;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_content_providers_and_progress_of_sends")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
