"""The recipients of a million are indexed faster: the member leads the primary key, which spares an index of its own; the
column that is the same for a whole send comes last; and the index by state holds the length of the reason in place of its
words, whose comparing took longer than all the other indexes together."""

from django.db import migrations

FORWARD = """
DROP INDEX campaigns_sendrecipient_of_member;
DROP INDEX campaigns_sendrecipient_one_per_address;
DROP INDEX campaigns_sendrecipient_where_they_stand;
ALTER TABLE campaigns_sendrecipient DROP CONSTRAINT campaigns_sendrecipient_pkey;
ALTER TABLE campaigns_sendrecipient ADD PRIMARY KEY (member_id, send_id);
CREATE UNIQUE INDEX campaigns_sendrecipient_one_per_address ON campaigns_sendrecipient (address_hash, send_id)
    WHERE address_hash IS NOT NULL;
CREATE INDEX campaigns_sendrecipient_where_they_stand ON campaigns_sendrecipient (state, length(reason), member_id);
"""
BACK = """
DROP INDEX campaigns_sendrecipient_one_per_address;
DROP INDEX campaigns_sendrecipient_where_they_stand;
ALTER TABLE campaigns_sendrecipient DROP CONSTRAINT campaigns_sendrecipient_pkey;
ALTER TABLE campaigns_sendrecipient ADD PRIMARY KEY (send_id, member_id);
CREATE UNIQUE INDEX campaigns_sendrecipient_one_per_address ON campaigns_sendrecipient (send_id, address_hash)
    WHERE address_hash IS NOT NULL;
CREATE INDEX campaigns_sendrecipient_of_member ON campaigns_sendrecipient (member_id);
CREATE INDEX campaigns_sendrecipient_where_they_stand ON campaigns_sendrecipient (state, reason, member_id);
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0015_what_messages_were_written_with")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
