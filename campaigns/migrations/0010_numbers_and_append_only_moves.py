"""Numbers of campaigns; moves of gifts and entered costs are never changed; published questions stay."""

from django.db import migrations

TABLES = ("campaigns_giftmove", "campaigns_costentry")
FORWARD = """
CREATE SEQUENCE campaigns_campaign_no;
CREATE FUNCTION campaigns_books_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION campaigns_published_questions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM campaigns_surveyversion v WHERE v.id = OLD.version_id AND v.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'questions of a published version stay' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER campaigns_question_stays BEFORE UPDATE OR DELETE ON campaigns_question
    FOR EACH ROW EXECUTE FUNCTION campaigns_published_questions_stay();
""" + "".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION campaigns_books_stay();"
    for table in TABLES
)
BACK = (
    "".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in TABLES)
    + """
DROP TRIGGER campaigns_question_stays ON campaigns_question;
DROP FUNCTION campaigns_published_questions_stay();
DROP FUNCTION campaigns_books_stay();
DROP SEQUENCE campaigns_campaign_no;
"""
)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0009_campaigns_as_projects_and_surveys")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
