"""Who entered and left segments, by month and never changed; a schema for the random sample that estimates are made of."""

from django.db import migrations

MOVES = """
CREATE SEQUENCE campaigns_segmentmove_id_seq;
CREATE TABLE campaigns_segmentmove (
    moved_on date NOT NULL,
    id bigint NOT NULL DEFAULT nextval('campaigns_segmentmove_id_seq'),
    segment_id bigint NOT NULL,
    member_id bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    entered boolean NOT NULL,
    why smallint NOT NULL,
    PRIMARY KEY (moved_on, id)
) PARTITION BY RANGE (moved_on);
CREATE INDEX campaigns_segmentmove_of_segment ON campaigns_segmentmove (segment_id, moved_at DESC, id DESC);
CREATE INDEX campaigns_segmentmove_of_member ON campaigns_segmentmove (member_id, segment_id);
CREATE FUNCTION campaigns_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER campaigns_segmentmove_append_only BEFORE UPDATE OR DELETE ON campaigns_segmentmove
    FOR EACH ROW EXECUTE FUNCTION campaigns_refuse_change();
"""
NO_MOVES = """
DROP TABLE campaigns_segmentmove;
DROP SEQUENCE campaigns_segmentmove_id_seq;
DROP FUNCTION campaigns_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_segment_pins_lists_marks_and_service_packages")]
    operations = [
        migrations.RunSQL(MOVES, NO_MOVES),
        migrations.RunSQL("CREATE SCHEMA IF NOT EXISTS segment_sample", "DROP SCHEMA segment_sample CASCADE"),
    ]
