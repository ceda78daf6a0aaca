"""Recipients: one partition a send, so that an old send is dropped in an instant."""

from django.db import migrations

FORWARD = """
CREATE TABLE campaigns_sendrecipient (
    send_id bigint NOT NULL,
    member_id bigint NOT NULL,
    address_hash bigint,
    lease_id bigint,
    attempt_id bigint,
    changed_at timestamptz NOT NULL,
    accepted_at timestamptz,
    delivered_at timestamptz,
    arm smallint NOT NULL DEFAULT 0,
    state smallint NOT NULL,
    reason varchar(16) NOT NULL DEFAULT '',
    PRIMARY KEY (send_id, member_id),
    CONSTRAINT campaigns_sendrecipient_holdout_gets_nothing CHECK (arm <> 1 OR state IN (0, 1)),
    CONSTRAINT campaigns_sendrecipient_says_why CHECK (state NOT IN (0, 7, 8) OR reason <> '')
) PARTITION BY LIST (send_id);
CREATE UNIQUE INDEX campaigns_sendrecipient_one_per_address ON campaigns_sendrecipient (send_id, address_hash)
    WHERE address_hash IS NOT NULL;
CREATE INDEX campaigns_sendrecipient_of_member ON campaigns_sendrecipient (member_id);
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_segments_campaigns_and_sends")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE campaigns_sendrecipient")]
