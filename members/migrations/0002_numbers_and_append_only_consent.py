from django.db import migrations

NUMBERS = """
CREATE SEQUENCE members_member_no AS bigint START 1 CACHE 1;
CREATE SEQUENCE members_card_no AS bigint START 1 CACHE 1;
"""
NO_NUMBERS = """
DROP SEQUENCE members_member_no;
DROP SEQUENCE members_card_no;
"""

APPEND_ONLY = """
CREATE FUNCTION members_consent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents are append-only: record a further consent instead'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER members_consent_is_append_only
    BEFORE UPDATE OR DELETE ON members_consent
    FOR EACH ROW EXECUTE FUNCTION members_consent_is_append_only();
"""
CHANGEABLE = """
DROP TRIGGER members_consent_is_append_only ON members_consent;
DROP FUNCTION members_consent_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_first_members")]

    operations = [
        migrations.RunSQL(NUMBERS, NO_NUMBERS),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
