from django.db import migrations

ENTRIES = """
CREATE SEQUENCE loyalty_pointsentry_id_seq;
CREATE TABLE loyalty_pointsentry (
    business_on date NOT NULL,
    id bigint NOT NULL DEFAULT nextval('loyalty_pointsentry_id_seq'),
    txn_id bigint NOT NULL,
    account_id bigint,
    bucket varchar(12) NOT NULL,
    amount bigint NOT NULL,
    brand_id bigint,
    PRIMARY KEY (business_on, id)
) PARTITION BY RANGE (business_on);
CREATE INDEX loyalty_pointsentry_of_account ON loyalty_pointsentry (account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX loyalty_pointsentry_of_txn ON loyalty_pointsentry (txn_id);
"""

EARN_LINES = """
CREATE TABLE loyalty_earnline (
    sold_on date NOT NULL,
    receipt_id bigint NOT NULL,
    line_no integer NOT NULL,
    account_id bigint NOT NULL,
    programme_id bigint NOT NULL,
    lot_id bigint,
    base_amount numeric(13,2) NOT NULL,
    rate numeric(11,6) NOT NULL,
    cap bigint,
    points_earned bigint NOT NULL,
    points_now bigint NOT NULL,
    points_forgiven bigint NOT NULL DEFAULT 0,
    why jsonb NOT NULL,
    PRIMARY KEY (sold_on, receipt_id, line_no),
    CONSTRAINT loyalty_earnline_clawed_back_at_most_earned
        CHECK (points_now >= 0 AND points_now + points_forgiven <= points_earned)
) PARTITION BY RANGE (sold_on);
"""

APPEND_ONLY = """
CREATE FUNCTION loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: book a correcting entry instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_pointstxn_append_only BEFORE UPDATE OR DELETE ON loyalty_pointstxn
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER loyalty_pointsentry_append_only BEFORE UPDATE OR DELETE ON loyalty_pointsentry
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER loyalty_lotallocation_append_only BEFORE UPDATE OR DELETE ON loyalty_lotallocation
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
"""

DROP_APPEND_ONLY = """
DROP TRIGGER loyalty_pointstxn_append_only ON loyalty_pointstxn;
DROP TRIGGER loyalty_pointsentry_append_only ON loyalty_pointsentry;
DROP TRIGGER loyalty_lotallocation_append_only ON loyalty_lotallocation;
DROP FUNCTION loyalty_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_links_and_constraints")]

    operations = [
        migrations.RunSQL(ENTRIES, "DROP TABLE loyalty_pointsentry; DROP SEQUENCE loyalty_pointsentry_id_seq"),
        migrations.RunSQL(EARN_LINES, "DROP TABLE loyalty_earnline"),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
    ]
