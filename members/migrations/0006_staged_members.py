from django.db import migrations

# Unlogged: the file is kept until the import has been applied, so a crash costs a second reading and nothing else.
STAGING = """
CREATE UNLOGGED TABLE members_stagedmember (
    batch_id bigint NOT NULL,
    row_no integer NOT NULL,
    verdict text NOT NULL,
    match_id bigint,
    matches bigint[],
    matched_by text NOT NULL DEFAULT '',
    twin_row integer,
    reasons jsonb,
    external_no text COLLATE "C" NOT NULL,
    member_no text COLLATE "C" NOT NULL,
    card_no text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    phones text[] COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    store_id bigint,
    data jsonb NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE INDEX members_stagedmember_by_verdict ON members_stagedmember (batch_id, verdict, row_no);
"""

# A member an import made by mistake takes the consents of that row along; every other consent stays for good.
TAKEN_BACK = """
CREATE OR REPLACE FUNCTION members_consent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM members_memberimporttrace t JOIN members_memberimport i ON i.id = t.batch_id
         WHERE t.member_id = OLD.member_id AND t.is_new AND i.state = 'undoing'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'consents are append-only: record a further consent instead'
        USING ERRCODE = 'restrict_violation';
END $$;
"""
NOT_TAKEN_BACK = """
CREATE OR REPLACE FUNCTION members_consent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents are append-only: record a further consent instead'
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0005_identities_and_imports")]

    operations = [
        migrations.RunSQL(STAGING, "DROP TABLE members_stagedmember"),
        migrations.RunSQL(TAKEN_BACK, NOT_TAKEN_BACK),
    ]
